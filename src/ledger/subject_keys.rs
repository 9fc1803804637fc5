//! The subjects' keys in the database: made, read, wrapped anew, destroyed.
//!
//! The rule: a key is durable before anything is encrypted under it; of two that are made at the same time one stays, and both
//! makers use that one. A destroyed key is overwritten in the database and leaves only the fact that it was destroyed, whose
//! number other processes follow (`watch.rs`).
//!
//! What would defeat it: using the key one made instead of the one that is kept; a copy in the write-ahead log, so that is
//! emptied; and copies elsewhere, such as backups, which nobody here can reach.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::{Connection as _, SqliteConnection};

use super::{
    LedgerError,
    database::{Database, Known, find, meet},
    master::{Masters, Owner, Wrapped},
};
use crate::consent::{KeptKey, Keys, SubjectKey};

/// How many keys are wrapped anew in one go, so that others can write in between.
const BATCH: i64 = 100;

/// What became of keys that were to be wrapped anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewrapped {
    /// The name of the master key that wraps from now on.
    pub master: String,
    /// How many it wraps now and did not before.
    pub wrapped: u64,
    /// How many could not be opened, by what the reason was.
    pub unreadable: BTreeMap<String, u64>,
}

type Row = (i64, Vec<u8>, String, String, Vec<u8>);

impl Database {
    /// Whether any key was ever wrapped.
    pub(super) async fn has_keys(&self) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM subject_key)").fetch_one(self.readers()).await
    }

    /// The keys of a subject.
    pub(super) async fn keys(
        &self,
        subject: &Known,
        digest: &[u8; 32],
        masters: &Masters,
    ) -> Result<Keys, sqlx::Error> {
        let rows: Vec<(i64, String, String, Vec<u8>)> =
            sqlx::query_as("SELECT number, policy, master, wrapped FROM subject_key WHERE subject = ?")
                .bind(subject.row)
                .fetch_all(self.readers())
                .await?;
        let kept = rows.into_iter().map(|(number, policy, master, bytes)| {
            let owner = Owner { subject: digest, policy: &policy };
            let key = masters.unwrap(owner, &Wrapped { master, bytes });
            (policy, KeptKey { number, key })
        });
        Ok(kept.collect())
    }

    /// Makes a key for good, unless there is one.
    pub(super) async fn make_key(
        &self,
        digest: &[u8; 32],
        policy: &str,
        masters: &Masters,
    ) -> Result<(), LedgerError> {
        let key = SubjectKey::random()
            .map_err(|_| LedgerError::SubjectKey("no random numbers for a subject's key".to_owned()))?;
        let wrapped = masters.wrap(Owner { subject: digest, policy }, &key)?;
        let mut pen = self.decisions().await?;
        let mut work = pen.connection.begin_with("BEGIN IMMEDIATE").await?;
        let subject = meet(&mut work, digest).await?;
        sqlx::query(
            "INSERT INTO subject_key (subject, policy, master, wrapped, at) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (subject, policy) DO NOTHING",
        )
        .bind(subject.row)
        .bind(policy)
        .bind(wrapped.master)
        .bind(wrapped.bytes)
        .bind(Timestamp::now().as_microsecond())
        .execute(&mut *work)
        .await?;
        work.commit().await?;
        self.check_home()
    }

    /// Destroys a subject's keys, under one policy or under all; says under which there was one.
    pub(super) async fn destroy_keys(
        &self,
        digest: &[u8; 32],
        policy: Option<&str>,
        source: &str,
    ) -> Result<Vec<String>, LedgerError> {
        let mut pen = self.decisions().await?;
        let mut work = pen.connection.begin_with("BEGIN IMMEDIATE").await?;
        let Some(subject) = find(&mut work, digest).await? else { return Ok(Vec::new()) };
        sqlx::query(
            "INSERT INTO destroyed_key (key, subject, policy, at, source)
             SELECT number, subject, policy, ?, ? FROM subject_key
             WHERE subject = ? AND policy = coalesce(?, policy) ORDER BY policy",
        )
        .bind(Timestamp::now().as_microsecond())
        .bind(source)
        .bind(subject.row)
        .bind(policy)
        .execute(&mut *work)
        .await?;
        let mut destroyed: Vec<String> = sqlx::query_scalar(
            "DELETE FROM subject_key WHERE subject = ? AND policy = coalesce(?, policy) RETURNING policy",
        )
        .bind(subject.row)
        .bind(policy)
        .fetch_all(&mut *work)
        .await?;
        work.commit().await?;
        empty_log(&mut pen.connection).await;
        self.check_home()?;
        destroyed.sort_unstable();
        Ok(destroyed)
    }

    /// Wraps every key by the current master key.
    pub(super) async fn rewrap(&self, masters: &Masters) -> Result<Rewrapped, LedgerError> {
        let mut done = Rewrapped { master: masters.current()?.to_owned(), ..Rewrapped::default() };
        let mut last = 0;
        loop {
            let mut pen = self.decisions().await?;
            let mut work = pen.connection.begin_with("BEGIN IMMEDIATE").await?;
            let rows = wrapped_by_others(&mut work, &done.master, last).await?;
            let Some(row) = rows.last() else { break };
            last = row.0;
            for row in rows {
                rewrap_one(&mut work, masters, row, &mut done).await?;
            }
            work.commit().await?;
        }
        empty_log(&mut self.decisions().await?.connection).await;
        self.check_home()?;
        Ok(done)
    }
}

async fn wrapped_by_others(
    connection: &mut SqliteConnection,
    current: &str,
    after: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as(
        "SELECT subject_key.number, subject.digest, policy, master, wrapped
         FROM subject_key JOIN subject ON subject.id = subject_key.subject
         WHERE master <> ? AND number > ? ORDER BY number LIMIT ?",
    )
    .bind(current)
    .bind(after)
    .bind(BATCH)
    .fetch_all(connection)
    .await
}

async fn rewrap_one(
    connection: &mut SqliteConnection,
    masters: &Masters,
    (number, digest, policy, master, bytes): Row,
    done: &mut Rewrapped,
) -> Result<(), LedgerError> {
    let owner = Owner { subject: &digest, policy: &policy };
    match masters.unwrap(owner, &Wrapped { master, bytes }) {
        Err(why) => *done.unreadable.entry(why).or_default() += 1,
        Ok(key) => {
            let wrapped = masters.wrap(owner, &key)?;
            sqlx::query("UPDATE subject_key SET master = ?, wrapped = ? WHERE number = ?")
                .bind(wrapped.master)
                .bind(wrapped.bytes)
                .bind(number)
                .execute(connection)
                .await?;
            done.wrapped += 1;
        }
    }
    Ok(())
}

/// Moves the write-ahead log into the database and empties it, so that it holds no key that was destroyed or wrapped
/// otherwise. Readers may be in the way; then the next writer's checkpoint does it.
async fn empty_log(connection: &mut SqliteConnection) {
    let emptied: Result<(i64, i64, i64), _> =
        sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await;
    if !matches!(emptied, Ok((0, ..))) {
        tracing::warn!(
            "the ledger's write-ahead log is in use and still holds a key that is not valid any more"
        );
    }
}
