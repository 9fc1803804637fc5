//! Whose page asks.
//!
//! The rule: a browser says in `Sec-Fetch-Site` (W3C Fetch Metadata) or `Origin` (RFC 6454) whose page asks; where either says that
//! it is another's, it is. What would defeat it: taking the host's other ports for us (`same-site`), so only `same-origin` is ours;
//! and the first of two values, so two are another's.

use http::{HeaderMap, HeaderName, header::ORIGIN};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whose page asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// One of ours.
    Ours,
    /// It doesn't say: programs don't.
    Unsaid,
    /// Somebody else's.
    Theirs,
}

impl Asker {
    /// As the header fields say, and whether an origin is ours.
    pub fn of(headers: &HeaderMap, is_ours: impl Fn(&[u8]) -> bool) -> Self {
        let (Ok(site), Ok(origin)) = (only(headers, &FETCH_SITE), only(headers, &ORIGIN)) else {
            return Self::Theirs;
        };
        match (site, origin) {
            (_, Some(origin)) if !is_ours(origin) => Self::Theirs,
            (Some(b"same-origin"), _) | (None, Some(_)) => Self::Ours,
            (Some(_), _) => Self::Theirs,
            (None, None) => Self::Unsaid,
        }
    }
}

/// The field's value, if it is there once or not at all.
///
/// # Errors
/// When it is there more than once.
pub fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a [u8]>, Twice> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value.map(|value| value.as_bytes())),
        (_, Some(_)) => Err(Twice),
    }
}

/// A field is there more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twice;
