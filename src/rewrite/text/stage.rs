//! One stage of a flow: a scanner, and what it has not decided about.

use std::mem;

use crate::text::{Edge, Found, Scanner};

use super::edit::{self, Edit};

#[derive(Debug)]
pub(super) struct Stage<S> {
    scanner: S,
    undecided: String,
}

/// What is put in the place of what was found in a text.
pub(super) fn edits<T>(
    text: &str,
    found: Vec<Found<T>>,
    mut replace: impl FnMut(T, &str) -> String,
) -> Vec<Edit> {
    let edit = |Found { at, what }| {
        let new = replace(what, text.get(at.clone()).unwrap_or_default());
        Edit { at, new }
    };
    found.into_iter().map(edit).collect()
}

impl<S: Scanner> Stage<S> {
    pub fn new(scanner: S) -> Self {
        Self { scanner, undecided: String::new() }
    }

    /// What is not decided about.
    pub fn held_back(&self) -> &str {
        &self.undecided
    }

    /// Takes a piece, and gives what is decided with it.
    pub fn pass(&mut self, piece: &str, edge: Edge, replace: impl FnMut(S::What, &str) -> String) -> String {
        self.undecided.push_str(piece);
        let mut found = Vec::new();
        let decided = self.scanner.scan(&self.undecided, edge, &mut found);
        let rest = self.undecided.split_off(decided);
        let text = mem::replace(&mut self.undecided, rest);
        if found.is_empty() { text } else { edit::apply(&text, &edits(&text, found, replace)) }
    }
}
