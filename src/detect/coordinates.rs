//! Places on earth.
//!
//! The rule: a latitude and a longitude in degrees with three decimals or more, a comma or space between; or in degrees, minutes and seconds
//! with the letters of the directions. What would defeat it: fewer decimals, which is a place as large as a town.

use std::ops::Range;

use super::{cursor::Cursor, number, number::Gap, site::Site, unit};

/// The fewest decimals that count.
const DECIMALS: usize = 3;

pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    if !cursor.peek()?.is_ascii_digit() {
        return None;
    }
    let start = lead(cursor.site(), cursor.floor(), cursor.at()).unwrap_or(cursor.at());
    // Where its minus is decided already, nothing began with it.
    let is_late = start == cursor.at() && is_minus(cursor.before().0);
    cursor.restart(start);
    if is_late || !number::begins(cursor.before()) {
        return None;
    }
    let latitude = degrees(cursor, 90, ['N', 'S'])?;
    let between =
        cursor.run_of_at_most(3, |c| matches!(c, ',' | ';' | '/') || Gap::of(c) == Some(Gap::Space));
    let longitude = if between > 0 { degrees(cursor, 180, ['E', 'W']) } else { None }?;
    let ends = !cursor.peek().is_some_and(|c| c.is_alphanumeric());
    (ends && latitude == longitude).then(|| start..cursor.at())
}

/// Where a minus stands before a number that comes at a place.
pub(super) fn lead(site: &Site<'_>, floor: usize, at: usize) -> Option<usize> {
    let before = unit::last(site.text, at).filter(|unit| is_minus(unit.c))?;
    at.checked_sub(before.len()).filter(|start| *start >= floor)
}

fn is_minus(c: char) -> bool {
    matches!(c, '-' | '\u{2212}')
}

/// How degrees are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Decimal,
    Minutes,
}

fn degrees(cursor: &mut Cursor<'_>, most: u32, directions: [char; 2]) -> Option<Style> {
    cursor.next_if(|c| is_minus(c) || c == '+');
    let whole = small(cursor)?;
    if whole > most {
        return None;
    }
    let decimals = if cursor.next_if(|c| c == '.').is_some() {
        cursor.run_of_at_most(15, |c| c.is_ascii_digit())
    } else {
        0
    };
    let marked = cursor.next_if(|c| matches!(c, '°' | 'º')).is_some();
    if decimals >= DECIMALS {
        let here = cursor.at();
        cursor.next_if(|c| c == ' ');
        if cursor.next_if(|c| directions.contains(&c.to_ascii_uppercase())).is_none() {
            cursor.back_to(here);
        }
        return Some(Style::Decimal);
    }
    if !marked {
        return None;
    }
    cursor.next_if(|c| c == ' ');
    small(cursor).filter(|minutes| *minutes < 60)?;
    decimal(cursor);
    cursor.run_of_at_most(2, |c| matches!(c, '\'' | '′' | '’' | ' '));
    if small(cursor).is_some() {
        decimal(cursor);
        cursor.run_of_at_most(2, |c| matches!(c, '"' | '″' | '”' | '\''));
    }
    cursor.next_if(|c| c == ' ');
    cursor.next_if(|c| directions.contains(&c.to_ascii_uppercase()))?;
    Some(Style::Minutes)
}

fn decimal(cursor: &mut Cursor<'_>) {
    if cursor.next_if(|c| c == '.').is_some() {
        cursor.run_of_at_most(6, |c| c.is_ascii_digit());
    }
}

/// A number of up to three digits.
fn small(cursor: &mut Cursor<'_>) -> Option<u32> {
    let mut value = u32::from(cursor.digit()?);
    for _ in 0..2 {
        let Some(digit) = cursor.digit() else { break };
        value = value * 10 + u32::from(digit);
    }
    Some(value)
}
