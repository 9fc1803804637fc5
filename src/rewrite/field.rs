//! The decision about one field: a header line, a cookie, a parameter, a segment of the path.
//!
//! The rule: the entries that find a field by its decoded name meet on it as they would on a place in the body; an action
//! that does not fit its value drops it.

use std::borrow::Cow;

use super::{
    Rules,
    account::{Account, Actor, Deed, Place, PlaceStep, ROOT},
    leaf::{self, Leaf, Outcome, WITHHELD},
    written::{self, Fate, Within},
};
use crate::{
    policy::{
        Effect, Undeclared,
        action::{self, Action},
    },
    refusal::Refusal,
    selector::FieldKind,
};

/// What becomes of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It stays as it is.
    Keep,
    /// It goes.
    Drop,
    /// Its value becomes this text.
    Replace(String),
}

/// Decides about a field. `value` is what it says, decoded; none where that is not text.
///
/// # Errors
/// When an entry, or the policy's `undeclared`, refuses it.
pub(super) fn decide(
    kind: FieldKind,
    name: &str,
    value: Option<&str>,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Decision, Refusal> {
    let found = rules.plan.fields(kind).find(name);
    if found.is_empty() {
        return undeclared(kind, name, rules, account);
    }
    let spelled = rules.plan.spelled(kind, name).map(Place::Field);
    let mut acting: Option<Acting<'_>> = None;
    for (number, selector) in &found {
        let Some(entry) = rules.plan.entry(*number) else { continue };
        let Effect::Act(action) = rules.verdict.effect(entry) else { continue };
        let ours =
            Acting { entry: *number, name: &entry.name, selector: *selector, action: Cow::Borrowed(action) };
        acting = Some(match acting {
            None => ours,
            Some(other) => other.and(ours),
        });
    }
    match acting {
        Some(Acting { entry, action, .. }) if *action == Action::Refuse => Err(rules.refusal(entry)),
        Some(Acting { entry, selector, action, .. }) if *action != Action::Keep => {
            if rules.plan.refuses_inside {
                inside(&found, value, rules, &mut Account::default())?;
            }
            let place = spelled.unwrap_or(Place::Field(selector));
            let (decision, deed) = act(&action, value, rules);
            account.note(Actor::Entry(entry), place, Deed::Acted(deed));
            Ok(decision)
        }
        Some(_) | None => {
            note_passed(&found, spelled, rules, account);
            inside(&found, value, rules, account)
        }
    }
}

/// What becomes of a field in which documents are written, and on which nothing acts as a whole.
fn inside(
    found: &[(u32, u32)],
    value: Option<&str>,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Decision, Refusal> {
    let mut decision = Decision::Keep;
    for (number, selector) in found {
        let Some(document) = rules.plan.written(*number) else { continue };
        let place = account.below(ROOT, PlaceStep::Field(*selector));
        let text = match &decision {
            Decision::Replace(made) => Some(made.as_str()),
            Decision::Keep | Decision::Drop => value,
        };
        let fate = match text {
            Some(text) => {
                let within = Within { speller: rules.plan, place };
                written::rewrite(text, document, (rules, within), account)
                    .map_err(|objection| rules.objected(objection))?
            }
            None => written::unreadable(document, rules),
        };
        match fate {
            Fate::Same => {}
            Fate::Becomes(made) => decision = Decision::Replace(made),
            Fate::Redacted(actor) => {
                account.note(actor, Place::Field(*selector), Deed::Acted("redact"));
                return Ok(Decision::Replace(WITHHELD.to_owned()));
            }
        }
    }
    Ok(decision)
}

/// An action, and in whose name it acts.
struct Acting<'p> {
    entry: u32,
    name: &'p str,
    selector: u32,
    action: Cow<'p, Action>,
}

impl<'p> Acting<'p> {
    /// The stricter of two; of two that are equally strict, the name that comes first answers for it, so that the order of
    /// the file does not show.
    fn and(self, other: Self) -> Self {
        let action = action::stricter(&self.action, &other.action);
        let (one, two) = (self.action.strictness(), other.action.strictness());
        let ours = one > two || one == two && self.name <= other.name;
        Self { action: Cow::Owned(action), ..if ours { self } else { other } }
    }
}

fn note_passed(found: &[(u32, u32)], spelled: Option<Place>, rules: &Rules<'_>, account: &mut Account) {
    for (number, selector) in found {
        let Some(entry) = rules.plan.entry(*number) else { continue };
        let deed = match rules.verdict.effect(entry) {
            Effect::Act(action) => Deed::Acted(action.name()),
            Effect::WouldAct(action) => Deed::Would(action.name()),
            Effect::Pass => Deed::Passed,
        };
        account.note(Actor::Entry(*number), spelled.unwrap_or(Place::Field(*selector)), deed);
    }
}

fn undeclared(
    kind: FieldKind,
    name: &str,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Decision, Refusal> {
    match rules.plan.undeclared {
        // The path is the route's: what it does not name is no data. A file's name goes with its file.
        _ if matches!(kind, FieldKind::Path | FieldKind::FileName) => Ok(Decision::Keep),
        Undeclared::Forward => Ok(Decision::Keep),
        Undeclared::Drop => {
            let place = rules.plan.spelled(kind, name).map_or(Place::Undeclared(kind), Place::Field);
            account.note(Actor::Undeclared, place, Deed::Acted("drop"));
            Ok(Decision::Drop)
        }
        Undeclared::Refuse => Err(Refusal::Undeclared),
    }
}

fn act(action: &Action, value: Option<&str>, rules: &Rules<'_>) -> (Decision, &'static str) {
    match (action, value) {
        (Action::Redact(None), _) => (Decision::Replace(WITHHELD.to_owned()), "redact"),
        (Action::Redact(Some(serde_json::Value::String(text))), _) => {
            (Decision::Replace(text.clone()), "redact")
        }
        (Action::Redact(Some(other)), _) => (Decision::Replace(other.to_string()), "redact"),
        (action, Some(value)) if action.is_for_leaves() => {
            match leaf::act(action, Leaf::Text(value), rules.key) {
                Outcome::Text(text) | Outcome::Number(text) => (Decision::Replace(text), action.name()),
                Outcome::Unfit => (Decision::Drop, "drop"),
            }
        }
        (_, _) => (Decision::Drop, "drop"),
    }
}
