//! Queries, forms and JSON, read strictly.
//!
//! The rule: what nobody asked for is refused, and so is what is there twice: a misspelt or a second value must never silently do
//! nothing. What would defeat the bounds is a body that is read before it is measured; so it is held up to its limit, and its
//! nesting is looked at before anything is built from it.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, header::CONTENT_TYPE};
use hyper::body::Incoming;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::{message::Body, query};

/// The largest body, and how long it may take to come.
const LARGEST: u64 = 64 << 10;
const PATIENCE: Duration = Duration::from_secs(20);
/// How deep JSON may be nested.
const DEEPEST: usize = 16;

/// Names with values, each name once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(&'static str, String)>);

impl Fields {
    /// Reads a query or a form in which there is nothing but these names.
    pub(super) fn read(text: &[u8], known: &[&'static str]) -> Result<Self, Problem> {
        let mut fields = Vec::new();
        for pair in query::pairs(text) {
            let decoded = query::decode(pair.raw_name).ok().zip(query::decode(pair.raw_value).ok());
            let (name, value) =
                decoded.ok_or(Problem::Parameter("a parameter is not percent-encoded as it should be"))?;
            let name = known.iter().find(|known| known.as_bytes() == &*name);
            let name = *name.ok_or(Problem::Parameter("a parameter is not known here"))?;
            let value = String::from_utf8(value.into_owned());
            let value = value.map_err(|_| Problem::Parameter("a parameter is not UTF-8"))?;
            if fields.iter().any(|(other, _)| *other == name) {
                return Err(Problem::Parameter("a parameter is there twice"));
            }
            fields.push((name, value));
        }
        Ok(Self(fields))
    }

    /// The value of this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The value of this name, which must be there.
    pub(super) fn must(&self, name: &str) -> Result<&str, Problem> {
        self.get(name).ok_or(Problem::Parameter("a parameter is missing"))
    }

    /// The value of this name, as another type.
    pub(super) fn parse<T: std::str::FromStr>(
        &self,
        name: &str,
        wrong: &'static str,
    ) -> Result<Option<T>, Problem> {
        self.get(name).map(str::parse).transpose().map_err(|_| Problem::Parameter(wrong))
    }
}

/// The body, held.
pub(super) async fn body(incoming: Incoming) -> Result<Bytes, Problem> {
    let held = Body::flowing(incoming).hold(LARGEST, PATIENCE).await;
    held.map(|(body, _)| body).map_err(|_| Problem::Body)
}

/// A document in JSON.
pub(super) fn json<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    if media_type(headers) != "application/json" {
        return Err(Problem::MediaType("`content-type: application/json`"));
    }
    if depth(body) > DEEPEST {
        return Err(Problem::Unreadable("the document is nested more than 16 deep"));
    }
    // The error of the deserialiser may quote what was sent, so it is not told.
    serde_json::from_slice(body)
        .map_err(|_| Problem::Unreadable("the document is not the JSON that is asked for"))
}

/// The fields of a form.
pub(super) fn form(headers: &HeaderMap, body: &[u8], known: &[&'static str]) -> Result<Fields, Problem> {
    if media_type(headers) != "application/x-www-form-urlencoded" {
        return Err(Problem::MediaType("`content-type: application/x-www-form-urlencoded`"));
    }
    Fields::read(body, known)
}

fn media_type(headers: &HeaderMap) -> String {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return String::new() };
    let value = value.to_str().unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// How deep brackets stand within each other, outside of strings.
fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    let (mut within, mut escaped) = (false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if within => escaped = true,
            b'"' => within = !within,
            b'{' | b'[' if !within => depth += 1,
            b'}' | b']' if !within => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_only_what_is_known_and_that_once() {
        let read = |text: &str| Fields::read(text.as_bytes(), &["before", "limit"]);
        let fields = read("limit=5&before=a%20b+c").unwrap();
        assert_eq!((fields.get("before"), fields.get("limit")), (Some("a b c"), Some("5")));
        assert_eq!(fields.parse::<u8>("limit", "").unwrap(), Some(5));
        assert!(read("").unwrap().get("limit").is_none());
        for wrong in ["limit=1&limit=2", "subject=eve", "limit=%4", "limit=%ff", "=1"] {
            assert!(matches!(read(wrong), Err(Problem::Parameter(_))), "{wrong}");
        }
    }

    #[test]
    fn nesting_is_counted_outside_of_strings() {
        for (text, deep) in
            [("1", 0), ("[]", 1), (r#"{"a":[{}]}"#, 3), (r#"["[[["]"#, 1), (r#"["\"[["]"#, 1), ("]]][", 1)]
        {
            assert_eq!(depth(text.as_bytes()), deep, "{text}");
        }
    }
}
