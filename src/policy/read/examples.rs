//! Examples.

use super::Reader;
use crate::{
    complaint::did_you_mean,
    consent::DecisionKind,
    policy::{
        Purpose,
        example::{Example, Expected, Parts},
    },
    signal::Signals,
    yaml::{Node, Value},
};

const DECISIONS: [(&str, DecisionKind); 4] = [
    ("grant", DecisionKind::Grant),
    ("deny", DecisionKind::Deny),
    ("withdraw", DecisionKind::Withdraw),
    ("object", DecisionKind::Object),
];

impl<'a> Reader<'a> {
    pub(super) fn examples(&mut self, node: &'a Node, purposes: &[Purpose]) -> Vec<Example> {
        let nodes = self.list(node);
        nodes.into_iter().filter_map(|node| self.example(node, purposes)).collect()
    }

    fn example(&mut self, node: &'a Node, purposes: &[Purpose]) -> Option<Example> {
        let fields = self.fields(node, "an example")?;
        let name_node = self.need(&fields, "name");
        let name = name_node.and_then(|node| self.text(node));
        let consents = fields.get("consents").map(|node| self.consents(node, purposes)).unwrap_or_default();
        let restricted = fields.get("restricted").and_then(|node| self.truth(node)).unwrap_or(false);
        let signals = fields.get("signals").map(|node| self.signals(node)).unwrap_or_default();
        let ago = fields.get("decided_ago").and_then(|node| self.span(node));
        let now = fields.get("now").and_then(|node| self.moment(node));
        let to_bot = self.need(&fields, "to_bot").and_then(|node| self.parts(node));
        let expected = match (fields.get("becomes"), fields.get("refused")) {
            (Some(node), None) => self.parts(node).map(Expected::Becomes),
            (None, Some(node)) if node.value == Value::Bool(true) => Some(Expected::Refused),
            _ => self.error(
                "an example says what the request `becomes`, or `refused: true`",
                node.place.clone(),
                "write one of the two",
            ),
        };
        self.done(fields);
        Some(Example {
            name: name?,
            consents,
            restricted,
            signals,
            decided_ago: ago.and_then(|ago| ago.0.try_into().ok()).unwrap_or_default(),
            now,
            to_bot: to_bot?,
            expected: expected?,
            place: name_node.map(|node| node.place.clone()).unwrap_or_default(),
        })
    }

    fn consents(&mut self, node: &'a Node, purposes: &[Purpose]) -> Vec<(String, DecisionKind)> {
        self.named(Some(node), "consents", |reader, key, node| {
            if !purposes.iter().any(|purpose| *purpose.name == *key.name) {
                let advice = did_you_mean(&key.name, purposes.iter().map(|purpose| &*purpose.name));
                return reader.error(format!("unknown purpose `{}`", key.name), key.place.clone(), advice);
            }
            Some((key.name.clone(), reader.word(node, &DECISIONS)?))
        })
    }

    /// What the request says about consent. A string that is malformed may be what the example is about.
    fn signals(&mut self, node: &'a Node) -> Signals {
        let mut signals = Signals::default();
        let Some(fields) = self.fields(node, "signals") else { return signals };
        if let Some(objects) = fields.get("gpc").and_then(|node| self.truth(node)) {
            signals.hear_gpc(if objects { b"1" } else { b"0" });
        }
        for text in self.texts(fields.get("tcf")) {
            signals.hear_tcf(text.as_bytes());
        }
        for text in self.texts(fields.get("gpp")) {
            signals.hear_gpp(text.as_bytes());
        }
        self.done(fields);
        signals
    }

    fn texts(&mut self, node: Option<&'a Node>) -> Vec<String> {
        let nodes = node.map(|node| self.list(node)).unwrap_or_default();
        nodes.into_iter().filter_map(|node| self.value_text(node)).collect()
    }

    fn moment(&mut self, node: &Node) -> Option<jiff::Timestamp> {
        let text = self.text(node)?;
        match text.parse() {
            Ok(moment) => Some(moment),
            Err(_) => {
                self.error("not a moment in time", node.place.clone(), "write it like `2026-11-21T12:00:00Z`")
            }
        }
    }

    fn parts(&mut self, node: &'a Node) -> Option<Parts> {
        let fields = self.fields(node, "a request")?;
        let parts = Parts {
            headers: self.headers(fields.get("headers")),
            cookies: self.pairs(fields.get("cookies"), "cookies"),
            query: self.pairs(fields.get("query"), "query"),
            path: self.pairs(fields.get("path"), "path"),
            form: fields.get("form").map(|node| self.pairs(Some(node), "form")),
            body: fields.get("body").map(Node::to_json),
        };
        self.done(fields);
        if parts.form.is_some() && parts.body.is_some() {
            return self.error(
                "a request has a `form` or a `body`, not both",
                node.place.clone(),
                "remove one",
            );
        }
        Some(parts)
    }

    fn headers(&mut self, node: Option<&'a Node>) -> Vec<(String, String)> {
        if let Some(Value::Map(members)) = node.map(|node| &node.value) {
            for (key, _) in members {
                if key.name.eq_ignore_ascii_case("cookie") {
                    self.complain(
                        "cookies are not written as a header",
                        key.place.clone(),
                        "write `cookies:`",
                    );
                } else if http::HeaderName::try_from(&key.name).is_err() {
                    let what = format!("`{}` is not the name of a header field", key.name);
                    self.complain(what, key.place.clone(), "here");
                }
            }
        }
        self.pairs(node, "headers")
    }

    /// Names with one value or a list of them.
    fn pairs(&mut self, node: Option<&'a Node>, what: &str) -> Vec<(String, String)> {
        let lists = self.named(node, what, |reader, key, node| {
            let nodes = reader.list(node);
            let values = nodes.into_iter().filter_map(|node| reader.value_text(node));
            Some(values.map(|value| (key.name.clone(), value)).collect::<Vec<_>>())
        });
        lists.into_iter().flatten().collect()
    }

    fn value_text(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Value::Text(text) => Some(text.clone()),
            _ => self.text(node),
        }
    }
}
