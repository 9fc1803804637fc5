//! One text that comes in pieces, under rules that can change between them.
//!
//! The rule: what its pieces come to is what the whole text would have become. Where something else is sought than when it
//! began, it begins anew with what was held back: what went on before was allowed to. What would defeat it is a piece that
//! is looked at by itself; or findings that only entries ask for whose data passes, and that make others larger.

use std::sync::Arc;

use super::{
    speech::{Notes, Speech},
    text::Flow,
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
}

impl Saying {
    /// A text that begins now.
    pub(super) fn begin(speech: Option<&Speech<'_>>, json: bool) -> Self {
        let (scanner, restorer) = speech.map_or((None, None), |speech| speech.stages(json));
        let kinds = speech.map_or(Kinds::NONE, Speech::kinds);
        Self { flow: Flow::new(scanner, restorer), kinds, json }
    }

    /// Takes the next piece, and gives what can go on by now.
    pub(super) fn push(&mut self, piece: &str, speech: Option<&Speech<'_>>, notes: &mut Notes<'_>) -> String {
        if self.kinds == speech.map_or(Kinds::NONE, Speech::kinds) {
            return self.flow.push(piece, |kinds, found| replaced(speech, kinds, found, notes));
        }
        let held_back = self.flow.finish(|_, found| found.to_owned());
        *self = Self::begin(speech, self.json);
        self.flow.push(&(held_back + piece), |kinds, found| replaced(speech, kinds, found, notes))
    }

    /// The text is over: gives the rest.
    pub(super) fn finish(&mut self, speech: Option<&Speech<'_>>, notes: &mut Notes<'_>) -> String {
        self.flow.finish(|kinds, found| replaced(speech, kinds, found, notes))
    }
}

fn replaced(speech: Option<&Speech<'_>>, kinds: Kinds, found: &str, notes: &mut Notes<'_>) -> String {
    speech.map_or_else(|| found.to_owned(), |speech| speech.replaced(kinds, found, notes))
}
