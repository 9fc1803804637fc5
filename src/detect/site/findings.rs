//! What was found in a text so far, for whoever asks what stands near.
//!
//! The rule: every candidate asks where what it overlaps begins, and many texts are full of findings; so the answers are kept ready, and
//! nobody goes through what was found. What would defeat it: a finding that is added otherwise than by [`Findings::push`].

use std::ops::Range;

use smallvec::SmallVec;

use super::Finding;

/// What was found so far.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Findings {
    all: SmallVec<[Finding; 4]>,
    /// Where they end, in order.
    ends: SmallVec<[usize; 4]>,
    /// What has to be seen again together: findings that overlap, with what announces them; in order and apart.
    together: SmallVec<[Range<usize>; 4]>,
}

impl Findings {
    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        let end = finding.at.end;
        self.ends.insert(self.ends.partition_point(|other| *other <= end), end);
        self.join(finding.since..end);
        self.all.push(finding);
    }

    /// All of them.
    pub fn all(&self) -> &[Finding] {
        &self.all
    }

    /// Brings them in order; those that overlap become one, of all their kinds.
    pub fn unite(&mut self) {
        let mut all = self.take();
        unite(&mut all);
        all.into_iter().for_each(|finding| self.push(finding));
    }

    /// All of them, and none is left.
    pub fn take(&mut self) -> SmallVec<[Finding; 4]> {
        std::mem::take(self).all
    }

    /// Where the last of them ends.
    pub fn last_end(&self) -> Option<usize> {
        self.ends.last().copied()
    }

    /// Where the last of them ends that is over at a place.
    pub fn last_end_before(&self, at: usize) -> Option<usize> {
        let over = self.ends.partition_point(|end| *end <= at);
        self.ends.get(over.checked_sub(1)?).copied()
    }

    /// Where that begins which has to be seen again together with what begins at a place.
    pub fn since(&self, at: usize) -> usize {
        let begun = self.together.partition_point(|one| one.start < at);
        let last = begun.checked_sub(1).and_then(|last| self.together.get(last));
        last.filter(|one| one.end > at).map_or(at, |one| one.start)
    }

    /// Adds a stretch that has to be seen again as one.
    fn join(&mut self, stretch: Range<usize>) {
        let first = self.together.partition_point(|one| one.end <= stretch.start);
        let behind = self.together.partition_point(|one| one.start < stretch.end).max(first);
        let joined = self.together.drain(first..behind);
        let joined = joined.fold(stretch, |all, one| all.start.min(one.start)..all.end.max(one.end));
        self.together.insert(first, joined);
    }
}

/// What is found within what is spared is none; what goes beyond that, is.
fn spare(found: &mut SmallVec<[Finding; 4]>) {
    let spared: SmallVec<[Range<usize>; 2]> =
        found.iter().filter(|found| found.what.is_empty()).map(|found| found.at.clone()).collect();
    if spared.is_empty() {
        return;
    }
    let is_within = |at: &Range<usize>| spared.iter().any(|own| own.start <= at.start && at.end <= own.end);
    found.retain(|found| found.what.is_empty() || !is_within(&found.at));
}

/// Brings findings in order; those that overlap become one, of all their kinds.
fn unite(found: &mut SmallVec<[Finding; 4]>) {
    spare(found);
    found.sort_unstable_by_key(|found| found.at.start);
    found.dedup_by(|next, last| {
        let overlap = next.at.start < last.at.end;
        if overlap {
            last.at.end = last.at.end.max(next.at.end);
            last.what = last.what.union(next.what);
            last.certainty = last.certainty.max(next.certainty);
            last.since = last.since.min(next.since);
        }
        overlap
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::detect::{Certainty, Kinds};

    proptest! {
        #[test]
        fn what_is_kept_ready_is_what_going_through_all_of_them_says(
            stretches in prop::collection::vec((0..40_usize, 0..4_usize, 1..9_usize), 0..12), at in 0..50_usize
        ) {
            let all: Vec<(usize, usize)> = stretches.iter().map(|(since, lead, length)| (*since, since + lead + length)).collect();
            let mut findings = Findings::default();
            for ((since, end), (_, lead, _)) in all.iter().zip(&stretches) {
                let at = since + lead..*end;
                findings.push(Finding { at, what: Kinds::NONE, certainty: Certainty::PATTERN, since: *since });
            }
            let mut from = at;
            while let Some((since, _)) = all.iter().find(|(since, end)| *since < from && *end > from) {
                from = *since;
            }
            prop_assert_eq!(findings.since(at), from);
            let over = all.iter().map(|(_, end)| *end).filter(|end| *end <= at).max();
            prop_assert_eq!(findings.last_end_before(at), over);
            prop_assert_eq!(findings.last_end(), all.iter().map(|(_, end)| *end).max());
            prop_assert_eq!(findings.take().len(), all.len());
        }
    }
}
