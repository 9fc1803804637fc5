//! What is known about each open container.

use std::borrow::Cow;

use crate::{
    json::Container,
    policy::{
        Plan,
        action::{self, Action},
    },
    rewrite::account::{PlaceId, PlaceStep},
};

/// An open container.
#[derive(Debug)]
pub(super) struct Frame<'p> {
    pub(super) is_array: bool,
    /// Where its active set begins, and where its children's begin.
    pub(super) active: usize,
    pub(super) children: usize,
    /// How many elements have begun.
    pub(super) index: u64,
    /// What acts on every leaf below.
    pub(super) inherited: Option<Acting<'p>>,
    /// Whether an entry names it, or something around it.
    pub(super) declared: bool,
    pub(super) step: Option<PlaceStep>,
    pub(super) place: Option<PlaceId>,
    /// Whether one of its children was written, and whether one was left out.
    pub(super) wrote: bool,
    pub(super) lost: bool,
    /// The gap before its first child, which will stand before the first that is written.
    pub(super) lead: Vec<u8>,
    /// Where its opening stands among the undecided; none once it is decided that it stays.
    pub(super) undecided: Option<usize>,
    /// The gap before itself, in case it goes.
    pub(super) gap_before: Vec<u8>,
    /// Whether it is left out, and read only in search of what must be refused.
    pub(super) skipped: bool,
}

/// Containers in which nothing can be found: only counted until they end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quiet {
    pub(super) depth: usize,
    pub(super) skip: bool,
}

/// An action, and the entry in whose name it acts.
#[derive(Clone, Debug)]
pub(super) struct Acting<'p> {
    pub(super) entry: u32,
    pub(super) action: Cow<'p, Action>,
}

impl<'p> Frame<'p> {
    pub(super) fn new(container: Container, active: usize, children: usize, step: Option<PlaceStep>) -> Self {
        Self {
            is_array: container == Container::Array,
            active,
            children,
            index: 0,
            inherited: None,
            declared: false,
            step,
            place: None,
            wrote: false,
            lost: false,
            lead: Vec::new(),
            undecided: None,
            gap_before: Vec::new(),
            skipped: false,
        }
    }
}

impl<'p> Acting<'p> {
    /// The stricter of two; of two that are equally strict, the name that comes first answers for it, so that the order of
    /// the file does not show.
    pub(super) fn and(self, other: Self, plan: &Plan) -> Self {
        let name = |entry: u32| plan.entry(entry).map(|entry| &entry.name);
        let (one, two) = (self.action.strictness(), other.action.strictness());
        let ours = one > two || one == two && name(self.entry) <= name(other.entry);
        let (first, second) = if ours { (self, other) } else { (other, self) };
        if one == two && first.action != second.action {
            Self { entry: first.entry, action: Cow::Owned(action::stricter(&first.action, &second.action)) }
        } else {
            first
        }
    }
}
