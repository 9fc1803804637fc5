//! Two policies on one request: what the other one would do otherwise, place by place.
//!
//! The rule: both go through the exchange's own rewrite, over the request as it was received, and what is told is drawn from
//! the two accounts and the two outcomes. Requests that would differ at the bot always give a difference; a policy beside
//! itself never does. What would defeat it: one place under two names, since an account spells only the names that its
//! policy names. So both plans are compiled to spell the names of both ([`Plan::comparable`]), which changes nothing else.
//!
//! No value of a message is in what is told, nor any name that neither policy names.

mod places;
mod remainder;
pub mod sum;

use std::{ops::Range, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, request};
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::{
    consent::Consent,
    identify::Strip,
    policy::{Plan, Policy},
    profile::Profile,
    refusal::Refusal,
    rewrite::{
        self, Outside, Received, ReceivedBody, Rewritten, Rules,
        account::{Account, Fact},
        leaf::Keys,
        media,
    },
    selector::BodySelector,
    signal::Signals,
};

/// Two policies, compiled to be compared.
#[derive(Debug)]
pub struct Pair {
    /// The policy in force.
    pub old: Plan,
    /// The one that may take its place.
    pub new: Plan,
}

/// A request as it came, and what a route lets pass of it.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// Its head.
    pub head: &'a request::Parts,
    /// The named segments of the route's path, with their places in the path.
    pub segments: &'a [(Arc<str>, Range<usize>)],
    /// Its body without its content codings, empty where there is none; not there where it is one that flows by unread.
    pub body: Option<&'a Bytes>,
    /// The body as it came, where it was coded.
    pub coded: Option<&'a Bytes>,
    /// Its trailers.
    pub trailers: Option<&'a HeaderMap>,
    /// The credentials that are not for the bot.
    pub strip: &'a Strip,
    /// Media types that pass unread although a policy has something to say about bodies.
    pub others: &'a [String],
}

/// What is the same for both policies.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// What the request says about consent.
    pub signals: &'a Signals,
    /// The moment it happens at.
    pub now: Timestamp,
    /// Whether the route tolerates what only lacks a yes.
    pub report: bool,
    /// How deep a JSON body may be nested.
    pub max_depth: usize,
}

/// What is one policy's own.
#[derive(Clone, Copy, Debug)]
pub struct Own<'a> {
    /// What the subject agreed to, among the consents of the policy's group.
    pub consent: &'a Consent,
    /// The key of the `hash` action.
    pub key: &'a Keys,
}

/// What the two policies do to one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contrast {
    /// Whether the bot gets the same bytes, or nothing, under both.
    pub same_at_bot: bool,
    /// Under which of them the request is refused.
    pub refused: Refused,
    /// What they do otherwise, in a fixed order. Empty where one of them refuses: then the bot gets nothing to compare.
    pub differences: Vec<Difference>,
}

/// The refusals under the two policies; written as their slugs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Under the policy in force.
    #[serde(serialize_with = "slug")]
    pub old: Option<Refusal>,
    /// Under the other.
    #[serde(serialize_with = "slug")]
    pub new: Option<Refusal>,
}

impl Refused {
    /// Their slugs.
    pub fn slugs(&self) -> [Option<&'static str>; 2] {
        [&self.old, &self.new].map(|refusal| refusal.as_ref().map(Refusal::slug))
    }
}

fn slug<S: Serializer>(refusal: &Option<Refusal>, serializer: S) -> Result<S::Ok, S::Error> {
    refusal.as_ref().map(Refusal::slug).serialize(serializer)
}

/// What is done otherwise at one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// Where, with `*` for every name that neither policy names.
    pub place: String,
    /// What that comes to.
    pub change: Change,
    /// How often.
    pub count: u64,
    /// What the policy in force does.
    pub old: Fate,
    /// What the other does.
    pub new: Fate,
}

/// What a difference comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The bot learns more.
    RevealsMore,
    /// The bot learns less.
    WithholdsMore,
    /// Neither is the stricter.
    Otherwise,
}

/// What becomes of a place under one policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fate {
    /// `passed`, or the action's name.
    pub action: String,
    /// In whose names: data entries, `undeclared` or `credential`; empty where no entry speaks of the place.
    pub data: Vec<Arc<str>>,
    /// The place around it, where the whole of that is withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
}

impl Pair {
    /// Compiles two policies for a route whose subjects may be named by these places in the body, as
    /// [`Plan::to_bot`] does one.
    pub fn new(
        old: Policy,
        new: Policy,
        profile: Option<&Profile>,
        credentials: &[(usize, BodySelector)],
    ) -> Self {
        let second = Plan::comparable(new.clone(), &old, profile, credentials);
        Self { old: Plan::comparable(old, &new, profile, credentials), new: second }
    }

    /// What the two do to one request.
    pub fn contrast(&self, sent: &Sent<'_>, at: Circumstances<'_>, old: Own<'_>, new: Own<'_>) -> Contrast {
        let same_key = old.key.hashes_like(new.key);
        let (old, new) = (play(&self.old, sent, at, old), play(&self.new, sent, at, new));
        let (one, other) = match (&old.outcome, &new.outcome) {
            (Ok(one), Ok(other)) => (one, other),
            (one, other) => return Contrast::of_refusals(one.as_ref().err(), other.as_ref().err()),
        };
        let apart = remainder::Apart::of(one, other);
        let sides = [(&self.old, old.facts.as_slice()), (&self.new, new.facts.as_slice())];
        let mut differences = places::differences(sides, apart, same_key);
        remainder::complete(&mut differences, apart, one, other);
        differences.sort();
        let same_at_bot = apart == remainder::Apart::default();
        Contrast { same_at_bot, refused: Refused::default(), differences }
    }
}

impl Contrast {
    /// Where the request is refused under one of the policies, or both.
    pub fn of_refusals(old: Option<&Refusal>, new: Option<&Refusal>) -> Self {
        let refused = Refused { old: old.cloned(), new: new.cloned() };
        Self { same_at_bot: old.is_some() && new.is_some(), refused, differences: Vec::new() }
    }

    /// Whether anything is different, for the bot, for the person or in the receipt.
    pub fn differs(&self) -> bool {
        let [old, new] = self.refused.slugs();
        old != new || !self.same_at_bot || !self.differences.is_empty()
    }

    /// Whether the request would be refused, and is not.
    pub fn newly_refused(&self) -> bool {
        self.refused.old.is_none() && self.refused.new.is_some()
    }

    /// Whether the request is refused, and would not be.
    pub fn no_longer_refused(&self) -> bool {
        self.refused.old.is_some() && self.refused.new.is_none()
    }

    /// Whether there is a change of this kind at some place, or in what is refused.
    pub fn has(&self, change: Change) -> bool {
        let refusal = match change {
            Change::RevealsMore => self.no_longer_refused(),
            Change::WithholdsMore => self.newly_refused(),
            Change::Otherwise => false,
        };
        refusal || self.differences.iter().any(|difference| difference.change == change)
    }
}

/// What one policy does.
struct Played {
    outcome: Result<Rewritten, Refusal>,
    facts: Vec<Fact>,
}

fn play(plan: &Plan, sent: &Sent<'_>, at: Circumstances<'_>, own: Own<'_>) -> Played {
    let verdict = plan.verdict(own.consent, at.signals, at.now, at.report);
    let rules =
        Rules { plan, verdict: &verdict, key: own.key, max_depth: at.max_depth, outside: Outside::NOBODY };
    let mut account = Account::default();
    let outcome = sent.received(plan).and_then(|received| rewrite::request(&received, &rules, &mut account));
    Played { outcome, facts: account.facts(plan) }
}

impl<'a> Sent<'a> {
    fn received(&self, plan: &Plan) -> Result<Received<'a>, Refusal> {
        let Self { head, segments, coded, trailers, strip, others, body } = *self;
        let body = match body {
            Some(body) => media::read(body, &head.headers, plan, others)?,
            None => media::kind(&head.headers, plan, others).map(|_| ReceivedBody::Unread)?,
        };
        Ok(Received { head, segments, body, coded, trailers, strip })
    }
}

impl Change {
    /// A few words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::RevealsMore => "reveals more",
            Self::WithholdsMore => "withholds more",
            Self::Otherwise => "otherwise different",
        }
    }
}

#[cfg(test)]
mod tests;
