//! Finds tokens in a text to the person, and gives the values to write in their stead.
//!
//! The rule: what is restored depends on the text as a whole and never on how it was cut: a token is decided about once all of it
//! is there, with as much behind it as tells whether it is the beginning of a host (`TOKEN.evil.test`). That is at most 190 and
//! 65 characters, within [`crate::text::HELD_BACK`]. Each character is looked at a bounded number of times.
//!
//! What would defeat it: judging the place by what the bot wrote; it is judged by what the person is shown.

use std::{fmt::Write as _, sync::Arc};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    Hosts, Pseudonyms,
    place::{Leave, Place},
    shape::{Shape, Token, read},
};
use crate::text::{Edge, Found, Scanner};

/// What percent-encoding leaves as it is: unreserved characters (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How many characters one part of a host's name can have (RFC 1035, section 2.3.4).
const LONGEST_LABEL: usize = 63;

/// Finds tokens, and gives their values.
#[derive(Clone, Debug)]
pub struct Restorer {
    pseudonyms: Pseudonyms,
    hosts: Arc<Hosts>,
    place: Place,
    json: Option<Json>,
}

/// Where we are in a text that is JSON.
#[derive(Clone, Copy, Debug, Default)]
struct Json {
    escaped: bool,
}

impl Json {
    /// What a character means: a character, the edge of a string, or nothing yet.
    fn read(&mut self, c: char) -> Option<Option<char>> {
        match (std::mem::take(&mut self.escaped), c) {
            (false, '\\') => {
                self.escaped = true;
                None
            }
            (false, '"') => Some(None),
            (true, 'n' | 'r' | 't' | 'f') => Some(Some('\n')),
            (_, c) => Some(Some(c)),
        }
    }
}

/// What is to be done about a token.
enum Deed {
    Keep,
    Wait,
    Write(String),
}

impl Restorer {
    pub(super) fn new(pseudonyms: Pseudonyms, hosts: Arc<Hosts>, json: bool) -> Self {
        Self { pseudonyms, hosts, place: Place::default(), json: json.then(Json::default) }
    }

    fn deed(&self, token: &Token, behind: &str, edge: Edge) -> Deed {
        let fits = match self.place.leave() {
            Leave::Keep => Some(false),
            Leave::Encode => Some(true),
            Leave::Restore => becomes_host(behind, edge).map(|host| !host),
            Leave::RestoreBracketed => is_bracketed(behind, edge),
        };
        match fits.map(|fits| fits.then(|| self.pseudonyms.value(token)).flatten()) {
            None => Deed::Wait,
            Some(None) => Deed::Keep,
            Some(Some(value)) => Deed::Write(self.written(value)),
        }
    }

    /// A value as it is written here.
    fn written(&self, value: String) -> String {
        match (self.place.leave(), self.json) {
            (Leave::Encode, _) => utf8_percent_encode(&value, RESERVED).to_string(),
            (Leave::Keep | Leave::Restore | Leave::RestoreBracketed, None) => value,
            (Leave::Keep | Leave::Restore | Leave::RestoreBracketed, Some(_)) => in_string(&value),
        }
    }

    /// Goes on behind this text, which is shown as it is.
    fn pass(&mut self, text: &str) {
        let Some(mut json) = self.json else { return self.place.read(text, &self.hosts) };
        for c in text.chars() {
            match json.read(c) {
                None => {}
                Some(None) => self.place = Place::default(),
                Some(Some(meant)) => self.place.read(meant.encode_utf8(&mut [0; 4]), &self.hosts),
            }
        }
        self.json = Some(json);
    }

    /// Goes on behind a value. In a listed link it is percent-encoded, and can't be the beginning of anything.
    fn pass_value(&mut self, written: &str) {
        match self.place.leave() {
            Leave::Encode => {}
            Leave::Keep | Leave::Restore | Leave::RestoreBracketed => self.pass(written),
        }
    }
}

impl Scanner for Restorer {
    type What = String;

    fn scan(&mut self, text: &str, edge: Edge, found: &mut Vec<Found<String>>) -> usize {
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let next = rest.find(['p', 'P', '[', '%']).unwrap_or(rest.len());
            let (before, rest) = rest.split_at_checked(next).unwrap_or((rest, ""));
            self.pass(before);
            at += next;
            let end = match read(rest) {
                Shape::Cut if edge == Edge::Open && !rest.is_empty() => return at,
                Shape::Token(token) => {
                    let (written, behind) = rest.split_at_checked(token.length).unwrap_or((rest, ""));
                    match self.deed(&token, behind, edge) {
                        Deed::Wait => return at,
                        Deed::Keep => self.pass(written),
                        Deed::Write(value) => {
                            self.pass_value(&value);
                            found.push(Found { at: at..at + token.length, what: value });
                        }
                    }
                    at + token.length
                }
                Shape::None | Shape::Cut => {
                    let one = rest.chars().next().map_or(0, char::len_utf8);
                    self.pass(rest.get(..one).unwrap_or_default());
                    at + one
                }
            };
            at = end;
        }
        text.len()
    }
}

/// Whether a value before this text would begin a host, as in `VALUE.evil.test` and `VALUE-x.evil.test`; none when more of it
/// must be seen.
fn becomes_host(behind: &str, edge: Edge) -> Option<bool> {
    let mut characters = behind.chars();
    for _ in 0..=LONGEST_LABEL {
        match characters.next() {
            Some('-' | '_' | '%' | '@' | '+') => {}
            Some('.') => match characters.next() {
                Some(next) => return Some(next.is_alphanumeric()),
                None => return (edge == Edge::End).then_some(false),
            },
            Some(c) if c.is_alphanumeric() => {}
            Some(_) => return Some(false),
            None => return (edge == Edge::End).then_some(false),
        }
    }
    Some(false)
}

/// Whether `>` comes next; none when nothing is there yet.
fn is_bracketed(behind: &str, edge: Edge) -> Option<bool> {
    match behind.chars().next() {
        Some(next) => Some(next == '>'),
        None => (edge == Edge::End).then_some(false),
    }
}

/// A value as it stands inside a JSON string (RFC 8259, section 7).
fn in_string(value: &str) -> String {
    let mut written = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '"' | '\\' => written.extend(['\\', c]),
            c if c < ' ' => drop(write!(written, "\\u{:04x}", u32::from(c))),
            c => written.push(c),
        }
    }
    written
}
