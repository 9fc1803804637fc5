//! Passwords and other secrets: only a label tells them.
//!
//! The rule: a label, a mark such as `:` or `=` or the word `is`, and one word that is no plain one: long enough, and of several sorts of characters or
//! as mixed as chance makes them. Between the label and the mark may stand a few words (`the password for the portal is`); what a machine made needs no mark behind
//! them. What would defeat it: a password that is a plain word, and no mark before it.

use std::ops::Range;

use smallvec::SmallVec;

use super::{cursor::Cursor, entropy, spared};

/// The labels.
pub(super) const WORDS: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "passwort",
    "kennwort",
    "contraseña",
    "mot de passe",
    "wachtwoord",
    "senha",
    "пароль",
    "密码",
    "パスワード",
    "api_key",
    "api-key",
    "apikey",
    "api key",
    "client_secret",
    "client secret",
    "secret_key",
    "secret key",
    "private_key",
    "token",
    "pw",
    "clave",
    "lösenord",
    "passord",
    "adgangskode",
    "salasana",
    "hasło",
    "heslo",
    "jelszó",
    "parola",
    "şifre",
    "비밀번호",
    "bearer",
    "authorization: basic",
];

/// The labels with one of these are of something made by a machine.
const TOKENS: &[&str] = &["api", "token", "secret", "key", "bearer", "authorization"];

/// The labels that are also how other words begin.
const SHORT: &[&str] = &["pw", "clave", "parola", "heslo"];

/// The longest label that goes on with letters: `passwords`.
const LABEL: usize = 24;

/// How much of a secret is looked at to tell that it is one.
const LONGEST: usize = 128;

/// Words between a label and what it announces.
const IS: &[&str] = &["is", "ist", "est", "es", "é", "to"];

/// How many words may stand between a label and a secret that looks like nothing, how long each, and how many marks beside them.
const WORDS_BETWEEN: usize = 5;
pub(super) const WORD: usize = 14;
pub(super) const MARKS_BETWEEN: usize = 4;

/// How many letters stand before `://` in a link at most.
const SCHEME: usize = 10;

/// How many characters a secret has at least behind a mark, and behind words.
const BEHIND_MARK: usize = 4;
const BEHIND_WORD: usize = 6;

pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    let before = cursor.before();
    if before.0.is_alphanumeric() && !before.is_edge() {
        return None;
    }
    let token = label(cursor)?;
    let here = cursor.at();
    at_once(cursor, token).or_else(|| {
        cursor.back_to(here);
        behind_words(cursor, token)
    })
}

/// What follows the label at once, or behind `is` or a mark.
fn at_once(cursor: &mut Cursor<'_>, token: bool) -> Option<Range<usize>> {
    let marked = mark(cursor)?;
    secret(cursor, |secret| is_secret(secret, marked, token))
}

/// Behind a few words what looks like nothing: `the token you asked for: …`. A password comes behind `is` or a mark.
fn behind_words(cursor: &mut Cursor<'_>, token: bool) -> Option<Range<usize>> {
    for _ in 0..WORDS_BETWEEN {
        step_word(cursor)?;
        let here = cursor.at();
        let is_announced = IS.iter().any(|word| {
            cursor.back_to(here);
            cursor.next_if(|c| c == ' ').is_some() && cursor.word(word) && cursor.peek() == Some(' ')
        });
        if !is_announced {
            cursor.back_to(here);
        }
        let mut marked = is_announced || token;
        let between = cursor.run_of_at_most(MARKS_BETWEEN, |c| {
            marked |= matches!(c, ':' | '=' | '-' | '–');
            is_between(c) || matches!(c, '"' | '\'' | '`')
        });
        let is_link = cursor.peek() == Some('/') || cursor.ahead(is_scheme);
        if between > 0 && marked && !is_link {
            let is_one = |secret: &[u8]| is_secret(secret, false, token) && is_odd(secret);
            if let Some(found) = secret(cursor, is_one) {
                return Some(found);
            }
        }
        cursor.back_to(here);
    }
    None
}

fn is_scheme(cursor: &mut Cursor<'_>) -> bool {
    cursor.run_of_at_most(SCHEME, |c| c.is_ascii_alphabetic()) > 0 && cursor.word("://")
}

/// Steps over a plain word, and what stands before it.
pub(super) fn step_word(cursor: &mut Cursor<'_>) -> Option<()> {
    cursor.run_of_at_most(MARKS_BETWEEN, is_between);
    if spared::comes(cursor) {
        return None;
    }
    let letters = cursor.run_of_at_most(WORD, |c| c.is_alphabetic() || matches!(c, '\'' | '’'));
    let ends = !cursor.peek().is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '/'));
    (letters > 0 && ends).then_some(())
}

fn is_between(c: char) -> bool {
    matches!(c, ' ' | '.' | ',' | ':' | '=' | '-' | '–')
}

fn secret(cursor: &mut Cursor<'_>, is_one: impl FnOnce(&[u8]) -> bool) -> Option<Range<usize>> {
    if spared::comes(cursor) {
        return None;
    }
    let start = cursor.at();
    let mut secret = SmallVec::<[u8; LONGEST]>::new();
    // Where the last character begins, which may be written in several.
    let mut last = start;
    loop {
        let here = cursor.at();
        let Some(c) = cursor.next_if(goes_on) else { break };
        last = here;
        if secret.len() < LONGEST {
            secret.push(if c.is_ascii() { c as u8 } else { b'\xff' });
        }
    }
    let escaped = cursor.leave_escape(start);
    secret.truncate(secret.len() - escaped.min(secret.len()));
    let ends_sentence = escaped == 0
        && secret.last().is_some_and(|byte| matches!(byte, b'.' | b'?' | b'!' | b')'))
        && cursor.peek().is_none_or(|c| c.is_whitespace());
    let (end, length) = if ends_sentence { (last, secret.len() - 1) } else { (cursor.at(), secret.len()) };
    let secret = secret.get(..length)?;
    is_one(secret).then_some(start..end)
}

/// What a secret may consist of, as far as anybody writes one among words.
pub(super) fn goes_on(c: char) -> bool {
    !c.is_whitespace()
        && !matches!(c, '"' | '\'' | '`' | '<' | '>' | '“' | '”' | ',' | ';' | '{' | '}' | '&' | '。' | '、')
}

/// Steps over the label; says whether it is that of a token rather than of a password.
fn label(cursor: &mut Cursor<'_>) -> Option<bool> {
    let from = cursor.at();
    let text = cursor.site().text.get(from..)?;
    let word = WORDS
        .iter()
        .find(|word| text.get(..word.len()).is_some_and(|begun| begun.eq_ignore_ascii_case(word)))?;
    for _ in word.chars() {
        cursor.next_if(|_| true)?;
    }
    let more = cursor.run_of_at_most(LABEL, |c| c.is_ascii_alphabetic() || c == '_');
    let is_whole = more == 0 || !SHORT.contains(word);
    is_whole.then(|| TOKENS.iter().any(|token| word.contains(token)))
}

/// Steps over what stands between; says whether it is a mark.
fn mark(cursor: &mut Cursor<'_>) -> Option<bool> {
    let space = |c: char| matches!(c, ' ' | '\t' | '"' | '\'' | '`' | '*' | '\\' | '“');
    let mut between = cursor.run_of_at_most(4, space);
    let mut marked = cursor.run_of_at_most(2, |c| matches!(c, ':' | '=' | '：' | '>')) > 0;
    if !marked {
        let here = cursor.at();
        let found = IS.iter().any(|word| {
            cursor.back_to(here);
            cursor.word(word) && cursor.peek().is_none_or(|c| !c.is_alphanumeric())
        });
        if found {
            between += 1;
            marked = cursor.next_if(|c| c == ':').is_some();
        } else {
            cursor.back_to(here);
        }
    }
    between += cursor.run_of_at_most(4, |c| space(c) || c == '\n');
    (marked || between > 0).then_some(marked)
}

/// Whether it is no plain word.
fn is_secret(secret: &[u8], marked: bool, token: bool) -> bool {
    let has = |is_one: fn(&u8) -> bool| secret.iter().any(is_one);
    let sorts = [
        has(u8::is_ascii_lowercase),
        has(u8::is_ascii_uppercase),
        has(u8::is_ascii_digit),
        has(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'-' | b'.' | b'/' | b':' | b'(' | b'[')),
    ];
    let mixed = sorts.into_iter().filter(|has| *has).count();
    let capital_inside = secret.iter().skip(1).any(u8::is_ascii_uppercase) && sorts[0];
    let odd = sorts[2] || sorts[3] || capital_inside;
    if token {
        return secret.len() >= 16 && sorts[2] && !is_placeholder(secret) && entropy::bits(secret) >= 3.0;
    }
    if marked {
        secret.len() >= BEHIND_MARK && !is_placeholder(secret)
    } else {
        secret.len() >= BEHIND_WORD && odd && mixed >= 2
    }
}

/// Whether nobody would take it for a word, a number or an amount: letters, digits and other marks, or letters about digits.
fn is_odd(secret: &[u8]) -> bool {
    let letters = secret.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let digits = secret.iter().filter(|byte| byte.is_ascii_digit()).count();
    letters >= 3 && digits > 0 && secret.len() >= 8
}

/// What stands where a password was hidden already, or is described.
fn is_placeholder(secret: &[u8]) -> bool {
    secret.iter().all(|byte| matches!(byte, b'*' | b'.' | b'x' | b'X' | b'_' | b'-'))
        || secret.first().is_some_and(|byte| matches!(byte, b'[' | b'(' | b'$'))
}
