//! Counts the work that a search takes, for tests and fuzzing: one for each character that somebody asks for or passes by.
//!
//! The rule: whoever looks at a character of the text counts it, forwards or backwards; so a search that looks at the same ones again and
//! again shows.

use std::cell::Cell;

thread_local! {
    static TAKEN: Cell<u64> = const { Cell::new(0) };
}

/// A character was asked for.
pub(super) fn count() {
    count_many(1);
}

/// So many were gone through.
pub(super) fn count_many(steps: usize) {
    TAKEN.set(TAKEN.get() + steps as u64);
}

/// How many were asked for on this thread so far.
pub fn taken() -> u64 {
    TAKEN.get()
}
