//! Social security numbers of the United States: three, two and four digits with dashes or spaces between.
//!
//! The rule: no number is issued with area 000 or 666, group 00 or serial 0000, and three are known from print. Areas from 900 on
//! were never issued either, but that is how taxpayers without a social security number are numbered (ITIN, ATIN), and how
//! somebody writes down one who mistypes; so they count. Nine digits in one run are too many other things.

use std::ops::Range;

use super::{
    Kind, Kinds,
    certainty::Certainty,
    cursor::Cursor,
    number::{self, Gap},
    rule::Sightings,
};

/// From a wallet, from a pamphlet, and those kept for advertisements.
fn is_from_print(area: u32, group: u32, serial: u32) -> bool {
    matches!((area, group, serial), (78, 5, 1120) | (219, 9, 9999) | (987, 65, 4320..=4329))
}

pub(super) fn read(cursor: &mut Cursor<'_>, wanted: Kinds, out: &mut Sightings) {
    let Some((at, is_itin)) = find(cursor) else { return };
    for (kind, is_one) in [(Kind::UsSsn, true), (Kind::UsItin, is_itin)] {
        if is_one && wanted.contains(kind) {
            out.push((at.clone(), kind, Certainty::FORM));
        }
    }
}

/// Where it is, and whether it is that of one without a social security number.
fn find(cursor: &mut Cursor<'_>) -> Option<(Range<usize>, bool)> {
    if !number::begins(cursor.before()) {
        return None;
    }
    let area = cursor.digits(3).filter(|area| *area != 0 && *area != 666)?;
    let gap = number::gap(cursor).filter(|gap| *gap != Gap::Dot)?;
    let group = cursor.digits(2).filter(|group| *group != 0)?;
    number::gap(cursor).filter(|second| *second == gap)?;
    let serial = cursor.digits(4).filter(|serial| *serial != 0)?;
    let whole = cursor.start()..cursor.at();
    let is_itin = area >= 900 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99);
    (!is_from_print(area, group, serial) && number::group_ends(cursor)).then_some((whole, is_itin))
}
