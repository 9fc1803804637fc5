//! The addresses of an upstream: which one is next, and the connections to each.
//!
//! The rule: the address with the fewest exchanges under way is next, ties in rotation; one that keeps failing is left
//! alone for a while, unless all do. A connection is used again only if it is whole, newest first, and not for longer
//! than the backend keeps it.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{
            AtomicBool, AtomicU32, AtomicU64, AtomicUsize,
            Ordering::{AcqRel, Relaxed},
        },
    },
    time::Duration,
};

use hyper::client::conn::http1::SendRequest;
use smallvec::SmallVec;
use tokio::time::{Instant, sleep, timeout};

use super::{
    Address, EjectSettings, UpstreamSettings,
    connect::{ConnectError, Connector, Fresh},
    http2::{Http2, Slot},
    lease::Connection,
};
use crate::{message::Body, refusal::Refusal};

/// The addresses of an upstream.
pub(super) struct Backends {
    all: Vec<Arc<Backend>>,
    turn: AtomicUsize,
    attempts: usize,
}

/// The addresses at which one request has failed, by their place in the settings.
#[derive(Default)]
pub(super) struct Tried(SmallVec<[usize; 4]>);

/// One address.
struct Backend {
    place: usize,
    address: Address,
    health: Health,
    in_flight: AtomicUsize,
    reuse: Duration,
    /// Unused HTTP/1 connections, the newest last.
    idle: Mutex<Vec<Idle>>,
    /// HTTP/2 connections.
    shared: Mutex<Vec<Arc<Http2>>>,
    /// Held while a connection that others could share is being made.
    opening: tokio::sync::Mutex<()>,
    swept: AtomicBool,
}

/// An unused connection.
struct Idle {
    sender: SendRequest<Body>,
    until: Instant,
}

/// How an address has been doing.
struct Health {
    eject: EjectSettings,
    began: Instant,
    failures: AtomicU32,
    /// Milliseconds since `began`.
    aside_until: AtomicU64,
}

/// One exchange on one address; it counts until it is dropped.
pub(super) struct Load(Arc<Backend>);

impl Backends {
    pub(super) fn new(settings: &UpstreamSettings) -> Self {
        let backend = |(place, address): (usize, &Address)| Arc::new(Backend::new(place, address, settings));
        Self {
            all: settings.addresses.iter().enumerate().map(backend).collect(),
            turn: AtomicUsize::new(0),
            attempts: settings.connect_attempts.max(1),
        }
    }

    /// The next address for a request; none when it has been tried at enough of them.
    pub(super) fn pick(&self, tried: &Tried) -> Option<Load> {
        if tried.0.len() >= self.attempts {
            return None;
        }
        let turn = self.turn.fetch_add(1, Relaxed) % self.all.len().max(1);
        let (before, after) = self.all.split_at_checked(turn)?;
        let in_turn = || after.iter().chain(before).filter(|backend| !tried.0.contains(&backend.place));
        let least = |found: &&Arc<Backend>| found.in_flight.load(Relaxed);
        in_turn()
            .filter(|backend| backend.health.is_good())
            .min_by_key(least)
            .or_else(|| in_turn().min_by_key(least))
            .map(Load::new)
    }

    pub(super) fn in_flight(&self) -> usize {
        self.all.iter().map(|backend| backend.in_flight.load(Relaxed)).sum()
    }
}

impl Tried {
    pub(super) fn add(&mut self, load: &Load) {
        self.0.push(load.0.place);
    }
}

impl Load {
    fn new(backend: &Arc<Backend>) -> Self {
        backend.in_flight.fetch_add(1, AcqRel);
        Self(Arc::clone(backend))
    }

    pub(super) fn address(&self) -> &Address {
        &self.0.address
    }

    /// A connection for a socket: one that is there, unless it must be fresh, else a new one.
    pub(super) async fn connection_for_socket(
        &self,
        connector: &Connector,
        fresh: bool,
    ) -> Result<Connection, ConnectError> {
        let there = || {
            let one = self.0.take_idle().map(Connection::Http1);
            let insists = connector.insists_on_http2();
            one.or_else(|| self.0.take_slot().filter(|_| insists).map(Connection::Http2))
        };
        match if fresh { None } else { there() } {
            Some(connection) => Ok(connection),
            None => self.0.keep(Box::pin(connector.open_for_socket(&self.0.address)).await?),
        }
    }

    /// A connection: one that is there, unless it must be fresh, else a new one.
    pub(super) async fn connection(
        &self,
        connector: &Connector,
        fresh: bool,
    ) -> Result<Connection, ConnectError> {
        let backend = &self.0;
        if !fresh && let Some(sender) = backend.take_idle() {
            return Ok(Connection::Http1(sender));
        }
        if !connector.may_share(&backend.address) {
            return Box::pin(backend.open(connector)).await;
        }
        if let Some(slot) = backend.take_slot() {
            return Ok(Connection::Http2(slot));
        }
        // One at a time: those who wait here mostly find a stream on the connection that was made meanwhile.
        let Ok(_opening) = timeout(connector.patience(), backend.opening.lock()).await else {
            return Err(ConnectError::TimedOut);
        };
        match backend.take_slot() {
            Some(slot) => Ok(Connection::Http2(slot)),
            None => Box::pin(backend.open(connector)).await,
        }
    }

    /// The connection can serve another exchange within `reuse`.
    pub(super) fn give_back(&self, connection: Connection, reuse: Duration) {
        match connection {
            Connection::Http1(sender) if !sender.is_closed() && !reuse.is_zero() => {
                lock(&self.0.idle).push(Idle { sender, until: Instant::now() + reuse });
            }
            Connection::Http1(_) | Connection::Http2(_) => {}
        }
    }

    /// The connection was not used after all.
    pub(super) fn unused(&self, connection: Connection) {
        self.give_back(connection, self.0.reuse);
    }

    pub(super) fn succeeded(&self) {
        self.0.health.succeeded();
    }

    pub(super) fn failed(&self) {
        self.0.health.failed();
    }

    /// The address failed and so did the request; the connection is not used again.
    pub(super) fn refused(&self, connection: &Connection, refusal: Refusal) -> Refusal {
        tracing::warn!(upstream = %self.address(), refusal = refusal.slug(), "no reply");
        connection.retire();
        self.failed();
        refusal
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, AcqRel);
    }
}

impl Backend {
    fn new(place: usize, address: &Address, settings: &UpstreamSettings) -> Self {
        Self {
            place,
            address: address.clone(),
            health: Health::new(settings.eject.clone()),
            in_flight: AtomicUsize::new(0),
            reuse: settings.timeouts.reuse.0,
            idle: Mutex::default(),
            shared: Mutex::default(),
            opening: tokio::sync::Mutex::default(),
            swept: AtomicBool::new(false),
        }
    }

    async fn open(self: &Arc<Self>, connector: &Connector) -> Result<Connection, ConnectError> {
        self.keep(connector.open(&self.address).await?)
    }

    /// A new connection, known to everyone if it can be shared.
    fn keep(self: &Arc<Self>, fresh: Fresh) -> Result<Connection, ConnectError> {
        if !self.swept.swap(true, Relaxed) {
            tokio::spawn(sweep(Arc::downgrade(self), self.reuse.max(Duration::from_millis(100))));
        }
        match fresh {
            Fresh::Http1(sender) => Ok(Connection::Http1(sender)),
            Fresh::Http2(connection) => {
                let connection = Arc::new(connection);
                lock(&self.shared).push(Arc::clone(&connection));
                connection.slot().map(|slot| Connection::Http2(Arc::new(slot))).ok_or(ConnectError::TimedOut)
            }
        }
    }

    /// The newest connection that is ready now. One that has just been given back may need a moment more; it stays.
    fn take_idle(&self) -> Option<SendRequest<Body>> {
        let mut idle = lock(&self.idle);
        if idle.is_empty() {
            return None;
        }
        let now = Instant::now();
        let mut busy = SmallVec::<[Idle; 2]>::new();
        let found = loop {
            match idle.pop() {
                Some(one) if !one.is_good(now) => {}
                Some(one) if one.sender.is_ready() => break Some(one.sender),
                Some(one) => busy.push(one),
                None => break None,
            }
        };
        idle.extend(busy);
        found
    }

    fn take_slot(&self) -> Option<Arc<Slot>> {
        lock(&self.shared).iter().find_map(Http2::slot).map(Arc::new)
    }
}

impl Idle {
    fn is_good(&self, now: Instant) -> bool {
        !self.sender.is_closed() && now < self.until
    }
}

impl Health {
    fn new(eject: EjectSettings) -> Self {
        Self { eject, began: Instant::now(), failures: AtomicU32::new(0), aside_until: AtomicU64::new(0) }
    }

    fn is_good(&self) -> bool {
        let until = self.aside_until.load(Relaxed);
        until == 0 || self.now() >= until
    }

    /// Written only when there is something to forget: every exchange comes by here.
    fn succeeded(&self) {
        if self.failures.load(Relaxed) != 0 {
            self.failures.store(0, Relaxed);
            self.aside_until.store(0, Relaxed);
        }
    }

    fn failed(&self) {
        if self.failures.fetch_add(1, Relaxed).saturating_add(1) >= self.eject.failures.max(1) {
            let span = u64::try_from(self.eject.span.0.as_millis()).unwrap_or(u64::MAX);
            self.aside_until.store(self.now().saturating_add(span).max(1), Relaxed);
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Closes connections that nobody used for too long, as long as the address is in use.
async fn sweep(backend: Weak<Backend>, every: Duration) {
    loop {
        sleep(every).await;
        let Some(backend) = backend.upgrade() else { return };
        let now = Instant::now();
        lock(&backend.idle).retain(|one| one.is_good(now));
        lock(&backend.shared).retain(|one| one.is_usable());
    }
}

/// What is kept here stays sound if a thread panics while it has it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
