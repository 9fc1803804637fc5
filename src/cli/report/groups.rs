//! What may be said about groups of people: the one place that decides it.
//!
//! The rule: whatever a reader computes from all reports together holds also in a world where no group is smaller than k. A
//! crowd of fewer than k people is not told of at all. In a larger one, every figure splits it in two: those who met it and those
//! who did not. Where the first are fewer than k, the figure is left out, also when there is nobody; where the second are, it
//! reads "all, or all but fewer than k". Otherwise both are at least k, and the number is rounded down to a multiple of k.
//!
//! Why subtracting finds nothing: a crowd is one UTC day on one route, fixed for everybody. All that is printed of longer times and
//! of several routes is a sum of numbers that are printed; nothing is ever counted anew over another choice of days or routes, so
//! there are no overlapping groups to subtract. Within a crowd the reader has, for every figure, at most the
//! sizes of its two sides, which are none or at least k; people can be lined up so that any set of such sides has as many in common
//! as its smallest, so no intersection can be shown to be smaller than k and not empty. Rounding hides who came between two reports
//! about people who may still change their minds: one person moves a number by 0 or by k.
//!
//! These are threshold rule, complementary suppression, top and bottom coding and conventional rounding, as in A. Hundepool et al.,
//! "Statistical Disclosure Control" (Wiley 2012), chapters 2, 4 and 5; that every query is answered from a fixed partition
//! goes back to D. Denning, "Cryptography and Data Security" (1982), section 6.4.
//!
//! What would defeat it: a reader who knows from elsewhere what all but one of a group did; ids that the reader can invent (then
//! people are made to order); reports with different k, each rounded at other places. This is no differential privacy.

use super::crowd::{Count, Crowd};

/// The smallest k that protects anybody: of two, each knows what the other did.
pub(super) const LEAST: u64 = 3;

/// What is said about the people of a crowd, or of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// At least so many; a multiple of k.
    pub(super) people: u64,
    /// Everybody but for fewer than k.
    pub(super) nearly_all: bool,
}

/// A crowd's size, rounded; none where it is too small.
pub(super) fn size(all: Count, k: u64) -> Option<u64> {
    (all.held >= k).then(|| rounded(all.people(), k))
}

/// Those of a crowd who met something; none where nothing may be said.
pub(super) fn part(all: Count, part: Count, k: u64) -> Option<Group> {
    let rest = all.held.saturating_sub(part.held);
    match size(all, k)? {
        _ if part.held < k => None,
        people if rest < k => Some(Group { people, nearly_all: true }),
        _ => Some(Group { people: rounded(part.people(), k), nearly_all: false }),
    }
}

/// Every figure about which something may be said.
pub(super) fn parts(crowd: &Crowd, figures: usize, k: u64) -> Vec<(usize, Group)> {
    let all = crowd.all();
    (0..figures).filter_map(|figure| Some((figure, part(all, crowd.who_met(figure), k)?))).collect()
}

fn rounded(people: u64, k: u64) -> u64 {
    people - people % k.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(all: u64, part_: u64, k: u64) -> Option<(u64, bool)> {
        let count = |held| Count { held, each: 1 };
        part(count(all), count(part_), k).map(|group| (group.people, group.nearly_all))
    }

    #[test]
    fn few_and_nobody_are_told_alike_and_so_are_nearly_all_and_all() {
        for few in 0..10 {
            assert_eq!(told(57, few, 10), None);
            assert_eq!(told(57, 57 - few, 10), Some((50, true)));
        }
        assert_eq!(told(57, 10, 10), Some((10, false)));
        assert_eq!(told(57, 47, 10), Some((40, false)));
        assert_eq!(told(9, 9, 10), None);
        assert_eq!(told(19, 15, 10), Some((10, true)));
    }

    #[test]
    fn in_a_sample_the_people_who_were_counted_must_be_enough() {
        let (all, few) = (Count { held: 100, each: 8 }, Count { held: 9, each: 8 });
        assert_eq!(part(all, few, 10), None);
        assert_eq!(part(all, Count { held: 11, each: 8 }, 10), Some(Group { people: 80, nearly_all: false }));
    }
}
