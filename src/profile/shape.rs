//! What a stream of events looks like: which strings are pieces of a text, of which, and when that text ends.
//!
//! The rule: the first rule that speaks of a string decides about it, and what is needed, opaque or an echo is never a piece. What
//! is no piece is a whole text, also where it repeats one that came in pieces.

use std::ops::Range;

use smallvec::SmallVec;

use super::{
    Inside,
    key::{Ending, Making, TextKey},
    places::Places,
    way::Way,
};
use crate::{
    json::escape_into,
    selector::{Document, Kind},
};

/// What a stream looks like.
#[derive(Clone, Debug, Default)]
pub struct StreamShape {
    /// Data that is no JSON and no event, but part of the protocol.
    pub sentinels: Vec<String>,
    pub(super) sequence: Option<Asked>,
    /// The single places that rules ask about: each is looked up once in an event.
    pub(super) asked: Vec<Way>,
    /// The member by which elements of an array tell who they are.
    pub(super) told_apart_by: Option<String>,
    pub(super) pieces: Vec<PieceRule>,
    pub(super) ends: Vec<EndRule>,
    pub(super) repeats: Vec<RepeatRule>,
    /// What is never text.
    pub(super) never: Places,
    /// Below what nothing is.
    pub(super) echoes: Places,
}

/// What one event holds. Places are bytes of the event's data.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The pieces of texts, in the order of the event.
    pub deltas: SmallVec<[Delta; 2]>,
    /// The texts that end with this event: behind its pieces of them, and before it where it has none.
    pub ends: SmallVec<[Ending; 1]>,
    /// The strings that repeat a text that came in pieces: where each begins, in order. To a text rule they are texts like any other;
    /// they are known so that nothing is counted twice.
    pub repeats: Vec<usize>,
    /// The number that counts the events. Whoever adds events counts on.
    pub sequence: Option<Range<usize>>,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// The string, from its opening quotation mark to behind the closing one.
    pub at: Range<usize>,
    /// The text it continues.
    pub key: TextKey,
    /// What the text holds.
    pub inside: Inside,
    /// Whether this event opens what the text belongs to, so that a client must not see one like it again (see
    /// [`Reading::again`]). Nothing of such a piece can be held back for later.
    pub opens: bool,
}

impl Reading {
    /// The event once more, with this as its only piece: to be sent before the event that ends the text, when the end of the
    /// text was held back. `event` is what was read, after everything that may not pass was taken out of it. All other pieces
    /// are empty. None where the event has no piece of this text, or one that opens something.
    pub fn again(&self, event: &[u8], key: &TextKey, text: &str) -> Option<Vec<u8>> {
        let own = self.deltas.iter().position(|delta| delta.key == *key && !delta.opens)?;
        let mut made = Vec::with_capacity(event.len() + text.len());
        let mut upto = 0;
        for (number, delta) in self.deltas.iter().enumerate() {
            made.extend_from_slice(event.get(upto..delta.at.start)?);
            escape_into(if number == own { text } else { "" }, &mut made);
            upto = delta.at.end;
        }
        made.extend_from_slice(event.get(upto..)?);
        Some(made)
    }
}

/// The number of a place that rules ask about.
pub(super) type Asked = usize;

/// Which events a rule is for.
#[derive(Clone, Debug, Default)]
pub(super) struct When(pub(super) Vec<(Asked, Vec<Wanted>)>);

/// What must stand at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Text(String),
    /// A number or truth value, as it is written.
    Literal(String),
    /// Anything but `null`.
    Anything,
}

/// Pieces of texts: every string at a place and below it.
#[derive(Clone, Debug)]
pub(super) struct PieceRule {
    pub(super) when: When,
    pub(super) at: Way,
    pub(super) key: Vec<Asked>,
    /// The place in whose name the texts are kept.
    pub(super) named: Way,
    /// None: the strings are whole texts.
    pub(super) inside: Option<Inside>,
}

/// Texts that end: all that have the values, and stand in the elements on the way to the place.
#[derive(Clone, Debug)]
pub(super) struct EndRule {
    pub(super) when: When,
    /// Where there must be something; none where `when` says it all.
    pub(super) at: Option<Way>,
    pub(super) key: Vec<Asked>,
}

/// Strings that repeat texts: all at a place and below it.
#[derive(Clone, Debug)]
pub(super) struct RepeatRule {
    pub(super) when: When,
    pub(super) at: Way,
}

impl StreamShape {
    /// The shape of a stream of which no profile tells: every text is whole, and `[DONE]` may pass, as it does nearly everywhere.
    pub fn unknown() -> Self {
        Self { sentinels: vec!["[DONE]".to_owned()], ..Self::default() }
    }

    /// Whether data that is no JSON may pass, because it is part of the protocol.
    pub fn is_sentinel(&self, data: &[u8]) -> bool {
        let data = data.trim_ascii();
        self.sentinels.iter().any(|sentinel| sentinel.as_bytes() == data)
    }

    /// Looks at an event.
    pub fn read(&self, event: &Document<'_>) -> Reading {
        let seen = Seen { event, answers: self.asked.iter().map(|way| way.only(event)).collect() };
        let sequence = self.sequence.and_then(|asked| seen.answer(asked));
        Reading {
            deltas: self.deltas(&seen),
            ends: self.ends(&seen),
            repeats: self.repeats(&seen),
            sequence: sequence
                .filter(|node| event.kind(*node) == Kind::Number)
                .map(|node| range(event, node)),
        }
    }

    fn deltas(&self, seen: &Seen<'_, '_>) -> SmallVec<[Delta; 2]> {
        let mut deltas: SmallVec<[Delta; 2]> = SmallVec::new();
        let mut decided: SmallVec<[u32; 8]> = SmallVec::new();
        for rule in self.pieces.iter().filter(|rule| rule.when.holds(seen)) {
            rule.at.go(seen.event, |place, elements| {
                for text in self.texts(seen.event, place) {
                    if decided.contains(&text) {
                        continue;
                    }
                    decided.push(text);
                    if let Some(inside) = rule.inside {
                        let key = self.key(seen, rule, place, elements, text);
                        let at = range(seen.event, text);
                        deltas.push(Delta { at, key, inside, opens: rule.named != rule.at });
                    }
                }
            });
        }
        deltas.sort_by_key(|delta| delta.at.start);
        deltas
    }

    fn ends(&self, seen: &Seen<'_, '_>) -> SmallVec<[Ending; 1]> {
        let mut ends = SmallVec::new();
        for rule in self.ends.iter().filter(|rule| rule.when.holds(seen)) {
            match &rule.at {
                None => ends.push(self.head(seen, &rule.key, &[]).ending()),
                Some(way) => way.go(seen.event, |place, elements| {
                    if says_something(seen.event, place) {
                        ends.push(self.head(seen, &rule.key, elements).ending());
                    }
                }),
            }
        }
        ends
    }

    fn repeats(&self, seen: &Seen<'_, '_>) -> Vec<usize> {
        let mut repeats = Vec::new();
        for rule in self.repeats.iter().filter(|rule| rule.when.holds(seen)) {
            rule.at.go(seen.event, |place, _| {
                repeats.extend(self.texts(seen.event, place).map(|text| range(seen.event, text).start));
            });
        }
        repeats.sort_unstable();
        repeats.dedup();
        repeats
    }

    /// The strings at a place and below it that can be text.
    fn texts<'e>(&'e self, event: &'e Document<'_>, place: u32) -> impl Iterator<Item = u32> + 'e {
        let strings = (place..event.after(place)).filter(|node| event.kind(*node) == Kind::Text);
        strings.filter(|text| !self.never.has(event, *text) && !self.echoes.has_around(event, *text))
    }

    /// Values and elements.
    fn head(&self, seen: &Seen<'_, '_>, values: &[Asked], elements: &[u32]) -> Making {
        let mut making = Making::default();
        values.iter().for_each(|asked| making.value(seen.event, seen.answer(*asked)));
        let member = self.told_apart_by.as_deref();
        elements.iter().for_each(|element| making.element(seen.event, *element, member));
        making
    }

    fn key(&self, seen: &Seen<'_, '_>, rule: &PieceRule, place: u32, elements: &[u32], text: u32) -> TextKey {
        let event = seen.event;
        let mut making = self.head(seen, &rule.key, elements);
        let head = making.len();
        rule.named.names().for_each(|name| making.name(name));
        let up = std::iter::successors(Some(text), |node| event.parent(*node));
        let below: SmallVec<[u32; 8]> = up.take_while(|node| *node != place).collect();
        for node in below.into_iter().rev() {
            if event.is_element(node) {
                making.element(event, node, self.told_apart_by.as_deref());
            } else {
                making.name(&event.name(node));
            }
        }
        making.key(head)
    }
}

/// An event, and what stands at the places that rules ask about.
struct Seen<'e, 'd> {
    event: &'e Document<'d>,
    answers: SmallVec<[Option<u32>; 8]>,
}

impl Seen<'_, '_> {
    fn answer(&self, asked: Asked) -> Option<u32> {
        self.answers.get(asked).copied().flatten()
    }
}

impl When {
    fn holds(&self, seen: &Seen<'_, '_>) -> bool {
        self.0.iter().all(|(asked, wanted)| {
            let node = seen.answer(*asked);
            node.is_some_and(|node| wanted.iter().any(|wanted| wanted.is(seen.event, node)))
        })
    }
}

impl Wanted {
    fn is(&self, event: &Document<'_>, node: u32) -> bool {
        match (self, event.kind(node)) {
            (Self::Text(text), Kind::Text) => event.text(node) == text.as_str(),
            (Self::Literal(literal), Kind::Number | Kind::True | Kind::False) => {
                event.raw(node) == literal.as_bytes()
            }
            (Self::Anything, kind) => kind != Kind::Null,
            (Self::Text(_) | Self::Literal(_), _) => false,
        }
    }
}

/// Servers that have nothing to say write `null`, `false`, or an empty string.
fn says_something(event: &Document<'_>, node: u32) -> bool {
    match event.kind(node) {
        Kind::Null | Kind::False => false,
        Kind::Text => event.raw(node).len() > 2,
        Kind::Object | Kind::Array | Kind::Number | Kind::True => true,
    }
}

/// Where a value is written.
fn range(event: &Document<'_>, node: u32) -> Range<usize> {
    let start = event.at(node) as usize;
    start..start + event.raw(node).len()
}
