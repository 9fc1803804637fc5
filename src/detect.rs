//! Finds personal data in free text.
//!
//! The rule: what is found depends on the text and the kinds asked for, never on how the text was cut; and the work grows with
//! the text, whatever the text is. So a kind is three things, and only these (`rule.rs`): a sign that can be sought
//! quickly, a reader that starts at the sign and looks at no more than it needs, and what may follow where a candidate grows
//! longer than can be held back. A reader that looked at the end of what has come has not decided; that is all there is to
//! pieces. What would defeat it: a reader that asks for something other than the text, its kind and what stands just before.
//!
//! In doubt it is found: better too much withheld than too little.

mod aws;
mod card;
mod cursor;
mod email;
mod finder;
mod github;
mod kind;
mod number;
mod phone;
mod rule;
mod scan;
mod search;
mod signs;
mod slack;
mod ssn;
mod tagger;
mod unit;
mod words;

use std::sync::Arc;

pub use kind::{Kind, Kinds};
pub use finder::Scan;

use crate::text::{Edge, Found, Scanner};
use rule::{RULES, Sign};
use words::Words;

/// What is sought, compiled: one for a policy, for all the kinds it names.
#[derive(Clone, Debug)]
pub struct Detector {
    kinds: Kinds,
    /// The words by which some kinds begin.
    words: Words,
}

impl Detector {
    /// Compiles the search for some kinds.
    pub fn new(kinds: Kinds) -> Self {
        let rules = RULES.iter().enumerate().filter(|(_, rule)| kinds.contains(rule.kind));
        let words = rules.flat_map(|(number, rule)| match rule.sign {
            Sign::Words(words) => words.iter().map(|word| (*word, number)).collect(),
            Sign::At | Sign::Number => Vec::new(),
        });
        Self { kinds, words: Words::new(words.collect()) }
    }

    /// The kinds that this can find.
    pub fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// Looks for some of these kinds in one text. Those not asked for are as if they did not exist.
    pub fn scanner(&self, kinds: Kinds) -> Scan<&Self> {
        Scan::new(self, kinds)
    }

    /// The same, for a text that comes over a time for which nothing can be borrowed.
    pub fn shared_scanner(self: &Arc<Self>, kinds: Kinds) -> Scan<Arc<Self>> {
        Scan::new(Arc::clone(self), kinds)
    }

    /// What there is in a whole text.
    pub fn find(&self, text: &str, kinds: Kinds) -> Vec<Found<Kinds>> {
        let mut found = Vec::new();
        self.scanner(kinds).scan(text, Edge::End, &mut found);
        found
    }
}

#[cfg(test)]
mod tests;
