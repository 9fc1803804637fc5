//! A socket to a bot: the door's side of the opening handshake.
//!
//! The rule: the bot is asked for a socket only where a client's handshake was cleared, with a handshake of our own, and a
//! connection that became one is no connection for requests any more; it counts as an exchange until it is dropped. What
//! would defeat it is an answer that is not one to our handshake, so each is checked.

use http::{Method, Request, Response, StatusCode, Version, header::TE, response::Parts};
use hyper::{
    body::Incoming,
    ext::Protocol,
    upgrade::{OnUpgrade, Upgraded},
};

use super::{
    Unforwarded,
    backend::Load,
    lease::{Connection, Lease},
    queue::Room,
};
use crate::{
    message::{
        Body, hop,
        websocket::{Deflate, Opening},
    },
    refusal::Refusal,
};

/// What a bot answers.
#[derive(Debug)]
pub enum Answer {
    /// A reply.
    Reply(Response<Body>),
    /// A socket, as it was asked.
    Socket(BotSocket),
}

/// A socket that a bot has opened.
pub struct BotSocket {
    /// The head of its answer, without the fields of the handshake.
    pub head: Parts,
    /// What is agreed about compressing messages.
    pub deflate: Option<Deflate>,
    becoming: OnUpgrade,
    lease: Lease,
}

/// What an open socket holds of the upstream; it counts as an exchange until this is dropped.
pub struct Held {
    _lease: Lease,
}

/// Makes a request, prepared for its connection, one for a socket.
pub(super) fn ask(
    request: &mut Request<Body>,
    opening: &Opening,
    connection: &Connection,
) -> Result<(), Refusal> {
    hop::keep(request.headers_mut(), |name| name != TE);
    match connection {
        Connection::Http1(_) => opening.ask_http1(request.headers_mut()),
        Connection::Http2(slot) if slot.takes_sockets() => {
            *request.method_mut() = Method::CONNECT;
            request.extensions_mut().insert(Protocol::from_static("websocket"));
            opening.ask_http2(request.headers_mut());
        }
        Connection::Http2(_) => {
            tracing::warn!("the upstream takes no sockets over http/2 (RFC 8441); try `http: http1`");
            return Err(Refusal::BotBroken);
        }
    }
    Ok(())
}

/// Whether an answer to a request for a socket opens one.
pub(super) fn is_open(response: &Response<Incoming>, connection: &Connection) -> bool {
    match connection {
        Connection::Http1(_) => response.status() == StatusCode::SWITCHING_PROTOCOLS,
        Connection::Http2(_) => response.status() == StatusCode::OK,
    }
}

impl BotSocket {
    /// The answer is one to our handshake, or the bot is broken.
    pub(super) fn opened(
        mut response: Response<Incoming>,
        opening: &Opening,
        load: Load,
        room: Room,
        connection: Connection,
    ) -> Result<Answer, Unforwarded> {
        let over_http2 = matches!(connection, Connection::Http2(_));
        let deflate = match opening.agreed(response.headers_mut(), over_http2) {
            Ok(deflate) => deflate,
            Err(what) => {
                tracing::warn!(upstream = %load.address(), what, "no socket");
                return Err(load.refused(&connection, Refusal::BotBroken).into());
            }
        };
        load.succeeded();
        let becoming = hyper::upgrade::on(&mut response);
        let (mut head, _) = response.into_parts();
        hop::strip_reply(&mut head.headers);
        head.version = Version::HTTP_11;
        head.status = StatusCode::SWITCHING_PROTOCOLS;
        let lease = Lease::alone(load, room, connection);
        Ok(Answer::Socket(Self { head, deflate, becoming, lease }))
    }

    /// The connection, now that nothing of HTTP is on it any more, and what must be held as long as it is open.
    ///
    /// # Errors
    /// When it broke meanwhile.
    pub async fn connection(self) -> hyper::Result<(Upgraded, Held)> {
        Ok((self.becoming.await?, Held { _lease: self.lease }))
    }
}

impl std::fmt::Debug for BotSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BotSocket").field("deflate", &self.deflate).finish_non_exhaustive()
    }
}
