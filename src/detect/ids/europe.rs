//! Numbers of Europe, and of vehicles.
//!
//! Sources: the issuers' own descriptions, as gathered by the OECD ("Tax identification numbers") and the European Commission (TIN online).

use super::{
    super::{
        Kind,
        check::{digit, is_at, is_day, is_repeated, luhn, mod_11_10, number, weighted},
    },
    form::{Alone, Form},
};

pub(super) const FORMS: &[Form] = &[
    Form::checked(Kind::Vin, "xxxxxxxxxxxxxdddd", Alone::Always, vin),
    Form::shaped(Kind::UkNino, "LLddddddL", Alone::Always, nino).written(&[
        "LL dd dd dd L",
        "LL dddddd L",
        "LL-dd-dd-dd-L",
        "LLdddddd L",
        "LL dddddd-L",
    ]),
    Form::checked(Kind::UkNhs, "dddddddddd", Alone::Never, nhs),
    Form::shaped(Kind::DriverLicense, "xxxxxddddddxxxLL", Alone::Always, uk_driver),
    Form::checked(Kind::DeTaxId, "ddddddddddd", Alone::Always, de_tax).written(&[
        "dd ddd ddd ddd",
        "dd/ddd/ddd/ddd",
        "dd.ddd.ddd.ddd",
    ]),
    Form::checked(Kind::DeIdCard, "xxxxxxxxxd", Alone::Never, de_card),
    Form::shaped(Kind::DeIdCard, "xxxxxxxxx", Alone::Never, |id| {
        id.iter().all(|byte| !b"AEIOUBDQS".contains(byte))
    }),
    Form::checked(Kind::FrNir, "dddddxxdddddddd", Alone::Always, nir).written(&[
        "d dd dd xx ddd ddd dd",
        "d dd dd xx ddd ddd-dd",
        "dddddxxdddddd dd",
        "d-dd-dd-xx-ddd-ddd-dd",
    ]),
    Form::checked(Kind::EsDni, "ddddddddL", Alone::Always, |id| dni(id, 0)).written(&[
        "dddddddd-L",
        "dddddddd L",
        "dd.ddd.ddd-L",
        "dd.ddd.dddL",
        "dd.ddd.ddd L",
    ]),
    Form::checked(Kind::EsNie, "LdddddddL", Alone::Always, nie).written(&[
        "L-ddddddd-L",
        "Lddddddd-L",
        "L ddddddd L",
        "L-dddddddL",
    ]),
    Form::checked(Kind::ItFiscalCode, "LLLLLLxxLxxLxxxL", Alone::Always, fiscal_code)
        .written(&["LLL LLL xxLxx LxxxL", "LLLLLL xxLxx LxxxL"]),
    Form::checked(Kind::ItVat, "ddddddddddd", Alone::Never, |id| luhn(id) && !is_repeated(id)),
    Form::checked(Kind::ItVat, "ITddddddddddd", Alone::Always, |id| id.get(2..).is_some_and(luhn)),
    Form::checked(Kind::NlBsn, "ddddddddd", Alone::Never, bsn),
    Form::checked(Kind::BeNationalNumber, "ddddddddddd", Alone::Written, be).written(&[
        "dd.dd.dd-ddd.dd",
        "dd.dd.dd-ddd-dd",
        "dd.dd.dd ddd.dd",
    ]),
    Form::checked(Kind::SePersonnummer, "dddddddddd", Alone::Written, personnummer)
        .written(&["dddddd-dddd", "dddddd+dddd"]),
    Form::checked(Kind::SePersonnummer, "dddddddddddd", Alone::Written, |id| {
        id.get(2..).is_some_and(personnummer) && (id.starts_with(b"19") || id.starts_with(b"20"))
    })
    .written(&["dddddddd-dddd", "dddddddd+dddd", "dddddddddddd"]),
    Form::checked(Kind::FiHetu, "ddddddLdddx", Alone::Always, |id| hetu(id, 7)),
    Form::checked(Kind::FiHetu, "ddddddxdddx", Alone::Always, |id| hetu(id, 7)),
    Form::checked(Kind::FiHetu, "dddddddddx", Alone::Written, |id| hetu(id, 6))
        .written(&["dddddd-dddx", "dddddd+dddx"]),
    Form::checked(Kind::NoFodselsnummer, "ddddddddddd", Alone::Written, fodselsnummer).written(&[
        "dddddd ddddd",
        "dddddd-ddddd",
        "ddddddddddd",
    ]),
    Form::shaped(Kind::DkCpr, "dddddddddd", Alone::Never, |id| day_and_month(id, 0, 2))
        .written(&["dddddd-dddd"]),
    Form::checked(Kind::PlPesel, "ddddddddddd", Alone::Never, pesel),
    Form::checked(Kind::CzBirthNumber, "dddddddddd", Alone::Written, birth_number).written(&["dddddd/dddd"]),
    Form::checked(Kind::PtNif, "ddddddddd", Alone::Never, nif),
    Form::checked(Kind::IePps, "dddddddL", Alone::Always, pps),
    Form::checked(Kind::IePps, "dddddddLL", Alone::Always, pps),
    Form::checked(Kind::ChAhv, "756dddddddddd", Alone::Always, ahv).written(&[
        "756.dddd.dddd.dd",
        "756 dddd dddd dd",
        "756-dddd-dddd-dd",
    ]),
    Form::checked(Kind::AtSvnr, "dddddddddd", Alone::Written, svnr).written(&[
        "dddd dddddd",
        "dddd-dddddd",
        "dddd/dddddd",
    ]),
    Form::checked(Kind::GrAmka, "ddddddddddd", Alone::Never, |id| luhn(id) && day_and_month(id, 0, 2)),
    Form::checked(Kind::RoCnp, "ddddddddddddd", Alone::Never, cnp),
    Form::checked(Kind::BgEgn, "dddddddddd", Alone::Never, egn),
];

/// The check character stands in the ninth place (ISO 3779 as North America has it). Elsewhere it is none, but then words say what it is.
fn vin(id: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |byte: u8| match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'H' => Some(u32::from(byte - b'A') + 1),
        b'J'..=b'N' => Some(u32::from(byte - b'J') + 1),
        b'P' => Some(7),
        b'R' => Some(9),
        b'S'..=b'Z' => Some(u32::from(byte - b'S') + 2),
        _ => None,
    };
    let sum = id.iter().zip(WEIGHTS).try_fold(0, |sum, (byte, weight)| Some(sum + value(*byte)? * weight));
    let expected = sum.map(|sum| if sum % 11 == 10 { b'X' } else { b'0' + (sum % 11) as u8 });
    let has_letter = id.iter().any(u8::is_ascii_uppercase);
    has_letter && expected.is_some() && id.get(8).copied() == expected
}

fn nino(id: &[u8]) -> bool {
    let (Some([first, second]), Some(suffix)) = (id.get(..2), id.last()) else { return false };
    !b"DFIQUV".contains(first)
        && !b"DFIQUVO".contains(second)
        && ![b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"].contains(&&[*first, *second])
        && (b'A'..=b'D').contains(suffix)
}

fn nhs(id: &[u8]) -> bool {
    let check = weighted(id, &[10, 9, 8, 7, 6, 5, 4, 3, 2]).map(|sum| (11 - sum % 11) % 11);
    !is_repeated(id) && is_at(id, 9, check)
}

/// Five letters of the name, filled up with nines; year, month (plus 50 for women) and day of birth in between.
fn uk_driver(id: &[u8]) -> bool {
    let name = id.get(..5).unwrap_or_default();
    let letters = name.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let month = id.get(6..8).and_then(number).map(|month| month % 50);
    letters > 0
        && name.iter().skip(letters).all(|byte| *byte == b'9')
        && month.is_some_and(|month| (1..=12).contains(&month))
        && id.get(8..10).and_then(number).is_some_and(|day| (1..=31).contains(&day))
}

/// Of the first ten digits, one stands there twice or three times, and the others once at most.
fn de_tax(id: &[u8]) -> bool {
    let mut counts = [0_u8; 10];
    for value in id.iter().take(10).filter_map(|byte| digit(*byte)) {
        if let Some(count) = counts.get_mut(value as usize) {
            *count += 1;
        }
    }
    let several = counts.iter().filter(|count| **count > 1).count();
    let most = counts.iter().max().copied().unwrap_or(0);
    id.first() != Some(&b'0') && several == 1 && most <= 3 && mod_11_10(id)
}

fn de_card(id: &[u8]) -> bool {
    let sum = id
        .iter()
        .take(9)
        .zip([7, 3, 1].into_iter().cycle())
        .try_fold(0, |sum, (byte, weight)| Some(sum + char::from(*byte).to_digit(36)? * weight));
    is_at(id, 9, sum.map(|sum| sum % 10))
}

/// Sex, year and month of birth, département (Corsica has letters), commune, order, and 97 minus the remainder.
fn nir(id: &[u8]) -> bool {
    let (Some(body), Some(key)) = (id.get(..13), id.get(13..).and_then(number)) else { return false };
    let place = body.get(5..7).unwrap_or_default();
    let corsica = match place {
        b"2A" => Some(1_000_000),
        b"2B" => Some(2_000_000),
        _ => None,
    };
    let mut plain = [0; 13];
    plain.copy_from_slice(body);
    if corsica.is_some() {
        plain[5] = b'2';
        plain[6] = b'0';
    }
    let Some(value) = number(&plain) else { return false };
    let month = body.get(3..5).and_then(number).unwrap_or(0);
    let sex = body.first().is_some_and(|sex| b"123478".contains(sex));
    let value = if corsica.is_some() { corsica_value(&plain, place) } else { value };
    sex && ((1..=12).contains(&month) || (20..=99).contains(&month)) && key == 97 - value % 97
}

/// 2A counts as 19, 2B as 18.
fn corsica_value(plain: &[u8; 13], place: &[u8]) -> u64 {
    let [a, b, c, d, e, _, _, rest @ ..] = plain;
    let stands = if place == b"2A" { *b"19" } else { *b"18" };
    let joined: Vec<u8> =
        [*a, *b, *c, *d, *e].into_iter().chain(stands).chain(rest.iter().copied()).collect();
    number(&joined).unwrap_or(0)
}

/// A letter for the remainder by 23.
fn dni(id: &[u8], first: u64) -> bool {
    let Some((letter, digits)) = id.split_last() else { return false };
    let place = number(digits).map(|value| (first * 10_000_000 + value) % 23);
    place.and_then(|place| b"TRWAGMYFPDXBNJZSQVHLCKE".get(place as usize)) == Some(letter)
}

fn nie(id: &[u8]) -> bool {
    let first = id.first().and_then(|byte| b"XYZ".iter().position(|letter| letter == byte));
    first.zip(id.get(1..)).is_some_and(|(first, rest)| dni(rest, first as u64))
}

/// Letters may stand for digits where two persons would share a code.
fn fiscal_code(id: &[u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let Some((check, body)) = id.split_last() else { return false };
    let digit_like = |byte: &u8| byte.is_ascii_digit() || b"LMNPQRSTUV".contains(byte);
    let digits = [6, 7, 9, 10, 12, 13, 14].iter().all(|place| id.get(*place).is_some_and(digit_like));
    let month = id.get(8).is_some_and(|month| b"ABCDEHLMPRST".contains(month));
    let sum = body.iter().enumerate().try_fold(0, |sum, (n, byte)| {
        let value = if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' };
        let worth = if n % 2 == 0 { *ODD.get(usize::from(value))? } else { u32::from(value) };
        Some(sum + worth)
    });
    digits && month && sum.is_some_and(|sum| u32::from(*check) == u32::from(b'A') + sum % 26)
}

fn bsn(id: &[u8]) -> bool {
    let sum = weighted(id, &[9, 8, 7, 6, 5, 4, 3, 2, 10]);
    sum.is_some_and(|sum| sum % 11 == 0) && !is_repeated(id)
}

/// 97 minus the remainder; for those born since 2000 of the number with a 2 before it.
fn be(id: &[u8]) -> bool {
    let (Some(body), Some(check)) = (id.get(..9).and_then(number), id.get(9..).and_then(number)) else {
        return false;
    };
    let fits = |body: u64| 97 - body % 97 == check;
    day_and_month(id, 4, 2) && (fits(body) || fits(2_000_000_000 + body))
}

/// Whether days and months stand in these places.
fn day_and_month(id: &[u8], day: usize, month: usize) -> bool {
    id.get(day..day + 2).zip(id.get(month..month + 2)).is_some_and(|(day, month)| is_day(day, month))
}

/// A coordination number has 60 added to the day.
fn personnummer(id: &[u8]) -> bool {
    let day = id.get(4..6).and_then(number).unwrap_or(0);
    let month = id.get(2..4).and_then(number).unwrap_or(0);
    (1..=12).contains(&month) && (1..=31).contains(&(day % 60)) && luhn(id)
}

/// A character for the remainder by 31 of birth date and individual number; the latter begins in this place.
fn hetu(id: &[u8], individual: usize) -> bool {
    let (Some(born), Some(rest), Some(check)) = (id.get(..6), id.get(individual..individual + 3), id.last())
    else {
        return false;
    };
    let century = individual == 6 || id.get(6).is_some_and(|mark| b"ABCDEFUVWXY".contains(mark));
    let value = number(born).zip(number(rest)).map(|(born, rest)| (born * 1000 + rest) % 31);
    let expected = value.and_then(|value| b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(value as usize));
    century && day_and_month(id, 0, 2) && expected == Some(check)
}

/// Two check digits; a D-number has 40 added to the day.
fn fodselsnummer(id: &[u8]) -> bool {
    let day = id.get(..2).and_then(number).unwrap_or(0) % 40;
    let month = id.get(2..4).and_then(number).unwrap_or(0) % 40;
    let first = weighted(id, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]).is_some_and(|sum| sum % 11 == 0);
    let second = weighted(id, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_some_and(|sum| sum % 11 == 0);
    (1..=31).contains(&day) && (1..=12).contains(&month) && first && second
}

/// The century is added to the month.
fn pesel(id: &[u8]) -> bool {
    let month = id.get(2..4).and_then(number).unwrap_or(0) % 20;
    let day = id.get(4..6).and_then(number).unwrap_or(0);
    let sum = weighted(id, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
    (1..=12).contains(&month) && (1..=31).contains(&day) && sum.is_some_and(|sum| sum % 10 == 0)
}

/// Women have 50 added to the month, and 20 where a day's numbers run out.
fn birth_number(id: &[u8]) -> bool {
    let month = id.get(2..4).and_then(number).unwrap_or(0) % 50 % 20;
    let day = id.get(4..6).and_then(number).unwrap_or(0);
    let body = id.get(..9).and_then(number).map(|body| body % 11 % 10);
    let whole = number(id).is_some_and(|value| value % 11 == 0);
    let check = id.last().and_then(|byte| digit(*byte)).map(u64::from);
    (1..=12).contains(&month) && (1..=31).contains(&day) && (whole || body == check)
}

fn nif(id: &[u8]) -> bool {
    let check = weighted(id, &[9, 8, 7, 6, 5, 4, 3, 2]).map(|sum| (11 - sum % 11) % 11 % 10);
    id.first().is_some_and(|first| b"1235689".contains(first)) && is_at(id, 8, check)
}

/// A letter for the remainder by 23; a ninth character counts nine times, where it is not W.
fn pps(id: &[u8]) -> bool {
    let Some(sum) = weighted(id, &[8, 7, 6, 5, 4, 3, 2]) else { return false };
    let second = id.get(8).map_or(0, |letter| if *letter == b'W' { 0 } else { u32::from(letter - b'A') + 1 });
    let expected = match (sum + 9 * second) % 23 {
        0 => b'W',
        rest => b'A' + (rest - 1) as u8,
    };
    id.get(7) == Some(&expected) && id.get(8).is_none_or(|letter| b"ABCDEFGHIW".contains(letter))
}

/// As article numbers are checked (EAN-13).
fn ahv(id: &[u8]) -> bool {
    weighted(id, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_some_and(|sum| sum % 10 == 0)
}

fn svnr(id: &[u8]) -> bool {
    let check = weighted(id, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]).map(|sum| sum % 11);
    day_and_month(id, 4, 6) && id.first() != Some(&b'0') && is_at(id, 3, check)
}

fn cnp(id: &[u8]) -> bool {
    let check = weighted(id, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9])
        .map(|sum| if sum % 11 == 10 { 1 } else { sum % 11 });
    id.first() != Some(&b'0') && day_and_month(id, 5, 3) && is_at(id, 12, check)
}

/// Those born before 1900 have 20 added to the month, those since 2000 have 40.
fn egn(id: &[u8]) -> bool {
    let month = id.get(2..4).and_then(number).unwrap_or(0) % 20;
    let day = id.get(4..6).and_then(number).unwrap_or(0);
    let check = weighted(id, &[2, 4, 8, 5, 10, 9, 7, 3, 6]).map(|sum| sum % 11 % 10);
    (1..=12).contains(&month) && (1..=31).contains(&day) && is_at(id, 9, check)
}
