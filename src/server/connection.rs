//! HTTP/1.1 or HTTP/2 on one connection, watched from the first byte to the close.
//!
//! The rule: a connection lives while it makes progress ([`super::pulse`]) and ends with the server. What would defeat
//! the limits is a protocol setting that is unbounded by default; each is set here.

use std::{
    convert::Infallible,
    fmt,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, Version};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulConnection},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::{Instant, Sleep, sleep_until},
};

use super::{
    Alpn, Peer, Phase, ServerLimits, ServerTimeouts, Tenure,
    pulse::{Beating, Late, Pulse, Watched},
    tenure::Lodging,
};

/// What hyper allows without allocating for each request.
const HEADERS_ON_THE_STACK: usize = 100;
/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to say so.
const PING: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(20));
/// Streams a client may open and reset again before anyone looked at them (rapid reset, CVE-2023-44487).
const UNSEEN_RESETS: usize = 20;
/// Streams that may be reset on the client's faults before the connection is closed.
const FAULTY_STREAMS: usize = 128;

/// How HTTP is spoken on every connection.
pub(super) struct Protocol {
    http1: http1::Builder,
    http2: auto::Builder<TokioExecutor>,
    either: auto::Builder<TokioExecutor>,
    headers: usize,
    timeouts: ServerTimeouts,
}

impl fmt::Debug for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protocol").field("timeouts", &self.timeouts).finish_non_exhaustive()
    }
}

impl Protocol {
    pub(super) fn new(limits: &ServerLimits, timeouts: &ServerTimeouts) -> Self {
        let either = builder(limits);
        Self {
            http1: http1_builder(limits),
            http2: either.clone().http2_only(),
            either,
            headers: limits.headers,
            timeouts: timeouts.clone(),
        }
    }

    /// Serves one connection to its end. With TLS the handshake has settled the protocol (RFC 9113, section 3.3).
    pub(super) async fn serve<S, H, F, B>(
        &self,
        stream: S,
        (peer, room): (Peer, Lodging),
        handler: Arc<H>,
        phase: watch::Receiver<Phase>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        H: Fn(Request<Incoming>, Arc<Peer>) -> F + Send + Sync + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let agreed = (peer.tls, peer.alpn);
        let pulse = Arc::new(Pulse::new(peer.alpn == Some(Alpn::Http2)));
        let io = TokioIo::new(Watched::new(stream, Arc::clone(&pulse)));
        let (peer, beats, headers) = (Arc::new(peer), Arc::clone(&pulse), self.headers);
        let phases = phase.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            let http2 = request.version() == Version::HTTP_2;
            let beat = beats.begin(http2);
            Tenure::grant(&mut request, &phases, &room, || beats.begin(http2));
            // HTTP/1 is stopped while reading; HTTP/2 knows a limit in bytes only.
            let fits = request.headers().len() <= headers;
            // Boxed: hyper moves it about as a whole, with HTTP/2 a dozen times, and HTTP/1 keeps room for it as long as the
            // connection is open.
            let reply = fits.then(|| Box::pin(handler(request, Arc::clone(&peer))));
            async move {
                Ok::<_, Infallible>(match reply {
                    Some(reply) => reply.await.map(|body| Beating::new(Some(body), beat)),
                    None => too_many_headers(Beating::new(None, beat)),
                })
            }
        });
        match agreed {
            (_, Some(Alpn::Http2)) => {
                let connection = self.http2.serve_connection(io, service);
                self.drive(Box::pin(connection), GracefulConnection::graceful_shutdown, &pulse, phase).await;
            }
            (_, Some(Alpn::Http1)) | (true, None) => {
                let connection = self.http1.serve_connection(io, service).with_upgrades();
                let close = http1::UpgradeableConnection::graceful_shutdown;
                self.drive(Box::pin(connection), close, &pulse, phase).await;
            }
            (false, None) => {
                let connection = self.either.serve_connection_with_upgrades(io, service);
                self.drive(Box::pin(connection), GracefulConnection::graceful_shutdown, &pulse, phase).await;
            }
        }
    }

    /// `close` asks the connection to end after what is under way.
    async fn drive<C: Future>(
        &self,
        mut connection: Pin<Box<C>>,
        close: impl Fn(Pin<&mut C>),
        pulse: &Pulse,
        mut phase: watch::Receiver<Phase>,
    ) {
        let draining = AtomicBool::new(false);
        let mut over = pin!(async {
            phase.wait_for(|phase| *phase >= Phase::Draining).await.ok();
            draining.store(true, Relaxed);
            phase.wait_for(|phase| *phase == Phase::Over).await.ok();
        });
        let mut watch = Watch::default();
        poll_fn(|cx| {
            if over.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            if draining.load(Relaxed) && !watch.closing {
                watch.closing = true;
                close(connection.as_mut());
            }
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            match watch.poll(cx, pulse, &self.timeouts) {
                Poll::Ready(Late::Idle) if !watch.closing => {
                    watch.closing = true;
                    watch.goodbye = Some(Instant::now() + self.timeouts.write.0);
                    close(connection.as_mut());
                    // Polled at once: the connection says goodbye, and the alarm over that is set.
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
                Poll::Ready(Late::Idle | Late::Header | Late::Write) => Poll::Ready(()),
                Poll::Pending => Poll::Pending,
            }
        })
        .await;
    }
}

/// The alarm over one connection. It is set again only when patience ends sooner than it would ring.
#[derive(Default)]
struct Watch {
    /// Nothing new is taken on.
    closing: bool,
    /// Until when an idle client may take its goodbye.
    goodbye: Option<Instant>,
    alarm: Option<Pin<Box<Sleep>>>,
    armed: Option<Instant>,
}

impl Watch {
    fn poll(&mut self, cx: &mut Context<'_>, pulse: &Pulse, timeouts: &ServerTimeouts) -> Poll<Late> {
        loop {
            let deadline = match (pulse.deadline(timeouts), self.goodbye) {
                (Some((_, Late::Idle)), Some(goodbye)) => Some((goodbye, Late::Idle)),
                (deadline, _) => deadline,
            };
            match (deadline, self.armed) {
                (Some((due, _)), Some(armed)) if armed <= due => {}
                (Some((due, late)), _) if due <= Instant::now() => return Poll::Ready(late),
                (Some((due, _)), _) => self.arm(due),
                // Something is under way: look again when it could have become idle.
                (None, None) => self.arm(Instant::now() + timeouts.idle.0),
                (None, Some(_)) => {}
            }
            match self.alarm.as_mut().map(|alarm| alarm.as_mut().poll(cx)) {
                Some(Poll::Ready(())) => self.armed = None,
                Some(Poll::Pending) | None => return Poll::Pending,
            }
        }
    }

    fn arm(&mut self, due: Instant) {
        self.armed = Some(due);
        match &mut self.alarm {
            Some(alarm) => alarm.as_mut().reset(due),
            None => self.alarm = Some(Box::pin(sleep_until(due))),
        }
    }
}

fn too_many_headers<B>(body: B) -> Response<B> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    response
}

fn http1_builder(limits: &ServerLimits) -> http1::Builder {
    let mut http1 = http1::Builder::new();
    // Our own watch tells an idle connection from a slow header section.
    http1.preserve_header_case(true).header_read_timeout(None).max_buf_size(limits.header.bytes());
    if limits.headers != HEADERS_ON_THE_STACK {
        http1.max_headers(limits.headers);
    }
    http1
}

fn builder(limits: &ServerLimits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new()).preserve_header_case(true);
    let mut http1 = builder.http1();
    http1.header_read_timeout(None).max_buf_size(limits.header.bytes());
    if limits.headers != HEADERS_ON_THE_STACK {
        http1.max_headers(limits.headers);
    }
    builder
        .http2()
        .enable_connect_protocol()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING.0)
        .keep_alive_timeout(PING.1)
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(u32::try_from(limits.header.0).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(UNSEEN_RESETS)
        .max_local_error_reset_streams(FAULTY_STREAMS);
    builder
}
