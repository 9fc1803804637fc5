//! Seeks the signs that are single characters: `@`, and that a number may begin.
//!
//! The rule: each is found, also encoded, in another width or script, and little else is looked at. Of a run of plain digits only the first
//! is a sign.

use wide::u8x32;

use super::unit::{self, Next};

/// Which of them are sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signs {
    None,
    At,
    Number,
    Both,
}

/// A sign that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Character {
    At,
    Number,
}

impl Signs {
    pub fn new(at: bool, number: bool) -> Self {
        match (at, number) {
            (false, false) => Self::None,
            (true, false) => Self::At,
            (false, true) => Self::Number,
            (true, true) => Self::Both,
        }
    }

    /// The next sign from a place on, where it is, and from where to seek the one after it.
    pub fn next(self, text: &str, mut from: usize) -> Option<(usize, Character, usize)> {
        loop {
            let rest = text.as_bytes().get(from..)?;
            let passed = self.candidate(rest);
            #[cfg(any(test, fuzzing))]
            super::steps::count_many(passed.unwrap_or(rest.len()));
            let at = from + passed?;
            let Next::Unit(unit) = unit::next(text, at) else {
                // What the end cuts off is read as what it is until more comes.
                from = at + text.get(at..)?.chars().next()?.len_utf8();
                continue;
            };
            from = at + unit.len();
            if let Some(sign) = self.sign(unit.c) {
                return Some((at, sign, behind_digits(text.as_bytes(), at, from)));
            }
        }
    }

    fn sign(self, c: char) -> Option<Character> {
        let wanted = match c {
            '@' => Character::At,
            '0'..='9' | '+' | '(' => Character::Number,
            _ => return None,
        };
        let is_sought = match self {
            Self::None => false,
            Self::At => wanted == Character::At,
            Self::Number => wanted == Character::Number,
            Self::Both => true,
        };
        is_sought.then_some(wanted)
    }

    /// The next byte that may be a sign.
    fn candidate(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::None => None,
            Self::At => first_of(bytes, at_signs),
            // One kind of block for both: what is not sought is not asked for.
            Self::Number | Self::Both => first_of(bytes, signs),
        }
    }
}

/// Behind a digit: behind the run that it begins.
fn behind_digits(bytes: &[u8], at: usize, from: usize) -> usize {
    if !bytes.get(at).is_some_and(u8::is_ascii_digit) {
        return from;
    }
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// The first byte that is a sign, or by which one may begin that is written otherwise.
fn first_of(bytes: &[u8], mask: fn(u8x32) -> u32) -> Option<usize> {
    let (blocks, tail) = bytes.as_chunks::<32>();
    for (n, block) in blocks.iter().enumerate() {
        let mask = mask(u8x32::new(*block));
        if mask != 0 {
            return Some(n * 32 + mask.trailing_zeros() as usize);
        }
    }
    // What fills up the last block is none.
    let mut block = [0; 32];
    block.get_mut(..tail.len())?.copy_from_slice(tail);
    let mask = mask(u8x32::new(block));
    (mask != 0).then_some(blocks.len() * 32 + mask.trailing_zeros() as usize)
}

fn signs(block: u8x32) -> u32 {
    let between = |low, high| block.max(u8x32::splat(low)).min(u8x32::splat(high)).simd_eq(block);
    let is = |byte| block.simd_eq(u8x32::splat(byte));
    let plain = between(b'0', b'9') | is(b'@') | between(b'%', b'&') | is(b'+') | is(b'(');
    (plain | between(0xd9, 0xe2) | between(0xea, 0xff)).to_bitmask()
}

fn at_signs(block: u8x32) -> u32 {
    let is = |byte| block.simd_eq(u8x32::splat(byte));
    (is(b'@') | is(b'%') | is(b'&') | is(0xef)).to_bitmask()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::fold, *};

    fn all(signs: Signs, text: &str) -> Vec<(usize, Character)> {
        let mut from = 0;
        std::iter::from_fn(|| {
            let (at, sign, next) = signs.next(text, from)?;
            from = next;
            Some((at, sign))
        })
        .collect()
    }

    #[test]
    fn signs_are_found_also_encoded_and_once_for_a_run_of_digits() {
        use Character::{At, Number};
        let text = "a@b 123 %40 %31%32 (é+%2B %e9 100%";
        let both = [
            (1, At),
            (4, Number),
            (8, At),
            (12, Number),
            (15, Number),
            (19, Number),
            (22, Number),
            (23, Number),
            (31, Number),
        ];
        assert_eq!(all(Signs::Both, text), both);
        assert_eq!(all(Signs::At, text), [(1, At), (8, At)]);
        assert_eq!(all(Signs::None, text), []);
    }

    #[test]
    fn signs_of_other_widths_and_scripts_are_found() {
        use Character::{At, Number};
        assert_eq!(
            all(Signs::Both, "a＠b １ &#64; &#49; ٣ é"),
            [(1, At), (6, Number), (10, At), (16, Number), (22, Number)]
        );
        assert_eq!(all(Signs::At, "a＠b １ &commat;"), [(1, At), (10, At)]);
        assert_eq!(all(Signs::Both, "&1 &12"), [(1, Number), (4, Number)]);
    }

    fn may_be_sign(byte: u8) -> bool {
        matches!(byte, b'@' | b'%' | b'&' | b'+' | b'(' | b'0'..=b'9') || fold::may_be_digit(byte)
    }

    proptest! {
        #[test]
        fn blocks_pass_no_sign_by(text in "[a-é@%&+(0-9:;/*,)谢１]{0,100}") {
            let found = first_of(text.as_bytes(), signs);
            let first = text.bytes().position(may_be_sign);
            prop_assert!(first.is_none() || found.is_some_and(|found| Some(found) <= first), "{found:?} {first:?}");
            for byte in 0..=255 {
                prop_assert!(!may_be_sign(byte) || signs(u8x32::splat(byte)) != 0);
            }
        }
    }
}
