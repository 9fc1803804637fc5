//! Requests in an HTTP archive (HAR 1.2), as browsers and proxies write it.
//!
//! Replies are skipped while it is read: only requests take memory.

use std::io::Read;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Version, request::Parts};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;

use super::{
    recorded::{self, Known},
    traffic::{At, Recorded, Unusable},
};

#[derive(Deserialize)]
struct Archive {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    request: Value,
}

/// The requests of an archive, in its order.
pub(super) fn read(input: impl Read, defaults: &Parts) -> Vec<Result<Recorded, Unusable>> {
    match serde_json::from_reader::<_, Archive>(input) {
        Ok(Archive { log }) => {
            let entries = (1..).map(At::Entry).zip(&log.entries);
            entries.map(|(at, entry)| request(at, &entry.request, defaults)).collect()
        }
        Err(error) => {
            let what = match recorded::fault(&error) {
                "not a request" => "not an HTTP archive (HAR 1.2)",
                other => other,
            };
            let advice = "for lines that begin with `{\"log\":`, write `--format bodies`";
            let at = At::Line(error.line() as u64);
            let column = Some(error.column() as u64);
            vec![Err(Unusable { column, ..Unusable::new(at, format!("{what} from here on; {advice}")) })]
        }
    }
}

fn request(at: At, entry: &Value, defaults: &Parts) -> Result<Recorded, Unusable> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let url = text("url").ok_or_else(|| Unusable::new(at, "there is no `request` with a `url`"))?;
    let post = entry.get("postData");
    let known = Known {
        method: text("method"),
        target: Some(url),
        headers: entry.get("headers").map(pairs).unwrap_or_default(),
        body: post.map_or(Ok(Bytes::new()), |post| body(at, post))?,
        content_type: post.and_then(|post| post.get("mimeType")).and_then(Value::as_str),
    };
    let mut recorded = known.on(at, defaults)?;
    if text("httpVersion").is_some_and(|version| version.contains(['2', '3'])) {
        recorded.head.version = Version::HTTP_2;
    }
    Ok(recorded)
}

/// Names and values; without what HTTP/2 writes as `:path` and the like.
fn pairs(list: &Value) -> Vec<(&str, &str)> {
    let list = list.as_array().into_iter().flatten();
    let pairs = list.filter_map(|pair| Some((pair.get("name")?.as_str()?, pair.get("value")?.as_str()?)));
    pairs.filter(|(name, _)| !name.starts_with(':')).collect()
}

fn body(at: At, post: &Value) -> Result<Bytes, Unusable> {
    let text = |name: &str| post.get(name).and_then(Value::as_str);
    match (text("text"), text("encoding")) {
        (Some(encoded), Some("base64")) => STANDARD
            .decode(encoded)
            .map(Bytes::from)
            .map_err(|_| Unusable::new(at, "`postData` says that it is base64, and it is not")),
        (Some(body), _) => Ok(body.to_owned().into()),
        (None, _) => {
            let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let fields = post.get("params").map(pairs).unwrap_or_default();
            let fields =
                fields.into_iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
            Ok(fields.collect::<Vec<_>>().join("&").into())
        }
    }
}
