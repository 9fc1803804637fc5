//! `text/event-stream`, as WHATWG HTML reads it (sections 9.2.5 and 9.2.6).
//!
//! The rule: a line ends at a line feed, a carriage return, or both. Nobody waits for the second: an event that ends in a
//! carriage return is whole, and a line feed that follows belongs to it but is an item of its own, also where both come
//! together, so that nothing depends on how the body was cut.

use bytes::Bytes;

use super::{AsideKind, Cut, Kind, Parts, What, event, event::Part};

/// The byte-order mark, which is no part of the first line.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads an event stream.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Whether what comes is behind the place where a byte-order mark may stand.
    begun: bool,
    /// Whether the last line ended in a carriage return, so that a line feed here still belongs to it.
    after_return: bool,
    /// Up to where no line end was found.
    searched: usize,
    /// Where the current line begins.
    line: usize,
    /// The lines of this event so far.
    parts: Parts,
}

impl Stream {
    /// What lies at the front, if it is whole.
    pub(super) fn next(&mut self, text: &[u8]) -> Option<Cut> {
        if !self.begun {
            if text.len() < MARK.len() && MARK.starts_with(text) {
                return None;
            }
            self.begun = true;
            if text.starts_with(MARK) {
                return Some(Cut::aside(MARK.len(), AsideKind::Blank));
            }
        }
        loop {
            if let Some(cut) = self.line_feed(text)? {
                return Some(cut);
            }
            let rest = text.get(self.searched.max(self.line)..)?;
            let Some(length) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.searched = text.len();
                return None;
            };
            let end = self.searched.max(self.line) + length;
            self.after_return = text.get(end) == Some(&b'\r');
            if let Some(cut) = self.line(text, end, end + 1) {
                return Some(cut);
            }
        }
    }

    /// What is left when nothing more comes.
    pub(super) fn rest(&mut self, text: &[u8]) -> Cut {
        let end = text.len();
        if self.line < end && self.line(text, end, end).is_some() {
            return Cut::aside(end, AsideKind::Comment);
        }
        self.whole(end)
    }

    /// A line feed that belongs to the line before; none where that is not known yet.
    fn line_feed(&mut self, text: &[u8]) -> Option<Option<Cut>> {
        if !self.after_return {
            return Some(None);
        }
        let is_there = *text.get(self.line)? == b'\n';
        self.after_return = false;
        if !is_there {
            return Some(None);
        }
        let Some(last) = self.parts.last_mut() else { return Some(Some(Cut::aside(1, AsideKind::Blank))) };
        last.end += 1;
        self.line += 1;
        Some(None)
    }

    /// Takes a line into the event; something is whole where there is none yet, or with an empty line.
    fn line(&mut self, text: &[u8], end: usize, after: usize) -> Option<Cut> {
        let line = text.get(self.line..end).unwrap_or_default();
        if self.parts.is_empty() && (line.is_empty() || line.starts_with(b":")) {
            self.start_anew();
            let kind = if line.is_empty() { AsideKind::Blank } else { AsideKind::Comment };
            return Some(Cut::aside(after, kind));
        }
        let (kind, value) = field(line);
        self.parts.push(Part {
            kind,
            start: self.line,
            value: self.line + value,
            value_end: end,
            end: after,
        });
        self.line = after;
        (kind == Kind::End).then(|| self.whole(after))
    }

    fn whole(&mut self, length: usize) -> Cut {
        let parts = std::mem::take(&mut self.parts);
        self.start_anew();
        // Without a line of data clients see no event.
        if parts.iter().any(|part| part.kind == Kind::Data) {
            Cut { length, what: What::Event(parts) }
        } else {
            Cut::aside(length, AsideKind::Fields)
        }
    }

    fn start_anew(&mut self) {
        (self.searched, self.line) = (0, 0);
    }
}

/// What a line is, and where its value begins.
fn field(line: &[u8]) -> (Kind, usize) {
    if line.is_empty() {
        return (Kind::End, 0);
    }
    let colon = line.iter().position(|byte| *byte == b':');
    let name = line.get(..colon.unwrap_or(line.len())).unwrap_or_default();
    let kind = match name {
        b"data" => Kind::Data,
        b"event" => Kind::Name,
        b"id" => Kind::Id,
        b"retry" => Kind::Retry,
        _ => Kind::Ignored,
    };
    let value = colon.map_or(line.len(), |colon| colon + 1);
    (kind, value + usize::from(line.get(value) == Some(&b' ')))
}

/// An event of ours: the lines before its data, and its data.
pub(super) fn event(before: &[u8], data: &[u8], line_end: &[u8]) -> Bytes {
    let mut out = before.to_vec();
    for line in event::lines(data) {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.extend_from_slice(line_end);
    }
    out.extend_from_slice(line_end);
    out.into()
}

/// Lines that are no event, these kinds alone; a comment stays as an empty one.
pub(super) fn only(raw: &[u8], stays: impl Fn(Kind) -> bool) -> Bytes {
    let mut out = Vec::with_capacity(raw.len());
    for line in raw.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
        let text = line.strip_suffix(b"\n").or_else(|| line.strip_suffix(b"\r")).unwrap_or(line);
        if text.starts_with(b":") {
            out.push(b':');
            out.extend_from_slice(line.get(text.len()..).unwrap_or_default());
        } else if stays(field(text).0) {
            out.extend_from_slice(line);
        }
    }
    out.into()
}
