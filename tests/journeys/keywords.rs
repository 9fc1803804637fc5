//! A message that is a decision: it never reaches the bot, and is obeyed from its answer on.

use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};

use crate::{
    client::{chat, chat_of},
    house::House,
    ledger::person,
    program::Program,
    written::Written,
};

const KEYWORDS: &str = "keywords: {withdraw: [STOP, 'stop all'], grant: [START], purposes: [personalisation, analytics], answer: {withdraw: You are unsubscribed.}}";

fn written(profile: &str) -> Written {
    Written::shop().route(&format!("path: /chat, profile: {profile}, {KEYWORDS}"))
}

async fn house() -> House {
    written("json-chat").open().await
}

fn says(who: &str, text: &str) -> Request<Full<bytes::Bytes>> {
    chat_of(who, &json!({"text": text, "context": {"purchases": [1]}}).to_string())
}

fn received(house: &House) -> usize {
    house.receipts().iter().filter(|receipt| receipt["outcome"].get("forwarded").is_some()).count()
}

async fn decisions(house: House, who: &str) -> Vec<String> {
    let ledger = house.close().await.ledger().await;
    let history = ledger.history(&person(who), "shop").await.unwrap();
    history
        .into_iter()
        .map(|one| format!("{} {} {}", one.kind.as_str(), one.purpose.unwrap(), one.source))
        .collect()
}

#[tokio::test]
async fn the_proven_writer_decides_by_a_word_that_the_bot_never_sees() {
    let house = house().await;
    house.decide("ada", "grant personalisation").await;
    let answer = house.ask(says("ada", "  stoP All\n")).await;
    assert_eq!(
        (answer.status, answer.text()),
        (200.try_into().unwrap(), r#"{"reply":"You are unsubscribed."}"#)
    );
    house.bot.assert_untouched();
    let receipt = house.receipt().await;
    assert_eq!(receipt["outcome"], json!({"obeyed": {"decision": "withdraw"}}));
    assert_eq!(receipt["ended"], "complete");
    assert_eq!(receipt["subject"]["standing"], "proven");
    assert_eq!(receipt["purposes"][1]["because"], "withdrawn");
    assert_eq!(receipt["purposes"][2]["allowed"], false);
    assert!(!receipt.to_string().contains("stop"), "{receipt}");
    assert_eq!(house.ask(says("ada", "hello")).await.status, 200);
    let receipts = house.receipts_soon(2).await;
    assert_eq!(receipts[1]["to_bot"][0]["action"], "drop", "it is obeyed at once: {}", receipts[1]);
    let decided = decisions(house, "ada").await;
    assert_eq!(
        decided,
        ["grant personalisation journey", "withdraw personalisation keyword", "object analytics keyword"]
    );
}

#[tokio::test]
async fn a_yes_is_recorded_under_the_notice_in_force_and_counts() {
    let house = house().await;
    let answer = house.ask(says("ada", "start")).await;
    assert_eq!(answer.text(), r#"{"reply":"Done: your consent is recorded."}"#);
    let receipt = house.receipt().await;
    assert_eq!(receipt["outcome"], json!({"obeyed": {"decision": "grant"}}));
    assert_eq!(receipt["purposes"][1]["because"], "granted");
    house.bot.assert_untouched();
}

#[tokio::test]
async fn more_than_the_word_is_a_message_for_the_bot() {
    let house = house().await;
    for text in ["please STOP", "STOP.", "S TOP", "stopp"] {
        assert_eq!(house.ask(says("ada", text)).await.status, 200);
    }
    house.receipts_soon(4).await;
    assert_eq!(received(&house), 4);
    assert_eq!(decisions(house, "ada").await, Vec::<String>::new());
}

#[tokio::test]
async fn whoever_could_be_anybody_is_told_to_sign_in_and_decides_nothing() {
    let house = written("json-chat").subjects("- body: {at: $.user, namespace: login}").open().await;
    for body in [r#"{"text":"STOP","user":"ada"}"#, r#"{"text":"STOP"}"#] {
        let answer = house.ask(chat(body)).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains("Please sign in"), "{}", answer.text());
    }
    let receipts = house.receipts_soon(2).await;
    assert_eq!(receipts.len(), 2);
    for receipt in &receipts {
        assert_eq!(receipt["outcome"], json!({"refused": {"problem": "not-signed-in", "status": 200}}));
    }
    assert_eq!(receipts[0]["subject"]["standing"], "claimed");
    assert_eq!(receipts[1]["subject"], Value::Null);
    house.bot.assert_untouched();
    assert_eq!(decisions(house, "ada").await, Vec::<String>::new());
}

#[tokio::test]
async fn the_answer_comes_as_a_stream_where_one_was_asked_for() {
    let policy = "
policy: shop
version: 3
undeclared: forward
purposes:
  personalisation: {title: Tailor suggestions to you, basis: consent, notice: 2026-11}
  analytics: {title: Improve the assistant, basis: legitimate-interests}
data:
  name: {at: '$.messages[*].name', for: personalisation}
";
    let route = format!("path: /chat, profile: openai-chat, {KEYWORDS}");
    let house = Written::policy(policy).route(&route).open().await;
    let talk = |stream: bool, last: &str| {
        let messages = json!([
            {"role": "user", "content": "STOP"}, {"role": "assistant", "content": "ok"}, {"role": "user", "content": last}
        ]);
        chat_of("ada", &json!({"model": "m", "stream": stream, "messages": messages}).to_string())
    };
    let answer = house.ask(talk(true, "stop")).await;
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    let text = answer.text();
    assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
    let first: Value =
        serde_json::from_str(text.lines().next().unwrap().strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(first["choices"][0]["delta"]["content"], "You are unsubscribed.");
    let answer: Value = serde_json::from_str(house.ask(talk(false, "stop")).await.text()).unwrap();
    assert_eq!(answer["choices"][0]["message"]["content"], "You are unsubscribed.");
    house.bot.assert_untouched();
    assert_eq!(house.ask(talk(false, "go on")).await.status, 200, "an older message is no decision any more");
    house.receipts_soon(3).await;
    assert_eq!(received(&house), 1);
}

#[tokio::test]
async fn nothing_is_acknowledged_that_the_ledger_did_not_record() {
    let house = house().await;
    assert_eq!(house.ask(says("ada", "hello")).await.status, 200);
    house.receipts_soon(1).await;
    let ledger = house.folder.path("ledger.db");
    std::fs::rename(&ledger, house.folder.path("away.db")).unwrap();
    let answer = house.ask(says("ada", "STOP")).await;
    answer.assert_problem(503, "ledger-unreachable");
    assert_eq!(house.bot.requests().len(), 1);
    std::fs::rename(house.folder.path("away.db"), &ledger).unwrap();
}

async fn checked(written: &Written) -> (Option<i32>, String) {
    let folder = written.write("127.0.0.1:9".parse().unwrap());
    let output = Program::run(&["serve", "--check", "--config", folder.config().to_str().unwrap()]).await;
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn keywords_that_could_not_be_obeyed_are_refused_at_load_and_it_is_said_why() {
    let mut said = Vec::new();
    for (profile, keywords) in [
        ("", "{withdraw: [STOP], purposes: [personalisation]}"),
        ("profile: anthropic-messages,", "{withdraw: [STOP], purposes: [personalisation]}"),
        ("profile: json-chat,", "{withdraw: [STOP], purposes: [personalization]}"),
        ("profile: json-chat,", "{withdraw: [STOP], purposes: [support]}"),
        ("profile: json-chat,", "{withdraw: [STOP], purposes: []}"),
        ("profile: json-chat,", "{withdraw: [' '], purposes: [personalisation]}"),
        ("profile: json-chat,", "{withdraw: [STOP], grant: ['stop '], purposes: [personalisation]}"),
        ("profile: json-chat,", "{withdrawn: [STOP], purposes: [personalisation]}"),
    ] {
        let written = Written::shop().route(&format!("path: /chat, {profile} keywords: {keywords}"));
        let (code, words) = checked(&written).await;
        assert_eq!(code, Some(1));
        said.push(words.lines().next().unwrap_or_default().to_owned());
    }
    let silent = "policy: shop\nversion: 1\nundeclared: forward\npurposes:\n  p: {title: P, basis: consent, notice: '1'}\ndata:\n  a: {at: 'header:x-a', for: p}\n";
    let written = Written::policy(silent)
        .route("path: /chat, profile: json-chat, keywords: {withdraw: [STOP], purposes: [p]}");
    let (_, words) = checked(&written).await;
    said.push(words.lines().next().unwrap_or_default().to_owned());
    insta::assert_snapshot!(said.join("\n"));
}
