//! What was done to a message, place by place: what receipts and explanations are made of.
//!
//! The rule: a place spells only names that the policy names; every other name is `*`, every index `[*]`. It is drawn from
//! what was really changed and let through, by the code that does it. What would defeat it is a message that makes the
//! account grow without end, so there is a limit, beyond which places are counted together.

mod numbered;
mod seen;

use std::{borrow::Cow, fmt, sync::Arc};

use smallvec::SmallVec;

use crate::{
    policy::{Plan, Writing},
    selector::{FieldKind, Symbol},
};
use numbered::Numbered;
pub use seen::Seen;

/// Accounts with more different lines than this put the rest under the place `…`.
const MOST_LINES: usize = 1_000;

/// Bytes that a place in words seldom exceeds.
const USUAL_PATH: usize = 48;

/// A place in the body, by number.
pub type PlaceId = u32;

/// One step of a place in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlaceStep {
    /// A member that the policy names.
    Named(Symbol),
    /// Any other member.
    Other,
    /// An element.
    Element,
    /// The document that is written in the text.
    Written(Writing),
    /// From the root: a text that comes in pieces.
    Streamed,
    /// From the root: a field beside the body, by the number of the selector that found it.
    Field(u32),
}

/// Where something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the body.
    Body(PlaceId),
    /// In a field that this selector found, by the selector's number.
    Field(u32),
    /// In a field that no entry names.
    Undeclared(FieldKind),
    /// In one place too many.
    Elsewhere,
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A data entry, by number.
    Entry(u32),
    /// The policy's `undeclared`.
    Undeclared,
    /// The route, which keeps the credential to itself.
    Credential,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// It passed.
    Passed,
    /// The action of this name acted.
    Acted(&'static str),
    /// The action of this name would have acted, had the route enforced.
    Would(&'static str),
    /// It is not known whether it is there: an outside detector did not answer, and the operator chose to do without.
    Unanswered,
}

/// What was done to one message.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The places below the root, by their numbers less one.
    places: Numbered<(PlaceId, PlaceStep)>,
    deeds: Numbered<(Actor, Place, Deed)>,
    /// How often, by the numbers of the deeds.
    counts: Vec<u64>,
    /// What was found in texts, where somebody asked to be shown.
    seen: Option<Vec<seen::Noted>>,
}

/// One line of an account, in words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The data entry's name, or `undeclared`.
    pub data: Arc<str>,
    /// Where.
    pub place: String,
    /// What was done.
    pub deed: Cow<'static, str>,
    /// How often.
    pub count: u64,
}

/// One line of an account before it is put in words: for comparing it with another.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The way to the place: `$` and the steps below it, or the one name of a field.
    pub path: Vec<String>,
    /// Who did it.
    pub actor: Actor,
    /// What was done.
    pub deed: Deed,
    /// How often.
    pub count: u64,
}

/// The root of the body.
pub const ROOT: PlaceId = 0;

impl Account {
    /// Notes that something was done.
    pub fn note(&mut self, actor: Actor, place: Place, deed: Deed) {
        let place = if self.counts.len() >= MOST_LINES { Place::Elsewhere } else { place };
        let number = self.deeds.number((actor, place, deed));
        match self.counts.get_mut(number) {
            Some(count) => *count += 1,
            None => self.counts.push(1),
        }
    }

    /// The place one step below another.
    pub fn below(&mut self, parent: PlaceId, step: PlaceStep) -> PlaceId {
        if self.places.len() >= 4 * MOST_LINES && self.places.find(&(parent, step)).is_none() {
            return parent;
        }
        let number = self.places.number((parent, step));
        PlaceId::try_from(number + 1).unwrap_or(parent)
    }

    /// The account in words, in a fixed order.
    pub fn lines(&self, plan: &Plan) -> Vec<Line> {
        let mut lines: Vec<Line> =
            self.deeds.iter().zip(&self.counts).map(|(key, count)| self.line(plan, *key, *count)).collect();
        lines.sort();
        lines
    }

    /// The account for comparing, in no order.
    pub fn facts(&self, plan: &Plan) -> Vec<Fact> {
        // Comparing asks nobody, under either policy.
        let facts = self.deeds.iter().zip(&self.counts).filter(|((.., deed), _)| *deed != Deed::Unanswered);
        facts
            .map(|((actor, place, deed), count)| {
                let path = match place {
                    Place::Body(id) => {
                        let steps = self.steps(*id);
                        let below = steps.iter().rev().map(|step| step.text(plan));
                        std::iter::once("$".to_owned()).chain(below).collect()
                    }
                    Place::Field(_) | Place::Undeclared(_) | Place::Elsewhere => {
                        vec![self.show(plan, *place)]
                    }
                };
                Fact { path, actor: *actor, deed: *deed, count: *count }
            })
            .collect()
    }

    fn line(&self, plan: &Plan, (actor, place, deed): (Actor, Place, Deed), count: u64) -> Line {
        Line { data: actor.name(plan), place: self.show(plan, place), deed: deed.word(), count }
    }

    fn show(&self, plan: &Plan, place: Place) -> String {
        match place {
            Place::Body(id) => self.path(plan, id),
            Place::Field(selector) => {
                plan.selectors.get(selector as usize).map(|text| text.to_string()).unwrap_or_default()
            }
            Place::Undeclared(kind) => format!("{}:*", kind.as_str()),
            Place::Elsewhere => "…".to_owned(),
        }
    }

    fn path(&self, plan: &Plan, id: PlaceId) -> String {
        let mut path = String::with_capacity(USUAL_PATH);
        path.push('$');
        self.steps(id).iter().rev().for_each(|step| step.push_to(&mut path, plan));
        path
    }

    /// The steps to a place in the body, innermost first.
    fn steps(&self, id: PlaceId) -> SmallVec<[PlaceStep; 16]> {
        let mut steps = SmallVec::new();
        let mut at = id;
        while let Some((parent, step)) = (at as usize).checked_sub(1).and_then(|n| self.places.get(n)) {
            steps.push(*step);
            at = *parent;
        }
        steps
    }
}

impl PlaceStep {
    /// Writes the step as JSONPath does.
    fn push_to(self, path: &mut String, plan: &Plan) {
        match self {
            Self::Named(symbol) => push_member(path, plan.body.name(symbol)),
            Self::Other => path.push_str(".*"),
            Self::Element => path.push_str("[*]"),
            Self::Written(writing) => {
                path.push('|');
                path.push_str(writing.as_str());
            }
            Self::Streamed => {
                path.clear();
                path.push_str("(streamed text)");
            }
            Self::Field(selector) => {
                path.clear();
                path.push_str(plan.selectors.get(selector as usize).map_or("", |text| text));
            }
        }
    }

    fn text(self, plan: &Plan) -> String {
        let mut text = String::new();
        self.push_to(&mut text, plan);
        text
    }
}

impl Actor {
    /// The data entry's name, or the word that stands for whoever else it was.
    pub fn name(self, plan: &Plan) -> Arc<str> {
        match self {
            Self::Entry(number) => {
                plan.entry(number).map(|entry| Arc::clone(&entry.name)).unwrap_or_default()
            }
            Self::Undeclared => "undeclared".into(),
            Self::Credential => "credential".into(),
        }
    }
}

impl Deed {
    /// As receipts say it.
    pub fn word(self) -> Cow<'static, str> {
        match self {
            Self::Passed => "passed".into(),
            Self::Acted(action) => action.into(),
            Self::Would(action) => format!("would {action}").into(),
            Self::Unanswered => "unanswered".into(),
        }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word())
    }
}

/// A member's step as JSONPath writes it.
fn push_member(path: &mut String, name: &str) {
    let is_plain = |c: char| c.is_alphanumeric() || c == '_';
    if name.chars().all(is_plain) && name.chars().next().is_some_and(|c| !c.is_ascii_digit()) {
        path.push('.');
        path.push_str(name);
    } else {
        path.push_str(&format!("[{name:?}]"));
    }
}
