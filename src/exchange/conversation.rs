//! A conversation after its first request: what is decided about each of its messages, one by one.
//!
//! The rule: a message is decided by what holds when it is sent. The route is asked for anew, the credential is looked at
//! again, the consent is read, and just before the message leaves, the door's question is asked: is all of that still so?
//! What would defeat it is keeping an answer from one message to the next, or a wait between [`Conversation::release`]
//! and the first byte. Sockets and streams of events come here; neither is known here.

mod keyword;

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http::request::Parts;
use jiff::Timestamp;

use super::{
    ROUNDS, Site, asking::Asking, notes::Notes, reading::Reading, returning::Question, served::Served,
};
use crate::{
    identify::Identified,
    message::{Direction, Made},
    policy::{Plan, Undeclared, Verdict},
    receipts::messages::Closed,
    refusal::Refusal,
    rewrite::{
        Cleared, Outside, Rules, Stamp,
        account::Account,
        leaf::Keys,
        message::{self, Part},
    },
    route::Routes,
    server::Peer,
    signal::Signals,
};

/// What deciding about a message needs, from the first request to the last message.
pub(super) struct Conversation {
    site: Arc<Site>,
    /// The first request's head: by it the route is found.
    head: Parts,
    peer: Arc<Peer>,
    /// The route that took the first request.
    route: Arc<Served>,
    who: Identified,
    signals: Signals,
    /// What values were hashed and pseudonymised with before.
    keys: Mutex<Keys>,
    notes: Arc<Notes>,
    /// Held while a keyword is obeyed.
    obeying: Arc<tokio::sync::Mutex<()>>,
}

/// A message that was decided about.
pub(super) struct Decided {
    message: Cleared<Bytes>,
    direction: Direction,
    /// What was served when it was decided.
    routes: Arc<Routes<Served>>,
    /// None where no policy speaks of the direction.
    deeds: Option<(Arc<Served>, Verdict, Account)>,
}

/// What a message is decided by.
struct Ground {
    routes: Arc<Routes<Served>>,
    route: Arc<Served>,
    verdict: Verdict,
    stamp: Stamp,
    keys: Keys,
}

/// The route that would take the first request now, whom it would identify, and what it would hear.
type Standing<'r> = (&'r Arc<Served>, Cow<'r, Identified>, Cow<'r, Signals>);

/// Why a message was not sent on.
#[derive(Debug)]
pub(super) enum Blocked<E> {
    /// It may not be.
    Refused(Refusal),
    /// There is no way to send it.
    NoWay(E),
}

impl Ground {
    fn rules<'a>(&'a self, plan: &'a Plan, outside: Outside<'a>) -> Rules<'a> {
        let max_depth = self.route.limits.nesting;
        Rules { plan, verdict: &self.verdict, key: &self.keys, max_depth, outside }
    }
}

impl Conversation {
    /// Goes on after the first request's head; what is done is noted. What that request objected to holds throughout: its
    /// head may have lost the signal since, because `Connection` names fields away.
    pub(super) fn after(site: &Arc<Site>, peer: &Arc<Peer>, question: Question, notes: Arc<Notes>) -> Self {
        let Question { head, who, signals, keys, route } = question;
        Self {
            site: Arc::clone(site),
            head,
            peer: Arc::clone(peer),
            route,
            who,
            signals,
            keys: Mutex::new(keys),
            notes,
            obeying: Arc::default(),
        }
    }

    /// Decides about a message, waits until there is a way for it, and gives it out while what it was decided under
    /// holds; it must then be sent without another wait.
    ///
    /// # Errors
    /// When it must not be sent on, or can't be.
    pub(super) async fn pass<W: Future<Output = Result<(), E>>, E>(
        &self,
        direction: Direction,
        parts: &[Part],
        way: impl Fn() -> W,
    ) -> Result<Cleared<Bytes>, Blocked<E>> {
        let mut asking = Asking::default();
        for _ in 0..ROUNDS {
            let decided = self.decide(direction, parts, &mut asking).await.map_err(Blocked::Refused)?;
            way().await.map_err(Blocked::NoWay)?;
            if let Some(message) = self.release(decided) {
                return Ok(message);
            }
        }
        self.refused(direction, &Refusal::Unsettled);
        Err(Blocked::Refused(Refusal::Unsettled))
    }

    /// Decides about a message by what holds now.
    ///
    /// # Errors
    /// When it must not be sent on in any form; that is noted, and the conversation is to be ended.
    pub(super) async fn decide(
        &self,
        direction: Direction,
        parts: &[Part],
        asking: &mut Asking,
    ) -> Result<Decided, Refusal> {
        let decided = self.decided(direction, parts, asking).await;
        decided.inspect_err(|refusal| self.refused(direction, refusal))
    }

    /// Gives a message out, and notes what was done to it, if everything it was decided under still holds; else it must
    /// be decided about again.
    pub(super) fn release(&self, decided: Decided) -> Option<Cleared<Bytes>> {
        let Decided { message, direction, routes, deeds } = decided;
        if !self.still_holds(&routes, message.stamp()) {
            return None;
        }
        let deeds = deeds
            .as_ref()
            .and_then(|(route, verdict, account)| Some((plan(route, direction)?, verdict, account)));
        self.notes.message(direction, deeds).ok()?;
        Some(message)
    }

    /// A text beside the messages, as it may be sent on now; nothing is noted. None where it may not be.
    pub(super) async fn aside(&self, direction: Direction, parts: &[Part]) -> Option<Bytes> {
        let Decided { message, routes, .. } =
            self.decided(direction, parts, &mut Asking::default()).await.ok()?;
        self.still_holds(&routes, message.stamp()).then(|| message.into_message())
    }

    /// Notes who ended the conversation. The first end counts.
    pub(super) fn closed(&self, closed: Closed) {
        self.notes.ended(closed);
    }

    /// Notes that a message can't be sent on.
    pub(super) fn refused(&self, direction: Direction, refusal: &Refusal) {
        self.notes.message_refused(direction, refusal);
    }

    /// Notes that a message can't be sent on, and that the body it came in is broken off.
    pub(super) fn broken_off(&self, direction: Direction, refusal: Refusal) -> Made {
        self.refused(direction, &refusal);
        self.notes.refused(refusal)
    }

    /// The route that took the first request.
    pub(super) fn route(&self) -> &Served {
        &self.route
    }

    /// What becomes of what nothing declares in messages of a direction, by the policy that is in force now.
    ///
    /// # Errors
    /// When the conversation can't go on.
    pub(super) fn undeclared(&self, direction: Direction) -> Result<Undeclared, Refusal> {
        let routes = self.site.routes();
        let (route, ..) = self.standing(&routes)?;
        Ok(plan(route, direction).map_or(Undeclared::Forward, |plan| plan.undeclared))
    }

    /// Rewrites a message by what holds now, and gives it out while that still holds: for whoever sends it at once.
    ///
    /// # Errors
    /// When it must not be sent on in any form; the conversation is to be ended.
    pub(super) async fn rewritten<T>(
        &self,
        direction: Direction,
        rewrite: impl Fn(&Rules<'_>, &[String], &mut Account) -> Result<T, Refusal> + Sync,
    ) -> Result<Option<T>, Refusal> {
        let mut asking = Asking::default();
        for _ in 0..ROUNDS {
            let ground = self.ground(direction).await?;
            let Some(plan) = plan(&ground.route, direction) else { return Ok(None) };
            let mut account = Account::default();
            let made = asking.made((&ground.route, plan), &mut account, |outside, account| {
                rewrite(&ground.rules(plan, outside), &ground.route.other_bodies, account)
            });
            let made = made.await?;
            if self.still_holds(&ground.routes, &ground.stamp) {
                let deeds = Some((plan, &ground.verdict, &account));
                self.notes.message(direction, deeds)?;
                return Ok(Some(made));
            }
        }
        Err(Refusal::Unsettled)
    }

    async fn decided(
        &self,
        direction: Direction,
        parts: &[Part],
        asking: &mut Asking,
    ) -> Result<Decided, Refusal> {
        let ground = self.ground(direction).await?;
        let Some(plan) = plan(&ground.route, direction) else {
            let message = message::unread(parts).clear(ground.stamp);
            return Ok(Decided { message, direction, routes: ground.routes, deeds: None });
        };
        let mut account = Account::default();
        let made = asking.made((&ground.route, plan), &mut account, |outside, account| {
            message::message(parts, &ground.rules(plan, outside), &ground.route.other_bodies, account)
        });
        let message = made.await?;
        let Ground { routes, route, verdict, stamp, .. } = ground;
        Ok(Decided {
            message: message.clear(stamp),
            direction,
            routes,
            deeds: Some((route, verdict, account)),
        })
    }

    /// What a message is decided by now.
    async fn ground(&self, direction: Direction) -> Result<Ground, Refusal> {
        let routes = self.site.routes();
        let (route, who, signals) = self.standing(&routes)?;
        let route = Arc::clone(route);
        let now = Timestamp::now();
        if who.until.is_some_and(|until| until <= now) {
            return Err(Refusal::Credential("the credential has expired"));
        }
        let until = |until| [until, who.until, route.reports_until(now)].into_iter().flatten().min();
        let mut stamp =
            Stamp { consent: Arc::default(), policy: route.plan.policy.digest, until: until(None) };
        let before = self.keys().clone();
        let mut keys = before.clone();
        if plan(&route, direction).is_some() {
            (stamp.consent, keys) = self.site.standing(&route, who.subject.as_ref(), Some(&before)).await?;
            *self.keys() = keys.clone();
        }
        let verdict = route.plan.verdict(&stamp.consent, &signals, now, route.only_reports(now));
        stamp.until = until(verdict.until);
        drop((who, signals));
        Ok(Ground { routes, route, verdict, stamp, keys })
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The route that would take the first request now, whom it would identify, and what it would hear. Where that is another
    /// route, another bot or another person, the conversation can't go on.
    fn standing<'r>(&'r self, routes: &'r Routes<Served>) -> Result<Standing<'r>, Refusal> {
        let (route, _) = routes.find(&self.head, self.peer.server_name.as_deref())?;
        if Arc::ptr_eq(route, &self.route) {
            return Ok((route, Cow::Borrowed(&self.who), Cow::Borrowed(&self.signals)));
        }
        if route.name != self.route.name || !route.upstream.is_same(&self.route.upstream) {
            return Err(Refusal::NoRoute);
        }
        let who = route.identify(&self.head, &self.peer, &Reading::nothing())?;
        if who.subject != self.who.subject {
            return Err(Refusal::Credential("the credential names somebody else by now"));
        }
        let signals = route.signals(&self.head, who.subject.as_ref())?.after(&self.signals);
        Ok((route, Cow::Owned(who), Cow::Owned(signals)))
    }

    /// The door's question, just before the first byte: is what the message was decided under still so?
    fn still_holds(&self, routes: &Arc<Routes<Served>>, stamp: &Stamp) -> bool {
        Arc::ptr_eq(routes, &self.site.routes())
            && stamp.until.is_none_or(|until| Timestamp::now() < until)
            && self.site.ledger.is_current(&stamp.consent)
    }
}

/// What speaks of a direction on a route.
fn plan(route: &Served, direction: Direction) -> Option<&Plan> {
    match direction {
        Direction::ToBot => Some(&route.plan),
        Direction::ToPerson => Some(&route.back).filter(|plan| !plan.is_silent()),
    }
}

#[cfg(test)]
mod tests;
