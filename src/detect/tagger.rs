//! Tells names, places, addresses and dates in a text by what the words look like and what stands around them.
//!
//! The rule: a token is decided by itself, three tokens before it, three after it, and what was decided before; so what is found never
//! depends on how the text was cut, the work grows with the text, and nothing is allocated. What a token is said to be
//! is weighed by a model that was trained from texts (`tools/tagger`) and is part of the program. What would defeat it: a name
//! that looks like no name, where nothing around it says that it is one.

mod calendar;
mod date;
mod features;
mod hash;
mod label;
mod lexicon;
mod model;
mod part;
mod past;
mod phrase;
mod reader;
mod token;
mod walk;
mod word;

use crate::text::{Edge, Found};

use features::{History, Window};
use label::Label;
use lexicon::Lexicon;
use model::{Model, SCALE};
use part::Part;
use past::Past;
use token::Token;
pub(super) use walk::{BEHIND, Others};
use walk::{Judge, Walk};

/// What a part of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The name of a person.
    Person,
    /// A place: a country, a region, a city.
    Location,
    /// A postal address, or a part of one.
    Address,
    /// The same, together with a place.
    AddressWithPlace,
    /// A date.
    Date,
    /// The date of a birth.
    DateOfBirth,
    /// Somebody or something from a country.
    Nationality,
}

/// A part of a text, and how likely it is what it was found to be, in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tagged {
    pub what: What,
    pub likelihood: u8,
}

/// What speaks against a token's belonging to nothing, in the model's sixteenths; below zero it speaks for it. So weighed, fewer than
/// one in sixty characters of ordinary text is taken for something that it is not.
const LEAN: i16 = 4;

/// Looks for names, places, addresses and dates in one text.
#[derive(Clone, Debug)]
pub(super) struct Tagger {
    model: Model,
    past: Past,
}

impl Tagger {
    /// Begins a text.
    pub fn new() -> Self {
        Self { model: Model::shipped(), past: Past::default() }
    }

    /// Looks at the text from the first undecided byte on, but not where something else was found, shows what it finds, and says
    /// up to where everything is decided.
    pub fn look(
        &mut self,
        text: &str,
        edge: Edge,
        others: Others<'_>,
        mut found: impl FnMut(Found<Tagged>),
    ) -> usize {
        let walk = Walk::new(self.model, self.past, text, edge, others);
        let gone = walk.run(|part| {
            if let Some(tagged) = tagged(part) {
                found(tagged);
            }
        });
        self.past = gone.past;
        gone.decided
    }
}

impl Judge for Model {
    fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    fn judge(&mut self, _: &Token, window: &Window, history: History) -> (Label, u16) {
        self.best(window, history, LEAN)
    }
}

fn tagged(part: Part) -> Option<Found<Tagged>> {
    let what = match part.label {
        Label::Person | Label::PersonOn => What::Person,
        Label::Location | Label::LocationOn => What::Location,
        Label::Address | Label::AddressOn if part.with_place => What::AddressWithPlace,
        Label::Address | Label::AddressOn => What::Address,
        Label::Date | Label::DateOn if part.of_birth => What::DateOfBirth,
        Label::Date | Label::DateOn => What::Date,
        Label::Nationality => What::Nationality,
        Label::Other | Label::Organisation | Label::OrganisationOn => return None,
    };
    let likelihood = likelihood(part.surety);
    Some(Found { at: part.start..part.end, what: Tagged { what, likelihood } })
}

/// In hundredths; the model's scores are logarithms of odds.
fn likelihood(surety: u16) -> u8 {
    let odds = (f32::from(surety) / SCALE).min(9.0).exp();
    (100.0 * odds / (1.0 + odds)).clamp(50.0, 99.0) as u8
}

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests;
