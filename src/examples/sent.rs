//! The request of an example: built from its parts, and taken apart again after the rewrite.
//!
//! The rule: whatever goes in comes out under the same name, or is gone. The content type that a body needs is added where
//! the author wrote none, and then it is not part of what is left.

use std::{collections::HashSet, ops::Range, sync::Arc};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request,
    header::{CONTENT_TYPE, COOKIE},
    request,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::Outcome;
use crate::{
    cookie,
    identify::Strip,
    policy::{Plan, action::Action, example::Parts},
    query,
    rewrite::{
        Received, Rewritten,
        leaf::{self, Keys, Leaf},
        media::{self, BodyKind},
    },
};

/// What examples write for a hash.
const HASH: &str = "[hash]";

/// What they write for a pseudonym.
const PSEUDONYM: &str = "[pseudonym]";

/// Everything but the characters that RFC 3986 leaves alone.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The named segments of a path, with their places in it.
type Segments = Vec<(Arc<str>, Range<usize>)>;

/// A request as an example's client sends it.
pub(super) struct Sent<'e> {
    pub(super) head: request::Parts,
    parts: &'e Parts,
    segments: Segments,
    body: Bytes,
    kind: BodyKind,
    type_is_ours: bool,
}

impl<'e> Sent<'e> {
    /// Builds the request; or says why the bot gets none.
    pub(super) fn new(parts: &'e Parts, plan: &Plan) -> Result<Self, Outcome> {
        let (path, segments) = path(&parts.path);
        let target =
            if parts.query.is_empty() { path } else { format!("{path}?{}", parameters(&parts.query)) };
        let mut head = Request::new(()).into_parts().0;
        head.uri = target.parse().map_err(impossible)?;
        head.headers = headers(parts)?;
        let body = body(parts);
        let mut type_is_ours = false;
        if let Some((media_type, _)) = &body {
            head.method = Method::POST;
            type_is_ours = !head.headers.contains_key(CONTENT_TYPE);
            head.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(media_type));
        }
        let kind = match body {
            None => BodyKind::None,
            Some(_) => media::kind(&head.headers, plan, &[]).map_err(Outcome::Refused)?,
        };
        let body = body.map(|(_, bytes)| bytes).unwrap_or_default();
        Ok(Self { head, parts, segments, body, kind, type_is_ours })
    }

    pub(super) fn received<'a>(&'a self, strip: &'a Strip) -> Received<'a> {
        Received {
            head: &self.head,
            segments: &self.segments,
            body: media::read_as(&self.body, self.kind),
            coded: None,
            trailers: None,
            strip,
        }
    }

    /// What is left of it.
    pub(super) fn left(&self, rewritten: &Rewritten, key: &Keys) -> Parts {
        let (uri, headers, body) = rewritten.parts();
        let body = body.unwrap_or(&self.body);
        let form = self.parts.form.as_ref().map(|_| pairs(body));
        let json = self.parts.body.as_ref();
        let mut left = Parts {
            headers: self.headers_left(headers),
            cookies: cookies(headers),
            query: pairs(uri.query().unwrap_or_default().as_bytes()),
            path: self.segments_left(uri.path()),
            form,
            body: json.map(|_| serde_json::from_slice(body).unwrap_or(Value::Null)),
        };
        let hashes = hashes(self.parts, key);
        show(&mut left, &|text| named(text, &hashes, key));
        left
    }

    fn headers_left(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        let counts = |name: &HeaderName| *name != COOKIE && !(self.type_is_ours && *name == CONTENT_TYPE);
        let counting = headers.iter().filter(|(name, _)| counts(name));
        counting.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
    }

    fn segments_left(&self, path: &str) -> Vec<(String, String)> {
        let values = path.split('/').skip(1);
        let named = self.segments.iter().zip(values);
        named
            .map(|((name, _), value)| {
                (name.to_string(), percent_decode_str(value).decode_utf8_lossy().into_owned())
            })
            .collect()
    }
}

/// A path of the named segments.
fn path(named: &[(String, String)]) -> (String, Segments) {
    let mut path = String::new();
    let mut segments = Vec::new();
    for (name, value) in named {
        path.push('/');
        let start = path.len();
        path.push_str(&utf8_percent_encode(value, ENCODED).to_string());
        segments.push((Arc::from(name.as_str()), start..path.len()));
    }
    if path.is_empty() {
        path.push('/');
    }
    (path, segments)
}

fn parameters(pairs: &[(String, String)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
    let written: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    written.join("&")
}

fn headers(parts: &Parts) -> Result<HeaderMap, Outcome> {
    let mut headers = HeaderMap::new();
    for (name, value) in &parts.headers {
        let name = HeaderName::try_from(name).map_err(impossible)?;
        headers.append(name, HeaderValue::try_from(value).map_err(impossible)?);
    }
    if !parts.cookies.is_empty() {
        let cookies: Vec<String> =
            parts.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        headers.append(COOKIE, HeaderValue::try_from(cookies.join("; ")).map_err(impossible)?);
    }
    Ok(headers)
}

fn body(parts: &Parts) -> Option<(&'static str, Bytes)> {
    let json = parts.body.as_ref().map(|body| ("application/json", Bytes::from(body.to_string())));
    let form =
        || parts.form.as_ref().map(|form| ("application/x-www-form-urlencoded", parameters(form).into()));
    json.or_else(form)
}

fn impossible(error: impl std::fmt::Display) -> Outcome {
    Outcome::Impossible(error.to_string())
}

fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    let lines = headers.get_all(COOKIE).iter();
    lines
        .flat_map(|line| cookie::pairs(line.as_bytes()))
        .map(|pair| (text(pair.name), text(pair.value)))
        .collect()
}

fn pairs(raw: &[u8]) -> Vec<(String, String)> {
    let decoded = |raw: &[u8]| query::decode(raw).map_or_else(|_| text(raw), |bytes| text(&bytes));
    query::pairs(raw).map(|pair| (decoded(pair.raw_name), decoded(pair.raw_value))).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every hash that the values of this request can become.
fn hashes(parts: &Parts, key: &Keys) -> HashSet<String> {
    let mut leaves = Vec::new();
    let lists = [&parts.headers, &parts.cookies, &parts.query, &parts.path];
    for (_, value) in lists.into_iter().chain(&parts.form).flatten() {
        leaves.push(Value::String(value.clone()));
    }
    parts.body.iter().for_each(|body| collect_leaves(body, &mut leaves));
    let hash = |leaf: &Value| {
        let written = leaf.to_string();
        let outcome = match leaf {
            Value::String(text) => leaf::act(&Action::Hash, Leaf::Text(text), key, ""),
            _ => leaf::act(&Action::Hash, Leaf::Number(&written), key, ""),
        };
        match outcome {
            leaf::Outcome::Text(hash) => Some(hash),
            leaf::Outcome::Number(_) | leaf::Outcome::Unfit => None,
        }
    };
    leaves.iter().filter_map(hash).collect()
}

fn collect_leaves(value: &Value, leaves: &mut Vec<Value>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|value| collect_leaves(value, leaves)),
        Value::Object(members) => members.values().for_each(|value| collect_leaves(value, leaves)),
        Value::String(_) | Value::Number(_) => leaves.push(value.clone()),
        Value::Null | Value::Bool(_) => {}
    }
}

/// A value without what differs from person to person, if there is any of it.
fn named(text: &str, hashes: &HashSet<String>, key: &Keys) -> Option<String> {
    if hashes.contains(text) {
        return Some(HASH.to_owned());
    }
    key.pseudonyms().map(|pseudonyms| pseudonyms.shown(text, PSEUDONYM)).filter(|shown| shown != text)
}

fn show(parts: &mut Parts, named: &dyn Fn(&str) -> Option<String>) {
    let lists = [&mut parts.headers, &mut parts.cookies, &mut parts.query, &mut parts.path];
    for (_, value) in lists.into_iter().chain(&mut parts.form).flatten() {
        if let Some(name) = named(value) {
            *value = name;
        }
    }
    parts.body.iter_mut().for_each(|body| show_in(body, named));
}

fn show_in(value: &mut Value, named: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(|value| show_in(value, named)),
        Value::Object(members) => members.values_mut().for_each(|value| show_in(value, named)),
        Value::String(text) => {
            if let Some(name) = named(text) {
                *text = name;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
