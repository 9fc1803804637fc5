//! A filter, read and typed (RFC 9535, sections 2.3.5 and 2.4): what must be true of a member or element.
//!
//! The rule: what has the wrong type can't be written down here. A query stands where places are asked for, a value where a
//! value is, and only what is true or false stands alone.

use super::{decimal::Decimal, path::Segment, regexp::Pattern};

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Filter {
    /// `||`: one of them is true.
    Or(Vec<Filter>),
    /// `&&`: all of them are.
    And(Vec<Filter>),
    /// `!`: it is not true.
    Not(Box<Filter>),
    /// The query finds something.
    Exists(Query),
    /// The two values compare so.
    Compare(Value, Comparison, Value),
    /// The value is a text that the pattern matches.
    Matches(Value, Pattern),
    /// A condition that asks nothing of `@`, so that one answer holds for the whole document. The number tells it from
    /// the others of its selector.
    Once(usize, Box<Filter>),
}

/// How two values compare (RFC 9535, section 2.3.5.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Different,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// Places, seen from the candidate (`@`) or from the root (`$`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Query {
    /// Whether it begins at the root.
    pub absolute: bool,
    /// The way from there.
    pub segments: Vec<Segment>,
    /// Its first segment's number among all segments of all queries of the selector.
    pub number: usize,
}

/// What can be compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(Decimal),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// What stands at the one place that the query can find.
    At(Query),
    /// `value(…)`: what stands at the place that the query finds, if it finds exactly one.
    Only(Query),
    /// `count(…)`: how many places the query finds.
    Count(Query),
    /// `length(…)`: the characters of a text, the elements of an array, the members of an object.
    Length(Box<Value>),
    /// A value that asks nothing of `@`. The number tells it from the others of its selector.
    Once(usize, Box<Value>),
}

impl Filter {
    /// Whether it asks nothing of `@`.
    pub fn is_fixed(&self) -> bool {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().all(Self::is_fixed),
            Self::Not(part) => part.is_fixed(),
            Self::Exists(query) => query.absolute,
            Self::Compare(left, _, right) => left.is_fixed() && right.is_fixed(),
            Self::Matches(value, _) => value.is_fixed(),
            Self::Once(..) => true,
        }
    }
}

impl Value {
    /// Whether it asks nothing of `@`.
    pub fn is_fixed(&self) -> bool {
        match self {
            Self::Text(_) | Self::Number(_) | Self::Bool(_) | Self::Null | Self::Once(..) => true,
            Self::At(query) | Self::Only(query) | Self::Count(query) => query.absolute,
            Self::Length(value) => value.is_fixed(),
        }
    }

    /// Whether it is written out in the selector.
    pub fn is_literal(&self) -> bool {
        match self {
            Self::Text(_) | Self::Number(_) | Self::Bool(_) | Self::Null => true,
            Self::At(_) | Self::Only(_) | Self::Count(_) | Self::Length(_) | Self::Once(..) => false,
        }
    }
}
