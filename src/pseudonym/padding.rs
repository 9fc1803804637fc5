//! How long a padded text is, and so how long its token: the length class.
//!
//! The rule: a text is followed by the byte 80 and then by zeroes (ISO/IEC 7816-4) up to the end of its class, so that a
//! token tells the class and not the length. Each class makes, with the sixteen bytes of the tag, a multiple of five
//! bytes, which base32 writes without a remainder. The class is the first letter of a token's body, so that where the
//! token ends is known from its beginning.
//!
//! | letter | longest text, bytes | body, characters |
//! |---|---|---|
//! | `a` | 8 | 1 + 40 |
//! | `b` | 13 | 1 + 48 |
//! | `c` | 23 | 1 + 64 |
//! | `d` | 38 | 1 + 88 |
//! | `e` | 63 | 1 + 128 |
//! | `f` | 88 | 1 + 168 |
//! | `p` | a piece of a longer one | 1 + 168 |

use zeroize::Zeroizing;

/// A length class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// How tokens name it.
    pub(super) letter: u8,
    padded: usize,
}

/// The classes of texts that fit into one token.
const WHOLE: [Class; 6] = [
    Class { letter: b'a', padded: 9 },
    Class { letter: b'b', padded: 14 },
    Class { letter: b'c', padded: 24 },
    Class { letter: b'd', padded: 39 },
    Class { letter: b'e', padded: 64 },
    Class { letter: b'f', padded: 89 },
];

/// The class of the pieces of a longer text.
pub(super) const PIECE: Class = Class { letter: b'p', padded: 89 };

const TAG: usize = 16;

const MARK: u8 = 0x80;

impl Class {
    /// The smallest class that holds a text; none when it has to be cut in pieces.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        WHOLE.into_iter().find(|class| text.len() < class.padded)
    }

    /// The class that a letter of either case stands for.
    pub(super) fn named(letter: u8) -> Option<Self> {
        WHOLE.into_iter().chain([PIECE]).find(|class| class.letter == letter.to_ascii_lowercase())
    }

    /// How many characters of base32 its tokens have.
    pub(super) fn characters(self) -> usize {
        (TAG + self.padded) / 5 * 8
    }

    /// The text, padded. It must fit.
    pub(super) fn pad(self, text: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut padded = Zeroizing::new(Vec::with_capacity(self.padded + TAG));
        padded.extend_from_slice(text);
        padded.push(MARK);
        padded.resize(self.padded, 0);
        padded
    }

    /// How many bytes of text it holds.
    pub(super) fn room(self) -> usize {
        self.padded - 1
    }
}

/// What was padded.
pub(super) fn unpadded(padded: &[u8]) -> Option<&[u8]> {
    let end = padded.iter().rposition(|byte| *byte != 0)?;
    match padded.split_at_checked(end)? {
        (text, [MARK, ..]) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_padded_comes_back_and_fills_its_class() {
        for length in 0..=88 {
            for byte in [0, MARK, b'x'] {
                let text = vec![byte; length];
                let class = Class::of(&text).unwrap();
                let padded = class.pad(&text);
                assert_eq!((padded.len() + TAG) % 5, 0);
                assert_eq!(padded.len(), class.padded);
                assert_eq!(unpadded(&padded), Some(&*text));
                assert_eq!(Class::named(class.letter.to_ascii_uppercase()), Some(class));
            }
        }
        assert_eq!(Class::of(&[0; 89]), None);
        assert_eq!(unpadded(&[0; 9]), None);
        assert_eq!(unpadded(b"text"), None);
    }
}
