//! What one connection is doing right now: the watch over it reads this, the connection writes it.
//!
//! The rule: a connection with nothing under way has until the idle deadline to begin, from its first byte until the
//! header deadline to say what it wants, and with bytes waiting for it until the write deadline to take some. Times
//! are kept, not timers: on the usual path nothing is armed.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::ServerTimeouts;

/// A time that has not been.
const NEVER: u64 = 0;

/// What one connection is doing; times are milliseconds since it began, plus one.
#[derive(Debug)]
pub(super) struct Pulse {
    began: Instant,
    exchanges: AtomicUsize,
    quiet_since: AtomicU64,
    reading_since: AtomicU64,
    blocked_since: AtomicU64,
    /// HTTP/2 sends frames of its own between exchanges, so bytes there don't mean that a header section began.
    multiplexed: AtomicBool,
}

/// Whose patience ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// Nothing was asked for too long.
    Idle,
    /// A header section did not end.
    Header,
    /// The client does not take its reply.
    Write,
}

impl Pulse {
    pub(super) fn new(multiplexed: bool) -> Self {
        Self {
            began: Instant::now(),
            exchanges: AtomicUsize::new(0),
            quiet_since: AtomicU64::new(1),
            reading_since: AtomicU64::new(NEVER),
            blocked_since: AtomicU64::new(NEVER),
            multiplexed: AtomicBool::new(multiplexed),
        }
    }

    /// An exchange begins; it lasts until what is returned is dropped.
    pub(super) fn begin(self: &Arc<Self>, multiplexed: bool) -> Beat {
        if multiplexed {
            self.multiplexed.store(true, Relaxed);
        }
        self.exchanges.fetch_add(1, Relaxed);
        self.reading_since.store(NEVER, Relaxed);
        Beat(Arc::clone(self))
    }

    /// When patience ends, as things stand, and whose.
    pub(super) fn deadline(&self, timeouts: &ServerTimeouts) -> Option<(Instant, Late)> {
        let after = |since: u64, patience: Duration| self.began + Duration::from_millis(since - 1) + patience;
        let blocked = self.blocked_since.load(Relaxed);
        if blocked != NEVER {
            return Some((after(blocked, timeouts.write.0), Late::Write));
        }
        if self.exchanges.load(Relaxed) > 0 {
            return None;
        }
        let reading = self.reading_since.load(Relaxed);
        if reading != NEVER {
            return Some((after(reading, timeouts.header.0), Late::Header));
        }
        Some((after(self.quiet_since.load(Relaxed), timeouts.idle.0), Late::Idle))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }

    fn read(&self) {
        let between = self.exchanges.load(Relaxed) == 0 && !self.multiplexed.load(Relaxed);
        if between && self.reading_since.load(Relaxed) == NEVER {
            self.reading_since.store(self.now(), Relaxed);
        }
    }

    fn wrote<T>(&self, polled: &Poll<T>) {
        let blocked = self.blocked_since.load(Relaxed) != NEVER;
        match polled {
            Poll::Pending if !blocked => self.blocked_since.store(self.now(), Relaxed),
            Poll::Ready(_) if blocked => self.blocked_since.store(NEVER, Relaxed),
            Poll::Pending | Poll::Ready(_) => {}
        }
    }
}

/// An exchange under way.
#[derive(Debug)]
pub(super) struct Beat(Arc<Pulse>);

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.quiet_since.store(self.0.now(), Relaxed);
        self.0.exchanges.fetch_sub(1, Relaxed);
    }
}

pin_project! {
    /// A reply's body; the exchange lasts as long as it does. Without a body of its own it is empty.
    pub(super) struct Beating<B> {
        #[pin]
        body: Option<B>,
        _beat: Beat,
    }
}

impl<B> Beating<B> {
    pub(super) fn new(body: Option<B>, beat: Beat) -> Self {
        Self { body, _beat: beat }
    }
}

impl<B: Body<Data = Bytes>> Body for Beating<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        self.project().body.as_pin_mut().map_or(Poll::Ready(None), |body| body.poll_frame(cx))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// A connection's bytes, with the pulse taken.
pub(super) struct Watched<S> {
    stream: S,
    pulse: Arc<Pulse>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, pulse: Arc<Pulse>) -> Self {
        Self { stream, pulse }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.pulse.read();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.pulse.wrote(&polled);
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.pulse.wrote(&polled);
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.pulse.wrote(&polled);
        polled
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.pulse.wrote(&polled);
        polled
    }
}
