//! Rewrites header and trailer fields, and the cookies in them.
//!
//! The rule: a line leaves as it came, or an entry, the policy's `undeclared` or one of the tables below says otherwise. What
//! would defeat it: names that a backend reads as others (`X_User` as `X-User` in CGI), and fields that are a function
//! of the withheld body (digests, signatures). The former are dropped always, the latter wherever the body may have changed.

mod cookies;

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, COOKIE, EXPECT, SET_COOKIE, TRAILER, TRANSFER_ENCODING},
};

use super::told::ASSENTRY_PURPOSES;
use super::{
    Rules,
    account::Account,
    field::{self, Decision},
};
use crate::{identify::Strip, policy::Undeclared, refusal::Refusal, selector::FieldKind, signal::SEC_GPC};

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
/// (RFC 9110, section 8.8), and the signed digests of webhooks and object stores.
pub const DISCLOSING: [&str; 9] = [
    "content-digest",
    "repr-digest",
    "digest",
    "content-md5",
    "etag",
    "x-hub-signature",
    "x-hub-signature-256",
    "x-amz-content-sha256",
    "x-content-sha256",
];

/// What else a reply says about the body as it was: its length, and which parts of it can be had (RFC 9110, section 14).
const OF_A_REPLY: [&str; 4] = ["content-length", "content-range", "accept-ranges", "last-modified"];

/// Signatures over any part of a message (RFC 9421).
pub const SIGNATURES: [&str; 2] = ["signature", "signature-input"];

/// Fields that the door to the backend writes itself, from the message it is given. `Content-Length` is another, and is
/// left in its place for the door to correct. `Trailer` would announce, and so disclose, trailers that are withheld.
const FRAMING: [HeaderName; 3] = [TRANSFER_ENCODING, EXPECT, TRAILER];

/// What may have changed: fields that are a function of it would disclose what it was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changed {
    /// The body.
    pub(super) body: bool,
    /// Its content codings, which were undone.
    pub(super) coding: bool,
    /// Any part of the message.
    pub(super) anything: bool,
}

/// Whether cookies come in one line, or in as many as there are (RFC 9113, section 8.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crumbs {
    /// HTTP/1.1: one line, which keeps its place.
    Whole,
    /// HTTP/2: any number of lines, of which no one has a place of its own.
    Many,
}

/// Rewrites fields. Where cookies matter, the lines that HTTP/2 allows become one, as HTTP/1.1 wants it, and it comes last:
/// else its place would show which line it was that went. Several lines over HTTP/1.1 are refused (RFC 6265, section 5.4).
///
/// # Errors
/// When an entry refuses one of them.
pub(super) fn rewrite(
    headers: &HeaderMap,
    (changed, crumbs): (Changed, Crumbs),
    strip: &Strip,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<HeaderMap, Refusal> {
    let mut out = HeaderMap::with_capacity(headers.len());
    let touches_cookies = cookies::matter(strip, rules);
    if touches_cookies && crumbs == Crumbs::Whole && headers.get_all(COOKIE).iter().nth(1).is_some() {
        return Err(Refusal::Header("there are two `Cookie` fields"));
    }
    let mut joined: Option<HeaderValue> = None;
    for (name, value) in headers.iter().filter(|(name, _)| may_stay(name, changed, strip)) {
        let is_cookie = *name == COOKIE && touches_cookies;
        let kept = match is_cookie {
            true => cookies::line(value, strip, rules, account)?,
            false => line(name, value, rules, account)?,
        };
        if is_cookie && crumbs == Crumbs::Many {
            joined = cookies::joined(joined, kept)?;
        } else if let Some(kept) = kept {
            out.append(name.clone(), kept);
        }
    }
    out.extend(joined.map(|line| (COOKIE, line)));
    Ok(out)
}

/// Rewrites the fields of a reply. Where its body may have changed, its length, and what is a function of it, go.
///
/// # Errors
/// When an entry refuses one of them.
pub(super) fn reply(
    headers: &HeaderMap,
    changed: Changed,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<HeaderMap, Refusal> {
    let mut out = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let text = name.as_str();
        let told = changed.body && (DISCLOSING.contains(&text) || OF_A_REPLY.contains(&text))
            || changed.coding && *name == CONTENT_ENCODING;
        if told || changed.anything && SIGNATURES.contains(&text) {
            continue;
        }
        let kept = match *name == SET_COOKIE {
            true => cookies::set(value, rules, account)?,
            false => line(name, value, rules, account)?,
        };
        if let Some(kept) = kept {
            out.append(name.clone(), kept);
        }
    }
    Ok(out)
}

/// Whether no table speaks against a field.
fn may_stay(name: &HeaderName, changed: Changed, strip: &Strip) -> bool {
    let text = name.as_str();
    let unwanted = text.contains('_') || FRAMING.contains(name) || strip.headers.contains(name);
    let ours = *name == ASSENTRY_PURPOSES || *name == SEC_GPC && !strip.keeps_gpc;
    let disclosing =
        changed.body && DISCLOSING.contains(&text) || changed.anything && SIGNATURES.contains(&text);
    let undone = changed.coding && *name == CONTENT_ENCODING;
    !unwanted && !ours && !disclosing && !undone
}

fn line(
    name: &HeaderName,
    value: &HeaderValue,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Option<HeaderValue>, Refusal> {
    let is_free = rules.plan.undeclared == Undeclared::Forward || TRANSPORT.contains(&name.as_str());
    let is_free = is_free || *name == CONTENT_LENGTH;
    if is_free && rules.plan.fields(FieldKind::Header).find(name.as_str()).is_empty() {
        return Ok(Some(value.clone()));
    }
    // What only texts are sought in is as free as it is without.
    let only_text = is_free && !rules.plan.declares(FieldKind::Header, name.as_str());
    let decide = if only_text { field::decide_text } else { field::decide };
    Ok(match decide(FieldKind::Header, name.as_str(), value.to_str().ok(), rules, account)? {
        Decision::Keep => Some(value.clone()),
        Decision::Drop => None,
        Decision::Replace(text) => HeaderValue::try_from(text).ok(),
    })
}
