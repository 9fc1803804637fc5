//! What the bot saw, for showing.

use std::{
    fs::File,
    io::Write as _,
    sync::{Mutex, PoisonError},
};

use http::request::Parts;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::broadcast;

/// How many lines a reader may be behind.
const READ_LATER: usize = 64;

/// What the bot saw of a request.
#[derive(Serialize)]
pub(super) struct Seen<'a> {
    method: &'a str,
    target: &'a str,
    headers: serde_json::Map<String, serde_json::Value>,
    body: Seeing<'a>,
}

/// A JSON body stays byte for byte what it was; any other is shown as text.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Seeing<'a> {
    Json(&'a RawValue),
    Text(&'a str),
}

/// The file in which the bot writes down what it sees, a line each, and those who read along.
pub(super) struct Diary {
    file: Mutex<File>,
    readers: broadcast::Sender<String>,
}

impl<'a> Seen<'a> {
    pub(super) fn of(head: &'a Parts, body: Seeing<'a>) -> Self {
        let headers = head.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned().into())
        });
        Self {
            method: head.method.as_str(),
            target: head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str),
            headers: headers.collect(),
            body,
        }
    }

    /// As an answer.
    pub(super) fn shown(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

impl Diary {
    pub(super) fn new(file: File) -> Self {
        Self { file: Mutex::new(file), readers: broadcast::Sender::new(READ_LATER) }
    }

    /// What is written from now on.
    pub(super) fn read_along(&self) -> broadcast::Receiver<String> {
        self.readers.subscribe()
    }

    /// Writes a line. A folder that is full or gone is no reason to stop answering.
    pub(super) fn note(&self, seen: &impl Serialize) {
        let line = serde_json::to_string(seen).unwrap_or_default();
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = file.write_all(format!("{line}\n").as_bytes());
        let _ = self.readers.send(line); // nobody may be reading
    }
}

/// A body or message as it is shown.
pub(super) fn body(text: &str) -> Seeing<'_> {
    serde_json::from_str(text).map_or(Seeing::Text(text), Seeing::Json)
}

/// What the bot says to somebody who wrote this: what they wrote.
pub(super) fn reply(text: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    match body.get("text").and_then(serde_json::Value::as_str) {
        Some(written) => format!("You wrote: {written}"),
        None => "You wrote nothing in `text`.".to_owned(),
    }
}
