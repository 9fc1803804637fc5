//! Telephone numbers of all countries.
//!
//! The rule: behind `+`, or `00`, a country's code and a number that its plan has; or without, where the code is a group of its own and others
//! follow. Otherwise the number as it is dialled within some country:
//! with the prefix for long distances and in groups, or with an area in parentheses, or with a word beside it that says what it is.
//! Digits in one run without any of these are too many other things. What would defeat it: a number in groups that goes on with
//! digits that belong to something else; then the longest that some plan has is taken.

mod dialled;
pub(super) mod plans;

use super::{
    Kind, Kinds,
    certainty::Certainty,
    context,
    cursor::Cursor,
    number::{self, Gap},
    rule::Sightings,
};
use dialled::{Dialled, Group};

/// Up to so many digits are a number only where the nearest words say so.
const SHORT: usize = 5;

/// At home a number has at least so many digits.
const SHORT_AT_HOME: usize = 7;

/// A number with its country's code has at least so many digits where nothing says that this is one.
const UNMARKED: usize = 10;

/// How a link begins.
const LINK: &str = "tel:";

/// By which it is known.
pub(super) const WORDS: &[&str] = &[LINK];

/// Makes the table, so that nothing need be made while a text is looked through.
pub(super) fn prepare() {
    plans::prepare();
}

pub(super) fn read(cursor: &mut Cursor<'_>, _: Kinds, out: &mut Sightings) {
    let has_mark = matches!(cursor.peek(), Some('+' | '('));
    if !has_mark && !number::begins(cursor.before()) || has_mark && !begins_with_mark(cursor) {
        return;
    }
    let start = cursor.start();
    let before = cursor.before();
    // Digits just before may belong to the same number, which is another.
    let apart = !(before.1.is_ascii_digit() && Gap::of(before.0).is_some());
    let mut dialled = Dialled::default();
    dialled.read(cursor);
    if let Some((end, certainty)) = international(&dialled, apart)
        .or_else(|| national(cursor, &dialled, start, apart))
        .or_else(|| unmarked(cursor, &dialled, start, apart))
    {
        let end = extension(cursor, &dialled, end);
        out.push((start..end, Kind::Phone, certainty));
    }
}

/// As a link (RFC 3966): `tel:+49-30-123456`.
pub(super) fn read_link(cursor: &mut Cursor<'_>, _: Kinds, out: &mut Sightings) {
    if !cursor.before().is_edge() {
        return;
    }
    let start = cursor.at();
    for _ in LINK.chars() {
        cursor.next_if(|_| true);
    }
    let at = cursor.at();
    let mut dialled = Dialled::default();
    dialled.read(cursor);
    if let Some((end, certainty)) =
        international(&dialled, true).or_else(|| national(cursor, &dialled, at, true))
    {
        out.push((start..extension(cursor, &dialled, end), Kind::Phone, certainty));
    }
}

/// A mark within a word or a formula begins no number.
fn begins_with_mark(cursor: &Cursor<'_>) -> bool {
    let before = cursor.before();
    before.is_edge() && before.0 != '+'
}

/// The longest number behind a country's code that its plan has; or else, behind a plus sign, the longest that is none too long.
fn international(dialled: &Dialled, apart: bool) -> Option<(usize, Certainty)> {
    let (skipped, plus) = dialled.country_at().filter(|(_, plus)| *plus || apart)?;
    let mut loose = None;
    for group in dialled.groups.iter().rev().filter(|group| group.ends) {
        let digits = dialled.digits.get(skipped..group.digits).unwrap_or_default();
        let Some((plan, national)) = plans::of_country(digits) else { continue };
        let trunk = dialled.without_trunk(national, group, plan);
        if plan.has(&trunk) || plan.has(national) {
            return Some((group.end, if plus { Certainty::FORM } else { Certainty::PATTERN }));
        }
        if plan.may_have(trunk.len()) && plus {
            loose = loose.or(Some((group.end, Certainty::PATTERN)));
        }
    }
    let any =
        || dialled.groups.iter().rev().find(|group| group.ends && (9..=15 + skipped).contains(&group.digits));
    loose.or_else(|| if plus { any().map(|group| (group.end, Certainty::PATTERN)) } else { None })
}

/// Behind a country's code, with nothing that says that it is one: in groups, of which it is the first.
fn unmarked(
    cursor: &mut Cursor<'_>,
    dialled: &Dialled,
    start: usize,
    apart: bool,
) -> Option<(usize, Certainty)> {
    let first = dialled.groups.first().filter(|first| (1..=3).contains(&first.digits))?;
    let is_one = |group: &&Group| {
        let digits = dialled.digits.get(..group.digits).unwrap_or_default();
        let (Some((plan, national)), true) = (plans::of_country(digits), digits.len() >= UNMARKED) else {
            return false;
        };
        first.digits + national.len() == digits.len() && plan.has(national)
    };
    let mut ending = dialled.groups.iter().rev().filter(|group| group.ends && group.number >= 3);
    let group = ending.find(is_one).filter(|_| apart && !dialled.begins_as_date())?;
    let said = context::before(cursor, start);
    let may_be = said.is_nothing() || said.all.contains(Kind::Phone);
    may_be.then_some((group.end, Certainty::PATTERN))
}

/// As it is dialled within some country.
fn national(
    cursor: &mut Cursor<'_>,
    dialled: &Dialled,
    start: usize,
    is_free: bool,
) -> Option<(usize, Certainty)> {
    let candidates =
        || dialled.groups.iter().rev().filter(|group| group.ends && (5..=14).contains(&group.digits));
    let digits = |group: &Group| dialled.digits.get(..group.digits).unwrap_or_default();
    if candidates().next().is_none() || dialled.is_date() {
        return None;
    }
    let distant = |group: &&Group| {
        let all = digits(group);
        let zero = dialled.groups.first().is_some_and(|first| first.digits > 1)
            && all.starts_with(b"0")
            && (9..=12).contains(&all.len())
            && dialled.is_even(group);
        let area = dialled.has_area && (8..=11).contains(&all.len())
            || dialled.has_area_behind_trunk && (9..=12).contains(&all.len());
        let apart = group.number >= 3 || group.number == 2 && all.len() >= 10;
        (zero && apart && is_free && !dialled.is_like_ssn() || area) && plans::is_dialled_somewhere(all)
    };
    if let Some(group) = candidates().find(distant) {
        let is_announced = context::before(cursor, start).all.contains(Kind::Phone);
        return Some((group.end, if is_announced { Certainty::CONTEXT } else { Certainty::PATTERN }));
    }
    let said = context::before(cursor, start);
    let codes = cursor.site().tuning.regions.codes();
    let may_be_at_home = !codes.is_empty() && !said.is_other();
    if !(may_be_at_home || said.is_nothing() || said.all.contains(Kind::Phone)) {
        return None;
    }
    let valid = candidates().find(|group| plans::is_dialled_somewhere(digits(group)));
    let group = valid
        .or_else(|| candidates().find(|group| dialled.is_grouped() || (7..=12).contains(&group.digits)))?;
    if cursor.site().text.get(start..group.end).is_some_and(is_decimal) {
        return None;
    }
    let words = if group.digits <= SHORT { said.near } else { said.all };
    let announced = words.contains(Kind::Phone) || said.is_nothing() && follows(cursor, group.end);
    if announced {
        return Some((group.end, Certainty::CONTEXT));
    }
    let is_at_home =
        |group: &&Group| group.digits >= SHORT_AT_HOME && plans::is_dialled_in(codes, digits(group));
    let at_home = if may_be_at_home { candidates().find(is_at_home) } else { None };
    at_home.map(|group| (group.end, Certainty::PATTERN))
}

/// An amount: `1234.56`.
fn is_decimal(text: &str) -> bool {
    let mut parts = text.split(['.', ',']);
    let (_, decimals, more) = (parts.next(), parts.next(), parts.next());
    more.is_none() && decimals.is_some_and(|decimals| decimals.len() <= 2)
}

/// Whether the word that follows a number says what it is.
fn follows(cursor: &mut Cursor<'_>, end: usize) -> bool {
    let here = cursor.at();
    if here < end {
        return false;
    }
    cursor.back_to(end);
    let mut word = || context::after(cursor).contains(Kind::Phone);
    let says = word();
    says || {
        let extended = step_extension(cursor);
        extended && context::after(cursor).contains(Kind::Phone)
    }
}

/// Where the number ends with its extension, if there is one.
fn extension(cursor: &mut Cursor<'_>, dialled: &Dialled, end: usize) -> usize {
    if dialled.groups.last().is_none_or(|last| last.end != end) || cursor.at() < end {
        return end;
    }
    cursor.back_to(end);
    if step_extension(cursor) { cursor.at() } else { end }
}

/// Steps over an extension: `x515`, `ext. 12`.
fn step_extension(cursor: &mut Cursor<'_>) -> bool {
    let here = cursor.at();
    cursor.next_if(|c| Gap::of(c) == Some(Gap::Space));
    let marked = cursor.next_if(|c| matches!(c, 'x' | 'X' | '#')).is_some() || {
        cursor.next_if(|c| matches!(c, 'e' | 'E')).is_some() && {
            cursor.next_if(|c| matches!(c, 'x' | 'X'));
            cursor.next_if(|c| matches!(c, 't' | 'T'));
            cursor.next_if(|c| c == '.');
            cursor.next_if(|c| c == ' ');
            true
        }
    };
    let found = marked && cursor.run_of_at_most(7, |c| c.is_ascii_digit()) > 0;
    if !found {
        cursor.back_to(here);
    }
    found
}
