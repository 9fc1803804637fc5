//! Sees what other processes write.
//!
//! The rule: once a poll has confirmed, every decision that any process had committed when the poll was *sent* has overtaken
//! the cache; and when the newest confirmed poll was sent longer ago than the bound, nothing counts as current. So another process's
//! no is obeyed within the bound, or nothing is forwarded. `PRAGMA data_version` moves on this connection whenever
//! any other has committed. Receipts move it too, so the poll then asks which decisions are new, and whether a key was
//! destroyed, which overtakes everything. That is enough because both are only ever added and are numbered in the committing transaction, under SQLite's one write
//! lock: none can appear behind a number already seen.
//!
//! What would defeat it: polling through a pool (the version belongs to a connection), timing the poll from its answer,
//! confirming before the cache is overtaken, or rewriting history in place; triggers forbid that.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use sqlx::SqliteConnection;
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};

use super::{LedgerError, cache::Cache, database::Home};
use crate::consent::ConsentKey;

/// How many new decisions to follow one by one; of more, everything is read again.
const FEW: i64 = 1_000;

/// When the newest confirmed poll was sent.
pub(super) struct Freshness {
    start: Instant,
    bound: Duration,
    confirmed: AtomicU64,
}

impl Freshness {
    fn new(bound: Duration, sent: Instant) -> Self {
        Self { start: sent, bound, confirmed: AtomicU64::new(0) }
    }

    /// Whether other processes' writes have been seen up to the bound.
    pub(super) fn is_fresh(&self) -> bool {
        let confirmed = Duration::from_nanos(self.confirmed.load(SeqCst));
        self.start.elapsed().saturating_sub(confirmed) <= self.bound
    }

    fn confirm(&self, sent: Instant) {
        let nanos = sent.saturating_duration_since(self.start).as_nanos();
        self.confirmed.fetch_max(u64::try_from(nanos).unwrap_or(u64::MAX), SeqCst);
    }
}

/// The running task; it stops when this is dropped.
pub(super) struct Watch(JoinHandle<()>);

impl Watch {
    /// Looks once, then every `poll`.
    pub(super) async fn start(
        home: Home,
        cache: Arc<Cache>,
        poll: Duration,
        bound: Duration,
    ) -> Result<(Self, Arc<Freshness>), LedgerError> {
        let sent = Instant::now();
        let eye = Eye::open(&home).await?;
        let freshness = Arc::new(Freshness::new(bound, sent));
        let watcher = Watcher { home, cache, freshness: Arc::clone(&freshness), eye: Some(eye) };
        Ok((Self(tokio::spawn(watcher.run(poll))), freshness))
    }

    /// Stops looking, as a stuck disk would.
    #[cfg(test)]
    pub(super) fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Watcher {
    home: Home,
    cache: Arc<Cache>,
    freshness: Arc<Freshness>,
    eye: Option<Eye>,
}

/// A connection, and what was seen through it.
struct Eye {
    connection: SqliteConnection,
    version: i64,
    newest: i64,
    destroyed: i64,
}

impl Watcher {
    async fn run(mut self, poll: Duration) {
        let mut ticks = interval(poll);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            ticks.tick().await;
            let bound = self.freshness.bound;
            let looked = timeout(bound, self.look()).await.unwrap_or_else(|late| Err(late.into()));
            match looked {
                Ok(()) => failing = false,
                Err(error) => {
                    self.eye = None; // a query may still be under way on it
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
        self.home.check()?;
        match &mut self.eye {
            Some(eye) => eye.look(&self.cache).await?,
            None => {
                self.eye = Some(Eye::open(&self.home).await?);
                self.cache.overtake_all();
            }
        }
        self.freshness.confirm(sent);
        Ok(())
    }
}

impl Eye {
    async fn open(home: &Home) -> Result<Self, sqlx::Error> {
        let mut connection = home.connect().await?;
        let version = version(&mut connection).await?; // first: what comes after it moves it
        let newest = newest(&mut connection).await?;
        let destroyed = destroyed(&mut connection).await?;
        Ok(Self { connection, version, newest, destroyed })
    }

    async fn look(&mut self, cache: &Cache) -> Result<(), sqlx::Error> {
        let version = version(&mut self.connection).await?;
        if version != self.version {
            self.follow(cache).await?;
            self.version = version;
        }
        Ok(())
    }

    async fn follow(&mut self, cache: &Cache) -> Result<(), sqlx::Error> {
        let destroyed = destroyed(&mut self.connection).await?;
        let newest = newest(&mut self.connection).await?;
        if destroyed != self.destroyed || newest < self.newest || newest > self.newest.saturating_add(FEW) {
            cache.overtake_all();
        } else if newest > self.newest {
            for (digest, group, generation) in changed(&mut self.connection, self.newest, newest).await? {
                match (digest.try_into(), u64::try_from(generation)) {
                    (Ok(subject), Ok(generation)) => {
                        cache.overtake_older(&ConsentKey { subject, group: group.into() }, generation);
                    }
                    _ => cache.overtake_all(),
                }
            }
        }
        (self.newest, self.destroyed) = (newest, destroyed);
        Ok(())
    }
}

async fn version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("PRAGMA data_version").fetch_one(connection).await
}

async fn newest(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT coalesce(max(generation), 0) FROM decision").fetch_one(connection).await
}

async fn destroyed(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT coalesce(max(number), 0) FROM destroyed_key").fetch_one(connection).await
}

async fn changed(
    connection: &mut SqliteConnection,
    after: i64,
    up_to: i64,
) -> Result<Vec<(Vec<u8>, String, i64)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT subject.digest, decision.consents, max(decision.generation)
         FROM decision JOIN subject ON subject.id = decision.subject
         WHERE decision.generation > ? AND decision.generation <= ?
         GROUP BY subject.digest, decision.consents",
    )
    .bind(after)
    .bind(up_to)
    .fetch_all(connection)
    .await
}
