//! A resumable JSON tokeniser: strict, with an explicit stack, taking the text in pieces cut anywhere.
//!
//! The rule: what it accepts is RFC 8259 in UTF-8 with three further demands, because two readers of one text must not
//! see two documents: no byte-order mark, no two equal names in an object (compared after unescaping), no lone
//! surrogates (RFC 7493). Everything is judged, also what nobody asked about. What would defeat it: a state that
//! depends on where a piece was cut. Property tests cut at every place and compare.

mod names;
mod numbers;
mod scan;
mod text;
mod utf8;

pub use names::NameHasher;
use names::Names;
use numbers::NumberState;
use text::Escape;
use utf8::Utf8;

pub use text::{escape_into, unescape};

/// The longest member name (raw, with its escapes) and the longest run of white space, in bytes. A longer one can't be held while it is
/// undecided whether it will be forwarded.
pub const HELD_MAX: usize = 64 << 10;

/// What is wrong with a text, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, in words of ours.
    pub what: &'static str,
    /// At which byte, counted from 0.
    pub at: usize,
}

/// One piece of the text. All positions are counted from the beginning of the whole text.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// The position of the piece's first byte.
    pub base: usize,
    /// The piece.
    pub bytes: &'a [u8],
}

/// The name of the member that comes next.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// The name, unescaped.
    pub name: &'a [u8],
    /// Its hash by the tokeniser's [`NameHasher`].
    pub hash: u64,
    /// The position of the opening quotation mark.
    pub at: usize,
}

/// Objects and arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// `{ … }`
    Object,
    /// `[ … ]`
    Array,
}

/// Everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A string.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`.
    Null,
}

/// Told what the tokeniser finds, in order.
pub trait Visitor {
    /// A member's name; its value comes next.
    fn key(&mut self, piece: Piece<'_>, key: Key<'_>);
    /// A container begins; `at` is its bracket.
    fn open(&mut self, piece: Piece<'_>, container: Container, at: usize);
    /// The innermost container ends; `at` is its bracket.
    fn close(&mut self, piece: Piece<'_>, at: usize);
    /// A scalar begins at `at`.
    fn scalar(&mut self, piece: Piece<'_>, scalar: Scalar, at: usize);
    /// The scalar ends just before `at`.
    fn scalar_end(&mut self, piece: Piece<'_>, at: usize);
}

/// Reads one JSON text.
#[derive(Debug)]
pub struct Tokeniser {
    expect: Expect,
    stack: Vec<Container>,
    max_depth: usize,
    base: usize,
    blank: usize,
    hasher: NameHasher,
    names: Names,
    utf8: Utf8,
    escape: Escape,
    number: NumberState,
    /// What is left of `true`, `false` or `null`.
    literal: &'static [u8],
    key_at: usize,
    key_text: Vec<u8>,
    key_is_split: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Value,
    FirstElement,
    FirstName,
    Name,
    Colon,
    Next,
    Key,
    Text,
    Number,
    Literal,
    End,
}

impl Tokeniser {
    /// A tokeniser for one text, nested at most `max_depth` containers deep.
    pub fn new(hasher: NameHasher, max_depth: usize) -> Self {
        Self {
            expect: Expect::Value,
            stack: Vec::with_capacity(16),
            max_depth,
            base: 0,
            blank: 0,
            hasher,
            names: Names::default(),
            utf8: Utf8::default(),
            escape: Escape::None,
            number: NumberState::Start,
            literal: b"",
            key_at: 0,
            key_text: Vec::new(),
            key_is_split: false,
        }
    }

    /// Makes ready for another text, keeping the memory.
    pub fn reset(&mut self, hasher: NameHasher, max_depth: usize) {
        self.stack.clear();
        self.names.clear();
        self.key_text.clear();
        self.utf8 = Utf8::default();
        self.escape = Escape::None;
        self.expect = Expect::Value;
        (self.base, self.blank, self.key_at, self.key_is_split) = (0, 0, 0, false);
        (self.hasher, self.max_depth) = (hasher, max_depth);
    }

    /// Reads the next piece.
    ///
    /// # Errors
    /// The first thing that is not JSON as this module demands it. After an error the text is lost.
    #[inline]
    pub fn push<V: Visitor>(&mut self, bytes: &[u8], visitor: &mut V) -> Result<(), Fault> {
        let piece = Piece { base: self.base, bytes };
        self.utf8.push(bytes).map_err(|at| piece.fault("not UTF-8", at))?;
        let mut at = 0;
        while at < bytes.len() {
            at = match self.expect {
                Expect::Key | Expect::Text => self.text(piece, at, visitor)?,
                Expect::Number => self.number(piece, at, self.number, visitor)?,
                Expect::Literal => self.literal(piece, at, self.literal, visitor)?,
                Expect::Value
                | Expect::FirstElement
                | Expect::FirstName
                | Expect::Name
                | Expect::Colon
                | Expect::Next
                | Expect::End => self.structural(piece, at, visitor)?,
            };
        }
        if self.expect == Expect::Key && !self.key_is_split {
            self.split_key(piece, bytes.len());
        }
        self.base += bytes.len();
        Ok(())
    }

    /// The text is over.
    ///
    /// # Errors
    /// When it can't end here.
    pub fn finish<V: Visitor>(&mut self, visitor: &mut V) -> Result<(), Fault> {
        let nothing = Piece { base: self.base, bytes: &[] };
        if self.expect == Expect::Number {
            self.end_number(nothing, 0, self.number, visitor)?;
        }
        let complete = self.expect == Expect::End && self.utf8.is_complete();
        if complete { Ok(()) } else { Err(nothing.fault("the text ends too early", 0)) }
    }

    /// Reads what stands between values, and then, in the order in which a member is written and as far as all of it is in
    /// the piece, comma, name, colon and value: the state is asked for once a member, not once a token.
    #[inline(always)]
    fn structural<V: Visitor>(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        visitor: &mut V,
    ) -> Result<usize, Fault> {
        let (mut at, mut byte) = match piece.at(at) {
            Some(byte) if byte > b' ' => (at, byte),
            _ => match self.after_blanks(piece, at)? {
                (at, Some(byte)) => (at, byte),
                (at, None) => return Ok(at),
            },
        };
        self.blank = 0;
        if self.expect == Expect::Next && byte == b',' {
            let in_object = self.stack.last() == Some(&Container::Object);
            self.expect = if in_object { Expect::Name } else { Expect::Value };
            let Some(next) = piece.next(at + 1) else { return Ok(at + 1) };
            (at, byte) = next;
        }
        if matches!(self.expect, Expect::FirstName | Expect::Name) && byte == b'"' {
            at = self.name(piece, at, visitor)?;
            let Some(next) = piece.next(at) else { return Ok(at) };
            (at, byte) = next;
        }
        if self.expect == Expect::Colon && byte == b':' {
            self.expect = Expect::Value;
            let Some(next) = piece.next(at + 1) else { return Ok(at + 1) };
            (at, byte) = next;
        }
        match (self.expect, byte) {
            (Expect::FirstElement | Expect::Next, b']') => self.close(Container::Array, piece, at, visitor),
            (Expect::FirstName | Expect::Next, b'}') => self.close(Container::Object, piece, at, visitor),
            (Expect::Value | Expect::FirstElement, _) => self.value(piece, at, byte, visitor),
            _ => Err(self.unexpected(piece, at)),
        }
    }

    #[cold]
    fn unexpected(&self, piece: Piece<'_>, at: usize) -> Fault {
        let what = match self.expect {
            Expect::End => "text after the end of the document",
            Expect::FirstName | Expect::Name => "expected a member name",
            Expect::Colon => "expected `:`",
            Expect::Next
            | Expect::Value
            | Expect::FirstElement
            | Expect::Key
            | Expect::Text
            | Expect::Number
            | Expect::Literal => "expected `,` or the end of the container",
        };
        piece.fault(what, at)
    }

    /// Where the white space ends that begins here, and what comes then, if that is in the piece.
    fn after_blanks(&mut self, piece: Piece<'_>, at: usize) -> Result<(usize, Option<u8>), Fault> {
        let run = scan::blank_run(piece.from(at));
        self.blank += run;
        if self.blank > HELD_MAX {
            return Err(piece.fault("more white space than can be held", at + run));
        }
        Ok((at + run, piece.at(at + run)))
    }

    #[inline(always)]
    fn value<V: Visitor>(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        byte: u8,
        visitor: &mut V,
    ) -> Result<usize, Fault> {
        let position = piece.base + at;
        let literal: &'static [u8] = match byte {
            b'"' => {
                visitor.scalar(piece, Scalar::Text, position);
                return self.string(piece, at, visitor);
            }
            b'{' => return self.open(Container::Object, Expect::FirstName, piece, at, visitor),
            b'[' => return self.open(Container::Array, Expect::FirstElement, piece, at, visitor),
            b'-' | b'0'..=b'9' => {
                visitor.scalar(piece, Scalar::Number, position);
                return self.number(piece, at, NumberState::Start, visitor);
            }
            b't' => b"true",
            b'f' => b"false",
            b'n' => b"null",
            0xef => return Err(piece.fault("a byte-order mark or other text before the value", at)),
            _ => return Err(piece.fault("expected a value", at)),
        };
        visitor.scalar(piece, if byte == b'n' { Scalar::Null } else { Scalar::Bool }, position);
        self.literal(piece, at, literal, visitor)
    }

    fn open<V: Visitor>(
        &mut self,
        container: Container,
        expect: Expect,
        piece: Piece<'_>,
        at: usize,
        visitor: &mut V,
    ) -> Result<usize, Fault> {
        if self.stack.len() >= self.max_depth {
            return Err(piece.fault("nested deeper than allowed", at));
        }
        self.stack.push(container);
        if container == Container::Object {
            self.names.open();
        }
        self.expect = expect;
        visitor.open(piece, container, piece.base + at);
        Ok(at + 1)
    }

    fn close<V: Visitor>(
        &mut self,
        container: Container,
        piece: Piece<'_>,
        at: usize,
        visitor: &mut V,
    ) -> Result<usize, Fault> {
        if self.stack.last() != Some(&container) {
            return Err(piece.fault("the bracket does not match the one that opened", at));
        }
        self.stack.pop();
        if container == Container::Object {
            self.names.close();
        }
        self.value_is_over();
        visitor.close(piece, piece.base + at);
        Ok(at + 1)
    }

    fn literal<V: Visitor>(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        rest: &'static [u8],
        visitor: &mut V,
    ) -> Result<usize, Fault> {
        let same = piece.from(at).iter().zip(rest).take_while(|(found, expected)| found == expected).count();
        let left = rest.get(same..).unwrap_or_default();
        if left.is_empty() {
            self.value_is_over();
            visitor.scalar_end(piece, piece.base + at + same);
        } else if at + same < piece.bytes.len() {
            return Err(piece.fault("expected a value", at + same));
        } else {
            (self.expect, self.literal) = (Expect::Literal, left);
        }
        Ok(at + same)
    }

    /// Whether this is little enough to be kept for the next text.
    pub fn is_small(&self) -> bool {
        self.names.is_small() && self.key_text.capacity() <= HELD_MAX
    }

    #[inline]
    fn value_is_over(&mut self) {
        self.expect = if self.stack.is_empty() { Expect::End } else { Expect::Next };
    }
}

impl<'a> Piece<'a> {
    /// What the text holds between two positions, as far as this piece has it.
    #[inline]
    pub fn between(self, from: usize, to: usize) -> &'a [u8] {
        self.bytes.get(from.saturating_sub(self.base)..to.saturating_sub(self.base)).unwrap_or_default()
    }

    /// What comes here, or after one space, and where; none where that is more space or not in the piece.
    #[inline(always)]
    fn next(self, at: usize) -> Option<(usize, u8)> {
        match self.at(at)? {
            b' ' => self.at(at + 1).filter(|byte| *byte > b' ').map(|byte| (at + 1, byte)),
            byte => (byte > b' ').then_some((at, byte)),
        }
    }

    #[inline]
    fn at(self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    #[inline]
    fn from(self, at: usize) -> &'a [u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    #[cold]
    fn fault(self, what: &'static str, at: usize) -> Fault {
        Fault { what, at: self.base + at }
    }
}

#[cfg(test)]
pub(crate) mod tests;
