//! Codes of banks (ISO 9362).
//!
//! The rule: four letters of the bank, two of the country, two characters of the place and perhaps three of the branch, in capitals and within a
//! few words of a label. What would defeat it: one that stands alone, or before its label.

use std::ops::Range;

use smallvec::SmallVec;

use super::cursor::Cursor;

/// By which they are announced.
pub(super) const WORDS: &[&str] = &["bic", "swift"];

/// The longest label, and how many words may stand between it and the code, each of so many letters.
const LABEL: usize = 5;
const BETWEEN: usize = 4;
const WORD: usize = 6;

/// The countries that codes of banks name (ISO 3166-1; `XK` is Kosovo).
pub(super) const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ \
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE \
    GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP \
    KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF \
    NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN \
    SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT \
    ZA ZM ZW";

pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    if !cursor.before().is_edge() {
        return None;
    }
    cursor.run_of_at_most(LABEL, |c| c.is_ascii_alphabetic());
    let between = |c: char| matches!(c, ' ' | ':' | '/' | '-' | '=' | '(' | ')' | '#' | '.' | ',');
    for _ in 0..=BETWEEN {
        if cursor.run_of_at_most(3, between) == 0 {
            return None;
        }
        if let Some(found) = code(cursor) {
            return Some(found);
        }
        // Another word of the label: `SWIFT code`, `BIC is`.
        cursor.run_of_at_most(WORD, |c| c.is_ascii_alphabetic());
    }
    None
}

/// The code that comes here. Where none does, the cursor may have gone on by capitals.
fn code(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    let start = cursor.at();
    let mut letters = SmallVec::<[char; 6]>::new();
    while letters.len() < 6
        && let Some(c) = cursor.next_if(|c| c.is_ascii_uppercase())
    {
        letters.push(c);
    }
    let country = letters.get(4..6)?;
    let rest = cursor.run_of_at_most(6, |c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let is_known = COUNTRIES.split(' ').any(|known| known.chars().eq(country.iter().copied()));
    let ends = !cursor.peek().is_some_and(char::is_alphanumeric);
    (matches!(rest, 2 | 5) && is_known && ends).then(|| start..cursor.at())
}
