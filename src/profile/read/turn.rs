//! The turn of a conversation, as a profile describes it.

use super::Reader;
use crate::{
    profile::{
        Turn,
        turn::{StreamedAnswer, Template},
        way::Way,
    },
    yaml::Node,
};

impl<'a> Reader<'a> {
    pub(super) fn turn(&mut self, node: &'a Node) -> Option<Turn> {
        let fields = self.yaml.fields(node, "`turn`")?;
        let messages = fields.get("messages").map(|node| self.single_way(node));
        let said_by = fields.get("said_by").map(|node| self.yaml.text(node));
        let text = self.yaml.need_text(&fields, "text");
        let answer = self.yaml.need(&fields, "answer").and_then(|node| self.answer(node));
        let stream = fields.get("stream").map(|node| self.streamed(node));
        self.yaml.done(fields);
        Some(Turn {
            messages: messages.map_or(Some(None), |way| way.map(Some))?,
            said_by: said_by.map_or(Some(None), |text| text.map(Some))?,
            text: text?,
            answer: answer?,
            stream: stream.map_or(Some(None), |stream| stream.map(Some))?,
        })
    }

    fn streamed(&mut self, node: &'a Node) -> Option<StreamedAnswer> {
        let fields = self.yaml.fields(node, "`stream`")?;
        let when = self.yaml.need(&fields, "when").and_then(|node| self.single_way(node));
        let events = self.yaml.need(&fields, "events");
        self.yaml.done(fields);
        let events = events?;
        let texts: Option<Vec<_>> =
            self.yaml.list(events).into_iter().map(|node| self.yaml.text(node)).collect();
        let templates: Vec<Template> = texts?.iter().map(|text| Template::parse(text)).collect();
        match templates.iter().any(Template::answers) {
            true => Some(StreamedAnswer { when: when?, events: templates }),
            false => self.reject("no event has the answer", events, "write `[answer]` where it stands"),
        }
    }

    fn answer(&mut self, node: &Node) -> Option<Template> {
        let template = Template::parse(&self.yaml.text(node)?);
        match template.answers() {
            true => Some(template),
            false => self.reject(
                "this is no JSON with an answer in it",
                node,
                "write a reply as JSON, with `[answer]` in one of its texts",
            ),
        }
    }

    fn single_way(&mut self, node: &Node) -> Option<Way> {
        let selector = self.body(node)?;
        match Way::of(&selector).filter(Way::is_single) {
            Some(way) => Some(way),
            None => self.reject("this can be several places", node, "write names only, such as `$.messages`"),
        }
    }
}
