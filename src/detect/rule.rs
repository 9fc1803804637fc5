//! What makes a rule: a sign, a reader, where a candidate may begin before its sign, and what goes on.

use std::ops::Range;

use smallvec::SmallVec;

use super::{Kind, Kinds, certainty::Certainty, cursor::Cursor, glance::Glance, site::Site};

/// How some kinds, or one way of writing one, are recognised.
#[derive(Debug)]
pub(super) struct Rule {
    /// What it finds.
    pub kinds: Kinds,
    /// Where to look closer.
    pub sign: Sign,
    /// Reads a candidate from its sign on. It must not look farther than it needs.
    pub read: Read,
    /// Where a candidate begins whose sign stands, or may come to stand, at a place; where it begins at its sign, none.
    pub lead: Option<Lead>,
    /// What may follow inside of one that is longer than can be held back.
    pub goes_on: fn(char) -> bool,
    /// Whether what is seen at a glance may be the beginning of one; for rules whose sign is a number.
    pub may_be: fn(&Glance) -> bool,
    /// Whether it says where nothing is to be found.
    pub is_spared: bool,
}

/// Given what is searched, before where all is found, and a place.
pub(super) type Lead = fn(&Site<'_>, usize, usize) -> Option<usize>;

/// Reads a candidate.
#[derive(Clone, Copy, Debug)]
pub(super) enum Read {
    /// Of one kind, which is always as sure: where it is.
    One(Certainty, fn(&mut Cursor<'_>) -> Option<Range<usize>>),
    /// Of those that are asked for: what it is.
    Many(fn(&mut Cursor<'_>, Kinds, &mut Sightings)),
}

/// What one candidate turns out to be.
pub(super) type Sightings = SmallVec<[Sighted; 4]>;

/// Where, what, and how sure.
pub(super) type Sighted = (Range<usize>, Kind, Certainty);

/// What is sought quickly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// `@`. The candidate may begin before it.
    At,
    /// A digit without one before it, a plus sign, an opening parenthesis.
    Number,
    /// One of these words, in capitals or not.
    Words(&'static [&'static str]),
}

impl Rule {
    pub const fn new(kinds: &[Kind], sign: Sign, read: Read) -> Self {
        Self {
            kinds: Kinds::of(kinds),
            sign,
            read,
            lead: None,
            goes_on: never,
            may_be: always,
            is_spared: false,
        }
    }

    pub const fn or_of(self, kinds: Kinds) -> Self {
        Self { kinds: self.kinds.union(kinds), ..self }
    }

    pub const fn led(self, lead: Lead) -> Self {
        Self { lead: Some(lead), ..self }
    }

    pub const fn seen_by(self, may_be: fn(&Glance) -> bool) -> Self {
        Self { may_be, ..self }
    }

    pub const fn spared(self) -> Self {
        Self { is_spared: true, ..self }
    }

    pub const fn going_on(self, goes_on: fn(char) -> bool) -> Self {
        Self { goes_on, ..self }
    }
}

/// For what is seen by reading only.
fn always(_: &Glance) -> bool {
    true
}

/// For what is always short.
fn never(_: char) -> bool {
    false
}
