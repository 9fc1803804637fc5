//! Tokens that stand for a value (`pseudonym.rs`): what they are made of is nobody's data, whatever it looks like.
//!
//! The rule: `psn-`, words for the kind, and a long run of letters and the digits of base 32; or a kind and a number in brackets; nothing within it is found by chance. What
//! goes beyond it, such as a link that it stands in, is found as it is. What would defeat it: something personal that somebody
//! writes as a token on purpose; it is as hidden in any other code.

use std::ops::Range;

use smallvec::SmallVec;

use super::{Kind, cursor::Cursor};

/// By which they begin.
pub(super) const WORDS: &[&str] = &["psn-", "["];

/// The longest word for a kind, and how many there may be.
const WORD: usize = 20;
const PARTS: usize = 5;

/// The word for what somebody typed that looks like a brief one, and the longest number of one.
const TYPED: &str = "text";
const NUMBER: usize = 9;

/// The fewest and the most characters of what follows them.
const SHORTEST: usize = 26;
const LONGEST: usize = 176;

pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    match cursor.peek() {
        Some('[') => brief(cursor)?,
        _ => step(cursor, LONGEST)?,
    }
    Some(cursor.start()..cursor.at())
}

/// Steps over a brief one: a kind and a number in brackets.
fn brief(cursor: &mut Cursor<'_>) -> Option<()> {
    cursor.next_if(|c| c == '[')?;
    let mut word = SmallVec::<[u8; 32]>::new();
    while word.len() < 32
        && let Some(c) = cursor.next_if(|c| c.is_ascii_alphabetic() || c == '-')
    {
        word.push(c.to_ascii_lowercase() as u8);
    }
    let kind = std::str::from_utf8(&word).ok()?.strip_suffix('-')?;
    let is_known = kind == TYPED || Kind::from_word(kind).is_some();
    let digits = cursor.run_of_at_most(NUMBER, |c| c.is_ascii_digit());
    (is_known && digits > 0).then_some(())?;
    cursor.next_if(|c| c == ']').map(|_| ())
}

/// Whether one comes; no more is looked at than is needed to tell.
pub(super) fn comes(cursor: &mut Cursor<'_>) -> bool {
    cursor.ahead(|cursor| step(cursor, SHORTEST)).is_some()
}

/// Steps over one, and no farther than so many characters of its code.
fn step(cursor: &mut Cursor<'_>, most: usize) -> Option<()> {
    for letter in ['p', 's', 'n'] {
        cursor.next_if(|c| c.eq_ignore_ascii_case(&letter))?;
    }
    for _ in 0..PARTS {
        cursor.next_if(|c| c == '-')?;
        let length = cursor.run_of_at_most(most, goes_on);
        if length >= SHORTEST {
            return Some(());
        }
        if !(1..=WORD).contains(&length) {
            return None;
        }
    }
    None
}

/// What the code consists of.
pub(super) fn goes_on(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '2'..='7')
}
