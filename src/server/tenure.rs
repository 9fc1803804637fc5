//! What a socket holds of the server after its connection has changed protocols.
//!
//! The rule: a socket counts as the connection it came from: it keeps that connection's room, the drain waits for it, and
//! when the drain is over it hears so and has a moment to say goodbye. What would defeat it is a socket whose tenure is
//! dropped before its last byte.

use std::sync::Arc;

use http::{Method, Request, header::UPGRADE};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::{Phase, pulse::Beat};

/// What a socket holds of the server, as long as it is open. Requests that ask for another protocol bring one among their
/// extensions.
#[derive(Clone, Debug)]
pub struct Tenure(Arc<Held>);

#[derive(Debug)]
struct Held {
    phase: watch::Receiver<Phase>,
    _room: Lodging,
    _beat: Beat,
}

/// A connection's place among the connections, shared with the sockets that come from it.
pub(super) type Lodging = Option<Arc<OwnedSemaphorePermit>>;

impl Tenure {
    /// Gives the request a tenure if it asks for another protocol.
    pub(super) fn grant<B>(
        request: &mut Request<B>,
        phase: &watch::Receiver<Phase>,
        room: &Lodging,
        beat: impl FnOnce() -> Beat,
    ) {
        if request.method() == Method::CONNECT || request.headers().contains_key(UPGRADE) {
            let held = Held { phase: phase.clone(), _room: room.clone(), _beat: beat() };
            request.extensions_mut().insert(Self(Arc::new(held)));
        }
    }

    /// Waits until the server's drain is over; then there is a moment left to say goodbye.
    pub async fn over(&self) {
        let mut phase = self.0.phase.clone();
        // The server is gone when it can't be asked any more.
        phase.wait_for(|phase| *phase >= Phase::Farewell).await.ok();
    }
}
