//! Documents that are written in a text of this one.
//!
//! The rule: where nothing acts on the text as a whole, every document said to be in it is rewritten in turn, each in what
//! the one before left; where something does, only what must be refused is looked for. A place that should hold a text and
//! holds a container could hide what an entry withholds, so it is redacted as a text that can't be read is.

use std::ops::Range;

use smallvec::SmallVec;

use super::{
    Walk,
    acting::Acting,
    meeting::{Meeting, object},
};
use crate::{
    json::{Piece, Scalar, escape_into, unescape},
    rewrite::{
        account::{Account, Actor, Deed, Place},
        leaf::WITHHELD,
        speech::Listeners,
        written::{self, Fate, Within},
    },
};

/// The numbers under which the plan knows the documents of a place.
pub(super) type Documents = SmallVec<[u32; 1]>;

impl Walk<'_> {
    /// A text with documents in it is complete.
    pub(super) fn release_written(&mut self, piece: Piece<'_>, place: Range<usize>, documents: &Documents) {
        let raw = self.output.original(piece, place.start, place.end);
        let id = self.place_id(self.child.step);
        let within = Within { speller: self.speller.unwrap_or(self.plan), place: id };
        let mut text = unescape(&raw).unwrap_or_default();
        let (mut is_same, mut was_read) = (true, false);
        for document in documents.iter().filter_map(|number| self.plan.written(*number)) {
            match written::rewrite(&text, document, (&self.rules, within), self.account) {
                Ok(Fate::Same) => was_read = true,
                Ok(Fate::Unread) => {}
                Ok(Fate::Becomes(made)) => (text, is_same, was_read) = (made, false, true),
                Ok(Fate::Redacted(actor)) => {
                    self.account.note(actor, Place::Body(id), Deed::Acted("redact"));
                    (text, is_same, was_read) = (WITHHELD.to_owned(), false, true);
                    break;
                }
                Err(objection) => object(&mut self.objection, objection, self.plan),
            }
        }
        if !was_read {
            // It says that it is a document and is none: then it is a text like any other.
            return self.release_speech(piece, place, &Listeners::new());
        }
        if !is_same {
            let mut made = Vec::with_capacity(text.len() + 2);
            escape_into(&text, &mut made);
            self.output.copy_to(piece, place.start);
            self.output.write(&made);
            self.output.skip_to(place.end);
        }
    }

    /// A text in a withheld place begins.
    pub(super) fn search_inside(&mut self, scalar: Scalar, at: usize) {
        if scalar != Scalar::Text || !self.plan.refuses_inside || !self.is_found() {
            return;
        }
        let followed = self.plan.body.accepted(&self.matching, self.child.active);
        let found = followed.chain(self.foreseen.entries());
        let documents: Documents = found.filter(|number| self.plan.written(*number).is_some()).collect();
        if !documents.is_empty() {
            self.searched = Some((at, documents));
        }
    }

    /// A scalar is complete: if it is a withheld text with documents in it, only what must be refused in it counts.
    pub(super) fn search_written(&mut self, piece: Piece<'_>, end: usize) {
        let Some((start, documents)) = self.searched.take() else { return };
        // Who looks for refusals has all of the body in one piece.
        let raw = piece.between(start, end);
        let Some(text) = unescape(raw) else { return };
        let within = Within { speller: self.speller.unwrap_or(self.plan), place: self.root };
        for document in documents.iter().filter_map(|number| self.plan.written(*number)) {
            let found = written::rewrite(&text, document, (&self.rules, within), &mut Account::default());
            if let Err(objection) = found {
                object(&mut self.objection, objection, self.plan);
            }
        }
    }

    /// What acts on a container in the place of a text with documents in it, or of one that is a text to some entries only.
    pub(super) fn acting_on_no_text(&self, meeting: &Meeting) -> Option<Acting> {
        let documents = meeting.documents.iter().filter_map(|number| self.plan.written(*number));
        let fates = documents.map(|document| written::unreadable(document, &self.rules));
        let mut actors = fates.filter_map(|fate| match fate {
            Fate::Redacted(Actor::Entry(number)) => Some(number),
            Fate::Redacted(Actor::Undeclared | Actor::Credential)
            | Fate::Same
            | Fate::Unread
            | Fate::Becomes(_) => None,
        });
        actors.next().or_else(|| self.acting_on_no_speech(meeting)).map(Acting::redacting)
    }
}
