//! What a person wrote last, and what an answer to it looks like.
//!
//! The rule: a text counts only where it is all that the newest message says and a person said it. A message of several parts is
//! read for its text only where there is one part. What would defeat it: taking a text out of the history, which each request
//! brings again, so only the last message of the list is looked at.

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
    /// What the member `role` of a person's message says; none where nobody else writes.
    pub(super) said_by: Option<String>,
    /// The member with the text, or with a list of parts.
    pub(super) text: String,
    /// A reply.
    pub(super) answer: Template,
    /// A reply in events.
    pub(super) stream: Option<StreamedAnswer>,
}

/// A reply in events.
#[derive(Clone, Debug)]
pub(super) struct StreamedAnswer {
    /// Where a request asks for it, by `true`.
    pub(super) when: Way,
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

impl Turn {
    /// What a person said last; none where the newest message is not a person's, or is more than a text.
    pub fn said(&self, request: &Document<'_>) -> Option<Said> {
        let message = match &self.messages {
            Some(messages) => {
                let list = messages.only(request).filter(|list| request.kind(*list) == Kind::Array)?;
                request.children(list).last()?
            }
            None => 0,
        };
        if let Some(person) = &self.said_by {
            let role = request.member(message, "role").filter(|role| request.kind(*role) == Kind::Text)?;
            if request.text(role) != person.as_str() {
                return None;
            }
        }
        let text = only_text(request, request.member(message, &self.text)?)?;
        let streams = self.stream.as_ref().and_then(|stream| stream.when.only(request));
        Some(Said { text, streams: streams.is_some_and(|flag| request.kind(flag) == Kind::True) })
    }

    /// An answer to it. `time` is in seconds.
    pub fn answer(&self, words: &str, streams: bool, exchange: &str, time: i64) -> Answer {
        let fill = |template: &Template| template.filled(words, exchange, time);
        match self.stream.as_ref().filter(|_| streams) {
            None => Answer { body: fill(&self.answer), media_type: "application/json" },
            Some(stream) => {
                let events = stream.events.iter().map(|event| format!("data: {}\n\n", fill(event)));
                Answer { body: events.collect(), media_type: "text/event-stream" }
            }
        }
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
        let answers: Vec<String> = ["openai-chat", "json-chat"]
            .iter()
            .flat_map(|name| {
                let turn = Profile::builtin(name).unwrap().turn.unwrap();
                [false, true].map(|streams| turn.answer("Done \"so\"\n[time]", streams, "0192", 7).body)
            })
            .collect();
        insta::assert_snapshot!(answers.join("\n----\n"));
    }
}
