//! Character references of HTML, as far as they hide what is sought: `&#64;`, `&#x40;`, `&commat;`.
//!
//! The rule: an ampersand, letters, digits or `#`, and a semicolon within [`LONGEST`] characters; nothing else is one.

use super::unit::{FOREIGN, Next, Unit};

/// The most characters one takes.
pub(super) const LONGEST: usize = 10;

/// The names that are known.
const NAMES: [(&[u8], char); 20] = [
    (b"amp", '&'),
    (b"apos", '\''),
    (b"colon", ':'),
    (b"comma", ','),
    (b"commat", '@'),
    (b"dash", '-'),
    (b"equals", '='),
    (b"gt", '>'),
    (b"hyphen", '-'),
    (b"lowbar", '_'),
    (b"lpar", '('),
    (b"lt", '<'),
    (b"nbsp", '\u{a0}'),
    (b"num", '#'),
    (b"percnt", '%'),
    (b"period", '.'),
    (b"plus", '+'),
    (b"quot", '"'),
    (b"rpar", ')'),
    (b"sol", '/'),
];

/// The character that begins with an ampersand.
pub(super) fn next(bytes: &[u8], at: usize) -> Next {
    let ampersand = Next::Unit(Unit::new('&', 1, 1));
    let rest = bytes.get(at + 1..).unwrap_or_default();
    let inner = rest.iter().take(LONGEST - 2).take_while(|byte| is_inner(**byte)).count();
    match rest.get(inner) {
        None => Next::Cut,
        Some(b';') => rest.get(..inner).and_then(meaning).map_or(ampersand, |c| whole(c, inner)),
        _ => ampersand,
    }
}

/// The one that ends with a semicolon just before a place.
pub(super) fn last(bytes: &[u8], at: usize) -> Option<Unit> {
    let before = bytes.get(..at.checked_sub(1)?)?;
    let inner = before.iter().rev().take(LONGEST - 2).take_while(|byte| is_inner(**byte)).count();
    let start = before.len().checked_sub(inner + 1)?;
    match next(bytes.get(..at)?, start) {
        Next::Unit(unit) if bytes.get(start) == Some(&b'&') && unit.len() == inner + 2 => Some(unit),
        Next::Unit(_) | Next::Cut | Next::End => None,
    }
}

fn whole(c: char, inner: usize) -> Next {
    Next::Unit(Unit::new(c, inner + 2, inner + 2))
}

fn is_inner(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'#'
}

fn meaning(inner: &[u8]) -> Option<char> {
    let code = match inner {
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        name => return NAMES.iter().find(|(known, _)| *known == name).map(|(_, c)| *c),
    };
    let c = char::from_u32(code)?;
    Some(if c.is_ascii() { c } else { FOREIGN })
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, radix).ok())
}
