//! Decimal numbers of any length, exactly: floating point would show more, or less, than the bucket.

/// The largest exponent: more would write out more digits than anybody means.
const MOST_EXPONENT: u32 = 400;

/// A number, written out without an exponent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    /// Digits before the point, without leading zeros; at least one.
    whole: String,
    /// Digits after the point.
    fraction: String,
}

impl Decimal {
    /// Reads a number in JSON's spelling.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let is_zero = whole.bytes().chain(fraction.bytes()).all(|digit| digit == b'0');
        let exponent: i32 = if is_zero { 0 } else { exponent.parse().ok()? };
        if exponent.unsigned_abs() > MOST_EXPONENT {
            return None;
        }
        let point = i32::try_from(whole.len()).ok()? + exponent;
        let (whole, fraction) = spread(&format!("{whole}{fraction}"), point);
        let whole = whole.trim_start_matches('0');
        Some(Self {
            negative,
            whole: if whole.is_empty() { "0".to_owned() } else { whole.to_owned() },
            fraction,
        })
    }

    /// The number with at most so many decimals, cut off towards zero, in its shortest spelling.
    pub(super) fn cut(&self, places: usize) -> String {
        let fraction =
            self.fraction.get(..places.min(self.fraction.len())).unwrap_or_default().trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        let sign = if self.negative && !(self.whole == "0" && fraction.is_empty()) { "-" } else { "" };
        format!("{sign}{}{point}{fraction}", self.whole)
    }

    /// The largest multiple of `size` that is not above the number.
    pub(super) fn bucket(&self, size: u64) -> Option<String> {
        let whole: i128 = self.whole.parse().ok()?;
        let below_zero = self.negative && self.fraction.bytes().any(|digit| digit != b'0');
        let floor = if self.negative { -whole - i128::from(below_zero) } else { whole };
        let size = i128::from(size);
        Some(floor.checked_div_euclid(size)?.checked_mul(size)?.to_string())
    }
}

/// Splits digits at a point that may lie outside them.
fn spread(digits: &str, point: i32) -> (String, String) {
    match usize::try_from(point) {
        Ok(point) if point >= digits.len() => {
            (format!("{digits}{}", "0".repeat(point - digits.len())), "0".to_owned())
        }
        Ok(point) => {
            let (whole, fraction) = digits.split_at_checked(point).unwrap_or((digits, "0"));
            (whole.to_owned(), fraction.to_owned())
        }
        Err(_) => ("0".to_owned(), format!("{}{digits}", "0".repeat(point.unsigned_abs() as usize))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_spelling() {
        for (text, cut) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0e5", "0"),
            ("12.340", "12.34"),
            ("1234e-2", "12.34"),
            ("0.01234E+3", "12.34"),
            ("12340e-3", "12.34"),
            ("12.349", "12.34"),
            ("-12.349", "-12.34"),
            ("5e2", "500"),
            ("1e-3", "0"),
            ("0e99999", "0"),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().cut(2), cut, "{text}");
        }
        for text in ["", "-", "1e999999", "x", "1.2.3", "1e", "NaN", "١"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }
}
