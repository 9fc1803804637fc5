//! Numbers of the Americas. Sources: the issuers' own descriptions, as gathered by the OECD ("Tax identification numbers").

use super::{
    super::{
        Kind,
        check::{digit, is_at, is_day, is_repeated, luhn, number, weighted},
    },
    form::{Alone, Form},
};

pub(super) const FORMS: &[Form] = &[
    Form::shaped(Kind::UsSsn, "ddddddddd", Alone::Never, ssn),
    Form::shaped(Kind::UsItin, "9dddddddd", Alone::Never, itin),
    Form::checked(Kind::UsNpi, "dddddddddd", Alone::Never, npi),
    Form::shaped(Kind::UsMbi, "dLxdLxdLLdd", Alone::Always, mbi).written(&["dLxd-Lxd-LLdd", "dLxd Lxd LLdd"]),
    Form::checked(Kind::CaSin, "ddddddddd", Alone::Never, |id| luhn(id) && !is_repeated(id)),
    Form::checked(Kind::BrCpf, "ddddddddddd", Alone::Written, cpf).written(&["ddd.ddd.ddd-dd"]),
    Form::checked(Kind::BrCnpj, "xxxxxxxxxxxxdd", Alone::Written, cnpj).written(&["xx.xxx.xxx/xxxx-dd"]),
    Form::checked(Kind::MxCurp, "LLLLddddddLLLLLLxd", Alone::Always, curp),
    Form::shaped(Kind::MxRfc, "LLLLddddddxxx", Alone::Always, |id| is_born(id, 4)).written(&[
        "LLLL-dddddd-xxx",
        "LLLL dddddd xxx",
        "LLLLdddddd-xxx",
    ]),
    Form::shaped(Kind::MxRfc, "LLLddddddxxx", Alone::Never, |id| is_born(id, 3)).written(&["LLL-dddddd-xxx"]),
    Form::checked(Kind::ArCuit, "ddddddddddd", Alone::Written, cuit).written(&["dd-dddddddd-d"]),
    Form::checked(Kind::ClRut, "dddddddx", Alone::Written, rut).written(&["d.ddd.ddd-x", "ddddddd-x"]),
    Form::checked(Kind::ClRut, "ddddddddx", Alone::Written, rut).written(&["dd.ddd.ddd-x", "dddddddd-x"]),
];

fn ssn(id: &[u8]) -> bool {
    let part = |from, to| id.get(from..to).and_then(number).unwrap_or(0);
    part(0, 3) != 0 && part(0, 3) != 666 && part(3, 5) != 0 && part(5, 9) != 0 && !is_repeated(id)
}

fn itin(id: &[u8]) -> bool {
    id.get(3..5).and_then(number).is_some_and(|group| matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99))
}

/// Luhn's formula over the number with 80840 before it.
fn npi(id: &[u8]) -> bool {
    let mut whole = [0; 15];
    for (place, byte) in whole.iter_mut().zip(b"80840".iter().chain(id)) {
        *place = *byte;
    }
    id.first().is_some_and(|first| b"12".contains(first)) && luhn(&whole)
}

fn mbi(id: &[u8]) -> bool {
    let letters = id.iter().filter(|byte| byte.is_ascii_uppercase());
    id.first() != Some(&b'0') && letters.into_iter().all(|letter| !b"SLOIBZ".contains(letter))
}

/// Two check digits, each over all before it.
fn cpf(id: &[u8]) -> bool {
    let check = |weights: &[u32]| weighted(id, weights).map(|sum| sum * 10 % 11 % 10);
    let first = check(&[10, 9, 8, 7, 6, 5, 4, 3, 2]);
    let second = check(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    !is_repeated(id) && is_at(id, 9, first) && is_at(id, 10, second)
}

/// The same; letters, which are given out since 2026, count as far behind the zero as in ASCII.
fn cnpj(id: &[u8]) -> bool {
    let check = |length: usize| {
        let weights = (2..=9).cycle();
        let sum: u32 = id
            .iter()
            .take(length)
            .rev()
            .zip(weights)
            .map(|(byte, weight)| u32::from(byte - b'0') * weight)
            .sum();
        Some(match sum % 11 {
            0 | 1 => 0,
            rest => 11 - rest,
        })
    };
    !is_repeated(id) && is_at(id, 12, check(12)) && is_at(id, 13, check(13))
}

fn is_born(id: &[u8], from: usize) -> bool {
    let part = |from: usize| id.get(from..from + 2).unwrap_or_default();
    is_day(part(from + 4), part(from + 2))
}

/// Letters count by their place among letters with Ñ, behind the digits.
fn curp(id: &[u8]) -> bool {
    const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ";
    let value =
        |byte: u8| ALPHABET.chars().position(|c| c == char::from(byte)).and_then(|at| u32::try_from(at).ok());
    let sum = id
        .iter()
        .take(17)
        .zip((2..=18_u32).rev())
        .try_fold(0, |sum, (byte, weight)| Some(sum + value(*byte)? * weight));
    let sex = id.get(10).is_some_and(|sex| b"HMX".contains(sex));
    sex && is_born(id, 4) && is_at(id, 17, sum.map(|sum| (10 - sum % 10) % 10))
}

/// Ten is written as nine.
fn cuit(id: &[u8]) -> bool {
    let check = weighted(id, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]).map(|sum| ((11 - sum % 11) % 11).min(9));
    let kinds: [&[u8]; 8] = [b"20", b"23", b"24", b"25", b"26", b"27", b"30", b"33"];
    let known = kinds.iter().any(|kind| id.starts_with(kind)) || id.starts_with(b"34");
    known && is_at(id, 10, check)
}

/// Ten is written as K.
fn rut(id: &[u8]) -> bool {
    let Some((last, body)) = id.split_last() else { return false };
    let sum = body
        .iter()
        .rev()
        .zip((2..=7).cycle())
        .try_fold(0, |sum, (byte, weight)| Some(sum + digit(*byte)? * weight));
    let expected = sum.map(|sum: u32| match 11 - sum % 11 {
        11 => b'0',
        10 => b'K',
        value => b'0' + value as u8,
    });
    expected == Some(*last)
}
