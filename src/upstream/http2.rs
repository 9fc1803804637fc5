//! One HTTP/2 connection, shared by several exchanges.
//!
//! The rule: a request is handed over only when the connection has a stream to spare, so that it never waits behind
//! the door's check. What would defeat it is trusting a number from before the peer's SETTINGS: the connection starts
//! with none, and a slot counts until the bodies of both directions are gone.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{
            AtomicBool, AtomicUsize,
            Ordering::{AcqRel, Relaxed},
        },
    },
    time::Duration,
};

use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::sleep,
};

use super::connect::ConnectError;
use crate::message::Body;

/// How often a silent backend is asked whether it is there while exchanges are under way, and how long it may take.
const PING: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(10));
/// How often to look whether the peer's SETTINGS have come; nothing tells.
const LOOK: Duration = Duration::from_micros(500);
/// Bytes of a reply's header section.
const REPLY_HEADER: u32 = 64 << 10;

/// One shared connection.
pub(super) struct Http2 {
    sender: SendRequest<Body>,
    slots: AtomicUsize,
    /// How many streams the peer allows right now.
    most: Box<dyn Fn() -> usize + Send + Sync>,
    /// Whether the peer takes sockets as streams (RFC 8441).
    takes_sockets: bool,
    retired: AtomicBool,
}

/// The right to one stream; dropping it gives it back.
pub(super) struct Slot(Arc<Http2>);

impl Http2 {
    /// Begins HTTP/2 on a new connection and waits for the peer's SETTINGS.
    pub(super) async fn begin<S>(stream: S) -> Result<Self, ConnectError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_max_send_streams(0)
            .max_header_list_size(REPLY_HEADER)
            .keep_alive_interval(PING.0)
            .keep_alive_timeout(PING.1)
            .handshake(TokioIo::new(stream))
            .await?;
        let connection = Arc::new(Mutex::new(connection));
        let (shared, taking) = (Arc::clone(&connection), Arc::clone(&connection));
        let most = move || lock(&shared).current_max_send_streams();
        tokio::spawn(async move {
            let ended = poll_fn(|cx| Pin::new(&mut *lock(&connection)).poll(cx)).await;
            if let Err(error) = ended {
                tracing::debug!(%error, "an http/2 connection to the upstream broke");
            }
        });
        while most() == 0 {
            if sender.is_closed() {
                return Err(io::Error::from(io::ErrorKind::ConnectionReset).into());
            }
            sleep(LOOK).await;
        }
        let takes_sockets = lock(&taking).is_extended_connect_protocol_enabled();
        let (slots, retired) = (AtomicUsize::new(0), AtomicBool::new(false));
        Ok(Self { sender, slots, most: Box::new(most), takes_sockets, retired })
    }

    /// A stream, if there is one to spare.
    pub(super) fn slot(self: &Arc<Self>) -> Option<Slot> {
        if !self.is_usable() {
            return None;
        }
        let most = (self.most)();
        let taken = self.slots.fetch_update(AcqRel, Relaxed, |taken| (taken < most).then_some(taken + 1));
        taken.ok().map(|_| Slot(Arc::clone(self)))
    }

    /// Whether new exchanges may begin here.
    pub(super) fn is_usable(&self) -> bool {
        !self.sender.is_closed() && !self.retired.load(Relaxed)
    }
}

impl Slot {
    /// The sender of the connection; it takes one request.
    pub(super) fn sender(&self) -> SendRequest<Body> {
        self.0.sender.clone()
    }

    /// Whether the connection still takes requests.
    pub(super) fn is_usable(&self) -> bool {
        self.0.is_usable()
    }

    /// Whether the peer takes sockets as streams.
    pub(super) fn takes_sockets(&self) -> bool {
        self.0.takes_sockets
    }

    /// Begins no new exchange on this connection: it did not answer in time.
    pub(super) fn retire(&self) {
        self.0.retired.store(true, Relaxed);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.slots.fetch_sub(1, AcqRel);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
