//! How one number is made.

use super::super::Kind;

/// How one number is made. In patterns, `d` is a digit, `L` a letter, `x` either; everything else stands for itself.
#[derive(Debug)]
pub(super) struct Form {
    pub kind: Kind,
    /// Its characters, without what stands between groups.
    pub shape: &'static str,
    /// How it is written where that tells it from other numbers.
    pub written: &'static [&'static str],
    /// Whether the characters fit together.
    pub check: fn(&[u8]) -> bool,
    /// Whether that is a matter of check digits.
    pub is_checked: bool,
    /// When it needs no word beside it.
    pub alone: Alone,
}

/// When a number needs no word beside it to say what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alone {
    /// Hardly anything else fits.
    Always,
    /// When it is written as only it is.
    Written,
    /// Never.
    Never,
}

impl Form {
    /// One with check digits.
    pub const fn checked(kind: Kind, shape: &'static str, alone: Alone, check: fn(&[u8]) -> bool) -> Self {
        Self { kind, shape, written: &[], check, is_checked: true, alone }
    }

    /// One without.
    pub const fn shaped(kind: Kind, shape: &'static str, alone: Alone, check: fn(&[u8]) -> bool) -> Self {
        Self { kind, shape, written: &[], check, is_checked: false, alone }
    }

    pub const fn written(self, written: &'static [&'static str]) -> Self {
        Self { written, ..self }
    }

    /// Whether characters may fit of which all are digits, or not all are.
    pub fn may_fit(&self, digits: bool) -> bool {
        let is_one = |byte: u8| if digits { matches!(byte, b'd' | b'x' | b'0'..=b'9') } else { byte == b'd' };
        self.shape.bytes().all(is_one) == digits
    }

    pub fn fits(&self, compact: &[u8]) -> bool {
        is_like(self.shape, compact) && (self.check)(compact)
    }

    pub fn is_written(&self, written: &[u8]) -> bool {
        self.written.iter().any(|pattern| is_like(pattern, written))
    }
}

fn is_like(pattern: &str, text: &[u8]) -> bool {
    let fits = |(pattern, byte): (u8, &u8)| match pattern {
        b'd' => byte.is_ascii_digit(),
        b'L' => byte.is_ascii_uppercase(),
        b'x' => byte.is_ascii_alphanumeric(),
        other => other == *byte,
    };
    pattern.len() == text.len() && pattern.bytes().zip(text).all(fits)
}
