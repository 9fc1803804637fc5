//! Addresses of network cards: six pairs of hexadecimal digits, with colons or dashes between; or three groups of four with dots.
//!
//! What would defeat it: an address without any decimal digit.

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
    ends.then(|| begun..cursor.at())
}

/// Where what could be the beginning of an address ends at a place.
pub(super) fn lead(site: &Site<'_>, floor: usize, at: usize) -> Option<usize> {
    let (start, has_digit) = ip::hexadecimal(site, floor, at, LONGEST);
    (!has_digit && start < at).then_some(start)
}
