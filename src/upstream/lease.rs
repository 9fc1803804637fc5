//! A connection while one exchange has it, and what is given back when the exchange ends.

use std::{sync::Arc, time::Duration};

use http::{Request, Response};
use hyper::{
    body::Incoming,
    client::conn::{TrySendError, http1::SendRequest},
};

use super::{Address, HostField, backend::Load, http2::Slot, queue::Room, wire};
use crate::message::{Body, End, Witness};

/// A connection while one exchange has it.
pub(super) enum Connection {
    /// Ours alone.
    Http1(SendRequest<Body>),
    /// Shared; the slot is ours, until the bodies of both directions are gone.
    Http2(Arc<Slot>),
}

impl Connection {
    /// Gives the request the form it has on this connection.
    pub(super) fn prepare(&self, request: &mut Request<Body>, address: &Address, host: HostField) {
        match self {
            Self::Http1(_) => wire::for_http1(request, address, host),
            Self::Http2(_) => wire::for_http2(request, address, host),
        }
    }

    /// Waits until a request would be written at once; false when the connection is closed.
    pub(super) async fn ready(&mut self) -> bool {
        match self {
            Self::Http1(sender) => sender.ready().await.is_ok(),
            Self::Http2(slot) => slot.is_usable(),
        }
    }

    /// Hands the request to the connection when first polled, with no wait before.
    pub(super) async fn send(
        &mut self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Body>>> {
        match self {
            Self::Http1(sender) => sender.try_send_request(request).await,
            Self::Http2(slot) => {
                let (mut sender, slot) = (slot.sender(), Arc::clone(slot));
                sender.try_send_request(request.map(|body| body.witnessed(Held(slot)))).await
            }
        }
    }

    /// Takes the connection out of use: it did not do what it should.
    pub(super) fn retire(&self) {
        match self {
            // Nobody else has it: it closes when it is dropped.
            Self::Http1(_) => {}
            Self::Http2(slot) => slot.retire(),
        }
    }
}

/// Keeps a slot while the request's body is on its way.
struct Held(#[expect(dead_code, reason = "kept for its drop")] Arc<Slot>);

impl Witness for Held {
    fn over(&mut self, _: End) {}
}

/// Everything that an exchange holds, given back when the reply's body ends.
pub(super) struct Lease {
    load: Load,
    _room: Room,
    connection: Option<Connection>,
    reuse: Duration,
}

impl Lease {
    pub(super) fn new(load: Load, room: Room, connection: Connection, reuse: Duration) -> Self {
        Self { load, _room: room, connection: Some(connection), reuse }
    }

    /// One of which no connection goes back: it has become something else.
    pub(super) fn alone(load: Load, room: Room, connection: Connection) -> Self {
        Self::new(load, room, connection, Duration::ZERO)
    }
}

impl Witness for Lease {
    /// A connection goes back only after a whole reply: what is left of another would be read as the next one.
    fn over(&mut self, end: End) {
        match (end, self.connection.take()) {
            (End::Complete, Some(connection)) => self.load.give_back(connection, self.reuse),
            (End::Broken | End::Dropped, _) | (End::Complete, None) => {}
        }
    }
}
