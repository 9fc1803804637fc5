//! Access keys of Amazon Web Services.
//!
//! The rule: an id is a known prefix and sixteen capitals or digits. A secret is forty characters that look like nothing, so it counts
//! only behind words that announce it (`aws_secret_access_key = …`).

use std::ops::Range;

use super::{cursor::Cursor, labelled};

/// By which ids begin (IAM User Guide, "Unique identifiers").
pub(super) const ID_WORDS: &[&str] = &["AKIA", "ASIA", "ABIA", "ACCA"];

/// By which a secret's announcement begins.
pub(super) const SECRET_WORDS: &[&str] = &["secret"];

/// How many characters may stand between the announcement and the secret.
const BETWEEN: usize = 16;

/// How many words may.
const WORDS_BETWEEN: usize = 5;

const SECRET: usize = 40;

pub(super) fn read_id(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    if !cursor.before().is_edge() {
        return None;
    }
    let id = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    for _ in 0..20 {
        cursor.next_if(id)?;
    }
    let ends = !cursor.peek().is_some_and(|c| c.is_ascii_alphanumeric());
    ends.then(|| cursor.start()..cursor.at())
}

pub(super) fn read_secret(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    cursor.run_of_at_most("secret".len(), |c| c.is_ascii_alphabetic());
    let announced = {
        part(cursor, "access");
        part(cursor, "key")
    };
    if !announced {
        return None;
    }
    let between = |c: char| {
        matches!(c, ' ' | '\t' | '"' | '\'' | '`' | '\\' | '*' | '_' | '=' | ':' | '>' | '.' | ',' | '-')
    };
    for _ in 0..=WORDS_BETWEEN {
        if cursor.run_of_at_most(BETWEEN, between) == 0 {
            return None;
        }
        let start = cursor.at();
        let length =
            cursor.run_of_at_most(SECRET + 1, |c| c.is_ascii_alphanumeric() || matches!(c, '/' | '+'));
        if length == SECRET {
            return Some(start..cursor.at());
        }
        cursor.back_to(start);
        labelled::step_word(cursor)?;
    }
    None
}

/// Steps over one word of the announcement, whatever its case, and what joins it to the one before.
fn part(cursor: &mut Cursor<'_>, word: &str) -> bool {
    let here = cursor.at();
    cursor.next_if(|c| matches!(c, '_' | '-' | ' '));
    let is_there = word.chars().all(|wanted| cursor.next_if(|c| c.eq_ignore_ascii_case(&wanted)).is_some());
    if !is_there {
        cursor.back_to(here);
    }
    is_there
}
