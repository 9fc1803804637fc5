//! Puts something else in the place of what is found in a text, whole or as it flows.
//!
//! The rule: a text goes through two stages. The first puts in the place of what it finds what its caller says; the second, which
//! sees the text as the first left it, puts in what it found itself. A flowing text becomes byte for byte what the whole
//! would have become, and no more is kept of it than the scanners hold back. What nothing was found in is not copied. What would
//! defeat it is a scanner whose findings depend on the cut; see [`crate::text`].

mod edit;
mod literal;
mod stage;

pub use edit::Edit;
pub(super) use edit::apply;
pub use literal::edit_literal;

use crate::text::{Edge, Scanner};
use stage::Stage;

/// What has to change in a whole text, in order and without overlaps: nothing, where what is put in is what was there.
///
/// `replace` is asked for each finding of the first scanner; the second says itself what to put in.
pub fn edits<A, B>(
    text: &str,
    mut first: A,
    replace: impl FnMut(A::What, &str) -> String,
    mut second: B,
) -> Vec<Edit>
where
    A: Scanner,
    B: Scanner<What = String>,
{
    let mut found = Vec::new();
    first.scan(text, Edge::End, &mut found);
    let before = stage::edits(text, found, replace);
    let mut found = Vec::new();
    if before.is_empty() {
        second.scan(text, Edge::End, &mut found);
        return edit::changing(text, stage::edits(text, found, |what, _| what));
    }
    let between = edit::apply(text, &before);
    second.scan(&between, Edge::End, &mut found);
    let after = stage::edits(&between, found, |what, _| what);
    edit::changing(text, edit::compose(text.len(), &before, &after))
}

/// A text that flows through both stages.
#[derive(Clone, Debug)]
pub struct Flow<A, B> {
    first: Stage<A>,
    second: Stage<B>,
}

impl<A, B> Flow<A, B>
where
    A: Scanner,
    B: Scanner<What = String>,
{
    /// A flow that has not begun. A stage that is not wanted is `None::<S>`.
    pub fn new(first: A, second: B) -> Self {
        Self { first: Stage::new(first), second: Stage::new(second) }
    }

    /// Takes the next piece, and gives what can go on by now.
    pub fn push(&mut self, piece: &str, replace: impl FnMut(A::What, &str) -> String) -> String {
        self.pass(piece, Edge::Open, replace)
    }

    /// The text is over: gives the rest. What comes next is the beginning of nothing, so ask only once.
    pub fn finish(&mut self, replace: impl FnMut(A::What, &str) -> String) -> String {
        self.pass("", Edge::End, replace)
    }

    /// Ends it here: gives what has not gone on, as the first stage left it or before it.
    pub fn unreleased(self) -> String {
        self.second.held_back().to_owned() + self.first.held_back()
    }

    /// Whether something is held back.
    pub fn holds_back(&self) -> bool {
        !self.first.held_back().is_empty() || !self.second.held_back().is_empty()
    }

    fn pass(&mut self, piece: &str, edge: Edge, replace: impl FnMut(A::What, &str) -> String) -> String {
        let between = self.first.pass(piece, edge, replace);
        self.second.pass(&between, edge, |what, _| what)
    }
}

#[cfg(test)]
mod tests;
