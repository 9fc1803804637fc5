//! Where data is found: selectors, documents inside documents, kinds in texts.

use super::{Reader, detection::Words};
use crate::{
    detect::Kinds,
    policy::{At, Inside, Writing},
    selector::{FieldKind, MediaRange, Selector},
    yaml::{Fields, Key, Node, Value},
};

/// How documents are written in texts.
const WRITINGS: [(&str, Writing); 3] =
    [("json", Writing::Json), ("form", Writing::Form), ("base64", Writing::Base64)];

/// What `in_text` says.
#[derive(Default)]
pub(super) struct InText {
    pub(super) kinds: Kinds,
    /// Values that are texts, whatever the profile says.
    pub(super) at: Vec<At>,
}

/// How deep documents may lie in one another.
const MOST_DOCUMENTS: usize = 4;

impl<'a> Reader<'a> {
    pub(super) fn places(&mut self, node: &'a Node) -> Vec<At> {
        let nodes = self.list(node);
        if nodes.is_empty() {
            self.complain("an entry without a place finds nothing", node.place.clone(), "write a selector");
        }
        nodes.into_iter().filter_map(|node| self.selector(node)).collect()
    }

    /// Where data is found on its way to the person: selectors, or `at` and `in_text` as for the other direction.
    pub(super) fn other_way(&mut self, node: &'a Node, words: &Words<'a>) -> (Vec<At>, InText) {
        let is_selector = |members: &[(Key, Node)]| members.iter().any(|(key, _)| key.name == "inside");
        match &node.value {
            Value::Map(members) if !is_selector(members) => {
                let Some(fields) = self.fields(node, "`to_person`") else { return Default::default() };
                let at = fields.get("at").map(|node| self.places_of_replies(node)).unwrap_or_default();
                let in_text = fields.get("in_text").map(|node| self.in_text(node, words));
                self.done(fields);
                let in_text = in_text.unwrap_or_default();
                self.are_in_replies(&in_text.at);
                (at, in_text)
            }
            _ => (self.places_of_replies(node), InText::default()),
        }
    }

    /// What is sought in texts, and where beside those that the profile names.
    pub(super) fn in_text(&mut self, node: &'a Node, words: &Words<'a>) -> InText {
        let Value::Map(_) = &node.value else {
            return InText { kinds: self.kinds(node, words), at: Vec::new() };
        };
        let Some(fields) = self.fields(node, "`in_text`") else { return InText::default() };
        let kinds = self.need(&fields, "kinds").map(|node| self.kinds(node, words)).unwrap_or_default();
        let at = fields.get("at").map(|node| self.places(node)).unwrap_or_default();
        self.done(fields);
        at.iter().for_each(|at| self.holds_a_text(at));
        InText { kinds, at }
    }

    fn holds_a_text(&mut self, at: &At) {
        if let Some(inside) = &at.inside {
            return self.holds_a_text(&inside.select);
        }
        let Selector::Field(field) = &at.selector else { return };
        let advice = match (field.kind, field.name.as_str()) {
            (FieldKind::File, _) => "files are not searched; withhold them by `at`",
            (FieldKind::Header, "cookie" | "set-cookie") => "write `cookie:` and the name of one",
            _ => return,
        };
        self.complain(format!("no text is sought in `{}`", field.text), at.place.clone(), advice);
    }

    /// Kinds of personal data that are sought in texts.
    fn kinds(&mut self, node: &'a Node, words: &Words<'a>) -> Kinds {
        let nodes = self.list(node);
        if nodes.is_empty() {
            self.complain("nothing is sought in texts", node.place.clone(), "name a kind, such as `email`");
        }
        nodes.into_iter().filter_map(|node| self.word(node, words)).collect()
    }

    /// Replies have no query, no path and no forms.
    fn places_of_replies(&mut self, node: &'a Node) -> Vec<At> {
        let places = self.places(node);
        self.are_in_replies(&places);
        places
    }

    fn are_in_replies(&mut self, places: &[At]) {
        for at in places {
            let Selector::Field(field) = &at.selector else { continue };
            match field.kind {
                FieldKind::Header | FieldKind::Cookie => {}
                FieldKind::Query
                | FieldKind::Form
                | FieldKind::Path
                | FieldKind::File
                | FieldKind::FileName => self.complain(
                    format!("no reply has a `{}`", field.text),
                    at.place.clone(),
                    "what goes to the person is found by a JSONPath, `header:` or `cookie:`",
                ),
            }
        }
    }

    fn selector(&mut self, node: &'a Node) -> Option<At> {
        self.selector_within(node, 0)
    }

    /// A selector in so many documents that are written in texts of others.
    fn selector_within(&mut self, node: &'a Node, depth: usize) -> Option<At> {
        let Value::Map(_) = &node.value else { return self.selector_text(node, false) };
        let fields = self.fields(node, "a selector")?;
        let ignore_case = fields.get("ignore_case").and_then(|node| self.truth(node)).unwrap_or(false);
        let mut at = self.need(&fields, "at").and_then(|node| self.selector_text(node, ignore_case));
        if let Some(node) = fields.get("type") {
            self.media_type(node, at.as_mut());
        }
        let inside = self.document_inside(&fields, depth);
        self.done(fields);
        Some(At { inside: inside?, ..at? })
    }

    /// Where in the document that is written in a text: nowhere, unless that is said.
    #[expect(clippy::option_option, reason = "the outer one is for what was complained about")]
    fn document_inside(&mut self, fields: &Fields<'a>, depth: usize) -> Option<Option<Inside>> {
        let (written, select) = (fields.get("inside"), fields.get("select"));
        let (Some(written), Some(select)) = (written, select) else {
            return match written.or(select) {
                None => Some(None),
                Some(node) => self.error(
                    "`inside` and `select` belong together",
                    node.place.clone(),
                    "write `{at: $.arguments, inside: json, select: $.email}`",
                ),
            };
        };
        if depth >= MOST_DOCUMENTS {
            return self.error("too many documents inside documents", written.place.clone(), "at most 4");
        }
        let writing = self.word(written, &WRITINGS)?;
        let inner = self.selector_within(select, depth + 1)?;
        let is_form = |kind| kind == FieldKind::Form;
        let fits = match (&inner.selector, writing) {
            (Selector::Body(_), Writing::Json | Writing::Base64) => true,
            (Selector::Field(field), Writing::Form) => is_form(field.kind),
            (Selector::Body(_), Writing::Form) | (Selector::Field(_), Writing::Json | Writing::Base64) => {
                false
            }
        };
        if !fits {
            let advice = match writing {
                Writing::Form => "write `form:` and a name",
                Writing::Json | Writing::Base64 => "write a JSONPath that begins with `$`",
            };
            return self.error("this finds nothing in such a document", inner.place.clone(), advice);
        }
        Some(Some(Inside { writing, select: Box::new(inner) }))
    }

    /// Narrows a selector for files to files of these types.
    fn media_type(&mut self, node: &'a Node, at: Option<&mut At>) {
        let Some(text) = self.text(node) else { return };
        let Some(range) = MediaRange::parse(&text) else {
            let advice = "write one such as `application/pdf`, or `image/*` for all of a kind";
            return self.complain(format!("`{text}` is not a media type"), node.place.clone(), advice);
        };
        match at.map(|at| &mut at.selector) {
            Some(Selector::Field(field)) if field.kind == FieldKind::File => field.media = Some(range),
            Some(Selector::Body(_) | Selector::Field(_)) => self.complain(
                "only files have a `type`",
                node.place.clone(),
                "remove this, or select a file: `file:photo`",
            ),
            None => {}
        }
    }

    fn selector_text(&mut self, node: &'a Node, ignore_case: bool) -> Option<At> {
        let text = self.text(node)?;
        match Selector::parse(&text, ignore_case) {
            Ok(selector) => Some(At { selector, inside: None, place: node.place.clone() }),
            Err(fault) => {
                let place = self.inside(node, fault.at);
                self.error(format!("the selector `{text}` can't be used"), place, fault.what)
            }
        }
    }
}
