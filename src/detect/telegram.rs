//! Tokens of Telegram's bots.
//!
//! The rule: the number of the bot, a colon and 35 letters, digits, dashes and underscores, of which the first two are `AA`. What would
//! defeat it: a token in parts.

use std::ops::Range;

use super::{cursor::Cursor, number};

/// How many digits the number has.
const DIGITS: std::ops::RangeInclusive<usize> = 8..=10;

/// How many characters follow the colon.
const SECRET: usize = 35;

pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    if !number::begins(cursor.before())
        || !DIGITS.contains(&cursor.run_of_at_most(11, |c| c.is_ascii_digit()))
    {
        return None;
    }
    if !cursor.word(":AA") {
        return None;
    }
    let is_one = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let length = 2 + cursor.run_of_at_most(SECRET, is_one);
    (length == SECRET).then(|| cursor.start()..cursor.at())
}
