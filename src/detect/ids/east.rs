//! Numbers of Asia, Africa and Oceania.
//!
//! Sources: the issuers' own descriptions, as gathered by the OECD ("Tax identification numbers"); GB 11643 for China, ISO/IEC 7064 for its check.

use super::{
    super::{
        Kind,
        check::{is_at, is_day, is_repeated, luhn, number, verhoeff, weighted},
    },
    form::{Alone, Form},
};

pub(super) const FORMS: &[Form] = &[
    Form::checked(Kind::TrTckn, "ddddddddddd", Alone::Never, tckn),
    Form::checked(Kind::InAadhaar, "dddddddddddd", Alone::Written, aadhaar)
        .written(&["dddd dddd dddd", "dddd-dddd-dddd"]),
    Form::shaped(Kind::InPan, "LLLLLddddL", Alone::Always, |id| {
        id.get(3).is_some_and(|kind| b"ABCFGHJLPT".contains(kind))
    }),
    Form::checked(Kind::InGstin, "ddLLLLLddddLxZx", Alone::Always, gstin),
    Form::checked(Kind::SgNric, "LdddddddL", Alone::Always, nric),
    Form::checked(Kind::AuTfn, "ddddddddd", Alone::Never, |id| {
        weighted(id, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_some_and(|sum| sum % 11 == 0)
    }),
    Form::checked(Kind::AuTfn, "dddddddd", Alone::Never, |id| {
        weighted(id, &[10, 7, 8, 4, 6, 3, 5, 1]).is_some_and(|sum| sum % 11 == 0)
    }),
    Form::checked(Kind::AuAbn, "ddddddddddd", Alone::Written, abn).written(&["dd ddd ddd ddd"]),
    Form::checked(Kind::AuMedicare, "dddddddddd", Alone::Written, au_medicare).written(&["dddd ddddd d"]),
    Form::checked(Kind::AuMedicare, "ddddddddddd", Alone::Written, au_medicare).written(&[
        "dddd ddddd d-d",
        "dddd ddddd d/d",
        "dddd ddddd dd",
    ]),
    Form::checked(Kind::NzIrd, "ddddddddd", Alone::Never, ird),
    Form::checked(Kind::NzIrd, "dddddddd", Alone::Never, ird_of_eight),
    Form::checked(Kind::ZaId, "ddddddddddddd", Alone::Never, za),
    Form::shaped(Kind::KrRrn, "ddddddddddddd", Alone::Written, rrn).written(&["dddddd-ddddddd"]),
    Form::checked(Kind::JpMyNumber, "dddddddddddd", Alone::Never, my_number),
    Form::checked(Kind::CnResidentId, "dddddddddddddddddx", Alone::Always, resident),
    Form::checked(Kind::ThId, "ddddddddddddd", Alone::Written, thai)
        .written(&["d-dddd-ddddd-dd-d", "d dddd ddddd dd d"]),
    Form::checked(Kind::IlId, "ddddddddd", Alone::Never, |id| luhn(id) && !is_repeated(id)),
];

/// Two check digits.
fn tckn(id: &[u8]) -> bool {
    let odd = weighted(id, &[1, 0, 1, 0, 1, 0, 1, 0, 1]).unwrap_or(0);
    let even = weighted(id, &[0, 1, 0, 1, 0, 1, 0, 1]).unwrap_or(0);
    let all = weighted(id, &[1; 10]).map(|sum| sum % 10);
    id.first() != Some(&b'0') && is_at(id, 9, Some((7 * odd + 9 * even) % 10)) && is_at(id, 10, all)
}

fn aadhaar(id: &[u8]) -> bool {
    id.first().is_some_and(|first| (b'2'..=b'9').contains(first)) && verhoeff(id) && !is_repeated(id)
}

fn gstin(id: &[u8]) -> bool {
    let state = id
        .get(..2)
        .and_then(number)
        .is_some_and(|state| (1..=38).contains(&state) || matches!(state, 97 | 99));
    let Some((last, body)) = id.split_last() else { return false };
    let sum = body.iter().enumerate().try_fold(0, |sum, (n, byte)| {
        let product = char::from(*byte).to_digit(36)? * if n % 2 == 0 { 1 } else { 2 };
        Some(sum + product / 36 + product % 36)
    });
    state && sum.is_some_and(|sum| char::from(*last).to_digit(36) == Some((36 - sum % 36) % 36))
}

fn nric(id: &[u8]) -> bool {
    let Some(sum) = id.get(1..8).and_then(|digits| weighted(digits, &[2, 7, 6, 5, 4, 3, 2])) else {
        return false;
    };
    let (offset, letters) = match id.first() {
        Some(b'S') => (0, b"JZIHGFEDCBA"),
        Some(b'T') => (4, b"JZIHGFEDCBA"),
        Some(b'F') => (0, b"XWUTRQPNMLK"),
        Some(b'G') => (4, b"XWUTRQPNMLK"),
        Some(b'M') => (3, b"XWUTRQPNJLK"),
        _ => return false,
    };
    let place = (sum + offset) as usize % 11;
    letters.get(if id.first() == Some(&b'M') { 10 - place } else { place }) == id.get(8)
        || id.first() == Some(&b'M') && letters.get(place) == id.get(8)
}

/// The first digit less one, and a multiple of 89.
fn abn(id: &[u8]) -> bool {
    let sum = weighted(id, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    id.first() != Some(&b'0') && sum.is_some_and(|sum| (sum - 10) % 89 == 0)
}

fn au_medicare(id: &[u8]) -> bool {
    let check = weighted(id, &[1, 3, 7, 9, 1, 3, 7, 9]).map(|sum| sum % 10);
    id.first().is_some_and(|first| (b'2'..=b'6').contains(first)) && is_at(id, 8, check)
}

/// The same, without the zero that it begins with.
fn ird_of_eight(id: &[u8]) -> bool {
    let mut whole = [b'0'; 9];
    for (place, byte) in whole.iter_mut().skip(1).zip(id) {
        *place = *byte;
    }
    ird(&whole)
}

/// Where the first weights give ten, others are taken.
fn ird(id: &[u8]) -> bool {
    let check = |weights: &[u32]| weighted(id, weights).map(|sum| (11 - sum % 11) % 11);
    let first = check(&[3, 2, 7, 6, 5, 4, 3, 2]);
    let check = if first == Some(10) { check(&[7, 4, 3, 2, 5, 2, 7, 6]) } else { first };
    number(id).is_some_and(|value| (10_000_000..=150_000_000).contains(&value)) && is_at(id, 8, check)
}

fn za(id: &[u8]) -> bool {
    let citizen = id.get(10).is_some_and(|byte| b"012".contains(byte));
    citizen && born(id) && luhn(id)
}

/// Whether the first six are the last digits of a year, a month and a day.
fn born(id: &[u8]) -> bool {
    id.get(4..6).zip(id.get(2..4)).is_some_and(|(day, month)| is_day(day, month))
}

/// Numbers given since October 2020 have no check digit, so none is asked for.
fn rrn(id: &[u8]) -> bool {
    born(id) && id.get(6).is_some_and(|sex| b"12345678".contains(sex))
}

fn my_number(id: &[u8]) -> bool {
    let check = weighted(id, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]).map(|sum| match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    });
    !is_repeated(id) && is_at(id, 11, check)
}

fn resident(id: &[u8]) -> bool {
    let sum = weighted(id, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    let expected = sum.and_then(|sum| b"10X98765432".get(sum as usize % 11));
    let year = id.get(6..10).and_then(number).is_some_and(|year| (1850..=2100).contains(&year));
    let day = id.get(12..14).zip(id.get(10..12)).is_some_and(|(day, month)| is_day(day, month));
    year && day && expected.is_some() && expected == id.get(17)
}

fn thai(id: &[u8]) -> bool {
    let check = weighted(id, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]).map(|sum| (11 - sum % 11) % 10);
    id.first() != Some(&b'0') && is_at(id, 12, check)
}
