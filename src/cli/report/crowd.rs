//! The people of one day on one route, and what each of them met there.
//!
//! The rule: whom it holds depends on who was there, not on the order or on how often they came; and it holds no more than
//! [`MOST`], however many there were. Beyond that it keeps those whose number ends in enough zeros, a sample that is drawn by
//! the people themselves and so is the same every time (distinct sampling: P. Gibbons, "Distinct Sampling for Highly-Accurate
//! Answers to Distinct Values Queries", VLDB 2001). What would defeat it is numbers that are not evenly spread, so they
//! are digests.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use smallvec::SmallVec;

/// The most people that are held: above this, counts are right to about one in a hundred.
pub(super) const MOST: usize = 16_384;

/// Stands for one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Person(u64);

impl Person {
    /// The person of a receipt's reference.
    pub(super) fn of(reference: &str) -> Self {
        let digest = digest(&SHA256, reference.as_bytes());
        Self(digest.as_ref().first_chunk().map_or(0, |first| u64::from_be_bytes(*first)))
    }
}

/// Some people, and which figures each of them belongs to.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    people: HashMap<Person, Marks>,
    /// How many zeros a number must end in.
    zeros: u32,
}

#[derive(Debug, Default)]
struct Marks(SmallVec<[u64; 2]>);

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    /// How many were counted, one by one.
    pub(super) held: u64,
    /// How many people each of them stands for.
    pub(super) each: u64,
}

impl Crowd {
    /// Somebody met these figures.
    pub(super) fn met(&mut self, person: Person, figures: &[usize]) {
        self.met_at_most(person, figures, MOST);
    }

    fn met_at_most(&mut self, person: Person, figures: &[usize], most: usize) {
        if person.0.trailing_zeros() < self.zeros {
            return;
        }
        let marks = self.people.entry(person).or_default();
        figures.iter().for_each(|figure| marks.set(*figure));
        while self.people.len() > most {
            self.zeros += 1;
            self.people.retain(|person, _| person.0.trailing_zeros() >= self.zeros);
        }
    }

    /// Everybody.
    pub(super) fn all(&self) -> Count {
        self.count(self.people.len())
    }

    /// Those who met one figure.
    pub(super) fn who_met(&self, figure: usize) -> Count {
        self.count(self.people.values().filter(|marks| marks.has(figure)).count())
    }

    fn count(&self, held: usize) -> Count {
        Count { held: held as u64, each: 1 << self.zeros.min(63) }
    }
}

impl Count {
    /// About how many people.
    pub(super) fn people(self) -> u64 {
        self.held.saturating_mul(self.each)
    }
}

impl Marks {
    fn set(&mut self, figure: usize) {
        let word = figure / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (figure % 64);
        }
    }

    fn has(&self, figure: usize) -> bool {
        self.0.get(figure / 64).is_some_and(|bits| bits & 1 << (figure % 64) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: usize) -> Person {
        Person::of(&format!("person {n}"))
    }

    #[test]
    fn somebody_who_comes_a_hundred_times_is_one_person_who_met_each_figure_once() {
        let mut crowd = Crowd::default();
        for n in 0..100 {
            crowd.met(person(1), &[n % 2, 200]);
        }
        crowd.met(person(2), &[1]);
        let people = |figure| crowd.who_met(figure).people();
        assert_eq!((crowd.all().people(), people(0), people(1), people(200), people(63)), (2, 1, 2, 1, 0));
    }

    #[test]
    fn a_crowd_that_is_too_large_becomes_a_sample_that_order_does_not_change() {
        let gather = |order: &mut dyn Iterator<Item = usize>| {
            let mut crowd = Crowd::default();
            for n in order {
                crowd.met_at_most(person(n), &[n % 4], 1_000);
            }
            crowd
        };
        let (one, other) = (gather(&mut (0..40_000)), gather(&mut (0..40_000).rev().chain(0..40_000)));
        assert!(one.people.len() <= 1_000 && one.zeros > 0);
        assert_eq!(one.all(), other.all());
        for figure in 0..4 {
            assert_eq!(one.who_met(figure), other.who_met(figure));
        }
        let about = |count: Count, truth: u64| count.people().abs_diff(truth) < truth / 5;
        assert!(about(one.all(), 40_000) && about(one.who_met(3), 10_000), "{:?}", one.all());
    }
}
