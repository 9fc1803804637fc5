//! A receipt as the report reads it: when, where, who by reference, and what was met.
//!
//! The rule: a line that can't be read is counted and never shown, since nobody knows what is in it.

use std::borrow::Cow;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;

/// What somebody can meet in an exchange.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Figure {
    /// A purpose was allowed.
    Allowed(String),
    /// Data passed.
    Passed(Way, String),
    /// Data was withheld, by this action.
    Withheld(Way, String, String),
    /// An exchange was refused, for this reason.
    Refused(String),
}

/// Which way data went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Way {
    ToBot,
    ToPerson,
}

impl Way {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::ToBot => "to_bot",
            Self::ToPerson => "to_person",
        }
    }
}

/// One line.
#[derive(Deserialize)]
pub(super) struct Line<'a> {
    time: Timestamp,
    #[serde(borrow)]
    route: Option<Cow<'a, str>>,
    subject: Option<Subject>,
    #[serde(default)]
    purposes: Vec<Purpose>,
    #[serde(default)]
    to_bot: Vec<Act>,
    #[serde(default)]
    to_person: Vec<Act>,
    messages: Option<Messages>,
    outcome: Outcome,
}

#[derive(Deserialize)]
struct Subject {
    reference: Option<String>,
}

#[derive(Deserialize)]
struct Purpose {
    purpose: String,
    allowed: bool,
}

#[derive(Deserialize)]
struct Act {
    data: String,
    action: String,
}

#[derive(Deserialize)]
struct Messages {
    to_bot: Flow,
    to_person: Flow,
    withheld: Vec<Section>,
    further: Option<Further>,
    refused: Option<Refused>,
}

#[derive(Deserialize)]
struct Flow {
    passed: Vec<Act>,
}

#[derive(Deserialize)]
struct Section {
    direction: Direction,
    acts: Vec<Act>,
}

/// The acts of both directions together; they are put down as those to the bot.
#[derive(Deserialize)]
struct Further {
    acts: Vec<Act>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    ToBot,
    ToPerson,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Forwarded {},
    Refused(Refused),
    Obeyed {},
    Undecided,
}

#[derive(Deserialize)]
struct Refused {
    problem: String,
}

impl<'a> Line<'a> {
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }

    /// The day on which it began, in UTC.
    pub(super) fn day(&self) -> Date {
        self.time.to_zoned(TimeZone::UTC).date()
    }

    /// The route; none where none was found.
    pub(super) fn route(&self) -> Option<&str> {
        self.route.as_deref()
    }

    /// The person, by reference; none where nobody was identified.
    pub(super) fn person(&self) -> Option<&str> {
        self.subject.as_ref()?.reference.as_deref()
    }

    /// What the person met, some of it perhaps twice. What a refused request held did not pass, and nothing else came of it.
    pub(super) fn figures(self) -> Vec<Figure> {
        let mut figures = Vec::new();
        match self.outcome {
            Outcome::Refused(refused) => return vec![Figure::Refused(refused.problem)],
            Outcome::Forwarded {} => {}
            Outcome::Obeyed {} | Outcome::Undecided => return figures,
        }
        let allowed = self.purposes.into_iter().filter(|purpose| purpose.allowed);
        figures.extend(allowed.map(|purpose| Figure::Allowed(purpose.purpose)));
        let mut add = |way, acts: Vec<Act>| figures.extend(acts.into_iter().map(|act| act.figure(way)));
        add(Way::ToBot, self.to_bot);
        add(Way::ToPerson, self.to_person);
        if let Some(messages) = self.messages {
            add(Way::ToBot, messages.to_bot.passed);
            add(Way::ToPerson, messages.to_person.passed);
            messages.withheld.into_iter().for_each(|section| add(section.direction.way(), section.acts));
            add(Way::ToBot, messages.further.map(|further| further.acts).unwrap_or_default());
            figures.extend(messages.refused.map(|refused| Figure::Refused(refused.problem)));
        }
        figures
    }
}

impl Act {
    fn figure(self, way: Way) -> Figure {
        let Self { data, action } = self;
        match &*action {
            "passed" => Figure::Passed(way, data),
            _ => Figure::Withheld(way, data, action),
        }
    }
}

impl Direction {
    fn way(self) -> Way {
        match self {
            Self::ToBot => Way::ToBot,
            Self::ToPerson => Way::ToPerson,
        }
    }
}
