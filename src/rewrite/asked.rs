//! What outside detectors say about texts.
//!
//! The rule: a text for which an acting entry asks outside goes on only when everybody who is to be asked has answered, or the
//! operator chose to do without an answer. A rewrite can't wait. So it is tried with the answers there are and notes what it would
//! have to know; what it made is thrown away until nothing is missing. What would defeat it: a way past [`Answers::tried`] to what
//! a rewrite made; or an answer about a text that is not to the letter the one it is used for, so answers are kept by their texts.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{policy::Inquiry, refusal::Refusal, text::Found};

/// How often somebody is asked: a document within a document, of which the outer one changes, takes one round more.
pub const ROUNDS: usize = 8;

/// Whom a rewrite can hear about its texts.
#[derive(Clone, Copy, Debug)]
pub struct Outside<'a>(Option<&'a Answers>);

/// What was said about the texts of one message, or of one stream up to now.
pub struct Answers {
    known: HashMap<Arc<str>, Vec<(Arc<Inquiry>, Answer)>>,
    missing: Mutex<Missing>,
    /// How many bytes of texts may be held that come in pieces.
    most_held: usize,
}

/// A text about which somebody is to be asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Who is asked for what.
    pub inquiry: Arc<Inquiry>,
    /// The whole text.
    pub text: Arc<str>,
    /// Whether something would be withheld, rather than recorded as such only.
    pub must: bool,
}

/// What was said about one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This is there.
    Found(Vec<Found<Told>>),
    /// Nothing was said.
    Nothing {
        /// Whether the operator chose to do without. Else it does only where nothing would be withheld.
        chosen: bool,
    },
}

/// What somebody found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The number of what was asked for.
    pub entity: usize,
    /// How sure it is, of a hundred.
    pub percent: u8,
}

/// What trying a rewrite came to.
#[derive(Debug)]
pub enum Tried<T> {
    /// What was made, and nothing is missing.
    Made(T),
    /// These must be answered first.
    Asks(Vec<Question>),
}

/// Who is to be asked about texts, and whether that matters enough to wait for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need<'p> {
    pub(super) inquiry: &'p Arc<Inquiry>,
    pub(super) must: bool,
}

#[derive(Default)]
struct Missing {
    questions: Vec<Question>,
    noted: HashSet<(Arc<str>, Arc<str>)>,
}

impl<'a> Outside<'a> {
    /// Nobody is asked: for messages about which nobody would be, and for showing what a policy does by itself.
    pub const NOBODY: Self = Self(None);

    /// How many bytes of texts may be held that come in pieces.
    pub(super) fn most_held(self) -> usize {
        self.0.map_or(usize::MAX, |answers| answers.most_held)
    }

    /// What was said about a text; none where that is not known yet, which is noted.
    pub(super) fn said(self, text: &str, need: Need<'_>) -> Option<&'a Answer> {
        let Some(answers) = self.0 else { return Some(&Answer::Nothing { chosen: true }) };
        let known = answers.known.get(text).into_iter().flatten();
        let mut known = known.filter(|(inquiry, _)| inquiry == need.inquiry).map(|(_, answer)| answer);
        match known.next() {
            Some(answer) if !need.must || *answer != (Answer::Nothing { chosen: false }) => Some(answer),
            Some(_) | None => {
                answers.missing().note(text, need);
                None
            }
        }
    }
}

impl Answers {
    /// Nothing is known yet.
    pub fn new(most_held: usize) -> Self {
        Self { known: HashMap::new(), missing: Mutex::default(), most_held }
    }

    /// Tries a rewrite with what is known. One that is refused whatever the answers would be asks nobody.
    ///
    /// # Errors
    /// What the rewrite says.
    pub fn tried<T>(
        &self,
        make: impl FnOnce(Outside<'_>) -> Result<T, Refusal>,
    ) -> Result<Tried<T>, Refusal> {
        let made = make(Outside(Some(self)));
        let missing = std::mem::take(&mut *self.missing()).questions;
        Ok(match (made?, missing.is_empty()) {
            (made, true) => Tried::Made(made),
            (_, false) => Tried::Asks(missing),
        })
    }

    /// Tries a rewrite until nothing is missing, for those who can wait while `ask` asks; none where that is never so.
    ///
    /// # Errors
    /// What `ask` says; inside, what the rewrite says.
    pub fn settled<T, E>(
        &mut self,
        mut make: impl FnMut(Outside<'_>) -> Result<T, Refusal>,
        mut ask: impl FnMut(Vec<Question>, &mut Self) -> Result<(), E>,
    ) -> Result<Option<Result<T, Refusal>>, E> {
        for _ in 0..ROUNDS {
            match self.tried(&mut make) {
                Ok(Tried::Asks(questions)) => ask(questions, self)?,
                Ok(Tried::Made(made)) => return Ok(Some(Ok(made))),
                Err(refusal) => return Ok(Some(Err(refusal))),
            }
        }
        Ok(None)
    }

    /// Somebody answered.
    pub fn learn(&mut self, question: Question, answer: Answer) {
        let known = self.known.entry(question.text).or_default();
        known.retain(|(inquiry, _)| *inquiry != question.inquiry);
        known.push((question.inquiry, answer));
    }

    /// What somebody found in a text; none where nobody answered.
    pub fn found(&self, text: &str, inquiry: &Arc<Inquiry>) -> Option<&[Found<Told>]> {
        let known = self.known.get(text).into_iter().flatten();
        known.filter(|(known, _)| known == inquiry).find_map(|(_, answer)| match answer {
            Answer::Found(found) => Some(found.as_slice()),
            Answer::Nothing { .. } => None,
        })
    }

    fn missing(&self) -> MutexGuard<'_, Missing> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Missing {
    fn note(&mut self, text: &str, need: Need<'_>) {
        let text: Arc<str> = text.into();
        if self.noted.insert((Arc::clone(&need.inquiry.detector), Arc::clone(&text))) {
            self.questions.push(Question { inquiry: Arc::clone(need.inquiry), text, must: need.must });
        }
    }
}

/// Not what is in them.
impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("texts", &self.known.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
