//! The decision about one field: a header line, a cookie, a parameter, a segment of the path.
//!
//! The rule: the entries that find a field by its decoded name meet on it as they would on a place in the body; an action
//! that does not fit its value drops it.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::{
    Rules,
    account::{Account, Actor, Deed, Place, PlaceStep, ROOT},
    leaf::{self, Leaf, Outcome, WITHHELD},
    speech::{Listeners, Notes, Speech},
    text,
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
    let (listening, found) = apart(rules.plan.fields(kind).find(name), rules);
    let value = value.map_or(Value::NoText, Value::Text);
    let (decision, acted) = if found.is_empty() {
        (undeclared(kind, name, rules, account)?, false)
    } else {
        settle(&found, rules.plan.spelled(kind, name), value, rules, account)?
    };
    if acted { Ok(decision) } else { listen(&listening, decision, value, rules, account) }
}

/// Decides about a field that passes whatever the policy says of what no entry names: only texts are sought in it.
///
/// # Errors
/// When an entry refuses what is found in it.
pub(super) fn decide_text(
    kind: FieldKind,
    name: &str,
    value: Option<&str>,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Decision, Refusal> {
    let (listening, _) = apart(rules.plan.fields(kind).find(name), rules);
    listen(&listening, Decision::Keep, value.map_or(Value::NoText, Value::Text), rules, account)
}

/// Who found a field: entries that only seek texts in it, and the others.
fn apart(found: Found, rules: &Rules<'_>) -> (Found, Found) {
    found.into_iter().partition(|(number, _)| rules.plan.listens(*number).is_some())
}

/// What becomes of a field on which nothing acts, where some entries seek texts in it.
fn listen(
    listening: &Found,
    decision: Decision,
    value: Value<'_>,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Decision, Refusal> {
    let entries: Listeners = listening.iter().filter_map(|(number, _)| rules.plan.listens(*number)).collect();
    let Some((_, selector)) = listening.first() else { return Ok(decision) };
    let Some(speech) = Speech::of(rules).and_then(|speech| speech.heard_by(&entries)) else {
        return Ok(decision);
    };
    let place = Place::Field(*selector);
    let unread = speech.speaker().map(Actor::Entry);
    let text = match (&decision, value) {
        (Decision::Drop, _) => return Ok(decision),
        (Decision::Replace(made), _) => made,
        (Decision::Keep, Value::Text(text)) => text,
        (Decision::Keep, Value::NoText | Value::Whole) => {
            // It can't be searched, so it does not go on.
            unread.into_iter().for_each(|actor| account.note(actor, place, Deed::Acted("drop")));
            return Ok(if unread.is_some() { Decision::Drop } else { Decision::Keep });
        }
    };
    let mut notes = Notes { account, place, refused: None };
    let edits = speech.edits(text, &mut notes);
    notes.allowed(Some(&speech))?;
    if edits.is_empty() { Ok(decision) } else { Ok(Decision::Replace(text::apply(text, &edits))) }
}

/// Decides about a part of a form that goes as a whole or not at all: a file of this media type, none where it does not
/// say one, or a document. Such a part is found by `form:`, and a file by `file:`, too: bots differ on what is a file.
///
/// A file that does not say what it is may be of any type. So it is withheld with the files of every type, and declared
/// by none of them.
///
/// # Errors
/// As [`decide`].
pub(super) fn decide_whole(
    kind: FieldKind,
    name: &str,
    media_type: Option<&str>,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Decision, Refusal> {
    let (listening, mut found) = apart(rules.plan.fields(FieldKind::Form).find(name), rules);
    let mut is_declared = !found.is_empty();
    if kind == FieldKind::File {
        for (number, selector) in rules.plan.fields(kind).find(name) {
            let range = rules.plan.media(selector);
            let is_said = range.is_none_or(|range| media_type.is_some_and(|said| range.holds(said)));
            is_declared |= is_said;
            if is_said || media_type.is_none() {
                found.push((number, selector));
            }
        }
    }
    let spelled = rules.plan.spelled(kind, name).or_else(|| rules.plan.spelled(FieldKind::Form, name));
    let (decision, acted) = match found.is_empty() {
        true => (Decision::Keep, false),
        false => settle(&found, spelled, Value::Whole, rules, account)?,
    };
    let decision = match decision {
        Decision::Keep if !is_declared => undeclared(kind, name, rules, account)?,
        decision => decision,
    };
    if acted { Ok(decision) } else { listen(&listening, decision, Value::Whole, rules, account) }
}

/// Who found a field, each with its selector.
type Found = SmallVec<[(u32, u32); 2]>;

/// What a field says, as far as actions can work on it.
#[derive(Clone, Copy)]
enum Value<'a> {
    Text(&'a str),
    /// What is no text can be replaced.
    NoText,
    /// What stays as it is or goes.
    Whole,
}

/// What the entries that found a field come to, and whether one of them acts on it as a whole.
fn settle(
    found: &[(u32, u32)],
    spelled: Option<u32>,
    value: Value<'_>,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<(Decision, bool), Refusal> {
    let spelled = spelled.map(Place::Field);
    let mut acting: Option<Acting<'_>> = None;
    for (number, selector) in found {
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
        Some(Acting { entry, name: ours, selector, action }) if *action != Action::Keep => {
            if rules.plan.refuses_inside {
                inside(found, value, rules, &mut Account::default())?;
            }
            let place = spelled.unwrap_or(Place::Field(selector));
            let (decision, deed) = act(&action, value, rules, ours);
            account.note(Actor::Entry(entry), place, Deed::Acted(deed));
            Ok((decision, true))
        }
        Some(_) | None => {
            note_passed(found, spelled, rules, account);
            Ok((inside(found, value, rules, account)?, false))
        }
    }
}

/// What becomes of a field in which documents are written, and on which nothing acts as a whole.
fn inside(
    found: &[(u32, u32)],
    value: Value<'_>,
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Decision, Refusal> {
    let mut decision = Decision::Keep;
    for (number, selector) in found {
        let Some(document) = rules.plan.written(*number) else { continue };
        let place = account.below(ROOT, PlaceStep::Field(*selector));
        let text = match (&decision, value) {
            (Decision::Replace(made), _) => Some(made.as_str()),
            (Decision::Keep | Decision::Drop, Value::Text(text)) => Some(text),
            (Decision::Keep | Decision::Drop, Value::NoText | Value::Whole) => None,
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
            Fate::Same | Fate::Unread => {}
            Fate::Becomes(made) => decision = Decision::Replace(made),
            Fate::Redacted(actor) if matches!(value, Value::Whole) => {
                account.note(actor, Place::Field(*selector), Deed::Acted("drop"));
                return Ok(Decision::Drop);
            }
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

fn act(action: &Action, value: Value<'_>, rules: &Rules<'_>, name: &str) -> (Decision, &'static str) {
    match (action, value) {
        (_, Value::Whole) => (Decision::Drop, "drop"),
        (Action::Redact(None), _) => (Decision::Replace(WITHHELD.to_owned()), "redact"),
        (Action::Redact(Some(serde_json::Value::String(text))), _) => {
            (Decision::Replace(text.clone()), "redact")
        }
        (Action::Redact(Some(other)), _) => (Decision::Replace(other.to_string()), "redact"),
        (action, Value::Text(value)) if action.is_for_leaves() => {
            match leaf::act(action, Leaf::Text(value), rules.key, name) {
                Outcome::Text(text) | Outcome::Number(text) => (Decision::Replace(text), action.name()),
                Outcome::Unfit => (Decision::Drop, "drop"),
            }
        }
        (_, _) => (Decision::Drop, "drop"),
    }
}
