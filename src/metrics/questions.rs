//! What is counted about outside detectors.

use std::{fmt, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// The upper bounds of how long questions take, in seconds.
const BOUNDS: [f64; 10] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0];

/// The counters of all detectors.
pub(super) struct Questioned {
    questions: Family<Question, Counter>,
    done_without: Family<Detector, Counter>,
    answers: Family<Detector, Gauge>,
    seconds: Family<Detector, Histogram, fn() -> Histogram>,
}

/// The counters of one detector.
pub struct Questions {
    answered: Counter,
    failed: Counter,
    done_without: Counter,
    answers: Gauge,
    seconds: Histogram,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Question {
    detector: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Detector {
    detector: String,
}

impl Questioned {
    pub(super) fn register(&self, registry: &mut Registry) {
        let what = "Questions to outside detectors, by detector and outcome";
        registry.register("detector_questions", what, self.questions.clone());
        let what = "Texts that went on although an outside detector said nothing about them";
        registry.register("detector_texts_done_without", what, self.done_without.clone());
        let what = "Whether an outside detector answered the last question; 1 before the first";
        registry.register("detector_answers", what, self.answers.clone());
        let what = "How long questions to outside detectors took, waiting for a turn included";
        registry.register_with_unit("detector", what, Unit::Seconds, self.seconds.clone());
    }

    pub(super) fn of(&self, detector: &str) -> Questions {
        let counter = |outcome| {
            self.questions.get_or_create_owned(&Question { detector: detector.to_owned(), outcome })
        };
        let labels = Detector { detector: detector.to_owned() };
        let is_new = self.answers.get(&labels).is_none();
        let answers = self.answers.get_or_create_owned(&labels);
        if is_new {
            answers.set(1);
        }
        Questions {
            answered: counter("answered"),
            failed: counter("failed"),
            done_without: self.done_without.get_or_create_owned(&labels),
            answers,
            seconds: self.seconds.get_or_create_owned(&labels),
        }
    }
}

impl Questions {
    /// One was asked, and took so long.
    pub fn asked(&self, took: Duration, is_answered: bool) {
        let counter = if is_answered { &self.answered } else { &self.failed };
        counter.inc();
        self.answers.set(i64::from(is_answered));
        self.seconds.observe(took.as_secs_f64());
    }

    /// A text goes on without an answer.
    pub fn done_without(&self) {
        self.done_without.inc();
    }
}

impl Default for Questioned {
    fn default() -> Self {
        Self {
            questions: Family::default(),
            done_without: Family::default(),
            answers: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
        }
    }
}

impl fmt::Debug for Questions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Questions").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    #[test]
    fn questions_are_counted_by_detector_and_outcome() {
        let metrics = Metrics::new();
        let questions = metrics.questions("names");
        let says = |line: &str| assert!(metrics.text().contains(&format!("assentry_{line}\n")), "{line}");
        says("detector_answers{detector=\"names\"} 1");
        questions.asked(Duration::from_millis(7), true);
        questions.asked(Duration::from_millis(500), false);
        questions.done_without();
        drop(metrics.questions("names"));
        says("detector_answers{detector=\"names\"} 0");
        says("detector_questions_total{detector=\"names\",outcome=\"answered\"} 1");
        says("detector_questions_total{detector=\"names\",outcome=\"failed\"} 1");
        says("detector_texts_done_without_total{detector=\"names\"} 1");
        says("detector_seconds_bucket{le=\"0.01\",detector=\"names\"} 1");
        says("detector_seconds_count{detector=\"names\"} 2");
    }
}
