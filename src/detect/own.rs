//! Kinds of a policy's own that have a pattern.
//!
//! The rule: their patterns are read as the built-in rules' readers read: from where one can begin, character by character as they are
//! meant, and no farther than it needs. A candidate is undecided as long as more of the text could make it one, or a longer one.
//! Patterns are bounded, so the work is bounded for each place. What would defeat it: a pattern that begins with what is
//! everywhere; then each place is looked at.

mod alphabet;
mod automaton;
mod checked;
mod pattern;
mod plain;

pub use checked::Check;
pub use pattern::{Fault, Pattern};

use super::{
    Kinds,
    rule::{Read, Rule, Sign},
    unit::{self, Next},
};

/// What goes on when a candidate was too long to be held back together with what it overlaps.
pub(super) static RULE: Rule =
    Rule::new(&[], Sign::Words(&[]), Read::Many(|_, _, _| {})).going_on(char::is_alphanumeric);

/// Sets of patterns have a bit for each.
const _: () = assert!(Kinds::MOST_OWN <= u64::BITS as usize);

/// The kinds, each with its pattern.
#[derive(Clone, Debug, Default)]
pub struct Own {
    kinds: Vec<(Kinds, Pattern)>,
    /// By the plain character: which patterns can begin with it, a bit for each.
    begin: Vec<u64>,
}

impl Own {
    /// Adds a kind.
    pub fn add(&mut self, kinds: Kinds, pattern: Pattern) {
        let bit = 1u64 << self.kinds.len();
        self.begin.resize(128, 0);
        for (c, patterns) in ('\0'..).zip(&mut self.begin) {
            *patterns |= if pattern.begins_with(c) { bit } else { 0 };
        }
        self.kinds.push((kinds, pattern));
    }

    /// All of the kinds.
    pub fn kinds(&self) -> Kinds {
        self.kinds.iter().map(|(kinds, _)| *kinds).collect()
    }

    pub(super) fn get(&self, number: usize) -> Option<&(Kinds, Pattern)> {
        self.kinds.get(number)
    }

    /// The patterns of some kinds, a bit for each.
    pub(super) fn of(&self, wanted: Kinds) -> u64 {
        let patterns = self.kinds.iter().enumerate().filter(|(_, (kinds, _))| kinds.meets(wanted));
        patterns.fold(0, |bits, (number, _)| bits | 1 << number)
    }

    /// The next place from another on where some patterns can begin, which, and from where to seek the one after it.
    pub(super) fn next(&self, patterns: u64, text: &str, mut from: usize) -> Option<(usize, u64, usize)> {
        let bytes = text.as_bytes();
        loop {
            let byte = *bytes.get(from)?;
            #[cfg(any(test, fuzzing))]
            super::steps::count();
            let (c, len) = match byte {
                b'%' | b'&' | 0x80.. => match unit::next(text, from) {
                    Next::Unit(unit) => (unit.c, unit.len()),
                    // What the end cuts off is read as what it is until more comes.
                    Next::Cut | Next::End => {
                        let c = text.get(from..)?.chars().next()?;
                        (c, c.len_utf8())
                    }
                },
                plain => (char::from(plain), 1),
            };
            match self.begin(c) & patterns {
                0 => from += len,
                found => return Some((from, found, from + len)),
            }
        }
    }

    /// Which patterns can begin with a character, a bit for each.
    fn begin(&self, c: char) -> u64 {
        if let Some(patterns) = self.begin.get(c as usize) {
            return *patterns;
        }
        let begin = self.kinds.iter().enumerate().filter(|(_, (_, pattern))| pattern.begins_with(c));
        begin.fold(0, |bits, (number, _)| bits | 1 << number)
    }
}
