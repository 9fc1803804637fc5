//! How long receipts are kept, and the task that deletes older ones.
//!
//! The rule: whole days (UTC) are kept or deleted, so that what is told of a day never changes half-way. In the database a receipt's
//! day is that on which its exchange began, in files that on which it was written. Deleting is done in small steps, each of which
//! is whole by itself: after a crash the next pass goes on. What would defeat it: copies elsewhere, such as backups.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, ToSpan as _, civil::Date};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::{task::spawn_blocking, time::sleep};

use super::{Receipts, archive, turned};
use crate::{ledger::retention::a_day_or_more, metrics::Metrics, quantity::Span};

/// How often to look: days end at midnight, and files are turned over when something is written.
const PACE: Duration = Duration::from_secs(600);
/// How soon to try again after a failure.
const AGAIN: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
/// A hundred years; more is a slip of the pen.
const MOST_DAYS: u64 = 36_525;

/// How long things are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionSettings {
    /// Receipts, in whole days; left out: until somebody deletes them.
    pub receipts: Option<Span>,
    /// Decisions that a later one has superseded, counted from then: `3y`, at least `1d`. Left out: always. The newest decision
    /// of a person on each purpose is always kept.
    #[serde(deserialize_with = "a_day_or_more")]
    pub history: Option<Span>,
}

/// A length of time that receipts can't be kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("receipts are kept for whole days, and `{0}` is none; write `retention: {{receipts: 90d}}`")]
pub struct NoDays(Span);

/// What one pass deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Deleted {
    from_files: u64,
    from_database: u64,
}

impl RetentionSettings {
    /// For how many days receipts are kept; none for all.
    ///
    /// # Errors
    /// When they aren't days.
    pub fn days(&self) -> Result<Option<i64>, NoDays> {
        let Some(span) = self.receipts else { return Ok(None) };
        let days = span.0.as_secs() / DAY.as_secs();
        let is_whole = span.0.as_nanos().is_multiple_of(DAY.as_nanos());
        match i64::try_from(days) {
            Ok(found) if is_whole && (1..=MOST_DAYS).contains(&days) => Ok(Some(found)),
            Ok(_) | Err(_) => Err(NoDays(span)),
        }
    }
}

/// Deletes what is too old, again and again, for as long as it is polled.
pub async fn keep(receipts: Arc<Receipts>, metrics: Arc<Metrics>) {
    let mut days = receipts.days.subscribe();
    loop {
        let kept = *days.borrow_and_update();
        let pace = match kept {
            Some(kept) => pass(&receipts, &metrics, kept).await,
            None => PACE,
        };
        tokio::select! {
            () = sleep(pace) => {}
            changed = days.changed() => if changed.is_err() { return },
        }
    }
}

/// One pass; how long to wait before the next.
async fn pass(receipts: &Receipts, metrics: &Metrics, kept: i64) -> Duration {
    let turned = receipts.turn_over().await;
    let today = turned::day_at(Timestamp::now());
    let mut deleted = Deleted::default();
    let done = delete_before(receipts, today.saturating_sub(kept.days()), &mut deleted).await;
    metrics.receipts_deleted("file", deleted.from_files);
    metrics.receipts_deleted("database", deleted.from_database);
    if deleted != Deleted::default() {
        let Deleted { from_files, from_database } = deleted;
        tracing::info!(from_files, from_database, "deleted receipts older than {kept} days");
    }
    match turned.and(done) {
        Ok(()) => PACE,
        Err(error) => {
            tracing::error!(error, "receipts older than {kept} days can't be deleted; trying again");
            AGAIN
        }
    }
}

/// Deletes what is from before a day, and counts it as it goes.
async fn delete_before(receipts: &Receipts, first: Date, deleted: &mut Deleted) -> Result<(), String> {
    if let Some(path) = receipts.file.clone() {
        let work = spawn_blocking(move || turned::delete_before(&path, first));
        deleted.from_files = work.await.map_err(text)?.map_err(text)?;
    }
    let (Some(table), Some(begin)) = (&receipts.table, archive::begin_of(first)) else { return Ok(()) };
    let begin = archive::id_at(begin);
    loop {
        let count = table.delete_before(&begin).await.map_err(text)?;
        deleted.from_database += count;
        if count == 0 {
            break;
        }
    }
    match table.scrub().await.map_err(text)? {
        true => Ok(()),
        false => Err("the write-ahead log is in use and may still hold some".to_owned()),
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests;
