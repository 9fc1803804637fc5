//! What a policy's examples prove.
//!
//! The rule: an example proves that an entry acts when it holds, and would no longer hold if the entry let its data
//! pass; and that an entry passes when it would no longer hold if the entry withheld. `undeclared` is proven by an example
//! that would not hold if everything undeclared were forwarded. So the policy is broken on purpose, one entry at a time,
//! and the examples must notice. What would defeat the rule is an entry that changes nothing by design: `keep`
//! is proven by an example in which its data is found.

use super::Stage;
use crate::{
    complaint::Complaint,
    policy::{Plan, Policy, Serves, Undeclared, action::Action},
    rewrite::{Outside, account::Account},
};

/// What the examples prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Of each data entry, in the order of the file.
    pub entries: Vec<Shown>,
    /// Whether one shows that `undeclared` acts; also where it forwards, and has nothing to show.
    pub undeclared: bool,
    /// The examples that prove nothing, by number.
    pub idle: Vec<usize>,
}

/// What the examples show of one data entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// That it withholds.
    pub acting: bool,
    /// That it lets pass.
    pub passing: bool,
}

impl Stage {
    /// Breaks the policy, one entry at a time, and sees which examples notice. Examples that do not hold prove nothing.
    pub fn prove(&mut self) -> Proof {
        let policy = self.policy().clone();
        let mut idle: Vec<usize> =
            self.run().iter().filter(|trial| trial.holds()).map(|trial| trial.number).collect();
        let holding = idle.clone();
        let mut is_proven = |noticing: Vec<usize>| {
            idle.retain(|example| !noticing.contains(example));
            noticing.iter().any(|example| holding.contains(example))
        };
        let mut entries = Vec::new();
        for number in 0..policy.data.len() {
            let (acting, passing) = self.noticing_entry(&policy, number);
            entries.push(Shown { acting: is_proven(acting), passing: is_proven(passing) });
        }
        let undeclared = is_proven(self.noticing_undeclared(&policy));
        Proof { entries, undeclared: undeclared || policy.undeclared == Undeclared::Forward, idle }
    }

    /// The examples that notice when this entry no longer acts, and those that notice when it no longer lets pass.
    fn noticing_entry(&mut self, policy: &Policy, number: usize) -> (Vec<usize>, Vec<usize>) {
        if policy.data.get(number).is_some_and(|data| data.otherwise == Action::Keep) {
            return (self.finding(policy, number, "keep"), self.finding(policy, number, "passed"));
        }
        // Every one of no purposes is always allowed.
        (self.noticing(policy, number, Serves::All(0)), self.noticing(policy, number, Serves::Nothing))
    }

    /// The examples that do not hold when this entry serves something else.
    fn noticing(&mut self, policy: &Policy, number: usize, serves: Serves) -> Vec<usize> {
        let kept = self.plan.swap_serves(number, serves);
        let noticing = self.failing(&self.plan, policy);
        if let Some(kept) = kept {
            self.plan.swap_serves(number, kept);
        }
        noticing
    }

    fn noticing_undeclared(&self, policy: &Policy) -> Vec<usize> {
        if policy.undeclared == Undeclared::Forward {
            return Vec::new();
        }
        let open = Plan::new(Policy { undeclared: Undeclared::Forward, ..policy.clone() });
        self.failing(&open, policy)
    }

    fn failing(&self, plan: &Plan, policy: &Policy) -> Vec<usize> {
        let examples = policy.examples.iter().enumerate();
        let failing = examples.filter(|(_, example)| !self.differences(plan, example).is_empty());
        failing.map(|(number, _)| number).collect()
    }

    /// The examples in whose account this entry did this.
    fn finding(&self, policy: &Policy, number: usize, deed: &str) -> Vec<usize> {
        let name = policy.data.get(number).map(|data| data.name.clone()).unwrap_or_default();
        let examples = policy.examples.iter().enumerate();
        let finding = examples.filter(|(_, example)| {
            let mut account = Account::default();
            self.play(&self.plan, example, Outside::NOBODY, &mut account);
            account.lines(&self.plan).iter().any(|line| line.data == name && line.deed == deed)
        });
        finding.map(|(number, _)| number).collect()
    }
}

impl Proof {
    /// What the examples leave open. Only of use when all of them hold.
    pub fn warnings(&self, policy: &Policy) -> Vec<Complaint> {
        if policy.examples.is_empty() {
            return policy.data.first().map(no_examples).into_iter().collect();
        }
        let open = policy.data.iter().zip(&self.entries).filter(|(_, shown)| **shown == Shown::default());
        let open = open.map(|(data, _)| {
            Complaint::warning(
                format!("no example shows what `{}` does", data.name),
                data.place.clone(),
                "write one that would come out otherwise without this entry",
            )
        });
        let idle = self.idle.iter().filter_map(|number| policy.examples.get(*number)).map(|example| {
            Complaint::warning(
                format!("the example `{}` proves nothing", example.name),
                example.place.clone(),
                "it would come out the same whatever any one entry did",
            )
        });
        open.chain(idle).collect()
    }
}

fn no_examples(first: &crate::policy::Data) -> Complaint {
    Complaint::warning(
        "there are no examples",
        first.place.clone(),
        "write `examples:` that show what each entry does; they are tried whenever the policy is checked",
    )
}
