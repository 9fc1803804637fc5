//! The parameters of a query string or of a form body (WHATWG URL, `application/x-www-form-urlencoded`).
//!
//! The rule: split at `&`, then at the first `=`; nothing is decoded until somebody asks, and then strictly: `+` is a
//! space, `%` must be followed by two hexadecimal digits. A name is compared only after decoding, because `%65mail`
//! is `email` to the backend. What would defeat this is a backend that also splits at `;`, as HTML 4 suggested: to it
//! `a=1;b=2` is two parameters, to us one.

use std::{borrow::Cow, ops::Range};

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    /// Where the parameter stands, without the `&` around it.
    pub span: Range<usize>,
    /// Its name, as sent.
    pub raw_name: &'a [u8],
    /// Its value, as sent; empty also when there is no `=`.
    pub raw_value: &'a [u8],
}

/// A `%` that is not followed by two hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// The parameters in order; empty pieces (`&&`) are none.
pub fn pairs(query: &[u8]) -> impl Iterator<Item = Pair<'_>> {
    pieces(query).filter_map(|(start, piece)| pair(start, piece))
}

/// The bytes that a raw name or value stands for.
///
/// # Errors
/// [`Malformed`] when a `%` is not followed by two hexadecimal digits: backends differ on what that means.
pub fn decode(raw: &[u8]) -> Result<Cow<'_, [u8]>, Malformed> {
    if !raw.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut decoded = Vec::with_capacity(raw.len());
    let mut rest = raw;
    loop {
        rest = match rest {
            [] => return Ok(Cow::Owned(decoded)),
            [b'%', high, low, tail @ ..] => {
                decoded.push(nibble(*high)? << 4 | nibble(*low)?);
                tail
            }
            [b'%', ..] => return Err(Malformed),
            [b'+', tail @ ..] => {
                decoded.push(b' ');
                tail
            }
            [byte, tail @ ..] => {
                decoded.push(*byte);
                tail
            }
        };
    }
}

/// What becomes of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays as it is.
    Stays,
    /// It goes.
    Goes,
    /// It gets this value, as it is to be sent.
    Becomes(Vec<u8>),
}

/// The query after every parameter has met its fate; everything else keeps its bytes and its order.
///
/// # Errors
/// The first that `fate` comes to.
pub fn rewrite<'a, E>(
    query: &'a [u8],
    mut fate: impl FnMut(&Pair<'a>) -> Result<Fate, E>,
) -> Result<Cow<'a, [u8]>, E> {
    let mut changed = false;
    let mut rest: Vec<Cow<'a, [u8]>> = Vec::new();
    for (start, piece) in pieces(query) {
        let pair = pair(start, piece);
        match pair.as_ref().map_or(Ok(Fate::Stays), &mut fate)? {
            Fate::Stays => rest.push(Cow::Borrowed(piece)),
            Fate::Goes => changed = true,
            Fate::Becomes(value) => {
                changed = true;
                let name = pair.map(|pair| pair.raw_name).unwrap_or_default();
                rest.push(Cow::Owned([name, b"=", &value].concat()));
            }
        }
    }
    Ok(if changed { Cow::Owned(rest.join(&b'&')) } else { Cow::Borrowed(query) })
}

fn pieces(query: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = 0;
    query.split(|byte| *byte == b'&').map(move |piece| {
        let at = start;
        start += piece.len() + 1;
        (at, piece)
    })
}

fn pair(start: usize, piece: &[u8]) -> Option<Pair<'_>> {
    let (raw_name, raw_value) = match piece.iter().position(|byte| *byte == b'=') {
        Some(at) => (piece.get(..at)?, piece.get(at + 1..)?),
        None => (piece, &[][..]),
    };
    (!piece.is_empty()).then(|| Pair { span: start..start + piece.len(), raw_name, raw_value })
}

fn nibble(digit: u8) -> Result<u8, Malformed> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    fn read(query: &str) -> Vec<(&str, &str)> {
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        pairs(query.as_bytes()).map(|pair| (text(pair.raw_name), text(pair.raw_value))).collect()
    }

    #[test]
    fn parameters_split_at_ampersands_and_the_first_equals_sign() {
        let table: &[(&str, &[(&str, &str)])] = &[
            ("", &[]),
            ("&&&", &[]),
            ("a=1", &[("a", "1")]),
            ("a=1&b=2&&c", &[("a", "1"), ("b", "2"), ("c", "")]),
            ("a=b=c", &[("a", "b=c")]),
            ("=v", &[("", "v")]),
            ("=", &[("", "")]),
            ("a=1;b=2", &[("a", "1;b=2")]),
            ("a%3D1=2", &[("a%3D1", "2")]),
            ("a=1%26b=2", &[("a", "1%26b=2")]),
            ("a[]=1&a[]=2", &[("a[]", "1"), ("a[]", "2")]),
        ];
        for (query, expected) in table {
            assert_eq!(read(query), *expected, "{query}");
        }
    }

    #[test]
    fn decoding_is_strict() {
        let good: &[(&str, &[u8])] = &[
            ("", b""),
            ("plain", b"plain"),
            ("a+b", b"a b"),
            ("a%2Bb", b"a+b"),
            ("%65mail", b"email"),
            ("%2525", b"%25"),
            ("%ff%00", b"\xff\x00"),
            ("%e2%82%AC", "€".as_bytes()),
        ];
        for (raw, expected) in good {
            assert_eq!(decode(raw.as_bytes()).as_deref(), Ok(*expected), "{raw}");
        }
        for raw in ["%", "a%", "%4", "%4g", "%g4", "%%41", "%u0041", "% 41", "%+1", "%-1"] {
            assert_eq!(decode(raw.as_bytes()), Err(Malformed), "{raw}");
        }
    }

    fn without<'a>(query: &'a [u8], unwanted: impl Fn(&Pair<'a>) -> bool) -> Cow<'a, [u8]> {
        let fate =
            |pair: &Pair<'a>| Ok::<_, Infallible>(if unwanted(pair) { Fate::Goes } else { Fate::Stays });
        rewrite(query, fate).unwrap()
    }

    #[test]
    fn removing_a_parameter_leaves_the_others_alone() {
        let table = [
            ("a=1&b=2&c=3", "a", "b=2&c=3"),
            ("a=1&b=2&c=3", "b", "a=1&c=3"),
            ("a=1&b=2&c=3", "c", "a=1&b=2"),
            ("a=%zz&&b=2&", "b", "a=%zz&&"),
            ("%61=1&a&b", "a", "b"),
            ("a", "a", ""),
            ("&x+y=%20&", "a", "&x+y=%20&"),
        ];
        for (query, name, expected) in table {
            let left = without(query.as_bytes(), |pair| {
                decode(pair.raw_name).is_ok_and(|decoded| *decoded == *name.as_bytes())
            });
            assert_eq!(String::from_utf8_lossy(&left), expected, "{query} without {name}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_split_and_decode_without_a_panic(
            query in proptest::collection::vec(prop_oneof![Just(b'&'), Just(b'='), Just(b'%'), any::<u8>()], 0..64)
        ) {
            for pair in pairs(&query) {
                let whole = &query[pair.span.clone()];
                prop_assert!(whole.starts_with(pair.raw_name) && whole.ends_with(pair.raw_value));
                let _ = (decode(pair.raw_name), decode(pair.raw_value));
            }
            let kept = without(&query, |_| false);
            prop_assert_eq!(kept.as_ref(), query.as_slice());
            let emptied = without(&query, |_| true);
            prop_assert_eq!(pairs(&emptied).count(), 0);
        }

        #[test]
        fn decoding_undoes_encoding(text in any::<Vec<u8>>()) {
            let encoded: String = text.iter().map(|byte| format!("%{byte:02X}")).collect();
            let decoded = decode(encoded.as_bytes()).unwrap();
            prop_assert_eq!(decoded.as_ref(), text.as_slice());
        }
    }
}
