//! What a policy says about detection.
//!
//! The rule: what is not set costs nothing and changes nothing. A finding less sure than its kind needs is none, before it can overlap
//! with another; a value that is nobody's is looked at when all that overlaps is one finding, so that no part of it is found instead.
//! What is too long to be decided is found, however sure a finding has to be.

use super::{
    Kinds, Names,
    certainty::Certainty,
    home::{Languages, Regions},
    ignored::Ignored,
    own::Own,
};

/// What a policy says about detection, compiled.
#[derive(Clone, Debug, Default)]
pub struct Tuning {
    /// What kinds are called.
    pub names: Names,
    /// The policy's own kinds that have a pattern.
    pub own: Own,
    /// How sure findings have to be.
    pub least: Least,
    /// Values that are nobody's.
    pub ignored: Ignored,
    /// Whose telephone numbers and ids need no word beside them.
    pub regions: Regions,
    /// Whose words beside numbers count.
    pub languages: Languages,
}

/// How sure a finding has to be, kind by kind; where nothing is said, it need not be.
#[derive(Clone, Debug, Default)]
pub struct Least(Vec<(Kinds, u8)>);

impl Least {
    /// Findings of these kinds have to be as sure as this, of a hundred. What was said of them before no longer counts.
    pub fn set(&mut self, kinds: Kinds, percent: u8) {
        for (others, _) in &mut self.0 {
            *others = others.intersection(kinds.complement());
        }
        self.0.retain(|(others, _)| !others.is_empty());
        if percent > 0 {
            self.0.push((kinds, percent));
        }
    }

    /// Those kinds for which a finding is sure enough.
    pub fn sure(&self, kinds: Kinds, certainty: Certainty) -> Kinds {
        let unsure = self.0.iter().filter(|(_, least)| certainty.percent() < *least);
        unsure.fold(kinds, |kinds, (unsure, _)| kinds.intersection(unsure.complement()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Kind;

    #[test]
    fn the_last_word_about_a_kind_counts() {
        let mut least = Least::default();
        assert_eq!(least.sure(Kinds::all(), Certainty::PATTERN), Kinds::all());
        least.set(Kinds::EVERY, 80);
        least.set(Kind::Phone.into(), 60);
        least.set(Kind::Url.into(), 0);
        let few = [Kind::Email, Kind::Phone, Kind::Url].into_iter().collect();
        assert_eq!(least.sure(few, Certainty::PATTERN).to_string(), "phone+url");
        assert_eq!(least.sure(few, Certainty::FORM), few);
        assert!(least.sure(Kinds::own(0).unwrap(), Certainty::PATTERN).is_empty());
    }
}
