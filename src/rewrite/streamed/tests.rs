mod cuts;

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::{
    complaint::Source,
    consent::Consent,
    policy::{Plan, Policy},
    pseudonym::{Hosts, Kind, Pseudonyms, Style},
    rewrite::{
        Outside,
        events::{Framer, Framing, Item},
        leaf::Keys,
    },
    signal::Signals,
};

const POLICY: &str = "
policy: p
version: 1
undeclared: forward
purposes: {no: {title: N, basis: consent}}
data:
  contact: {in_text: email, for: no, otherwise: pseudonymise}
  found: {to_person: {at: '$.choices[*].secret', in_text: [email, phone, payment-card]}, for: no, otherwise: redact}
";

/// One exchange's pseudonyms, and what goes to the person.
struct Stage {
    plan: Plan,
    keys: Keys,
    pseudonyms: Pseudonyms,
    profile: Arc<Profile>,
}

fn stage(profile: &str) -> Stage {
    stage_of(profile, POLICY)
}

fn stage_of(profile: &str, policy: &str) -> Stage {
    let profile = Arc::new(Profile::builtin(profile).unwrap());
    let policy = Arc::new(
        Policy::parse(Source::new("p", policy)).unwrap_or_else(|wrong| panic!("{}", wrong.show(false))),
    );
    let pseudonyms = Pseudonyms::of_nobody("p").unwrap();
    let hosts: Arc<Hosts> = Arc::new(["shop.test"].into_iter().collect());
    Stage {
        plan: Plan::to_person(&policy, Some(&profile)),
        keys: Keys::new(&[0; 32]).with_pseudonyms(pseudonyms.clone(), &hosts),
        pseudonyms,
        profile,
    }
}

impl Stage {
    fn token(&self, value: &str) -> String {
        self.pseudonyms.token(Style::Stable, &Kind::of("email"), value).unwrap()
    }

    /// What becomes of a stream that comes in these pieces.
    fn passed(&self, pieces: &[&[u8]]) -> String {
        let verdict =
            self.plan.verdict(&Consent::default(), &Signals::default(), jiff::Timestamp::UNIX_EPOCH, false);
        let rules = Rules {
            plan: &self.plan,
            verdict: &verdict,
            key: &self.keys,
            max_depth: 64,
            outside: Outside::NOBODY,
        };
        let mut account = Account::default();
        let mut streamed = Streamed::new(Some(Arc::clone(&self.profile)), 64);
        let mut framer = Framer::new(Framing::Stream, 1 << 20);
        let mut out = Vec::new();
        let mut pass = |item: Item, out: &mut Vec<u8>| match item {
            Item::Event(event) if self.profile.stream.is_sentinel(&event.data()) => {
                streamed
                    .finish(&rules, &mut account)
                    .unwrap()
                    .iter()
                    .for_each(|more| out.extend_from_slice(more));
                out.extend_from_slice(event.raw());
            }
            Item::Event(event) => {
                let made = streamed.event(&event, &rules, &[], &mut account).unwrap();
                made.iter().for_each(|more| out.extend_from_slice(more));
            }
            Item::Aside(aside) => out.extend_from_slice(&aside.raw),
        };
        for piece in pieces {
            framer.push(piece).for_each(|item| pass(item.unwrap(), &mut out));
        }
        framer.finish().for_each(|item| pass(item.unwrap(), &mut out));
        String::from_utf8(out).unwrap()
    }
}

/// The text of a choice, as a client puts it together.
fn heard(stream: &str, name: &str) -> String {
    let events =
        stream.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    let events = events.map(|data| serde_json::from_str::<Value>(data).unwrap());
    events.filter_map(|event| event["choices"][0]["delta"][name].as_str().map(str::to_owned)).collect()
}

/// A stream whose text comes in these pieces.
fn stream(name: &str, pieces: &[&str]) -> String {
    let event = |delta: Value| format!("data: {}\n\n", json!({"choices": [{"delta": delta}]}));
    let mut all: String = pieces.iter().map(|piece| event(json!({name: piece}))).collect();
    all += "data: [DONE]\n\n";
    all
}

fn cut_in_two(text: &str) -> impl Iterator<Item = (&str, &str)> {
    (0..=text.len()).filter_map(|at| text.split_at_checked(at))
}

#[test]
fn a_text_says_the_same_wherever_it_is_cut_and_tokens_come_back_whole() {
    let stage = stage("openai-chat");
    let token = stage.token("ada@example.com");
    let text = format!(
        "Hi {token}, not bob@evil.test or 4111-1111-1111-1111. ![x](https://evil.test/?{token}) Bye {token}"
    );
    let expected = format!(
        "Hi ada@example.com, not [email] or [payment-card]. ![x](https://evil.test/?{token}) Bye ada@example.com"
    );
    for name in ["content", "record_field"] {
        for (one, two) in cut_in_two(&text) {
            let made = stage.passed(&[stream(name, &[one, two]).as_bytes()]);
            assert_eq!(heard(&made, name), expected, "cut at {}", one.len());
        }
        let letters: Vec<String> = text.chars().map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        assert_eq!(heard(&stage.passed(&[stream(name, &letters).as_bytes()]), name), expected);
    }
}

#[test]
fn tokens_in_pieces_of_tool_arguments_come_back_escaped() {
    let stage = stage("openai-chat");
    let token = stage.token("\"ada\"@example.com");
    let arguments = format!("{{\"to\":\"{token}\",\"n\":1}}");
    for (one, two) in cut_in_two(&arguments) {
        let event = |part: &str| {
            let call = json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": part}}]}}]});
            format!("data: {call}\n\n")
        };
        let made = stage.passed(&[format!("{}{}data: [DONE]\n\n", event(one), event(two)).as_bytes()]);
        let parts = made.lines().filter_map(|line| line.strip_prefix("data: {")).map(|rest| {
            let event: Value = serde_json::from_str(&format!("{{{rest}")).unwrap();
            event["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"]
                .as_str()
                .unwrap()
                .to_owned()
        });
        let arguments: Value = serde_json::from_str(&parts.collect::<String>()).unwrap();
        assert_eq!(arguments["to"], "\"ada\"@example.com");
    }
}

#[test]
fn the_repeated_text_is_what_its_pieces_came_to() {
    let stage = stage("openai-responses");
    let token = stage.token("ada@example.com");
    let text = format!("Hello {token} and bob@evil.test");
    let (one, two) = text.split_at(20);
    let delta = |n: u64, part: &str| json!({"type": "response.output_text.delta", "sequence_number": n, "item_id": "i", "output_index": 0, "content_index": 0, "delta": part});
    let done = json!({"type": "response.output_text.done", "sequence_number": 3, "item_id": "i", "output_index": 0, "content_index": 0, "text": text});
    let body: String =
        [delta(1, one), delta(2, two), done].iter().map(|event| format!("data: {event}\n\n")).collect();
    let made = stage.passed(&[body.as_bytes()]);
    let events: Vec<Value> =
        made.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok()).collect();
    let pieces: String = events.iter().filter_map(|event| event["delta"].as_str()).collect();
    let whole = events.iter().find_map(|event| event["text"].as_str()).unwrap();
    assert_eq!(
        (pieces.as_str(), whole),
        ("Hello ada@example.com and [email]", "Hello ada@example.com and [email]")
    );
    let numbers: Vec<u64> = events.iter().map(|event| event["sequence_number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>());
}
