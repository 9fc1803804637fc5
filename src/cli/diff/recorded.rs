//! A request from what was written down of it.
//!
//! The rule: what is written down counts; what is not is taken from the arguments. The texts of errors name keys and never values.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Uri,
    header::{CONTENT_TYPE, HOST},
    request::Parts,
};
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use super::traffic::{At, Recorded, Unusable};
use crate::message::hop;

const SHAPE: &str =
    r#"write `{"method": …, "target": …, "headers": {…}, "body": …}`, or `text` in place of `body`"#;

/// A request in one line.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Line {
    method: Option<String>,
    target: Option<String>,
    headers: Map<String, Value>,
    body: Option<Box<RawValue>>,
    text: Option<String>,
}

/// What is known of a request.
pub(super) struct Known<'a> {
    pub(super) method: Option<&'a str>,
    pub(super) target: Option<&'a str>,
    pub(super) headers: Vec<(&'a str, &'a str)>,
    pub(super) body: Bytes,
    /// The type of the body where no header says one.
    pub(super) content_type: Option<&'a str>,
}

/// Reads a line that is a request.
pub(super) fn request(at: At, line: &[u8], defaults: &Parts) -> Result<Recorded, Unusable> {
    let Line { method, target, headers, body, text } =
        serde_json::from_slice(line).map_err(|error| Unusable {
            column: Some(error.column() as u64),
            ..Unusable::new(at, format!("{} from here on; {SHAPE}", fault(&error)))
        })?;
    let mut pairs = Vec::new();
    for (name, value) in &headers {
        let values: Option<Vec<&str>> = match value {
            Value::String(one) => Some(vec![one]),
            Value::Array(many) => many.iter().map(Value::as_str).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        };
        let values = values
            .ok_or_else(|| Unusable::new(at, "a header's value is a text, or a list of texts".to_owned()))?;
        pairs.extend(values.into_iter().map(|value| (name.as_str(), value)));
    }
    let is_json = body.is_some();
    let body = match (body, text) {
        (Some(_), Some(_)) => return Err(Unusable::new(at, "both `body` and `text` are there; keep one")),
        (Some(json), None) => Bytes::from(json.get().to_owned()),
        (None, text) => text.unwrap_or_default().into(),
    };
    let known = Known {
        method: method.as_deref(),
        target: target.as_deref(),
        headers: pairs,
        body,
        content_type: is_json.then_some("application/json"),
    };
    known.on(at, defaults)
}

/// What is wrong with a text that is no JSON, or not of the shape that is wanted, without a word of it.
pub(super) fn fault(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Data => "not a request",
        serde_json::error::Category::Syntax | serde_json::error::Category::Eof => "not JSON",
        serde_json::error::Category::Io => "can't be read",
    }
}

impl Known<'_> {
    /// The request, with what is not known of it from the arguments.
    pub(super) fn on(self, at: At, defaults: &Parts) -> Result<Recorded, Unusable> {
        let mut head = defaults.clone();
        if let Some(method) = self.method {
            head.method = Method::try_from(method).map_err(|_| Unusable::new(at, "the method is none"))?;
        }
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers {
            let name =
                HeaderName::try_from(name).map_err(|_| Unusable::new(at, "a header's name is none"))?;
            let value =
                HeaderValue::try_from(value).map_err(|_| Unusable::new(at, "a header's value is none"))?;
            headers.append(name, value);
        }
        if let Some(target) = self.target {
            let uri: Uri =
                target.parse().map_err(|_| Unusable::new(at, "the target is neither a path nor a URL"))?;
            if let Some(host) = uri.authority().and_then(|host| host.as_str().parse().ok()) {
                headers.entry(HOST).or_insert(host);
            }
            let path = uri.path_and_query().map_or("/", |target| target.as_str());
            head.uri = path.parse().map_err(|_| Unusable::new(at, "the target is not one"))?;
        }
        for name in
            defaults.headers.keys().filter(|name| !headers.contains_key(*name)).cloned().collect::<Vec<_>>()
        {
            for value in defaults.headers.get_all(&name) {
                headers.append(&name, value.clone());
            }
        }
        let content_type = self.content_type.and_then(|kind| kind.parse().ok());
        if let Some(kind) = content_type.filter(|_| !self.body.is_empty()) {
            headers.entry(CONTENT_TYPE).or_insert(kind);
        }
        hop::strip_request(&mut headers);
        head.headers = headers;
        Ok(Recorded { at, head, body: self.body })
    }
}
