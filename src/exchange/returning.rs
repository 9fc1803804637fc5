//! The bot's reply on its way to the person.
//!
//! The rule: where the policy speaks of what goes to the person, the reply is decided by what holds when it comes: the
//! consent is read anew, and nothing of the reply leaves under one that has moved since. Where the policy says nothing,
//! the reply passes as it came, untouched and unread.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Response, request, response::Parts};
use http_body::Body as _;
use jiff::Timestamp;

use super::{ROUNDS, Site, record::Record, served::Served};
use crate::{
    identify::Identified,
    message::{Body, BodyError},
    refusal::Refusal,
    rewrite::{
        Rules, Stamp,
        account::Account,
        media::{BodyKind, Plain},
        reply::{self, Seen},
    },
    signal::Signals,
};

/// The bot has answered.
pub(super) struct Answered {
    /// What it said.
    pub(super) reply: Response<Body>,
    /// What it was asked, as it came.
    pub(super) head: request::Parts,
    /// Whose data it was.
    pub(super) who: Identified,
    /// What the request said about consent.
    pub(super) signals: Signals,
    /// The route it took.
    pub(super) route: Arc<Served>,
}

/// A reply's body, as far as it is read.
enum Coming {
    /// There is none, or it passes unread.
    Unread(Body),
    /// It is JSON.
    Json { held: Plain, trailers: Option<HeaderMap> },
}

/// The reply as the person gets it.
pub(super) async fn returned(
    site: &Arc<Site>,
    answered: Answered,
    record: &mut Record,
) -> Result<Response<Body>, Refusal> {
    if answered.route.back.is_silent() {
        return Ok(answered.reply);
    }
    let Answered { reply, who, signals, route, .. } = answered;
    let (mut head, body) = reply.into_parts();
    let body = read(&head, body, &route).await?;
    for _ in 0..ROUNDS {
        let consent = site.consent(&route, who.subject.as_ref()).await?;
        let now = Timestamp::now();
        let verdict = route.back.verdict(&consent, signals, now, route.only_reports(now));
        let key = route.hash_key(&site.ledger, who.subject.as_ref())?;
        let rules =
            Rules { plan: &route.back, verdict: &verdict, key: &key, max_depth: route.limits.nesting };
        let mut account = Account::default();
        let made = rewritten(&head, &body, &rules, &mut account);
        record.rewritten_back(account);
        let (headers, made) = made?;
        let until = [verdict.until, route.reports_until(now)].into_iter().flatten().min();
        if site.still_holds(&route, &Stamp { consent, policy: route.plan.policy.digest, until }) {
            let body = match body {
                Coming::Unread(body) => body,
                Coming::Json { trailers, .. } => Body::with_trailers(made, trailers),
            };
            head.headers = headers;
            return Ok(Response::from_parts(head, body));
        }
    }
    Err(Refusal::Unsettled)
}

/// Reads a reply's body as far as the policy wants it read.
async fn read(head: &Parts, body: Body, route: &Served) -> Result<Coming, Refusal> {
    if body.is_end_stream() {
        return Ok(Coming::Unread(body));
    }
    match reply::kind(&head.headers, &route.back, &route.other_bodies)? {
        BodyKind::None | BodyKind::Unread | BodyKind::Form => Ok(Coming::Unread(body)),
        BodyKind::Json => {
            let (held, trailers) =
                body.hold(route.limits.body, route.limits.reply_time).await.map_err(unheld)?;
            let held = Plain::of(held, &head.headers, BodyKind::Json, route.limits.body);
            Ok(Coming::Json { held: held.map_err(reply::as_reply)?, trailers })
        }
    }
}

fn rewritten(
    head: &Parts,
    body: &Coming,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<(HeaderMap, Bytes), Refusal> {
    let (seen, held) = match body {
        Coming::Unread(_) => (Seen::Unread, None),
        Coming::Json { held, .. } if held.coded.is_some() => (Seen::Decoded, Some(held)),
        Coming::Json { held, .. } => (Seen::Plain, Some(held)),
    };
    let headers = reply::fields(&head.headers, seen, rules, account)?;
    let made = held.filter(|held| !held.body.is_empty()).map(|held| reply::json(held, rules, account));
    Ok((headers, made.transpose()?.unwrap_or_default()))
}

fn unheld(error: BodyError) -> Refusal {
    match error {
        BodyError::TooLarge => Refusal::ReplyUnreadable("the reply is larger than may be held"),
        BodyError::TimedOut => Refusal::BotTimeout,
        BodyError::Broken(_) | BodyError::Withheld => Refusal::BotBroken,
    }
}
