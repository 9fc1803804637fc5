//! A text that is as a whole written in Base64 (RFC 4648), and what it says.
//!
//! The rule: nothing but characters of the standard or the web-safe alphabet, from [`SHORTEST`] to as many as can be held back, with or without padding,
//! and what they say is plain text. Whether it is so is known at the first character that is none of these, or at the end; until then
//! nothing is decided. Whoever finds something in it has found the whole, because a part of it would shift or break the rest. What
//! would defeat it: a longer value, or one that is written so twice; a place where documents are written so has `inside: base64`.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::text::{Edge, HELD_BACK};

/// Fewer characters say too little: many words are made of such letters.
const SHORTEST: usize = 16;

const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
const WEB_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);

/// What a text is, as far as it has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Encoded {
    /// It is not written so.
    No,
    /// It may be; more has to come.
    Unseen,
    /// It is, and this is what it says.
    Says(String),
}

/// What a text is of which this has come, from its beginning on.
pub(super) fn read(text: &str, edge: Edge) -> Encoded {
    let is_one = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    if text.len() > HELD_BACK || !text.as_bytes().iter().all(is_one) {
        return Encoded::No;
    }
    if edge == Edge::Open {
        return Encoded::Unseen;
    }
    said(text).map_or(Encoded::No, Encoded::Says)
}

fn said(text: &str) -> Option<String> {
    if text.len() < SHORTEST {
        return None;
    }
    let bytes = STANDARD.decode(text).or_else(|_| WEB_SAFE.decode(text)).ok()?;
    let is_plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    String::from_utf8(bytes).ok().filter(|said| said.chars().all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_either_alphabet_says_what_it_means() {
        let says = |text: &str| Encoded::Says(text.to_owned());
        for (text, said) in [
            ("YWRhQGV4YW1wbGUuY29t", says("ada@example.com")),
            ("YWRhQGV4YW1wbGUuY28gPz8_", says("ada@example.co ???")),
            ("QWRhIDxhZGFAZXhhbXBsZS5jb20+", says("Ada <ada@example.com>")),
            ("Z3LDvMOfZSB2b24gYWRhQGIuY28=", says("grüße von ada@b.co")),
            ("Z3LDvMOfZSB2b24gYWRhQGIuY28", says("grüße von ada@b.co")),
            ("YWRhQGIuY28=", Encoded::No),
            ("internationalisation", Encoded::No),
            ("YWRhQGV4YW1wbGUuY29t.", Encoded::No),
            ("see YWRhQGV4YW1wbGUuY29t", Encoded::No),
        ] {
            assert_eq!(read(text, Edge::End), said, "{text}");
        }
        assert_eq!(read("YWRhQGV4YW1wbGUuY29t", Edge::Open), Encoded::Unseen);
        assert_eq!(read("Hello ", Edge::Open), Encoded::No);
        assert_eq!(read(&"YWRh".repeat(HELD_BACK / 4 + 1), Edge::Open), Encoded::No);
    }
}
