//! Tokens of Slack, and the addresses of webhooks, which are as good as tokens.
//!
//! The rule: a prefix that names the kind of token, then groups of letters and digits with dashes between, the first beginning with a
//! digit; or the host of the webhooks and a path.

use std::ops::Range;

use super::cursor::Cursor;

/// By which tokens begin, and the host of webhooks.
pub(super) const WORDS: &[&str] =
    &["xoxa", "xoxb", "xoxe", "xoxo", "xoxp", "xoxr", "xoxs", "xapp", "hooks.slack.com"];

const SHORTEST: usize = 10;

pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    if !cursor.before().is_edge() {
        return None;
    }
    let word = cursor.run_of_at_most(5, |c| c.is_ascii_lowercase());
    let is_secret = if word == 5 { read_webhook(cursor) } else { read_token(cursor) };
    is_secret.then(|| cursor.start()..cursor.at())
}

pub(super) fn goes_on(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/')
}

fn read_webhook(cursor: &mut Cursor<'_>) -> bool {
    if !cursor.word(".slack.com/") {
        return false;
    }
    let kind = cursor.run_of_at_most(SHORTEST, |c| c.is_ascii_lowercase());
    kind > 0 && cursor.word("/") && cursor.run(goes_on) >= SHORTEST
}

fn read_token(cursor: &mut Cursor<'_>) -> bool {
    // A refreshed token is wrapped: `xoxe.xoxp-1-…`.
    if cursor.next_if(|c| c == '.').is_some() && cursor.run_of_at_most(4, |c| c.is_ascii_lowercase()) < 4 {
        return false;
    }
    if cursor.next_if(|c| c == '-').is_none() || !cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
        return false;
    }
    let from = cursor.at();
    while cursor.run(|c| c.is_ascii_alphanumeric()) > 0 && dash(cursor) {}
    cursor.at() - from >= SHORTEST
}

/// Steps over a dash, where the token goes on behind it.
fn dash(cursor: &mut Cursor<'_>) -> bool {
    let goes_on =
        cursor.ahead(|cursor| cursor.word("-") && cursor.peek().is_some_and(|c| c.is_ascii_alphanumeric()));
    goes_on && cursor.word("-")
}
