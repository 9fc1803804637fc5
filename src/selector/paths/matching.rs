//! The active sets of a place and of everything around it.
//!
//! The rule: a container's set is what was entered at it, and whatever stays that was entered at it or around it.

use super::{ACCEPTS, NodeId};

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
    /// What its nodes are good for.
    good_for: NodeId,
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
        let nodes = self.entered(from).iter().chain(&self.staying);
        Set { from, to: self.mark(), good_for: nodes.fold(0, |all, id| all | id) }
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

    /// Enters a node into the set that begins at `base`; false where it is there already.
    #[inline]
    pub(super) fn enter(&mut self, base: usize, id: NodeId) -> bool {
        let is_new = !self.entered.get(base..).unwrap_or_default().contains(&id);
        if is_new {
            self.entered.push(id);
            self.found |= id & ACCEPTS != 0;
        }
        is_new
    }

    /// From here on, a node stays.
    pub(super) fn stay(&mut self, id: NodeId) {
        if !self.staying.contains(&id) {
            self.staying.push(id);
        }
    }

    #[inline]
    pub(super) fn entered(&self, from: Mark) -> &[NodeId] {
        self.entered.get(from.entered..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn get(&self, set: Set, n: usize) -> NodeId {
        let id = match n.checked_sub(set.to.staying) {
            None => self.staying.get(n),
            Some(n) => self.entered.get(set.from.entered + n),
        };
        id.copied().unwrap_or_default()
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

    /// Whether one of its nodes is good for one of these.
    #[inline]
    pub(super) fn has(self, some: NodeId) -> bool {
        self.good_for & some != 0
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
