//! How much of a text had come when something in it was first decided.
//!
//! The rule: what is undecided of a text was undecided of every beginning of it, and what is too long in a beginning is so in the text. So the
//! shortest beginning that decides something need not be sought letter by letter: it lies between one that decides nothing and
//! one in which something is too long, and these come nearer to each other by halves. What would defeat it: something that was
//! decided and is not when more has come; but then pieces would not be as the whole at all.

use std::ops::ControlFlow;

/// What is known of the beginnings of a text, by their lengths in bytes.
#[derive(Debug)]
pub(super) struct Beginning<'t> {
    text: &'t str,
    /// This one decides nothing.
    least: usize,
    /// In this one something is too long.
    most: usize,
    /// How much longer the next one is at most: what is sought is often near.
    step: usize,
}

impl<'t> Beginning<'t> {
    /// Nothing is known.
    pub fn of(text: &'t str) -> Self {
        Self { text, least: 0, most: text.len(), step: 1 }
    }

    /// This one decides nothing: the next to be tried.
    pub fn too_short(&mut self, length: usize) -> usize {
        self.least = length;
        self.between()
    }

    /// In this one, something is too long that ends at a place: the next to be tried, or none, because no shorter one decides anything.
    pub fn too_long(&mut self, length: usize, end: usize) -> ControlFlow<(), usize> {
        self.most = length;
        let upto = self.behind(end);
        if upto > self.least && upto < length {
            return ControlFlow::Continue(upto);
        }
        let may_be_shorter = upto <= self.least && self.behind(self.least) < length;
        if may_be_shorter { ControlFlow::Continue(self.between()) } else { ControlFlow::Break(()) }
    }

    fn between(&mut self) -> usize {
        let next = self.least.midpoint(self.most).min(self.least + self.step);
        self.step *= 2;
        self.text.floor_char_boundary(next).max(self.behind(self.least))
    }

    /// Behind the character that stands at a place.
    fn behind(&self, at: usize) -> usize {
        let next = self.text.get(at..).and_then(|rest| rest.chars().next());
        at + next.map_or(0, char::len_utf8)
    }
}
