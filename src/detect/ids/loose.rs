//! Numbers that each country, state or hospital makes in its own way: only a word beside them tells them.

use smallvec::SmallVec;

use super::super::{Kind, Kinds, certainty::Certainty, cursor::Cursor, rule::Sightings};
use super::{
    Announced,
    run::{Part, Run},
};

/// How long one is, and how many digits it has at least.
struct Loose(Kind, std::ops::RangeInclusive<usize>, usize);

const FORMS: &[Loose] = &[
    Loose(Kind::Passport, 6..=9, 5),
    Loose(Kind::DriverLicense, 5..=18, 4),
    Loose(Kind::HealthRecord, 5..=14, 4),
    Loose(Kind::VehiclePlate, 4..=9, 1),
    Loose(Kind::CoCedula, 6..=10, 6),
    Loose(Kind::ArDni, 7..=8, 7),
];

/// The longest part of the run that fits, where a word says what it is.
pub(super) fn read(
    cursor: &mut Cursor<'_>,
    run: &Run,
    wanted: Kinds,
    announced: &mut Announced,
    start: usize,
    out: &mut Sightings,
) {
    let all: Kinds = FORMS.iter().map(|Loose(kind, ..)| *kind).collect();
    if !announced.may_be(cursor, start, wanted.intersection(all)) {
        return;
    }
    let mut parts: Option<SmallVec<[Plain; 8]>> = None;
    for Loose(kind, length, digits) in FORMS {
        if !wanted.contains(*kind) || !announced.may_be(cursor, start, (*kind).into()) {
            continue;
        }
        let fits = |part: &&Plain| {
            let all = !matches!(kind, Kind::CoCedula | Kind::ArDni) || part.digits == part.length;
            length.contains(&part.length) && part.digits >= *digits && all
        };
        let parts = parts.get_or_insert_with(|| run.parts().filter_map(Plain::of).collect());
        let is_announced = |announced: &mut Announced, cursor: &mut Cursor<'_>| match kind {
            Kind::Passport => announced.by(cursor, start, *kind, false),
            _ => announced.nearly_by(cursor, start, *kind),
        };
        if let Some(part) = parts.iter().find(fits)
            && is_announced(announced, cursor)
        {
            out.push((start..part.end, *kind, Certainty::CONTEXT));
        }
    }
}

/// What counts of a part that is no word.
struct Plain {
    length: usize,
    digits: usize,
    end: usize,
}

impl Plain {
    fn of(part: Part<'_>) -> Option<Self> {
        let digits = part.compact.iter().filter(|byte| byte.is_ascii_digit()).count();
        let is_one = has_no_word(part.written) && !is_date(part.written);
        is_one.then_some(Self { length: part.compact.len(), digits, end: part.end })
    }
}

/// Whether it is written as a date: a year, and one or two groups of one or two digits or a month's name.
fn is_date(written: &[u8]) -> bool {
    let is_year = |group: &[u8]| {
        matches!(group, [b'1', b'9', _, _] | [b'2', b'0', _, _]) && group.iter().all(u8::is_ascii_digit)
    };
    let is_part = |group: &[u8]| match group.len() {
        1 | 2 => group.iter().all(u8::is_ascii_digit),
        3 => group.iter().all(u8::is_ascii_alphabetic),
        _ => false,
    };
    let groups: SmallVec<[&[u8]; 4]> = written.split(|byte| !byte.is_ascii_alphanumeric()).take(4).collect();
    match groups.as_slice() {
        [day, year] => is_part(day) && is_year(year),
        [first, part, last] => {
            is_part(part) && (is_year(first) && is_part(last) || is_part(first) && is_year(last))
        }
        _ => false,
    }
}

/// Whether each group has a digit, or so few letters that it is no word.
fn has_no_word(written: &[u8]) -> bool {
    let mut groups = written.split(|byte| !byte.is_ascii_alphanumeric());
    groups.all(|group| group.len() <= 3 || group.iter().any(u8::is_ascii_digit))
}
