//! The verdict: which purposes are allowed for this subject now, and so which data entries bind.
//!
//! The rule: nothing is allowed by default. A purpose that rests on consent is allowed by the newest decision alone, and
//! only while it is an unexpired yes to the current notice, or by a consent token that is newer than anything decided; every
//! other path through [`decide`] ends in a no or in a basis that needs no yes. No clock here: the moment is an argument.

mod heard;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use smallvec::SmallVec;

pub use heard::Heard;

use super::{Basis, Entry, Plan, Purpose, Serves, action::Action};
use crate::{
    consent::{Consent, Decision, DecisionKind},
    signal::Signals,
};

/// What is allowed for one subject at one moment.
#[derive(Clone, Debug)]
pub struct Verdict {
    allowed: u128,
    /// What would be allowed if everybody who has not been asked, or not lately, had said yes.
    tolerated: u128,
    /// Each purpose's state, in the policy's order.
    pub states: SmallVec<[State; 8]>,
    /// When the first yes that this verdict rests on expires.
    pub until: Option<Timestamp>,
}

/// The state of one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Why.
    pub why: Why,
}

/// Why a purpose is allowed, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The newest decision is a yes that counts.
    Granted,
    /// A consent token says yes, and nothing was decided since.
    TokenGrants,
    /// The basis needs no yes.
    NoConsentNeeded,
    /// The basis needs no yes, and nobody objected.
    NoObjection,
    /// Nobody was asked.
    NeverAsked,
    /// The yes was given to another notice.
    OtherNotice,
    /// The yes is too old.
    Expired,
    /// The newest decision is a no.
    Denied,
    /// The yes was withdrawn.
    Withdrawn,
    /// The person objected.
    Objected,
    /// The request carries an objecting signal.
    SignalObjects,
    /// The person asked for restriction.
    Restricted,
}

/// What an entry does under a verdict.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effect<'p> {
    /// Its data passes.
    Pass,
    /// Its action acts.
    Act(&'p Action),
    /// Its data passes because the route only reports; this action would act.
    WouldAct(&'p Action),
}

impl Plan {
    /// Decides for one subject. `report` tolerates what only lacks a yes; a recorded no still counts.
    pub fn verdict(&self, consent: &Consent, signals: &Signals, now: Timestamp, report: bool) -> Verdict {
        let mut verdict = Verdict { allowed: 0, tolerated: 0, states: SmallVec::new(), until: None };
        for (n, purpose) in self.policy.purposes.iter().enumerate() {
            let (why, until) = decide(purpose, consent, signals, now);
            let state = State { allowed: why.allows(), why };
            let bit = u128::from(state.allowed) << n;
            verdict.allowed |= bit;
            verdict.tolerated |= bit | u128::from(report && why.only_lacks_a_yes()) << n;
            verdict.until = [verdict.until, until].into_iter().flatten().min();
            verdict.states.push(state);
        }
        verdict
    }
}

impl Verdict {
    /// Whether data that serves these purposes passes.
    pub fn allows(&self, serves: Serves) -> bool {
        serves.satisfied_by(self.allowed)
    }

    /// What an entry does.
    #[inline]
    pub fn effect<'p>(&self, entry: &'p Entry) -> Effect<'p> {
        if entry.serves.satisfied_by(self.allowed) {
            Effect::Pass
        } else if entry.serves.satisfied_by(self.tolerated) {
            Effect::WouldAct(&entry.otherwise)
        } else {
            Effect::Act(&entry.otherwise)
        }
    }
}

impl Why {
    /// A few words for receipts and explanations.
    pub fn words(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::TokenGrants => "granted by a consent token",
            Self::NoConsentNeeded => "the basis needs no consent",
            Self::NoObjection => "nobody objected",
            Self::NeverAsked => "no decision yet",
            Self::OtherNotice => "granted under another notice",
            Self::Expired => "the grant expired",
            Self::Denied => "denied",
            Self::Withdrawn => "withdrawn",
            Self::Objected => "objected",
            Self::SignalObjects => "the request carries an objection",
            Self::Restricted => "processing is restricted",
        }
    }

    fn allows(self) -> bool {
        match self {
            Self::Granted | Self::TokenGrants | Self::NoConsentNeeded | Self::NoObjection => true,
            Self::NeverAsked
            | Self::OtherNotice
            | Self::Expired
            | Self::Denied
            | Self::Withdrawn
            | Self::Objected
            | Self::SignalObjects
            | Self::Restricted => false,
        }
    }

    fn only_lacks_a_yes(self) -> bool {
        matches!(self, Self::NeverAsked | Self::OtherNotice | Self::Expired)
    }
}

/// Decides one purpose; with the moment at which the answer changes by itself.
fn decide(
    purpose: &Purpose,
    consent: &Consent,
    signals: &Signals,
    now: Timestamp,
) -> (Why, Option<Timestamp>) {
    let newest = consent.decisions.get(&*purpose.name);
    let signal_objects = purpose.is_objected_to(signals);
    match purpose.basis {
        Basis::LegalObligation | Basis::VitalInterests => (Why::NoConsentNeeded, None),
        _ if consent.restricted => (Why::Restricted, None),
        Basis::Contract => (Why::NoConsentNeeded, None),
        Basis::LegitimateInterests | Basis::PublicTask => (
            newest.and_then(a_no).unwrap_or(if signal_objects {
                Why::SignalObjects
            } else {
                Why::NoObjection
            }),
            None,
        ),
        Basis::Consent => match newest.map_or(Err(Why::NeverAsked), |decision| a_yes(purpose, decision, now))
        {
            Ok(_) if signal_objects => (Why::SignalObjects, None),
            Ok(until) => (Why::Granted, until),
            Err(why) if signal_objects && why.only_lacks_a_yes() => (Why::SignalObjects, None),
            Err(why) if signal_objects => (why, None),
            Err(why) => match a_tokens_yes(purpose, consent, signals, now) {
                Some(until) => (Why::TokenGrants, Some(until)),
                None => (why, None),
            },
        },
    }
}

impl Purpose {
    /// Whether a signal in the request objects to it. A consent token may deny a purpose that asks for no signal.
    pub fn is_objected_to(&self, signals: &Signals) -> bool {
        let takes_consent = self.basis == Basis::Consent;
        self.objections.iter().any(|signal| signals.objects(*signal, takes_consent))
            || signals.token().is_some_and(|token| token.denies(&self.name))
    }
}

/// Until when a consent token says yes. One that is not newer than the newest decision says nothing: what was decided before
/// that may have been a no.
fn a_tokens_yes(
    purpose: &Purpose,
    consent: &Consent,
    signals: &Signals,
    now: Timestamp,
) -> Option<Timestamp> {
    let token = signals.token()?;
    let decided = consent.decisions.get(&*purpose.name).map(|decision| decision.at);
    if consent.vetoed.contains(&*purpose.name) {
        return None;
    }
    if decided.max(consent.restriction_moved).is_some_and(|decided| token.issued <= decided) {
        return None;
    }
    let until = token.grants(&purpose.name, purpose.notice.as_deref(), now)?;
    let Some(expires) = purpose.expires else { return Some(until) };
    let until = until.min(ends(token.issued, expires.0));
    (now < until).then_some(until)
}

fn a_no(decision: &Decision) -> Option<Why> {
    match decision.kind {
        DecisionKind::Deny => Some(Why::Denied),
        DecisionKind::Withdraw => Some(Why::Withdrawn),
        DecisionKind::Object => Some(Why::Objected),
        DecisionKind::Grant => None,
        DecisionKind::Restrict | DecisionKind::Lift => Some(Why::Restricted),
    }
}

fn a_yes(purpose: &Purpose, decision: &Decision, now: Timestamp) -> Result<Option<Timestamp>, Why> {
    if let Some(no) = a_no(decision) {
        return Err(no);
    }
    if purpose.notice.is_some() && purpose.notice != decision.notice {
        return Err(Why::OtherNotice);
    }
    let until = [purpose.expires.map(|after| ends(decision.at, after.0)), decision.expires]
        .into_iter()
        .flatten()
        .min();
    if until.is_none_or(|until| now < until) { Ok(until) } else { Err(Why::Expired) }
}

fn ends(at: Timestamp, after: Duration) -> Timestamp {
    let age = SignedDuration::try_from(after).unwrap_or(SignedDuration::ZERO);
    at.checked_add(age).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
