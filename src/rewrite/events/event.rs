//! One event, and the same event with other data.
//!
//! The rule: an event is the row of its parts, and all but its data is written as it came: the same fields in the same
//! order, the same line ends, the same space after the colon.

use bytes::Bytes;
use smallvec::SmallVec;

/// An event as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    raw: Bytes,
    parts: Parts,
}

/// The parts of an event, in order and without gaps. Most have a name, one line of data, and an empty line.
pub(super) type Parts = SmallVec<[Part; 4]>;

/// A part. Positions are bytes from the beginning of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) kind: Kind,
    pub(super) start: usize,
    /// Where its value begins.
    pub(super) value: usize,
    /// Where its value ends, and what ends the line begins.
    pub(super) value_end: usize,
    pub(super) end: usize,
}

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A line of data of an event stream.
    Data,
    /// Data that is not divided into lines.
    Record,
    /// `event:`
    Name,
    /// `id:`
    Id,
    /// `retry:`
    Retry,
    /// What clients ignore: comments, and fields that they don't know.
    Ignored,
    /// The end of the event.
    End,
}

impl Event {
    pub(super) fn new(raw: Bytes, parts: Parts) -> Self {
        Self { raw, parts }
    }

    /// The bytes in which it came.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// Its data: what clients read as one document. Lines of data are joined by line feeds.
    pub fn data(&self) -> Bytes {
        let mut lines = self.parts.iter().filter(|part| part.is_data());
        match (lines.next(), lines.next()) {
            (Some(only), None) => self.raw.slice(only.value..only.value_end),
            (Some(_), Some(_)) => {
                let lines: Vec<&[u8]> =
                    self.parts.iter().filter(|part| part.is_data()).map(|part| self.value(part)).collect();
                Bytes::from(lines.join(&b'\n'))
            }
            (None, _) => Bytes::new(),
        }
    }

    /// What it is called; none where its data must say so.
    pub fn name(&self) -> Option<&[u8]> {
        let name = self.parts.iter().rev().find(|part| part.kind == Kind::Name)?;
        Some(self.value(name)).filter(|name| !name.is_empty())
    }

    /// The event with other data.
    pub fn with_data(&self, data: &[u8]) -> Bytes {
        if data == self.data().as_ref() {
            return self.raw.clone();
        }
        let mut out = Written::default();
        let mut lines = lines(data);
        let last = self.parts.iter().rposition(|part| part.kind == Kind::Data);
        for (number, part) in self.parts.iter().enumerate() {
            match part.kind {
                Kind::Record => self.write_record(&mut out, part, data),
                Kind::Data if Some(number) == last => self.write_rest(&mut out, part, &mut lines),
                Kind::Data => {
                    if let Some(line) = lines.next() {
                        self.write_line(&mut out, part, line, self.line_end(part));
                    }
                }
                Kind::Name | Kind::Id | Kind::Retry | Kind::Ignored | Kind::End => out.push(self.bytes(part)),
            }
        }
        out.0.into()
    }

    /// One more event of the same kind and in the same style, to be written before or after this one. It has no `id`, which
    /// would tell a client to resume somewhere else.
    pub fn another(&self, data: &[u8]) -> Bytes {
        let mut out = Written::default();
        let mut style = None;
        for part in &self.parts {
            match part.kind {
                Kind::Record => {
                    self.write_record(&mut out, part, data);
                    if part.end == part.value_end {
                        out.push(b"\n");
                    }
                }
                Kind::Name => {
                    out.push(self.up_to_value_end(part));
                    out.push(self.line_end(part));
                }
                Kind::Data => style = Some(part),
                Kind::Id | Kind::Retry | Kind::Ignored | Kind::End => {}
            }
        }
        if let Some(style) = style {
            let end = self.line_end(style);
            lines(data).for_each(|line| self.write_line(&mut out, style, line, end));
            out.0.extend_from_slice(end);
        }
        out.0.into()
    }

    /// The event with these kinds of parts alone.
    pub(super) fn only(self, stays: impl Fn(Kind) -> bool) -> Self {
        if self.parts.iter().all(|part| stays(part.kind)) {
            return self;
        }
        let mut out = Written::default();
        let mut parts = Parts::new();
        for part in self.parts.iter().filter(|part| stays(part.kind)) {
            let start = out.room_for(self.bytes(part));
            out.push(self.bytes(part));
            let moved = |at: usize| at - part.start + start;
            parts.push(Part {
                kind: part.kind,
                start,
                value: moved(part.value),
                value_end: moved(part.value_end),
                end: moved(part.end),
            });
        }
        Self { raw: out.0.into(), parts }
    }

    fn write_record(&self, out: &mut Written, part: &Part, data: &[u8]) {
        out.push(self.between(part.start, part.value));
        // A line feed would end the record; in JSON, one that is not in a string is as good as a space.
        out.0.extend(data.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
        out.push(self.between(part.value_end, part.end));
    }

    /// All lines that are left, in the place of the last line of data.
    fn write_rest<'a>(&self, out: &mut Written, part: &Part, lines: &mut impl Iterator<Item = &'a [u8]>) {
        let mut lines = lines.peekable();
        while let Some(line) = lines.next() {
            let end = if lines.peek().is_some() {
                self.line_end(part)
            } else {
                self.between(part.value_end, part.end)
            };
            self.write_line(out, part, line, end);
        }
    }

    fn write_line(&self, out: &mut Written, style: &Part, line: &[u8], end: &[u8]) {
        let field = self.between(style.start, style.value);
        out.push(field);
        if !field.contains(&b':') {
            out.push(b":");
        }
        // One space after the colon is no part of the value.
        if !field.ends_with(b" ") && line.starts_with(b" ") {
            out.push(b" ");
        }
        out.push(line);
        out.push(end);
    }

    /// What ends the lines of the event; that of a line without end is another's.
    fn line_end(&self, part: &Part) -> &[u8] {
        match self.between(part.value_end, part.end) {
            b"" => self
                .parts
                .iter()
                .map(|part| self.between(part.value_end, part.end))
                .find(|end| !end.is_empty()),
            end => Some(end),
        }
        .unwrap_or(b"\n")
    }

    fn value(&self, part: &Part) -> &[u8] {
        self.between(part.value, part.value_end)
    }

    fn up_to_value_end(&self, part: &Part) -> &[u8] {
        self.between(part.start, part.value_end)
    }

    fn bytes(&self, part: &Part) -> &[u8] {
        self.between(part.start, part.end)
    }

    fn between(&self, from: usize, to: usize) -> &[u8] {
        self.raw.get(from..to).unwrap_or_default()
    }
}

impl Kind {
    /// Whether clients look at it.
    pub(super) fn is_known(self) -> bool {
        self != Self::Ignored
    }

    /// Whether it is data, or ends an event.
    pub(super) fn is_data(self) -> bool {
        matches!(self, Self::Data | Self::Record | Self::End)
    }
}

impl Part {
    fn is_data(&self) -> bool {
        matches!(self.kind, Kind::Data | Kind::Record)
    }
}

/// The lines of data: at any line end, since none can stand in a line.
pub(super) fn lines(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|byte| matches!(byte, b'\n' | b'\r'))
}

/// What is written so far.
#[derive(Default)]
struct Written(Vec<u8>);

impl Written {
    fn push(&mut self, bytes: &[u8]) {
        self.room_for(bytes);
        self.0.extend_from_slice(bytes);
    }

    /// Where these bytes will begin. Where a line that ended in a carriage return now stands before a line feed that is a
    /// line of its own, the two must not become one line end.
    fn room_for(&mut self, bytes: &[u8]) -> usize {
        if self.0.ends_with(b"\r") && bytes.starts_with(b"\n") {
            self.0.push(b'\n');
        }
        self.0.len()
    }
}
