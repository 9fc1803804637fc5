//! What is known about each open container.

use super::acting::Acting;
use crate::{
    json::Container,
    rewrite::account::{PlaceId, PlaceStep},
    selector::Set,
};

/// An open container. Kept small: one is made for every bracket.
#[derive(Debug)]
pub(super) struct Frame {
    /// Its active set.
    pub(super) set: Set,
    /// How many elements have begun.
    pub(super) index: u64,
    /// What acts on every leaf below.
    pub(super) inherited: Option<Acting>,
    pub(super) step: Option<PlaceStep>,
    pub(super) place: Option<PlaceId>,
    /// The gap before its first child, which will stand before the first that is written.
    pub(super) lead: Box<[u8]>,
    /// Its opening, where it is undecided whether it stays.
    pub(super) undecided: Option<Box<Undecided>>,
    pub(super) is_array: bool,
    /// Whether a child that no entry names is simply kept.
    pub(super) calm: bool,
    /// Whether an entry names it, or something around it.
    pub(super) declared: bool,
    /// Whether one of its children was written, and whether one was left out.
    pub(super) wrote: bool,
    pub(super) lost: bool,
    /// Whether it is left out, and read only in search of what must be refused.
    pub(super) skipped: bool,
}

/// The opening of a container of which it is undecided whether it holds anything declared.
#[derive(Debug)]
pub(super) struct Undecided {
    /// Where it stands among the undecided.
    pub(super) start: usize,
    /// The gap before it, in case it goes.
    pub(super) gap_before: Box<[u8]>,
}

/// Containers in which nothing can be found: only counted until they end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quiet {
    pub(super) depth: usize,
    pub(super) skip: bool,
}

impl Frame {
    #[inline]
    pub(super) fn new(container: Container, set: Set, step: Option<PlaceStep>) -> Self {
        Self {
            set,
            index: 0,
            inherited: None,
            step,
            place: None,
            lead: Box::default(),
            undecided: None,
            is_array: container == Container::Array,
            calm: false,
            declared: false,
            wrote: false,
            lost: false,
            skipped: false,
        }
    }
}
