//! One request, top to bottom. Read this first.
//!
//! The rule: a request is forwarded only after it has a slot for its receipt, a route, a policy, a subject or none, that
//! subject's consent, a verdict, and has been rewritten under it; and only while all of that still holds. Each step
//! either gives the next one what it needs or is a [`Refusal`]; or the request is a keyword, which is for us and not forwarded.
//! What would defeat the rule is a second path to the backend: there is none, because [`crate::upstream::Upstream::forward`]
//! takes only what [`crate::rewrite`] cleared; or a second look at the routes, which may have been exchanged meanwhile: they
//! are taken once, at the beginning.

mod asking;
mod conversation;
mod flow;
mod invites;
mod keywords;
mod notes;
mod noting;
mod plain;
pub mod problem;
mod reading;
mod record;
mod reply;
mod returning;
mod served;
mod shadow;
mod socket;
mod stream;

use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use http::{Request, Response};
use hyper::body::Incoming;
use jiff::Timestamp;

pub use invites::{Invitation, Invites};
pub use keywords::{Keywords, Word};
pub use reply::Reply;
pub use served::{Limits, Served};

use crate::{
    consent::{Consent, SubjectKey},
    ledger::{Ledger, LedgerError, Texts},
    message::{Body, hop},
    metrics::{Metrics, Tally},
    policy::Policy,
    receipts::Receipts,
    refusal::Refusal,
    rewrite::{self, Outside, Received, Rules, Stamp, account::Account, leaf::Keys},
    route::Routes,
    server::Peer,
    subject::Subject,
    upstream::{Answer, Unforwarded},
};
use asking::Asking;
use flow::Decided;
use keywords::Spoken;
use noting::Noted;
use reading::Reading;
use record::Record;
use returning::Question;
use shadow::Scene;
use socket::{Asked, Met};

/// How often a request is decided again because its consent or policy moved while it waited.
const ROUNDS: usize = 16;

/// Everything that exchanges need.
#[derive(Debug)]
pub struct Site {
    /// What is served where: all of it together, so that no exchange sees the half of a change.
    routes: ArcSwap<Routes<Served>>,
    /// Where decisions are kept.
    pub ledger: Ledger,
    /// Where receipts are kept.
    pub receipts: Arc<Receipts>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// The exchanges that found no route.
    nowhere: Arc<Tally>,
    /// Objections that are being written down.
    noted: Noted,
    /// What makes links to the desk, where there is one.
    invites: ArcSwapOption<Invites>,
}

/// What a request that was forwarded comes to.
#[expect(clippy::large_enum_variant, reason = "the large one is the usual one")]
enum Forwarded {
    Reply(Response<Body>, Question),
    Socket(Box<Met>),
    /// It was not forwarded: it is for us.
    Kept(Box<Spoken>),
}

impl Site {
    /// Puts everything together.
    pub fn new(
        routes: Routes<Served>,
        ledger: Ledger,
        receipts: Arc<Receipts>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let nowhere = metrics.exchanges(None).into();
        ledger.shows(texts(&routes));
        let (routes, noted) = (ArcSwap::from_pointee(routes), Noted::default());
        Self { routes, ledger, receipts, metrics, nowhere, noted, invites: ArcSwapOption::empty() }
    }

    /// Makes links to the desk like this from now on.
    pub fn invite_from_now_on(&self, invites: Invites) {
        self.invites.store(Some(Arc::new(invites)));
    }

    /// What makes links to the desk; none where there is no desk.
    pub fn invites(&self) -> Option<Arc<Invites>> {
        self.invites.load_full()
    }

    /// What is served where, now. Whoever asks keeps what it got for as long as one message takes: an exchange, or one
    /// message of a conversation that goes on.
    pub fn routes(&self) -> Arc<Routes<Served>> {
        self.routes.load_full()
    }

    /// Serves something else, from the next exchange on.
    pub fn serve_from_now_on(&self, routes: Routes<Served>) {
        self.ledger.shows(texts(&routes));
        self.routes.store(Arc::new(routes));
    }

    /// Answers one request: with the bot's reply, or with a problem document. Either way there is one receipt.
    pub async fn exchange(self: &Arc<Self>, request: Request<Incoming>, peer: Arc<Peer>) -> Response<Reply> {
        let Ok(slot) = self.receipts.reserve() else {
            self.nowhere.refused(&Refusal::NoReceiptRoom);
            return problem::without_receipt(&Refusal::NoReceiptRoom);
        };
        let mut record =
            Record::begin(slot, Timestamp::now(), Arc::clone(&self.nowhere), self.metrics.exchange_begins());
        let routes = self.routes();
        // Boxed: whoever serves connections moves an exchange about before it begins, and this is most of it.
        match Box::pin(self.forwarded(request, &peer, &routes, &mut record)).await {
            Ok(Forwarded::Reply(reply, question)) if question.route.back.is_silent() => {
                reply::accompanied(reply, record).await
            }
            Ok(Forwarded::Reply(reply, question)) => {
                Box::pin(returning::returned(self, (reply, question), &peer, record)).await
            }
            Ok(Forwarded::Kept(spoken)) => Box::pin(keywords::answered(self, *spoken, record)).await,
            Ok(Forwarded::Socket(met)) => Box::pin(socket::begin(self, *met, &peer, record)).await,
            Err(Refusal::NotSignedIn) => keywords::sign_in(record).await,
            Err(refusal) => problem::answer(&refusal, record).await,
        }
    }

    /// route → policy → identify → consent → verdict → rewrite → forward
    async fn forwarded(
        self: &Arc<Self>,
        request: Request<Incoming>,
        peer: &Arc<Peer>,
        routes: &Routes<Served>,
        record: &mut Record,
    ) -> Result<Forwarded, Refusal> {
        let (mut head, body) = request.into_parts();
        let asked = Asked::take(&mut head)?;
        let opening = asked.as_ref().map(|asked| &asked.opening);
        let (route, segments) = routes.find(&head, peer.server_name.as_deref())?;
        record.routed(route);
        let mut body = Reading::of(&head, body, route).await?;
        let who = route.identify(&head, peer, &body)?;
        let signals = route.signals(&head, who.subject.as_ref())?;
        if let Some(spoken) = keywords::spoken(route, &head, &body, &who, &signals) {
            return Ok(Forwarded::Kept(Box::new(spoken)));
        }
        // Only now: `Connection` may name away what is forwarded, not who it is about or what they object to.
        hop::strip_request(&mut head.headers);
        let mut asking = Asking::default();
        for _ in 0..ROUNDS {
            let (consent, keys) = self.standing(route, who.subject.as_ref(), None).await?;
            let now = Timestamp::now();
            let verdict = route.plan.verdict(&consent, &signals, now, route.only_reports(now));
            record.decided(who.subject.as_ref(), &consent, &verdict);
            record.heard(&signals, &verdict);
            // Written down when it is done: else it would have to be decided again because of that.
            let _noting = self.noting(route, &who, &consent, &signals);
            let unread = body.unread();
            let received = Received {
                head: &head,
                segments: &segments,
                body: body.received(),
                coded: body.coded(),
                trailers: body.trailers(),
                strip: &who.strip,
            };
            let mut account = Account::default();
            let rewrite = |outside: Outside<'_>, account: &mut Account| {
                let max_depth = route.limits.nesting;
                let rules = Rules { plan: &route.plan, verdict: &verdict, key: &keys, max_depth, outside };
                rewrite::request(&received, &rules, account)
            };
            let rewritten = asking.made((route, &route.plan), &mut account, rewrite).await;
            let until = [verdict.until, route.reports_until(now)].into_iter().flatten().min();
            let stamp = Stamp { consent: Arc::clone(&consent), policy: route.plan.policy.digest, until };
            let unread = match body.flow().filter(|_| rewritten.is_ok()) {
                Some(flow) => {
                    let (head, who, route, keys) =
                        (head.clone(), who.clone(), Arc::clone(route), keys.clone());
                    let signals = signals.clone();
                    let question = Question { head, who, signals, keys, route };
                    let decided = Decided { verdict: verdict.clone(), stamp: stamp.clone(), account };
                    Some(flow.body((self, peer), question, decided, record))
                }
                None => {
                    record.rewritten(account);
                    unread
                }
            };
            let told = rewritten.map(|rewritten| route.told(rewritten, &verdict));
            let cleared = told.map(|told| told.clear(unread, stamp));
            let cleared = cleared.map_err(|refusal| self.inviting(refusal, who.subject.as_ref(), &consent));
            if cleared.is_ok() {
                record.forwarded();
            }
            let holds = |stamp: &Stamp| self.still_holds(route, stamp);
            let forwarded = match &route.shadow {
                None => route.upstream.forward(cleared?, opening, &holds).await,
                Some(shadow) => {
                    let scene = Scene {
                        route,
                        received,
                        held: body.held(),
                        who: &who,
                        signals: &signals,
                        consent: &consent,
                        key: &keys,
                        now,
                    };
                    // Boxed: these are large, and every other exchange would carry the room for them about.
                    let forwarding =
                        Box::pin(async { route.upstream.forward(cleared?, opening, &holds).await });
                    Box::pin(shadow.beside(self, scene, record, forwarding)).await
                }
            };
            match forwarded {
                // The bot may have said something before it could know that the request would break off.
                Ok(_) | Err(Unforwarded::Refused(_)) if record.broken_off().is_some() => {
                    return Err(record.broken_off().unwrap_or(Refusal::BodyBroken));
                }
                Ok(Answer::Reply(reply))
                    if asked.as_ref().is_some_and(|asked| asked.would_mistake(&reply)) =>
                {
                    return Err(Refusal::BotBroken);
                }
                Ok(Answer::Reply(reply)) => {
                    let question = Question { head, who, signals, keys, route: Arc::clone(route) };
                    return Ok(Forwarded::Reply(reply, question));
                }
                Ok(Answer::Socket(bot)) => {
                    let asked = asked.ok_or(Refusal::Internal)?;
                    let question = Question { head, who, signals, keys, route: Arc::clone(route) };
                    return Ok(Forwarded::Socket(Box::new(Met { asked, bot, question })));
                }
                Err(Unforwarded::Refused(refusal)) => return Err(refusal),
                Err(Unforwarded::Moved(unsent)) => body.put_back(unsent.into_message()),
            }
        }
        Err(Refusal::Unsettled)
    }

    /// What the subject has agreed to, and what their values are hashed and pseudonymised with. `before` are the keys that
    /// the exchange had before: its pseudonyms go on, unless the subject's key is another by now.
    async fn standing(
        &self,
        route: &Served,
        subject: Option<&Subject>,
        before: Option<&Keys>,
    ) -> Result<(Arc<Consent>, Keys), Refusal> {
        if let (None, Some(before)) = (subject, before) {
            return Ok((Arc::default(), before.clone()));
        }
        let keys = route.hash_key(&self.ledger, subject)?;
        if !route.plan.pseudonymises {
            return Ok((self.consent(route, subject).await?, keys));
        }
        let (consent, key) = Box::pin(self.keyed_consent(route, subject)).await?;
        Ok((consent, route.pseudonymising(keys, subject, key, before)?))
    }

    async fn keyed_consent(
        &self,
        route: &Served,
        subject: Option<&Subject>,
    ) -> Result<(Arc<Consent>, Option<SubjectKey>), Refusal> {
        let Some(subject) = subject else { return Ok((Arc::default(), None)) };
        let Policy { group, name, .. } = &*route.plan.policy;
        let (consent, key) = self.ledger.keyed_consent(subject, group, name).await.map_err(unreachable)?;
        Ok((consent, Some(key)))
    }

    /// What the subject has agreed to; an unknown subject has agreed to nothing.
    async fn consent(&self, route: &Served, subject: Option<&Subject>) -> Result<Arc<Consent>, Refusal> {
        match subject {
            None => Ok(Arc::default()),
            Some(subject) => {
                self.ledger.consent(subject, &route.plan.policy.group).await.map_err(unreachable)
            }
        }
    }

    /// The door's question, just before the first byte: is what the request was decided under still so?
    fn still_holds(&self, route: &Served, stamp: &Stamp) -> bool {
        stamp.policy == route.plan.policy.digest
            && stamp.until.is_none_or(|until| Timestamp::now() < until)
            && self.ledger.is_current(&stamp.consent)
    }
}

/// The texts that the policies show.
fn texts(routes: &Routes<Served>) -> Texts {
    let policies = routes.all().map(|route| &route.plan.policy);
    let text = |policy: &Arc<Policy>| {
        let group = policy.group.to_string();
        let texts = policy.purposes.iter().map(|purpose| (purpose.name.to_string(), purpose.text_digest()));
        texts.map(|(purpose, digest)| (group.clone(), purpose, digest)).collect::<Vec<_>>()
    };
    policies.flat_map(text).collect()
}

fn unreachable(error: LedgerError) -> Refusal {
    tracing::error!(%error, "the ledger can't be read");
    Refusal::LedgerUnreachable
}
