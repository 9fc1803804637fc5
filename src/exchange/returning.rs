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

use super::{
    ROUNDS, Site,
    asking::Asking,
    conversation::Conversation,
    plain, problem,
    record::Record,
    reply::{Reply, accompanied},
    served::Served,
    stream::{self, Shape},
};
use crate::{
    identify::Identified,
    message::{
        Body, BodyError,
        coding::{self, Codings},
    },
    refusal::Refusal,
    rewrite::{
        Rules, Stamp,
        account::Account,
        events::Framing,
        leaf::Keys,
        media::{self, BodyKind, Plain},
        reply::{self, Seen},
    },
    server::Peer,
    signal::Signals,
};

/// What the bot was asked.
pub(super) struct Question {
    /// The request, without the fields that belong to its connection.
    pub(super) head: request::Parts,
    /// Whose data it was.
    pub(super) who: Identified,
    /// What the request said about consent.
    pub(super) signals: Signals,
    /// What its values were hashed and pseudonymised with.
    pub(super) keys: Keys,
    /// The route it took.
    pub(super) route: Arc<Served>,
}

/// The fields of an answer that has no body, as the person gets them.
pub(super) async fn fields(
    site: &Arc<Site>,
    question: &Question,
    fields: &HeaderMap,
    record: &mut Record,
) -> Result<HeaderMap, Refusal> {
    if question.route.back.is_silent() {
        return Ok(fields.clone());
    }
    decided(site, question, record, |rules, account| reply::fields(fields, Seen::Unread, rules, account))
        .await
}

/// A reply's body, as far as it is read.
struct Coming {
    seen: Seen,
    held: Plain,
    trailers: Option<HeaderMap>,
}

/// The reply as the person gets it, and its receipt.
pub(super) async fn returned(
    site: &Arc<Site>,
    (reply, question): (Response<Body>, Question),
    peer: &Arc<Peer>,
    mut record: Record,
) -> Response<Reply> {
    let passed = match row(&reply, &question.route) {
        Ok(Some(row)) => return streamed(site, (reply, question), peer, (record, row)).await,
        Ok(None) => whole(site, reply, &question, &mut record).await,
        Err(refusal) => Err(refusal),
    };
    match passed {
        Ok(reply) => accompanied(reply, record).await,
        Err(refusal) => problem::answer(&refusal, record).await,
    }
}

/// A reply that is decided piece by piece.
struct Row {
    of: Of,
    codings: Codings,
}

/// What the pieces of a reply are.
enum Of {
    Events(Framing),
    /// Pieces of one text.
    Text,
}

/// How the reply is divided, if it goes on piece by piece.
fn row(reply: &Response<Body>, route: &Served) -> Result<Option<Row>, Refusal> {
    let headers = reply.headers();
    if reply.body().is_end_stream() || media::is_silent(&route.back) && !route.back.restores() {
        return Ok(None);
    }
    let of = match Framing::of_body(headers) {
        Some(framing) => Of::Events(framing),
        // One that the route lets pass unread is read for the sake of tokens, and of what is sought in texts.
        None if (route.back.restores() || route.back.seeks()) && media::says_text(headers) => {
            reply::kind(headers, &route.back, &route.other_bodies)?;
            Of::Text
        }
        None => return Ok(None),
    };
    let codings = coding::applied(headers)
        .map_err(|unknown| reply::as_reply(Refusal::ContentCoding(unknown.what())))?;
    Ok(Some(Row { of, codings }))
}

/// A reply that goes on piece by piece, as a conversation.
async fn streamed(
    site: &Arc<Site>,
    (reply, question): (Response<Body>, Question),
    peer: &Arc<Peer>,
    (mut record, row): (Record, Row),
) -> Response<Reply> {
    let Row { of, codings } = row;
    let seen = if codings.is_empty() { Seen::Plain } else { Seen::Decoded };
    let (mut replied, body) = reply.into_parts();
    let fields = decided(site, &question, &mut record, |rules, account| {
        reply::fields(&replied.headers, seen, rules, account)
    });
    match fields.await {
        Ok(fields) => replied.headers = fields,
        Err(refusal) => return problem::answer(&refusal, record).await,
    }
    let id = record.id();
    let conversation = Conversation::after(site, peer, question, record.converses());
    let body = match of {
        Of::Events(framing) => stream::to_person(conversation, Shape { framing, codings }, (body, id)),
        Of::Text => plain::to_person(conversation, codings, body),
    };
    accompanied(Response::from_parts(replied, body), record).await
}

/// A reply that is not divided.
async fn whole(
    site: &Arc<Site>,
    reply: Response<Body>,
    question: &Question,
    record: &mut Record,
) -> Result<Response<Body>, Refusal> {
    let (mut head, body) = reply.into_parts();
    let (coming, unread) = read(&head, body, &question.route).await?;
    let (headers, made) =
        decided(site, question, record, |rules, account| rewritten(&head, &coming, rules, account)).await?;
    head.headers = headers;
    Ok(Response::from_parts(head, unread.unwrap_or_else(|| Body::with_trailers(made, coming.trailers))))
}

/// Decides by what holds now, and again if that has moved meanwhile.
async fn decided<T>(
    site: &Arc<Site>,
    question: &Question,
    record: &mut Record,
    rewrite: impl Fn(&Rules<'_>, &mut Account) -> Result<T, Refusal> + Sync,
) -> Result<T, Refusal> {
    let Question { route, who, signals, .. } = question;
    let mut asking = Asking::default();
    for _ in 0..ROUNDS {
        let (consent, keys) = site.standing(route, who.subject.as_ref(), Some(&question.keys)).await?;
        let now = Timestamp::now();
        let verdict = route.back.verdict(&consent, signals, now, route.only_reports(now));
        let mut account = Account::default();
        let max_depth = route.limits.nesting;
        let made = asking.made((route, &route.back), &mut account, |outside, account| {
            let rules = Rules { plan: &route.back, verdict: &verdict, key: &keys, max_depth, outside };
            rewrite(&rules, account)
        });
        let made = made.await;
        record.rewritten_back(account);
        let made = made?;
        let until = [verdict.until, route.reports_until(now)].into_iter().flatten().min();
        if site.still_holds(route, &Stamp { consent, policy: route.plan.policy.digest, until }) {
            return Ok(made);
        }
    }
    Err(Refusal::Unsettled)
}

/// Reads a reply's body as far as the policy wants it read.
async fn read(head: &Parts, body: Body, route: &Served) -> Result<(Coming, Option<Body>), Refusal> {
    let unread = Coming { seen: Seen::Unread, held: Plain::default(), trailers: None };
    if body.is_end_stream() {
        return Ok((unread, Some(body)));
    }
    match reply::kind(&head.headers, &route.back, &route.other_bodies)? {
        // A text goes on piece by piece.
        BodyKind::Text => Err(Refusal::Internal),
        BodyKind::None | BodyKind::Unread | BodyKind::Form | BodyKind::Multipart | BodyKind::Events(_) => {
            Ok((unread, Some(body)))
        }
        BodyKind::Json => {
            let (held, trailers) =
                body.hold(route.limits.body, route.limits.reply_time).await.map_err(unheld)?;
            let held = Plain::of(held, &head.headers, BodyKind::Json, route.limits.body);
            let held = held.map_err(reply::as_reply)?;
            let seen = if held.coded.is_some() { Seen::Decoded } else { Seen::Plain };
            Ok((Coming { seen, held, trailers }, None))
        }
    }
}

fn rewritten(
    head: &Parts,
    coming: &Coming,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<(HeaderMap, Bytes), Refusal> {
    let headers = reply::fields(&head.headers, coming.seen, rules, account)?;
    let made = match coming.held.body.is_empty() {
        true => Bytes::new(),
        false => reply::json(&coming.held, rules, account)?,
    };
    Ok((headers, made))
}

fn unheld(error: BodyError) -> Refusal {
    match error {
        BodyError::TooLarge => Refusal::ReplyUnreadable("the reply is larger than may be held"),
        BodyError::TimedOut => Refusal::BotTimeout,
        BodyError::Broken(_) | BodyError::Withheld => Refusal::BotBroken,
    }
}
