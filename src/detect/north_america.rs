//! Telephone numbers of the North American Numbering Plan.
//!
//! The rule: an area code and an exchange begin with 2 to 9; `+1` or `1` may stand before, and an extension behind. A number whose
//! groups are apart needs no more. Ten bare digits are many things, so there the plan's reserved codes (`N11`, areas `N9X`) are
//! none, nor what the words before say is something else.

use std::ops::Range;

use super::{
    context,
    cursor::Cursor,
    number::{self, Gap},
};

pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    let has_mark = matches!(cursor.peek(), Some('+' | '('));
    if !has_mark && !number::begins(cursor.before()) {
        return None;
    }
    let country_apart = country(cursor)?;
    let (area, area_apart) = area(cursor)?;
    let exchange = three(cursor)?;
    let line_apart = between(cursor);
    cursor.digits(4)?;
    let apart = country_apart || area_apart;
    let ends = match (apart, line_apart) {
        (true, true | false) => ends_or_has_extension(cursor),
        (false, true) => false,
        (false, false) => {
            let is_other = || context::before(cursor, cursor.start()).is_other();
            !is_reserved(area, exchange) && !is_other() && number::run_ends(cursor)
        }
    };
    ends.then(|| cursor.start()..cursor.at())
}

/// Steps over the country's code, if it is there, and says whether it stands apart.
fn country(cursor: &mut Cursor<'_>) -> Option<bool> {
    let plus = cursor.next_if(|c| c == '+').is_some();
    match cursor.next_if(|c| c == '1') {
        None => (!plus).then_some(false),
        Some(_) => Some(between(cursor)),
    }
}

/// The area code, with parentheses or without, and whether it stands apart from what follows.
fn area(cursor: &mut Cursor<'_>) -> Option<(u32, bool)> {
    let opened = cursor.next_if(|c| c == '(').is_some();
    let area = three(cursor)?;
    if opened {
        cursor.next_if(|c| c == ')')?;
    }
    let gap = between(cursor);
    Some((area, opened || gap))
}

/// Three digits of which the first is none of 0 and 1.
fn three(cursor: &mut Cursor<'_>) -> Option<u32> {
    cursor.peek().filter(|c| matches!(c, '2'..='9'))?;
    cursor.digits(3)
}

/// Steps over what stands between two groups: a gap or a slash, perhaps with a space on each side.
fn between(cursor: &mut Cursor<'_>) -> bool {
    let spaced = cursor.next_if(|c| Gap::of(c) == Some(Gap::Space)).is_some();
    let marked = cursor.next_if(|c| c == '/' || matches!(Gap::of(c), Some(Gap::Dash | Gap::Dot))).is_some();
    if marked {
        cursor.next_if(|c| c == ' ');
    }
    spaced || marked
}

/// Steps over an extension (`x515`), if there is one; says whether the number can end before it.
fn ends_or_has_extension(cursor: &mut Cursor<'_>) -> bool {
    if !number::group_ends(cursor) {
        return false;
    }
    let extended = cursor
        .ahead(|cursor| cursor.next_if(|c| matches!(c, 'x' | 'X')).is_some() && cursor.digit().is_some());
    if extended {
        cursor.next_if(|_| true);
        cursor.run(|c| c.is_ascii_digit());
    }
    true
}

/// Codes that nobody is given.
fn is_reserved(area: u32, exchange: u32) -> bool {
    let service = |code: u32| code % 100 == 11;
    service(area) || service(exchange) || area / 10 % 10 == 9
}
