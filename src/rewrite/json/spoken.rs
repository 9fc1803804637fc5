//! Texts that somebody wrote: only some characters of them may have to change.
//!
//! The rule: a string is looked through as a whole, in its unescaped form, and the characters that nothing is found in keep
//! their spelling.

use std::ops::Range;

use super::{Objection, Walk, meeting::object};
use crate::{
    json::{Piece, unescape},
    policy::Shape,
    rewrite::{account::Place, speech::Notes, text::edit_literal},
};

impl Walk<'_> {
    /// Whether every string is looked at.
    #[inline]
    pub(super) fn listens(&self) -> bool {
        self.speech.is_some() && self.plan.texts.everywhere
    }

    /// Whether the string that begins here is looked through.
    pub(super) fn is_speech(&self, shape: Option<Shape>, at: usize) -> bool {
        let is_text = match shape {
            Some(Shape::Text | Shape::TextInJson) => true,
            Some(Shape::Needed | Shape::Opaque | Shape::Echo) => false,
            None => self.plan.texts.everywhere,
        };
        is_text && self.speech.is_some() && self.pieces.binary_search(&at).is_err()
    }

    /// A text is complete.
    pub(super) fn release_speech(&mut self, piece: Piece<'_>, place: Range<usize>) {
        let Some(speech) = self.speech.take() else { return };
        let raw = self.output.original(piece, place.start, place.end);
        if let Some(text) = unescape(&raw) {
            let id = self.place_id(self.child.step);
            let mut notes = Notes { account: self.account, place: Place::Body(id), refused: None };
            let edits = speech.edits(&text, &mut notes);
            if let Some(number) = notes.refused {
                object(&mut self.objection, Objection::Entry(number), self.plan);
            }
            if !edits.is_empty() {
                self.output.copy_to(piece, place.start);
                self.output.write(&edit_literal(&raw, &edits));
                self.output.skip_to(place.end);
            }
        }
        self.speech = Some(speech);
    }
}
