//! File → policy. Every complaint points at its line.
//!
//! The rule: all complaints of a file are found in one reading, and what is left unread is one of them.

mod data;
mod examples;
mod objections;

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};

use super::{Basis, MOST_PURPOSES, Policy, Purpose, Undeclared};
use crate::{
    complaint::{Complaint, Source, did_you_mean},
    quantity::Span,
    yaml::{self, Fields, Key, Node, Value},
};

/// Reads a policy.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn policy(source: &Source) -> Result<Policy, Vec<Complaint>> {
    let tree = yaml::parse(&source.text).map_err(|complaint| vec![complaint])?;
    let mut reader = Reader { source, complaints: Vec::new() };
    match reader.policy(&tree) {
        Some(policy) if reader.complaints.is_empty() => Ok(policy),
        _ => {
            reader.complaints.sort_by_key(|complaint| complaint.place.start);
            Err(reader.complaints)
        }
    }
}

/// Reads on after a complaint, so that all of them are found.
struct Reader<'a> {
    source: &'a Source,
    complaints: Vec<Complaint>,
}

impl<'a> Reader<'a> {
    fn policy(&mut self, tree: &'a Node) -> Option<Policy> {
        let fields = self.fields(tree, "a policy")?;
        let name = self.need_text(&fields, "policy");
        let version = self.version(&fields);
        let controller = fields.get("controller").and_then(|node| self.text(node));
        let group = fields.get("consents").and_then(|node| self.name(node));
        let undeclared = self.undeclared(&fields);
        let purposes: Vec<Purpose> = self.named(fields.get("purposes"), "purposes", Self::purpose);
        if let Some(first_too_many) = purposes.get(MOST_PURPOSES) {
            self.complain(
                format!("a policy has at most {MOST_PURPOSES} purposes"),
                first_too_many.place.clone(),
                "this is one too many; split the policy",
            );
        }
        let data_node = fields.get("data");
        let data = self.named(data_node, "data", |reader, key, node| reader.data(key, node, &purposes));
        self.claimed_names(&data);
        let examples = fields.get("examples").map(|node| self.examples(node, &purposes)).unwrap_or_default();
        self.complaints.extend(fields.leftovers());
        let name: Arc<str> = name?.into();
        Some(Policy {
            group: group.map_or_else(|| Arc::clone(&name), Into::into),
            name,
            version: version?,
            controller,
            undeclared: undeclared?,
            purposes,
            data,
            examples,
            source: self.source.clone(),
            digest: <[u8; 32]>::try_from(digest(&SHA256, self.source.text.as_bytes()).as_ref())
                .unwrap_or_default(),
        })
    }

    fn version(&mut self, fields: &Fields<'a>) -> Option<u64> {
        let node = self.need(fields, "version")?;
        match node.value {
            Value::Integer(version) if version > 0 => u64::try_from(version).ok(),
            _ => {
                self.error("`version` is a whole number above 0", node.place.clone(), "write 1, and count up")
            }
        }
    }

    fn undeclared(&mut self, fields: &Fields<'a>) -> Option<Undeclared> {
        let node = self.need(fields, "undeclared")?;
        let words =
            [("forward", Undeclared::Forward), ("drop", Undeclared::Drop), ("refuse", Undeclared::Refuse)];
        self.word(node, &words)
    }

    fn purpose(&mut self, key: &'a Key, node: &'a Node) -> Option<Purpose> {
        let fields = self.fields(node, "a purpose")?;
        let title = self.need_text(&fields, "title");
        let description = fields.get("description").and_then(|node| self.text(node));
        let basis_node = self.need(&fields, "basis");
        let basis = basis_node.and_then(|node| self.word(node, &BASES));
        let notice = fields.get("notice");
        let expires = fields.get("expires");
        let objections = fields.get("objections");
        if basis.is_some_and(|basis| basis != Basis::Consent) {
            for node in notice.into_iter().chain(expires) {
                self.complain(
                    "`notice` and `expires` belong to a yes, so only to `basis: consent`",
                    node.place.clone(),
                    "remove this",
                );
            }
        }
        if let (Some(basis), Some(node)) = (basis, objections)
            && !basis.yields_to_objection()
            && basis != Basis::Consent
        {
            self.complain(
                "nobody can object to a purpose of this basis",
                node.place.clone(),
                "remove this; `legitimate-interests` and `public-task` yield to objections, and a yes does",
            );
        }
        let notice = notice.and_then(|node| self.text(node));
        let expires = expires.and_then(|node| self.span(node));
        let objections = objections.map(|node| self.objections(node)).unwrap_or_default();
        self.complaints.extend(fields.leftovers());
        Some(Purpose {
            name: self.key_name(key)?,
            title: title?,
            description,
            basis: basis?,
            notice,
            expires,
            objections,
            place: key.place.clone(),
        })
    }

    /// The members of a mapping whose keys are names that the author chose.
    fn named<T>(
        &mut self,
        node: Option<&'a Node>,
        what: &str,
        mut read: impl FnMut(&mut Self, &'a Key, &'a Node) -> Option<T>,
    ) -> Vec<T> {
        match node.map(|node| (&node.value, node)) {
            None | Some((Value::Null, _)) => Vec::new(),
            Some((Value::Map(members), _)) => {
                members.iter().filter_map(|(key, node)| read(self, key, node)).collect()
            }
            Some((_, node)) => {
                self.complain(
                    format!("`{what}` is a mapping of names to what they mean"),
                    node.place.clone(),
                    format!("this is {}; write `NAME:`, and below it what belongs to it", node.kind()),
                );
                Vec::new()
            }
        }
    }

    /// `undeclared` is what receipts call places that no entry names.
    fn claimed_names(&mut self, data: &[super::Data]) {
        let names: BTreeSet<&str> = data.iter().map(|data| &*data.name).collect();
        if names.contains("undeclared") {
            let place = data.iter().find(|data| &*data.name == "undeclared").map(|data| data.place.clone());
            self.complain("the name `undeclared` is taken", place.unwrap_or(0..0), "choose another name");
        }
    }

    fn key_name(&mut self, key: &Key) -> Option<Arc<str>> {
        if is_name(&key.name) {
            return Some(key.name.as_str().into());
        }
        self.error(format!("`{}` is not a name", key.name), key.place.clone(), NAME_ADVICE)
    }

    fn name(&mut self, node: &Node) -> Option<String> {
        let name = self.text(node)?;
        if is_name(&name) {
            Some(name)
        } else {
            self.error(format!("`{name}` is not a name"), node.place.clone(), NAME_ADVICE)
        }
    }

    fn fields(&mut self, node: &'a Node, what: &str) -> Option<Fields<'a>> {
        Fields::of(node, what).map_err(|complaint| self.complaints.push(complaint)).ok()
    }

    fn need(&mut self, fields: &Fields<'a>, key: &'static str) -> Option<&'a Node> {
        fields.need(key).map_err(|complaint| self.complaints.push(complaint)).ok()
    }

    fn need_text(&mut self, fields: &Fields<'a>, key: &'static str) -> Option<String> {
        let node = self.need(fields, key)?;
        self.text(node)
    }

    fn text(&mut self, node: &Node) -> Option<String> {
        match node.text(&self.source.text).filter(|text| !text.trim().is_empty()) {
            Some(text) => Some(text),
            None => self.error("this must be text", node.place.clone(), format!("this is {}", node.kind())),
        }
    }

    fn span(&mut self, node: &Node) -> Option<Span> {
        let text = self.text(node)?;
        match text.parse() {
            Ok(span) => Some(span),
            Err(what) => self.error(what, node.place.clone(), "here"),
        }
    }

    fn whole(&mut self, node: &Node, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let number = match node.value {
            Value::Integer(number) => u64::try_from(number).ok().filter(|number| range.contains(number)),
            _ => None,
        };
        let advice = format!("write a number from {} to {}", range.start(), range.end());
        number.or_else(|| self.error("not a number that makes sense here", node.place.clone(), advice))
    }

    fn word<T: Copy>(&mut self, node: &Node, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node)?;
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*meaning);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.error(format!("unknown word `{text}`"), node.place.clone(), did_you_mean(&text, known))
    }

    /// One value, or a list of them.
    fn list(&mut self, node: &'a Node) -> Vec<&'a Node> {
        match &node.value {
            Value::List(nodes) => nodes.iter().collect(),
            Value::Null => Vec::new(),
            _ => vec![node],
        }
    }

    /// Complains, and has no value to give.
    fn error<T>(
        &mut self,
        what: impl Into<String>,
        place: Range<usize>,
        advice: impl Into<String>,
    ) -> Option<T> {
        self.complain(what, place, advice);
        None
    }

    fn complain(&mut self, what: impl Into<String>, place: Range<usize>, advice: impl Into<String>) {
        self.complaints.push(Complaint::error(what, place, advice));
    }
}

const NAME_ADVICE: &str = "use letters, digits, `-`, `_` and `.`, at most 64";

const BASES: [(&str, Basis); 6] = [
    ("consent", Basis::Consent),
    ("contract", Basis::Contract),
    ("legal-obligation", Basis::LegalObligation),
    ("vital-interests", Basis::VitalInterests),
    ("public-task", Basis::PublicTask),
    ("legitimate-interests", Basis::LegitimateInterests),
];

fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !text.is_empty() && text.len() <= 64 && text.chars().all(fits)
}

impl Basis {
    /// Whether a person may object to processing on this ground (GDPR Art. 21(1)).
    pub fn yields_to_objection(self) -> bool {
        match self {
            Self::LegitimateInterests | Self::PublicTask => true,
            Self::Consent | Self::Contract | Self::LegalObligation | Self::VitalInterests => false,
        }
    }
}

#[cfg(test)]
mod tests;
