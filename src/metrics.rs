//! What is counted, for the operator.
//!
//! The rule: a label is a word of ours or a name from the configuration, so no metric can tell who was there or what they
//! said; and whoever counts holds the counter itself, so that counting costs one atomic addition. What would defeat the
//! first is a label filled from a request, so [`Metrics::exchanges`] takes a route's name and nothing else.

mod questions;

use std::{
    collections::HashMap,
    fmt,
    mem::{Discriminant, discriminant},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};

pub use questions::Questions;

use crate::refusal::Refusal;
use questions::Questioned;

/// The media type of [`Metrics::text`].
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that one proxy counts.
pub struct Metrics {
    registry: Registry,
    exchanges: Family<Exchange, Counter>,
    under_way: Gauge,
    waiting: Gauge,
    forgotten: Counter,
    deleted: Family<Deleted, Counter>,
    messages_waiting: Gauge,
    oldest_message: Gauge,
    /// Whether anybody counts messages that wait.
    sends: AtomicBool,
    messages_heard: Counter,
    messages_failed: Counter,
    questions: Questioned,
    reloads: Family<Reload, Counter>,
    last_succeeded: Gauge,
    last_success: Gauge,
}

/// The counters of one route, by outcome.
pub struct Tally {
    /// Forwarded, whatever the bot then answered.
    forwarded: Counter,
    /// Obeyed: it was a keyword.
    obeyed: Counter,
    /// Given up by the client before there was a decision.
    undecided: Counter,
    refused: HashMap<Discriminant<Refusal>, Counter>,
    family: Family<Exchange, Counter>,
    route: String,
}

/// An exchange that is counted as under way until this is dropped.
#[derive(Debug)]
pub struct UnderWay(Gauge);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Exchange {
    route: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Deleted {
    from: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reload {
    outcome: &'static str,
}

impl Metrics {
    /// Nothing counted yet.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("assentry");
        let metrics = Self {
            exchanges: Family::default(),
            under_way: Gauge::default(),
            waiting: Gauge::default(),
            forgotten: Counter::default(),
            deleted: Family::default(),
            messages_waiting: Gauge::default(),
            oldest_message: Gauge::default(),
            sends: AtomicBool::default(),
            messages_heard: Counter::default(),
            messages_failed: Counter::default(),
            questions: Questioned::default(),
            reloads: Family::default(),
            last_succeeded: Gauge::default(),
            last_success: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register(
            "exchanges",
            "Exchanges that ended, by route and outcome",
            metrics.exchanges.clone(),
        );
        registry.register("exchanges_under_way", "Exchanges that have not ended", metrics.under_way.clone());
        registry.register("receipts_waiting", "Receipts waiting to be written", metrics.waiting.clone());
        let what = "Decisions deleted because they were superseded for longer than they are kept";
        registry.register("decisions_deleted", what, metrics.forgotten.clone());
        let what = "Receipts deleted because they were older than they are kept, by where they were";
        registry.register("receipts_deleted", what, metrics.deleted.clone());
        let what = "Messages that the webhook has not acknowledged yet";
        registry.register("messages_waiting", what, metrics.messages_waiting.clone());
        let what = "How long the oldest message has been waiting to be acknowledged";
        let oldest = metrics.oldest_message.clone();
        registry.register_with_unit("oldest_message_age", what, Unit::Seconds, oldest);
        let what = "Messages that this node sent and the webhook acknowledged";
        registry.register("messages_acknowledged", what, metrics.messages_heard.clone());
        let what = "Attempts of this node to send a message that the webhook did not acknowledge";
        registry.register("message_failures", what, metrics.messages_failed.clone());
        metrics.questions.register(&mut registry);
        registry.register("reloads", "Reloads, by outcome", metrics.reloads.clone());
        let what = "Whether the last reload succeeded; 1 before the first";
        registry.register("last_reload_succeeded", what, metrics.last_succeeded.clone());
        let what = "When the running configuration was loaded";
        registry.register_with_unit(
            "last_successful_reload_timestamp",
            what,
            Unit::Seconds,
            metrics.last_success.clone(),
        );
        for outcome in [DONE, REFUSED] {
            drop(metrics.reloads.get_or_create(&Reload { outcome }));
        }
        metrics.loaded();
        Self { registry, ..metrics }
    }

    /// The counters of a route; of the exchanges that found none, without a name.
    pub fn exchanges(&self, route: Option<&str>) -> Tally {
        let (family, route) = (self.exchanges.clone(), route.unwrap_or_default().to_owned());
        let counter = |outcome| family.get_or_create_owned(&Exchange { route: route.clone(), outcome });
        Tally {
            forwarded: counter("forwarded"),
            obeyed: counter("obeyed"),
            undecided: counter("undecided"),
            refused: Refusal::EACH
                .iter()
                .map(|refusal| (discriminant(refusal), counter(refusal.slug())))
                .collect(),
            family,
            route,
        }
    }

    /// The counters of an outside detector.
    pub fn questions(&self, detector: &str) -> Questions {
        self.questions.of(detector)
    }

    /// An exchange begins.
    pub fn exchange_begins(&self) -> UnderWay {
        self.under_way.inc();
        UnderWay(self.under_way.clone())
    }

    /// So many receipts wait to be written.
    pub fn receipts_wait(&self, count: usize) {
        self.waiting.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// So many decisions were superseded long enough and are deleted.
    pub fn decisions_deleted(&self, count: u64) {
        self.forgotten.inc_by(count);
    }

    /// So many receipts were too old and are deleted, from the file or the database.
    pub fn receipts_deleted(&self, from: &'static str, count: u64) {
        self.deleted.get_or_create(&Deleted { from }).inc_by(count);
    }

    /// How many messages wait to be acknowledged, and for how many seconds the oldest; none where nobody sends any.
    pub fn waiting_messages(&self) -> Option<(i64, i64)> {
        self.sends.load(Relaxed).then(|| (self.messages_waiting.get(), self.oldest_message.get()))
    }

    /// So many messages wait, the oldest for so long.
    pub fn messages_wait(&self, count: u64, oldest: Option<Duration>) {
        self.messages_waiting.set(i64::try_from(count).unwrap_or(i64::MAX));
        self.sends.store(true, Relaxed);
        let age = oldest.map_or(0, |age| age.as_secs());
        self.oldest_message.set(i64::try_from(age).unwrap_or(i64::MAX));
    }

    /// A message was acknowledged.
    pub fn message_heard(&self) {
        self.messages_heard.inc();
    }

    /// An attempt to send a message was not acknowledged.
    pub fn message_not_heard(&self) {
        self.messages_failed.inc();
    }

    /// A reload succeeded or was refused.
    pub fn reloaded(&self, succeeded: bool) {
        let outcome = if succeeded { DONE } else { REFUSED };
        self.reloads.get_or_create(&Reload { outcome }).inc();
        if succeeded {
            self.loaded();
        } else {
            self.last_succeeded.set(0);
        }
    }

    /// Whether the last reload succeeded, and when (seconds since 1970) what is served was loaded.
    pub fn last_reload(&self) -> (bool, i64) {
        (self.last_succeeded.get() == 1, self.last_success.get())
    }

    /// How many exchanges have not ended.
    pub fn under_way(&self) -> i64 {
        self.under_way.get()
    }

    /// Everything, as OpenMetrics text (version 1.0).
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a `String` does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    fn loaded(&self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.last_succeeded.set(1);
        self.last_success.set(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
    }
}

const DONE: &str = "done";
const REFUSED: &str = "refused";

impl Tally {
    /// How many were forwarded or obeyed so far, and how many refused.
    pub fn told(&self) -> (u64, u64) {
        let refused = self.refused.values().map(Counter::get).sum();
        (self.forwarded.get() + self.obeyed.get(), refused)
    }

    /// An exchange was forwarded.
    pub fn forwarded(&self) {
        self.forwarded.inc();
    }

    /// An exchange was a keyword, and was obeyed.
    pub fn obeyed(&self) {
        self.obeyed.inc();
    }

    /// The client gave up before there was a decision.
    pub fn undecided(&self) {
        self.undecided.inc();
    }

    /// An exchange was refused.
    pub fn refused(&self, refusal: &Refusal) {
        match self.refused.get(&discriminant(refusal)) {
            Some(counter) => counter.inc(),
            // A kind that `Refusal::EACH` forgot.
            None => {
                let labels = Exchange { route: self.route.clone(), outcome: refusal.slug() };
                self.family.get_or_create(&labels).inc()
            }
        };
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tally").field("route", &self.route).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_of_a_route_is_counted_apart() {
        let metrics = Metrics::new();
        let tally = metrics.exchanges(Some("chat"));
        tally.forwarded();
        tally.undecided();
        for refusal in &Refusal::EACH {
            tally.refused(refusal);
        }
        let again = metrics.exchanges(Some("chat")); // a new snapshot goes on where the old one was
        again.forwarded();
        let text = metrics.text();
        let line = |outcome: &str, count: u64| {
            format!("assentry_exchanges_total{{route=\"chat\",outcome=\"{outcome}\"}} {count}\n")
        };
        assert!(text.contains(&line("forwarded", 2)) && text.contains(&line("undecided", 1)), "{text}");
        for refusal in &Refusal::EACH {
            assert!(text.contains(&line(refusal.slug(), 1)), "{} in {text}", refusal.slug());
        }
    }

    #[test]
    fn what_is_under_way_is_counted_until_it_ends() {
        let metrics = Metrics::new();
        let one = metrics.exchange_begins();
        let other = metrics.exchange_begins();
        drop(one);
        assert!(metrics.text().contains("assentry_exchanges_under_way 1\n"), "{}", metrics.text());
        drop(other);
        assert!(metrics.text().contains("assentry_exchanges_under_way 0\n"));
    }

    #[test]
    fn a_refused_reload_shows_until_the_next_good_one() {
        let metrics = Metrics::new();
        let says = |line: &str| metrics.text().contains(&format!("assentry_{line}\n"));
        assert!(says("last_reload_succeeded 1") && says("reloads_total{outcome=\"done\"} 0"));
        metrics.reloaded(false);
        assert!(says("last_reload_succeeded 0") && says("reloads_total{outcome=\"refused\"} 1"));
        metrics.reloaded(true);
        assert!(says("last_reload_succeeded 1") && says("reloads_total{outcome=\"done\"} 1"));
        assert!(!says("last_successful_reload_timestamp_seconds 0"));
    }

    #[test]
    fn a_route_name_can_not_break_out_of_its_label() {
        let metrics = Metrics::new();
        metrics.exchanges(Some("a\"} 1\nb")).forwarded();
        assert!(metrics.text().contains("route=\"a\\\"} 1\\nb\""), "{}", metrics.text());
    }
}
