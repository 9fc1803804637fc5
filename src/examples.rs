//! Runs a policy's examples through the very rewrite that requests go through.
//!
//! The rule: an example holds when everything that is left of what was sent is what its author wrote, and nothing else.
//! What would defeat it is a second reading of the policy made for the examples; so nothing is acted out here: a real
//! request is built, and the verdict, the media type and the rewrite are asked as they are for any other.
//!
//! Two liberties are taken. The order of an object's members, and of fields with different names, does not count. And what
//! differs from person to person has a name: a hash is written `[hash]`, a pseudonym `[pseudonym]` (a brief one as it is).

mod compare;
mod proof;
mod sent;

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    complaint::{Complaint, Source},
    consent::{Consent, Decision},
    identify::Strip,
    policy::{
        Plan, Policy,
        example::{Example, Parts},
    },
    pseudonym::Pseudonyms,
    refusal::Refusal,
    rewrite::{
        self, Outside, Rules,
        account::Account,
        asked::{Answers, Question},
        leaf::Keys,
    },
    signal::Signals,
};
pub use compare::Difference;
pub use proof::{Proof, Shown};
use sent::Sent;

/// How deep the body of an example may be nested.
const MAX_DEPTH: usize = 100;

/// A policy about to be tried.
#[derive(Debug)]
pub struct Stage {
    plan: Plan,
}

/// How one example went.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The example's number in the file.
    pub number: usize,
    /// What it shows, in its author's words.
    pub name: String,
    /// What came out otherwise than its author wrote; nothing where the example holds.
    pub differences: Vec<Difference>,
    complaint: Complaint,
}

/// What became of what was sent.
#[derive(Debug)]
enum Outcome {
    /// The bot gets this.
    Left(Box<Parts>),
    /// The bot gets nothing.
    Refused(Refusal),
    /// There is no such request.
    Impossible(String),
}

impl Stage {
    /// Compiles the policy.
    pub fn new(policy: Policy) -> Self {
        Self { plan: Plan::new(policy) }
    }

    /// The policy that is tried.
    pub fn policy(&self) -> &Policy {
        &self.plan.policy
    }

    /// Runs every example.
    pub fn run(&self) -> Vec<Trial> {
        let examples = self.plan.policy.examples.iter().enumerate();
        examples.map(|(number, example)| self.trial(number, example)).collect()
    }

    /// The same with what outside detectors say, whom `ask` asks. What is refused whatever they say asks nobody.
    ///
    /// # Errors
    /// What `ask` says.
    pub fn run_asking<E>(
        &self,
        is_wanted: impl Fn(&str) -> bool,
        mut ask: impl FnMut(Vec<Question>, &mut Answers) -> Result<(), E>,
    ) -> Result<Vec<Trial>, E> {
        let examples = self.plan.policy.examples.iter().enumerate();
        let trial = |(number, example): (usize, &Example)| {
            let differences = compare::differences(&example.expected, &self.settle(example, &mut ask)?);
            Ok(Trial::new(number, example, differences))
        };
        examples.filter(|(_, example)| is_wanted(&example.name)).map(trial).collect()
    }

    fn settle<E>(
        &self,
        example: &Example,
        ask: impl FnMut(Vec<Question>, &mut Answers) -> Result<(), E>,
    ) -> Result<Outcome, E> {
        let play =
            |outside: Outside<'_>| match self.play(&self.plan, example, outside, &mut Account::default()) {
                Outcome::Refused(refusal) => Err(refusal),
                outcome @ (Outcome::Left(_) | Outcome::Impossible(_)) => Ok(outcome),
            };
        let settled = Answers::new(usize::MAX).settled(play, ask)?;
        Ok(settled.unwrap_or(Err(Refusal::DetectorUnreachable)).unwrap_or_else(Outcome::Refused))
    }

    fn trial(&self, number: usize, example: &Example) -> Trial {
        Trial::new(number, example, self.differences(&self.plan, example))
    }

    /// What the example says otherwise than this plan; the plan is the policy's, or a variation of it.
    fn differences(&self, plan: &Plan, example: &Example) -> Vec<Difference> {
        let outcome = self.play(plan, example, Outside::NOBODY, &mut Account::default());
        compare::differences(&example.expected, &outcome)
    }

    fn play(&self, plan: &Plan, example: &Example, outside: Outside<'_>, account: &mut Account) -> Outcome {
        let sent = match Sent::new(&example.to_bot, plan) {
            Ok(sent) => sent,
            Err(outcome) => return outcome,
        };
        let now = example.now.unwrap_or(Timestamp::UNIX_EPOCH);
        let consent = consent(&plan.policy, example, now);
        let signals = example.signals.after(&Signals::read(&sent.head.headers));
        let verdict = plan.verdict(&consent, &signals, now, false);
        let Some(key) = keys(&plan.policy) else { return Outcome::Refused(Refusal::Internal) };
        let rules = Rules { plan, verdict: &verdict, key: &key, max_depth: MAX_DEPTH, outside };
        match rewrite::request(&sent.received(&Strip::default()), &rules, account) {
            Ok(rewritten) => Outcome::Left(Box::new(sent.left(&rewritten, &key))),
            Err(refusal) => Outcome::Refused(refusal),
        }
    }
}

impl Trial {
    fn new(number: usize, example: &Example, differences: Vec<Difference>) -> Self {
        let advice = match differences.len() {
            1 => "one thing comes out otherwise".to_owned(),
            n => format!("{n} things come out otherwise"),
        };
        let what = format!("the example `{}` fails", example.name);
        let complaint = Complaint::error(what, example.place.clone(), advice);
        Self { number, name: example.name.clone(), differences, complaint }
    }

    /// Whether what came out is what its author wrote.
    pub fn holds(&self) -> bool {
        self.differences.is_empty()
    }

    /// Where its name stands in the file, in bytes.
    pub fn at(&self) -> usize {
        self.complaint.place.start
    }

    /// Why it does not hold: file, line and caret, and what differs.
    pub fn show(&self, source: &Source, colour: bool) -> String {
        let mut shown = source.show(&self.complaint, colour);
        for difference in &self.differences {
            shown.push_str(&format!("\n{difference}"));
        }
        shown
    }
}

/// Nobody's keys, for one example: what they make of a value is shown by its name and never leaves this module. None where
/// the system has no random numbers.
fn keys(policy: &Policy) -> Option<Keys> {
    let pseudonyms = Pseudonyms::of_nobody(&policy.name).ok()?;
    Some(Keys::new(&[0; 32]).with_pseudonyms(pseudonyms, &Arc::default()))
}

/// What the person had decided, each time under the notice that is current now.
fn consent(policy: &Policy, example: &Example, now: Timestamp) -> Consent {
    let at = now.checked_sub(example.decided_ago).unwrap_or(Timestamp::MIN);
    let decision = |(name, kind): &(String, _)| {
        let notice = policy.purposes.iter().find(|purpose| *purpose.name == **name)?.notice.clone();
        let decision = Decision {
            kind: *kind,
            purpose: Some(name.clone()),
            notice,
            text_digest: None,
            at,
            source: "example".to_owned(),
            expires: None,
            jurisdiction: None,
            generation: 1,
            via: None,
            of: None,
        };
        Some((name.clone(), decision))
    };
    Consent {
        decisions: example.consents.iter().filter_map(decision).collect(),
        restricted: example.restricted,
        generation: 1,
        ..Consent::default()
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod shipped;
