//! Promise: what the policy withholds from the person is withheld from every part of a reply.

use http::Response;
use http_body_util::{BodyExt as _, Full};

use crate::{
    bot::{Bot, Reply},
    client::raw,
    house::House,
    written::Written,
};

const POLICY: &str = "
policy: shop
version: 1
undeclared: forward
purposes:
  support: {title: Answer your question, basis: contract}
  insight: {title: See what we guess about you, basis: consent}
data:
  answer: {at: $.text, to_person: $.text, for: support}
  guesses:
    to_person: [$..score, 'header:x-score', 'cookie:segment']
    for: insight
  account: {to_person: $.iban, otherwise: {mask: {keep_last: 4}}}
  staff: {to_person: $.staff, otherwise: refuse}
";

/// A proxy before a bot that gives this reply to everything.
async fn house(fields: &'static [(&'static str, &'static str)], body: &'static str) -> House {
    let reply = move || -> Reply {
        let mut reply = Response::builder();
        for (name, value) in fields {
            reply = reply.header(*name, *value);
        }
        reply.body(Full::new(body.into()).boxed_unsync()).unwrap()
    };
    let bot = Bot::answering(move |_| async move { reply() }).await;
    Written::policy(POLICY).before(bot).await
}

fn ask() -> Vec<u8> {
    raw("POST /chat", &["Content-Type: application/json"], b"{\"text\":\"hi\"}")
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_reply_says_to_the_person_what_the_policy_lets_it_say() {
    let house = house(
        &[
            JSON,
            ("etag", "\"abc\""),
            ("x-score", "7"),
            ("x-other", "8"),
            ("set-cookie", "segment=poor; Path=/"),
            ("set-cookie", "id=1; Path=/"),
        ],
        r#"{"text": "hello", "score": 7, "more": [{"score": 8}], "iban": "DE89370400440532013000", "n": 1.10}"#,
    )
    .await;
    let answer = house.tell(ask()).await;
    assert_eq!(answer.text(), r#"{"text": "hello", "more": [{}], "iban": "****3000", "n": 1.10}"#);
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    assert_eq!(answer.header("set-cookie"), "id=1; Path=/");
    assert_eq!(answer.header("x-other"), "8");
    assert!(!answer.headers.contains_key("etag") && !answer.headers.contains_key("x-score"));
    let receipt = house.receipt().await;
    insta::assert_snapshot!(format!("{:#}", receipt["to_person"]));
}

#[tokio::test]
async fn a_reply_that_can_not_be_checked_does_not_go_on() {
    for (fields, body) in [
        (&[JSON][..], r#"{"score": 7"#),
        (&[("content-type", "text/plain")][..], "score: 7"),
        (&[][..], "score: 7"),
        (&[JSON, ("content-encoding", "mystery")][..], "score: 7"),
    ] {
        let house = house(fields, body).await;
        let answer = house.tell(ask()).await;
        answer.assert_problem(502, "reply-unreadable");
        let receipt = house.receipt().await;
        assert_eq!(receipt["outcome"]["refused"]["problem"], "reply-unreadable", "{receipt}");
        assert!(!answer.text().contains("score"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_reply_with_something_that_must_be_refused_is_refused() {
    let house = house(&[JSON], r#"{"text": "hello", "staff": "ada"}"#).await;
    house.tell(ask()).await.assert_problem(403, "forbidden");
}

#[tokio::test]
async fn a_reply_without_a_body_needs_no_reading() {
    let house = house(&[("x-score", "7"), ("x-other", "8")], "").await;
    let answer = house.tell(ask()).await;
    assert_eq!((answer.status, answer.header("x-score"), answer.header("x-other")), (200, "", "8"));
}
