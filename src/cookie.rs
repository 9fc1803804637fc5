//! The pieces of a `Cookie` header (RFC 6265, sections 4.2 and 5.4).
//!
//! The rule: split at `;`, trim spaces and tabs, split at the first `=`; every other byte stays where it was. A piece
//! without `=` is a cookie of that name with an empty value, so that whoever looks for the name finds it. What would
//! defeat this is a backend that reads quoted strings as RFC 2109 did: to it `a="x; b=1"` is one cookie, to us two.

use std::{borrow::Cow, ops::Range};

/// One cookie in a header value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    /// Where the cookie stands, without the separators and spaces around it.
    pub span: Range<usize>,
    /// Its name, as sent.
    pub name: &'a [u8],
    /// Its value, as sent: quotes and escapes are part of it.
    pub value: &'a [u8],
}

/// The cookies of one header value, in order. A request may carry several such values (RFC 9113, section 8.2.3).
pub fn pairs(header: &[u8]) -> impl Iterator<Item = Pair<'_>> {
    pieces(header).filter_map(|(start, piece)| pair(start, piece))
}

/// What becomes of a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays as it is.
    Stays,
    /// It goes.
    Goes,
    /// It gets this value.
    Becomes(Vec<u8>),
}

/// The header value after every cookie has met its fate; none where nothing is left. Everything else keeps its bytes
/// and its order, so that what goes leaves no trace.
pub fn rewrite<'a>(header: &'a [u8], mut fate: impl FnMut(&Pair<'a>) -> Fate) -> Option<Cow<'a, [u8]>> {
    let mut changed = false;
    let mut rest: Vec<Cow<'a, [u8]>> = Vec::new();
    for (start, piece) in pieces(header) {
        let pair = pair(start, piece);
        let piece = if rest.is_empty() { trim_start(piece) } else { piece };
        match pair.as_ref().map_or(Fate::Stays, &mut fate) {
            Fate::Stays => rest.push(Cow::Borrowed(piece)),
            Fate::Goes => changed = true,
            Fate::Becomes(value) => {
                changed = true;
                let name = pair.map(|pair| pair.name).unwrap_or_default();
                let space = piece.len() - trim_start(piece).len();
                rest.push(Cow::Owned([piece.get(..space).unwrap_or_default(), name, b"=", &value].concat()));
            }
        }
    }
    match changed {
        false => Some(Cow::Borrowed(header)),
        true => (!rest.is_empty()).then(|| Cow::Owned(rest.join(&b';'))),
    }
}

fn pieces(header: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = 0;
    header.split(|byte| *byte == b';').map(move |piece| {
        let at = start;
        start += piece.len() + 1;
        (at, piece)
    })
}

fn pair(start: usize, piece: &[u8]) -> Option<Pair<'_>> {
    let body = trim(piece);
    let leading = piece.len() - trim_start(piece).len();
    let (name, value) = match body.iter().position(|byte| *byte == b'=') {
        Some(at) => (body.get(..at)?, body.get(at + 1..)?),
        None => (body, &[][..]),
    };
    let span = start + leading..start + leading + body.len();
    (!body.is_empty()).then(|| Pair { span, name: trim(name), value: trim(value) })
}

fn trim(bytes: &[u8]) -> &[u8] {
    let mut rest = trim_start(bytes);
    while let [head @ .., b' ' | b'\t'] = rest {
        rest = head;
    }
    rest
}

fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', tail @ ..] = bytes {
        bytes = tail;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(header: &str) -> Vec<(&str, &str)> {
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        pairs(header.as_bytes()).map(|pair| (text(pair.name), text(pair.value))).collect()
    }

    #[test]
    fn cookies_split_at_semicolons_and_the_first_equals_sign() {
        let table: &[(&str, &[(&str, &str)])] = &[
            ("", &[]),
            (";;  ; \t;", &[]),
            ("a=1", &[("a", "1")]),
            ("a=1; b=2;c=3", &[("a", "1"), ("b", "2"), ("c", "3")]),
            ("  a = 1 \t; b=2  ", &[("a", "1"), ("b", "2")]),
            ("a=b=c==", &[("a", "b=c==")]),
            ("a=", &[("a", "")]),
            ("=v", &[("", "v")]),
            ("bare; a=1", &[("bare", ""), ("a", "1")]),
            ("a=1; a=2", &[("a", "1"), ("a", "2")]),
            ("a=\"q\"; A=1", &[("a", "\"q\""), ("A", "1")]),
            ("a=\"x; b=1\"", &[("a", "\"x"), ("b", "1\"")]),
            ("a=1,b=2", &[("a", "1,b=2")]),
            ("a=%41", &[("a", "%41")]),
        ];
        for (header, expected) in table {
            assert_eq!(read(header), *expected, "{header}");
        }
    }

    #[test]
    fn removing_a_cookie_leaves_the_others_alone() {
        let table = [
            ("a=1; b=2; c=3", "a", "b=2; c=3"),
            ("a=1; b=2; c=3", "b", "a=1; c=3"),
            ("a=1; b=2; c=3", "c", "a=1; b=2"),
            ("a=1;b=2 ;  c=3", "b", "a=1;  c=3"),
            ("a=1; a=2", "a", ""),
            ("a; b=2", "a", "b=2"),
            ("  odd = 1 ;; b", "x", "  odd = 1 ;; b"),
        ];
        for (header, name, expected) in table {
            let gone = |pair: &Pair<'_>| if pair.name == name.as_bytes() { Fate::Goes } else { Fate::Stays };
            let left = rewrite(header.as_bytes(), gone).unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(&left), expected, "{header} without {name}");
        }
    }

    #[test]
    fn a_cookie_gets_another_value_in_its_place() {
        let made = rewrite(b"a=1;  b = 2 ;c", |pair| match pair.name {
            b"a" => Fate::Stays,
            name => Fate::Becomes(name.to_ascii_uppercase()),
        });
        assert_eq!(made.unwrap().as_ref(), b"a=1;  b=B;c=C");
    }

    proptest! {
        #[test]
        fn any_bytes_split_without_a_panic_and_spans_point_at_what_they_name(
            header in proptest::collection::vec(prop_oneof![Just(b';'), Just(b'='), Just(b' '), any::<u8>()], 0..64)
        ) {
            for pair in pairs(&header) {
                let whole = &header[pair.span.clone()];
                prop_assert!(whole.starts_with(pair.name) && whole.ends_with(pair.value));
            }
            let kept = rewrite(&header, |_| Fate::Stays).unwrap();
            prop_assert_eq!(kept.as_ref(), header.as_slice());
            let emptied = rewrite(&header, |_| Fate::Goes).unwrap_or_default();
            prop_assert_eq!(pairs(&emptied).count(), 0);
        }
    }
}
