//! The request's body: held and read where its media type can be, read while it flows where it is large, passed on unread
//! otherwise.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, request::Parts};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::timeout;

use super::{
    flow::{Flow, Read, Source},
    served::Served,
};
use crate::{
    message::{Body, BodyError, coding},
    refusal::Refusal,
    rewrite::{
        ReceivedBody,
        flowing::Shape,
        media::{self, BodyKind, Plain},
    },
};

/// A body while its request is decided.
#[derive(Debug)]
pub(super) struct Reading {
    kind: BodyKind,
    held: Plain,
    trailers: Option<HeaderMap>,
    unread: Option<Body>,
    flow: Option<Flow>,
}

/// The beginning of a body.
enum Begun {
    /// That is all of it.
    Whole(Bytes, Option<HeaderMap>),
    /// More follows.
    Part(Bytes),
}

impl Reading {
    /// No body at all.
    pub(super) fn nothing() -> Self {
        Self { kind: BodyKind::None, held: Plain::default(), trailers: None, unread: None, flow: None }
    }

    /// Reads the body as far as the route wants it read.
    ///
    /// # Errors
    /// When it must be read and can't be.
    pub(super) async fn of(head: &Parts, body: Incoming, route: &Served) -> Result<Self, Refusal> {
        let nothing = Self::nothing();
        if body.is_end_stream() {
            return Ok(nothing);
        }
        let announced = body.size_hint().lower();
        if announced > route.limits.body.max(route.limits.flow) {
            return Err(Refusal::BodyTooLarge);
        }
        let kind = match media::kind(&head.headers, &route.plan, &route.other_bodies) {
            Ok(kind) => kind,
            Err(refusal) => return unless_empty(body, route, refusal).await.map(|()| nothing),
        };
        match kind {
            BodyKind::None | BodyKind::Unread => {
                Ok(Self { kind, unread: Some(flowing(body, route)), ..nothing })
            }
            BodyKind::Json if route.lets_json_flow() && may_be_large(&body, route) => {
                Self::flowing(head, kind, body, route).await
            }
            BodyKind::Events(framing) => {
                let source = Source { begun: Bytes::new(), rest: flowing(body, route) };
                Self::of_flow(head, kind, Read::Events(framing), source)
            }
            // What is asked about a text can't be taken back from what has left.
            BodyKind::Multipart if may_be_large(&body, route) && !route.plan.asks() => {
                Self::flowing(head, kind, body, route).await
            }
            BodyKind::Json | BodyKind::Form | BodyKind::Multipart | BodyKind::Text => {
                let (held, trailers) = Body::flowing(body)
                    .hold(route.limits.body, route.limits.body_time)
                    .await
                    .map_err(refusal)?;
                Self::all(head, kind, (held, trailers), route)
            }
        }
    }

    /// A body that is all there.
    fn all(
        head: &Parts,
        kind: BodyKind,
        (held, trailers): (Bytes, Option<HeaderMap>),
        route: &Served,
    ) -> Result<Self, Refusal> {
        // A body that turns out to be empty is none: there is nothing to read in it.
        let kind = if held.is_empty() { BodyKind::None } else { kind };
        let held = Plain::of(held, &head.headers, kind, route.limits.body)?;
        Ok(Self { kind, held, trailers, ..Self::nothing() })
    }

    /// A body that may be too large to be held: as much of it is held as may be, and if it goes on, it flows.
    async fn flowing(head: &Parts, kind: BodyKind, body: Incoming, route: &Served) -> Result<Self, Refusal> {
        let mut body = Body::flowing(body).capped(route.limits.flow);
        let beginning = timeout(route.limits.body_time, beginning(&mut body, route.limits.hold));
        let begun = match beginning.await.unwrap_or(Err(BodyError::TimedOut)).map_err(refusal)? {
            Begun::Whole(held, trailers) => return Self::all(head, kind, (held, trailers), route),
            Begun::Part(begun) => begun,
        };
        let shape = Shape::of(kind, &head.headers).ok_or(Refusal::Internal)?;
        let rest = body.paced(route.limits.body_time).without_trailers();
        Self::of_flow(head, kind, Read::Whole(shape), Source { begun, rest })
    }

    fn of_flow(head: &Parts, kind: BodyKind, read: Read, source: Source) -> Result<Self, Refusal> {
        let codings =
            coding::applied(&head.headers).map_err(|unknown| Refusal::ContentCoding(unknown.what()))?;
        Ok(Self { kind, flow: Some(Flow::new(read, codings, source)), ..Self::nothing() })
    }

    /// The body for the rewrite.
    pub(super) fn received(&self) -> ReceivedBody<'_> {
        match &self.flow {
            Some(flow) => ReceivedBody::Flowing { decoded: flow.is_decoded() },
            None => self.held.read_as(self.kind),
        }
    }

    /// The body as it came, where it was coded.
    pub(super) fn coded(&self) -> Option<&Bytes> {
        self.held.coded.as_ref()
    }

    /// The body, if it is read while it is sent.
    pub(super) fn flow(&self) -> Option<&Flow> {
        self.flow.as_ref()
    }

    /// The body for whoever reads it under another policy: empty where there is none, not there where it flows by.
    pub(super) fn held(&self) -> Option<&Bytes> {
        (self.kind != BodyKind::Unread && self.flow.is_none()).then_some(&self.held.body)
    }

    /// The trailers of a body that was held.
    pub(super) fn trailers(&self) -> Option<&HeaderMap> {
        self.trailers.as_ref()
    }

    /// The body, if it is JSON.
    pub(super) fn json(&self) -> Option<&[u8]> {
        (self.kind == BodyKind::Json && self.flow.is_none()).then_some(&*self.held.body)
    }

    /// The body, if it is a form that is held.
    pub(super) fn form(&self) -> Option<(BodyKind, &[u8])> {
        let is_form = matches!(self.kind, BodyKind::Form | BodyKind::Multipart) && self.flow.is_none();
        is_form.then_some((self.kind, &*self.held.body))
    }

    /// The body that passes unread, to go with the message.
    pub(super) fn unread(&mut self) -> Option<Body> {
        self.unread.take()
    }

    /// The message was not sent: its unread body is needed again.
    pub(super) fn put_back(&mut self, unsent: Request<Body>) {
        if self.kind == BodyKind::Unread {
            self.unread = Some(unsent.into_body());
        }
    }
}

/// A body whose length nobody told may turn out to be none at all.
async fn unless_empty(body: Incoming, route: &Served, refusal: Refusal) -> Result<(), Refusal> {
    match body.size_hint().exact() {
        Some(_) => Err(refusal),
        None => Body::flowing(body).hold(0, route.limits.body_time).await.map(|_| ()).map_err(|_| refusal),
    }
}

/// Whether a body is larger than what is held of one that may flow, or could be.
fn may_be_large(body: &Incoming, route: &Served) -> bool {
    body.size_hint().exact().is_none_or(|length| length > route.limits.hold)
}

/// The beginning of a body: all of it, or as much as just exceeds `most` bytes.
async fn beginning(body: &mut Body, most: u64) -> Result<Begun, BodyError> {
    let mut begun = BytesMut::new();
    let mut trailers = None;
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(data) => begun.extend_from_slice(&data),
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
        if begun.len() as u64 > most {
            return Ok(Begun::Part(begun.freeze()));
        }
    }
    Ok(Begun::Whole(begun.freeze(), trailers))
}

fn flowing(body: Incoming, route: &Served) -> Body {
    let body = Body::flowing(body).paced(route.limits.body_time).capped(route.limits.flow);
    // Trailers come when the head is long gone, too late to be decided about.
    body.without_trailers()
}

pub(super) fn refusal(error: BodyError) -> Refusal {
    match error {
        BodyError::TooLarge => Refusal::BodyTooLarge,
        BodyError::TimedOut => Refusal::BodyTimeout,
        BodyError::Broken(_) | BodyError::Withheld => Refusal::BodyBroken,
    }
}
