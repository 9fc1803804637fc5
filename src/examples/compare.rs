//! What differs between what an example's author wrote and what came out.
//!
//! The rule: a difference is told at the innermost place where there is one, so that a lawyer reads one member and not
//! two documents.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;

use super::Outcome;
use crate::{
    policy::example::{Expected, Parts},
    refusal::Refusal,
};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where: a path into the body, or a field as selectors write it.
    pub place: String,
    /// What the author wrote; none for nothing.
    pub expected: Option<Value>,
    /// What came out; none for nothing.
    pub got: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), Value::to_string);
        writeln!(f, "   {}", self.place)?;
        writeln!(f, "     expected: {}", show(&self.expected))?;
        write!(f, "          got: {}", show(&self.got))
    }
}

/// What differs.
pub(super) fn differences(expected: &Expected, outcome: &Outcome) -> Vec<Difference> {
    let told = |expected: &str, got: String| {
        let (expected, got) = (Some(expected.into()), Some(got.into()));
        vec![Difference { place: "the request".to_owned(), expected, got }]
    };
    match (expected, outcome) {
        (Expected::Becomes(expected), Outcome::Left(left)) => parts(expected, left),
        (Expected::Refused, Outcome::Refused(refusal)) if is_by_policy(refusal) => Vec::new(),
        (Expected::Refused, Outcome::Refused(refusal)) => {
            told("refused by the policy", format!("refused, but because {}", refusal.detail()))
        }
        (Expected::Refused, Outcome::Left(_)) => told("refused", "forwarded".to_owned()),
        (Expected::Becomes(_), Outcome::Refused(refusal)) => {
            told("forwarded", format!("refused: {}", refusal.detail()))
        }
        (_, Outcome::Impossible(why)) => told("a request", format!("can't be sent: {why}")),
    }
}

/// Whether an entry, or the policy's `undeclared`, refused it.
fn is_by_policy(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Forbidden(_) | Refusal::ConsentMissing { .. } | Refusal::Undeclared)
}

fn parts(expected: &Parts, left: &Parts) -> Vec<Difference> {
    let mut found = Vec::new();
    list("header", &lower_case(&expected.headers), &left.headers, &mut found);
    list("cookie", &expected.cookies, &left.cookies, &mut found);
    list("query", &expected.query, &left.query, &mut found);
    list("path", &expected.path, &left.path, &mut found);
    let form = |parts: &Parts| parts.form.clone().unwrap_or_default();
    list("form", &form(expected), &form(left), &mut found);
    json("$", expected.body.as_ref(), left.body.as_ref(), &mut found);
    found
}

fn lower_case(headers: &[(String, String)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect()
}

fn list(kind: &str, expected: &[(String, String)], got: &[(String, String)], found: &mut Vec<Difference>) {
    let names: BTreeSet<&String> = expected.iter().chain(got).map(|(name, _)| name).collect();
    for name in names {
        let (expected, got) = (values(expected, name), values(got, name));
        if expected != got {
            found.push(Difference { place: format!("{kind}:{name}"), expected, got });
        }
    }
}

/// The values under a name: one as it is, several as a list.
fn values(pairs: &[(String, String)], name: &str) -> Option<Value> {
    let mut values: Vec<&str> =
        pairs.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect();
    match values.len() {
        0 => None,
        1 => values.pop().map(Value::from),
        _ => Some(values.into()),
    }
}

fn json(path: &str, expected: Option<&Value>, got: Option<&Value>, found: &mut Vec<Difference>) {
    match (expected, got) {
        (expected, got) if expected == got => {}
        (Some(Value::Object(expected)), Some(Value::Object(got))) => {
            let new = got.keys().filter(|name| !expected.contains_key(*name));
            for name in expected.keys().chain(new) {
                json(&format!("{path}.{name}"), expected.get(name), got.get(name), found);
            }
        }
        (Some(Value::Array(expected)), Some(Value::Array(got))) if expected.len() == got.len() => {
            for (n, (expected, got)) in expected.iter().zip(got).enumerate() {
                json(&format!("{path}[{n}]"), Some(expected), Some(got), found);
            }
        }
        (expected, got) => {
            found.push(Difference { place: path.to_owned(), expected: expected.cloned(), got: got.cloned() })
        }
    }
}
