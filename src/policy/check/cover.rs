//! Selectors that do nothing, because another entry does it already.
//!
//! The rule: a selector is covered when one other selector finds every place that it finds, or a place above it, whose
//! entry withholds whenever this one's does, at least as strictly. What would defeat it is a refusal, which acts wherever
//! its place is present; being the strictest of all, it is covered by refusals only. Of two that say the same, the later is
//! the one to remove.

use super::Ground;
use crate::{
    complaint::Complaint,
    json::NameHasher,
    policy::{At, Data, Policy, action::stricter},
    selector::{BodySelector, FieldSelector, Paths, Selector},
};

/// A complaint about every selector that does nothing.
pub(super) fn warnings(policy: &Policy, ground: &Ground) -> Vec<Complaint> {
    let hasher = NameHasher::default();
    let rules: Vec<Rule<'_>> = policy
        .data
        .iter()
        .flat_map(|data| data.at.iter().map(move |at| (data, at)))
        .enumerate()
        .map(|(number, (data, at))| Rule::new(number, data, at, &hasher))
        .collect();
    rules
        .iter()
        .filter_map(|rule| {
            let over = rules.iter().find(|over| over.makes_idle(rule, ground))?;
            Some(rule.complaint(over, over.says_the_same_as(rule, ground), policy))
        })
        .collect()
}

/// One selector of one entry.
struct Rule<'p> {
    number: usize,
    data: &'p Data,
    at: &'p At,
    paths: Option<Paths>,
}

impl<'p> Rule<'p> {
    fn new(number: usize, data: &'p Data, at: &'p At, hasher: &NameHasher) -> Self {
        let paths = match &at.selector {
            Selector::Body(body) if !body.looks_ahead() => Some(Paths::new([(body, 0)], hasher)),
            Selector::Body(_) | Selector::Field(_) => None,
        };
        Self { number, data, at, paths }
    }

    fn makes_idle(&self, rule: &Rule<'_>, ground: &Ground) -> bool {
        self.number != rule.number
            && self.acts_whenever(rule, ground)
            && self.covers(&rule.at.selector)
            && (self.number < rule.number || !self.says_the_same_as(rule, ground))
    }

    fn acts_whenever(&self, rule: &Rule<'_>, ground: &Ground) -> bool {
        let (ours, theirs) = (&self.data.otherwise, &rule.data.otherwise);
        ground.binds_whenever(self.data.serves, rule.data.serves) && stricter(ours, theirs) == *ours
    }

    fn says_the_same_as(&self, rule: &Rule<'_>, ground: &Ground) -> bool {
        self.finds_the_same_as(rule) && self.acts_whenever(rule, ground) && rule.acts_whenever(self, ground)
    }

    fn finds_the_same_as(&self, rule: &Rule<'_>) -> bool {
        self.covers(&rule.at.selector) && rule.covers(&self.at.selector)
    }

    fn covers(&self, other: &Selector) -> bool {
        match (&self.at.selector, &self.paths, other) {
            (Selector::Body(ours), Some(paths), Selector::Body(theirs)) => {
                !narrows_by_case(ours, theirs) && paths.covers(theirs)
            }
            (Selector::Body(ours), None, Selector::Body(theirs)) => {
                ours.ignore_case == theirs.ignore_case && theirs.segments.starts_with(&ours.segments)
            }
            (Selector::Field(ours), _, Selector::Field(theirs)) => field_covers(ours, theirs),
            (Selector::Body(_), _, Selector::Field(_)) | (Selector::Field(_), _, Selector::Body(_)) => false,
        }
    }

    fn complaint(&self, over: &Rule<'_>, same: bool, policy: &Policy) -> Complaint {
        let (ours, theirs) = (self.at.selector.text(), over.at.selector.text());
        let line = policy.source.line(over.at.place.start);
        if self.data.name == over.data.name {
            return Complaint::warning(
                format!("`{ours}` finds nothing that `{theirs}` does not find"),
                self.at.place.clone(),
                format!("`{}` has `{theirs}` already, in line {line}; remove one", self.data.name),
            );
        }
        let (name, other) = (&self.data.name, &over.data.name);
        if same {
            return Complaint::warning(
                format!("`{name}` says about `{ours}` what `{other}` says already"),
                self.at.place.clone(),
                format!("the same place, the same action, in line {line}; remove one"),
            );
        }
        Complaint::warning(
            format!("`{name}` does nothing at `{ours}`: `{other}` covers it"),
            self.at.place.clone(),
            format!("whenever this acts, `{theirs}` in line {line} acts too, and no less strictly"),
        )
    }
}

/// Whether `theirs` finds names in any case and `ours` only in one.
fn narrows_by_case(ours: &BodySelector, theirs: &BodySelector) -> bool {
    theirs.ignore_case && !ours.ignore_case
}

fn field_covers(ours: &FieldSelector, theirs: &FieldSelector) -> bool {
    if ours.kind != theirs.kind || theirs.ignore_case && !ours.ignore_case {
        return false;
    }
    let is_of_our_types = match (&ours.media, &theirs.media) {
        (None, _) => true,
        (Some(ours), Some(theirs)) => ours.covers(theirs),
        (Some(_), None) => false,
    };
    if !is_of_our_types {
        return false;
    }
    let name = if ours.ignore_case { theirs.name.to_lowercase() } else { theirs.name.clone() };
    if ours.prefix { name.starts_with(&ours.name) } else { !theirs.prefix && name == ours.name }
}
