//! A receipt as the report reads it: when, where, who by reference, and what was met.
//!
//! The rule: a line that can't be read is counted and never shown, since nobody knows what is in it.

use std::borrow::Cow;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;

/// What somebody can meet in an exchange.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Figure {
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
pub enum Way {
    /// To the bot.
    ToBot,
    /// To the person.
    ToPerson,
}

impl Way {
    /// The word in receipts.
    pub fn word(self) -> &'static str {
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
    /// When it was put down, where that was on another day.
    over: Option<Timestamp>,
    #[serde(borrow)]
    route: Option<Cow<'a, str>>,
    policy: Option<Policy>,
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

/// What entries met in one exchange.
pub(super) struct Meeting {
    pub(super) time: Timestamp,
    pub(super) policy: Option<String>,
    /// Whether the whole exchange was refused.
    pub(super) refused: bool,
    /// The entry, the action, and how often.
    pub(super) acts: Vec<(String, String, u64)>,
}

#[derive(Deserialize)]
struct Policy {
    name: String,
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
    #[serde(default = "once")]
    count: u64,
}

#[derive(Deserialize)]
struct Messages {
    to_bot: Flow,
    to_person: Flow,
    withheld: Vec<Section>,
    #[serde(default)]
    further: FurtherOnes,
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

/// Messages that were too many to be told one by one.
#[derive(Deserialize)]
#[serde(untagged)]
enum FurtherOnes {
    ByDirection(Vec<Section>),
    /// As they were written before: the acts of both directions together, counted as those to the bot.
    Together {
        acts: Vec<Act>,
    },
}

impl Default for FurtherOnes {
    fn default() -> Self {
        Self::ByDirection(Vec::new())
    }
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

    /// The day on which it was put down, in UTC: when it began, others have been counted.
    pub(super) fn day(&self) -> Date {
        self.over.unwrap_or(self.time).to_zoned(TimeZone::UTC).date()
    }

    /// The route; none where none was found.
    pub(super) fn route(&self) -> Option<&str> {
        self.route.as_deref()
    }

    /// The person, by reference; none where nobody was identified.
    pub(super) fn person(&self) -> Option<&str> {
        self.subject.as_ref()?.reference.as_deref()
    }

    /// What entries met, in both directions and in all messages.
    pub(super) fn meeting(self) -> Meeting {
        let mut acts = self.to_bot;
        acts.extend(self.to_person);
        if let Some(messages) = self.messages {
            acts.extend(messages.to_bot.passed);
            acts.extend(messages.to_person.passed);
            acts.extend(messages.withheld.into_iter().flat_map(|section| section.acts));
            match messages.further {
                FurtherOnes::ByDirection(all) => acts.extend(all.into_iter().flat_map(|one| one.acts)),
                FurtherOnes::Together { acts: together } => acts.extend(together),
            }
        }
        Meeting {
            time: self.time,
            policy: self.policy.map(|policy| policy.name),
            refused: matches!(self.outcome, Outcome::Refused(_)),
            acts: acts.into_iter().map(|act| (act.data, act.action, act.count)).collect(),
        }
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
            match messages.further {
                FurtherOnes::ByDirection(all) => {
                    all.into_iter().for_each(|one| add(one.direction.way(), one.acts))
                }
                FurtherOnes::Together { acts } => add(Way::ToBot, acts),
            }
            figures.extend(messages.refused.map(|refused| Figure::Refused(refused.problem)));
        }
        figures
    }
}

fn once() -> u64 {
    1
}

impl Act {
    fn figure(self, way: Way) -> Figure {
        let Self { data, action, count: _ } = self;
        match &*action {
            // Nobody said whether it was there: it may have passed.
            "passed" | "unanswered" => Figure::Passed(way, data),
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
