//! Counts the work that a search takes, for tests and fuzzing: one for each character that somebody asks for.
//!
//! The rule: whoever looks at a character of the text counts it, forwards or backwards; so a search that looks at the same ones again and
//! again shows.

use std::cell::Cell;

thread_local! {
    static TAKEN: Cell<u64> = const { Cell::new(0) };
}

/// A character was asked for.
pub(super) fn count() {
    TAKEN.set(TAKEN.get() + 1);
}

/// How many were asked for on this thread so far.
pub fn taken() -> u64 {
    TAKEN.get()
}
