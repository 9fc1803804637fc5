//! Accept, handshake, hand over, drain.
//!
//! The rule: nothing a client does takes more than its own connection down, and everything it can hold open is bounded
//! in time and number. What would defeat it is waiting for a client without a deadline: each wait below stands under
//! the handshake timeout, the watch over a connection (`connection`), or the drain timeout.

mod connection;
mod live;
mod peer;
mod proxy_protocol;
mod pulse;
mod settings;
mod tenure;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

pub use self::{
    live::{Live, Prepared},
    peer::{Alpn, Peer},
    settings::{ListenerSettings, ProxyProtocol, ServerLimits, ServerTimeouts},
    tenure::Tenure,
};
use self::{settings::MIN_HEADER, tenure::Lodging};
use crate::tls::{Tls, TlsError};

/// How long to wait when no connection can be accepted, for example because no file descriptor is left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long sockets get to say goodbye when the drain is over, and then connections to notice.
const LAST_MOMENT: Duration = Duration::from_secs(1);

/// Why the server can't listen.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No listener at all.
    #[error("`listeners` is empty; name at least one `address`")]
    NoListeners,
    /// Somebody else has the port.
    #[error("`{0}` is in use; stop the other program, or choose another port")]
    InUse(SocketAddr),
    /// The system does not let us have the port.
    #[error("`{0}` may not be opened; choose a port from 1024 up, or grant CAP_NET_BIND_SERVICE")]
    Denied(SocketAddr),
    /// The address is not one of this machine.
    #[error("`{0}` is not an address of this machine; choose one that is, or `0.0.0.0` for all")]
    NotOurs(SocketAddr),
    /// Any other failure.
    #[error("can't listen on `{address}`: {source}")]
    Bind {
        /// On which address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A listener without TLS that others can reach.
    #[error(
        "the listener on `{0}` has no `tls` and can be reached from other machines; add `tls`, or say `plain: true`"
    )]
    Plain(SocketAddr),
    /// A listener that is both.
    #[error("the listener on `{0}` has `tls` and says `plain: true`; remove one of them")]
    PlainAndTls(SocketAddr),
    /// A limit that the protocol can't work with.
    #[error("`limits.header` is too small; give at least `8KiB`")]
    HeaderLimit,
    /// The certificates of a listener.
    #[error("the listener on `{address}`: {source}")]
    Tls {
        /// On which address.
        address: SocketAddr,
        /// What is wrong.
        source: TlsError,
    },
}

/// Listeners that are bound and not yet served.
#[derive(Debug)]
pub struct Server {
    bound: Vec<Bound>,
    live: Arc<Live>,
}

/// One bound listener.
#[derive(Debug)]
struct Bound {
    socket: TcpListener,
    address: SocketAddr,
    name: Option<Arc<str>>,
    tls: Option<Arc<Tls>>,
    proxy_protocol: Option<ProxyProtocol>,
}

/// How far the server has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Phase {
    Serving,
    /// Nothing new is accepted; what is under way may finish.
    Draining,
    /// Sockets are closed with a word.
    Farewell,
    /// What is still under way is cut.
    Over,
}

impl Server {
    /// Reads the certificates and binds every listener; nothing is accepted yet.
    ///
    /// # Errors
    /// [`ServerError`] names the address and says what to do.
    pub async fn bind(
        listeners: &[ListenerSettings],
        limits: ServerLimits,
        timeouts: ServerTimeouts,
    ) -> Result<Self, ServerError> {
        let live = Live::new(Live::prepare(listeners, &limits, &timeouts)?);
        let mut bound = Vec::with_capacity(listeners.len());
        for (listener, tls) in listeners.iter().zip(&live.tls) {
            bound.push(Bound::new(listener, tls.clone()).await?);
        }
        Ok(Self { bound, live: Arc::new(live) })
    }

    /// Where the listeners are bound, in the order of the settings; a port 0 is resolved.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.bound.iter().map(|bound| bound.address).collect()
    }

    /// What can be changed while it serves.
    pub fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live)
    }

    /// Serves until `shutdown` is ready; then accepts no more, lets the exchanges under way finish within the drain
    /// timeout, and cuts what is left.
    pub async fn serve<H, F, B>(self, handler: H, shutdown: impl Future<Output = ()>)
    where
        H: Fn(Request<Incoming>, Arc<Peer>) -> F + Send + Sync + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (phase, watched) = watch::channel(Phase::Serving);
        let live = Arc::clone(&self.live);
        let house = Arc::new(House { live: self.live, handler: Arc::new(handler) });
        let mut doors = JoinSet::new();
        for bound in self.bound {
            doors.spawn(accept(bound, Arc::clone(&house), watched.clone()));
        }
        drop(watched);
        shutdown.await;
        phase.send_replace(Phase::Draining);
        // Sockets close with their loops, so that new connections are refused rather than kept waiting.
        while doors.join_next().await.is_some() {}
        let drain = live.rules.load().drain;
        for (next, patience) in [(Phase::Farewell, drain), (Phase::Over, LAST_MOMENT)] {
            if timeout(patience, phase.closed()).await.is_ok() {
                return;
            }
            phase.send_replace(next);
        }
        timeout(LAST_MOMENT, phase.closed()).await.ok();
    }
}

/// The certificates of each listener, in the order of the settings.
fn certificates(
    listeners: &[ListenerSettings],
    limits: &ServerLimits,
) -> Result<Vec<Option<Tls>>, ServerError> {
    if listeners.is_empty() {
        return Err(ServerError::NoListeners);
    }
    if limits.header < MIN_HEADER {
        return Err(ServerError::HeaderLimit);
    }
    let load = |listener: &ListenerSettings| {
        listener.check_plain()?;
        let failed = |source| ServerError::Tls { address: listener.address, source };
        listener.tls.as_ref().map(Tls::load).transpose().map_err(failed)
    };
    listeners.iter().map(load).collect()
}

impl Bound {
    async fn new(settings: &ListenerSettings, tls: Option<Arc<Tls>>) -> Result<Self, ServerError> {
        let address = settings.address;
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => ServerError::InUse(address),
            io::ErrorKind::PermissionDenied => ServerError::Denied(address),
            io::ErrorKind::AddrNotAvailable => ServerError::NotOurs(address),
            _ => ServerError::Bind { address, source },
        };
        let socket = TcpListener::bind(address).await.map_err(failed)?;
        Ok(Self {
            address: socket.local_addr().map_err(failed)?,
            socket,
            name: settings.name.as_deref().map(Arc::from),
            tls,
            proxy_protocol: settings.proxy_protocol.clone(),
        })
    }
}

/// What all connections share.
struct House<H> {
    live: Arc<Live>,
    handler: Arc<H>,
}

/// Accepts until the drain begins. Connections beyond the limit wait in the system's own queue.
async fn accept<H, F, B>(bound: Bound, house: Arc<House<H>>, mut phase: watch::Receiver<Phase>)
where
    H: Fn(Request<Incoming>, Arc<Peer>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let bound = Arc::new(bound);
    let over = phase.clone();
    let draining = phase.wait_for(|phase| *phase != Phase::Serving);
    tokio::pin!(draining);
    loop {
        let next = async {
            let room = Arc::clone(&house.live.room).acquire_owned().await.ok().map(Arc::new);
            (room, bound.socket.accept().await)
        };
        let (room, accepted) = tokio::select! {
            biased;
            _ = &mut draining => return,
            next = next => next,
        };
        match accepted {
            Ok((stream, from)) => {
                tokio::spawn(welcome(
                    stream,
                    from,
                    Arc::clone(&bound),
                    Arc::clone(&house),
                    over.clone(),
                    room,
                ));
            }
            // One that hung up before it was accepted says nothing about the next; anything else, such as no file
            // descriptor left, would come again at once.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::warn!(listener = %bound.address, %error, "can't accept connections");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// One connection from accept to close.
async fn welcome<H, F, B>(
    stream: TcpStream,
    from: SocketAddr,
    bound: Arc<Bound>,
    house: Arc<House<H>>,
    mut phase: watch::Receiver<Phase>,
    room: Lodging,
) where
    H: Fn(Request<Incoming>, Arc<Peer>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let rules = house.live.rules.load_full();
    let greeted = tokio::select! {
        biased;
        _ = phase.wait_for(|phase| *phase != Phase::Serving) => return,
        // On the heap, and gone with the handshake: what a handshake needs is no idle connection's to keep.
        greeted = timeout(rules.handshake, Box::pin(peer::greet(stream, from, &bound))) => greeted,
    };
    let handler = Arc::clone(&house.handler);
    match greeted {
        Ok(Ok(peer::Greeted::Plain(stream, peer))) => {
            rules.protocol.serve(stream, (peer, room), handler, phase).await;
        }
        Ok(Ok(peer::Greeted::Secure(stream, peer))) => {
            rules.protocol.serve(stream, (peer, room), handler, phase).await;
        }
        Ok(Err(error)) => tracing::debug!(listener = %bound.address, %error, "handshake failed"),
        Err(_) => tracing::debug!(listener = %bound.address, "handshake timed out"),
    }
}
