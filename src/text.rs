//! A text that comes in pieces, and what looks for something in it.
//!
//! The rule: what is found, and what is let go, depends on the text and never on how it was cut. So whoever scans says up
//! to where everything is decided; what lies behind is shown again, with more of the text. What would defeat it: a scanner
//! that decides about characters that could still become part of something; or one that never decides, and so holds back
//! for ever. Hence [`HELD_BACK`].

use std::ops::Range;

/// How many characters a scanner may leave undecided while more text can come. What grows longer must be decided, and a
/// candidate that still could be something is then taken for it: better too much withheld than too little.
pub const HELD_BACK: usize = 256;

/// Whether more of a text can come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// There can be more.
    Open,
    /// This is the end.
    End,
}

/// Something found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// Where, in bytes from the beginning of what was shown.
    pub at: Range<usize>,
    /// What.
    pub what: T,
}

/// Looks for something in one text.
pub trait Scanner {
    /// What it finds.
    type What;

    /// Looks at the text from the first undecided byte on, adds what it finds to `found` (in order, without overlaps, each
    /// wholly before the returned place), and returns up to where everything is decided. At [`Edge::End`] that is the end.
    fn scan(&mut self, text: &str, edge: Edge, found: &mut Vec<Found<Self::What>>) -> usize;
}

/// Nobody looks: all is decided, and nothing found.
impl<S: Scanner> Scanner for Option<S> {
    type What = S::What;

    fn scan(&mut self, text: &str, edge: Edge, found: &mut Vec<Found<Self::What>>) -> usize {
        match self {
            Some(scanner) => scanner.scan(text, edge, found),
            None => text.len(),
        }
    }
}
