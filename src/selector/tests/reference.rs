//! A plain reading of the standard: walk the document, once per selector, with no thought of cost.
//!
//! It shares nothing with what it checks but the parsed selector: places are paths, numbers are floating point, a list of
//! places is a list, duplicates and all.

use serde_json::Value;

use crate::selector::{
    BodySelector, Segment, Step,
    filter::{Comparison, Filter, Query, Value as Asked},
    folded,
};

type Place<'a> = (String, &'a Value);

/// The paths of all places that a selector finds.
pub(crate) fn reference(selector: &BodySelector, value: &Value) -> Vec<String> {
    let found = follow(&selector.segments, selector.ignore_case, ("$".to_owned(), value), value);
    let mut paths: Vec<String> = found.into_iter().map(|(path, _)| path).collect();
    paths.sort();
    paths.dedup();
    paths
}

fn follow<'a>(segments: &[Segment], fold: bool, from: Place<'a>, root: &'a Value) -> Vec<Place<'a>> {
    let mut places = vec![from];
    for segment in segments {
        let mut next = Vec::new();
        for place in places {
            let starts = if segment.descend { descendants(place) } else { vec![place] };
            for (path, node) in starts {
                for step in &segment.steps {
                    next.extend(selected(step, fold, &path, node, root));
                }
            }
        }
        places = next;
    }
    places
}

fn selected<'a>(step: &Step, fold: bool, path: &str, node: &'a Value, root: &'a Value) -> Vec<Place<'a>> {
    let length = node.as_array().map_or(0, Vec::len) as i64;
    let is_selected = |key: &Result<&str, u64>, child: &Value| match (step, key) {
        (Step::Any, _) => true,
        (Step::Filter(filter), _) => holds(filter, child, root),
        (Step::Name(name), Ok(key)) => {
            if fold {
                *name == folded(key)
            } else {
                name == key
            }
        }
        (Step::Elements { start, end, step }, Err(index)) => {
            (*start..end.unwrap_or(length as u64)).step_by(*step as usize).any(|at| at == *index)
        }
        (Step::Slice(slice), Err(index)) => {
            slice_indexes(slice.start, slice.end, slice.step, length).contains(&(*index as i64))
        }
        _ => false,
    };
    children(path, node)
        .into_iter()
        .filter(|(_, key, child)| is_selected(key, child))
        .map(|(path, _, child)| (path, child))
        .collect()
}

/// The loop of RFC 9535, section 2.3.4.2.2, as it stands there.
fn slice_indexes(start: Option<i64>, end: Option<i64>, step: i64, len: i64) -> Vec<i64> {
    let normalize = |i: i64| if i >= 0 { i } else { len + i };
    let n_start = normalize(start.unwrap_or(if step >= 0 { 0 } else { len - 1 }));
    let n_end = normalize(end.unwrap_or(if step >= 0 { len } else { -len - 1 }));
    let mut indexes = Vec::new();
    if step > 0 {
        let (lower, upper) = (n_start.max(0).min(len), n_end.max(0).min(len));
        let mut i = lower;
        while i < upper {
            indexes.push(i);
            i += step;
        }
    } else {
        let (upper, lower) = (n_start.max(-1).min(len - 1), n_end.max(-1).min(len - 1));
        let mut i = upper;
        while lower < i {
            indexes.push(i);
            i += step;
        }
    }
    indexes
}

fn children<'a>(path: &str, node: &'a Value) -> Vec<(String, Result<&'a str, u64>, &'a Value)> {
    match node {
        Value::Object(members) => {
            members.iter().map(|(key, value)| (format!("{path}/{key}"), Ok(key.as_str()), value)).collect()
        }
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .map(|(n, value)| (format!("{path}/{n}"), Err(n as u64), value))
            .collect(),
        _ => Vec::new(),
    }
}

fn descendants((path, node): Place<'_>) -> Vec<Place<'_>> {
    let mut all = vec![];
    for (path, _, child) in children(&path, node) {
        all.extend(descendants((path, child)));
    }
    all.push((path, node));
    all
}

fn holds(filter: &Filter, candidate: &Value, root: &Value) -> bool {
    match filter {
        Filter::Or(parts) => parts.iter().any(|part| holds(part, candidate, root)),
        Filter::And(parts) => parts.iter().all(|part| holds(part, candidate, root)),
        Filter::Not(part) => !holds(part, candidate, root),
        Filter::Once(_, part) => holds(part, candidate, root),
        Filter::Exists(query) => !nodes(query, candidate, root).is_empty(),
        Filter::Matches(asked, pattern) => {
            matches!(value(asked, candidate, root), Some(Value::String(text)) if pattern.matches(&text))
        }
        Filter::Compare(left, comparison, right) => {
            let (left, right) = (value(left, candidate, root), value(right, candidate, root));
            let (equal, less, greater) =
                (is_equal(&left, &right), is_less(&left, &right), is_less(&right, &left));
            match comparison {
                Comparison::Equal => equal,
                Comparison::Different => !equal,
                Comparison::Less => less,
                Comparison::AtMost => less || equal,
                Comparison::Greater => greater,
                Comparison::AtLeast => greater || equal,
            }
        }
    }
}

fn nodes<'a>(query: &Query, candidate: &'a Value, root: &'a Value) -> Vec<&'a Value> {
    let from = if query.absolute { root } else { candidate };
    follow(&query.segments, false, (String::new(), from), root).into_iter().map(|(_, node)| node).collect()
}

fn value(asked: &Asked, candidate: &Value, root: &Value) -> Option<Value> {
    match asked {
        Asked::Text(text) => Some(text.as_str().into()),
        Asked::Number(number) => Some(serde_json::from_str(&number.to_string()).unwrap()),
        Asked::Bool(value) => Some((*value).into()),
        Asked::Null => Some(Value::Null),
        Asked::At(query) | Asked::Only(query) => match nodes(query, candidate, root).as_slice() {
            [node] => Some((*node).clone()),
            _ => None,
        },
        Asked::Count(query) => Some(nodes(query, candidate, root).len().into()),
        Asked::Once(_, asked) => value(asked, candidate, root),
        Asked::Length(asked) => match value(asked, candidate, root)? {
            Value::String(text) => Some(text.chars().count().into()),
            Value::Array(elements) => Some(elements.len().into()),
            Value::Object(members) => Some(members.len().into()),
            _ => None,
        },
    }
}

fn is_equal(one: &Option<Value>, other: &Option<Value>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        (one, other) => one == other,
    }
}

fn is_less(one: &Option<Value>, other: &Option<Value>) -> bool {
    match (one, other) {
        (Some(Value::Number(one)), Some(Value::Number(other))) => one.as_f64() < other.as_f64(),
        (Some(Value::String(one)), Some(Value::String(other))) => one.chars().lt(other.chars()),
        _ => false,
    }
}
