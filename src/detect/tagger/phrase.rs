//! Phrases by which an address begins though no word of them looks like one: a corner of two streets, a ship that mail is sent to.
//!
//! The rule: a phrase is known by its words alone, and no more than [`WORDS`] of them are read. What would defeat it: another
//! language's phrases, which are not listed.

use super::{
    hash,
    word::{Shape, Word},
};

/// How many words are read to know a phrase.
pub(super) const WORDS: usize = 4;

const THE: u32 = id("the");
const CORNER: u32 = id("corner");
const OF: u32 = id("of");

/// How the names of ships begin that have a post office of the military.
const SHIPS: [u32; 4] = [id("uss"), id("usns"), id("usnv"), id("uscgc")];

/// What mail to the military is addressed to.
const OFFICES: [u32; 3] = [id("fpo"), id("apo"), id("dpo")];

/// What there is at a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phrase {
    None,
    /// It depends on the word behind the last one that is known.
    Unseen,
    /// One of so many words.
    Of(usize),
}

/// What begins with the first of some words, all that are known of the next ones; `all` says that no more come.
pub(super) fn read(words: &[Word], all: bool) -> Phrase {
    let Some((first, rest)) = words.split_first() else { return Phrase::None };
    let unseen = if all { Phrase::None } else { Phrase::Unseen };
    match (first.id, rest) {
        (THE, []) => unseen,
        (THE, [second, rest @ ..]) if second.id == CORNER => corner(rest, 3, unseen),
        (CORNER, rest) => corner(rest, 2, unseen),
        (ship, rest) if first.shape == Shape::Capitals && SHIPS.contains(&ship) => match rest {
            [_, office, ..] if OFFICES.contains(&office.id) => Phrase::Of(2),
            [_, _, ..] => Phrase::None,
            _ => unseen,
        },
        _ => Phrase::None,
    }
}

/// A corner is one of something with a name or a number: this is what comes behind it, and how many words lead there.
fn corner(behind: &[Word], words: usize, unseen: Phrase) -> Phrase {
    match behind {
        [] => unseen,
        [of, ..] if of.id != OF => Phrase::None,
        [_] => unseen,
        [_, name, ..] if matches!(name.shape, Shape::Small | Shape::Mark) => Phrase::None,
        [_, _, ..] => Phrase::Of(words),
    }
}

/// What a word of small letters is called.
const fn id(word: &str) -> u32 {
    let mut bytes = word.as_bytes();
    let mut id = hash::START;
    while let [first, rest @ ..] = bytes {
        id = hash::step(id, *first as char);
        bytes = rest;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_called_as_they_are_elsewhere() {
        assert_eq!([THE, CORNER, OF], ["The", "corner", "of"].map(super::super::word::id));
    }
}
