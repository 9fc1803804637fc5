//! Rewrites the request target: named segments of the path, and the query.
//!
//! The rule: a withheld segment is replaced, because removing it would make the path another one.

use http::uri::PathAndQuery;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{
    Received, Rules,
    account::Account,
    field::{self, Decision},
    parameters,
};
use crate::{refusal::Refusal, selector::FieldKind};

/// What stands in a path for a segment that is withheld.
const SEGMENT: &str = "withheld";

/// Rewrites the target.
///
/// # Errors
/// When an entry refuses a part of it, or it can be read in two ways.
pub(super) fn rewrite(
    received: &Received<'_>,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<PathAndQuery, Refusal> {
    let uri = &received.head.uri;
    let path = path(uri.path(), received, rules, account)?;
    let query = match uri.query() {
        Some(query) => {
            let made = parameters::rewrite(
                FieldKind::Query,
                query.as_bytes(),
                &received.strip.parameters,
                rules,
                account,
            )?;
            Some(String::from_utf8_lossy(&made).into_owned())
                .filter(|made| !made.is_empty() || query.is_empty())
        }
        None => None,
    };
    if path == uri.path() && query.as_deref() == uri.query() {
        return Ok(uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/")));
    }
    let target = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
    PathAndQuery::try_from(target).map_err(|_| Refusal::Target("the rewritten target is not a target"))
}

fn path(
    path: &str,
    received: &Received<'_>,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<String, Refusal> {
    let mut out = String::with_capacity(path.len());
    let mut copied = 0;
    for (name, place) in received.segments {
        let raw = path.get(place.clone()).unwrap_or_default();
        let value = percent_decode_str(raw).decode_utf8().ok();
        let made = match field::decide(FieldKind::Path, name, value.as_deref(), rules, account)? {
            Decision::Keep => continue,
            Decision::Drop => SEGMENT.to_owned(),
            Decision::Replace(text) if !is_segment(&text) => SEGMENT.to_owned(),
            Decision::Replace(text) => utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string(),
        };
        out.push_str(path.get(copied..place.start).unwrap_or_default());
        out.push_str(&made);
        copied = place.end;
    }
    out.push_str(path.get(copied..).unwrap_or_default());
    Ok(out)
}

/// Whether a text can stand in a path and mean nothing but itself there.
fn is_segment(text: &str) -> bool {
    let is_special = |c: char| matches!(c, '/' | '\\' | ';') || c.is_control();
    !matches!(text, "" | "." | ".." | super::leaf::WITHHELD) && !text.contains(is_special)
}
