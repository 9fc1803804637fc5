//! What was heard of the signals in a request, for its receipt.
//!
//! The rule: a kind of signal and one of a few words; never anything of what it said.

use serde::Serialize;

use super::{Verdict, Why};
use crate::{
    policy::{ObjectionSignal, Policy, Purpose},
    signal::{Kind, Signals},
};

/// One kind of signal that was there, and what it came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Heard {
    /// Which kind.
    pub signal: &'static str,
    /// What it came to: `malformed`, `objects`, `grants` or `no objection`.
    pub said: &'static str,
}

impl Heard {
    /// Every kind of signal in a request, with what it came to under a policy.
    pub fn all(policy: &Policy, signals: &Signals, verdict: &Verdict) -> Vec<Self> {
        let kinds = Kind::ALL.into_iter().filter(|kind| signals.has(*kind));
        kinds.map(|kind| Self { signal: kind.as_str(), said: said(kind, policy, signals, verdict) }).collect()
    }
}

impl Purpose {
    /// Whether a signal of this kind objects to it.
    pub fn is_objected_to_by(&self, kind: Kind, signals: &Signals) -> bool {
        let takes_consent = self.basis == super::Basis::Consent;
        let of_kind = |signal: &&ObjectionSignal| signal.kind() == kind;
        self.objections.iter().filter(of_kind).any(|signal| signals.objects(*signal, takes_consent))
            || kind == Kind::Token && signals.token().is_some_and(|token| token.denies(&self.name))
    }
}

fn said(kind: Kind, policy: &Policy, signals: &Signals, verdict: &Verdict) -> &'static str {
    if signals.is_malformed(kind) {
        "malformed"
    } else if policy.purposes.iter().any(|purpose| purpose.is_objected_to_by(kind, signals)) {
        "objects"
    } else if kind == Kind::Token && verdict.states.iter().any(|state| state.why == Why::TokenGrants) {
        "grants"
    } else {
        "no objection"
    }
}
