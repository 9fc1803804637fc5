//! A text that is as a whole written in Base64 (RFC 4648), and what it says.
//!
//! The rule: nothing but characters of the standard or the web-safe alphabet, from [`SHORTEST`] to as many as can be held back, with or without padding,
//! with white space behind it, or in lines as they are broken (RFC 2045, section 6.8; RFC 7468), and what they say is plain text. Whether it is so is
//! known at the first character that is none of these, or at the end; until then nothing is decided. Whoever finds something
//! in it has found the whole, because a part of it would shift or break the rest. What would defeat it: a longer value, or one that is
//! written so twice; a place where documents are written so has `inside: base64`.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::text::{Edge, HELD_BACK};

/// Fewer characters say too little: many words are made of such letters.
const SHORTEST: usize = 16;

/// How long lines are that are broken: RFC 7468, and RFC 2045.
const LINES: [usize; 2] = [64, 76];

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
    /// It is, up to a place; and this is what it says.
    Says(usize, String),
}

/// What a text is of which this has come, from its beginning on.
pub(super) fn read(text: &str, edge: Edge) -> Encoded {
    let first = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let is_other = |byte: &u8| byte.is_ascii_whitespace() && first < SHORTEST;
    if text.len() > HELD_BACK || text.as_bytes().get(first).is_some_and(is_other) {
        return Encoded::No;
    }
    let value = text.trim_ascii_end();
    match edge {
        _ if !is_shaped(value) => Encoded::No,
        Edge::Open => Encoded::Unseen,
        Edge::End => said(value).map_or(Encoded::No, |said| Encoded::Says(value.len(), said)),
    }
}

/// Whether all of it is of the alphabet, but for the ends of lines of one length.
fn is_shaped(value: &str) -> bool {
    let is_one = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    let mut lines = value.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let width = lines.clone().next().map_or(0, str::len);
    let mut has_ended = false;
    let fits = |line: &str| {
        let fits = !has_ended && line.len() <= width && line.as_bytes().iter().all(is_one);
        has_ended = line.len() < width;
        fits
    };
    (LINES.contains(&width) || !value.contains('\n')) && lines.all(fits)
}

fn said(value: &str) -> Option<String> {
    if value.len() < SHORTEST {
        return None;
    }
    let joined: String = value.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(&joined).or_else(|_| WEB_SAFE.decode(&joined)).ok()?;
    let is_plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    String::from_utf8(bytes).ok().filter(|said| said.chars().all(is_plain))
}

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_either_alphabet_says_what_it_means() {
        let lines = "YWRhQGV4YW1wbGUuY29t".repeat(4);
        let (wide, narrow, rest) = (&lines[..76], &lines[..64], &lines[64..]);
        let ada = "ada@example.com";
        for (text, said) in [
            ("YWRhQGV4YW1wbGUuY29t", Some((20, ada))),
            ("YWRhQGV4YW1wbGUuY29t\n", Some((20, ada))),
            ("YWRhQGV4YW1wbGUuY29t \r\n\n", Some((20, ada))),
            ("YWRhQGV4YW1wbGUuY28gPz8_", Some((24, "ada@example.co ???"))),
            ("QWRhIDxhZGFAZXhhbXBsZS5jb20+", Some((28, "Ada <ada@example.com>"))),
            ("Z3LDvMOfZSB2b24gYWRhQGIuY28=", Some((28, "grüße von ada@b.co"))),
            ("Z3LDvMOfZSB2b24gYWRhQGIuY28", Some((27, "grüße von ada@b.co"))),
            (&format!("{narrow}\n{rest}\n"), Some((81, &ada.repeat(4)))),
            (&format!("{wide}\r\n{}", &lines[76..]), Some((82, &ada.repeat(4)))),
            (&format!("{rest}\n{narrow}"), None),
            (&format!("{narrow}\n{rest}\n{rest}"), None),
            (&format!("{narrow}\n{wide}"), None),
            ("YWRhQGIuY28=", None),
            ("internationalisation", None),
            ("YWRhQGV4YW1wbGUuY29t.", None),
            ("YWRhQGV4YW1wbGUuY29t YWRh", None),
            ("see YWRhQGV4YW1wbGUuY29t", None),
        ] {
            let said = said.map_or(Encoded::No, |(upto, said)| Encoded::Says(upto, said.to_owned()));
            assert_eq!(read(text, Edge::End), said, "{text}");
        }
        for begun in ["YWRhQGV4YW1wbGUuY29t", "YWRhQGV4YW1wbGUuY29t\n", wide, &format!("{wide}\nY"), "Hello"]
        {
            assert_eq!(read(begun, Edge::Open), Encoded::Unseen, "{begun}");
        }
        for other in ["Hello ", "Hello\n", &format!("{wide}\nY\nW"), &"YWRh".repeat(HELD_BACK / 4 + 1)] {
            assert_eq!(read(other, Edge::Open), Encoded::No, "{other}");
        }
    }
}
