//! Numbers written bit by bit into the letters of URL-safe base64 (RFC 4648, section 5), six bits a letter and most
//! significant first, as the IAB's strings are.
//!
//! The rule: every letter is looked at before the first bit is read, and reading past the end is no number. What would
//! defeat it is memory or time that a number in the text asks for, so nothing here reserves either.

/// Where in such a text the next bit is.
#[derive(Clone, Debug)]
pub(super) struct Bits<'a> {
    letters: &'a [u8],
    next: usize,
}

impl<'a> Bits<'a> {
    /// The bits of a text; none where something in it is no such letter.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let letters = text.as_bytes();
        letters.iter().all(|letter| sextet(*letter).is_some()).then_some(Self { letters, next: 0 })
    }

    /// The next bit.
    pub(super) fn bit(&mut self) -> Option<bool> {
        let six = sextet(*self.letters.get(self.next / 6)?)?;
        let bit = six >> (5 - self.next % 6) & 1;
        self.next += 1;
        Some(bit == 1)
    }

    /// The number in so many bits, at most 32.
    pub(super) fn number(&mut self, bits: u32) -> Option<u32> {
        (0..bits).try_fold(0, |number: u32, _| Some(number << 1 | u32::from(self.bit()?)))
    }

    /// Passes over so many bits, which must be there.
    pub(super) fn skip(&mut self, bits: usize) -> Option<()> {
        let next = self.next.checked_add(bits)?;
        (next <= self.letters.len() * 6).then(|| self.next = next)
    }

    /// A number above 0 in Fibonacci coding: ended by two ones. One that is larger than 2^16 is none.
    pub(super) fn fibonacci(&mut self) -> Option<u32> {
        let (mut number, mut last) = (0u32, false);
        let (mut weight, mut following) = (1u32, 2u32);
        loop {
            let bit = self.bit()?;
            if bit && last {
                return Some(number);
            }
            if weight > 1 << 16 {
                return None;
            }
            number += weight * u32::from(bit);
            (weight, following) = (following, weight + following);
            last = bit;
        }
    }
}

fn sextet(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'a'..=b'z' => Some(letter - b'a' + 26),
        b'0'..=b'9' => Some(letter - b'0' + 52),
        b'-' => Some(62),
        b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_read_from_the_most_significant_one_on_and_never_past_the_end() {
        let mut bits = Bits::of("DB_").unwrap(); // 000011 000001 111111
        assert_eq!(bits.number(6), Some(3));
        assert_eq!(bits.skip(5), Some(()));
        assert_eq!(bits.bit(), Some(true));
        assert_eq!(bits.number(6), Some(63));
        assert_eq!(
            (bits.bit(), bits.number(1), bits.skip(1), bits.skip(usize::MAX)),
            (None, None, None, None)
        );
        assert_eq!(bits.skip(0), Some(()));
    }

    #[test]
    fn other_letters_are_no_bits() {
        for text in ["DB=", "D B", "D+", "D/", "Dé", "D~", "\0"] {
            assert!(Bits::of(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn numbers_in_fibonacci_coding_end_with_two_ones() {
        let read = |text: &str| Bits::of(text).unwrap().fibonacci();
        // 11; 011; 0011; 1011; 00011
        for (text, number) in [("w", 1), ("Y", 2), ("M", 3), ("s", 4), ("G", 5)] {
            assert_eq!(read(text), Some(number), "{text}");
        }
        assert_eq!(read("A"), None, "it does not end");
        assert_eq!(read(&format!("{}w", "A".repeat(50))), None, "it is too large");
        assert_eq!(read(&"q".repeat(50)), None, "it is too large");
    }
}
