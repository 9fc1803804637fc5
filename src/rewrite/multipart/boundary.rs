//! The boundary of a form, and the parameters of a header field (RFC 2045, section 5.1).
//!
//! The rule: a parameter is `name=token` or `name="text"`, each name once. What would defeat it is a text that one reader
//! ends where another reads on: a backslash before a quotation mark is an error.

use http::{HeaderMap, header::CONTENT_TYPE};

/// What separates the parts of a form (RFC 2046, section 5.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary(Vec<u8>);

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameter<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

/// That parameters can't be read, or in more than one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl Boundary {
    /// Reads the boundary from the `Content-Type` of a message; none where it has not exactly one that is well-formed.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let (_, rest) = headers.get(CONTENT_TYPE)?.to_str().ok()?.split_once(';')?;
        let parameters = parameters(rest).ok()?;
        let text = value_of(&parameters, "boundary")?;
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
        let is_good = (1..=70).contains(&text.len()) && !text.ends_with(' ') && text.bytes().all(fits);
        is_good.then(|| Self([b"--", text.as_bytes()].concat()))
    }

    /// The boundary with the two dashes before it.
    pub(super) fn delimiter(&self) -> &[u8] {
        &self.0
    }
}

/// The value of the parameter of this name, in any case.
pub(super) fn value_of<'a>(parameters: &[Parameter<'a>], name: &str) -> Option<&'a str> {
    parameters.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name)).map(|found| found.value)
}

/// The parameters after the first `;` of a field.
pub(super) fn parameters(text: &str) -> Result<Vec<Parameter<'_>>, Malformed> {
    let mut all: Vec<Parameter<'_>> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or(Malformed)?;
        let (name, after) = (name.trim(), after.trim_start());
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted_value(quoted)?,
            None => token(after)?,
        };
        if !is_token(name) || value_of(&all, name).is_some() {
            return Err(Malformed);
        }
        all.push(Parameter { name, value });
        rest = match after.trim_start().strip_prefix(';') {
            Some(more) => more.trim(),
            None if after.trim().is_empty() => "",
            None => return Err(Malformed),
        };
    }
    Ok(all)
}

fn quoted_value(text: &str) -> Result<(&str, &str), Malformed> {
    let (value, after) = text.split_once('"').ok_or(Malformed)?;
    if value.ends_with('\\') || value.contains(char::is_control) {
        Err(Malformed)
    } else {
        Ok((value, after))
    }
}

fn token(text: &str) -> Result<(&str, &str), Malformed> {
    let end = text.find(|c: char| c == ';' || c.is_ascii_whitespace()).unwrap_or(text.len());
    let (value, after) = text.split_at_checked(end).ok_or(Malformed)?;
    if is_token(value) { Ok((value, after)) } else { Err(Malformed) }
}

/// Whether a text is a token; `*` and `'` are part of extended names and values (RFC 8187).
pub(super) fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~/:=?".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}
