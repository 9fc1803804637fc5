//! Sees what other processes write.
//!
//! The rule: once a look has confirmed, every decision that any process had committed when the look was *sent* has overtaken
//! the cache; and when the newest confirmed look was sent longer ago than the bound, nothing counts as current. So another
//! process's no is obeyed within the bound, or nothing is forwarded. That is enough because changes are only ever added and become
//! visible in the order of their numbers (`migrations/`): none can appear behind a number already seen.
//!
//! Looking happens every `poll`, and at once where the database rings. In SQLite `PRAGMA data_version` says cheaply whether
//! any other connection has committed. A destroyed key overtakes everything, and so does a link, made or undone: both are rare.
//!
//! What would defeat it: looking through a pool (the version belongs to a connection), timing the look from its answer, or by a
//! clock that can be set; confirming before the cache is overtaken; looking at a standby; or rewriting history in place, which
//! triggers forbid. Time during which the whole machine slept does not count on this clock.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};

use super::{
    LedgerError,
    cache::Cache,
    database::{self, Database, Newest},
    store::{Bell, Eye},
};
use crate::consent::ConsentKey;

/// How many new decisions to follow one by one; of more, everything is read again.
const FEW: i64 = 1_000;

/// How often to look, and how long to go on without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    pub(super) poll: Duration,
    pub(super) stale_after: Duration,
}

/// When the newest confirmed look was sent.
pub(super) struct Freshness {
    start: Instant,
    stale_after: Duration,
    confirmed: AtomicU64,
}

impl Freshness {
    fn new(stale_after: Duration, sent: Instant) -> Self {
        Self { start: sent, stale_after, confirmed: AtomicU64::new(0) }
    }

    /// Whether other processes' writes have been seen up to the bound.
    pub(super) fn is_fresh(&self) -> bool {
        let confirmed = Duration::from_nanos(self.confirmed.load(SeqCst));
        self.start.elapsed().saturating_sub(confirmed) <= self.stale_after
    }

    fn confirm(&self, sent: Instant) {
        let nanos = sent.saturating_duration_since(self.start).as_nanos();
        self.confirmed.fetch_max(u64::try_from(nanos).unwrap_or(u64::MAX), SeqCst);
    }
}

/// The running tasks; they stop when this is dropped.
pub(super) struct Watch([JoinHandle<()>; 2]);

impl Watch {
    /// Looks once, then every `poll` and whenever the database rings.
    pub(super) async fn start(
        database: Arc<Database>,
        cache: Arc<Cache>,
        Pace { poll, stale_after }: Pace,
    ) -> Result<(Self, Arc<Freshness>), LedgerError> {
        let sent = Instant::now();
        let eye = Seen::first(&database).await?;
        cache.saw(eye.newest.number());
        let freshness = Arc::new(Freshness::new(stale_after, sent));
        let bell = Bell::default();
        let watcher = Watcher {
            database: Arc::clone(&database),
            cache,
            freshness: Arc::clone(&freshness),
            bell: Arc::clone(&bell),
            seen: Some(eye),
        };
        let listening = tokio::spawn(async move { database.store().listen(bell).await });
        Ok((Self([tokio::spawn(watcher.run(poll)), listening]), freshness))
    }

    /// Stops looking, as a stuck disk would.
    #[cfg(test)]
    pub(super) fn stop(&self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

struct Watcher {
    database: Arc<Database>,
    cache: Arc<Cache>,
    freshness: Arc<Freshness>,
    bell: Bell,
    seen: Option<Seen>,
}

/// A connection, and what was seen through it.
struct Seen {
    eye: Eye,
    newest: Newest,
}

impl Watcher {
    async fn run(mut self, poll: Duration) {
        let mut ticks = interval(poll);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.bell.notified() => {}
            }
            // Half, so that there is time for another try on another connection.
            let patience = self.freshness.stale_after / 2;
            let looked = timeout(patience, self.look()).await.unwrap_or_else(|late| Err(late.into()));
            match looked {
                Ok(()) => failing = false,
                Err(error) => {
                    self.seen = None; // a query may still be under way on it
                    if !failing {
                        tracing::error!(%error, "can't see what other processes decide");
                    }
                    failing = true;
                }
            }
        }
    }

    async fn look(&mut self) -> Result<(), LedgerError> {
        let sent = Instant::now();
        match &mut self.seen {
            Some(seen) => seen.look(&self.cache).await?,
            None => {
                let seen = Seen::first(&self.database).await?;
                self.cache.saw(seen.newest.number());
                self.seen = Some(seen);
                self.cache.overtake_all();
            }
        }
        self.freshness.confirm(sent);
        Ok(())
    }
}

impl Seen {
    async fn first(database: &Database) -> Result<Self, LedgerError> {
        let mut eye = database.store().eye().await?; // first: what comes after it moves it
        eye.moved().await?;
        let newest = database::newest(&mut eye.connection()).await?;
        Ok(Self { eye, newest })
    }

    async fn look(&mut self, cache: &Cache) -> Result<(), LedgerError> {
        if self.eye.moved().await? {
            self.follow(cache).await?;
        }
        Ok(())
    }

    async fn follow(&mut self, cache: &Cache) -> Result<(), LedgerError> {
        let (before, now) = (self.newest, database::newest(&mut self.eye.connection()).await?);
        if now == before {
            return Ok(());
        }
        cache.saw(now.number());
        let many = now.generation > before.generation.saturating_add(FEW);
        let apart = now.destroyed != before.destroyed || now.linked != before.linked;
        if apart || now.generation < before.generation || many {
            cache.overtake_all();
        } else {
            self.overtake(cache, before.generation, now.generation).await?;
        }
        self.newest = now;
        Ok(())
    }

    async fn overtake(&mut self, cache: &Cache, after: i64, up_to: i64) -> Result<(), LedgerError> {
        for (digest, group, generation) in database::changed(&mut self.eye.connection(), after, up_to).await?
        {
            match (digest.try_into(), u64::try_from(generation)) {
                (Ok(subject), Ok(generation)) => {
                    cache.overtake_older(&ConsentKey { subject, group: group.into() }, generation);
                }
                _ => cache.overtake_all(),
            }
        }
        Ok(())
    }
}
