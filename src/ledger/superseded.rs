//! Decisions that later ones have long superseded are deleted, where the operator says for how long they are kept.
//!
//! The rule: a decision goes once a later one, by moment, of the same subject, group and purpose has stood in its place for that long,
//! and only if it did so for good: it is the id's own, or a no. A yes that came from a linked id stops counting when the two are parted,
//! and then what it superseded counts again. So the state of nobody changes, whatever is linked or parted later. The database holds
//! us to that (`migrations/`): a trigger refuses to delete anything else, and anything at all outside of a pass.
//!
//! What would defeat it: a backup, and in PostgreSQL rows that were not vacuumed yet; nobody here can reach those. In SQLite what
//! was deleted is overwritten and the write-ahead log emptied.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

use super::{
    DEADLINE, Ledger, LedgerError,
    database::{Database, newest},
    store::on,
};

/// How many numbers to look through in one go, so that others can write in between.
const STRIDE: i64 = 1_000;

/// Which decisions of those numbered from `$2` to `$3` were superseded for good before `$1`.
macro_rules! superseded {
    () => {
        "generation > $2 AND generation <= $3 AND EXISTS (
             SELECT 1 FROM decision AS later
             WHERE later.subject = decision.subject AND later.consents = decision.consents
               AND (later.purpose = decision.purpose OR later.purpose IS NULL AND decision.purpose IS NULL)
               AND (later.moment, later.kind NOT IN ('grant', 'lift'), later.generation)
                   > (decision.moment, decision.kind NOT IN ('grant', 'lift'), decision.generation)
               AND later.moment < $1
               AND (later.via IS NULL OR later.kind NOT IN ('grant', 'lift')))"
    };
}

impl Ledger {
    /// Deletes the decisions that were superseded for longer than this; how many there were. What was deleted before an error
    /// stays deleted.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer, or what was deleted can't be overwritten yet.
    pub async fn forget_superseded(&self, kept: Duration, count: &mut u64) -> Result<(), LedgerError> {
        let before =
            SignedDuration::try_from(kept).ok().and_then(|kept| Timestamp::now().checked_sub(kept).ok());
        let Some(before) = before else { return Ok(()) }; // longer ago than there is time
        let database = &self.0.database;
        let last = timeout(DEADLINE, database.newest_generation()).await??;
        let mut after = 0;
        while after < last {
            let stride = (after, after.saturating_add(STRIDE).min(last));
            if timeout(DEADLINE, database.has_superseded(before, stride)).await?? {
                *count += timeout(DEADLINE, database.delete_superseded(before, stride)).await??;
            }
            after = stride.1;
        }
        match database.store().scrub().await? {
            true => Ok(()),
            false => Err(LedgerError::Unreachable(
                "the write-ahead log is in use and may still hold what was deleted".to_owned(),
            )),
        }
    }
}

impl Database {
    async fn newest_generation(&self) -> Result<i64, sqlx::Error> {
        Ok(newest(&mut self.read().await?.connection()).await?.generation)
    }

    async fn has_superseded(&self, before: Timestamp, stride: (i64, i64)) -> Result<bool, sqlx::Error> {
        on!(&mut self.read().await?.connection(), c => {
            sqlx::query_scalar(concat!("SELECT EXISTS (SELECT 1 FROM decision WHERE ", superseded!(), ")"))
                .bind(before.as_microsecond())
                .bind(stride.0)
                .bind(stride.1)
                .fetch_one(c)
                .await
        })
    }

    async fn delete_superseded(&self, before: Timestamp, stride: (i64, i64)) -> Result<u64, LedgerError> {
        let mut work = self.work().await?;
        let deleted = on!(&mut work.connection(), c => {
            sqlx::query("INSERT INTO forgetting (one, superseded_before) VALUES (1, $1)")
                .bind(before.as_microsecond())
                .execute(&mut *c)
                .await?;
            let deleted = sqlx::query(concat!("DELETE FROM decision WHERE ", superseded!()))
                .bind(before.as_microsecond())
                .bind(stride.0)
                .bind(stride.1)
                .execute(&mut *c)
                .await?
                .rows_affected();
            sqlx::query("DELETE FROM forgetting").execute(&mut *c).await?;
            deleted
        });
        work.commit().await?;
        Ok(deleted)
    }
}
