//! YAML (1.2) as a tree in which every key and value knows its place in the file.
//!
//! The rule: what a reader does not take is an error. [`Fields`] hands out keys and complains about those left over, so a
//! misspelt key can't silently do nothing. Duplicate keys are errors already in the parser.

mod reader;

use std::{cell::RefCell, fmt, ops::Range};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::{Error as YamlError, Location, Spanned};

pub use reader::Reader;

use crate::complaint::{Complaint, did_you_mean};

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its bytes in the file.
    pub place: Range<usize>,
}

/// What YAML can say.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i128),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<(Key, Node)>),
}

/// A key and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The key.
    pub name: String,
    /// Its bytes in the file.
    pub place: Range<usize>,
}

/// Reads a file into a tree.
///
/// # Errors
/// What is wrong with its YAML.
pub fn parse(text: &str) -> Result<Node, Complaint> {
    serde_saphyr::from_str_with_options(text, yaml_1_2()).map_err(|error| complaint(text, &error))
}

/// Reads a file into a type.
///
/// # Errors
/// What is wrong with its YAML, or does not fit the type.
pub fn typed<T: DeserializeOwned>(text: &str) -> Result<T, Complaint> {
    serde_saphyr::from_str_with_options(text, yaml_1_2()).map_err(|error| complaint(text, &error))
}

/// In YAML 1.2 `yes`, `no`, `on` and `off` are texts, and nothing but `true` and `false` a truth value.
fn yaml_1_2() -> serde_saphyr::Options {
    serde_saphyr::options! { strict_booleans: true }
}

/// The bytes that a location of the YAML library speaks of.
pub fn place(location: &Location) -> Range<usize> {
    let span = location.span();
    let start = span.byte_offset().unwrap_or(0);
    let end = start + span.byte_len().unwrap_or(0);
    usize::try_from(start).unwrap_or(0)..usize::try_from(end).unwrap_or(0)
}

/// The same for a location that knows only its line and column, as those of syntax errors do.
fn place_in(text: &str, location: &Location) -> Range<usize> {
    if location.span().byte_offset().is_some() {
        return place(location);
    }
    let line = usize::try_from(location.line()).unwrap_or(1).saturating_sub(1);
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let column = usize::try_from(location.column()).unwrap_or(1).saturating_sub(1);
    let rest = text.get(before..).unwrap_or_default();
    let at = before + rest.chars().take(column).map(char::len_utf8).sum::<usize>();
    at..at
}

fn complaint(text: &str, error: &YamlError) -> Complaint {
    let error = error.without_snippet();
    let place = error.location().map_or(0..0, |location| word_at(text, place_in(text, &location)));
    match error {
        YamlError::SerdeUnknownField { field, expected, .. } => Complaint::error(
            format!("unknown key `{field}`"),
            place,
            did_you_mean(field, expected.iter().copied()),
        ),
        YamlError::SerdeUnknownVariant { variant, expected, .. } => Complaint::error(
            format!("unknown word `{variant}`"),
            place,
            did_you_mean(variant, expected.iter().copied()),
        ),
        YamlError::SerdeMissingField { field, .. } => {
            Complaint::error(format!("the key `{field}` is missing"), place, "add it to what begins here")
        }
        YamlError::DuplicateMappingKey { .. } => {
            Complaint::error("a key stands twice in one mapping", place, "keep one of the two")
        }
        other => Complaint::error(tidy(&other.to_string()), place, "here"),
    }
}

/// A caret under nothing helps nobody: an empty place grows to the word that begins there.
fn word_at(text: &str, place: Range<usize>) -> Range<usize> {
    if !place.is_empty() {
        return place;
    }
    let rest = text.get(place.start..).unwrap_or_default();
    let length = rest.find(|c: char| c.is_whitespace() || c == ':').unwrap_or(rest.len());
    place.start..place.start + length.max(1)
}

/// The library's words without its own line numbers, which the caret shows better.
fn tidy(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    if first.contains("socket address") {
        return "not an IP address with a port; write it like `0.0.0.0:8443` or `[::1]:8443`".to_owned();
    }
    let cut = first.find(" at line ").or_else(|| first.find(" (line ")).unwrap_or(first.len());
    first.get(..cut).unwrap_or(first).trim_start_matches("error: ").to_owned()
}

impl Node {
    /// The text; for a number or a truth value, as it was written.
    pub fn text(&self, source: &str) -> Option<String> {
        match &self.value {
            Value::Text(text) => Some(text.clone()),
            Value::Integer(_) | Value::Float(_) | Value::Bool(_) => {
                source.get(self.place.clone()).map(|raw| raw.trim().to_owned())
            }
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The same value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Integer(value) => i64::try_from(*value)
                .map(Into::into)
                .or_else(|_| u64::try_from(*value).map(Into::into))
                .unwrap_or(serde_json::Value::Null),
            Value::Float(value) => (*value).into(),
            Value::Text(value) => value.clone().into(),
            Value::List(nodes) => nodes.iter().map(Self::to_json).collect(),
            Value::Map(members) => members
                .iter()
                .map(|(key, node)| (key.name.clone(), node.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }

    /// What kind of value it is, in a reader's words.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// The keys of one mapping, handed out one by one; what nobody took is complained about.
pub struct Fields<'a> {
    place: Range<usize>,
    members: &'a [(Key, Node)],
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Fields<'a> {
    /// The keys of a node that must be a mapping.
    ///
    /// # Errors
    /// When it is none.
    pub fn of(node: &'a Node, what: &str) -> Result<Self, Complaint> {
        match &node.value {
            Value::Map(members) => Ok(Self { place: node.place.clone(), members, known: RefCell::default() }),
            _ => Err(Complaint::error(
                format!("{what} is a mapping of keys to values"),
                node.place.clone(),
                format!("this is {}", node.kind()),
            )),
        }
    }

    /// The value of a key, if it is there.
    pub fn get(&self, name: &'static str) -> Option<&'a Node> {
        self.known.borrow_mut().push(name);
        self.members.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// The value of a key.
    ///
    /// # Errors
    /// When it is missing.
    pub fn need(&self, name: &'static str) -> Result<&'a Node, Complaint> {
        let place = self.place.clone();
        self.get(name).ok_or_else(|| {
            Complaint::error(format!("the key `{name}` is missing"), place, "add it to what begins here")
        })
    }

    /// Complains about every key that was not asked for.
    pub fn leftovers(self) -> Vec<Complaint> {
        let known = self.known.into_inner();
        let unknown = self.members.iter().filter(|(key, _)| !known.contains(&key.name.as_str()));
        unknown
            .map(|(key, _)| {
                let advice = did_you_mean(&key.name, known.iter().copied());
                Complaint::error(format!("unknown key `{}`", key.name), key.place.clone(), advice)
            })
            .collect()
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Self { value: spanned.value, place: place(&spanned.referenced) })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Value::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some((key, node)) = map.next_entry::<Spanned<String>, Node>()? {
            members.push((Key { place: place(&key.referenced), name: key.value }, node));
        }
        Ok(Value::Map(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::Source;

    #[test]
    fn every_key_and_value_knows_its_place() {
        let text = "a: [1, x]\nb:\n  c: 2026-11\n";
        let node = parse(text).unwrap();
        let Value::Map(members) = &node.value else { panic!("{node:?}") };
        assert_eq!(text.get(members[0].0.place.clone()), Some("a"));
        assert_eq!(text.get(members[1].0.place.clone()), Some("b"));
        let Value::List(list) = &members[0].1.value else { panic!() };
        assert_eq!(text.get(list[1].place.clone()), Some("x"));
        assert_eq!(node.to_json(), serde_json::json!({"a": [1, "x"], "b": {"c": "2026-11"}}));
    }

    #[test]
    fn yes_and_no_are_texts() {
        assert_eq!(
            parse("[yes, No, on, y, true]").unwrap().to_json(),
            serde_json::json!(["yes", "No", "on", "y", true])
        );
    }

    #[test]
    fn broken_yaml_is_shown_where_it_breaks() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Typed {
            #[allow(dead_code)]
            address: String,
        }
        let untyped = ["a: 1\na: 2\n", "a: [1\n", "a: b: c\n", "a: \"x\n", "a:\n\t- b\n"];
        let typed_texts = ["adress: x\n", "{}\n", "address: [1]\n"];
        let show = |text: &str, complaint: &Complaint| Source::new("x.yaml", text).show(complaint, false);
        let report: Vec<String> = untyped
            .iter()
            .map(|text| show(text, &parse(text).expect_err(text)))
            .chain(typed_texts.iter().map(|text| show(text, &typed::<Typed>(text).unwrap_err())))
            .collect();
        insta::assert_snapshot!(report.join("\n\n"));
    }
}
