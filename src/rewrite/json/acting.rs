//! Which action acts at a place, and in whose name.

use crate::policy::{
    Plan,
    action::{self, Action},
};

/// What happens to the credential that identified the subject.
const REMOVED: &Action = &Action::Drop;

/// An action, and the entry in whose name it acts.
#[derive(Clone, Debug)]
pub(super) struct Acting {
    /// The entry's number, or the number under which the automaton knows the credential.
    pub(super) entry: u32,
    /// What several entries come to, where that is none of their own actions.
    merged: Option<Box<Action>>,
}

impl Acting {
    /// The entry's own action.
    pub(super) fn of(entry: u32) -> Self {
        Self { entry, merged: None }
    }

    /// The entry redacts, whatever its action: what it asks for can't be seen.
    pub(super) fn redacting(entry: u32) -> Self {
        Self { entry, merged: Some(Box::new(Action::Redact(None))) }
    }

    /// The same, leaving nothing to read in its place.
    pub(super) fn emptying(entry: u32) -> Self {
        Self { entry, merged: Some(Box::new(Action::Redact(Some(serde_json::Value::Null)))) }
    }

    /// The action.
    #[inline]
    pub(super) fn action<'a>(&'a self, plan: &'a Plan) -> &'a Action {
        match &self.merged {
            Some(merged) => merged,
            None => plan.entry(self.entry).map_or(REMOVED, |entry| &entry.otherwise),
        }
    }

    /// The stricter of two; of two that are equally strict, the name that comes first answers for it, so that the order of
    /// the file does not show.
    pub(super) fn and(self, other: Self, plan: &Plan) -> Self {
        let name = |entry: u32| plan.entry(entry).map(|entry| &entry.name);
        let (one, two) = (self.action(plan).strictness(), other.action(plan).strictness());
        let ours = one > two || one == two && name(self.entry) <= name(other.entry);
        let (first, second) = if ours { (self, other) } else { (other, self) };
        if one == two && first.action(plan) != second.action(plan) {
            let merged = action::stricter(first.action(plan), second.action(plan));
            Self { entry: first.entry, merged: Some(Box::new(merged)) }
        } else {
            first
        }
    }
}
