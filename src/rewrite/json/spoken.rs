//! Texts that somebody wrote: only some characters of them may have to change.
//!
//! The rule: a string is looked through as a whole, in its unescaped form, and the characters that nothing is found in keep
//! their spelling.

use std::ops::Range;

use super::{
    Objection, ScalarState, Walk,
    meeting::{Meeting, object},
};
use crate::{
    json::{Piece, unescape},
    policy::Shape,
    rewrite::{
        account::Place,
        speech::{Listeners, Notes, Speech},
        text::edit_literal,
    },
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

    /// What becomes of the string that begins here, on which nothing acts as a whole.
    pub(super) fn listen(&self, meeting: &Meeting, at: usize) -> ScalarState {
        let is_whole = self.speech.is_some() && self.pieces.binary_search(&at).is_err();
        if self.is_speech(meeting.shape, at) {
            ScalarState::Speech { start: at, listeners: Listeners::new() }
        } else if is_whole && !meeting.listeners.is_empty() {
            ScalarState::Speech { start: at, listeners: meeting.listeners.clone() }
        } else {
            ScalarState::Keep
        }
    }

    /// Who acts on a container that stands where some entries, and nobody else, expect a text.
    pub(super) fn acting_on_no_speech(&self, meeting: &Meeting) -> Option<u32> {
        if meeting.listeners.is_empty() || self.listens() || meeting.shape.is_some() {
            return None;
        }
        self.speech.as_ref()?.heard_by(&meeting.listeners)?.speaker()
    }

    /// A text is complete: to these entries only, or to all.
    pub(super) fn release_speech(&mut self, piece: Piece<'_>, place: Range<usize>, listeners: &Listeners) {
        let Some(whole) = self.speech.take() else { return };
        let heard = if listeners.is_empty() { None } else { Some(whole.heard_by(listeners)) };
        if let Some(speech) = heard.as_ref().map_or(Some(&whole), Option::as_ref) {
            self.speak(piece, place, speech);
        }
        self.speech = Some(whole);
    }

    fn speak(&mut self, piece: Piece<'_>, place: Range<usize>, speech: &Speech<'_>) {
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
    }
}
