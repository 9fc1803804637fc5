//! Signals that count as objections: `gpc`, `{tcf: 3}`, `{gpp: SaleOptOut}`.

use super::Reader;
use crate::{
    complaint::did_you_mean,
    policy::ObjectionSignal,
    signal::{Field, TCF_PURPOSES},
    yaml::{Node, Value},
};

const ADVICE: &str = "write `gpc`, `{tcf: 3}` or `{gpp: SaleOptOut}`";

impl<'a> Reader<'a> {
    pub(super) fn objections(&mut self, node: &'a Node) -> Vec<ObjectionSignal> {
        let one_by_one = self.list(node);
        one_by_one.into_iter().flat_map(|node| self.objection(node)).collect()
    }

    fn objection(&mut self, node: &'a Node) -> Vec<ObjectionSignal> {
        if !matches!(node.value, Value::Map(_)) {
            return self.plain_objection(node).into_iter().collect();
        }
        let Some(fields) = self.fields(node, "a signal") else { return Vec::new() };
        let tcf = fields.get("tcf").and_then(|node| self.tcf_purpose(node)).map(ObjectionSignal::Tcf);
        let gpp = fields.get("gpp").and_then(|node| self.gpp_field(node)).map(ObjectionSignal::Gpp);
        let says_nothing = fields.get("tcf").or(fields.get("gpp")).is_none();
        let before = self.complaints();
        self.done(fields);
        if says_nothing && self.complaints() == before {
            self.complain("this names no signal", node.place.clone(), ADVICE);
        }
        tcf.into_iter().chain(gpp).collect()
    }

    fn plain_objection(&mut self, node: &'a Node) -> Option<ObjectionSignal> {
        let advice = match self.text(node)?.as_str() {
            "gpc" => return Some(ObjectionSignal::Gpc),
            "tcf" => "say which purpose, such as `{tcf: 3}`".to_owned(),
            "gpp" => "say which field, such as `{gpp: SaleOptOut}`".to_owned(),
            _ => ADVICE.to_owned(),
        };
        self.error("not a signal that can object", node.place.clone(), advice)
    }

    fn tcf_purpose(&mut self, node: &'a Node) -> Option<u8> {
        self.whole(node, 1..=u64::from(TCF_PURPOSES)).and_then(|number| u8::try_from(number).ok())
    }

    fn gpp_field(&mut self, node: &'a Node) -> Option<Field> {
        let text = self.text(node)?;
        if let Some(field) = Field::ALL.into_iter().find(|field| field.as_str() == text) {
            return Some(field);
        }
        let what = format!("no section for the United States has a field `{text}` in which people say no");
        let advice = did_you_mean(&text, Field::ALL.map(Field::as_str));
        self.error(what, node.place.clone(), advice)
    }
}
