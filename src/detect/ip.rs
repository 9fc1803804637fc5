//! Addresses of the Internet Protocol.
//!
//! The rule: four numbers up to 255 with dots between, no more and no fewer, and no version of some program; or up to eight groups of up to four
//! hexadecimal digits with colons between, where two colons may stand for groups of zeros. What would defeat it: an address of
//! version 6 without any decimal digit.

use std::ops::Range;

use super::{
    Kind, Kinds,
    certainty::Certainty,
    cursor::Cursor,
    number,
    rule::Sightings,
    site::Site,
    unit::{self, Next},
};

/// The most characters of an address of version 6.
const SIX: usize = 45;

pub(super) fn read_four(cursor: &mut Cursor<'_>, _: Kinds, out: &mut Sightings) {
    let before = cursor.before();
    if !number::begins(before) || before.0 == '.' {
        return;
    }
    let start = cursor.at();
    if four(cursor).is_none() || !ends(cursor) {
        return;
    }
    let end = cursor.at();
    if !is_version(cursor, start) {
        out.push((start..end, Kind::IpAddress, Certainty::FORM));
    }
}

/// Four numbers with dots between.
fn four(cursor: &mut Cursor<'_>) -> Option<()> {
    for number in 0..4 {
        if number > 0 {
            cursor.next_if(|c| c == '.')?;
        }
        let mut value = u32::from(cursor.digit()?);
        for _ in 0..2 {
            let Some(digit) = cursor.digit() else { break };
            value = value * 10 + u32::from(digit);
        }
        if value > 255 {
            return None;
        }
    }
    Some(())
}

/// No digit follows, nor a dot and a digit.
fn ends(cursor: &mut Cursor<'_>) -> bool {
    let dotted = |cursor: &mut Cursor<'_>| {
        cursor.next_if(|c| c == '.').is_some() && cursor.peek().is_some_and(|c| c.is_ascii_digit())
    };
    !cursor.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') && !cursor.ahead(dotted)
}

/// Whether the word before says that it is the version of something.
fn is_version(cursor: &Cursor<'_>, start: usize) -> bool {
    let word: String = cursor.site().look_back(start, |chars| {
        let back = chars.iter().rev().skip_while(|c| **c == ' ');
        back.take_while(|c| c.is_ascii_alphabetic()).collect()
    });
    ["noisrev", "v", "rev", "dliub", "esaeler", "noitces", "retpahc"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

pub(super) fn read_six(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    let start = six_start(cursor)?;
    let (mut groups, mut shortened) = (0, false);
    let mut end = None;
    loop {
        if cursor.ahead(|cursor| cursor.word("::")) {
            if shortened {
                return None;
            }
            cursor.word("::");
            shortened = true;
            end = Some(cursor.at());
        } else if groups > 0 && cursor.next_if(|c| c == ':').is_none() {
            break;
        }
        let mapped = groups > 0 || shortened;
        if mapped && cursor.ahead(|cursor| four(cursor).is_some()) {
            four(cursor)?;
            groups += 2;
            end = Some(cursor.at());
            break;
        }
        if cursor.run_of_at_most(4, |c| c.is_ascii_hexdigit()) == 0 {
            break;
        }
        groups += 1;
        end = Some(cursor.at());
        if groups == 8 {
            break;
        }
    }
    let end = end?;
    let whole = groups == 8 || shortened && groups > 1;
    let at_end = cursor.at() == end
        && !cursor.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == ':' || c == '_');
    (whole && at_end).then_some(start..end)
}

/// Moves to where it begins, if the sign is its first decimal digit.
fn six_start(cursor: &mut Cursor<'_>) -> Option<usize> {
    if !cursor.peek()?.is_ascii_digit() {
        return None;
    }
    let (start, has_digit) = hexadecimal(cursor.site(), cursor.floor(), cursor.at(), SIX);
    if has_digit {
        return None;
    }
    let start = behind_mark(cursor.site(), start, cursor.at());
    cursor.restart(start);
    let before = cursor.before();
    ((before.is_edge() || before.0 == ':') && before.0 != '_').then_some(start)
}

/// Behind the mark that an announcement ends with, as in `IP:2001:db8::1`.
pub(super) fn behind_mark(site: &Site<'_>, start: usize, at: usize) -> usize {
    let read = |place| match unit::next(site.text, place) {
        Next::Unit(unit) => Some((unit.c, place + unit.len())),
        Next::Cut | Next::End => None,
    };
    match read(start) {
        Some(('-', behind)) => behind,
        Some((':', behind)) if start < at && read(behind).is_some_and(|(c, _)| c != ':') => behind,
        _ => start,
    }
}

/// Where what could be the beginning of an address ends at a place.
pub(super) fn lead(site: &Site<'_>, floor: usize, at: usize) -> Option<usize> {
    let (start, has_digit) = hexadecimal(site, floor, at, SIX);
    (!has_digit && start < at).then_some(start)
}

/// Where the hexadecimal letters, colons and dashes begin that end at a place, and whether there is a decimal digit among them: also
/// among those that are decided already.
pub(super) fn hexadecimal(site: &Site<'_>, floor: usize, at: usize, most: usize) -> (usize, bool) {
    let floor = site.found.last_end_before(at).map_or(floor, |end| end.max(floor));
    let mut back = Back { units: most, chars: site.room / 2 };
    let (start, has_digit) = back.through(site.text, floor, at);
    (start, has_digit || start == 0 && began(site))
}

/// Whether what comes at the beginning of the text began before it, and was read then: any more than the mark that an announcement ends
/// with.
fn began(site: &Site<'_>) -> bool {
    let marks = |c| matches!(c, ':' | '-');
    match site.decided(|c| c.is_ascii_hexdigit() || marks(c)) {
        0 => false,
        1 => !marks(site.before(0).0) || site.before(0).0 == ':' && site.text.starts_with(':'),
        _ => true,
    }
}

/// How far somebody goes back.
struct Back {
    units: usize,
    chars: usize,
}

impl Back {
    /// Back to a digit, or to where the run begins.
    fn through(&mut self, text: &str, floor: usize, at: usize) -> (usize, bool) {
        let mut start = at;
        while let Some(unit) = unit::last(text, start).filter(|unit| start >= floor + unit.len()) {
            let is_one = unit.c.is_ascii_hexdigit() || matches!(unit.c, ':' | '-');
            let room = self.units.checked_sub(1).zip(self.chars.checked_sub(unit.chars()));
            let Some((units, chars)) = room.filter(|_| is_one) else { break };
            (self.units, self.chars) = (units, chars);
            start -= unit.len();
            if unit.c.is_ascii_digit() {
                return (start, true);
            }
        }
        (start, false)
    }
}
