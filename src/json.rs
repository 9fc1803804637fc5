//! A resumable JSON tokeniser: strict, with an explicit stack, taking the text in pieces cut anywhere.
//!
//! The rule: what it accepts is RFC 8259 in UTF-8 with three further demands, because two readers of one text must not
//! see two documents: no byte-order mark, no two equal names in an object (compared after unescaping), no lone
//! surrogates (RFC 7493). Everything is judged, also what nobody asked about. What would defeat it: a state that
//! depends on where a piece was cut. Property tests cut at every place and compare.

mod names;
mod numbers;
mod scan;
mod structure;
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

    /// How many names of members are kept by now, to find equal ones.
    pub fn names_kept(&self) -> usize {
        self.names.len()
    }

    /// Whether this is little enough to be kept for the next text.
    pub fn is_small(&self) -> bool {
        self.names.is_small() && self.key_text.capacity() <= HELD_MAX
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
