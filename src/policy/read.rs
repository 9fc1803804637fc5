//! File → policy. Every complaint points at its line.
//!
//! The rule: all complaints of a file are found in one reading, and what is left unread is one of them. How that is done says
//! [`crate::yaml::Reader`]; here is what a policy is.

mod actions;
mod data;
mod detection;
mod examples;
mod objections;
mod places;

use std::{collections::BTreeSet, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};

use super::{Basis, MOST_PURPOSES, Policy, Purpose, Undeclared};
use crate::{
    complaint::{Complaint, Source},
    yaml::{self, Fields, Key, Node, Reader, Value},
};

/// Reads a policy.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn policy(source: &Source) -> Result<Policy, Vec<Complaint>> {
    let tree = yaml::parse(&source.text).map_err(|complaint| vec![complaint])?;
    let mut reader = Reader::of(source);
    let policy = reader.policy(&tree);
    reader.outcome(policy)
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
        let (detection, kinds) = self.detection(fields.get("detection"));
        let data_node = fields.get("data");
        let data =
            self.named(data_node, "data", |reader, key, node| reader.data(key, node, &purposes, &kinds));
        self.claimed_names(&data);
        let examples = fields.get("examples").map(|node| self.examples(node, &purposes)).unwrap_or_default();
        self.done(fields);
        let name: Arc<str> = name?.into();
        Some(Policy {
            group: group.map_or_else(|| Arc::clone(&name), Into::into),
            name,
            version: version?,
            controller,
            undeclared: undeclared?,
            purposes,
            data,
            detection,
            examples,
            source: self.source().clone(),
            digest: <[u8; 32]>::try_from(digest(&SHA256, self.source().text.as_bytes()).as_ref())
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
        let recipients = fields.get("recipients").map(|node| self.list(node)).unwrap_or_default();
        let recipients = recipients.into_iter().filter_map(|node| self.text(node)).collect();
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
        self.done(fields);
        Some(Purpose {
            name: self.key_name(key)?,
            title: title?,
            description,
            recipients,
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
