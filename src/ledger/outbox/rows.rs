//! The outbox in the database: who sends what next, and what came of it.
//!
//! The rule: whoever claims a message holds it until a moment, after which another may. Of two that claim it at once one gets it,
//! because the row says so itself when its turn to be written comes. That it was heard is noted whoever holds it by then; that it was
//! not, only by who does.

use jiff::Timestamp;

use super::{Unheard, message::place};
use crate::ledger::{
    LedgerError,
    database::{Database, unreadable},
    sealed::Seal,
    store::on,
};

/// A message that is ours to send.
pub(super) struct Claimed {
    number: i64,
    held_until: i64,
    pub(super) id: String,
    pub(super) attempts: u32,
    pub(super) body: Vec<u8>,
}

/// How much waits.
pub(super) struct Waiting {
    pub(super) count: u64,
    /// Since when the oldest does.
    pub(super) oldest: Option<Timestamp>,
    /// When one is to be sent next.
    pub(super) next: Option<Timestamp>,
}

/// Messages that wait and are the first of their person's.
macro_rules! first {
    () => {
        "FROM outbox AS waiting WHERE lane IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM outbox AS earlier
             WHERE earlier.lane IS NOT NULL AND earlier.lane = waiting.lane AND earlier.number < waiting.number)"
    };
}

impl Database {
    /// The next message to be sent, which is held until this moment.
    pub(super) async fn claim(
        &self,
        now: Timestamp,
        until: Timestamp,
        seal: &Seal,
    ) -> Result<Option<Claimed>, LedgerError> {
        let mut work = self.note().await?;
        let row: Option<(i64, String, i64, Vec<u8>)> = on!(&mut work.connection(), c => {
            sqlx::query_as(concat!(
                "UPDATE outbox SET leased_until = $2, attempts = attempts + 1
                 WHERE lane IS NOT NULL AND leased_until <= $1 AND number = (SELECT number ",
                first!(),
                " AND next_at <= $1 AND leased_until <= $1 ORDER BY next_at, number LIMIT 1)
                 RETURNING number, message, attempts, payload",
            ))
            .bind(now.as_microsecond())
            .bind(until.as_microsecond())
            .fetch_optional(c)
            .await
        })?;
        let Some((number, id, attempts, payload)) = row else { return Ok(None) };
        work.commit().await?;
        let body = seal.open(&place(&id), &payload)?;
        let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
        Ok(Some(Claimed { number, held_until: until.as_microsecond(), id, attempts, body }))
    }

    /// Notes that a message was heard. It is gone then.
    pub(super) async fn heard(&self, claimed: &Claimed, at: Timestamp, how: &str) -> Result<(), LedgerError> {
        let mut work = self.note().await?;
        on!(&mut work.connection(), c => {
            sqlx::query(
                "UPDATE outbox SET lane = NULL, payload = NULL, heard_at = $1, last = $2, leased_until = 0
                 WHERE number = $3 AND lane IS NOT NULL",
            )
            .bind(at.as_microsecond())
            .bind(how)
            .bind(claimed.number)
            .execute(c)
            .await
            .map(drop)
        })?;
        work.commit().await
    }

    /// Notes that a message was not heard, why, and when to try again.
    pub(super) async fn not_heard(
        &self,
        claimed: &Claimed,
        next: Timestamp,
        why: &str,
    ) -> Result<(), LedgerError> {
        let mut work = self.note().await?;
        on!(&mut work.connection(), c => {
            sqlx::query(
                "UPDATE outbox SET next_at = $1, last = $2, leased_until = 0
                 WHERE number = $3 AND leased_until = $4 AND lane IS NOT NULL",
            )
            .bind(next.as_microsecond())
            .bind(why)
            .bind(claimed.number)
            .bind(claimed.held_until)
            .execute(c)
            .await
            .map(drop)
        })?;
        work.commit().await
    }

    /// How much waits.
    pub(super) async fn waiting(&self) -> Result<Waiting, sqlx::Error> {
        let mut session = self.read().await?;
        let mut connection = session.connection();
        let (count, oldest): (i64, Option<i64>) = on!(&mut connection, c => {
            sqlx::query_as("SELECT count(*), min(at) FROM outbox WHERE lane IS NOT NULL").fetch_one(c).await
        })?;
        let next: Option<i64> = on!(&mut connection, c => {
            sqlx::query_scalar(concat!(
                "SELECT min(CASE WHEN next_at > leased_until THEN next_at ELSE leased_until END) ",
                first!(),
            ))
            .fetch_one(c)
            .await
        })?;
        let moment = |micros: i64| Timestamp::from_microsecond(micros).map_err(unreadable);
        Ok(Waiting {
            count: u64::try_from(count).unwrap_or_default(),
            oldest: oldest.map(moment).transpose()?,
            next: next.map(moment).transpose()?,
        })
    }

    /// The oldest that wait.
    pub(super) async fn unheard(&self, limit: u32) -> Result<Vec<Unheard>, sqlx::Error> {
        let rows: Vec<(String, String, i64, i64, i64, Option<String>)> = on!(&mut self.read().await?.connection(), c => {
            sqlx::query_as(
                "SELECT message, kind, at, attempts, next_at, last FROM outbox WHERE lane IS NOT NULL
                 ORDER BY number LIMIT $1",
            )
            .bind(i64::from(limit))
            .fetch_all(c)
            .await
        })?;
        let moment = |micros: i64| Timestamp::from_microsecond(micros).map_err(unreadable);
        let unheard = |(message, kind, at, attempts, next_at, last)| {
            let (at, next_at) = (moment(at)?, moment(next_at)?);
            Ok(Unheard {
                message,
                kind,
                at,
                attempts: u64::try_from(attempts).unwrap_or_default(),
                next_at,
                last,
            })
        };
        rows.into_iter().map(unheard).collect()
    }

    /// Deletes what was heard before this moment.
    pub(in crate::ledger) async fn forget_heard(&self, before: Timestamp) -> Result<(), LedgerError> {
        let mut work = self.note().await?;
        on!(&mut work.connection(), c => {
            sqlx::query("DELETE FROM outbox WHERE heard_at < $1")
                .bind(before.as_microsecond())
                .execute(c)
                .await
                .map(drop)
        })?;
        work.commit().await
    }
}
