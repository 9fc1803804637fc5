//! Rewrites a reply on its way to the person.
//!
//! The rule: what the policy withholds from the person is withheld from every part of a reply, and a reply that would have
//! to be read for that and can't be does not go on at all. What would defeat it: fields that say what the body was before
//! (its length, validators, digests), so they go wherever the body may have changed.

use bytes::Bytes;
use http::HeaderMap;

use super::{Rules, account::Account, headers, media, media::BodyKind, whole_json};
use crate::{policy::Plan, refusal::Refusal};

/// Decides how a reply's body is read. `others` lists the media types that pass unread.
///
/// # Errors
/// [`Refusal::ReplyUnreadable`] where it must be read and can't be.
pub fn kind(headers: &HeaderMap, plan: &Plan, others: &[String]) -> Result<BodyKind, Refusal> {
    media::kind(headers, plan, others).map_err(as_reply)
}

/// Rewrites a reply's header fields. `body` says whether its body is read.
///
/// # Errors
/// When an entry refuses one of them.
pub fn fields(
    fields: &HeaderMap,
    body: bool,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<HeaderMap, Refusal> {
    headers::reply(fields, body && rules.may_change_a_body(), rules, account)
}

/// Rewrites a reply's body in JSON.
///
/// # Errors
/// When it can't be read, or must not be sent on in any form.
pub fn json(body: &Bytes, rules: &Rules<'_>, account: &mut Account) -> Result<Bytes, Refusal> {
    let made = whole_json(body, None, rules, account).map_err(as_reply)?;
    Ok(made.map_or_else(|| body.clone(), Bytes::from))
}

/// What would be the client's fault in a request is the bot's in a reply.
pub fn as_reply(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::MediaType(what) | Refusal::Unreadable { what, .. } | Refusal::Header(what) => {
            Refusal::ReplyUnreadable(what)
        }
        other => other,
    }
}
