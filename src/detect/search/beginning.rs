//! How much of a text had come when something in it was first too long.
//!
//! The rule: what is too long in the beginning of a text is so in all of it. So the longest beginning in which nothing is need not be sought
//! letter by letter: it lies between one in which nothing is and one in which something is, and these come nearer to each other
//! by halves. What would defeat it: something too long that is none when more has come; but then pieces would not be as the whole.

use std::ops::ControlFlow;

/// What is known of the beginnings of a text, by their lengths in bytes.
#[derive(Debug)]
pub(super) struct Beginning<'t> {
    text: &'t str,
    /// In this one, nothing is too long.
    least: usize,
    /// In this one, something is.
    most: usize,
    /// How much longer the next one is at most: what is sought is often near.
    step: usize,
}

impl<'t> Beginning<'t> {
    /// Nothing is known.
    pub fn of(text: &'t str) -> Self {
        Self { text, least: 0, most: text.len(), step: 1 }
    }

    /// In this one, nothing is too long: the next to be tried.
    pub fn short_enough(&mut self, length: usize) -> usize {
        self.least = length;
        self.between()
    }

    /// In this one, something is too long that ends at a place, and was not before what stands at another had come: the next to be tried,
    /// or none, where the longest is known.
    pub fn too_long(&mut self, length: usize, end: usize, by: usize) -> ControlFlow<(), usize> {
        self.most = length;
        if self.behind(end) >= length || self.behind(self.least) >= length {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(match end < by {
            true if by > self.least => {
                self.most = self.behind(by);
                by
            }
            false if end > self.least => self.behind(end),
            _ => self.between(),
        })
    }

    /// Whether this one, in which nothing is too long, is the longest of which that is so.
    pub fn is_longest(&self, length: usize) -> bool {
        self.behind(length) >= self.most
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
