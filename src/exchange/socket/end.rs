//! One end of the conversation: a WebSocket with a person or with a bot, message by message.
//!
//! The rule: what is said is [`Cleared`] or our own words, and it is said only when everything said before has left, so that nothing waits
//! behind the door's question. An end that says nothing is pinged; one that does not answer either is lost. What would
//! defeat it: a lock held while waiting. The one below is held for a single poll; reading and writing take turns.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_sink::Sink;
use hyper::upgrade::Upgraded;
use tokio::time::timeout;
use yawc::{CompressionLevel, Frame, OpCode, Options, Role, WebSocket, WebSocketError, close::CloseCode};

use super::{farewell::Farewell, line::Line};
use crate::{exchange::Limits, message::websocket::Deflate, rewrite::Cleared};

/// Bytes that a socket's buffers have room for when it is silent; there are four of them for each conversation.
const BUFFER: usize = 4 << 10;
/// Messages shorter than this grow when they are compressed.
const WORTH_COMPRESSING: usize = 16;
/// How long an end may take to answer a close frame.
const PARTING: Duration = Duration::from_secs(2);
/// How long a connection may take to close.
const CLOSING: Duration = Duration::from_secs(1);

/// Bytes of the longest control frame (RFC 6455, section 5.5).
const LONGEST_CONTROL: usize = 125;

type Socket = WebSocket<Line>;

/// One end of the conversation.
pub(super) struct End {
    socket: Mutex<Socket>,
    line: Line,
    /// How long it may say nothing at all.
    idle: Duration,
    /// Whether it broke the protocol.
    broken: AtomicBool,
}

/// Whether a message is a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// UTF-8.
    Text,
    /// Any bytes.
    Binary,
}

/// What an end says.
#[derive(Debug)]
pub(super) enum Heard {
    /// A whole message.
    Message(Bytes, Kind),
    /// That it closes. It has its answer.
    Close(Farewell),
}

/// Why an end can't be talked with any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// Its connection broke.
    Gone,
    /// It says nothing, or takes nothing, for too long.
    Silent,
    /// It breaks the protocol.
    Protocol,
    /// A text is not UTF-8.
    NotText,
    /// A message is larger than the route allows.
    TooLarge,
}

impl End {
    /// An end over a connection that has become a socket.
    ///
    /// # Errors
    /// When what was agreed about compression can't be kept to.
    pub(super) fn new(
        connection: Upgraded,
        role: Role,
        deflate: Option<Deflate>,
        limits: &Limits,
    ) -> Result<Self, WebSocketError> {
        // The library's limits are the first size that is too large.
        let most = usize::try_from(limits.message).unwrap_or(usize::MAX).saturating_add(1);
        let options = Options::default()
            .with_limits(most, most)
            .with_utf8()
            .with_read_buffer_capacity(BUFFER)
            .with_write_buffer_capacity(BUFFER)
            .with_compression_level(CompressionLevel::fast())
            .with_compression_threshold(WORTH_COMPRESSING);
        let agreed = deflate.map(|deflate| deflate.to_string());
        let line = Line::new(connection);
        let socket = WebSocket::from_stream_with_extensions(line.clone(), role, agreed.as_deref(), options)?;
        let (socket, broken) = (Mutex::new(socket), AtomicBool::new(false));
        Ok(Self { socket, line, idle: limits.socket_idle, broken })
    }

    /// The next message.
    pub(super) async fn hear(&self) -> Result<Heard, Lost> {
        loop {
            let frame = self.patiently().await?;
            match frame.opcode() {
                OpCode::Text => return Ok(Heard::Message(frame.into_payload(), Kind::Text)),
                OpCode::Binary => return Ok(Heard::Message(frame.into_payload(), Kind::Binary)),
                OpCode::Close => return Ok(Heard::Close(farewell(&frame))),
                // The library answers pings; it hands out no message in pieces.
                OpCode::Ping | OpCode::Pong | OpCode::Continuation => {}
            }
        }
    }

    /// Waits until everything that was said before has left.
    pub(super) async fn way(&self) -> Result<(), Lost> {
        let way = async {
            self.flush().await?;
            poll_fn(|cx| self.poll(cx, |socket, cx| socket.poll_ready(cx))).await.map_err(Lost::from)
        };
        timeout(self.idle, way).await.map_err(|_| Lost::Silent)?
    }

    /// Says a message, with no wait before its first byte if there was a [`Self::way`]; it has left when this returns.
    pub(super) async fn say(&self, message: Cleared<Bytes>, kind: Kind) -> Result<(), Lost> {
        self.put(message.into_message(), kind).await
    }

    /// Says something of ours, which is nobody's data.
    pub(super) async fn tell(&self, ours: Bytes, kind: Kind) -> Result<(), Lost> {
        self.way().await?;
        self.put(ours, kind).await
    }

    /// Closes the socket with a word, unless it closed it; and waits a moment until it knows.
    pub(super) async fn part(&self, farewell: Option<Farewell>) {
        let told = async {
            if let Some(farewell) = farewell
                && !self.is_over().await
            {
                self.start(frame(&farewell))?;
                self.flush().await?;
            }
            // What it still says is not heard any more; its own close is.
            while !self.broken.load(Relaxed) {
                self.frame().await?;
            }
            Ok(())
        };
        let _: Result<Result<(), Lost>, _> = timeout(PARTING, told).await;
    }

    /// Closes the connection. What lies unread is read first, so that the goodbye arrives.
    pub(super) async fn close(&self) {
        let closed = async {
            poll_fn(|cx| self.poll(cx, |socket, cx| socket.poll_close(cx))).await.ok();
            self.line.drain().await;
        };
        let _ = timeout(CLOSING, closed).await;
    }

    /// Whether the library has said goodbye: to one who closed the socket. One who broke the protocol is told by us.
    async fn is_over(&self) -> bool {
        let over = |polled| matches!(polled, Poll::Ready(Err(WebSocketError::ConnectionClosed)));
        !self.broken.load(Relaxed) && poll_fn(|cx| Poll::Ready(over(self.lock().poll_next_frame(cx)))).await
    }

    /// The next frame. After half of the time that it may say nothing, it is asked whether it is there.
    async fn patiently(&self) -> Result<Frame, Lost> {
        for asked in [false, true] {
            match timeout(self.idle / 2, pin!(self.frame())).await {
                Ok(frame) => return frame,
                Err(_) if asked => {}
                Err(_) => {
                    self.start(Frame::ping(Bytes::new()))?;
                    self.way().await?;
                }
            }
        }
        Err(Lost::Silent)
    }

    /// The next frame. From one that breaks the protocol nothing more is taken: the library would answer it in its own
    /// words.
    async fn frame(&self) -> Result<Frame, Lost> {
        let frame = poll_fn(|cx| self.lock().poll_next_frame(cx)).await.map_err(Lost::from);
        let frame = frame.and_then(|frame| {
            // The library looks at the length of pings only (RFC 6455, section 5.5).
            let is_sound = !frame.opcode().is_control() || frame.payload().len() <= LONGEST_CONTROL;
            is_sound.then_some(frame).ok_or(Lost::Protocol)
        });
        let is_broken = matches!(frame, Err(Lost::Protocol | Lost::NotText | Lost::TooLarge));
        self.broken.fetch_or(is_broken, Relaxed);
        frame
    }

    async fn put(&self, bytes: Bytes, kind: Kind) -> Result<(), Lost> {
        self.start(match kind {
            Kind::Text => Frame::text(bytes),
            Kind::Binary => Frame::binary(bytes),
        })?;
        self.way().await
    }

    async fn flush(&self) -> Result<(), Lost> {
        poll_fn(|cx| self.poll(cx, |socket, cx| socket.poll_flush(cx))).await.map_err(Lost::from)
    }

    fn start(&self, frame: Frame) -> Result<(), Lost> {
        Pin::new(&mut *self.lock()).start_send(frame).map_err(Lost::from)
    }

    fn poll(
        &self,
        cx: &mut Context<'_>,
        poll: impl Fn(Pin<&mut Socket>, &mut Context<'_>) -> Poll<Result<(), WebSocketError>>,
    ) -> Poll<Result<(), WebSocketError>> {
        poll(Pin::new(&mut *self.lock()), cx)
    }

    fn lock(&self) -> MutexGuard<'_, Socket> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<WebSocketError> for Lost {
    fn from(error: WebSocketError) -> Self {
        match error {
            WebSocketError::FrameTooLarge => Self::TooLarge,
            WebSocketError::InvalidUTF8 => Self::NotText,
            WebSocketError::ConnectionClosed | WebSocketError::IoError(_) | WebSocketError::HTTPError(_) => {
                Self::Gone
            }
            _ => Self::Protocol,
        }
    }
}

fn farewell(frame: &Frame) -> Farewell {
    let code = frame.close_code().map(u16::from);
    let reason = frame.payload().get(2..).map(Bytes::copy_from_slice);
    Farewell { code, reason: reason.unwrap_or_default() }
}

fn frame(farewell: &Farewell) -> Frame {
    match farewell.code {
        Some(code) => Frame::close(CloseCode::from(code), &farewell.reason),
        None => {
            let mut frame = Frame::close(CloseCode::Normal, []);
            *frame.payload_mut() = Bytes::new();
            frame
        }
    }
}
