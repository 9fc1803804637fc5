//! Numbers (RFC 8259, section 6), which may be cut anywhere.

use super::{Expect, Fault, Piece, Tokeniser, Visitor};

/// How far into a number we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberState {
    Start,
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    Sign,
    Power,
}

impl NumberState {
    /// The state after one more byte; none where the byte is not part of the number.
    #[inline]
    fn after(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Start, b'-') => Self::Minus,
            (Self::Start | Self::Minus, b'0') => Self::Zero,
            (Self::Start | Self::Minus, b'1'..=b'9') | (Self::Integer, b'0'..=b'9') => Self::Integer,
            (Self::Zero | Self::Integer, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::Sign,
            (Self::Exponent | Self::Sign | Self::Power, b'0'..=b'9') => Self::Power,
            _ => return None,
        })
    }

    fn may_end(self) -> bool {
        matches!(self, Self::Zero | Self::Integer | Self::Fraction | Self::Power)
    }
}

impl Tokeniser {
    #[inline]
    pub(super) fn number<V: Visitor>(
        &mut self,
        piece: Piece<'_>,
        mut at: usize,
        mut state: NumberState,
        visitor: &mut V,
    ) -> Result<usize, Fault> {
        if state == NumberState::Start
            && let Some(length) = whole(piece.from(at))
        {
            self.value_is_over();
            visitor.scalar_end(piece, piece.base + at + length);
            return Ok(at + length);
        }
        while let Some(byte) = piece.bytes.get(at) {
            match state.after(*byte) {
                Some(next) => state = next,
                None => return self.end_number(piece, at, state, visitor),
            }
            at += 1;
        }
        (self.expect, self.number) = (Expect::Number, state);
        Ok(at)
    }

    pub(super) fn end_number<V: Visitor>(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        state: NumberState,
        visitor: &mut V,
    ) -> Result<usize, Fault> {
        if !state.may_end() {
            return Err(piece.fault("not a number", at));
        }
        self.value_is_over();
        visitor.scalar_end(piece, piece.base + at);
        Ok(at)
    }
}

/// The length of a number without an exponent that ends before the piece does: most numbers.
#[inline]
fn whole(bytes: &[u8]) -> Option<usize> {
    let minus = usize::from(bytes.first() == Some(&b'-'));
    let integer = digits(bytes, minus);
    let mut end = minus + integer;
    if integer == 0 || integer > 1 && bytes.get(minus) == Some(&b'0') {
        return None;
    }
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(bytes, end + 1);
        if fraction == 0 {
            return None;
        }
        end += 1 + fraction;
    }
    bytes.get(end).filter(|byte| !matches!(byte, b'.' | b'e' | b'E')).map(|_| end)
}

#[inline]
fn digits(bytes: &[u8], from: usize) -> usize {
    bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
}
