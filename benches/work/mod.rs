//! The work that contestants are given: chat requests and policies, the same on every machine.
//!
//! The rule: nothing here depends on a clock, a seed or the machine, so that two runs, and two contestants, do the same
//! work. Ten entries of every policy find something in every request; all others ask for what is not there.
#![allow(dead_code, reason = "each uses what it needs")]

pub mod chat;
pub mod peers;
pub mod rules;

use assentry::{
    complaint::Source,
    consent::{Consent, Decision, DecisionKind},
    policy::{Plan, Policy, Verdict},
    rewrite::{Outside, Rules, account::Account, json::JsonRewriter, leaf::Keys},
    signal::Signals,
};

/// One policy, decided both ways.
pub struct Case {
    /// Its selectors.
    pub selectors: Vec<String>,
    /// It, compiled.
    pub plan: Plan,
    /// The person has agreed to everything: nothing is withheld.
    pub yes: Verdict,
    /// The person has agreed to nothing: ten entries act.
    pub no: Verdict,
    key: Keys,
}

impl Case {
    /// A policy of so many entries, of which ten find something.
    pub fn new(entries: usize) -> Self {
        Self::of(rules::selectors(entries))
    }

    /// A policy of so many entries, of which none finds anything.
    pub fn absent(entries: usize) -> Self {
        Self::of(rules::absent(entries))
    }

    /// The policy with these selectors.
    pub fn of(selectors: Vec<String>) -> Self {
        let plan = Plan::new(policy(&selectors));
        let decide =
            |consent| plan.verdict(&consent, &Signals::default(), jiff::Timestamp::UNIX_EPOCH, false);
        let (yes, no) = (decide(a_yes()), decide(Consent::default()));
        Self { selectors, plan, yes, no, key: Keys::new(&[7; 32]) }
    }

    /// Rewrites a body as an exchange does; none where nothing changed.
    pub fn rewrite(&self, verdict: &Verdict, body: &[u8]) -> Option<Vec<u8>> {
        let mut account = Account::default();
        let rules =
            Rules { plan: &self.plan, verdict, key: &self.key, max_depth: 64, outside: Outside::NOBODY };
        let rewritten = JsonRewriter::new(&rules, None, &mut account).whole(body).expect("a good body");
        std::hint::black_box(&account);
        rewritten.0
    }
}

/// The policy with these selectors, one entry each; whoever says no has it all dropped.
pub fn policy(selectors: &[String]) -> Policy {
    let text = rules::file(selectors);
    Policy::parse(Source::new("bench.yaml", text)).unwrap_or_else(|wrong| panic!("{}", wrong.show(false)))
}

fn a_yes() -> Consent {
    let mut consent = Consent::default();
    let granted = Decision {
        kind: DecisionKind::Grant,
        purpose: Some("extras".into()),
        notice: None,
        text_digest: None,
        at: jiff::Timestamp::UNIX_EPOCH,
        source: "bench".into(),
        expires: None,
        jurisdiction: None,
        generation: 1,
        via: None,
        of: None,
    };
    consent.decisions.insert("extras".into(), granted);
    consent
}
