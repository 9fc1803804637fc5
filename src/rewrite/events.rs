//! Bodies that are a row of events: `text/event-stream`, JSON line by line, JSON text sequences.
//!
//! The rule: what a client takes for an event is what is judged here, and nothing that could become part of one is let go
//! before. An event leaves when its own end has come, whatever follows; and all of it that nobody changed leaves in the
//! bytes in which it came. What would defeat it: a second opinion about where a line ends (so a carriage return ends one at
//! once, and a line feed behind it is passed on by itself); the half of an event that some clients take for a whole one
//! (so it is judged like any other, see [`Framer::finish`]); and an event that never ends, which is a fault.

mod event;
mod records;
mod stream;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header::CONTENT_TYPE};

pub use event::Event;
use event::{Kind, Parts};
use records::Records;
use stream::Stream;

/// How a body is divided into events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// `text/event-stream` (WHATWG HTML, section 9.2.6).
    Stream,
    /// A JSON text on each line: `application/x-ndjson` and its likes.
    Lines,
    /// A JSON text sequence (RFC 7464): each after a record separator.
    Sequence,
}

/// Divides a body, in whatever pieces it comes, into events and what stands between them.
#[derive(Debug)]
pub struct Framer {
    reader: Reader,
    /// What has come and is not whole yet.
    held: BytesMut,
    limit: usize,
    over: bool,
    failed: bool,
}

/// What a body consists of, in order and without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// An event.
    Event(Event),
    /// Anything that clients take for no event.
    Aside(Aside),
}

/// What stands between events, and may pass as it is or be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// Its bytes.
    pub raw: Bytes,
    /// What it is.
    pub kind: AsideKind,
}

/// Kinds of bytes that are no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsideKind {
    /// A byte-order mark at the beginning, an empty line, white space: it says nothing.
    Blank,
    /// A comment. Clients ignore it, but a bot could write anything there.
    Comment,
    /// Fields without data: `retry`, an `id`, or fields that clients don't know.
    Fields,
}

/// Why a body can't be divided any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventFault {
    /// An event, or what may become one, is longer than the limit.
    #[error("an event is longer than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
}

/// What comes out of one piece.
#[derive(Debug)]
#[must_use = "what is not taken out comes with the next piece"]
pub struct Items<'a>(&'a mut Framer);

impl Framing {
    /// The framing of a media type, as `Content-Type` names it; none where a body is no row of events. Parameters are not
    /// looked at: all three are UTF-8, whatever is said there.
    pub fn of(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "text/event-stream" => Some(Self::Stream),
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonl"
            | "application/jsonlines"
            | "application/x-jsonlines"
            | "application/json-lines"
            | "application/stream+json"
            | "application/x-json-stream"
            | "text/x-ndjson"
            | "text/jsonl" => Some(Self::Lines),
            "application/json-seq" => Some(Self::Sequence),
            // RFC 8091
            other => other.ends_with("+json-seq").then_some(Self::Sequence),
        }
    }

    /// The framing of a body with one `Content-Type`.
    pub fn of_body(headers: &HeaderMap) -> Option<Self> {
        let mut types = headers.get_all(CONTENT_TYPE).iter();
        let (only, None) = (types.next()?, types.next()) else { return None };
        only.to_str().ok().and_then(Self::of)
    }

    /// The event that tells a client why there will be no more: a problem document (RFC 9457) in one JSON text. It may be
    /// written wherever an item ends.
    pub fn closing(self, problem: &[u8]) -> Bytes {
        match self {
            Self::Stream => stream::event(b"event: error\n", problem, b"\n"),
            Self::Lines => records::record(b"", problem),
            Self::Sequence => records::record(&[records::SEPARATOR], problem),
        }
    }
}

impl Framer {
    /// A framer for one body, none of whose events may be longer than `limit` bytes, framing included.
    pub fn new(framing: Framing, limit: usize) -> Self {
        let reader = match framing {
            Framing::Stream => Reader::Stream(Stream::default()),
            Framing::Lines => Reader::Records(Records::lines()),
            Framing::Sequence => Reader::Records(Records::sequence()),
        };
        Self { reader, held: BytesMut::new(), limit, over: false, failed: false }
    }

    /// Takes the next piece and gives what is whole with it. After a fault nothing more comes.
    pub fn push(&mut self, piece: &[u8]) -> Items<'_> {
        if !self.failed {
            self.held.extend_from_slice(piece);
        }
        Items(self)
    }

    /// The body is over: gives the rest, which may be an event or aside that was not finished.
    ///
    /// Such an event must be judged as any other: a strict client drops it, others take it for one. Where its data is no
    /// JSON, drop it; there is no harm in that.
    pub fn finish(&mut self) -> Items<'_> {
        self.over = true;
        Items(self)
    }

    fn next(&mut self) -> Option<Result<Item, EventFault>> {
        if self.failed {
            return None;
        }
        match self.cut() {
            Some(cut) if cut.length <= self.limit => Some(Ok(self.item(cut))),
            None if self.held.len() <= self.limit => None,
            Some(_) | None => {
                self.failed = true;
                self.held = BytesMut::new();
                Some(Err(EventFault::TooLarge { limit: self.limit }))
            }
        }
    }

    fn cut(&mut self) -> Option<Cut> {
        let is_rest = self.over && !self.held.is_empty();
        match &mut self.reader {
            Reader::Stream(stream) => {
                stream.next(&self.held).or_else(|| is_rest.then(|| stream.rest(&self.held)))
            }
            Reader::Records(records) => {
                records.next(&self.held).or_else(|| is_rest.then(|| records.rest(&self.held)))
            }
        }
    }

    fn item(&mut self, cut: Cut) -> Item {
        let raw = self.held.split_to(cut.length).freeze();
        match cut.what {
            What::Aside(kind) => Item::Aside(Aside { raw, kind }),
            What::Event(parts) => Item::Event(Event::new(raw, parts)),
        }
    }
}

impl Iterator for Items<'_> {
    type Item = Result<Item, EventFault>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl Item {
    /// The bytes in which it came.
    pub fn raw(&self) -> &Bytes {
        match self {
            Self::Event(event) => event.raw(),
            Self::Aside(aside) => &aside.raw,
        }
    }

    /// What of it a client needs: beside data what an event is called, from where to resume, and when to try again, and
    /// that something came. Neither a comment's text nor a field that clients don't know.
    pub fn without_asides(self) -> Self {
        self.only(Kind::is_known)
    }

    /// Its data and its ends, and that something came.
    pub fn only_data(self) -> Self {
        self.only(Kind::is_data)
    }

    fn only(self, stays: impl Fn(Kind) -> bool) -> Self {
        match self {
            Self::Event(event) => Self::Event(event.only(stays)),
            Self::Aside(Aside { raw, kind: AsideKind::Blank }) => {
                Self::Aside(Aside { raw, kind: AsideKind::Blank })
            }
            Self::Aside(Aside { raw, kind }) => Self::Aside(Aside { raw: stream::only(&raw, stays), kind }),
        }
    }
}

#[derive(Debug)]
enum Reader {
    Stream(Stream),
    Records(Records),
}

/// What lies at the front of what is held.
struct Cut {
    length: usize,
    what: What,
}

enum What {
    Aside(AsideKind),
    Event(Parts),
}

impl Cut {
    fn aside(length: usize, kind: AsideKind) -> Self {
        Self { length, what: What::Aside(kind) }
    }
}

#[cfg(test)]
mod tests;
