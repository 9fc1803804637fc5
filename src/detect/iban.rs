//! International bank account numbers.
//!
//! The rule (ISO 13616): a country's two letters, two check digits, and as many letters and digits as the country has; the whole, with its
//! first four characters behind, leaves 1 when divided by 97. Written in one run, or in groups with single spaces or dashes between.

use std::ops::Range;

use super::{check, cursor::Cursor, fold::latin, ids, number::Gap, site::Site, unit};

/// How long the numbers of each country are (the SWIFT registry, release 99).
pub(super) const LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 \
    FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 \
    MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 \
    SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

/// The longest of them.
const LONGEST: usize = 34;

pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    let start = lead(cursor.site(), cursor.floor(), cursor.at())?;
    cursor.restart(start);
    if !cursor.before().is_edge() || cursor.before().0 == '_' {
        return None;
    }
    let mut number = [0; LONGEST];
    let length = fill(cursor, &mut number)?;
    let ends = !cursor.peek().is_some_and(ids::is_alphanumeric);
    let (head, rest) = number.get(..length)?.split_at_checked(4)?;
    let is_checked = check::mod_97(rest.iter().chain(head).copied()) == Some(1);
    (ends && is_checked).then(|| start..cursor.at())
}

/// Where one begins whose check digits come at a place.
pub(super) fn lead(site: &Site<'_>, floor: usize, at: usize) -> Option<usize> {
    let start = ids::lead(site, floor, at)?;
    let mut place = at;
    for _ in 0..2 {
        place -= unit::last(site.text, place).filter(|unit| place >= start + unit.len())?.len();
        if place == start {
            return Some(start);
        }
    }
    None
}

/// Reads as many characters as the country has, and says how many.
fn fill(cursor: &mut Cursor<'_>, number: &mut [u8; LONGEST]) -> Option<usize> {
    let mut length = LONGEST;
    for place in 0..LONGEST {
        if place == length {
            break;
        }
        if place > 3 {
            cursor.next_if(|c| matches!(Gap::of(c), Some(Gap::Space | Gap::Dash)));
        }
        let c = cursor
            .next_if(|c| if matches!(place, 2 | 3) { c.is_ascii_digit() } else { ids::is_alphanumeric(c) })?;
        *number.get_mut(place)? = latin(c).to_ascii_uppercase() as u8;
        if place == 1 {
            length = of_country(number.get(..2)?)?;
        }
    }
    Some(length)
}

fn of_country(country: &[u8]) -> Option<usize> {
    let mut countries = LENGTHS.split_ascii_whitespace().filter_map(|entry| entry.split_at_checked(2));
    countries.find(|(name, _)| name.as_bytes() == country)?.1.parse().ok()
}
