//! One person with several ids: what all of them say, taken together.
//!
//! The rule: for each purpose a no of any id wins over a yes of another; of several the newest counts. A restriction of any id
//! restricts the person. It is strict because a link joins what was said apart: nobody knows which was meant last for both, and
//! what was said since is written for every id (`database.rs`).
//!
//! What would defeat it: handing in decisions that don't count for an id any more; the view `counting` in `migrations/` leaves
//! those out.

use std::collections::BTreeMap;

use crate::consent::Decision;

/// Of what each id's newest decisions say, the one that counts for each purpose, and about the person as a whole. They are handed
/// in as they stand in time.
pub(super) fn together(newest: Vec<Decision>) -> impl Iterator<Item = Decision> {
    let mut counts: BTreeMap<Option<String>, Decision> = BTreeMap::new();
    for decision in newest {
        match counts.get_mut(&decision.purpose) {
            Some(other) if other.kind.is_a_no() && !decision.kind.is_a_no() => {}
            Some(other) => *other = decision,
            None => drop(counts.insert(decision.purpose.clone(), decision)),
        }
    }
    counts.into_values()
}

#[cfg(test)]
mod tests {
    use DecisionKind::{Deny, Grant, Lift, Object, Restrict, Withdraw};
    use jiff::Timestamp;

    use super::*;
    use crate::consent::DecisionKind;

    fn decision(generation: u64, kind: DecisionKind) -> Decision {
        Decision {
            kind,
            purpose: kind.needs_purpose().then(|| "p".to_owned()),
            notice: None,
            text_digest: None,
            at: Timestamp::UNIX_EPOCH,
            expires: None,
            source: "test".to_owned(),
            jurisdiction: None,
            generation,
            via: None,
            of: None,
        }
    }

    #[test]
    fn any_no_wins_over_any_yes_and_of_equals_the_one_that_stands_last() {
        for (said, counts) in [
            (&[][..], &[][..]),
            (&[(1, Grant)], &[1]),
            (&[(1, Grant), (2, Grant)], &[2]),
            (&[(2, Grant), (1, Grant)], &[1]),
            (&[(1, Deny), (2, Grant)], &[1]),
            (&[(2, Grant), (1, Deny)], &[1]),
            (&[(2, Deny), (1, Object)], &[1]),
            (&[(1, Withdraw), (9, Grant)], &[1]),
            (&[(1, Object), (2, Grant)], &[1]),
            (&[(3, Grant), (1, Deny), (2, Object)], &[2]),
            (&[(1, Restrict), (2, Lift)], &[1]),
            (&[(1, Lift), (2, Grant)], &[1, 2]),
            (&[(1, Restrict), (2, Grant), (3, Deny)], &[1, 3]),
        ] {
            let newest = said.iter().map(|(n, kind)| decision(*n, *kind)).collect();
            let found: Vec<_> = together(newest).map(|decision| decision.generation).collect();
            assert_eq!(found, counts, "{said:?}");
        }
    }
}
