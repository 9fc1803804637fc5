//! One text that comes in pieces, under rules that can change between them.
//!
//! The rule: what its pieces come to is what the whole text would have become. Where something else is sought than when it
//! began, it begins anew with what was held back: what went on before was allowed to. What would defeat it is a piece that
//! is looked at by itself; or findings that only entries ask for whose data passes, and that make others larger. And where
//! somebody else is asked about texts, who can't judge pieces, nothing goes on before the whole text is there.

use std::sync::Arc;

use super::{
    speech::{Notes, Speech},
    text::{Flow, apply},
};
use crate::{
    detect::{Detector, Kinds, Scan},
    pseudonym::Restorer,
};

/// A text that has begun.
#[derive(Clone, Debug)]
pub(super) struct Saying {
    flow: Flow<Option<Scan<Arc<Detector>>>, Option<Restorer>>,
    /// What was sought in it when it began.
    kinds: Kinds,
    /// Whether it is written as JSON itself.
    json: bool,
    /// The text up to now, where all of it must be there.
    held: Option<String>,
}

impl Saying {
    /// A text that begins now.
    pub(super) fn begin(speech: Option<&Speech<'_>>, json: bool) -> Self {
        let (scanner, restorer) = speech.map_or((None, None), |speech| speech.stages(json));
        let kinds = speech.map_or(Kinds::NONE, Speech::kinds);
        let held = speech.is_some_and(Speech::asks).then(String::new);
        Self { flow: Flow::new(scanner, restorer), kinds, json, held }
    }

    /// How much is held because all of it must be there.
    pub(super) fn held(&self) -> usize {
        self.held.as_ref().map_or(0, String::len)
    }

    /// Takes the next piece, and gives what can go on by now.
    pub(super) fn push(&mut self, piece: &str, speech: Option<&Speech<'_>>, notes: &mut Notes<'_>) -> String {
        if let Some(held) = &mut self.held {
            held.push_str(piece);
            return String::new();
        }
        if speech.is_some_and(Speech::asks) {
            let before = std::mem::replace(self, Self::begin(speech, self.json));
            self.held = Some(before.flow.unreleased() + piece);
            return String::new();
        }
        if self.kinds == speech.map_or(Kinds::NONE, Speech::kinds) {
            return self.flow.push(piece, |kinds, found| replaced(speech, kinds, found, notes));
        }
        let held_back = self.flow.finish(|_, found| found.to_owned());
        *self = Self::begin(speech, self.json);
        self.flow.push(&(held_back + piece), |kinds, found| replaced(speech, kinds, found, notes))
    }

    /// The text is over: gives the rest.
    pub(super) fn finish(&mut self, speech: Option<&Speech<'_>>, notes: &mut Notes<'_>) -> String {
        let Some(held) = self.held.take() else {
            return self.flow.finish(|kinds, found| replaced(speech, kinds, found, notes));
        };
        let edits = speech.map(|speech| speech.edits_in(&held, self.json, notes)).unwrap_or_default();
        if edits.is_empty() { held } else { apply(&held, &edits) }
    }
}

fn replaced(speech: Option<&Speech<'_>>, kinds: Kinds, found: &str, notes: &mut Notes<'_>) -> String {
    speech.map_or_else(|| found.to_owned(), |speech| speech.replaced(kinds, found, notes))
}
