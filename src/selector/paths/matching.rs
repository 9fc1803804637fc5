//! The active sets of a place and of everything around it.
//!
//! The rule: a container's set is what was entered at it, and whatever stays that was entered at it or around it.

use super::NodeId;

/// A stack of active sets, one per open container and one for the place at hand.
#[derive(Debug, Default)]
pub struct Matching {
    /// What was entered, place by place.
    entered: Vec<NodeId>,
    /// What stays, from the root down.
    staying: Vec<NodeId>,
    /// Whether a node of the newest set accepts.
    found: bool,
}

/// Where a set begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    entered: usize,
    staying: usize,
}

/// The active set of an open container.
#[derive(Clone, Copy, Debug)]
pub struct Set {
    from: Mark,
    to: Mark,
}

impl Matching {
    /// Where the next set will begin.
    #[inline]
    pub fn mark(&self) -> Mark {
        Mark { entered: self.entered.len(), staying: self.staying.len() }
    }

    /// The newest set, which begins here.
    #[inline]
    pub fn set(&self, from: Mark) -> Set {
        Set { from, to: self.mark() }
    }

    /// Whether the place of the newest set belongs to some entry.
    #[inline]
    pub fn found(&self) -> bool {
        self.found
    }

    /// Forgets the sets that begin here or later.
    #[inline]
    pub fn truncate(&mut self, from: Mark) {
        self.entered.truncate(from.entered);
        self.staying.truncate(from.staying);
    }

    pub(super) fn clear(&mut self) {
        self.truncate(Mark::default());
        self.found = false;
    }

    /// Begins a new set.
    #[inline]
    pub(super) fn begin(&mut self) -> usize {
        self.found = false;
        self.entered.len()
    }

    /// Enters a node into the set that begins at `base`.
    #[inline]
    pub(super) fn enter(&mut self, base: usize, id: NodeId, accepts: bool, below: Option<NodeId>) {
        if self.entered.get(base..).unwrap_or_default().contains(&id) {
            return;
        }
        self.entered.push(id);
        self.found |= accepts;
        if let Some(below) = below
            && !self.staying.contains(&below)
        {
            self.staying.push(below);
        }
    }

    #[inline]
    pub(super) fn entered(&self, from: Mark) -> &[NodeId] {
        self.entered.get(from.entered..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn get(&self, set: Set, n: usize) -> Option<NodeId> {
        match set.to.staying.checked_sub(n + 1) {
            Some(staying) => self.staying.get(staying).copied(),
            None => self.entered.get(set.from.entered + n - set.to.staying).copied(),
        }
    }

    /// Takes out what the newest set added.
    pub(super) fn split_off(&mut self, from: Mark) -> (Vec<NodeId>, Vec<NodeId>) {
        (self.entered.split_off(from.entered), self.staying.split_off(from.staying))
    }

    /// Makes this the only set, together with what stays.
    pub(super) fn replace(&mut self, entered: Vec<NodeId>, staying: Vec<NodeId>) {
        self.entered = entered;
        self.staying.extend(staying);
    }
}

impl Set {
    /// Where it begins.
    #[inline]
    pub fn from(self) -> Mark {
        self.from
    }

    /// How many nodes are active.
    #[inline]
    pub fn len(self) -> usize {
        self.to.entered - self.from.entered + self.to.staying
    }

    /// Whether nothing below can be matched.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}
