//! Tokens of GitHub.
//!
//! The rule: a prefix that names the kind of token, and at least 36 letters, digits or underscores. Those of installations (`ghs_`) may
//! carry a signed token behind, with dots and dashes in it.

use std::ops::Range;

use super::cursor::Cursor;

/// By which tokens begin.
pub(super) const WORDS: &[&str] = &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"];

/// With the prefix.
const SHORTEST: usize = 40;

pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    if !cursor.before().is_edge() {
        return None;
    }
    let dotted = cursor.ahead(|cursor| cursor.word("ghs_"));
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = cursor.run(plain);
    while dotted && joint(cursor) {
        cursor.run(plain);
    }
    (length >= SHORTEST).then(|| cursor.start()..cursor.at())
}

pub(super) fn goes_on(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// Steps over a dot or dash, where the token goes on behind it.
fn joint(cursor: &mut Cursor<'_>) -> bool {
    let goes_on = cursor.ahead(|cursor| {
        cursor.run(|c| matches!(c, '.' | '-' | '_')) > 0
            && cursor.peek().is_some_and(|c| c.is_ascii_alphanumeric())
    });
    goes_on && cursor.run(|c| matches!(c, '.' | '-' | '_')) > 0
}
