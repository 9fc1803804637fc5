//! The subjects' keys in the database: made, read, wrapped anew, destroyed.
//!
//! The rule: a key is durable before anything is encrypted under it; of two that are made at the same time one stays, and both
//! makers use that one. A destroyed key leaves only the fact that it was destroyed, whose number other processes follow
//! (`watch.rs`); in SQLite's file it is overwritten.
//!
//! What would defeat it: using the key one made instead of the one that is kept; a copy in SQLite's write-ahead log, so that is
//! emptied; and copies that nobody here can reach: backups, and what PostgreSQL has not recycled yet (`store/postgres.rs`).

use std::collections::BTreeMap;

use super::{
    LedgerError,
    database::{Database, Known, find, meet},
    master::{Masters, Owner, Wrapped},
    store::{Connection, on},
};
use crate::consent::{KeptKey, Keys, SubjectKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
        on!(&mut self.read().await?.connection(), c => {
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM subject_key)").fetch_one(c).await
        })
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
        let Wrapped { master, bytes } = masters.wrap(Owner { subject: digest, policy }, &key)?;
        let mut work = self.work().await?;
        let mut connection = work.connection();
        let subject = meet(&mut connection, digest).await?;
        on!(&mut connection, c => {
            sqlx::query(
                "INSERT INTO subject_key (subject, policy, master, wrapped, at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (subject, policy) DO NOTHING",
            )
            .bind(subject.row)
            .bind(policy)
            .bind(master)
            .bind(bytes)
            .bind(Timestamp::now().as_microsecond())
            .execute(c)
            .await
            .map(drop)
        })?;
        work.commit().await
    }

    /// Destroys a subject's keys, under one policy or under all; says under which there was one.
    pub(super) async fn destroy_keys(
        &self,
        digest: &[u8; 32],
        policy: Option<&str>,
        source: &str,
    ) -> Result<Vec<String>, LedgerError> {
        let mut work = self.work().await?;
        let mut connection = work.connection();
        let Some(subject) = find(&mut connection, digest).await? else { return Ok(Vec::new()) };
        let mut destroyed = delete(&mut connection, &subject, policy).await?;
        destroyed.sort_unstable();
        for (policy, key) in &destroyed {
            note_destroyed(&mut connection, &subject, (policy, *key), source).await?;
        }
        work.commit().await?;
        if !destroyed.is_empty() {
            self.scrub_keys().await?;
        }
        Ok(destroyed.into_iter().map(|(policy, _)| policy).collect())
    }

    /// Wraps every key by the current master key.
    pub(super) async fn rewrap(&self, masters: &Masters) -> Result<Rewrapped, LedgerError> {
        let mut done = Rewrapped { master: masters.current()?.to_owned(), ..Rewrapped::default() };
        let mut last = 0;
        loop {
            let mut work = self.work().await?;
            let mut connection = work.connection();
            let rows = wrapped_by_others(&mut connection, &done.master, last).await?;
            let Some(row) = rows.last() else { break };
            last = row.0;
            for row in rows {
                rewrap_one(&mut connection, masters, row, &mut done).await?;
            }
            work.commit().await?;
        }
        self.scrub_keys().await?;
        Ok(done)
    }

    async fn scrub_keys(&self) -> Result<(), LedgerError> {
        if !self.scrub().await? {
            tracing::warn!(
                "the ledger's write-ahead log is in use and still holds a key that is not valid any more"
            );
        }
        Ok(())
    }
}

/// The keys of a subject.
pub(super) async fn keys(
    connection: &mut Connection<'_>,
    subject: &Known,
    digest: &[u8; 32],
    masters: &Masters,
) -> Result<Keys, sqlx::Error> {
    let rows: Vec<(i64, String, String, Vec<u8>)> = on!(connection, c => {
        sqlx::query_as("SELECT number, policy, master, wrapped FROM subject_key WHERE subject = $1")
            .bind(subject.row)
            .fetch_all(c)
            .await
    })?;
    let kept = rows.into_iter().map(|(number, policy, master, bytes)| {
        let owner = Owner { subject: digest, policy: &policy };
        let key = masters.unwrap(owner, &Wrapped { master, bytes });
        (policy, KeptKey { number, key })
    });
    Ok(kept.collect())
}

/// Takes the keys out first: of two that destroy the same one, the second waits here and then finds it gone.
async fn delete(
    connection: &mut Connection<'_>,
    subject: &Known,
    policy: Option<&str>,
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    on!(connection, c => {
        sqlx::query_as(
            "DELETE FROM subject_key WHERE subject = $1 AND policy = coalesce($2, policy) RETURNING policy, number",
        )
        .bind(subject.row)
        .bind(policy)
        .fetch_all(c)
        .await
    })
}

async fn note_destroyed(
    connection: &mut Connection<'_>,
    subject: &Known,
    (policy, key): (&str, i64),
    source: &str,
) -> Result<(), sqlx::Error> {
    on!(connection, c => {
        sqlx::query("INSERT INTO destroyed_key (key, subject, policy, at, source) VALUES ($1, $2, $3, $4, $5)")
            .bind(key)
            .bind(subject.row)
            .bind(policy)
            .bind(Timestamp::now().as_microsecond())
            .bind(source)
            .execute(c)
            .await
            .map(drop)
    })
}

async fn wrapped_by_others(
    connection: &mut Connection<'_>,
    current: &str,
    after: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    on!(connection, c => {
        sqlx::query_as(
            "SELECT subject_key.number, subject.digest, policy, master, wrapped
             FROM subject_key JOIN subject ON subject.id = subject_key.subject
             WHERE master <> $1 AND number > $2 ORDER BY number LIMIT $3",
        )
        .bind(current)
        .bind(after)
        .bind(BATCH)
        .fetch_all(c)
        .await
    })
}

async fn rewrap_one(
    connection: &mut Connection<'_>,
    masters: &Masters,
    (number, digest, policy, master, bytes): Row,
    done: &mut Rewrapped,
) -> Result<(), LedgerError> {
    let owner = Owner { subject: &digest, policy: &policy };
    match masters.unwrap(owner, &Wrapped { master, bytes }) {
        Err(why) => *done.unreadable.entry(why).or_default() += 1,
        Ok(key) => {
            let Wrapped { master, bytes } = masters.wrap(owner, &key)?;
            done.wrapped += on!(connection, c => {
                sqlx::query("UPDATE subject_key SET master = $1, wrapped = $2 WHERE number = $3")
                    .bind(master)
                    .bind(bytes)
                    .bind(number)
                    .execute(c)
                    .await
                    .map(|changed| changed.rows_affected()) // none, if it was destroyed meanwhile
            })?;
        }
    }
    Ok(())
}
