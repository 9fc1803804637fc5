//! The formulas by which numbers are checked.
//!
//! The rule: each takes the characters of a number without what stands between them, capitals for letters, and says whether they fit
//! together. Sources: ISO/IEC 7812-1 (Luhn), ISO/IEC 7064 (mod 97-10, mod 11-10), Verhoeff 1969, and the issuers' own papers for weights.

/// The value of a digit.
pub(super) fn digit(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(10)
}

/// The digits as one number. Letters among them make it none.
pub(super) fn number(bytes: &[u8]) -> Option<u64> {
    bytes.iter().try_fold(0_u64, |number, byte| number.checked_mul(10)?.checked_add(u64::from(digit(*byte)?)))
}

/// Every second digit from the right counts twice, and the digits of all that are summed (Luhn).
pub(super) fn luhn(bytes: &[u8]) -> bool {
    let sum = bytes.iter().rev().enumerate().try_fold(0, |sum, (n, byte)| {
        let weighted = digit(*byte)? << (n % 2);
        Some(sum + weighted - if weighted > 9 { 9 } else { 0 })
    });
    sum.is_some_and(|sum| sum % 10 == 0)
}

/// The digits, each times its weight, summed. As many as there are weights.
pub(super) fn weighted(bytes: &[u8], weights: &[u32]) -> Option<u32> {
    let digits = bytes.iter().map(|byte| digit(*byte));
    digits.zip(weights).try_fold(0, |sum, (digit, weight)| Some(sum + digit? * weight))
}

/// Whether the digit at a place is what a formula says.
pub(super) fn is_at(bytes: &[u8], place: usize, expected: Option<u32>) -> bool {
    expected.is_some() && bytes.get(place).and_then(|byte| digit(*byte)) == expected
}

/// ISO/IEC 7064, mod 11-10, over all digits, the last being the check digit.
pub(super) fn mod_11_10(bytes: &[u8]) -> bool {
    let Some((last, rest)) = bytes.split_last() else { return false };
    let product = rest.iter().try_fold(10, |product, byte| {
        let sum = (digit(*byte)? + product) % 10;
        Some(if sum == 0 { 10 } else { sum } * 2 % 11)
    });
    product.is_some_and(|product| digit(*last) == Some((11 - product) % 10))
}

/// ISO/IEC 7064, mod 97-10: letters count as 10 to 35. The remainder of all of it.
pub(super) fn mod_97(bytes: impl Iterator<Item = u8>) -> Option<u32> {
    bytes.map(|byte| char::from(byte).to_digit(36)).try_fold(0, |rest, value| {
        let value = value?;
        Some((rest * if value > 9 { 100 } else { 10 } + value) % 97)
    })
}

/// Verhoeff's formula, over all digits.
pub(super) fn verhoeff(bytes: &[u8]) -> bool {
    /// The group of the symmetries of a pentagon.
    fn times(a: u32, b: u32) -> u32 {
        match (a < 5, b < 5) {
            (true, true) => (a + b) % 5,
            (true, false) => (a + b) % 5 + 5,
            (false, true) => (a + 5 - b) % 5 + 5,
            (false, false) => (a + 5 - b) % 5,
        }
    }
    /// 0 to 9 as the formula moves them about, once for each place.
    fn moved(value: u32, times: usize) -> u32 {
        const ONCE: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
        (0..times % 8).fold(value, |value, _| ONCE.get(value as usize).copied().unwrap_or(0))
    }
    let sum = bytes
        .iter()
        .rev()
        .enumerate()
        .try_fold(0, |sum, (n, byte)| Some(times(sum, moved(digit(*byte)?, n))));
    sum == Some(0)
}

/// Whether all are the same: what people type who have no number.
pub(super) fn is_repeated(bytes: &[u8]) -> bool {
    bytes.windows(2).all(|pair| matches!(pair, [a, b] if a == b))
}

/// Whether two digits each of day and month can be a date.
pub(super) fn is_day(day: &[u8], month: &[u8]) -> bool {
    let fits = |bytes, most| number(bytes).is_some_and(|value| (1..=most).contains(&value));
    fits(day, 31) && fits(month, 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_check_and_those_with_one_digit_changed_do_not() {
        type Check = fn(&[u8]) -> bool;
        let checks: [(&[u8], Check); 5] = [
            (b"4111111111111111", luhn),
            (b"79927398713", luhn),
            (b"2363", verhoeff),
            (b"36574261809", mod_11_10),
            (b"3214282912345698765432161182", |bytes| mod_97(bytes.iter().copied()) == Some(1)),
        ];
        for (number, check) in checks {
            assert!(check(number), "{}", String::from_utf8_lossy(number));
            for place in 0..number.len() {
                let mut changed = number.to_vec();
                changed[place] = b'0' + (changed[place] - b'0' + 1) % 10;
                assert!(!check(&changed), "{}", String::from_utf8_lossy(&changed));
            }
        }
        assert!(is_repeated(b"1111") && !is_repeated(b"1112"));
        assert!(is_day(b"31", b"12") && !is_day(b"32", b"12") && !is_day(b"01", b"00"));
    }
}
