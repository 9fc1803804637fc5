//! Outside detectors: what they find is withheld, and without their answer nothing goes on.

mod closed;
mod finds;
mod held;
mod served;
mod terminal;
mod trusted;

use std::sync::Arc;

use http::Request;
use serde_json::{Value, json};

use crate::{
    bot::{Bot, Gate, Reply, Sent, said},
    house::House,
    written::Written,
};

/// What the analyst knows, and our own detectors don't.
const WORDS: [(&str, &str); 3] = [("umbrella", "PERSON"), ("B-77-x", "BADGE"), ("q@mail.example", "MAIL")];

const ADMIN: &str = "admin: {address: '127.0.0.1:0'}";

pub const POLICY: &str = "
policy: shop
version: 1
undeclared: forward
detection:
  kinds:
    badge: {title: A badge, ask: names, for: BADGE}
    person-name: {ask: names, for: PERSON}
    email: {ask: names, for: MAIL}
purposes:
  service: {title: Service, basis: consent}
data:
  people: {in_text: person-name, for: service, otherwise: redact}
  badges: {in_text: badge, for: service, otherwise: pseudonymise}
  mail: {in_text: email, for: service, otherwise: drop}
";

const TOLD: &str = "  told: {to_person: {in_text: [person-name, badge]}, for: service, otherwise: redact}\n";

/// An analyzer that finds a few words, as Presidio would say so.
pub async fn analyst() -> Bot {
    Bot::answering(|sent| async move { answer(&sent) }).await
}

/// The same, each answer when the gate lets it.
pub async fn gated() -> (Bot, Arc<Gate>) {
    let gate = Arc::new(Gate::closed());
    let held = Arc::clone(&gate);
    let bot = Bot::answering(move |sent| {
        let held = Arc::clone(&held);
        async move {
            held.pass().await;
            answer(&sent)
        }
    });
    (bot.await, gate)
}

/// One that answers everything with this.
pub async fn saying(reply: impl Fn() -> Reply + Clone + Send + Sync + 'static) -> Bot {
    Bot::answering(move |_| {
        let reply = reply();
        async move { reply }
    })
    .await
}

pub fn answer(sent: &Sent) -> Reply {
    assert_eq!((sent.head.method.as_str(), sent.head.uri.path()), ("POST", "/analyze"));
    let asked: Value = serde_json::from_slice(&sent.body).unwrap();
    let findings = |text: &Value| found(text.as_str().unwrap(), &asked["entities"]);
    let answer = match &asked["text"] {
        Value::Array(texts) => texts.iter().map(findings).collect(),
        text => findings(text),
    };
    said(answer.to_string())
}

fn found(text: &str, entities: &Value) -> Value {
    let wanted = |name: &str| entities.as_array().unwrap().iter().any(|entity| entity == name);
    let places = WORDS.iter().filter(|(_, name)| wanted(name)).flat_map(|(word, name)| {
        text.match_indices(word).map(move |(at, _)| {
            let start = text[..at].chars().count();
            let end = start + word.chars().count();
            json!({"start": start, "end": end, "entity_type": name, "score": 0.85, "analysis_explanation": null})
        })
    });
    places.collect()
}

/// A proxy before a bot that says what it was sent, with this analyzer; `more` stands beside its `url`.
pub async fn house(analyst: &Bot, more: &str) -> House {
    written(analyst, more, POLICY).before(Bot::open().await).await
}

/// The same before this bot, on this route, where replies are asked about, too.
pub async fn before(bot: Bot, analyst: &Bot, more: &str, route: &str) -> House {
    written(analyst, more, &format!("{POLICY}{TOLD}")).route(route).before(bot).await
}

/// The same under this policy, not begun.
pub fn written(analyst: &Bot, more: &str, policy: &str) -> Written {
    let detectors =
        format!("detectors: {{names: {{url: 'http://{}', timeout: 10s{more}}}}}", analyst.address);
    Written::policy(policy).more(&format!("{ADMIN}\n{detectors}"))
}

/// The questions that the analyzer was asked: the texts of each.
pub fn questions(analyst: &Bot) -> Vec<Vec<String>> {
    let text = |text: &Value| text.as_str().unwrap().to_owned();
    let texts = |sent: &Sent| match &serde_json::from_slice::<Value>(&sent.body).unwrap()["text"] {
        Value::Array(texts) => texts.iter().map(text).collect(),
        only => vec![text(only)],
    };
    analyst.requests().iter().map(texts).collect()
}

/// Ada's body of this media type for `/chat`.
pub fn chat_in(media_type: &str, body: &str) -> Request<http_body_util::Full<bytes::Bytes>> {
    let mut request = crate::client::chat(body);
    request.headers_mut().insert("content-type", media_type.parse().unwrap());
    request
}
