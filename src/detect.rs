//! Finds personal data in free text.
//!
//! The rule: what is found depends on the text and the kinds asked for, never on how the text was cut; and the work grows with
//! the text, whatever the text is. So a rule is four things, and only these (`rule.rs`): a sign that can be sought
//! quickly, a reader that starts at the sign and looks at no more than it needs, where a candidate may begin before its sign, and
//! what may follow where one grows longer than can be held back. A reader that looked at the end of what has come has not
//! decided; that is all there is to pieces. What would defeat it: a reader that asks for something other than the text, its
//! kinds and the few words that stand just before.
//!
//! What has check digits is found by them, what begins as nothing else does by that, and what is only so many digits where a word
//! beside it says what it is (`context.rs`). However a character is written, it reads as what it means (`unit.rs`).
//!
//! In doubt it is found: better too much withheld than too little.

mod age;
mod aws;
mod bic;
mod card;
mod certainty;
mod check;
mod context;
mod context_words;
mod coordinates;
mod cursor;
mod email;
mod encoded;
mod entity;
mod entropy;
mod finder;
mod fold;
mod github;
mod glance;
mod home;
mod iban;
mod ids;
mod ignored;
mod ip;
mod kind;
mod kinds;
mod labelled;
mod mac;
mod names;
mod north_america;
mod number;
mod own;
mod phone;
mod rule;
mod rules;
mod scan;
mod search;
mod secret;
mod signs;
mod site;
mod slack;
mod spared;
mod spelled;
mod ssn;
#[cfg(any(test, fuzzing))]
pub mod steps;
mod tagger;
mod telegram;
mod tuning;
mod unit;
mod url;
mod wallet;
mod words;

use std::sync::Arc;

pub use certainty::{Certainty, Reason};
pub use finder::Scan;
pub use home::{Languages, Regions};
pub use ignored::Ignored;
pub use kind::Kind;
pub use kinds::Kinds;
pub use names::Names;
pub use own::{Check, Fault, Own, Pattern};
pub use tuning::{Least, Tuning};

use crate::text::{Edge, Found, Scanner};
use rule::Sign;
use rules::RULES;
use search::Wanted;
use words::Words;

/// What is sought, compiled: one for a policy, for all the kinds it names.
#[derive(Clone, Debug)]
pub struct Detector {
    wanted: Wanted,
    /// The words by which some kinds begin.
    words: Words,
    /// What the policy says beyond that.
    tuning: Arc<Tuning>,
}

impl Detector {
    /// Compiles the search for some built-in kinds.
    pub fn new(kinds: Kinds) -> Self {
        Self::tuned(kinds, Arc::default())
    }

    /// Compiles the search for some kinds as a policy says.
    pub fn tuned(kinds: Kinds, tuning: Arc<Tuning>) -> Self {
        let rules = RULES.iter().enumerate().filter(|(_, rule)| kinds.meets(rule.kinds));
        let words = rules.flat_map(|(number, rule)| match rule.sign {
            Sign::Words(words) => words.iter().map(|word| (*word, number)).collect(),
            Sign::At | Sign::Number => Vec::new(),
        });
        prepare(kinds);
        Self { wanted: Wanted::new(kinds, &tuning), words: Words::new(words.collect()), tuning }
    }

    /// The kinds that this can find.
    pub fn kinds(&self) -> Kinds {
        self.wanted.kinds
    }

    /// What the kinds are called.
    pub fn names(&self) -> &Names {
        &self.tuning.names
    }

    /// What the policy says about findings, for those that come from elsewhere.
    pub fn tuning(&self) -> &Tuning {
        &self.tuning
    }

    /// Looks for some of these kinds in one text. Those not asked for are as if they did not exist.
    pub fn scanner(&self, kinds: Kinds) -> Scan<&Self> {
        Scan::new(self, kinds)
    }

    /// The same, for a text that comes over a time for which nothing can be borrowed.
    pub fn shared_scanner(self: &Arc<Self>, kinds: Kinds) -> Scan<Arc<Self>> {
        Scan::new(Arc::clone(self), kinds)
    }

    /// What there is in a whole text, and how sure that is.
    pub fn look(&self, text: &str, kinds: Kinds) -> Vec<Found<Sighting>> {
        let mut found = Vec::new();
        self.scanner(kinds).look(text, Edge::End, |sighting| found.push(sighting));
        found
    }

    /// What there is in a whole text.
    pub fn find(&self, text: &str, kinds: Kinds) -> Vec<Found<Kinds>> {
        let mut found = Vec::new();
        self.scanner(kinds).scan(text, Edge::End, &mut found);
        found
    }
}

/// Makes the tables that some kinds need, so that nothing need be made while a text is looked through.
fn prepare(kinds: Kinds) {
    let needs_ids = kinds.meets(Kinds::of(ids::KINDS));
    if needs_ids {
        ids::prepare();
    }
    if kinds.contains(Kind::Phone) {
        phone::prepare();
    }
    if needs_ids || kinds.meets(Kinds::of(&[Kind::Phone, Kind::PersonName, Kind::CryptoWallet])) {
        context::prepare();
    }
}

/// What was found, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What it is: of several kinds where it can't be told which, or where two overlap.
    pub kinds: Kinds,
    /// How sure the surest of them is.
    pub certainty: Certainty,
}

impl Sighting {
    /// Both as one.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self { kinds: self.kinds.union(other.kinds), certainty: self.certainty.max(other.certainty) }
    }
}

#[cfg(test)]
mod tests;
