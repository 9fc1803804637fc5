//! Names in subject sources that can really occur in a request.
//!
//! The rule: a name that no request can carry is an error at load, because a source that never finds its credential
//! fails silently. Header names with `_` are such names: they are dropped at the edge, since CGI reads them as `-`.

use http::HeaderName;

use crate::identify::{fault::Fault, settings::SubjectSource};

/// Headers whose removal would change what the request is, or that carry several things at once.
const TAKEN: [&str; 10] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A header that can name a subject.
pub(super) fn header(name: &str) -> Result<HeaderName, Fault> {
    let parsed = HeaderName::try_from(name).ok().filter(|parsed| !parsed.as_str().contains('_'));
    let parsed = parsed.ok_or_else(|| Fault::HeaderName { name: name.to_owned() })?;
    if TAKEN.contains(&parsed.as_str()) {
        return Err(Fault::HeaderTaken { name: name.to_owned() });
    }
    Ok(parsed)
}

/// A cookie's name: an RFC 9110 token (RFC 6265, section 4.1.1).
pub(super) fn cookie(name: &str) -> Result<String, Fault> {
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(Fault::CookieName { name: name.to_owned() });
    }
    Ok(name.to_owned())
}

/// Whether the byte may stand in a token (RFC 9110, section 5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A text that must say something.
pub(super) fn filled(key: &'static str, text: &str) -> Result<(), Fault> {
    if text.is_empty() { Err(Fault::Empty { key }) } else { Ok(()) }
}

/// A namespace that reads the same everywhere, and that no other source has by accident.
pub(super) fn namespace(source: &SubjectSource, earlier: &[SubjectSource]) -> Result<String, Fault> {
    let name = source.namespace();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(plain) || name.len() > 64 {
        return Err(Fault::Namespace { namespace: name.to_owned() });
    }
    let on_purpose =
        |other: &SubjectSource| source.written_namespace().is_some() && other.written_namespace().is_some();
    match earlier.iter().position(|other| other.namespace() == name && !on_purpose(other)) {
        Some(other) => Err(Fault::SharedNamespace { namespace: name.to_owned(), other: other + 1 }),
        None => Ok(name.to_owned()),
    }
}
