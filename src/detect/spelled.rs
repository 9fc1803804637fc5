//! E-mail addresses that somebody spelled out: `ada (at) example (dot) com`.
//!
//! The rule: `at` in brackets of some kind, or as a word of its own where a spelled dot follows; and names with dots, as they are or spelled.
//! What would defeat it: other words for them than these.

use std::ops::Range;

use super::{cursor::Cursor, email, site::Site};

/// What stands for the `@`.
pub(super) const WORDS: &[&str] = &["(at)", "[at]", "{at}", " at "];

/// With a space before.
const SPACED: [&str; 8] = ["(at)", "[at]", "{at}", " (at)", " [at]", " {at}", " at ", "  at "];

/// How many names a domain can have, and how long each can be.
const NAMES: usize = 6;
const NAME: usize = 63;

pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    let sign = cursor.at();
    let before = cursor.site().text.get(..sign).unwrap_or_default();
    let local_end = if before.ends_with(' ') { sign - 1 } else { sign };
    let start = email::local_start(cursor.site(), cursor.floor(), local_end)?;
    cursor.begin(start);
    let bare = at(cursor)?;
    let end = domain_end(cursor, bare)?;
    Some(start..end)
}

/// Where an address begins, if the rest of what stands for its `@` comes at a place.
pub(super) fn lead(site: &Site<'_>, floor: usize, at: usize) -> Option<usize> {
    let text = site.text.get(..at).unwrap_or_default();
    let begun = (0..=5).filter_map(|back| {
        let place = at.checked_sub(back)?;
        let end = text.get(place..)?;
        let is_begun = SPACED
            .iter()
            .any(|form| form.get(..end.len()).is_some_and(|form| form.eq_ignore_ascii_case(end)));
        if is_begun { email::local_start(site, floor.min(place), place) } else { None }
    });
    begun.min()
}

/// Steps over what stands for the `@`; says whether it has no brackets.
fn at(cursor: &mut Cursor<'_>) -> Option<bool> {
    let opened = cursor.next_if(|c| matches!(c, '(' | '[' | '{' | ' '))?;
    letters(cursor, "at").then_some(())?;
    cursor.next_if(|c| matches!(c, ')' | ']' | '}' | ' '))?;
    if opened != ' ' {
        cursor.next_if(|c| c == ' ');
    }
    Some(opened == ' ')
}

fn letters(cursor: &mut Cursor<'_>, word: &str) -> bool {
    word.chars().all(|wanted| cursor.next_if(|c| c.eq_ignore_ascii_case(&wanted)).is_some())
}

/// Where the domain ends. Without brackets about the `at`, a dot must be spelled.
fn domain_end(cursor: &mut Cursor<'_>, bare: bool) -> Option<usize> {
    let (mut end, mut spelled) = (None, false);
    for number in 0..NAMES {
        let mut only_letters = true;
        let length = cursor.run_of_at_most(NAME, |c| {
            let is_of_name = c.is_alphanumeric() || c == '-';
            only_letters &= !is_of_name || c.is_alphabetic();
            is_of_name
        });
        if length == 0 {
            break;
        }
        if number > 0 && only_letters && length >= 2 && (spelled || !bare) {
            end = Some(cursor.at());
        }
        match dot(cursor) {
            Some(is_spelled) => spelled |= is_spelled,
            None => break,
        }
    }
    end
}

/// Steps over a dot, and says whether it is spelled.
fn dot(cursor: &mut Cursor<'_>) -> Option<bool> {
    let here = cursor.at();
    if cursor.next_if(|c| c == '.').is_some() {
        return Some(false);
    }
    let spaced = cursor.next_if(|c| c == ' ').is_some();
    let opened = cursor.next_if(|c| matches!(c, '(' | '[' | '{')).is_some();
    let is_dot = (opened || spaced) && (letters(cursor, "dot") || cursor.next_if(|c| c == '.').is_some());
    let closes = |c| if opened { matches!(c, ')' | ']' | '}') } else { c == ' ' };
    if !is_dot || cursor.next_if(closes).is_none() {
        cursor.back_to(here);
        return None;
    }
    if opened {
        cursor.next_if(|c| c == ' ');
    }
    Some(true)
}
