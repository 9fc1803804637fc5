//! Finding a credential in the head of a request: there is none, there is one, or the request is refused.
//!
//! The rule: what stands there twice is refused, because the bot may read the other one (the header twice, two
//! cookies or parameters of one name); so is an id that two programs could read differently: empty, long, not UTF-8,
//! with control characters. Ids are compared as bytes after decoding and never normalised. What would defeat this is
//! looking at only the first occurrence.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, header};
use jiff::Timestamp;

use crate::{cookie, query, refusal::Refusal};

const LONGEST_ID: usize = 512;

/// A credential that was found and holds.
#[derive(Debug)]
pub(super) struct Shown {
    /// The bytes of the id.
    pub(super) id: Vec<u8>,
    /// When the credential is void.
    pub(super) until: Option<Timestamp>,
}

impl Shown {
    /// One that does not say when it is void.
    pub(super) fn lasting(id: Vec<u8>) -> Self {
        Self { id, until: None }
    }

    /// One that is void from a second on, counted since 1970. A second that no calendar has is none that comes.
    pub(super) fn until(id: Vec<u8>, second: u64) -> Self {
        let until = i64::try_from(second).ok().and_then(|second| Timestamp::from_second(second).ok());
        Self { id, until }
    }
}

/// The header's value, if it is there once.
pub(super) fn only_header<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a [u8]>, Refusal> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => Ok(Some(value.as_bytes().trim_ascii())),
        (Some(_), Some(_)) => Err(Refusal::Credential("the header that names the subject is there twice")),
    }
}

/// The cookie's value, if it is there once in all `Cookie` headers together.
pub(super) fn only_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a [u8]>, Refusal> {
    let lines = headers.get_all(header::COOKIE).iter();
    let mut values = lines
        .flat_map(|line| cookie::pairs(line.as_bytes()))
        .filter(|pair| pair.name == name.as_bytes())
        .map(|pair| pair.value);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => Ok(Some(value)),
        (Some(_), Some(_)) => Err(Refusal::Credential("the cookie that names the subject is there twice")),
    }
}

/// The parameter's decoded value, if it is there once. A name that can't be decoded might be the one looked for.
pub(super) fn only_parameter<'a>(text: &'a str, name: &str) -> Result<Option<Cow<'a, [u8]>>, Refusal> {
    let mut found = None;
    for pair in query::pairs(text.as_bytes()) {
        let decoded = query::decode(pair.raw_name)
            .map_err(|_| Refusal::Target("the name of a query parameter is not valid percent-encoding"))?;
        if *decoded == *name.as_bytes() && found.replace(pair.raw_value).is_some() {
            return Err(Refusal::Credential("the parameter that names the subject is there twice"));
        }
    }
    found.map(query::decode).transpose().map_err(|_| {
        Refusal::Credential("the parameter that names the subject is not valid percent-encoding")
    })
}

/// The bytes as an id.
pub(super) fn id(bytes: &[u8]) -> Result<String, Refusal> {
    check_id(bytes).map(str::to_owned).map_err(Refusal::Credential)
}

/// The bytes as an id that a request could bring.
///
/// # Errors
/// What is wrong with them, without them.
pub fn check_id(bytes: &[u8]) -> Result<&str, &'static str> {
    if bytes.is_empty() {
        return Err("the subject's id is empty");
    }
    if bytes.len() > LONGEST_ID {
        return Err("the subject's id is longer than 512 bytes");
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if text.contains(char::is_control) => Err("the subject's id has control characters"),
        Ok(text) => Ok(text),
        Err(_) => Err("the subject's id is not UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_printable_utf8() {
        let long = [b'x'; LONGEST_ID + 1];
        for good in [&b"ada"[..], b" ada ", "Ádá".as_bytes(), b"a b", &long[1..]] {
            assert_eq!(id(good).unwrap().as_bytes(), good);
        }
        for bad in [&b""[..], &long, b"\xff", b"a\0", b"a\nb", b"\x7f", "a\u{85}".as_bytes()] {
            assert!(matches!(id(bad), Err(Refusal::Credential(_))), "{bad:?}");
        }
    }

    #[test]
    fn parameter_names_match_after_decoding() {
        let value = |text| {
            only_parameter(text, "user").map(|found| found.map(|v| String::from_utf8_lossy(&v).into_owned()))
        };
        assert_eq!(value("a=1&%75ser=ada+l%C3%A9"), Ok(Some("ada lé".to_owned())));
        assert_eq!(value("user"), Ok(Some(String::new())));
        assert_eq!(value("User=1&user%20=1"), Ok(None));
        assert!(matches!(value("user=1&%75ser=1"), Err(Refusal::Credential(_))));
        assert!(matches!(value("user=%4"), Err(Refusal::Credential(_))));
        assert!(matches!(value("us%er=1&user=1"), Err(Refusal::Target(_))));
    }

    #[test]
    fn a_cookie_is_looked_for_in_every_cookie_header() {
        let mut headers = HeaderMap::new();
        headers.append("cookie", "a=1; b=2".parse().unwrap());
        headers.append("cookie", "c=3; b".parse().unwrap());
        assert_eq!(only_cookie(&headers, "c"), Ok(Some(&b"3"[..])));
        assert_eq!(only_cookie(&headers, "d"), Ok(None));
        assert!(matches!(only_cookie(&headers, "b"), Err(Refusal::Credential(_))));
    }
}
