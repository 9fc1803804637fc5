//! Reading a tree into what it means, with every complaint about it.
//!
//! The rule: all complaints of a file are found in one reading, so whoever reads goes on after one; what then is missing has
//! been complained about.

use std::ops::{Range, RangeInclusive};

use super::{Fields, Node, Value};
use crate::{
    complaint::{Complaint, Source, did_you_mean},
    quantity::Span,
};

/// Reads on after a complaint, so that all of them are found.
pub struct Reader<'a> {
    source: &'a Source,
    complaints: Vec<Complaint>,
}

impl<'a> Reader<'a> {
    /// A reader of a file.
    pub fn of(source: &'a Source) -> Self {
        Self { source, complaints: Vec::new() }
    }

    /// What was read, if there was nothing to complain about.
    ///
    /// # Errors
    /// The complaints, in the order of the file.
    pub fn outcome<T>(mut self, read: Option<T>) -> Result<T, Vec<Complaint>> {
        match read {
            Some(read) if self.complaints.is_empty() => Ok(read),
            _ => {
                self.complaints.sort_by_key(|complaint| complaint.place.start);
                Err(self.complaints)
            }
        }
    }

    /// The file.
    pub fn source(&self) -> &'a Source {
        self.source
    }

    /// How much there was to complain about so far.
    pub fn complaints(&self) -> usize {
        self.complaints.len()
    }

    /// The keys of a node that must be a mapping.
    pub fn fields(&mut self, node: &'a Node, what: &str) -> Option<Fields<'a>> {
        Fields::of(node, what).map_err(|complaint| self.complaints.push(complaint)).ok()
    }

    /// All keys have been asked for; whatever is left is a mistake.
    pub fn done(&mut self, fields: Fields<'a>) {
        self.complaints.extend(fields.leftovers());
    }

    /// The value of a key that must be there.
    pub fn need(&mut self, fields: &Fields<'a>, key: &'static str) -> Option<&'a Node> {
        fields.need(key).map_err(|complaint| self.complaints.push(complaint)).ok()
    }

    /// A text that must be there.
    pub fn need_text(&mut self, fields: &Fields<'a>, key: &'static str) -> Option<String> {
        let node = self.need(fields, key)?;
        self.text(node)
    }

    /// A text that says something.
    pub fn text(&mut self, node: &Node) -> Option<String> {
        match node.text(&self.source.text).filter(|text| !text.trim().is_empty()) {
            Some(text) => Some(text),
            None => self.error("this must be text", node.place.clone(), format!("this is {}", node.kind())),
        }
    }

    /// `true` or `false`.
    pub fn truth(&mut self, node: &Node) -> Option<bool> {
        match node.value {
            Value::Bool(truth) => Some(truth),
            _ => self.error(
                "this must be `true` or `false`",
                node.place.clone(),
                format!("this is {}", node.kind()),
            ),
        }
    }

    /// One of some words.
    pub fn word<T: Copy>(&mut self, node: &Node, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node)?;
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*meaning);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.error(format!("unknown word `{text}`"), node.place.clone(), did_you_mean(&text, known))
    }

    /// A length of time.
    pub fn span(&mut self, node: &Node) -> Option<Span> {
        let text = self.text(node)?;
        match text.parse() {
            Ok(span) => Some(span),
            Err(what) => self.error(what, node.place.clone(), "here"),
        }
    }

    /// A whole number within a range.
    pub fn whole(&mut self, node: &Node, range: RangeInclusive<u64>) -> Option<u64> {
        let number = match node.value {
            Value::Integer(number) => u64::try_from(number).ok().filter(|number| range.contains(number)),
            _ => None,
        };
        let advice = format!("write a number from {} to {}", range.start(), range.end());
        number.or_else(|| self.error("not a number that makes sense here", node.place.clone(), advice))
    }

    /// One value, or a list of them.
    pub fn list(&self, node: &'a Node) -> Vec<&'a Node> {
        match &node.value {
            Value::List(nodes) => nodes.iter().collect(),
            Value::Null => Vec::new(),
            _ => vec![node],
        }
    }

    /// A range of bytes inside a text, as the file has it: past the quotation mark, where there is one.
    pub fn inside(&self, node: &Node, at: usize) -> Range<usize> {
        let raw = self.source.text.get(node.place.clone());
        let quoted = raw.is_some_and(|raw| raw.starts_with(['"', '\'']));
        let at = node.place.start + usize::from(quoted) + at;
        let end = node.place.end.max(at + 1);
        at.min(end - 1)..end
    }

    /// Complains, and has no value to give.
    pub fn error<T>(
        &mut self,
        what: impl Into<String>,
        place: Range<usize>,
        advice: impl Into<String>,
    ) -> Option<T> {
        self.complain(what, place, advice);
        None
    }

    /// Complains, and goes on.
    pub fn complain(&mut self, what: impl Into<String>, place: Range<usize>, advice: impl Into<String>) {
        self.complaints.push(Complaint::error(what, place, advice));
    }
}
