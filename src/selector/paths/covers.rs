//! Whether some selectors find everything that another one finds.
//!
//! The rule: a yes is always true; a no may be wrong. So of several ways on, only what all of them reach counts.

use super::{BodySelector, Mark, Matching, NodeId, Paths, Set, Step};

impl Paths {
    /// Whether every place that `other` can match is matched here, or lies below a place that is.
    pub fn covers(&self, other: &BodySelector) -> bool {
        let mut matching = Matching::default();
        self.root(&mut matching);
        for segment in &other.segments {
            if self.accepts_all(&matching) {
                return true;
            }
            if segment.descend {
                matching.replace(Vec::new(), Vec::new());
            }
            self.through_all(&mut matching, &segment.steps);
        }
        self.accepts_all(&matching)
    }

    fn accepts_all(&self, matching: &Matching) -> bool {
        self.accepted(matching, Mark::default()).next().is_some()
    }

    /// Keeps what is active whichever of the steps was taken.
    fn through_all(&self, matching: &mut Matching, steps: &[Step]) {
        let (set, end) = (matching.set(Mark::default()), matching.mark());
        let mut kept: Option<(Vec<NodeId>, Vec<NodeId>)> = None;
        for step in steps {
            self.through(matching, set, step);
            let reached = matching.split_off(end);
            kept = Some(match kept {
                None => reached,
                Some(kept) => (both(kept.0, &reached.0), both(kept.1, &reached.1)),
            });
        }
        let (entered, staying) = kept.unwrap_or_default();
        matching.replace(entered, staying);
    }

    fn through(&self, matching: &mut Matching, set: Set, step: &Step) {
        if let Step::Name(name) = step {
            self.member(matching, set, name.as_bytes(), self.hasher.hash(name.as_bytes()));
            return;
        }
        let base = matching.begin();
        for n in 0..set.len() {
            let Some(node) = self.node(matching.get(set, n)) else { continue };
            let wider = node.elements.iter().filter(|(ours, _)| ours.has_all(step));
            for target in wider.map(|(_, target)| target).chain(&node.any) {
                self.enter(matching, base, *target);
            }
        }
    }
}

impl Step {
    /// Whether every element that `other` selects is selected.
    fn has_all(&self, other: &Self) -> bool {
        if let (Self::Elements { start: 0, end: None, step: 1 }, Self::Slice(_)) = (self, other) {
            return true;
        }
        let (
            Self::Elements { end, step, .. },
            Self::Elements { start: first, end: other_end, step: other_step },
        ) = (self, other)
        else {
            return *self == Self::Any;
        };
        let last = other_end.map(|end| end - 1 - (end - 1 - first) % other_step);
        let reaches = last.is_some_and(|last| self.has(last)) || last.is_none() && end.is_none();
        self.has(*first) && reaches && (last == Some(*first) || other_step.is_multiple_of(*step))
    }
}

fn both(one: Vec<NodeId>, other: &[NodeId]) -> Vec<NodeId> {
    one.into_iter().filter(|id| other.contains(id)).collect()
}
