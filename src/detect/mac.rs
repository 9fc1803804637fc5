//! Addresses of network cards.
//!
//! The rule: six pairs of hexadecimal digits, with colons or dashes between, or three groups of four with dots and some letter. What would defeat it: an address without any decimal digit, or without one in the first group of four.

use std::ops::Range;

use super::{cursor::Cursor, ip, site::Site};

/// The most characters.
const LONGEST: usize = 17;

pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    if !cursor.peek()?.is_ascii_digit() {
        return None;
    }
    let (start, has_digit) = ip::hexadecimal(cursor.site(), cursor.floor(), cursor.at(), LONGEST);
    if has_digit {
        return None;
    }
    let begun = ip::behind_mark(cursor.site(), start, cursor.at());
    cursor.restart(begun);
    let before = cursor.before();
    if !before.is_edge() || before.0 == '_' {
        return None;
    }
    (cursor.ahead(dotted).or_else(|| cursor.ahead(in_pairs))).map(|end| begun..end)
}

/// Three groups of four: `0123.4567.89ab`.
fn dotted(cursor: &mut Cursor<'_>) -> Option<usize> {
    let before = cursor.before();
    let mut has_letter = false;
    for group in 0..3 {
        if group > 0 {
            cursor.next_if(|c| c == '.')?;
        }
        for _ in 0..4 {
            has_letter |= cursor.next_if(|c| c.is_ascii_hexdigit())?.is_ascii_alphabetic();
        }
    }
    // Decimal digits in dotted groups are many other things.
    if !has_letter || before.0 == '.' && before.1.is_ascii_alphanumeric() {
        return None;
    }
    let goes_on = cursor.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
        || cursor.ahead(|cursor| {
            cursor.next_if(|c| c == '.').is_some() && cursor.peek().is_some_and(|c| c.is_ascii_alphanumeric())
        });
    (!goes_on).then(|| cursor.at())
}

/// Six pairs: `01:23:45:67:89:ab`, or with dashes.
fn in_pairs(cursor: &mut Cursor<'_>) -> Option<usize> {
    let (mut mark, mut pairs) = (None, 0);
    while pairs < 6 {
        if pairs > 0 {
            let found = cursor.next_if(|c| matches!(c, ':' | '-'))?;
            if *mark.get_or_insert(found) != found {
                return None;
            }
        }
        cursor.next_if(|c| c.is_ascii_hexdigit())?;
        cursor.next_if(|c| c.is_ascii_hexdigit())?;
        pairs += 1;
    }
    let ends = !cursor.peek().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-'));
    ends.then(|| cursor.at())
}

/// Where what could be the beginning of an address ends at a place.
pub(super) fn lead(site: &Site<'_>, floor: usize, at: usize) -> Option<usize> {
    let (start, has_digit) = ip::hexadecimal(site, floor, at, LONGEST);
    (!has_digit && start < at).then_some(start)
}
