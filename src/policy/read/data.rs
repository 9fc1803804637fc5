//! Data entries: what they are called, and which purposes they serve.

use std::ops::Range;

use super::{Reader, detection::Words};
use crate::{
    complaint::did_you_mean,
    policy::{Basis, Data, Purpose, Serves, action::Action},
    yaml::{Key, Node, Value},
};

/// The conditions of GDPR Art. 9(2) that need no consent, by the words of its letters (b) to (j).
const CONDITIONS: [(&str, ()); 9] = [
    ("employment", ()),
    ("vital-interests", ()),
    ("not-for-profit", ()),
    ("made-public", ()),
    ("legal-claims", ()),
    ("substantial-public-interest", ()),
    ("health-care", ()),
    ("public-health", ()),
    ("archiving", ()),
];

impl<'a> Reader<'a> {
    pub(super) fn data(
        &mut self,
        key: &'a Key,
        node: &'a Node,
        purposes: &[Purpose],
        words: &Words<'a>,
    ) -> Option<Data> {
        let fields = self.fields(node, "a data entry")?;
        let title = fields.get("title").and_then(|node| self.text(node));
        let to_person = fields.get("to_person").map(|node| self.other_way(node, words));
        let in_text = fields.get("in_text").map(|node| self.in_text(node, words));
        let at = match (&to_person, &in_text) {
            (None, None) => self.need(&fields, "at"),
            (Some(_), _) | (None, Some(_)) => fields.get("at"),
        };
        let at = at.map(|node| self.places(node)).unwrap_or_default();
        let purposes_node = fields.get("for");
        let serves = match purposes_node {
            Some(node) => self.serves(node, purposes),
            None => Some(Serves::Nothing),
        };
        let otherwise = match fields.get("otherwise") {
            Some(node) => self.action(node),
            None => Some(Action::Drop),
        };
        if let Some(node) = fields.get("special") {
            self.special(node, serves, purposes);
        }
        if let Some(action) = &otherwise {
            self.actions_on_files(&at, action);
        }
        if let (Some(Action::Pseudonymise(_)), Some(node)) = (&otherwise, fields.get("to_person")) {
            self.complain(
                "what goes to the person is not pseudonymised",
                node.place.clone(),
                "make an entry of its own for it, with `redact`, `mask` or `hash`",
            );
        }
        let (to_person, in_replies) = to_person.unwrap_or_default();
        let in_text = in_text.unwrap_or_default();
        self.done(fields);
        Some(Data {
            name: self.key_name(key)?,
            title,
            at,
            to_person,
            in_text: in_text.kinds,
            in_replies: in_replies.kinds,
            text_at: in_text.at,
            reply_text_at: in_replies.at,
            serves: serves?,
            for_place: purposes_node.map_or_else(|| key.place.clone(), whole_list),
            otherwise: otherwise?,
            place: key.place.clone(),
        })
    }

    fn serves(&mut self, node: &'a Node, purposes: &[Purpose]) -> Option<Serves> {
        if let Value::Map(_) = &node.value {
            let fields = self.fields(node, "`for`")?;
            let all = fields.get("all");
            self.done(fields);
            return match all {
                Some(all) => self.purpose_bits(all, purposes).map(Serves::All),
                None => self.error(
                    "`for` does not say which purposes",
                    node.place.clone(),
                    "write `[a, b]` where any of them is enough, `{all: [a, b]}` where each is needed",
                ),
            };
        }
        self.purpose_bits(node, purposes).map(Serves::Any)
    }

    fn purpose_bits(&mut self, node: &'a Node, purposes: &[Purpose]) -> Option<u128> {
        let nodes = self.list(node);
        if nodes.is_empty() {
            return self.error(
                "no purpose is named",
                node.place.clone(),
                "name one, or leave `for` out: the data then never passes",
            );
        }
        let bits: Vec<Option<u128>> =
            nodes.into_iter().map(|node| self.purpose_bit(node, purposes)).collect();
        bits.into_iter().try_fold(0, |all, bit| bit.map(|bit| all | bit))
    }

    fn purpose_bit(&mut self, node: &Node, purposes: &[Purpose]) -> Option<u128> {
        let name = self.text(node)?;
        match purposes.iter().position(|purpose| *purpose.name == *name) {
            Some(n) => 1u128.checked_shl(u32::try_from(n).ok()?),
            None => {
                let advice = did_you_mean(&name, purposes.iter().map(|purpose| &*purpose.name));
                self.error(format!("unknown purpose `{name}`"), node.place.clone(), advice)
            }
        }
    }

    /// Special categories (GDPR Art. 9) need a consent, or one of the article's other conditions by name.
    fn special(&mut self, node: &Node, serves: Option<Serves>, purposes: &[Purpose]) {
        match (&node.value, serves) {
            (Value::Bool(false), _) | (_, None) => {}
            (Value::Bool(true), Some(serves)) => {
                let others: Vec<&str> = serves
                    .purposes()
                    .filter_map(|n| purposes.get(n))
                    .filter(|purpose| purpose.basis != Basis::Consent)
                    .map(|purpose| &*purpose.name)
                    .collect();
                if let Some(purpose) = others.first() {
                    self.complain(
                        format!("special data (GDPR Art. 9) can't rest on the basis of `{purpose}`"),
                        node.place.clone(),
                        "give the purpose `basis: consent`, or name a condition of Art. 9(2), such as `special: health-care`",
                    );
                }
            }
            (_, Some(_)) => {
                self.word(node, &CONDITIONS);
            }
        }
    }
}

/// The place of a list from its first value to its last: the YAML library only knows where it begins.
fn whole_list(node: &Node) -> Range<usize> {
    match &node.value {
        Value::List(nodes) => match (nodes.first(), nodes.last()) {
            (Some(first), Some(last)) => first.place.start..last.place.end,
            _ => node.place.clone(),
        },
        _ => node.place.clone(),
    }
}
