//! Bodies with content codings: undone, read and sent on plain, or as they came where nothing could be withheld.

use assentry::message::coding::{Coding, Encoder};

use crate::{client::raw, house::House, written::Written};

const POLICY: &str = "
policy: shop
version: 1
undeclared: forward
purposes:
  support: {title: Answer your question, basis: contract}
  ads: {title: Tailor suggestions to you, basis: consent}
data:
  question: {at: [$.text, 'form:text'], for: support}
  mail: {at: [$.email, 'form:email'], for: ads}
";

/// A policy under which nothing is ever withheld from a body.
const OPEN: &str = "
policy: shop
version: 1
undeclared: forward
purposes:
  support: {title: Answer your question, basis: contract}
data:
  question: {at: [$.text, 'form:text'], for: support}
";

const ALL: [Coding; 4] = [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd];

fn encoded(coding: Coding, body: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new(coding).unwrap();
    let begun = encoder.push(body).unwrap();
    [begun, encoder.finish().unwrap()].concat()
}

fn json(coding: &str, more: &[&str], body: &[u8]) -> Vec<u8> {
    let coding = format!("Content-Encoding: {coding}");
    raw("POST /chat", &[&["Content-Type: application/json", &coding][..], more].concat(), body)
}

async fn arrives(house: &House, request: &[u8]) -> String {
    let answer = house.tell(request).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    house.bot.last().raw
}

#[tokio::test]
async fn a_coded_body_arrives_plain_and_without_what_is_withheld() {
    let house = Written::policy(POLICY).open().await;
    let body = br#"{"text": "hi", "email": "ada@example.com"}"#;
    let mut seen = Vec::new();
    for coding in ALL {
        let digest = "Content-Digest: sha-256=:AAAA:";
        seen.push(arrives(&house, &json(coding.as_str(), &[digest], &encoded(coding, body))).await);
    }
    assert!(seen[0].ends_with("\r\n\r\n{\"text\": \"hi\"}"), "{}", seen[0]);
    assert!(seen[0].contains("Content-Length: 14\r\n"), "{}", seen[0]);
    assert!(!seen[0].contains("Encoding") && !seen[0].contains("Digest"), "{}", seen[0]);
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
    let nothing = json("gzip", &[], &encoded(Coding::Gzip, br#"{"text": "hi"}"#));
    assert_eq!(
        arrives(&house, &nothing).await,
        seen[0],
        "the coding does not tell whether something was withheld"
    );
}

#[tokio::test]
async fn a_form_may_be_coded_too_and_twice() {
    let house = Written::policy(POLICY).open().await;
    let body = encoded(Coding::Brotli, &encoded(Coding::Gzip, b"text=hi&email=ada"));
    let fields = ["Content-Type: application/x-www-form-urlencoded", "Content-Encoding: gzip, br"];
    let seen = arrives(&house, &raw("POST /chat", &fields, &body)).await;
    assert!(seen.ends_with("\r\n\r\ntext=hi"), "{seen}");
}

#[tokio::test]
async fn where_nothing_can_be_withheld_a_coded_body_arrives_as_it_came() {
    let house = Written::policy(OPEN).open().await;
    let body = encoded(Coding::Gzip, br#"{"text": "hi"}"#);
    let answer = house.tell(json("gzip", &["Content-Digest: sha-256=:AAAA:"], &body)).await;
    assert_eq!(answer.status, 200);
    let sent = house.bot.last();
    assert_eq!(sent.body, body);
    assert_eq!(sent.head.headers["content-encoding"], "gzip");
    assert_eq!(sent.head.headers["content-digest"], "sha-256=:AAAA:");
    assert_eq!(house.receipt().await["to_bot"][0]["place"], "$.text", "it was read all the same");
}

#[tokio::test]
async fn an_unknown_coding_is_refused_with_those_that_are_known() {
    let house = Written::policy(POLICY).open().await;
    let answer = house.tell(json("compress", &[], b"{}")).await;
    house.assert_refused(&answer, 415, "content-coding").await;
    assert_eq!(answer.header("accept-encoding"), "gzip, deflate, br, zstd");
}

#[tokio::test]
async fn a_body_that_is_not_what_its_coding_says_is_refused() {
    let whole = encoded(Coding::Gzip, br#"{"text": "hi"}"#);
    for body in [&whole[..whole.len() - 1], b"{\"text\": \"hi\"}", &[&whole[..], b"{}"].concat()] {
        let house = Written::policy(POLICY).open().await;
        let answer = house.tell(json("gzip", &[], body)).await;
        house.assert_refused(&answer, 400, "unreadable").await;
    }
}

#[tokio::test]
async fn a_bomb_is_refused_and_so_is_what_is_too_large_decoded() {
    let spaces = vec![b' '; 4 << 20];
    let house = Written::policy(POLICY).open().await;
    let answer = house.tell(json("br", &[], &encoded(Coding::Brotli, &spaces))).await;
    house.assert_refused(&answer, 413, "body-too-large").await;
    let house = Written::policy(POLICY).route("path: /chat, limits: {body: 100B}").open().await;
    let body = format!("{{\"text\": \"{}\"}}", "a".repeat(100));
    let answer = house.tell(json("gzip", &[], &encoded(Coding::Gzip, body.as_bytes()))).await;
    house.assert_refused(&answer, 413, "body-too-large").await;
}
