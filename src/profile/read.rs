//! File → profile. Every complaint points at its line.
//!
//! The rule: what a profile says of places is told by names, `*` and `..` alone, so that no message is read a second time for it;
//! and no place is said to be both needed and personal.

mod stream;

use std::ops::Range;

use super::{Inside, Profile, Side, Socket, StreamShape, TextPlace};
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
    let mut reader = Reader(yaml::Reader::of(source));
    let profile = reader.profile(&tree, source);
    reader.0.outcome(profile)
}

struct Reader<'a>(yaml::Reader<'a>);

impl<'a> Reader<'a> {
    fn profile(&mut self, tree: &'a Node, source: &Source) -> Option<Profile> {
        let fields = self.0.fields(tree, "a profile")?;
        let name = self.0.need(&fields, "profile").and_then(|node| self.name(node));
        let title = self.0.need_text(&fields, "title");
        let learned_from = self.0.need_text(&fields, "source");
        let history = fields.get("history").map(|node| self.0.truth(node));
        let socket = fields.get("socket").map(|node| self.0.word(node, &SOCKETS));
        let claimed_subject = fields.get("subject").map(|node| self.subject(node));
        let to_bot = self.0.need(&fields, "to_bot").and_then(|node| self.side(node, "`to_bot`"));
        let to_person = self.0.need(&fields, "to_person").and_then(|node| self.side(node, "`to_person`"));
        let stream = fields.get("stream").map(|node| self.stream(node));
        self.0.done(fields);
        let to_person = to_person?;
        Some(Profile {
            name: name?.into(),
            title: title?,
            learned_from: learned_from?,
            history: history.unwrap_or(Some(false))?,
            socket: socket.unwrap_or(Some(Socket::Plain))?,
            claimed_subject: claimed_subject.unwrap_or_else(|| Some(Vec::new()))?,
            to_bot: to_bot?,
            stream: stream.unwrap_or_else(|| Some(StreamShape::default()))?.among(&to_person),
            to_person,
            source: source.clone(),
        })
    }

    fn name(&mut self, node: &Node) -> Option<String> {
        let name = self.0.text(node)?;
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.len() <= 64 && name.chars().all(fits) {
            return Some(name);
        }
        let advice = "use letters, digits, `-`, `_` and `.`, at most 64";
        self.0.error(format!("`{name}` is not a name"), node.place.clone(), advice)
    }

    fn subject(&mut self, node: &'a Node) -> Option<Vec<BodySelector>> {
        let fields = self.0.fields(node, "`subject`")?;
        let claimed = self.0.need(&fields, "claimed").map(|node| self.bodies(node));
        self.0.done(fields);
        claimed
    }

    fn side(&mut self, node: &'a Node, what: &str) -> Option<Side> {
        let fields = self.0.fields(node, what)?;
        let texts = self.0.need(&fields, "texts").map(|node| self.texts(node));
        let mut bodies = |key| fields.get(key).map(|node| self.bodies(node)).unwrap_or_default();
        let (needs, opaque, echoes) = (bodies("needs"), bodies("opaque"), bodies("echoes"));
        let personal = fields.get("personal").map(|node| self.personal(node, &needs)).unwrap_or_default();
        self.0.done(fields);
        Some(Side { texts: texts?, personal, needs, opaque, echoes })
    }

    fn texts(&mut self, node: &'a Node) -> Vec<TextPlace> {
        let nodes = self.0.list(node);
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
        let fields = self.0.fields(node, "a text")?;
        let at = self.0.need(&fields, "at").and_then(|node| self.body(node));
        let inside = self.0.need(&fields, "inside").and_then(|node| self.inside(node));
        self.0.done(fields);
        Some(TextPlace { at: at?, below: None, inside: inside? })
    }

    fn inside(&mut self, node: &Node) -> Option<Inside> {
        self.0.word(node, &[("json", Inside::Json)])
    }

    fn personal(&mut self, node: &'a Node, needs: &[BodySelector]) -> Vec<Selector> {
        let mut all = Vec::new();
        for node in self.0.list(node) {
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
        self.0.list(node).into_iter().filter_map(|node| self.body(node)).collect()
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
        let text = self.0.text(node)?;
        match parse(&text) {
            Ok(selector) => Some(selector),
            Err(fault) => {
                let place: Range<usize> = self.0.inside(node, fault.at);
                self.0.error(format!("the selector `{text}` can't be used"), place, fault.what)
            }
        }
    }

    fn complain(&mut self, what: impl Into<String>, node: &Node, advice: &str) {
        self.reject::<()>(what, node, advice);
    }

    /// Complains, and has no value to give.
    fn reject<T>(&mut self, what: impl Into<String>, node: &Node, advice: &str) -> Option<T> {
        self.0.error(what, node.place.clone(), advice)
    }
}
