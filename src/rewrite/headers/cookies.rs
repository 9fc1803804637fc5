//! The fields `Cookie` and `Set-Cookie`: single cookies leave without disturbing the others.
//!
//! The rule: an entry for the header `cookie` acts on the whole line, one for a cookie on that cookie. What would defeat it: a
//! backend that reads quoted values as RFC 2109 did, to which a `;` between quotes is no end. So quotes that don't match
//! within one cookie are refused.

use std::borrow::Cow;

use http::{
    HeaderValue,
    header::{COOKIE, SET_COOKIE},
};

use crate::{
    cookie::{self, Fate, Pair},
    identify::Strip,
    policy::Undeclared,
    refusal::Refusal,
    rewrite::{
        Rules,
        account::Account,
        field::{self, Decision},
    },
    selector::FieldKind,
};

/// Whether a cookie may have to go or to change.
pub(super) fn matter(strip: &Strip, rules: &Rules<'_>) -> bool {
    let asked = |kind| !rules.plan.fields(kind).is_empty();
    let by_header = || !rules.plan.fields(FieldKind::Header).find(COOKIE.as_str()).is_empty();
    !strip.cookies.is_empty()
        || rules.plan.undeclared != Undeclared::Forward
        || asked(FieldKind::Cookie)
        || by_header()
}

/// One `Cookie` line; none left, no line.
pub(super) fn line(
    value: &HeaderValue,
    strip: &Strip,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Option<HeaderValue>, Refusal> {
    let declared = rules.plan.declares(FieldKind::Header, COOKIE.as_str());
    if declared {
        match field::decide(FieldKind::Header, COOKIE.as_str(), value.to_str().ok(), rules, account)? {
            Decision::Keep => {}
            Decision::Drop => return Ok(None),
            Decision::Replace(text) => return Ok(HeaderValue::try_from(text).ok()),
        }
    }
    if cookie::pairs(value.as_bytes()).any(|pair| is_ambiguous(&pair)) {
        return Err(Refusal::Header("a cookie with a quotation mark in it can be read in two ways"));
    }
    let mut refusal = None;
    let made = cookie::rewrite(value.as_bytes(), |pair| {
        fate(pair, declared, strip, rules, account).unwrap_or_else(|no| {
            refusal.get_or_insert(no);
            Fate::Goes
        })
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

/// One `Set-Cookie` line (RFC 6265, section 4.1): an entry for the header `set-cookie` acts on the whole line, one for a
/// cookie on its value, and what is dropped takes its attributes along.
pub(super) fn set(
    value: &HeaderValue,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Option<HeaderValue>, Refusal> {
    if rules.plan.declares(FieldKind::Header, SET_COOKIE.as_str()) {
        match field::decide(FieldKind::Header, SET_COOKIE.as_str(), value.to_str().ok(), rules, account)? {
            Decision::Keep => {}
            Decision::Drop => return Ok(None),
            Decision::Replace(text) => return Ok(HeaderValue::try_from(text).ok()),
        }
    }
    let Some(cookie) = cookie::pairs(value.as_bytes()).next() else { return Ok(Some(value.clone())) };
    let name = String::from_utf8_lossy(cookie.name);
    if rules.plan.fields(FieldKind::Cookie).find(&name).is_empty() {
        return Ok(Some(value.clone()));
    }
    if is_ambiguous(&cookie) {
        return Err(Refusal::ReplyUnreadable("a cookie with a quotation mark in it can be read in two ways"));
    }
    match field::decide(FieldKind::Cookie, &name, std::str::from_utf8(cookie.value).ok(), rules, account)? {
        Decision::Keep => Ok(Some(value.clone())),
        Decision::Drop => Ok(None),
        Decision::Replace(text) => {
            let attributes = value.as_bytes().get(cookie.span.end..).unwrap_or_default();
            let line = [cookie.name, b"=", &as_value(&text), attributes].concat();
            HeaderValue::try_from(line).map(Some).map_err(|_| Refusal::Internal)
        }
    }
}

/// Two `Cookie` lines as one.
pub(super) fn joined(
    before: Option<HeaderValue>,
    line: Option<HeaderValue>,
) -> Result<Option<HeaderValue>, Refusal> {
    match (before, line) {
        (Some(before), Some(line)) => {
            let both = [before.as_bytes(), b"; ", line.as_bytes()].concat();
            HeaderValue::try_from(both).map(Some).map_err(|_| Refusal::Internal)
        }
        (before, line) => Ok(before.or(line)),
    }
}

/// What becomes of one cookie. In a line that an entry declares, so is every cookie.
fn fate(
    pair: &Pair<'_>,
    declared: bool,
    strip: &Strip,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Fate, Refusal> {
    if strip.cookies.iter().any(|unwanted| unwanted.as_bytes() == pair.name) {
        return Ok(Fate::Goes);
    }
    let name = String::from_utf8_lossy(pair.name);
    if declared && rules.plan.fields(FieldKind::Cookie).find(&name).is_empty() {
        return Ok(Fate::Stays);
    }
    let only_text = declared && !rules.plan.declares(FieldKind::Cookie, &name);
    let decide = if only_text { field::decide_text } else { field::decide };
    Ok(match decide(FieldKind::Cookie, &name, std::str::from_utf8(pair.value).ok(), rules, account)? {
        Decision::Keep => Fate::Stays,
        Decision::Drop => Fate::Goes,
        Decision::Replace(text) => Fate::Becomes(as_value(&text)),
    })
}

/// Quotation marks other than one pair around the whole value.
fn is_ambiguous(pair: &Pair<'_>) -> bool {
    let inner =
        pair.value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(pair.value);
    inner.contains(&b'"') || pair.name.contains(&b'"')
}

/// A cookie's value has no spaces, quotes, commas, semicolons or backslashes (RFC 6265, section 4.1.1).
fn as_value(text: &str) -> Vec<u8> {
    let fits = |byte: &u8| matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
    text.bytes().map(|byte| if fits(&byte) { byte } else { b'_' }).collect()
}
