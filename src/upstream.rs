//! The only door to the backend.
//!
//! The rule: nothing is sent but what is [`Cleared`], and only while its stamp still holds: that is asked after the
//! queue, after connecting and after every retry, when the connection is ready and there is nothing left to wait for.
//! A request of which a byte may have been written is never sent again, whatever its method.
//!
//! What would defeat it is a wait behind the check. These are kept out: an HTTP/1 connection is used only when idle;
//! an HTTP/2 connection only while it has a stream to spare (`http2`). What remains is the hand-over to the
//! connection's task (microseconds), a peer that has stopped reading an HTTP/2 connection it shares, and the body:
//! once its head is written, a request is under way, and a long body follows as the backend takes it.
//!
//! Tower bounds the connecting (`connect`). The exchanges themselves are counted by a semaphore of ours (`queue`),
//! because a Tower layer gives its permit back with the reply's head, not with its body's end, and can't give back a
//! message it did not send.

mod address;
mod backend;
mod connect;
mod http2;
mod lease;
mod queue;
mod settings;
mod socket;
mod upload;
mod wire;

use std::{fmt, pin::pin, sync::Arc, time::Duration};

use http::{Request, Response, StatusCode, Version};
use hyper::{body::Incoming, client::conn::TrySendError};
use tokio::time::timeout;

pub use self::{
    address::Address,
    settings::{EjectSettings, HostField, HttpVersion, UpstreamSettings, UpstreamTimeouts},
    socket::{Answer, BotSocket, Held},
};
use self::{
    backend::{Backends, Load, Tried},
    connect::{ConnectError, Connector},
    lease::{Connection, Lease},
    queue::{Queue, Room},
    upload::Upload,
};
use crate::{
    message::{Body, hop, websocket::Opening},
    refusal::Refusal,
    rewrite::{Cleared, Stamp},
    tls::TlsError,
};

/// The backend of a route: one or several addresses that answer alike. Cloning it shares its connections.
#[derive(Clone)]
pub struct Upstream(Arc<House>);

/// What all exchanges of one upstream share.
struct House {
    queue: Queue,
    backends: Backends,
    connector: Connector,
    settings: UpstreamSettings,
}

/// Why an upstream can't be used.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// No address at all.
    #[error("the upstream has no address; name at least one, such as `http://127.0.0.1:5005`")]
    NoAddress,
    /// TLS settings that nothing would use.
    #[error("`tls` is given and no address begins with `https://`; remove it, or change the address")]
    UnusedTls,
    /// The certificates or trusted authorities.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Why there is no reply.
#[derive(Debug)]
pub enum Unforwarded {
    /// The stamp no longer holds, and nothing was sent: decide again. The message comes back in the form it would have
    /// been sent in.
    Moved(Box<Cleared<Request<Body>>>),
    /// There is no use in trying again.
    Refused(Refusal),
}

/// Why one attempt came to nothing.
enum Failed {
    /// Not a byte was written.
    Unsent(Box<Request<Body>>),
    /// The connection broke, or the reply is not HTTP.
    Broken,
    /// The reply did not begin in time.
    Late,
}

impl Upstream {
    /// Prepares an upstream; connects to nothing yet.
    ///
    /// # Errors
    /// [`UpstreamError`] says what to change.
    pub fn new(settings: &UpstreamSettings) -> Result<Self, UpstreamError> {
        settings.check()?;
        Ok(Self(Arc::new(House {
            queue: Queue::new(settings.max_in_flight, settings.queue, settings.timeouts.queue.0),
            backends: Backends::new(settings),
            connector: Connector::new(settings)?,
            settings: settings.clone(),
        })))
    }

    /// Whether both were made from the same settings and the same files, so that one can go on in place of the other.
    pub fn is_like(&self, other: &Self) -> bool {
        self.0.settings == other.0.settings && self.0.connector.is_of_the_same_files(&other.0.connector)
    }

    /// Whether both are one, with the same connections.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// How many exchanges are under way.
    pub fn in_flight(&self) -> usize {
        self.0.backends.in_flight()
    }

    /// Sends a cleared request if, when its turn comes, `still_holds` says so; the reply's body flows. With an `opening` it
    /// asks for a socket.
    ///
    /// # Errors
    /// [`Unforwarded::Moved`] gives the message back when its stamp no longer holds; [`Unforwarded::Refused`] says why
    /// there is no reply.
    pub async fn forward(
        &self,
        cleared: Cleared<Request<Body>>,
        opening: Option<&Opening>,
        still_holds: &(impl Fn(&Stamp) -> bool + Sync),
    ) -> Result<Answer, Unforwarded> {
        let house = &*self.0;
        let room = house.queue.enter().await?;
        let (mut request, seal) = cleared.open();
        wire::check(&request)?;
        hop::strip_request(request.headers_mut());
        let (upload, mut request) = Upload::watch(request);
        let mut tried = Tried::default();
        let mut fresh = false;
        loop {
            let load = house.backends.pick(&tried).ok_or(Refusal::BotUnreachable)?;
            let found = match opening {
                None => load.connection(&house.connector, fresh).await,
                Some(_) => load.connection_for_socket(&house.connector, fresh).await,
            };
            let mut connection = match found {
                Ok(connection) => connection,
                Err(ConnectError::Overloaded) => return Err(Refusal::Overloaded.into()),
                Err(error) => {
                    tracing::warn!(upstream = %load.address(), %error, "can't connect");
                    load.failed();
                    tried.add(&load);
                    continue;
                }
            };
            connection.prepare(&mut request, load.address(), house.settings.host);
            if let Some(opening) = opening {
                socket::ask(&mut request, opening, &connection)?;
            }
            if connection.ready().await {
                if !still_holds(seal.stamp()) {
                    load.unused(connection);
                    return Err(Unforwarded::Moved(Box::new(seal.close(request))));
                }
                match reply(connection.send(request), house.settings.timeouts.first_byte.0, upload.as_deref())
                    .await
                {
                    Ok(response) => return house.answer(response, opening, load, room, connection),
                    Err(Failed::Unsent(unsent)) => request = *unsent,
                    Err(Failed::Broken) if upload.as_ref().is_some_and(|upload| upload.is_broken()) => {
                        return Err(Refusal::BodyBroken.into());
                    }
                    Err(Failed::Broken) => return Err(load.refused(&connection, Refusal::BotBroken).into()),
                    Err(Failed::Late) => return Err(load.refused(&connection, Refusal::BotTimeout).into()),
                }
            }
            // The connection was closed before anything was written. A new one shows whether the backend is well.
            if fresh {
                load.failed();
                tried.add(&load);
            }
            fresh = true;
        }
    }
}

impl House {
    fn answer(
        &self,
        response: Response<Incoming>,
        opening: Option<&Opening>,
        load: Load,
        room: Room,
        connection: Connection,
    ) -> Result<Answer, Unforwarded> {
        if let Some(opening) = opening.filter(|_| socket::is_open(&response, &connection)) {
            return BotSocket::opened(response, opening, load, room, connection);
        }
        // We asked for no other protocol, or not over HTTP/2, so this is not an answer (RFC 9110, section 15.2.2).
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(load.refused(&connection, Refusal::BotBroken).into());
        }
        load.succeeded();
        let (mut parts, incoming) = response.into_parts();
        let reuse = parts_reuse(&parts.headers, self.settings.timeouts.reuse.0);
        hop::strip_reply(&mut parts.headers);
        // The version is that of the next connection (RFC 9110, section 6.2).
        parts.version = Version::HTTP_11;
        let lease = Lease::new(load, room, connection, reuse);
        let body = Body::flowing(incoming).paced(self.settings.timeouts.idle.0).witnessed(lease);
        Ok(Answer::Reply(Response::from_parts(parts, body)))
    }
}

/// Waits for the head of the reply. While a flowing body is still going up, patience begins anew with every frame.
async fn reply(
    sending: impl Future<Output = Result<Response<Incoming>, TrySendError<Request<Body>>>>,
    patience: Duration,
    upload: Option<&Upload>,
) -> Result<Response<Incoming>, Failed> {
    let mut sending = pin!(sending);
    let mut seen = 0;
    loop {
        match timeout(patience, sending.as_mut()).await {
            Ok(Ok(response)) => return Ok(response),
            Ok(Err(mut error)) => {
                return Err(error
                    .take_message()
                    .map_or(Failed::Broken, |unsent| Failed::Unsent(Box::new(unsent))));
            }
            Err(_) => {
                let frames = upload.map_or(0, Upload::frames);
                if frames == seen {
                    return Err(Failed::Late);
                }
                seen = frames;
            }
        }
    }
}

/// How long the connection may lie unused: a second less than the backend says, because a request that meets the close
/// is lost.
fn parts_reuse(headers: &http::HeaderMap, most: Duration) -> Duration {
    hop::keep_alive_seconds(headers)
        .map_or(most, |said| most.min(Duration::from_secs(said.saturating_sub(1))))
}

impl From<Refusal> for Unforwarded {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream").field("in_flight", &self.in_flight()).finish_non_exhaustive()
    }
}
