//! A stream whose texts are each held back by a few characters, and put together again by a client: nothing is missing,
//! nothing comes after the end of its text, and the events are counted without a gap.

use std::collections::HashMap;

use super::{
    reference::{Seen, seen},
    *,
};
use crate::{
    json::{NameHasher, Tokeniser, escape_into},
    profile::{Profile, Reading, TextKey},
    selector::Document,
};

/// How many characters of each text are held back.
const HELD: usize = 3;

/// Holds back the end of every text. What it does to a stream is what a text rule does that finds nothing.
struct Holding {
    profile: Profile,
    held: HashMap<TextKey, String>,
    /// The last event with a piece of the text, as it was sent, and its name and style.
    last: HashMap<TextKey, (Event, Vec<u8>)>,
    added: u64,
    out: Vec<u8>,
}

fn read(profile: &Profile, data: &[u8]) -> Reading {
    let mut tokeniser = Tokeniser::new(NameHasher::default(), 64);
    profile.stream.read(&Document::read(data, &mut tokeniser).unwrap())
}

impl Holding {
    fn run(name: &str, body: &str) -> Vec<u8> {
        let profile = Profile::builtin(name).unwrap();
        let mut this =
            Self { profile, held: HashMap::new(), last: HashMap::new(), added: 0, out: Vec::new() };
        let mut framer = Framer::new(Framing::Stream, LIMIT);
        for piece in body.as_bytes().chunks(7) {
            for item in framer.push(piece).map(Result::unwrap) {
                match item {
                    Item::Event(event) if !this.profile.stream.is_sentinel(&event.data()) => {
                        this.pass(&event)
                    }
                    item => this.out.extend_from_slice(item.raw()),
                }
            }
        }
        assert!(this.held.values().all(String::is_empty), "{name}: {:?}", this.held);
        this.out
    }

    fn pass(&mut self, event: &Event) {
        let data = event.data();
        let reading = read(&self.profile, &data);
        self.release(&reading);
        let mut made = Vec::new();
        let mut upto = 0;
        for delta in &reading.deltas {
            made.extend_from_slice(&data[upto..delta.at.start]);
            let text = self.held.entry(delta.key.clone()).or_default();
            text.push_str(&serde_json::from_slice::<String>(&data[delta.at.clone()]).unwrap());
            let ends = delta.opens || reading.ends.iter().any(|ending| ending.ends(&delta.key));
            let keep = if ends { 0 } else { HELD };
            let at = text.char_indices().rev().nth(keep.wrapping_sub(1)).map_or(0, |(at, _)| at);
            let tail = text.split_off(if keep == 0 { text.len() } else { at });
            escape_into(&std::mem::replace(text, tail), &mut made);
            upto = delta.at.end;
        }
        made.extend_from_slice(&data[upto..]);
        let made = self.counted(made);
        for delta in reading.deltas.iter().filter(|delta| !delta.opens) {
            self.last.insert(delta.key.clone(), (event.clone(), made.clone()));
        }
        self.out.extend_from_slice(&event.with_data(&made));
    }

    /// What is held back of texts that end without a piece in this event.
    fn release(&mut self, reading: &Reading) {
        let own: Vec<&TextKey> = reading.deltas.iter().map(|delta| &delta.key).collect();
        let ending: Vec<TextKey> = self
            .held
            .iter()
            .filter(|(key, text)| !text.is_empty() && !own.contains(key))
            .filter(|(key, _)| reading.ends.iter().any(|ending| ending.ends(key)))
            .map(|(key, _)| key.clone())
            .collect();
        for key in ending {
            let text = self.held.remove(&key).unwrap();
            let (event, data) = &self.last[&key];
            let more = read(&self.profile, data).again(data, &key, &text).unwrap();
            let more = match read(&self.profile, &more).sequence {
                // It was counted when it was sent; now it comes behind the event that was sent last.
                Some(at) => {
                    let now = seen(&self.out).len().to_string();
                    [&more[..at.start], now.as_bytes(), &more[at.end..]].concat()
                }
                None => more,
            };
            self.out.extend_from_slice(&event.another(&more));
            self.added += 1;
        }
    }

    fn counted(&self, data: Vec<u8>) -> Vec<u8> {
        let Some(at) = read(&self.profile, &data).sequence else { return data };
        let number: u64 = std::str::from_utf8(&data[at.clone()]).unwrap().parse().unwrap();
        [&data[..at.start], (number + self.added).to_string().as_bytes(), &data[at.end..]].concat()
    }
}

/// The texts that a client puts together, sorted; none goes on after its end.
fn heard(name: &str, body: &[u8]) -> Vec<String> {
    let profile = Profile::builtin(name).unwrap();
    let mut texts: Vec<(TextKey, String, bool)> = Vec::new();
    for Seen { data, .. } in seen(body) {
        if profile.stream.is_sentinel(data.as_bytes()) {
            continue;
        }
        let reading = read(&profile, data.as_bytes());
        for delta in &reading.deltas {
            let piece: String = serde_json::from_slice(&data.as_bytes()[delta.at.clone()]).unwrap();
            match texts.iter_mut().find(|(key, _, _)| *key == delta.key) {
                Some((_, text, over)) => {
                    assert!(!*over || piece.is_empty(), "{name}: {text} goes on with {piece}");
                    text.push_str(&piece);
                }
                None => texts.push((delta.key.clone(), piece, false)),
            }
        }
        for (key, _, over) in &mut texts {
            *over |= reading.ends.iter().any(|ending| ending.ends(key));
        }
        if let Some(at) = reading.sequence {
            let before = seen(body).iter().position(|event| event.data == data).unwrap();
            assert_eq!(data.get(at).unwrap(), before.to_string(), "{name}: {data}");
        }
    }
    let mut texts: Vec<String> = texts.into_iter().map(|(_, text, _)| text).collect();
    texts.retain(|text| !text.is_empty());
    texts.sort_unstable();
    texts
}

#[test]
fn texts_that_were_held_back_are_whole_at_their_end() {
    for (name, body, texts) in [
        (
            "openai-chat",
            include_str!("released/openai-chat.txt"),
            &["Bye", "Hello, 世界!", "{\"city\":\"Köln\"}"][..],
        ),
        (
            "openai-responses",
            include_str!("released/openai-responses.txt"),
            &["Hello there", "{\"city\":\"Köln\"}"][..],
        ),
        (
            "anthropic-messages",
            include_str!("released/anthropic-messages.txt"),
            &["Hello there", "{\"city\":\"Köln\"}"][..],
        ),
    ] {
        let sent = Holding::run(name, body);
        assert_eq!(heard(name, body.as_bytes()), texts, "{name}");
        assert_eq!(heard(name, &sent), texts, "{name}: {}", String::from_utf8_lossy(&sent));
        assert!(seen(&sent).len() > seen(body.as_bytes()).len(), "{name}: something was released");
    }
}
