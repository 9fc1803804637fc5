//! What looks like a token.
//!
//! The rule: where a token would end is known from its beginning, so that text glued to it does not break it, and a text
//! that stops in the middle is told from one that is none. Letters count in either case, and `-`, `[` and `]` also
//! percent-encoded (RFC 3986, section 2.1). Nothing here knows whether a token is sound.

use super::padding::Class;

/// What begins every stable token.
pub(super) const MARKER: &str = "psn-";

/// What stands at the beginning of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing.
    None,
    /// The beginning of something, if more text comes.
    Cut,
    /// A token's shape.
    Token(Token),
}

/// A token by its looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// How many bytes of the text it takes.
    pub(super) length: usize,
    /// The word for its kind, in lower case.
    pub(super) kind: String,
    /// The rest of it.
    pub(super) body: Body,
}

/// What tells one token from another of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// `psn-KIND-…`: the length class, and the base32 characters in lower case.
    Stable(Class, String),
    /// `[KIND-N]`
    Brief(u32),
}

/// The longest number of a brief token.
const DIGITS: usize = 9;

/// What stands at the beginning of this text.
pub(super) fn read(text: &str) -> Shape {
    let mut eye = Eye { text: text.as_bytes(), at: 0 };
    let read = match text.as_bytes().first() {
        Some(b'p' | b'P') => eye.stable(),
        Some(b'[' | b'%') => eye.brief(),
        Some(_) => Err(Miss::None),
        None => Err(Miss::Cut),
    };
    match read {
        Ok((kind, body)) => Shape::Token(Token { length: eye.at, kind, body }),
        Err(Miss::None) => Shape::None,
        Err(Miss::Cut) => Shape::Cut,
    }
}

enum Miss {
    None,
    Cut,
}

struct Eye<'a> {
    text: &'a [u8],
    at: usize,
}

impl Eye<'_> {
    fn stable(&mut self) -> Result<(String, Body), Miss> {
        for expected in MARKER.bytes() {
            self.expect(expected)?;
        }
        let kind = self.word(b'-')?;
        let class = Class::named(self.next()?).ok_or(Miss::None)?;
        let mut body = String::with_capacity(class.characters());
        for _ in 0..class.characters() {
            match self.next()?.to_ascii_lowercase() {
                letter @ (b'a'..=b'z' | b'2'..=b'7') => body.push(char::from(letter)),
                _ => return Err(Miss::None),
            }
        }
        Ok((kind, Body::Stable(class, body)))
    }

    fn brief(&mut self) -> Result<(String, Body), Miss> {
        self.expect(b'[')?;
        let kind = self.word(b'-')?;
        let mut digits = String::new();
        loop {
            match self.next()? {
                b']' => break,
                digit @ b'0'..=b'9' if digits.len() < DIGITS => digits.push(char::from(digit)),
                _ => return Err(Miss::None),
            }
        }
        Ok((kind, Body::Brief(digits.parse().map_err(|_| Miss::None)?)))
    }

    /// A kind and what ends it.
    fn word(&mut self, end: u8) -> Result<String, Miss> {
        let mut word = String::new();
        loop {
            match self.next()?.to_ascii_lowercase() {
                letter @ (b'a'..=b'z' | b'0'..=b'9') if word.len() < super::Kind::LONGEST => {
                    word.push(char::from(letter));
                }
                byte if byte == end && !word.is_empty() => return Ok(word),
                _ => return Err(Miss::None),
            }
        }
    }

    fn expect(&mut self, expected: u8) -> Result<(), Miss> {
        if self.next()?.to_ascii_lowercase() == expected { Ok(()) } else { Err(Miss::None) }
    }

    /// The next character, percent-decoded.
    fn next(&mut self) -> Result<u8, Miss> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (byte, length) = match rest {
            [] | [b'%'] | [b'%', b'2' | b'5'] => return Err(Miss::Cut),
            [b'%', b'2', b'd' | b'D', ..] => (b'-', 3),
            [b'%', b'5', b'b' | b'B', ..] => (b'[', 3),
            [b'%', b'5', b'd' | b'D', ..] => (b']', 3),
            [byte, ..] => (*byte, 1),
        };
        self.at += length;
        Ok(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stable() -> String {
        format!("psn-email-a{}", "abcdefgh".repeat(5))
    }

    fn token(text: &str) -> Option<Token> {
        match read(text) {
            Shape::Token(token) => Some(token),
            Shape::None | Shape::Cut => None,
        }
    }

    #[test]
    fn a_token_is_known_in_capitals_percent_encoded_and_with_text_glued_to_it() {
        let plain = token(&stable()).unwrap();
        assert_eq!((plain.length, &*plain.kind), (51, "email"));
        assert_eq!(token(&stable().to_uppercase()), Some(plain.clone()));
        assert_eq!(token(&format!("{}zzz", stable())), Some(plain.clone()));
        let encoded = token(&stable().replace('-', "%2D")).unwrap();
        assert_eq!((encoded.length, &encoded.body), (55, &plain.body));
        for (text, length) in [("[email-12]x", 10), ("[EMAIL-12]", 10), ("%5bemail%2d12%5D", 16)] {
            let brief = token(text).unwrap();
            assert_eq!((brief.length, &*brief.kind, brief.body), (length, "email", Body::Brief(12)));
        }
    }

    #[test]
    fn a_text_that_stops_in_the_middle_is_told_from_one_that_is_none() {
        for whole in [stable(), stable().replace('-', "%2d"), "[email-12]".into(), "%5Bemail%2D12%5d".into()]
        {
            for cut in 0..whole.len() {
                assert_eq!(read(&whole[..cut]), Shape::Cut, "{}", &whole[..cut]);
            }
        }
        for none in [
            "psx",
            "psn--",
            "psn-e mail-",
            "psn-abcdefghijklm",
            "psn-email-z",
            "psn-email-a1",
            "[-1]",
            "[email-]",
            "[email-x]",
            "[email-1234567890]",
            "[email]",
            "%20",
            "é",
        ] {
            assert_eq!(read(none), Shape::None, "{none}");
        }
    }
}
