//! How long superseded decisions are kept, and the task that deletes older ones.
//!
//! The rule: what may go is decided in one place (`superseded.rs`) and held to by the database; here is only when. What was
//! deleted is told, in the log and in the metrics, also where a pass broke off. What would defeat it: two clocks, so a decision's
//! own time counts, and the cutoff is compared with it in whole days or more.

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};
use tokio::time::sleep;

use super::Ledger;
use crate::{metrics::Metrics, quantity::Span};

/// How often to look.
const PACE: Duration = Duration::from_secs(600);
/// How soon to try again after a failure.
const AGAIN: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// How long things are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionSettings {
    /// Decisions that a later one has superseded, counted from then: `3y`, at least `1d`. Left out: always. The newest decision
    /// of a person on each purpose is always kept.
    #[serde(deserialize_with = "a_day_or_more")]
    pub history: Option<Span>,
}

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

fn a_day_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Span>, D::Error> {
    match Option::<Span>::deserialize(deserializer)? {
        Some(span) if span.0 < DAY => Err(de::Error::custom(format!(
            "superseded decisions are kept for a day at least, and `{span}` is less; write it like `3y`"
        ))),
        span => Ok(span),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_is_kept_for_a_day_at_least() {
        let read = |text: &str| serde_json::from_str::<RetentionSettings>(text).map(|read| read.history);
        assert_eq!(read(r#"{"history": "3y"}"#).unwrap(), Some(Span(3 * 365 * DAY)));
        assert_eq!(read("{}").unwrap(), None);
        assert!(read(r#"{"history": "1d"}"#).is_ok());
        let error = read(r#"{"history": "23h"}"#).unwrap_err().to_string();
        assert!(error.contains("`23h` is less; write it like `3y`"), "{error}");
    }
}
