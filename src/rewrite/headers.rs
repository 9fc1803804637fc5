//! Rewrites header and trailer fields, and the cookies in them.
//!
//! The rule: a line leaves as it came, or an entry, the policy's `undeclared` or one of the tables below says otherwise. What
//! would defeat it: names that a backend reads as others (`X_User` as `X-User` in CGI), and fields that are a function
//! of the withheld body (digests, signatures). The former are dropped always, the latter wherever the body may have changed.

use std::borrow::Cow;

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONTENT_LENGTH, COOKIE, EXPECT, TRAILER, TRANSFER_ENCODING},
};

use super::{
    Rules,
    account::Account,
    field::{self, Decision},
};
use crate::{
    cookie::{self, Fate},
    identify::Strip,
    policy::Undeclared,
    refusal::Refusal,
    selector::FieldKind,
};

/// Fields that carry the message and say nothing about the person: they survive `undeclared: drop`. Documented in the README.
pub const TRANSPORT: [&str; 14] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-type",
    "date",
    "host",
    "max-forwards",
    "pragma",
    "te",
    "upgrade",
];

/// Fields that would disclose what a body was before it changed: digests (RFC 9530, RFC 3230, RFC 1864), validators
/// (RFC 9110, section 8.8) and signatures (RFC 9421).
pub const DISCLOSING: [&str; 7] =
    ["content-digest", "repr-digest", "digest", "content-md5", "etag", "signature", "signature-input"];

/// Fields that the door to the backend writes itself, from the message it is given. `Content-Length` is another, and is
/// left in its place for the door to correct. `Trailer` would announce, and so disclose, trailers that are withheld.
const FRAMING: [HeaderName; 3] = [TRANSFER_ENCODING, EXPECT, TRAILER];

/// Rewrites fields; several `Cookie` lines become one, as HTTP/1.1 wants it (RFC 9113, section 8.2.3). `disclosing` says whether the body has, or may have, changed.
///
/// # Errors
/// When an entry refuses one of them.
pub(super) fn rewrite(
    headers: &HeaderMap,
    disclosing: bool,
    strip: &Strip,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<HeaderMap, Refusal> {
    let mut out = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        if name.as_str().contains('_') || FRAMING.contains(name) || strip.headers.contains(name) {
            continue;
        }
        if disclosing && DISCLOSING.contains(&name.as_str()) {
            continue;
        }
        let kept = if *name == COOKIE {
            cookies(value, strip, rules, account)?
        } else {
            line(name, value, rules, account)?
        };
        match (kept, out.get(COOKIE).filter(|_| *name == COOKIE)) {
            (None, _) => {}
            (Some(kept), None) => {
                out.append(name.clone(), kept);
            }
            (Some(kept), Some(before)) => {
                let joined = [before.as_bytes(), b"; ", kept.as_bytes()].concat();
                out.insert(COOKIE, HeaderValue::try_from(joined).map_err(|_| Refusal::Internal)?);
            }
        }
    }
    Ok(out)
}

fn line(
    name: &HeaderName,
    value: &HeaderValue,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Option<HeaderValue>, Refusal> {
    let is_free = rules.plan.policy.undeclared == Undeclared::Forward || TRANSPORT.contains(&name.as_str());
    let is_free = is_free || *name == CONTENT_LENGTH;
    if is_free && rules.plan.fields(FieldKind::Header).find(name.as_str()).is_empty() {
        return Ok(Some(value.clone()));
    }
    Ok(match field::decide(FieldKind::Header, name.as_str(), value.to_str().ok(), rules, account)? {
        Decision::Keep => Some(value.clone()),
        Decision::Drop => None,
        Decision::Replace(text) => HeaderValue::try_from(text).ok(),
    })
}

/// One `Cookie` line: single cookies leave without disturbing the others; none left, no line.
fn cookies(
    value: &HeaderValue,
    strip: &Strip,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Option<HeaderValue>, Refusal> {
    let mut refusal = None;
    let made = cookie::rewrite(value.as_bytes(), |pair| {
        let name = String::from_utf8_lossy(pair.name);
        if strip.cookies.iter().any(|unwanted| unwanted.as_bytes() == pair.name) {
            return Fate::Goes;
        }
        match field::decide(FieldKind::Cookie, &name, std::str::from_utf8(pair.value).ok(), rules, account) {
            Ok(Decision::Keep) => Fate::Stays,
            Ok(Decision::Drop) => Fate::Goes,
            Ok(Decision::Replace(text)) => Fate::Becomes(as_cookie_value(&text)),
            Err(no) => {
                refusal.get_or_insert(no);
                Fate::Goes
            }
        }
    });
    match (refusal, made) {
        (Some(no), _) => Err(no),
        (None, Some(Cow::Borrowed(_))) => Ok(Some(value.clone())),
        (None, Some(Cow::Owned(made))) => {
            HeaderValue::try_from(made).map(Some).map_err(|_| Refusal::Internal)
        }
        (None, None) => Ok(None),
    }
}

/// A cookie's value has no spaces, quotes, commas, semicolons or backslashes (RFC 6265, section 4.1.1).
fn as_cookie_value(text: &str) -> Vec<u8> {
    let fits = |byte: &u8| matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
    text.bytes().map(|byte| if fits(&byte) { byte } else { b'_' }).collect()
}
