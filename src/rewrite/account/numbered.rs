//! Numbers things in the order in which they first come.
//!
//! The rule: a few are looked through one after the other, which is cheaper than hashing them; many are looked up.

use std::{collections::HashMap, hash::Hash};

/// More than this are looked up.
const FEW: usize = 16;

/// Things, by their numbers.
#[derive(Clone, Debug)]
pub(super) struct Numbered<T> {
    things: Vec<T>,
    /// Their numbers; empty while they are few.
    numbers: HashMap<T, usize, foldhash::fast::RandomState>,
}

impl<T: Copy + Eq + Hash> Numbered<T> {
    /// The number of a thing, which is the next one where it is new.
    pub(super) fn number(&mut self, thing: T) -> usize {
        if let Some(number) = self.find(&thing) {
            return number;
        }
        let number = self.things.len();
        if number == 0 {
            self.things.reserve(FEW);
        }
        self.things.push(thing);
        if number == FEW {
            self.numbers = self.things.iter().copied().zip(0..).collect();
        } else if number > FEW {
            self.numbers.insert(thing, number);
        }
        number
    }

    /// The number of a thing that has one.
    pub(super) fn find(&self, thing: &T) -> Option<usize> {
        if self.things.len() <= FEW {
            return self.things.iter().position(|known| known == thing);
        }
        self.numbers.get(thing).copied()
    }

    pub(super) fn get(&self, number: usize) -> Option<&T> {
        self.things.get(number)
    }

    pub(super) fn len(&self) -> usize {
        self.things.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.things.iter()
    }
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { things: Vec::new(), numbers: HashMap::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_numbered_in_the_order_in_which_they_come() {
        let mut numbered = Numbered::default();
        for round in 0..2 {
            for thing in 0..10 * FEW {
                assert_eq!(numbered.number(thing * 7), thing, "round {round}");
            }
        }
        assert_eq!(numbered.len(), 10 * FEW);
        assert_eq!(numbered.find(&1), None);
        assert_eq!(numbered.get(2), Some(&14));
    }
}
