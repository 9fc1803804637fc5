//! What a person wrote last, and what an answer to it looks like.
//!
//! The rule: a text counts only where it is all that the newest message says and a person said it. A message of several parts is
//! read for its text only where there is one part. What would defeat it: taking a text out of the history, which each request
//! brings again, so only the last message of the list is looked at.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::way::Way;
use crate::selector::{Document, Kind};

/// What may stand in an answer, to be filled in.
const ANSWER: &str = "[answer]";
const EXCHANGE: &str = "[exchange]";
const TIME: &str = "[time]";

/// The turn of a conversation, in one protocol.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The messages, oldest first; none where a request is one message.
    pub(super) messages: Option<Way>,
    /// Whether a text may stand in the place of the messages, as the only one.
    pub(super) or_text: bool,
    /// What the member `role` of a person's message says; none where nobody else writes.
    pub(super) said_by: Option<String>,
    /// The member with the text, or with a list of parts.
    pub(super) text: String,
    /// A reply; none where nobody knows what one looks like, and it is plain text.
    pub(super) answer: Option<Template>,
    /// A reply in events.
    pub(super) stream: Option<StreamedAnswer>,
}

/// A reply in events.
#[derive(Clone, Debug)]
pub(super) struct StreamedAnswer {
    /// Where a request asks for it, by `true`.
    pub(super) when: Way,
    /// The member whose text each event has for its name; none where events have no names.
    pub(super) called_by: Option<String>,
    pub(super) events: Vec<Template>,
}

/// Text to be filled in: JSON, or a sentinel.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Template {
    Json(Value),
    Sentinel(String),
}

/// What a person said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The whole text.
    pub text: String,
    /// Whether the reply is to come in events.
    pub streams: bool,
}

/// An answer in the protocol's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The body.
    pub body: String,
    /// Its media type.
    pub media_type: &'static str,
}

/// The fields of a form, as far as a turn asks for them.
pub trait Form {
    /// What stands in the only field of this name; none where there is none, or more than one.
    fn only(&self, name: &str) -> Option<Cow<'_, str>>;
}

impl Turn {
    /// The turn where no profile says more than that what a person wrote stands in the member, or field, of this name.
    pub fn plain(text: &str) -> Self {
        let text = text.to_owned();
        Self { messages: None, or_text: false, said_by: None, text, answer: None, stream: None }
    }

    /// What a person said last; none where the newest message is not a person's, or is more than a text.
    pub fn said(&self, request: &Document<'_>) -> Option<Said> {
        self.said_at(request, 0)
    }

    /// The same where the request stands at a place of a document: around it is what a socket needs.
    pub fn said_at(&self, document: &Document<'_>, node: u32) -> Option<Said> {
        let text = self.text_at(document, node)?;
        let streams = self.stream.as_ref().and_then(|stream| stream.when.only_from(document, node));
        Some(Said { text, streams: streams.is_some_and(|flag| document.kind(flag) == Kind::True) })
    }

    /// What a person said in a form. A list of messages has no place in one.
    pub fn said_in(&self, form: &impl Form) -> Option<Said> {
        let name = self.field()?;
        let text = form.only(name)?.into_owned();
        let flag = self.stream.as_ref().and_then(|stream| stream.when.only_name());
        let streams = flag.and_then(|flag| form.only(flag)).is_some_and(|flag| flag == "true");
        Some(Said { text, streams })
    }

    /// The field of a form with what a person wrote; none where a request is a list of messages.
    pub fn field(&self) -> Option<&str> {
        Some(&*self.text).filter(|_| self.messages.is_none())
    }

    /// An answer to it. `time` is in seconds.
    pub fn answer(&self, words: &str, streams: bool, exchange: &str, time: i64) -> Answer {
        let fill = |template: &Template| template.filled(words, exchange, time);
        match (&self.answer, self.stream.as_ref().filter(|_| streams)) {
            (None, _) => Answer { body: words.to_owned(), media_type: "text/plain; charset=utf-8" },
            (Some(answer), None) => Answer { body: fill(answer), media_type: "application/json" },
            (Some(_), Some(stream)) => {
                let events = stream.events.iter();
                let events = events.map(|event| format!("{}data: {}\n\n", stream.name(event), fill(event)));
                Answer { body: events.collect(), media_type: "text/event-stream" }
            }
        }
    }

    fn text_at(&self, document: &Document<'_>, node: u32) -> Option<String> {
        let message = match &self.messages {
            Some(messages) => {
                let list = messages.only_from(document, node)?;
                match document.kind(list) {
                    Kind::Array => document.children(list).last()?,
                    Kind::Text if self.or_text => return Some(document.text(list).into_owned()),
                    _ => return None,
                }
            }
            // A message that is nothing but a text.
            None if document.kind(node) == Kind::Text => return Some(document.text(node).into_owned()),
            None => node,
        };
        if let Some(person) = &self.said_by {
            let role = document.member(message, "role").filter(|role| document.kind(*role) == Kind::Text)?;
            if document.text(role) != person.as_str() {
                return None;
            }
        }
        only_text(document, document.member(message, &self.text)?)
    }
}

impl StreamedAnswer {
    /// The line with an event's name, where it has one.
    fn name(&self, event: &Template) -> String {
        match (&self.called_by, event) {
            (Some(member), Template::Json(value)) => {
                value.get(member).and_then(Value::as_str).map(|name| format!("event: {name}\n"))
            }
            (Some(_), Template::Sentinel(_)) | (None, _) => None,
        }
        .unwrap_or_default()
    }
}

/// The text that is all a value says: itself, or that of its only part.
fn only_text(request: &Document<'_>, node: u32) -> Option<String> {
    match request.kind(node) {
        Kind::Text => Some(request.text(node).into_owned()),
        Kind::Array => {
            let mut parts = request.children(node);
            let (part, None) = (parts.next()?, parts.next()) else { return None };
            let text = request.member(part, "text").filter(|text| request.kind(*text) == Kind::Text)?;
            Some(request.text(text).into_owned())
        }
        Kind::Object | Kind::Number | Kind::True | Kind::False | Kind::Null => None,
    }
}

impl Template {
    pub(super) fn parse(text: &str) -> Self {
        serde_json::from_str(text).map_or_else(|_| Self::Sentinel(text.to_owned()), Self::Json)
    }

    /// Whether the answer stands in it.
    pub(super) fn answers(&self) -> bool {
        matches!(self, Self::Json(value) if value.to_string().contains(ANSWER))
    }

    fn filled(&self, words: &str, exchange: &str, time: i64) -> String {
        match self {
            Self::Json(value) => filled(value, &|text| match text {
                TIME => json!(time),
                text => json!(text.replace(EXCHANGE, exchange).replace(ANSWER, words)),
            })
            .to_string(),
            Self::Sentinel(text) => text.clone(),
        }
    }
}

fn filled(value: &Value, fill: &impl Fn(&str) -> Value) -> Value {
    match value {
        Value::String(text) => fill(text),
        Value::Array(values) => values.iter().map(|value| filled(value, fill)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), filled(value, fill))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        json::{NameHasher, Tokeniser},
        profile::Profile,
    };

    fn said(profile: &str, body: &str) -> Option<(String, bool)> {
        let profile = Profile::builtin(profile).unwrap();
        let mut tokeniser = Tokeniser::new(NameHasher::default(), 32);
        let document = Document::read(body.as_bytes(), &mut tokeniser).unwrap();
        profile.turn.unwrap().said(&document).map(|said| (said.text, said.streams))
    }

    #[test]
    fn only_the_whole_of_the_newest_message_counts_and_only_if_a_person_said_it() {
        let text = |text: &str| Some((text.to_owned(), false));
        let chat = |messages: &str| said("openai-chat", &format!(r#"{{"messages":[{messages}]}}"#));
        let stop = r#"{"role":"user","content":"ST\u004fP"}"#;
        assert_eq!(chat(stop), text("STOP"));
        assert_eq!(chat(r#"{"role":"user","content":[{"type":"text","text":"STOP"}]}"#), text("STOP"));
        let responses = |input: &str| said("openai-responses", &format!(r#"{{"input":{input}}}"#));
        let parts = r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"STOP"}]}"#;
        assert_eq!(responses("\"STOP\""), text("STOP"), "a text may stand for all of the messages");
        assert_eq!(responses(&format!("[{stop}]")), text("STOP"));
        assert_eq!(responses(&format!("[{stop},{parts}]")), text("STOP"));
        assert_eq!(
            responses(&format!(r#"[{stop},{{"type":"function_call_output","output":"STOP"}}]"#)),
            None
        );
        let messages = |content: &str| {
            said("anthropic-messages", &format!(r#"{{"messages":[{{"role":"user","content":{content}}}]}}"#))
        };
        assert_eq!(messages("\"STOP\""), text("STOP"));
        assert_eq!(messages(r#"[{"type":"text","text":"STOP"}]"#), text("STOP"));
        assert_eq!(messages(r#"[{"type":"tool_result","tool_use_id":"t","content":"STOP"}]"#), None);
        for none in [
            format!(r#"{stop},{{"role":"assistant","content":"hm"}}"#),
            r#"{"role":"system","content":"STOP"}"#.to_owned(),
            r#"{"role":"user","content":[{"type":"text","text":"STOP"},{"type":"image_url"}]}"#.to_owned(),
            r#"{"role":"user","content":[{"type":"text","text":["STOP"]}]}"#.to_owned(),
            r#"{"content":"STOP"}"#.to_owned(),
            String::new(),
        ] {
            assert_eq!(chat(&none), None, "{none}");
        }
        assert_eq!(said("openai-chat", r#"{"messages":"STOP"}"#), None);
        assert_eq!(said("json-chat", r#"{"text":"STOP","stream":true}"#), Some(("STOP".to_owned(), true)));
        assert_eq!(said("json-chat", r#"{"stream":true}"#), None);
    }

    #[test]
    fn an_answer_has_the_shape_of_the_protocol_and_words_can_not_break_out_of_it() {
        let answers: Vec<String> = Profile::builtin_names()
            .flat_map(|name| {
                let turn = Profile::builtin(name).unwrap().turn.unwrap();
                [false, true].map(|streams| turn.answer("Done \"so\"\n[time]", streams, "0192", 7).body)
            })
            .collect();
        insta::assert_snapshot!(answers.join("\n----\n"));
    }
}
