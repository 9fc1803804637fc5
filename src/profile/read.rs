//! File → profile. Every complaint points at its line.
//!
//! The rule: what a profile says of places is told by names, `*` and `..` alone, so that no message is read a second time for it;
//! and no place is said to be both needed and personal.

mod stream;
mod turn;

use std::ops::Range;

use super::{Inside, Profile, Side, Socket, StreamShape, TextPlace, way::Way};
use crate::{
    complaint::{Complaint, Source},
    selector::{BodySelector, Selector, SelectorFault},
    yaml::{self, Node, Value},
};

const SOCKETS: [(&str, Socket); 3] =
    [("plain", Socket::Plain), ("engine-io", Socket::EngineIo), ("signalr", Socket::SignalR)];

/// Reads a profile.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn profile(source: &Source) -> Result<Profile, Vec<Complaint>> {
    let tree = yaml::parse(&source.text).map_err(|complaint| vec![complaint])?;
    let mut reader = Reader { yaml: yaml::Reader::of(source), asked: Vec::new() };
    let profile = reader.profile(&tree, source);
    reader.yaml.outcome(profile)
}

struct Reader<'a> {
    yaml: yaml::Reader<'a>,
    /// The single places that the rules of the stream ask about.
    asked: Vec<Way>,
}

impl<'a> Reader<'a> {
    fn profile(&mut self, tree: &'a Node, source: &Source) -> Option<Profile> {
        let fields = self.yaml.fields(tree, "a profile")?;
        let name = self.yaml.need(&fields, "profile").and_then(|node| self.name(node));
        let title = self.yaml.need_text(&fields, "title");
        let learned_from = self.yaml.need_text(&fields, "source");
        let history = fields.get("history").map(|node| self.yaml.truth(node));
        let socket = fields.get("socket").map(|node| self.yaml.word(node, &SOCKETS));
        let claimed_subject = fields.get("subject").map(|node| self.subject(node));
        let to_bot = self.yaml.need(&fields, "to_bot").and_then(|node| self.side(node, "`to_bot`"));
        let to_person = self.yaml.need(&fields, "to_person").and_then(|node| self.side(node, "`to_person`"));
        let stream = fields.get("stream").map(|node| self.stream(node));
        let turn = fields.get("turn").map(|node| self.turn(node));
        self.yaml.done(fields);
        let to_person = to_person?;
        Some(Profile {
            name: name?.into(),
            title: title?,
            learned_from: learned_from?,
            history: history.unwrap_or(Some(false))?,
            socket: socket.unwrap_or(Some(Socket::Plain))?,
            claimed_subject: claimed_subject.unwrap_or_else(|| Some(Vec::new()))?,
            turn: turn.map_or(Some(None), |turn| turn.map(Some))?,
            to_bot: to_bot?,
            stream: stream.unwrap_or_else(|| Some(StreamShape::default()))?.among(&to_person),
            to_person,
            source: source.clone(),
        })
    }

    fn name(&mut self, node: &Node) -> Option<String> {
        let name = self.yaml.text(node)?;
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.len() <= 64 && name.chars().all(fits) {
            return Some(name);
        }
        let advice = "use letters, digits, `-`, `_` and `.`, at most 64";
        self.yaml.error(format!("`{name}` is not a name"), node.place.clone(), advice)
    }

    fn subject(&mut self, node: &'a Node) -> Option<Vec<BodySelector>> {
        let fields = self.yaml.fields(node, "`subject`")?;
        let claimed = self.yaml.need(&fields, "claimed").map(|node| self.bodies(node));
        self.yaml.done(fields);
        claimed
    }

    fn side(&mut self, node: &'a Node, what: &str) -> Option<Side> {
        let fields = self.yaml.fields(node, what)?;
        let texts = self.yaml.need(&fields, "texts").map(|node| self.texts(node));
        let mut bodies = |key| fields.get(key).map(|node| self.bodies(node)).unwrap_or_default();
        let (needs, opaque, echoes) = (bodies("needs"), bodies("opaque"), bodies("echoes"));
        let personal = fields.get("personal").map(|node| self.personal(node, &needs)).unwrap_or_default();
        self.yaml.done(fields);
        Some(Side { texts: texts?, personal, needs, opaque, echoes })
    }

    fn texts(&mut self, node: &'a Node) -> Vec<TextPlace> {
        let nodes = self.yaml.list(node);
        if nodes.is_empty() {
            self.complain("a direction without texts has none to search", node, "write `$` for every string");
        }
        nodes.into_iter().filter_map(|node| self.text_place(node)).collect()
    }

    fn text_place(&mut self, node: &'a Node) -> Option<TextPlace> {
        let Value::Map(_) = node.value else {
            let at = self.body(node)?;
            let below = BodySelector::parse(&format!("{}..*", at.text), false).ok();
            return Some(TextPlace { at, below, inside: Inside::Plain });
        };
        let fields = self.yaml.fields(node, "a text")?;
        let at = self.yaml.need(&fields, "at").and_then(|node| self.body(node));
        let inside = self.yaml.need(&fields, "inside").and_then(|node| self.inside(node));
        self.yaml.done(fields);
        Some(TextPlace { at: at?, below: None, inside: inside? })
    }

    fn inside(&mut self, node: &Node) -> Option<Inside> {
        self.yaml.word(node, &[("json", Inside::Json)])
    }

    fn personal(&mut self, node: &'a Node, needs: &[BodySelector]) -> Vec<Selector> {
        let mut all = Vec::new();
        for node in self.yaml.list(node) {
            let Some(selector) = self.selector(node, |text| Selector::parse(text, false)) else { continue };
            if needs.iter().any(|need| need.text == selector.text()) {
                let what = format!("`{}` is needed, too", selector.text());
                self.complain(what, node, "a place is needed or personal; choose one");
            }
            all.push(selector);
        }
        all
    }

    /// Places in a body.
    fn bodies(&mut self, node: &'a Node) -> Vec<BodySelector> {
        self.yaml.list(node).into_iter().filter_map(|node| self.body(node)).collect()
    }

    fn body(&mut self, node: &Node) -> Option<BodySelector> {
        let selector = self.selector(node, |text| BodySelector::parse(text, false))?;
        if selector.looks_ahead() {
            let what = format!("`{}` takes a second look at a message", selector.text);
            return self.reject(what, node, "places in a profile are told by names, `*` and `..`");
        }
        Some(selector)
    }

    fn selector<T>(
        &mut self,
        node: &Node,
        parse: impl FnOnce(&str) -> Result<T, SelectorFault>,
    ) -> Option<T> {
        let text = self.yaml.text(node)?;
        match parse(&text) {
            Ok(selector) => Some(selector),
            Err(fault) => {
                let place: Range<usize> = self.yaml.inside(node, fault.at);
                self.yaml.error(format!("the selector `{text}` can't be used"), place, fault.what)
            }
        }
    }

    fn complain(&mut self, what: impl Into<String>, node: &Node, advice: &str) {
        self.reject::<()>(what, node, advice);
    }

    /// Complains, and has no value to give.
    fn reject<T>(&mut self, what: impl Into<String>, node: &Node, advice: &str) -> Option<T> {
        self.yaml.error(what, node.place.clone(), advice)
    }
}
