//! What a value comes to in a document, and how two compare (RFC 9535, section 2.3.5.2.2).
//!
//! The rule: only numbers and texts have an order; everything may be equal. Objects are equal whatever the order of their
//! members. One value may be compared with every other in the document, so no comparison reads more than the shorter of the two:
//! containers go apart as soon as they hold a different number of values, and of two objects the shorter is gone through.

use std::borrow::Cow;

use super::{
    document::{Document, Kind},
    search::{Search, remember},
};
use crate::selector::{
    decimal::Decimal,
    filter::{Comparison, Value},
};

/// What a value comes to.
#[derive(Clone, Debug)]
pub(super) enum Worth<'a> {
    /// There is none.
    Nothing,
    Text(Cow<'a, str>),
    Number(Cow<'a, Decimal>),
    Bool(bool),
    Null,
    /// An object or array, by its node.
    Container(u32),
}

impl<'a> Search<'a, '_> {
    /// What a value comes to for a candidate.
    pub(super) fn worth(&mut self, value: &'a Value, candidate: u32) -> Worth<'a> {
        match value {
            Value::Text(text) => Worth::Text(Cow::Borrowed(text)),
            Value::Number(number) => Worth::Number(Cow::Borrowed(number)),
            Value::Bool(value) => Worth::Bool(*value),
            Value::Null => Worth::Null,
            Value::At(query) => Worth::of_any(self.document, self.at(query, candidate)),
            Value::Only(query) => Worth::of_any(self.document, self.only(query, candidate)),
            Value::Count(query) => Worth::count(self.count(query, candidate)),
            Value::Length(value) => self.worth(value, candidate).length(self.document),
            Value::Once(number, value) => {
                if let Some(known) = self.values.get(*number).cloned().flatten() {
                    return known;
                }
                let answer = self.worth(value, candidate);
                remember(&mut self.values, *number, answer.clone());
                answer
            }
        }
    }
}

impl<'a> Worth<'a> {
    fn of_any(document: &'a Document<'_>, node: Option<u32>) -> Self {
        node.map_or(Self::Nothing, |node| Self::of(document, node))
    }

    fn of(document: &'a Document<'_>, node: u32) -> Self {
        match document.kind(node) {
            Kind::Object | Kind::Array => Self::Container(node),
            Kind::Text => Self::Text(document.text(node)),
            Kind::Number => Self::Number(document.number(node)),
            Kind::True => Self::Bool(true),
            Kind::False => Self::Bool(false),
            Kind::Null => Self::Null,
        }
    }

    fn count(count: u64) -> Self {
        Self::Number(Cow::Owned(Decimal::from(count)))
    }

    /// The text, where it is one.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Nothing | Self::Number(_) | Self::Bool(_) | Self::Null | Self::Container(_) => None,
        }
    }

    fn length(&self, document: &Document<'_>) -> Self {
        match self {
            Self::Text(text) => Self::count(text.chars().count() as u64),
            Self::Container(node) => Self::count(document.children(*node).count() as u64),
            Self::Nothing | Self::Number(_) | Self::Bool(_) | Self::Null => Self::Nothing,
        }
    }

    /// Whether two compare so.
    pub(super) fn compares(&self, comparison: Comparison, other: &Self, document: &Document<'_>) -> bool {
        match comparison {
            Comparison::Equal => self.equals(other, document),
            Comparison::Different => !self.equals(other, document),
            Comparison::Less => self.is_less(other),
            Comparison::Greater => other.is_less(self),
            Comparison::AtMost => self.is_less(other) || self.equals(other, document),
            Comparison::AtLeast => other.is_less(self) || self.equals(other, document),
        }
    }

    fn is_less(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one < other,
            (Self::Number(one), Self::Number(other)) => one < other,
            _ => false,
        }
    }

    fn equals(&self, other: &Self, document: &Document<'_>) -> bool {
        match (self, other) {
            (Self::Nothing, Self::Nothing) | (Self::Null, Self::Null) => true,
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Number(one), Self::Number(other)) => one == other,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Container(one), Self::Container(other)) => are_equal(document, *one, *other),
            _ => false,
        }
    }
}

/// Whether two nodes are the same value. Without recursion: a document may be nested deeper than a stack is.
fn are_equal(document: &Document<'_>, one: u32, other: u32) -> bool {
    let mut pairs = vec![(one, other)];
    while let Some((one, other)) = pairs.pop() {
        let size = |node: u32| document.after(node) - node;
        if size(one) != size(other) {
            return false;
        }
        match (document.kind(one), document.kind(other)) {
            (Kind::Array, Kind::Array) => pairs.extend(document.children(one).zip(document.children(other))),
            (Kind::Object, Kind::Object) => match paired(document, one, other) {
                Some(members) => pairs.extend(members),
                None => return false,
            },
            (Kind::Object | Kind::Array, _) | (_, Kind::Object | Kind::Array) => return false,
            _ if Worth::of(document, one).equals(&Worth::of(document, other), document) => {}
            _ => return false,
        }
    }
    true
}

/// The members of two objects by their names; none where they have different names.
fn paired(document: &Document<'_>, one: u32, other: u32) -> Option<Vec<(u32, u32)>> {
    let ours_is_shorter = document.length(one) <= document.length(other);
    let (shorter, longer) = if ours_is_shorter { (one, other) } else { (other, one) };
    let members = document.members(longer);
    let pairs = document.children(shorter).map(|node| Some((node, *members.get(&document.name(node))?)));
    pairs.collect::<Option<Vec<_>>>().filter(|pairs| pairs.len() == members.len())
}
