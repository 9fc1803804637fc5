//! How long superseded decisions are kept, and the task that deletes older ones.
//!
//! The rule: what may go is decided in one place (`superseded.rs`) and held to by the database; here is only when. What was
//! deleted is told, in the log and in the metrics, also where a pass broke off. What would defeat it: two clocks, so a decision's
//! own time counts, and the cutoff is compared with it in whole days or more.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Deserializer, de};
use tokio::time::sleep;

use super::Ledger;
use crate::{metrics::Metrics, quantity::Span};

/// How often to look.
const PACE: Duration = Duration::from_secs(600);
/// How soon to try again after a failure.
const AGAIN: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

impl Ledger {
    /// Keeps superseded decisions for so long from now on, none for always: [`keep`] deletes the others.
    pub fn keep_history_for(&self, kept: Option<Span>) {
        let kept = kept.map(|span| span.0);
        self.0.kept.send_if_modified(|before| std::mem::replace(before, kept) != kept);
    }
}

/// Deletes what was superseded for too long, again and again, for as long as it is polled.
pub async fn keep(ledger: Ledger, metrics: Arc<Metrics>) {
    let mut changes = ledger.0.kept.subscribe();
    loop {
        let kept = *changes.borrow_and_update();
        let pause = match kept {
            Some(kept) => pass(&ledger, &metrics, kept).await,
            None => PACE,
        };
        tokio::select! {
            () = sleep(pause) => {}
            changed = changes.changed() => if changed.is_err() { return },
        }
    }
}

/// One pass; how long to wait before the next.
async fn pass(ledger: &Ledger, metrics: &Metrics, kept: Duration) -> Duration {
    let (mut count, kept_for) = (0, Span(kept));
    let done = ledger.forget_superseded(kept, &mut count).await;
    metrics.decisions_deleted(count);
    if count > 0 {
        tracing::info!(count, "deleted decisions that were superseded for longer than {kept_for}");
    }
    match done {
        Ok(()) => PACE,
        Err(error) => {
            tracing::error!(%error, "decisions superseded for longer than {kept_for} can't be deleted; trying again");
            AGAIN
        }
    }
}

/// Reads for how long superseded decisions are kept.
///
/// # Errors
/// When it is less than a day.
pub fn a_day_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Span>, D::Error> {
    match Option::<Span>::deserialize(deserializer)? {
        Some(span) if span.0 < DAY => Err(de::Error::custom(format!(
            "superseded decisions are kept for a day at least, and `{span}` is less; write it like `3y`"
        ))),
        span => Ok(span),
    }
}
