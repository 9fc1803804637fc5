//! The request's body: held and read where its media type can be, passed on unread otherwise.

use bytes::Bytes;
use http::{HeaderMap, Request, request::Parts};
use http_body::Body as _;
use hyper::body::Incoming;

use super::served::Served;
use crate::{
    message::{Body, BodyError},
    refusal::Refusal,
    rewrite::{
        ReceivedBody,
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
}

impl Reading {
    /// No body at all.
    pub(super) fn nothing() -> Self {
        Self { kind: BodyKind::None, held: Plain::default(), trailers: None, unread: None }
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
        if body.size_hint().lower() > route.limits.body {
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
            BodyKind::Json | BodyKind::Form => {
                let (held, trailers) = Body::flowing(body)
                    .hold(route.limits.body, route.limits.body_time)
                    .await
                    .map_err(refusal)?;
                // A body that turns out to be empty is none: there is nothing to read in it.
                let kind = if held.is_empty() { BodyKind::None } else { kind };
                let held = Plain::of(held, &head.headers, kind, route.limits.body)?;
                Ok(Self { kind, held, trailers, unread: None })
            }
        }
    }

    /// The body for the rewrite.
    pub(super) fn received(&self) -> ReceivedBody<'_> {
        match self.kind {
            BodyKind::None | BodyKind::Unread => ReceivedBody::Unread,
            BodyKind::Json => ReceivedBody::Json(&self.held.body),
            BodyKind::Form => ReceivedBody::Form(&self.held.body),
        }
    }

    /// The body as it came, where it was coded.
    pub(super) fn coded(&self) -> Option<&Bytes> {
        self.held.coded.as_ref()
    }

    /// The body for whoever reads it under another policy: empty where there is none, not there where it flows by.
    pub(super) fn held(&self) -> Option<&Bytes> {
        (self.kind != BodyKind::Unread).then_some(&self.held.body)
    }

    /// The trailers of a body that was held.
    pub(super) fn trailers(&self) -> Option<&HeaderMap> {
        self.trailers.as_ref()
    }

    /// The body, if it is JSON.
    pub(super) fn json(&self) -> Option<&[u8]> {
        (self.kind == BodyKind::Json).then_some(&*self.held.body)
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

fn flowing(body: Incoming, route: &Served) -> Body {
    let body = Body::flowing(body).paced(route.limits.body_time).capped(route.limits.body);
    // Trailers come when the head is long gone, too late to be decided about.
    body.without_trailers()
}

fn refusal(error: BodyError) -> Refusal {
    match error {
        BodyError::TooLarge => Refusal::BodyTooLarge,
        BodyError::TimedOut => Refusal::BodyTimeout,
        BodyError::Broken(_) | BodyError::Withheld => Refusal::BodyBroken,
    }
}
