//! JSON texts one after the other: line by line, or each after a record separator (RFC 7464).
//!
//! The rule: on lines, a line feed ends a record. In a sequence a record ends with the line feed behind its last bracket, so
//! that nobody waits for the next, and at the latest where the next begins. What lies between records and is not white
//! space is a record, too: whoever reads it sees that it is none.

use bytes::Bytes;
use smallvec::smallvec;

use super::{AsideKind, Cut, Kind, What, event::Part};

/// What begins a record of a sequence (RFC 7464, section 2.2).
pub(super) const SEPARATOR: u8 = 0x1e;

/// Reads records.
#[derive(Debug)]
pub(super) struct Records {
    /// Whether they are those of a sequence.
    separated: bool,
    /// Up to where no end was found.
    searched: usize,
    /// How deep the current record is there.
    depth: usize,
    string: InString,
    seen: Seen,
}

/// What there is of a record so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Nothing,
    Separator,
    Content,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InString {
    No,
    Yes,
    /// Behind a backslash.
    Escaped,
}

impl Records {
    pub(super) fn lines() -> Self {
        Self { separated: false, searched: 0, depth: 0, string: InString::No, seen: Seen::Nothing }
    }

    pub(super) fn sequence() -> Self {
        Self { separated: true, ..Self::lines() }
    }

    /// The record at the front, if it is whole.
    pub(super) fn next(&mut self, text: &[u8]) -> Option<Cut> {
        let rest = text.get(self.searched..)?;
        let found = if self.separated {
            rest.iter().position(|byte| self.ends_sequence_record(*byte))
        } else {
            rest.iter().position(|byte| *byte == b'\n')
        };
        let Some(found) = found else {
            self.searched = text.len();
            return None;
        };
        let at = self.searched + found;
        // The next record's separator is no part of this one.
        let length = if text.get(at) == Some(&SEPARATOR) && self.separated { at } else { at + 1 };
        Some(self.cut(text, length))
    }

    /// What is left when nothing more comes.
    pub(super) fn rest(&mut self, text: &[u8]) -> Cut {
        self.cut(text, text.len())
    }

    fn ends_sequence_record(&mut self, byte: u8) -> bool {
        match (byte, self.string) {
            (SEPARATOR, _) => return std::mem::replace(&mut self.seen, Seen::Separator) != Seen::Nothing,
            (_, InString::Escaped) => self.string = InString::Yes,
            (b'\\', InString::Yes) => self.string = InString::Escaped,
            (b'"', InString::Yes) => self.string = InString::No,
            (_, InString::Yes) => {}
            (b'"', InString::No) => self.string = InString::Yes,
            (b'{' | b'[', InString::No) => self.depth += 1,
            (b'}' | b']', InString::No) => self.depth = self.depth.saturating_sub(1),
            (b'\n', InString::No) => return self.depth == 0 && self.seen != Seen::Separator,
            (_, InString::No) => {}
        }
        if !is_space(byte) {
            self.seen = Seen::Content;
        }
        false
    }

    fn cut(&mut self, text: &[u8], length: usize) -> Cut {
        *self = Self { separated: self.separated, ..Self::lines() };
        let record = text.get(..length).unwrap_or_default();
        let is_frame = |byte: &u8| is_space(*byte) || (self.separated && *byte == SEPARATOR);
        let Some(value) = record.iter().position(|byte| !is_frame(byte)) else {
            return Cut::aside(length, AsideKind::Blank);
        };
        let value_end = record.iter().rposition(|byte| !is_space(*byte)).map_or(length, |last| last + 1);
        let part = Part { kind: Kind::Record, start: 0, value, value_end, end: length };
        Cut { length, what: What::Event(smallvec![part]) }
    }
}

/// White space of JSON (RFC 8259, section 2).
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// A record of ours.
pub(super) fn record(before: &[u8], data: &[u8]) -> Bytes {
    let mut out = before.to_vec();
    out.extend(data.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
    out.push(b'\n');
    out.into()
}
