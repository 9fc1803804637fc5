//! What was found in texts, for those who try a policy and ask to be shown.
//!
//! The rule: the exchange never asks, so nothing that was found is kept there. Whoever asks gets values too, and says by himself
//! how much of them he shows.

use std::fmt;

use super::{Account, Place, Plan};
use crate::{detect::Sighting, text::Found};

/// Something that was found in a text.
#[derive(Clone)]
pub(super) struct Noted {
    place: Place,
    what: Sighting,
    value: String,
}

/// Something that was found in a text, in words.
#[derive(Clone, PartialEq, Eq)]
pub struct Seen {
    /// Where the text is.
    pub place: String,
    /// What it is, and how sure that is.
    pub what: Sighting,
    /// What was found.
    pub value: String,
}

impl Account {
    /// One that keeps what is found in texts.
    pub fn showing() -> Self {
        Self { seen: Some(Vec::new()), ..Self::default() }
    }

    /// Keeps what is found in a text, if somebody asked to be shown.
    pub fn see(&mut self, place: Place, look: impl FnOnce() -> Vec<Found<Sighting>>, text: &str) {
        let Some(seen) = &mut self.seen else { return };
        let value = |found: &Found<Sighting>| text.get(found.at.clone()).unwrap_or_default().to_owned();
        seen.extend(look().into_iter().map(|found| Noted { place, value: value(&found), what: found.what }));
    }

    /// What was found in texts, in the order in which they were read.
    pub fn seen(&self, plan: &Plan) -> Vec<Seen> {
        let in_words = |noted: &Noted| Seen {
            place: self.show(plan, noted.place),
            what: noted.what,
            value: noted.value.clone(),
        };
        self.seen.iter().flatten().map(in_words).collect()
    }
}

impl Seen {
    /// No more of the value than tells it from others: its first and last character, and how long it is.
    pub fn masked(&self) -> String {
        let mut chars = self.value.chars();
        let count = chars.clone().count();
        let is_long = count > 4;
        let first = chars.next().filter(|_| is_long).map(String::from).unwrap_or_default();
        let last = chars.next_back().filter(|_| is_long).map(String::from).unwrap_or_default();
        format!("{first}…{last} ({count} character{})", if count == 1 { "" } else { "s" })
    }
}

/// Without the value.
impl fmt::Debug for Noted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?} {:?}", self.place, self.what)
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {:?} {}", self.place, self.what, self.masked())
    }
}
