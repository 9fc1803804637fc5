//! Rewrites a reply on its way to the person.
//!
//! The rule: what the policy withholds from the person is withheld from every part of a reply, and a reply that would have
//! to be read for that and can't be does not go on at all. What would defeat it: fields that say what the body was before
//! (its length, validators, digests), so they go wherever the body may have changed.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header::CACHE_CONTROL};

use super::{
    Rules,
    account::Account,
    headers::{self, Changed},
    media::{self, BodyKind, Plain},
    plain, whole_json,
};
use crate::{identify::Strip, policy::Plan, refusal::Refusal};

/// Decides how a reply's body is read. `others` lists the media types that pass unread.
///
/// # Errors
/// [`Refusal::ReplyUnreadable`] where it must be read and can't be.
pub fn kind(headers: &HeaderMap, plan: &Plan, others: &[String]) -> Result<BodyKind, Refusal> {
    match media::kind(headers, plan, others).map_err(as_reply)? {
        // Coded, and read only to turn tokens back.
        BodyKind::Unread if plan.restores() && media::says_json(headers) => Ok(BodyKind::Json),
        kind => Ok(kind),
    }
}

/// What is known of a reply's body before it is rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It passes unread, or there is none.
    Unread,
    /// It is read.
    Plain,
    /// It is read without its content codings.
    Decoded,
}

/// Rewrites a reply's header fields.
///
/// # Errors
/// When an entry refuses one of them.
pub fn fields(
    fields: &HeaderMap,
    body: Seen,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<HeaderMap, Refusal> {
    let may_change = body != Seen::Unread && rules.may_change_a_body();
    let restores = body != Seen::Unread && rules.plan.restores();
    let changed = Changed {
        body: may_change,
        coding: may_change && body == Seen::Decoded,
        anything: may_change || rules.may_change_anything(&Strip::default()),
    };
    let mut fields = headers::reply(fields, changed, rules, account)?;
    if restores {
        // What is said to one person is kept for nobody else (RFC 9111, section 5.2.2).
        fields.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    Ok(fields)
}

/// Rewrites a reply's body in JSON. One that came coded goes on plain wherever it may have changed.
///
/// # Errors
/// When it can't be read, or must not be sent on in any form.
pub fn json(body: &Plain, rules: &Rules<'_>, account: &mut Account) -> Result<Bytes, Refusal> {
    let made = match whole_json(&body.body, None, rules, account).map_err(as_reply) {
        Err(Refusal::ReplyUnreadable(_)) if media::is_silent(rules.plan) => None,
        made => made?,
    };
    let as_it_came = body.coded.as_ref().filter(|_| !rules.may_change_a_body());
    Ok(made.map(Bytes::from).or_else(|| as_it_came.cloned()).unwrap_or_else(|| body.body.clone()))
}

/// Rewrites a reply's body in plain text that is all there.
///
/// # Errors
/// As [`json`].
pub fn text(body: &Plain, rules: &Rules<'_>, account: &mut Account) -> Result<Bytes, Refusal> {
    let made = plain::whole(&body.body, rules, account).map_err(as_reply)?;
    Ok(made.map_or_else(|| body.body.clone(), Bytes::from))
}

/// What would be the client's fault in a request is the bot's in a reply.
pub fn as_reply(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::MediaType(what)
        | Refusal::ContentCoding(what)
        | Refusal::Unreadable { what, .. }
        | Refusal::Header(what) => Refusal::ReplyUnreadable(what),
        Refusal::BodyTooLarge => Refusal::ReplyUnreadable("the reply is larger than may be held"),
        other => other,
    }
}
