//! The receipt of one exchange: what was done, and why. Plain data.
//!
//! The rule: every text in it comes from the policy, the profile or the configuration, is a number, or is random. What would
//! defeat it is a place that spells a member name found in a message; places are built by the rewrite, which
//! writes `*` for every name that no policy names.

use std::{borrow::Cow, sync::Arc};

use jiff::Timestamp;
use serde::Serialize;

use super::messages::Messages;
use crate::{
    consent::DecisionKind,
    contrast::Contrast,
    policy::{Heard, Plan, Policy, Purpose, State, Verdict},
    refusal::Refusal,
    rewrite::account::Line,
    subject::Standing,
};

/// Whether a route enforces or only records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// What lacks a yes is withheld.
    #[default]
    Enforce,
    /// What only lacks a yes is forwarded and recorded; a recorded no is still enforced.
    Report,
}

/// What was done in one exchange and why.
#[derive(Clone, Debug, Serialize)]
pub struct Receipt {
    /// When the exchange began.
    pub time: Timestamp,
    /// The exchange's id: a version 7 UUID (RFC 9562).
    pub exchange: String,
    /// The route's name; none when no route matched.
    pub route: Option<Arc<str>>,
    /// Whether the route enforced.
    pub mode: Mode,
    /// The policy in force.
    pub policy: Option<PolicyName>,
    /// Who the exchange was about, by reference.
    pub subject: Option<SubjectName>,
    /// Which signals about consent the request carried, and what they came to; left out where there were none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<Heard>,
    /// Each purpose of the policy, with its state.
    pub purposes: Vec<PurposeState>,
    /// Each entry that acted or passed on the way to the bot, with its place and count.
    pub to_bot: Vec<Act>,
    /// What was done in its messages, where it was a conversation of many; left out otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Messages>,
    /// Each entry that acted or passed on the way back to the person; left out where none did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to_person: Vec<Act>,
    /// What a candidate policy would have done; left out where none runs beside this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Shadow>,
    /// What became of the request.
    pub outcome: Outcome,
    /// How the exchange ended.
    pub ended: Ended,
}

/// Which policy a receipt speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyName {
    /// The policy's name.
    pub name: Arc<str>,
    /// The version its author gave it.
    pub version: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub digest: Arc<str>,
}

impl PolicyName {
    /// The policy of a plan.
    pub fn of(plan: &Plan) -> Self {
        let Policy { name, version, .. } = &*plan.policy;
        Self { name: Arc::clone(name), version: *version, digest: Arc::clone(&plan.digest) }
    }
}

/// Which subject a receipt speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SubjectName {
    /// The random reference the ledger keeps for the subject.
    pub reference: Option<String>,
    /// Which source said so.
    pub namespace: String,
    /// How far the id could be trusted.
    pub standing: Standing,
}

/// The state of one purpose for this subject at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PurposeState {
    /// The purpose's name in the policy.
    pub purpose: Arc<str>,
    /// Whether it was allowed.
    pub allowed: bool,
    /// Why, in a few words of ours.
    pub because: &'static str,
}

impl PurposeState {
    /// Every purpose of a plan under a verdict.
    pub fn all(plan: &Plan, verdict: &Verdict) -> Vec<Self> {
        let states = plan.policy.purposes.iter().zip(&verdict.states);
        let state = |(purpose, state): (&Purpose, &State)| Self {
            purpose: Arc::clone(&purpose.name),
            allowed: state.allowed,
            because: state.why.words(),
        };
        states.map(state).collect()
    }
}

/// One entry acting, or passing, at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Act {
    /// The data entry's name in the policy; `undeclared` where none names the place.
    pub data: Arc<str>,
    /// Where, with `*` for every name that the policy does not name.
    pub place: String,
    /// What was done: `passed`, or the action's name.
    pub action: Cow<'static, str>,
    /// How often.
    pub count: u64,
}

impl From<Line> for Act {
    fn from(Line { data, place, deed, count }: Line) -> Self {
        Self { data, place, action: deed, count }
    }
}

/// What a candidate policy would have done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shadow {
    /// The candidate.
    pub policy: PolicyName,
    /// What it would have done.
    #[serde(flatten)]
    pub cast: Cast,
}

/// Whether it is known what a candidate policy would have done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cast {
    /// It is not, for this reason, in words of ours.
    Undecided(&'static str),
    /// What it would have done otherwise. `old` is the policy in force, `new` the candidate.
    Decided(Contrast),
}

/// What became of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was forwarded, and the bot answered with this status; none until it has.
    Forwarded {
        /// The bot's status code.
        status: Option<u16>,
    },
    /// It was refused.
    Refused {
        /// The refusal's slug.
        problem: &'static str,
        /// The status sent to the client.
        status: u16,
    },
    /// It was a keyword: it was not forwarded, and the subject decided by it on the route's purposes.
    Obeyed {
        /// `grant`, or `withdraw`, which also stands for objections.
        decision: DecisionKind,
    },
    /// It never got as far as any.
    Undecided,
}

impl Outcome {
    /// A refusal as receipts tell it.
    pub fn refused(refusal: &Refusal) -> Self {
        Self::Refused { problem: refusal.slug(), status: refusal.status().as_u16() }
    }
}

/// How the exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// The client got the whole reply.
    Complete,
    /// The client went away before that.
    ClientGone,
    /// The bot's reply broke off or stalled.
    BotGone,
}
