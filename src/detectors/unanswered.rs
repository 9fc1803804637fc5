//! Why nothing is known about texts that must not go on without.
//!
//! The rule: it names who was asked, about how much and where, and never a text. The exchange makes a refusal of it, which says less;
//! people at a terminal read all of it.

use crate::{outside::NoAnswer, refusal::Refusal};

/// Why nothing is known about texts.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// A detector was asked.
    #[error("the outside detector `{detector}` was asked about {} at `{url}` and gave no answer: {why}", count(*.texts))]
    Asked {
        /// Its name.
        detector: String,
        /// Where it was asked, without what could be a password.
        url: String,
        /// About how many texts.
        texts: usize,
        /// What came instead.
        why: NoAnswer,
    },
    /// There is no such detector, although whoever named the detectors had to name all of them.
    #[error("there is no outside detector `{0}`")]
    Unknown(String),
    /// Each answer brought new texts, more often than is asked.
    #[error("each answer of the outside detectors brought more texts to ask about; this was given up")]
    Endless,
    /// Asking broke off here.
    #[error("asking the outside detectors broke off, which is a fault of Assentry's")]
    Broken,
}

impl From<Unanswered> for Refusal {
    fn from(why: Unanswered) -> Self {
        match why {
            Unanswered::Asked { .. } | Unanswered::Endless => Self::DetectorUnreachable,
            Unanswered::Unknown(_) | Unanswered::Broken => Self::Internal,
        }
    }
}

fn count(texts: usize) -> String {
    if texts == 1 { "one text".to_owned() } else { format!("{texts} texts") }
}
