//! Recorded requests, one after the other.
//!
//! The rule: one that can't be used is told with its place in the file and does not stop the rest, and what is told of it
//! holds none of its values. Lines are read one at a time, however long the file is. What would defeat it: a body that is
//! taken for something around a body. So which it is is never guessed from a line: lines are bodies unless the arguments
//! say otherwise, and only a file that begins with `{"log":` is a HAR archive.

use std::{
    fmt,
    io::{self, BufRead, Read as _},
};

use bytes::Bytes;
use clap::ValueEnum;
use http::request::Parts;

use super::{har, recorded};

/// A line may be so long.
const LONGEST: u64 = 64 << 20;

/// How requests are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Each line is the body of a request.
    Bodies,
    /// Each line is a request: `{"method": …, "target": …, "headers": {…}, "body": …}`, all of them optional; `text` in place
    /// of `body` for one that is not JSON.
    Requests,
    /// An HTTP archive, as browsers write it (HAR 1.2).
    Har,
}

/// One request.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) at: At,
    pub(super) head: Parts,
    pub(super) body: Bytes,
}

/// Where in the file it stands, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Line(u64),
    Entry(u64),
}

/// One that can't be used.
#[derive(Debug)]
pub(super) struct Unusable {
    pub(super) at: At,
    /// Counted from 1, in bytes; none where it is about the whole.
    pub(super) column: Option<u64>,
    pub(super) what: String,
}

/// What requests have in common: what no record says is taken from here.
pub(super) struct Defaults {
    /// For lines that are bodies.
    pub(super) body: Parts,
    /// For whole requests.
    pub(super) request: Parts,
}

/// Reads requests and hands them on, one by one.
///
/// # Errors
/// When the file can't be read, or `each` fails.
pub(super) fn read<E: From<io::Error>>(
    mut input: impl BufRead,
    format: Option<Format>,
    defaults: &Defaults,
    mut each: impl FnMut(Result<Recorded, Unusable>) -> Result<(), E>,
) -> Result<(), E> {
    let found = if begins_as_har(input.fill_buf()?) { Format::Har } else { Format::Bodies };
    let format = format.unwrap_or(found);
    match format {
        Format::Har => har::read(input, &defaults.request).into_iter().try_for_each(each),
        Format::Bodies | Format::Requests => lines(input, |number, line| {
            let at = At::Line(number);
            each(match (line, format) {
                (None, _) => Err(Unusable::new(at, format!("the line is longer than {} MiB", LONGEST >> 20))),
                (Some(line), Format::Requests) => recorded::request(at, &line, &defaults.request),
                (Some(line), Format::Bodies | Format::Har) => {
                    Ok(Recorded { at, head: defaults.body.clone(), body: line.into() })
                }
            })
        }),
    }
}

/// Hands on each line that is not empty; none in place of one that is too long.
fn lines<E: From<io::Error>>(
    mut input: impl BufRead,
    mut each: impl FnMut(u64, Option<Vec<u8>>) -> Result<(), E>,
) -> Result<(), E> {
    for number in 1.. {
        let mut line = Vec::new();
        if input.by_ref().take(LONGEST).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.last() != Some(&b'\n') && line.len() as u64 == LONGEST {
            drop(std::mem::take(&mut line));
            input.skip_until(b'\n')?;
            each(number, None)?;
        } else if !line.trim_ascii().is_empty() {
            line.truncate(line.trim_ascii_end().len());
            each(number, Some(line))?;
        }
    }
    Ok(())
}

fn begins_as_har(text: &[u8]) -> bool {
    let inside = text.trim_ascii_start().strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    let named = inside.and_then(|rest| rest.strip_prefix(b"\"log\"")).map(<[u8]>::trim_ascii_start);
    named.is_some_and(|rest| rest.starts_with(b":"))
}

impl Unusable {
    pub(super) fn new(at: At, what: impl Into<String>) -> Self {
        Self { at, column: None, what: what.into() }
    }

    /// With the file's name.
    pub(super) fn show(&self, file: &str) -> String {
        let Self { at, column, what } = self;
        let place = match (at, column) {
            (At::Line(line), Some(column)) => format!("{file}:{line}:{column}"),
            (At::Line(line), None) => format!("{file}:{line}"),
            (At::Entry(_), _) => format!("{file}, {at}"),
        };
        format!("error: {what}\n --> {place}")
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Entry(number) => write!(f, "entry {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn all(text: &str, format: Option<Format>) -> Vec<String> {
        let (head, ()) = Request::post("/").body(()).unwrap().into_parts();
        let defaults = Defaults { body: head.clone(), request: head };
        let mut found = Vec::new();
        let done: io::Result<()> = read(text.as_bytes(), format, &defaults, |item| {
            found.push(match item {
                Ok(Recorded { at, head, body }) => {
                    let headers: Vec<String> = head
                        .headers
                        .iter()
                        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
                        .collect();
                    let body = String::from_utf8(body.to_vec()).unwrap();
                    format!(
                        "{at}: {} {} {:?} [{}] {body}",
                        head.method,
                        head.uri,
                        head.version,
                        headers.join("; ")
                    )
                }
                Err(unusable) => unusable.show("t"),
            });
            Ok(())
        });
        done.unwrap();
        found
    }

    #[test]
    fn a_line_is_a_body_whatever_it_looks_like() {
        let text = "{\"body\": 1}\r\n\n{\"method\":\"GET\",\"log\":1}\n7";
        assert_eq!(
            all(text, None),
            [
                "line 1: POST / HTTP/1.1 [] {\"body\": 1}",
                "line 3: POST / HTTP/1.1 [] {\"method\":\"GET\",\"log\":1}",
                "line 4: POST / HTTP/1.1 [] 7",
            ]
        );
        assert_eq!(all("{\"log\": 1}", Some(Format::Bodies)), ["line 1: POST / HTTP/1.1 [] {\"log\": 1}"]);
    }

    #[test]
    fn a_line_can_be_a_whole_request() {
        let text = r#"{"method":"PUT","target":"/chat?x=1","headers":{"X-A":"1","Cookie":["a=1","b=2"]},"body":{"n": 1.10}}
{"text":"a=1","headers":{"content-type":"application/x-www-form-urlencoded"}}
{}
{"boddy":"ada"}
{"headers":{"x y":"ada"}}
{"target":"ada ada"}
{"target":"/","body":"ada"
"#;
        insta::assert_snapshot!(all(text, Some(Format::Requests)).join("\n"));
    }

    #[test]
    fn an_archive_is_known_by_its_beginning() {
        let text = r#"
        { "log" : {"version": "1.2", "entries": [
          {"request": {"method": "POST", "url": "https://chat.example/chat?x=1#f", "httpVersion": "h2",
            "headers": [{"name": ":authority", "value": "chat.example"}, {"name": "Content-Type", "value": "application/json"}],
            "postData": {"mimeType": "application/json", "text": "{\"n\":1.10}"}},
           "response": {"status": 200, "content": {"text": "no"}}},
          {"request": {"method": "POST", "url": "https://chat.example/form",
            "headers": [], "postData": {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a b", "value": "1&2"}]}}},
          {"request": {"method": "POST", "url": "https://chat.example/b",
            "headers": [], "postData": {"mimeType": "application/json", "text": "eyJhIjoxfQ==", "encoding": "base64"}}},
          {"request": {"method": "GET", "url": "https://chat.example/", "headers": [{"name": "Host", "value": "other"}]}},
          {"response": {}},
          {"request": {"method": "G T", "url": "ada"}},
          {"request": {"method": "POST", "url": "https://chat.example/b", "headers": [],
            "postData": {"mimeType": "application/json", "text": "ada!", "encoding": "base64"}}}
        ]}}"#;
        insta::assert_snapshot!(all(text, None).join("\n"));
        insta::assert_snapshot!(all("{\"log\": {\"entries\": [{\"request\": ada", None).join("\n"));
        insta::assert_snapshot!(all("{\"log\": {\"entries\": \"ada\"}}", None).join("\n"));
    }
}
