//! Sends what is in the outbox, again and again, until it was heard.
//!
//! The rule: a message is claimed before it is sent, and held for longer than sending takes, so that another node leaves it alone. Any
//! answer with a status of 2xx is an acknowledgement, and nothing else is. Pauses double, up to a bound, and vary, so that
//! many messages do not all come back at once; a `Retry-After` is heeded up to the same bound. What would defeat it: giving up.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::rand;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header, response};
use jiff::{SignedDuration, Timestamp};
use tokio::time::{sleep, timeout};

use super::{OutboxSettings, rows::Claimed};
use crate::{
    ledger::{DEADLINE, Ledger, LedgerError, sealed::Seal, service::webhook::WebhookKey},
    metrics::Metrics,
    outside::Client,
};

/// How often to look for what other processes wrote.
const PACE: Duration = Duration::from_secs(2);

/// The sender of one node.
pub struct Outbox {
    ledger: Ledger,
    client: Client,
    key: WebhookKey,
    seal: Seal,
    pause: Duration,
    longest_pause: Duration,
}

/// What came of an attempt.
enum Answer {
    Heard(String),
    NotHeard { why: String, not_before: Option<Duration> },
}

impl Outbox {
    /// Opens it: from now on the ledger writes messages.
    ///
    /// # Errors
    /// When a setting or a file can't be used as it is.
    pub fn open(ledger: &Ledger, settings: &OutboxSettings) -> Result<Self, LedgerError> {
        let (client, key, seal) = (settings.client()?, settings.key()?, ledger.0.message_seal()?);
        ledger.keep_messages();
        let (pause, longest_pause) = (settings.pause.0, settings.longest_pause.0);
        Ok(Self { ledger: ledger.clone(), client, key, seal, pause, longest_pause })
    }

    /// Sends, for as long as it is polled.
    pub async fn run(self, metrics: Arc<Metrics>) {
        let mut failing = false;
        loop {
            let pause = match self.round(&metrics, &mut failing).await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::warn!(%error, "what another system must be told can't be looked up; trying again");
                    PACE
                }
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = self.ledger.0.news.notified() => {}
            }
        }
    }

    /// Sends what is due; how long to wait for the next.
    async fn round(&self, metrics: &Metrics, failing: &mut bool) -> Result<Duration, LedgerError> {
        let mut heard = 0_u64;
        while let Some(claimed) = self.claim().await? {
            match self.send(&claimed).await {
                Answer::Heard(how) => {
                    self.note_heard(&claimed, &how).await?;
                    heard += 1;
                    metrics.message_heard();
                    if std::mem::take(failing) {
                        tracing::info!("the webhook hears again");
                    }
                }
                Answer::NotHeard { why, not_before } => {
                    self.note_not_heard(&claimed, &why, not_before).await?;
                    metrics.message_not_heard();
                    if !std::mem::replace(failing, true) {
                        tracing::warn!(
                            why,
                            message = claimed.id,
                            "the webhook did not acknowledge; trying until it does"
                        );
                    }
                }
            }
        }
        if heard > 0 && !self.ledger.0.overwrite().await {
            tracing::warn!("messages that were heard are not overwritten yet; trying again");
        }
        self.tell_waiting(metrics).await
    }

    async fn tell_waiting(&self, metrics: &Metrics) -> Result<Duration, LedgerError> {
        let waiting = timeout(DEADLINE, self.ledger.0.database.waiting()).await??;
        let now = Timestamp::now();
        let until = |moment: Timestamp| moment.duration_since(now).unsigned_abs();
        metrics.messages_wait(waiting.count, waiting.oldest.filter(|at| *at < now).map(until));
        let next = waiting.next.filter(|next| *next > now).map(until);
        Ok(next.map_or(PACE, |next| next.min(PACE)))
    }

    /// Held for longer than it takes to send it and to note what came of it.
    async fn claim(&self) -> Result<Option<Claimed>, LedgerError> {
        let now = Timestamp::now();
        let held = self.client.patience() + 4 * DEADLINE;
        let until = later(now, held);
        timeout(DEADLINE, self.ledger.0.database.claim(now, until, &self.seal)).await?
    }

    async fn note_heard(&self, claimed: &Claimed, how: &str) -> Result<(), LedgerError> {
        timeout(DEADLINE, self.ledger.0.database.heard(claimed, Timestamp::now(), how)).await?
    }

    async fn note_not_heard(
        &self,
        claimed: &Claimed,
        why: &str,
        not_before: Option<Duration>,
    ) -> Result<(), LedgerError> {
        let pause = pause(self.pause, self.longest_pause, claimed.attempts, chance());
        let pause = not_before.unwrap_or_default().min(self.longest_pause).max(pause);
        let next = later(Timestamp::now(), pause);
        timeout(DEADLINE, self.ledger.0.database.not_heard(claimed, next, why)).await?
    }

    async fn send(&self, claimed: &Claimed) -> Answer {
        let timestamp = Timestamp::now().as_second().to_string();
        let signature = self.key.sign(&claimed.id, &timestamp, &claimed.body);
        let Some(fields) = fields(&claimed.id, &timestamp, &signature) else {
            return Answer::NotHeard { why: "the message can't be written".to_owned(), not_before: None };
        };
        match self.client.tell(&fields, Bytes::copy_from_slice(&claimed.body)).await {
            Ok(head) if head.status.is_success() => Answer::Heard(format!("status {}", head.status.as_u16())),
            Ok(head) => Answer::NotHeard {
                why: format!("status {}", head.status.as_u16()),
                not_before: retry_after(&head),
            },
            Err(why) => Answer::NotHeard { why: why.to_string(), not_before: None },
        }
    }
}

fn fields(id: &str, timestamp: &str, signature: &str) -> Option<HeaderMap> {
    let mut fields = HeaderMap::new();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in
        [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)]
    {
        fields.insert(HeaderName::from_static(name), HeaderValue::from_str(value).ok()?);
    }
    Some(fields)
}

fn retry_after(head: &response::Parts) -> Option<Duration> {
    let seconds = head.headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// How long to pause after so many attempts: between half and all of what doubling comes to.
fn pause(first: Duration, longest: Duration, attempts: u32, chance: u32) -> Duration {
    let doubled = 2_u32.checked_pow(attempts.saturating_sub(1)).and_then(|times| first.checked_mul(times));
    let half = doubled.unwrap_or(longest).min(longest) / 2;
    half + half.mul_f64(f64::from(chance) / f64::from(u32::MAX))
}

fn chance() -> u32 {
    let mut bytes = [0; 4];
    // Without random numbers pauses vary less, and that is all.
    let _ = rand::fill(&mut bytes);
    u32::from_le_bytes(bytes)
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_vary_by_half() {
        let [first, longest] = [5, 3_600].map(Duration::from_secs);
        let bounds =
            |attempts| [0, u32::MAX].map(|chance| pause(first, longest, attempts, chance).as_secs_f64());
        assert_eq!(bounds(1), [2.5, 5.0]);
        assert_eq!(bounds(2), [5.0, 10.0]);
        assert_eq!(bounds(10), [1_280.0, 2_560.0]);
        for many in [11, 60, u32::MAX] {
            assert_eq!(bounds(many), [1_800.0, 3_600.0]);
        }
    }
}
