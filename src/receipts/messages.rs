//! What was done in the messages of one conversation: a socket, or a stream of events. Plain data, and how it is gathered.
//!
//! The rule: what passed is summed, and what was withheld is told message by message. What would defeat it is a
//! conversation that never ends, so only the first 64 messages have a section of their own; the rest are
//! summed, too, and so are more than 1,000 places.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde::Serialize;

use super::receipt::{Act, PolicyName, PurposeState};
use crate::{consent::DecisionKind, message::Direction, refusal::Refusal, rewrite::account::Line};

/// Messages that have a section of their own.
const MOST_SECTIONS: usize = 64;
/// Different acts that are summed apart; the rest are put under the place `…`.
const MOST_PLACES: usize = 1_000;
/// The deed of what passed.
const PASSED: &str = "passed";

/// What was done in the messages of one conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Messages {
    /// What passed on the way to the bot.
    pub to_bot: Flow,
    /// What passed on the way to the person.
    pub to_person: Flow,
    /// The messages from which something was withheld, in their order.
    pub withheld: Vec<Section>,
    /// Those beyond the first ones, by direction.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Further>,
    /// What the person decided by messages that were keywords; those were not sent on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub obeyed: Vec<Obeyed>,
    /// How many keywords were answered with the request to sign in; those were not sent on either.
    #[serde(skip_serializing_if = "is_none")]
    pub not_signed_in: u64,
    /// The message that ended the conversation because it might not be sent on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<RefusedMessage>,
    /// Who ended the conversation, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
}

/// The messages of one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// How many were sent on.
    pub count: u64,
    /// What passed in them.
    pub passed: Vec<Act>,
}

/// A message from which something was withheld.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its number in its direction, counted from 1.
    pub number: u64,
    /// Which way it went.
    pub direction: Direction,
    /// When.
    pub time: Timestamp,
    /// The policy it was decided under, where that is not the receipt's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyName>,
    /// The purposes when it was decided, where they are not the receipt's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purposes: Option<Vec<PurposeState>>,
    /// What was done.
    pub acts: Vec<Act>,
}

/// Messages that are too many to be told one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Further {
    /// Which way they went.
    pub direction: Direction,
    /// How many.
    pub count: u64,
    /// What was done in them.
    pub acts: Vec<Act>,
}

/// What was decided by keywords.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Obeyed {
    /// The decision.
    pub decision: DecisionKind,
    /// How often it was made.
    pub count: u64,
    /// When it was made last.
    pub last: Timestamp,
}

/// A message that was not sent on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedMessage {
    /// Its number in its direction, counted from 1.
    pub number: u64,
    /// Which way it would have gone.
    pub direction: Direction,
    /// The refusal's slug.
    pub problem: &'static str,
}

/// How a conversation was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Closed {
    /// By whom.
    pub by: Side,
    /// The code of the close frame (RFC 6455, section 7.4); none where none was given.
    pub code: Option<u16>,
}

/// Who ended a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The person.
    Person,
    /// The bot.
    Bot,
    /// Assentry.
    Assentry,
}

/// Gathers what is done, message by message.
#[derive(Debug, Default)]
pub struct Minutes {
    to_bot: Sum,
    to_person: Sum,
    sections: Vec<Section>,
    further_to_bot: Sum,
    further_to_person: Sum,
    obeyed: Vec<Obeyed>,
    not_signed_in: u64,
    refused: Option<RefusedMessage>,
    closed: Option<Closed>,
}

/// A message that was sent on.
#[derive(Debug)]
pub struct Done {
    /// Which way.
    pub direction: Direction,
    /// When.
    pub time: Timestamp,
    /// The policy it was decided under, where that is not the receipt's.
    pub policy: Option<PolicyName>,
    /// The purposes when it was decided, where they are not the receipt's.
    pub purposes: Option<Vec<PurposeState>>,
    /// What was done.
    pub lines: Vec<Line>,
}

/// Acts by data, place and action, with how often.
#[derive(Debug, Default)]
struct Sum {
    messages: u64,
    acts: BTreeMap<(Arc<str>, String, Cow<'static, str>), u64>,
}

impl Minutes {
    /// A message was sent on.
    pub fn done(&mut self, done: Done) {
        let Done { direction, time, policy, purposes, lines } = done;
        let (passed, withheld): (Vec<Line>, Vec<Line>) =
            lines.into_iter().partition(|line| line.deed == PASSED);
        let flow = self.flow(direction);
        flow.messages += 1;
        let number = flow.messages;
        passed.into_iter().for_each(|line| flow.add(line));
        if withheld.is_empty() {
            return;
        }
        if self.sections.len() < MOST_SECTIONS {
            let acts = withheld.into_iter().map(Act::from).collect();
            self.sections.push(Section { number, direction, time, policy, purposes, acts });
        } else {
            let further = match direction {
                Direction::ToBot => &mut self.further_to_bot,
                Direction::ToPerson => &mut self.further_to_person,
            };
            further.messages += 1;
            withheld.into_iter().for_each(|line| further.add(line));
        }
    }

    /// A message was not sent on, for this reason.
    pub fn refused(&mut self, direction: Direction, refusal: &Refusal) {
        let number = self.flow(direction).messages + 1;
        self.refused = Some(RefusedMessage { number, direction, problem: refusal.slug() });
    }

    /// A message was a keyword, by which this was decided.
    pub fn obeyed(&mut self, decision: DecisionKind, now: Timestamp) {
        match self.obeyed.iter_mut().find(|known| known.decision == decision) {
            Some(known) => (known.count, known.last) = (known.count + 1, now),
            None => self.obeyed.push(Obeyed { decision, count: 1, last: now }),
        }
    }

    /// A message was a keyword of somebody who could be anybody.
    pub fn told_to_sign_in(&mut self) {
        self.not_signed_in += 1;
    }

    /// The conversation was ended. The first end counts.
    pub fn closed(&mut self, closed: Closed) {
        self.closed.get_or_insert(closed);
    }

    /// All of it, for the receipt.
    pub fn finish(self) -> Messages {
        let further =
            [(Direction::ToBot, self.further_to_bot), (Direction::ToPerson, self.further_to_person)];
        let further = further.into_iter().filter(|(_, sum)| sum.messages > 0);
        Messages {
            to_bot: self.to_bot.into(),
            to_person: self.to_person.into(),
            withheld: self.sections,
            further: further
                .map(|(direction, sum)| Further { direction, count: sum.messages, acts: sum.acts() })
                .collect(),
            obeyed: self.obeyed,
            not_signed_in: self.not_signed_in,
            refused: self.refused,
            closed: self.closed,
        }
    }

    fn flow(&mut self, direction: Direction) -> &mut Sum {
        match direction {
            Direction::ToBot => &mut self.to_bot,
            Direction::ToPerson => &mut self.to_person,
        }
    }
}

impl Sum {
    fn add(&mut self, line: Line) {
        let Line { data, place, deed, count } = line;
        let mut key = (data, place, deed);
        if self.acts.len() >= MOST_PLACES && !self.acts.contains_key(&key) {
            key.1 = "…".to_owned();
        }
        *self.acts.entry(key).or_default() += count;
    }

    fn acts(self) -> Vec<Act> {
        let act = |((data, place, action), count)| Act { data, place, action, count };
        self.acts.into_iter().map(act).collect()
    }
}

impl From<Sum> for Flow {
    fn from(sum: Sum) -> Self {
        Self { count: sum.messages, passed: sum.acts() }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(place: &str, deed: &'static str) -> Done {
        let line = Line { data: "mail".into(), place: place.to_owned(), deed: deed.into(), count: 1 };
        let time = Timestamp::UNIX_EPOCH;
        Done { direction: Direction::ToBot, time, policy: None, purposes: None, lines: vec![line] }
    }

    #[test]
    fn what_passed_is_summed_and_what_was_withheld_is_told_message_by_message() {
        let mut minutes = Minutes::default();
        for deed in [PASSED, "drop", PASSED, "would drop"] {
            minutes.done(done("$.mail", deed));
        }
        minutes.refused(Direction::ToPerson, &Refusal::Undeclared);
        minutes.closed(Closed { by: Side::Assentry, code: Some(1008) });
        minutes.closed(Closed { by: Side::Bot, code: None });
        let messages = serde_json::to_string_pretty(&minutes.finish()).unwrap();
        insta::assert_snapshot!(messages);
    }

    #[test]
    fn what_is_summed_keeps_its_direction() {
        let mut minutes = Minutes::default();
        for n in 0..2 * MOST_SECTIONS {
            minutes.done(Done { direction: Direction::ToPerson, ..done(&format!("$.{n}"), "mask") });
            minutes.done(done("$.mail", "drop"));
        }
        let [to_bot, to_person] = minutes.finish().further.try_into().unwrap();
        assert_eq!((to_bot.direction, to_person.direction), (Direction::ToBot, Direction::ToPerson));
        assert!(to_bot.acts.iter().all(|act| act.action == "drop") && to_bot.acts.len() == 1);
        assert!(to_person.acts.iter().all(|act| act.action == "mask"));
        assert_eq!(to_bot.count + to_person.count, 3 * MOST_SECTIONS as u64);
    }

    #[test]
    fn a_conversation_without_end_makes_no_receipt_without_end() {
        let mut minutes = Minutes::default();
        for n in 0..3 * MOST_PLACES {
            minutes.done(done(&format!("$.{n}"), PASSED));
            minutes.done(done(&format!("$.{n}"), "drop"));
        }
        let messages = minutes.finish();
        assert_eq!((messages.to_bot.count, messages.withheld.len()), (6 * MOST_PLACES as u64, MOST_SECTIONS));
        let [further] = messages.further.try_into().unwrap();
        assert_eq!(further.direction, Direction::ToBot);
        assert_eq!(further.count, (3 * MOST_PLACES - MOST_SECTIONS) as u64);
        for acts in [messages.to_bot.passed, further.acts] {
            assert_eq!(acts.len(), MOST_PLACES + 1);
            assert!(acts.iter().any(|act| act.place == "…" && act.count > 1));
        }
    }
}
