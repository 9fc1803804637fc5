//! Decimal numbers of any length, compared exactly.
//!
//! The rule: two numbers are equal when they are the same number, however they are written. Floating point would call
//! two ids of seventeen digits equal that are not, and a filter would pass one person's data for another's.

use std::{cmp::Ordering, fmt};

/// A number as `± 0.digits × 10^exponent`, with no zero at either end of the digits: one spelling for each number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    negative: bool,
    /// None for zero.
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// Reads a number in JSON's spelling (RFC 8259, section 6); the caller knows that it is one.
    ///
    /// An exponent that no machine can count to is held to the largest that can be counted to.
    pub fn read(text: &str) -> Self {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..zeros);
        digits.truncate(digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1));
        if digits.is_empty() {
            return Self::from(0);
        }
        let point = i64::try_from(whole.len()).unwrap_or(i64::MAX);
        let point = point.saturating_sub(i64::try_from(zeros).unwrap_or(i64::MAX));
        Self { negative, digits, exponent: power(exponent).saturating_add(point) }
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => (self.exponent, &self.digits).cmp(&(other.exponent, &other.digits)),
        }
    }
}

fn power(text: &str) -> i64 {
    let far = if text.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 };
    text.parse().map_or(far, |power: i64| power.clamp(i64::MIN / 2, i64::MAX / 2))
}

impl From<u64> for Decimal {
    fn from(number: u64) -> Self {
        if number == 0 {
            return Self { negative: false, digits: Vec::new(), exponent: 0 };
        }
        Self::read(&number.to_string())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        match std::str::from_utf8(&self.digits) {
            Ok("") | Err(_) => f.write_str("0"),
            Ok(digits) => write!(f, "{sign}0.{digits}e{}", self.exponent),
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_as_numbers_however_they_are_written() {
        for (one, other, expected) in [
            ("1.10", "1.1", Ordering::Equal),
            ("100", "1E2", Ordering::Equal),
            ("0.01e+4", "100.000", Ordering::Equal),
            ("-0", "0.0e5", Ordering::Equal),
            ("12345678901234567890", "12345678901234567891", Ordering::Less),
            ("0.1", "0.1000000000000000055511151231257827", Ordering::Less),
            ("2", "10", Ordering::Less),
            ("-2", "-10", Ordering::Greater),
            ("-1", "0", Ordering::Less),
            ("0", "1e-99999", Ordering::Less),
            ("19", "2", Ordering::Greater),
            ("0.19", "0.2", Ordering::Less),
            ("1e400", "1e401", Ordering::Less),
            ("1e99999999999999999999", "1e400", Ordering::Greater),
            ("1e-99999999999999999999", "1e-400", Ordering::Less),
            ("-1e99999999999999999999", "-1e400", Ordering::Less),
            ("1.5", "1.25", Ordering::Greater),
        ] {
            assert_eq!(Decimal::read(one).cmp(&Decimal::read(other)), expected, "{one} and {other}");
            assert_eq!(Decimal::read(other).cmp(&Decimal::read(one)), expected.reverse());
            assert_eq!(Decimal::read(one) == Decimal::read(other), expected == Ordering::Equal);
        }
        assert_eq!(Decimal::from(1200), Decimal::read("12e2"));
    }
}
