//! A preview in words: place by place, which entry acted, for which purpose, on whose word, and where in the policy that stands.

use std::sync::Arc;

use super::Preview;
use crate::{policy::Data, rewrite::account::Line};

/// What was done at one place, and why.
#[derive(Clone, Debug)]
pub struct Explained {
    /// Where, with `*` for every name that the policy does not name.
    pub place: String,
    /// The action's name, or `passed`.
    pub deed: String,
    /// The same in the past.
    pub past: String,
    /// How often.
    pub count: u64,
    /// The entry's name in the policy.
    pub data: Arc<str>,
    /// Each purpose that the data serves, with its state.
    pub reasons: Vec<String>,
    /// The line of the policy on which the entry stands; none where no entry names the place.
    pub line: Option<usize>,
}

impl Preview {
    /// Every place at which something happened.
    pub fn explained(&self) -> Vec<Explained> {
        self.account.lines(&self.plan).into_iter().map(|line| self.explain(line)).collect()
    }

    fn explain(&self, line: Line) -> Explained {
        let policy = &self.plan.policy;
        let data = policy.data.iter().find(|data| data.name == line.data);
        Explained {
            past: past(&line.deed).to_owned(),
            deed: line.deed.to_string(),
            place: line.place,
            count: line.count,
            reasons: data.map(|data| self.reasons(data)).unwrap_or_default(),
            line: data.map(|data| policy.source.line(data.place.start)),
            data: line.data,
        }
    }

    fn reasons(&self, data: &Data) -> Vec<String> {
        let purposes: Vec<_> = self.purposes().collect();
        let shown = data.serves.purposes().filter_map(|n| purposes.get(n));
        shown.map(|(name, state)| format!("{name}: {}", state.why.words())).collect()
    }
}

impl Explained {
    /// Why it was done, after the name of the entry.
    pub fn because(&self) -> String {
        match self.line {
            None => format!("no entry names it, and the policy says `undeclared: {}`", self.deed),
            Some(_) if self.reasons.is_empty() => "it serves no purpose".to_owned(),
            Some(_) => self.reasons.join(", "),
        }
    }
}

/// A deed as one speaks of it afterwards.
fn past(deed: &str) -> &str {
    match deed {
        "drop" => "dropped",
        "redact" => "redacted",
        "mask" => "masked",
        "generalise" => "generalised",
        "hash" => "hashed",
        "pseudonymise" => "pseudonymised",
        "keep" => "kept",
        "refuse" => "refused",
        "unanswered" => "not asked about (outside detectors are asked only when messages are served)",
        other => other,
    }
}
