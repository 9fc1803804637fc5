//! Applies a verdict to a message.
//!
//! The rule: only this module makes a [`Cleared`], and the door to the backend takes nothing else. What goes into one is
//! decided here part by part: target, header, body, trailers. What would defeat the rule is a message that is
//! forwarded in the state in which it came because a part could not be read; so every part that can't be read is a refusal.

pub mod account;
pub mod asked;
pub mod events;
mod field;
pub mod fields;
pub mod flowing;
mod headers;
pub mod json;
pub mod leaf;
pub mod media;
pub mod message;
pub mod multipart;
mod output;
mod parameters;
pub mod pick;
pub mod plain;
pub mod reply;
pub mod rows;
mod saying;
mod seeker;
pub mod sightings;
mod speech;
pub mod streamed;
mod target;
pub mod text;
pub mod told;
mod written;

use std::{ops::Range, sync::Arc};

use bytes::Bytes;
use http::{Extensions, HeaderMap, Method, Request, Uri, Version, request::Parts};
use jiff::Timestamp;

use headers::{Changed, Crumbs};
pub use headers::{DISCLOSING, SIGNATURES, TRANSPORT};

use crate::{
    consent::Consent,
    identify::{BodyPath, Strip},
    json::Fault,
    message::{Body, Direction},
    policy::{Basis, Plan, Undeclared, Verdict},
    refusal::{Missing, Refusal},
    selector::FieldKind,
};
use account::Account;
pub use asked::Outside;
use events::Framing;
use json::{JsonRewriter, Objection};
use leaf::Keys;
use multipart::Boundary;

/// Under what a message was decided: what the door compares just before the first byte.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The consent the verdict was drawn from.
    pub consent: Arc<Consent>,
    /// The digest of the policy in force.
    pub policy: [u8; 32],
    /// When the first consent relied upon expires.
    pub until: Option<Timestamp>,
}

/// A message that has been through the rewrite.
#[derive(Debug)]
pub struct Cleared<T> {
    message: T,
    stamp: Stamp,
}

/// A request as it came, taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// Its head.
    pub head: &'a Parts,
    /// The named segments of the route's path, with their places in the path.
    pub segments: &'a [(Arc<str>, Range<usize>)],
    /// Its body, without its content codings.
    pub body: ReceivedBody<'a>,
    /// The body as it came, where it was coded.
    pub coded: Option<&'a Bytes>,
    /// Its trailers.
    pub trailers: Option<&'a HeaderMap>,
    /// The credentials that are not for the bot.
    pub strip: &'a Strip,
}

/// A body as it came.
#[derive(Clone, Copy, Debug)]
pub enum ReceivedBody<'a> {
    /// There is none, or it passes unread.
    Unread,
    /// It is read and rewritten while it is sent ([`flowing`]).
    Flowing {
        /// Whether that undoes content codings.
        decoded: bool,
    },
    /// JSON.
    Json(&'a Bytes),
    /// `application/x-www-form-urlencoded`.
    Form(&'a Bytes),
    /// `multipart/form-data`.
    Multipart(&'a Bytes),
    /// A row of events, each of them JSON.
    Events(&'a Bytes, Framing),
    /// Plain text.
    Text(&'a Bytes),
}

/// What a message is decided by.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The policy.
    pub plan: &'a Plan,
    /// What it comes to for this subject now.
    pub verdict: &'a Verdict,
    /// The key of the `hash` action.
    pub key: &'a Keys,
    /// How deep a JSON body may be nested.
    pub max_depth: usize,
    /// Whom else it hears about texts.
    pub outside: Outside<'a>,
}

/// A request as it may be sent on.
#[derive(Debug)]
pub struct Rewritten {
    method: Method,
    uri: Uri,
    version: Version,
    headers: HeaderMap,
    /// Where hyper keeps how the names of fields were written.
    extensions: Extensions,
    body: Option<Bytes>,
    trailers: Option<HeaderMap>,
}

/// Rewrites a request; what is done is noted in `account`.
///
/// # Errors
/// When it must not be sent on in any form.
pub fn request(
    received: &Received<'_>,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Rewritten, Refusal> {
    let target = target::rewrite(received, rules, account)?;
    let body = body(received, rules, account)?;
    // One that flows goes on plain, whatever becomes of it: it can't be had a second time.
    let flows_decoded = matches!(received.body, ReceivedBody::Flowing { decoded: true });
    let body_changed =
        body.as_ref().is_some_and(|body| body.changed) || rules.may_change_a_body() || flows_decoded;
    // Whether a body goes on decoded must not tell whether something was withheld from this one.
    let as_it_came = received.coded.filter(|_| !body_changed);
    let changed = Changed {
        body: body_changed,
        coding: body_changed && received.coded.is_some() || flows_decoded,
        anything: body_changed || rules.may_change_anything(received.strip),
    };
    let crumbs = if received.head.version >= Version::HTTP_2 { Crumbs::Many } else { Crumbs::Whole };
    let headers =
        headers::rewrite(&received.head.headers, (changed, crumbs), received.strip, rules, account)?;
    let trailers = received
        .trailers
        .map(|trailers| headers::rewrite(trailers, (changed, crumbs), received.strip, rules, account));
    let mut uri = received.head.uri.clone().into_parts();
    uri.path_and_query = Some(target);
    Ok(Rewritten {
        method: received.head.method.clone(),
        uri: Uri::from_parts(uri).map_err(|_| Refusal::Target("the target has a scheme but no host"))?,
        version: received.head.version,
        headers,
        extensions: received.head.extensions.clone(),
        body: as_it_came.cloned().or(body.map(|body| body.bytes)),
        // None left is none sent: else the framing would show that there was one.
        trailers: trailers.transpose()?.filter(|trailers| !trailers.is_empty()),
    })
}

struct MadeBody {
    bytes: Bytes,
    changed: bool,
}

fn body(
    received: &Received<'_>,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Option<MadeBody>, Refusal> {
    let (original, made) = match received.body {
        ReceivedBody::Unread | ReceivedBody::Flowing { .. } => return Ok(None),
        ReceivedBody::Json(original) => {
            (original, whole_json(original, received.strip.body, rules, account)?)
        }
        ReceivedBody::Form(original) => {
            let made = parameters::rewrite(FieldKind::Form, original, &[], rules, account)?;
            (original, (made.as_ref() != original.as_ref()).then(|| made.into_owned()))
        }
        ReceivedBody::Multipart(original) => {
            let boundary = Boundary::read(&received.head.headers).ok_or(Refusal::Internal)?;
            let made = multipart::whole(&boundary, original, rules, account)?;
            (original, (made != **original).then_some(made))
        }
        ReceivedBody::Text(original) => (original, plain::whole(original, rules, account)?),
        ReceivedBody::Events(original, framing) => {
            let made = rows::whole(framing, original, rules, account)?;
            (original, (made != **original).then_some(made))
        }
    };
    let changed = made.is_some();
    Ok(Some(MadeBody { bytes: made.map_or_else(|| original.clone(), Bytes::from), changed }))
}

/// A JSON document as it may be sent on; none where nothing changes.
fn whole_json(
    original: &[u8],
    credential: Option<BodyPath>,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Option<Vec<u8>>, Refusal> {
    let rewriter = JsonRewriter::new(rules, credential.map(|path| path.0), account);
    finished(rewriter.whole(original), rules)
}

/// What a rewrite of a whole body came to.
fn finished(
    whole: Result<(Option<Vec<u8>>, Option<Objection>), Fault>,
    rules: &Rules<'_>,
) -> Result<Option<Vec<u8>>, Refusal> {
    let (made, objection) =
        whole.map_err(|fault| Refusal::Unreadable { what: fault.what, at: fault.at as u64 })?;
    match objection {
        None => Ok(made),
        Some(objection) => Err(rules.objected(objection)),
    }
}

impl Rules<'_> {
    /// The refusal that an objection comes to.
    fn objected(&self, objection: Objection) -> Refusal {
        match objection {
            Objection::Entry(number) => self.refusal(number),
            Objection::Undeclared => Refusal::Undeclared,
            Objection::Within(refusal) => *refusal,
        }
    }

    /// The refusal in an entry's name: whether a yes would have let it pass, and to what.
    fn refusal(&self, number: u32) -> Refusal {
        let Some(entry) = self.plan.entry(number) else { return Refusal::Internal };
        let purposes = &self.plan.policy.purposes;
        let missing = entry.serves.purposes().filter(|n| {
            let asked = purposes.get(*n).is_some_and(|purpose| purpose.basis == Basis::Consent);
            asked && !self.verdict.states.get(*n).is_some_and(|state| state.allowed)
        });
        let missing = missing
            .filter_map(|n| purposes.get(n))
            .map(|purpose| Missing { name: Arc::clone(&purpose.name), title: purpose.title.as_str().into() });
        let missing: Vec<Missing> = missing.collect();
        let data = entry.name.to_string();
        if missing.is_empty() {
            Refusal::Forbidden(data)
        } else {
            Refusal::ConsentMissing { data, purposes: missing, decide_at: self.plan.desk.clone() }
        }
    }

    /// Whether some body would be changed under this verdict. That, and not whether this one was, decides about fields that
    /// are a function of the body: else their presence would show that there was nothing to withhold.
    fn may_change_a_body(&self) -> bool {
        self.plan.undeclared == Undeclared::Drop
            || self.touches_texts()
            || self.plan.body_serves.iter().any(|serves| !self.verdict.allows(*serves))
    }

    /// Whether texts may be changed whatever the verdict is.
    fn touches_texts(&self) -> bool {
        self.plan.restores() || self.plan.briefly && self.plan.direction == Direction::ToBot
    }

    /// The same for any part of the message.
    fn may_change_anything(&self, strip: &Strip) -> bool {
        strip.takes_something() || self.plan.serves.iter().any(|serves| !self.verdict.allows(*serves))
    }
}

impl Rewritten {
    /// Clears the request for the door. `unread` is the body where the rewrite did not read it.
    pub fn clear(self, unread: Option<Body>, stamp: Stamp) -> Cleared<Request<Body>> {
        let body = match (self.body, unread) {
            (Some(bytes), _) => Body::with_trailers(bytes, self.trailers),
            (None, Some(unread)) => unread,
            (None, None) => Body::empty(),
        };
        let mut message = Request::new(body);
        *message.method_mut() = self.method;
        *message.uri_mut() = self.uri;
        *message.version_mut() = self.version;
        *message.headers_mut() = self.headers;
        *message.extensions_mut() = self.extensions;
        Cleared { message, stamp }
    }

    /// The head and body, for showing.
    pub fn parts(&self) -> (&Uri, &HeaderMap, Option<&Bytes>) {
        (&self.uri, &self.headers, self.body.as_ref())
    }

    /// The trailers, for showing.
    pub fn trailers(&self) -> Option<&HeaderMap> {
        self.trailers.as_ref()
    }
}

impl<T> Cleared<T> {
    /// Under what the message was decided.
    pub fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// The message, no longer cleared: to be decided about again when it was not sent.
    pub fn into_message(self) -> T {
        self.message
    }
}

impl<T> Cleared<T> {
    /// Takes the message out, leaving the seal: for the door, which must be able to put it back when it was not sent.
    pub(crate) fn open(self) -> (T, Seal) {
        (self.message, Seal(self.stamp))
    }

    /// Calls a message cleared without rewriting it: for tests of the door, nothing else.
    #[doc(hidden)]
    pub fn assume(message: T, stamp: Stamp) -> Self {
        Self { message, stamp }
    }
}

/// What is left of a cleared message while the door holds its content.
#[derive(Debug)]
pub(crate) struct Seal(Stamp);

impl Seal {
    /// Under what the message was decided.
    pub(crate) fn stamp(&self) -> &Stamp {
        &self.0
    }

    /// Puts the message back, unsent.
    pub(crate) fn close<T>(self, message: T) -> Cleared<T> {
        Cleared { message, stamp: self.0 }
    }
}

#[cfg(test)]
mod tests;
