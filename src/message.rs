//! The body of a message, whole or flowing: one concrete type on both sides of the proxy.
//!
//! The rule: a body is either held entirely (and may have been read and rewritten) or passes through frame by frame,
//! never buffered in between. What would defeat it is collecting a flowing body; only [`Body::hold`] does, and it
//! counts. Trailers that belong to one connection are taken out wherever trailers come in ([`hop`]).

pub mod coding;
pub mod hop;
mod made;
pub mod websocket;
mod witness;

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use serde::Serialize;
use tokio::time::{Instant, Sleep, sleep, timeout};

use self::{made::Making, witness::Witnesses};
pub use self::{
    made::{Made, Outlet},
    witness::{End, Witness},
};

/// Which way a message goes. For a bot that answers through a separate API this is not which way HTTP goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the person to the bot.
    ToBot,
    /// From the bot to the person.
    ToPerson,
}

/// Why a body stopped before its end.
#[derive(Debug)]
pub enum BodyError {
    /// The connection broke, or the peer broke the protocol's rules.
    Broken(hyper::Error),
    /// More bytes came than were allowed.
    TooLarge,
    /// No bytes came for too long.
    TimedOut,
    /// What came may not go on.
    Withheld,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Broken(_) => "the body broke off",
            Self::TooLarge => "the body is too large",
            Self::TimedOut => "the body stalled",
            Self::Withheld => "the body may not go on",
        })
    }
}

impl std::error::Error for BodyError {}

/// A message's body.
#[derive(Debug)]
pub struct Body {
    kind: Kind,
    witnesses: Witnesses,
}

#[derive(Debug)]
enum Kind {
    Whole { data: Option<Bytes>, trailers: Option<HeaderMap> },
    Flowing { incoming: Incoming, pace: Option<Pace>, bounds: Bounds },
    Made(Making),
}

/// What a flowing body may bring.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    /// How many more bytes.
    left: u64,
    /// Whether trailers pass.
    trailers: bool,
}

/// How long a flowing body may pause between two frames.
#[derive(Debug)]
struct Pace {
    pause: Duration,
    /// Set only while a pause lasts: most frames are there when they are asked for, and then no timer is touched.
    alarm: Option<Pin<Box<Sleep>>>,
    /// Whether the alarm stands from an earlier pause.
    stale: bool,
}

impl Body {
    /// No body at all.
    pub fn empty() -> Self {
        Self::with_trailers(Bytes::new(), None)
    }

    /// A body that is all there.
    pub fn whole(data: impl Into<Bytes>) -> Self {
        Self::with_trailers(data.into(), None)
    }

    /// A body that is all there, with trailers (RFC 9110, section 6.5).
    pub fn with_trailers(data: Bytes, trailers: Option<HeaderMap>) -> Self {
        Self::of(Kind::Whole { data: Some(data).filter(|data| !data.is_empty()), trailers })
    }

    /// A body that passes through as it comes.
    pub fn flowing(incoming: Incoming) -> Self {
        Self::of(Kind::Flowing { incoming, pace: None, bounds: Bounds { left: u64::MAX, trailers: true } })
    }

    /// A body that is written while it is taken, piece by piece.
    pub fn made<F>(make: impl FnOnce(Outlet) -> F) -> Self
    where
        F: Future<Output = Made> + Send + 'static,
    {
        Self::of(Kind::Made(Making::new(make)))
    }

    /// Whether the body comes bit by bit, so that it is not known how long it will be.
    pub fn is_flowing(&self) -> bool {
        match &self.kind {
            Kind::Flowing { .. } | Kind::Made(_) => true,
            Kind::Whole { .. } => false,
        }
    }

    /// The trailers of a body that is all there.
    pub fn trailers(&self) -> Option<&HeaderMap> {
        match &self.kind {
            Kind::Whole { trailers, .. } => trailers.as_ref(),
            Kind::Flowing { .. } | Kind::Made(_) => None,
        }
    }

    /// The same body, broken off when it pauses for longer than `pause`. Only a flowing body can pause.
    pub fn paced(mut self, pause: Duration) -> Self {
        match &mut self.kind {
            Kind::Flowing { pace, .. } => *pace = Some(Pace { pause, alarm: None, stale: false }),
            Kind::Whole { .. } | Kind::Made(_) => {}
        }
        self
    }

    /// The same body, broken off when it brings more than `limit` bytes. Only a flowing body can.
    pub fn capped(mut self, limit: u64) -> Self {
        match &mut self.kind {
            Kind::Flowing { bounds, .. } => bounds.left = limit,
            Kind::Whole { .. } | Kind::Made(_) => {}
        }
        self
    }

    /// The same body, without the trailers that it may bring.
    pub fn without_trailers(mut self) -> Self {
        match &mut self.kind {
            Kind::Flowing { bounds, .. } => bounds.trailers = false,
            Kind::Whole { trailers, .. } => *trailers = None,
            Kind::Made(_) => {}
        }
        self
    }

    /// The same body, with someone who sees it pass and learns how it ended.
    pub fn witnessed(mut self, witness: impl Witness + 'static) -> Self {
        let over = self.kind.is_over();
        self.witnesses.add(Box::new(witness), over);
        self
    }

    /// Reads the body to its end: at most `limit` bytes within `patience`.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`] as soon as the limit is passed or announced to be, [`BodyError::TimedOut`] when the end
    /// does not come in time, [`BodyError::Broken`] when the peer breaks off.
    pub async fn hold(self, limit: u64, patience: Duration) -> Result<(Bytes, Option<HeaderMap>), BodyError> {
        if self.size_hint().lower() > limit {
            return Err(BodyError::TooLarge);
        }
        let Self { kind, mut witnesses } = self;
        let held = match kind {
            Kind::Whole { data, trailers } => Ok((data.unwrap_or_default(), trailers)),
            coming @ (Kind::Flowing { .. } | Kind::Made(_)) => {
                timeout(patience, collect(coming, limit)).await.unwrap_or(Err(BodyError::TimedOut))
            }
        };
        witnesses.ended(if held.is_ok() { End::Complete } else { End::Broken });
        held
    }

    fn of(kind: Kind) -> Self {
        Self { kind, witnesses: Witnesses::default() }
    }
}

/// For how much of what a body announces room is made before it comes: who announces much and sends little shall not
/// take memory with it.
const AHEAD: u64 = 64 << 10;

/// Gathers frames; a body of a single frame is handed on without a copy.
async fn collect(mut coming: Kind, limit: u64) -> Result<(Bytes, Option<HeaderMap>), BodyError> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut trailers = None;
    while let Some(frame) = poll_fn(|cx| coming.poll_frame(cx)).await {
        match frame?.into_data() {
            Ok(data) => {
                let total = (first.len() + rest.len()).saturating_add(data.remaining());
                if u64::try_from(total).unwrap_or(u64::MAX) > limit {
                    return Err(BodyError::TooLarge);
                }
                if first.is_empty() && rest.is_empty() {
                    first = data;
                } else {
                    if rest.is_empty() {
                        let more = coming.size_hint().lower().min(AHEAD);
                        rest.reserve(total + usize::try_from(more).unwrap_or_default());
                        rest.extend_from_slice(&std::mem::take(&mut first));
                    }
                    rest.extend_from_slice(&data);
                }
            }
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    Ok((if rest.is_empty() { first } else { rest.freeze() }, trailers))
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Self { kind, witnesses } = &mut *self;
        let polled = ready!(kind.poll_frame(cx));
        if !witnesses.is_empty() {
            witnesses.see(&polled, kind.is_over());
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.kind.is_over()
    }

    fn size_hint(&self) -> SizeHint {
        self.kind.size_hint()
    }
}

impl Kind {
    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole { data, .. } => SizeHint::with_exact(data.as_ref().map_or(0, Bytes::len) as u64),
            Self::Flowing { incoming, .. } => incoming.size_hint(),
            Self::Made(_) => SizeHint::new(),
        }
    }

    fn is_over(&self) -> bool {
        match self {
            Self::Whole { data, trailers } => data.is_none() && trailers.is_none(),
            Self::Flowing { incoming, .. } => incoming.is_end_stream(),
            Self::Made(making) => making.is_over(),
        }
    }

    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self {
            Self::Whole { data, trailers } => Poll::Ready(match data.take() {
                Some(bytes) => Some(Ok(Frame::data(bytes))),
                None => trailers.take().map(|fields| Ok(Frame::trailers(fields))),
            }),
            Self::Flowing { incoming, pace, bounds } => match (Pin::new(incoming).poll_frame(cx), pace) {
                (Poll::Ready(frame), pace) => {
                    if let Some(pace) = pace {
                        pace.stale = true;
                    }
                    Poll::Ready(frame.and_then(|frame| bounds.admit(frame.map_err(BodyError::Broken))))
                }
                (Poll::Pending, Some(pace)) => pace.poll(cx).map(|()| Some(Err(BodyError::TimedOut))),
                (Poll::Pending, None) => Poll::Pending,
            },
            Self::Made(making) => making.poll(cx),
        }
    }
}

impl Bounds {
    /// The frame as it may pass; none where it is left out, which only the last one can be.
    fn admit(&mut self, frame: Result<Frame<Bytes>, BodyError>) -> Option<Result<Frame<Bytes>, BodyError>> {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return Some(Err(error)),
        };
        match frame.data_ref() {
            Some(data) => match self.left.checked_sub(data.len() as u64) {
                Some(left) => {
                    self.left = left;
                    Some(Ok(frame))
                }
                None => Some(Err(BodyError::TooLarge)),
            },
            None if self.trailers => Some(Ok(hop::clean_trailers(frame))),
            None => None,
        }
    }
}

impl Pace {
    /// Ready when the pause has lasted too long.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep(self.pause)));
        if std::mem::take(&mut self.stale) {
            alarm.as_mut().reset(Instant::now() + self.pause);
        }
        alarm.as_mut().poll(cx)
    }
}
