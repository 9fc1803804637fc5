//! What happens to data that may not pass, and which of two actions is the stricter.
//!
//! The rule: where entries meet, the outcome does not depend on their order. [`stricter`] is commutative, associative
//! and idempotent; a property test holds it to that.

use serde_json::Value;

use crate::pseudonym::Style;

/// What happens to data that may not pass.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// It passes; only the receipt speaks of it.
    Keep,
    /// It becomes coarser.
    Generalise(Grain),
    /// All but its last characters are covered.
    Mask {
        /// How many characters stay readable; never more than half.
        keep_last: u32,
    },
    /// It becomes a token that stands for it, and that only Assentry can turn back.
    Pseudonymise(Style),
    /// It becomes a keyed hash.
    Hash,
    /// It becomes a fixed value; none for `"[withheld]"` in place of a text and `null` in place of anything else.
    Redact(Option<Value>),
    /// It is removed.
    Drop,
    /// The request is refused.
    Refuse,
}

/// How coarse a generalised value becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// A number keeps so many decimals, cut off towards zero.
    Decimals(u32),
    /// A number becomes the largest multiple of this that is not above it.
    Bucket(u64),
    /// Two bucket sizes of which neither is a multiple of the other, by their least common multiple: nothing is kept,
    /// unless a third entry names a size that is a multiple of both.
    Between(u64),
    /// A date keeps its year and month.
    Month,
    /// A date keeps its year.
    Year,
    /// An IP address keeps its network: /24 for version 4, /48 for version 6.
    Ip,
    /// A text keeps so many characters from its beginning; never more than half.
    KeepFirst(u32),
    /// Two grains that have nothing in common: nothing is kept.
    Nothing,
}

impl Action {
    /// The word in policy files, receipts and explanations.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Generalise(Grain::Between(_) | Grain::Nothing) => "redact",
            Self::Generalise(_) => "generalise",
            Self::Mask { .. } => "mask",
            Self::Pseudonymise(_) => "pseudonymise",
            Self::Hash => "hash",
            Self::Redact(_) => "redact",
            Self::Drop => "drop",
            Self::Refuse => "refuse",
        }
    }

    /// Higher is stricter.
    pub fn strictness(&self) -> u8 {
        match self {
            Self::Keep => 0,
            Self::Generalise(_) => 1,
            Self::Mask { .. } => 2,
            Self::Pseudonymise(_) => 3,
            Self::Hash => 4,
            Self::Redact(_) => 5,
            Self::Drop => 6,
            Self::Refuse => 7,
        }
    }

    /// The same for an action of which only the name is left, as in an account.
    pub fn strictness_of(name: &str) -> u8 {
        let grain = Self::Generalise(Grain::Nothing);
        let pseudonym = Self::Pseudonymise(Style::Stable);
        let mask = Self::Mask { keep_last: 0 };
        let known = [grain, mask, pseudonym, Self::Hash, Self::Redact(None), Self::Drop, Self::Refuse];
        let words = ["generalise", "mask", "pseudonymise", "hash", "redact", "drop", "refuse"];
        words.iter().zip(&known).find(|(word, _)| **word == name).map_or(0, |(_, action)| action.strictness())
    }

    /// Whether it acts on each leaf of a container rather than on the container.
    pub fn is_for_leaves(&self) -> bool {
        match self {
            Self::Keep | Self::Generalise(_) | Self::Mask { .. } | Self::Pseudonymise(_) | Self::Hash => true,
            Self::Redact(_) | Self::Drop | Self::Refuse => false,
        }
    }
}

/// The stricter of two actions; of two settings of one action the coarser, or one that redacts where neither is. What
/// redacts for that reason keeps its rank: a third entry may still settle the matter, whatever the order.
pub fn stricter(one: &Action, other: &Action) -> Action {
    match (one, other) {
        (one, other) if one == other => one.clone(),
        (Action::Mask { keep_last: one }, Action::Mask { keep_last: other }) => {
            Action::Mask { keep_last: *one.min(other) }
        }
        (Action::Generalise(one), Action::Generalise(other)) => Action::Generalise(coarser(*one, *other)),
        // A brief token shows equality within one exchange only.
        (Action::Pseudonymise(_), Action::Pseudonymise(_)) => Action::Pseudonymise(Style::Brief),
        (Action::Redact(_), Action::Redact(_)) => Action::Redact(None),
        (one, other) if one.strictness() >= other.strictness() => one.clone(),
        (_, other) => other.clone(),
    }
}

/// The coarser of two grains, where one keeps nothing that the other does not.
fn coarser(one: Grain, other: Grain) -> Grain {
    match (one, other) {
        (one, other) if one == other => one,
        (Grain::Decimals(one), Grain::Decimals(other)) => Grain::Decimals(one.min(other)),
        (Grain::KeepFirst(one), Grain::KeepFirst(other)) => Grain::KeepFirst(one.min(other)),
        (Grain::Month | Grain::Year, Grain::Month | Grain::Year) => Grain::Year,
        (
            Grain::Bucket(size) | Grain::Between(size),
            Grain::Bucket(other_size) | Grain::Between(other_size),
        ) => {
            let named = [one, other];
            match least_common_multiple(size, other_size) {
                Some(multiple) if named.contains(&Grain::Bucket(multiple)) => Grain::Bucket(multiple),
                Some(multiple) => Grain::Between(multiple),
                None => Grain::Nothing,
            }
        }
        _ => Grain::Nothing,
    }
}

fn least_common_multiple(one: u64, other: u64) -> Option<u64> {
    let (mut divisor, mut rest) = (one, other);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    one.checked_div(divisor)?.checked_mul(other)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn actions() -> impl Strategy<Value = Action> {
        prop_oneof![
            Just(Action::Keep),
            grains().prop_map(Action::Generalise),
            (0..4u32).prop_map(|keep_last| Action::Mask { keep_last }),
            Just(Action::Hash),
            Just(Action::Pseudonymise(Style::Stable)),
            Just(Action::Pseudonymise(Style::Brief)),
            Just(Action::Redact(None)),
            Just(Action::Redact(Some(0.into()))),
            Just(Action::Redact(Some("x".into()))),
            Just(Action::Drop),
        ]
    }

    fn grains() -> impl Strategy<Value = Grain> {
        prop_oneof![
            (0..3u32).prop_map(Grain::Decimals),
            prop_oneof![Just(10u64), Just(20), Just(30), Just(60)].prop_map(Grain::Bucket),
            Just(Grain::Month),
            Just(Grain::Year),
            Just(Grain::Ip),
            (0..3u32).prop_map(Grain::KeepFirst),
        ]
    }

    proptest! {
        #[test]
        fn order_does_not_matter(a in actions(), b in actions(), c in actions()) {
            prop_assert_eq!(stricter(&a, &b), stricter(&b, &a));
            prop_assert_eq!(stricter(&a, &a), a.clone());
            prop_assert!(stricter(&a, &b).strictness() >= a.strictness());
            prop_assert_eq!(stricter(&a, &stricter(&b, &c)), stricter(&stricter(&a, &b), &c));
        }
    }

    proptest! {
        #[test]
        fn the_name_alone_tells_how_strict_an_action_is(action in actions()) {
            prop_assert_eq!(Action::strictness_of(action.name()), action.strictness());
        }
    }

    #[test]
    fn of_two_settings_the_coarser_acts_or_redact() {
        let grain = Action::Generalise;
        for (one, other, expected) in [
            (Action::Mask { keep_last: 4 }, Action::Mask { keep_last: 2 }, Action::Mask { keep_last: 2 }),
            (grain(Grain::Decimals(2)), grain(Grain::Decimals(1)), grain(Grain::Decimals(1))),
            (grain(Grain::Bucket(10)), grain(Grain::Bucket(50)), grain(Grain::Bucket(50))),
            (grain(Grain::Bucket(10)), grain(Grain::Bucket(25)), grain(Grain::Between(50))),
            (grain(Grain::Month), grain(Grain::Year), grain(Grain::Year)),
            (grain(Grain::Month), grain(Grain::Ip), grain(Grain::Nothing)),
            (Action::Redact(None), Action::Redact(Some(1.into())), Action::Redact(None)),
            (Action::Hash, Action::Mask { keep_last: 0 }, Action::Hash),
            (Action::Drop, Action::Redact(None), Action::Drop),
            (Action::Refuse, Action::Drop, Action::Refuse),
        ] {
            assert_eq!(stricter(&one, &other), expected, "{one:?} and {other:?}");
        }
    }
}
