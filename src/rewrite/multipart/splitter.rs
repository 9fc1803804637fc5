//! Splits a `multipart/form-data` body into its parts (RFC 2046, section 5.1.1; RFC 7578), piece by piece.
//!
//! The rule: there is one way to read what passes. Lines end with CRLF; nothing stands before the first delimiter, behind a
//! delimiter, or after the last; and the delimiter stands nowhere else, be it after a bare line feed or in the middle of
//! a line. What would defeat it is a lenient reader behind us, to which a part is two.

use memchr::memmem::Finder;

use super::boundary::Boundary;
use crate::refusal::Refusal;

/// The most bytes of a part's header.
const MOST_HEAD: usize = 8 << 10;

/// The most parts of a form.
const MOST_PARTS: usize = 1_000;

/// What a body consists of, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A part begins: its header, with the empty line that ends it.
    Head(&'a [u8]),
    /// Some of its content.
    Data(&'a [u8]),
    /// The part ends.
    End,
}

/// Splits one body.
#[derive(Debug)]
pub(super) struct Splitter {
    delimiter: Finder<'static>,
    expects: Expects,
    /// What is not split yet.
    rest: Vec<u8>,
    /// How many bytes were split.
    at: u64,
    parts: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expects {
    Start,
    Head,
    Data,
    /// Nothing more, but perhaps the end of the last line.
    End,
}

impl Splitter {
    pub(super) fn new(boundary: &Boundary) -> Self {
        let delimiter = Finder::new(boundary.delimiter()).into_owned();
        Self { delimiter, expects: Expects::Start, rest: Vec::new(), at: 0, parts: 0 }
    }

    /// Splits the next piece. How content is cut into several tokens depends on how the body is.
    pub(super) fn push(
        &mut self,
        piece: &[u8],
        mut each: impl FnMut(Token<'_>) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let mut rest = std::mem::take(&mut self.rest);
        rest.extend_from_slice(piece);
        let mut from = 0;
        while let Some(taken) = self.step(rest.get(from..).unwrap_or_default(), &mut each)? {
            from += taken;
            self.at += taken as u64;
        }
        rest.drain(..from);
        self.rest = rest;
        Ok(())
    }

    /// The body is over.
    pub(super) fn finish(&self) -> Result<(), Refusal> {
        let is_whole = self.expects == Expects::End && matches!(&*self.rest, b"" | b"\r\n");
        if is_whole { Ok(()) } else { Err(self.malformed("the form is cut short")) }
    }

    /// Whether what is not split yet is the end of the last line.
    pub(super) fn ends_with_a_line(&self) -> bool {
        !self.rest.is_empty()
    }

    /// Takes one step, and says how many bytes it took; none where it needs more.
    fn step(
        &mut self,
        rest: &[u8],
        each: &mut impl FnMut(Token<'_>) -> Result<(), Refusal>,
    ) -> Result<Option<usize>, Refusal> {
        match self.expects {
            Expects::Start => self.start(rest),
            Expects::Head => self.head(rest, each),
            Expects::Data => self.data(rest, each),
            Expects::End if b"\r\n".starts_with(rest) => Ok(None),
            Expects::End => Err(self.malformed("something follows the last delimiter of the form")),
        }
    }

    fn start(&mut self, rest: &[u8]) -> Result<Option<usize>, Refusal> {
        let delimiter = self.delimiter.needle();
        if rest.len() >= delimiter.len() && rest.starts_with(delimiter) {
            let length = delimiter.len();
            return Ok(self
                .after_delimiter(rest.get(length..).unwrap_or_default())?
                .map(|more| length + more));
        }
        if delimiter.starts_with(rest) {
            return Ok(None);
        }
        Err(self.malformed("the form does not begin with its delimiter"))
    }

    fn head(
        &mut self,
        rest: &[u8],
        each: &mut impl FnMut(Token<'_>) -> Result<(), Refusal>,
    ) -> Result<Option<usize>, Refusal> {
        let end = memchr::memmem::find(rest, b"\r\n\r\n").map(|at| at + 4);
        if end.unwrap_or(rest.len()) > MOST_HEAD {
            return Err(self.malformed("the header of a part is too long"));
        }
        let Some(head) = end.and_then(|end| rest.get(..end)) else { return Ok(None) };
        if self.delimiter.find(head).is_some() {
            return Err(self.malformed("the delimiter stands in the header of a part"));
        }
        self.parts += 1;
        if self.parts > MOST_PARTS {
            return Err(self.malformed("the form has more than 1000 parts"));
        }
        each(Token::Head(head))?;
        self.expects = Expects::Data;
        Ok(Some(head.len()))
    }

    fn data(
        &mut self,
        rest: &[u8],
        each: &mut impl FnMut(Token<'_>) -> Result<(), Refusal>,
    ) -> Result<Option<usize>, Refusal> {
        let length = self.delimiter.needle().len();
        let Some(found) = self.delimiter.find(rest) else {
            // What may be the beginning of a delimiter stays.
            let sure = rest.len().saturating_sub(length + 1);
            let data = rest.get(..sure).filter(|data| !data.is_empty());
            let Some(data) = data else { return Ok(None) };
            each(Token::Data(data))?;
            return Ok(Some(sure));
        };
        let (data, from) = rest.split_at_checked(found).unwrap_or_default();
        let Some(data) = data.strip_suffix(b"\r\n") else {
            return Err(self.malformed("the delimiter stands within a part"));
        };
        let Some(more) = self.after_delimiter(from.get(length..).unwrap_or_default())? else {
            return Ok(None);
        };
        if !data.is_empty() {
            each(Token::Data(data))?;
        }
        each(Token::End)?;
        Ok(Some(found + length + more))
    }

    /// What follows a delimiter: another part or the end. The length of what says so.
    fn after_delimiter(&mut self, rest: &[u8]) -> Result<Option<usize>, Refusal> {
        self.expects = match rest {
            [b'\r', b'\n', ..] => Expects::Head,
            [b'-', b'-', ..] => Expects::End,
            [] | [b'\r' | b'-'] => return Ok(None),
            _ => return Err(self.malformed("something follows a delimiter of the form")),
        };
        Ok(Some(2))
    }

    fn malformed(&self, what: &'static str) -> Refusal {
        Refusal::Unreadable { what, at: self.at }
    }
}
