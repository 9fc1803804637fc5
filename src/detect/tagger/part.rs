//! A part of a text that belongs together, while it grows.
//!
//! The rule: a part grows by tokens that go on with it. An address grows by an address or a place as well, beyond a comma, the end of a
//! line or a small word, by the numbers just before and just behind it, and a place by what stands in brackets behind it: all that
//! belongs to the same, and would be left to show how it was written. No part is longer than [`LONGEST`]. What would defeat it: an address in parts that more than two
//! marks keep apart.

use super::{
    label::Label,
    token::{Class, Gap, Token},
};

/// How many characters a part may have. What is longer is several parts.
pub(super) const LONGEST: usize = 104;

/// How many tokens may lie between what belongs together.
const BETWEEN: usize = 2;

/// How many digits a number has that may be that of a house, and one that may be a postcode.
const HOUSE: usize = 5;
const POSTCODE: std::ops::RangeInclusive<usize> = 4..=6;

/// Small words that stand within addresses: `and`, and what names of streets and places are joined with.
const SMALL: [&str; 26] = [
    "and", "und", "et", "y", "e", "en", "och", "og", "of", "de", "du", "des", "la", "le", "les", "del", "di",
    "da", "do", "dos", "van", "von", "der", "am", "im", "u",
];

/// A part of a text that belongs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub start: usize,
    pub end: usize,
    pub label: Label,
    /// Whether a birth is spoken of just before.
    pub of_birth: bool,
    /// Whether it is an address together with a place.
    pub with_place: bool,
    /// How sure it is: the least that the judge said of its tokens.
    pub surety: u16,
    chars: usize,
    between: Between,
}

/// What lies behind a part that may still go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Between {
    chars: usize,
    tokens: usize,
    /// Whether a bracket was opened.
    opened: bool,
    /// Whether one was opened within the part and may be closed next.
    closes: bool,
}

impl Part {
    /// Begins with a token.
    pub fn new(token: &Token, label: Label, surety: u16, of_birth: bool) -> Self {
        Self {
            start: token.start,
            end: token.end,
            label: label.part(),
            of_birth,
            with_place: false,
            surety: if label == Label::Other { u16::MAX } else { surety },
            chars: token.chars,
            between: Between::default(),
        }
    }

    /// Whether an address may begin with a token that is none by itself.
    pub fn may_begin(token: &Token) -> bool {
        token.class == Class::Number && token.chars <= HOUSE && token.gap != Gap::None
    }

    /// Takes in the next token, or waits behind it; says whether it did.
    pub fn take(&mut self, text: &str, token: &Token, label: Label, surety: u16) -> bool {
        let chars = self.chars + self.between.chars + token.apart + token.chars;
        if token.gap == Gap::Break || chars > LONGEST {
            return false;
        }
        let written = text.get(token.start..token.end).unwrap_or_default();
        let is_next = self.between.tokens == 0;
        // A given name and a family name may each look like a whole one.
        let is_name =
            is_next && token.gap == Gap::Space && (self.label, label) == (Label::Person, Label::Person);
        if is_next && (label.goes_on() || self.is_number_of(token, label)) || self.joins(label) || is_name {
            self.with_place |= self.joins(label) && label.part() != self.label;
            self.label = if label.part() == Label::Address { Label::Address } else { self.label };
            self.between = Between { closes: self.between.opened, ..Between::default() };
        } else if self.between.closes && is_next && written == ")" {
            self.between = Between::default();
        } else {
            return label == Label::Other && self.waits(written, token);
        }
        (self.end, self.chars) = (token.end, chars);
        // What is none by itself says nothing of how sure the rest is.
        if label != Label::Other {
            self.surety = self.surety.min(surety);
        }
        true
    }

    /// Whether a number stands just before an address or just behind it: of a house, a postcode.
    fn is_number_of(&self, token: &Token, label: Label) -> bool {
        let is_apart = matches!(token.gap, Gap::Space | Gap::Line);
        let is_number = label == Label::Other && token.class == Class::Number;
        match self.label {
            Label::Other => {
                token.gap == Gap::Space && (label == Label::Address || is_number && Self::may_begin(token))
            }
            Label::Address => is_apart && is_number && POSTCODE.contains(&token.chars),
            _ => false,
        }
    }

    /// Whether what begins with a label belongs to the same.
    fn joins(&self, label: Label) -> bool {
        match (self.label, label) {
            (Label::Address, Label::Address | Label::Location) | (Label::Location, Label::Address) => true,
            (Label::Address | Label::Location, Label::Location | Label::Nationality) => self.between.opened,
            _ => false,
        }
    }

    /// Whether it may go on behind a token that is none of it.
    fn waits(&mut self, written: &str, token: &Token) -> bool {
        let is_place = matches!(self.label, Label::Address | Label::Location);
        let is_between = matches!(written, "," | "." | "-" | "–" | "/" | "#" | "|" | "(")
            || SMALL.iter().any(|word| written.eq_ignore_ascii_case(word));
        if !is_place || !is_between || self.between.tokens == BETWEEN {
            return false;
        }
        self.between.tokens += 1;
        self.between.chars += token.apart + token.chars;
        self.between.opened = written == "(";
        self.between.closes = false;
        true
    }
}
