//! What can be allowed together: the states that a policy's purposes can be in.
//!
//! The rule: an objection, a missing yes and a withdrawal are all a person's to choose, purpose by purpose; contract, law and
//! life are nobody's. A restriction leaves law and life alone, and nothing else.

use crate::policy::{Basis, Policy, Serves};

/// The purposes of one policy, sorted by who decides about them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground {
    /// Allowed whatever people decide.
    always: u128,
    /// Allowed even under a restriction.
    strictly: u128,
}

impl Ground {
    pub(super) fn of(policy: &Policy) -> Self {
        let bits = |fits: fn(Basis) -> bool| {
            let fitting = policy.purposes.iter().zip(0u32..).filter(|(purpose, _)| fits(purpose.basis));
            fitting.fold(0, |bits, (_, n)| bits | 1u128.checked_shl(n).unwrap_or(0))
        };
        Self { always: bits(Basis::is_always_allowed), strictly: bits(Basis::outlives_a_restriction) }
    }

    /// Whether people decide about this purpose.
    pub(super) fn is_decided_by_people(&self, purpose: u128) -> bool {
        self.always & purpose == 0
    }

    /// Of these purposes, the one that nothing can forbid, or else the first that no decision can.
    pub(super) fn strongest(&self, purposes: u128) -> Option<usize> {
        let first = |bits: u128| (bits != 0).then(|| bits.trailing_zeros() as usize);
        first(self.strictly & purposes).or_else(|| first(self.always & purposes))
    }

    /// Whether a decision about this purpose can turn on whether the data passes.
    pub(super) fn turns_on(&self, serves: Serves, purpose: u128) -> bool {
        match serves {
            Serves::Nothing => false,
            Serves::Any(bits) => bits & purpose != 0 && bits & self.always == 0,
            Serves::All(bits) => bits & purpose != 0,
        }
    }

    /// Whether `parent` withholds whenever `child` does. Both only ever gain from a purpose more, so it is enough to look
    /// at the least that lets the parent pass.
    pub(super) fn binds_whenever(&self, parent: Serves, child: Serves) -> bool {
        let single = parent.purposes().filter_map(|n| 1u128.checked_shl(u32::try_from(n).ok()?));
        [self.strictly, self.always, self.always | parent.bits()]
            .into_iter()
            .chain(single.map(|purpose| self.always | purpose))
            .filter(|allowed| parent.satisfied_by(*allowed))
            .all(|allowed| child.satisfied_by(allowed))
    }
}

impl Basis {
    /// Whether no decision of the person can forbid it.
    fn is_always_allowed(self) -> bool {
        match self {
            Self::Contract | Self::LegalObligation | Self::VitalInterests => true,
            Self::Consent | Self::PublicTask | Self::LegitimateInterests => false,
        }
    }

    /// Whether a restriction (GDPR Art. 18) leaves it allowed.
    fn outlives_a_restriction(self) -> bool {
        match self {
            Self::LegalObligation | Self::VitalInterests => true,
            Self::Contract | Self::Consent | Self::PublicTask | Self::LegitimateInterests => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_binds_whenever_its_child_does_if_what_lets_it_pass_lets_the_child_pass() {
        use Serves::{All, Any, Nothing};
        // 1 and 2 are for people to decide, 4 is a contract, 8 a law.
        let ground = Ground { always: 0b1100, strictly: 0b1000 };
        for (parent, child, expected) in [
            (Nothing, Any(1), true),
            (Nothing, Nothing, true),
            (Any(1), Nothing, false),
            (Any(1), Any(1), true),
            (Any(1), Any(3), true),
            (Any(3), Any(1), false),
            (All(3), Any(1), true),
            (Any(1), All(3), false),
            (All(3), All(3), true),
            (Any(1), Any(4), true),
            (Any(4), Any(1), false),
            (Any(4), Any(8), true),
            (Any(8), Any(4), false),
            (All(5), Any(1), true),
            (Any(1), All(5), true),
            (All(9), Any(1), true),
        ] {
            assert_eq!(ground.binds_whenever(parent, child), expected, "{parent:?} over {child:?}");
        }
    }

    #[test]
    fn a_switch_that_a_list_ignores_turns_on_nothing() {
        let ground = Ground { always: 0b100, strictly: 0 };
        assert!(ground.turns_on(Serves::Any(0b011), 0b001));
        assert!(!ground.turns_on(Serves::Any(0b101), 0b001));
        assert!(ground.turns_on(Serves::All(0b101), 0b001));
        assert!(!ground.turns_on(Serves::Nothing, 0b001));
    }
}
