//! Links, and those that hold something personal.
//!
//! The rule: a scheme that is known, or `www.`, and what may stand in an address behind it (RFC 3986), letters of all scripts among it; a mark that
//! ends a sentence, or closes what was opened before, is none of it. It is personal where it has a name or a password before its
//! host, or a parameter that is named as something personal. What would defeat it: personal data in its path.

use super::{Kind, Kinds, certainty::Certainty, cursor::Cursor, rule::Sightings};

/// By which they begin.
pub(super) const WORDS: &[&str] = &[
    "http://", "https://", "http%3a", "https%3a", "ftp://", "ftps://", "sftp://", "ws://", "wss://",
    "ssh://", "www.",
];

/// The names of parameters that hold something personal, or a part of such a name.
const PERSONAL: &[&str] = &[
    "mail", "phone", "mobile", "token", "key", "secret", "pass", "pwd", "session", "sid", "auth", "sig",
    "code", "name", "user", "uid", "login", "address", "street", "zip", "birth", "dob", "ssn", "iban",
    "card", "account", "customer", "patient", "lat", "lon", "lng", "ip",
];

/// The longest name of a parameter that is looked at.
const NAME: usize = 32;

pub(super) fn read(cursor: &mut Cursor<'_>, wanted: Kinds, out: &mut Sightings) {
    if !cursor.before().is_edge() || matches!(cursor.before().0, '_' | '@') {
        return;
    }
    let start = cursor.at();
    let Some(bare) = scheme(cursor) else { return };
    let Some((host, credentials)) = host(cursor, bare) else { return };
    let (end, named) = rest(cursor, host);
    for (kind, is_one) in [(Kind::Url, true), (Kind::UrlPersonal, credentials || named)] {
        if is_one && wanted.contains(kind) {
            out.push((start..end, kind, Certainty::PREFIX));
        }
    }
}

/// What may follow in one that is too long.
pub(super) fn goes_on(c: char) -> bool {
    is_of_link(c) || is_mark(c) || c == ')'
}

/// Steps over the scheme, and says whether there is none.
fn scheme(cursor: &mut Cursor<'_>) -> Option<bool> {
    cursor.run_of_at_most(5, |c| c.is_ascii_alphabetic());
    if cursor.next_if(|c| c == '.').is_some() {
        return Some(true);
    }
    cursor.word("://").then_some(false)
}

/// Where the host ends, and whether there are credentials before it.
fn host(cursor: &mut Cursor<'_>, bare: bool) -> Option<(usize, bool)> {
    let (mut end, mut letters, mut credentials, mut dots) = (None, 0, false, usize::from(bare));
    loop {
        match cursor.peek()? {
            c if c.is_alphanumeric() => {
                letters += 1;
                cursor.next_if(|_| true);
                end = Some(cursor.at());
            }
            '@' if letters > 0 => {
                credentials = true;
                cursor.next_if(|_| true);
            }
            c @ ('.' | '-' | '_' | ':' | '[' | ']' | '~' | '%' | '!' | '$' | '+' | '*') => {
                dots += usize::from(c == '.');
                cursor.next_if(|_| true);
                if c == ']' {
                    end = Some(cursor.at());
                }
            }
            _ => break,
        }
        // What ends the text ends the host.
        if cursor.peek().is_none() {
            break;
        }
    }
    let end = end?;
    if cursor.peek().is_none_or(|c| !matches!(c, '/' | '?' | '#')) {
        cursor.back_to(end);
    }
    (letters > 0 && (!bare || dots > 1)).then_some((end, credentials))
}

/// Where the rest ends, and whether a parameter is named as something personal.
fn rest(cursor: &mut Cursor<'_>, host: usize) -> (usize, bool) {
    let (mut end, mut named, mut opened) = (host, false, 0_usize);
    if !cursor.peek().is_some_and(|c| matches!(c, '/' | '?' | '#')) {
        return (end, named);
    }
    let mut name = smallvec::SmallVec::<[u8; NAME]>::new();
    let mut in_name = false;
    while let Some(c) = cursor.next_if(|c| is_of_link(c) || is_mark(c) || c == ')' && opened > 0) {
        match c {
            '(' => opened += 1,
            ')' => opened = opened.saturating_sub(1),
            _ => {}
        }
        if matches!(c, '?' | '&' | '#' | ';') {
            in_name = true;
            name.clear();
        } else if c == '=' && in_name {
            named |= is_personal(&name);
            in_name = false;
        } else if in_name && name.len() < NAME && c.is_ascii() {
            name.push(c.to_ascii_lowercase() as u8);
        }
        if !is_mark(c) {
            end = cursor.at();
        }
    }
    (end, named)
}

fn is_personal(name: &[u8]) -> bool {
    PERSONAL.iter().any(|word| match word.len() {
        0..=3 => name.split(|byte| !byte.is_ascii_alphanumeric()).any(|part| part == word.as_bytes()),
        length => name.windows(length).any(|part| part == word.as_bytes()),
    })
}

/// What a link can end with.
fn is_of_link(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(
            c,
            '/' | '-' | '_' | '~' | '%' | '&' | '=' | '#' | '+' | '$' | '@' | '(' | '*' | '\u{fffd}'
        )
}

/// What can stand within one, and not end it.
fn is_mark(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '\'')
}
