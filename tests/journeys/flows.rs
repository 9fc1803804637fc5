//! Bodies that are too large to be held: rewritten while they are sent, and broken off where they may not go on.

use assentry::message::coding::{Coding, Encoder};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use crate::{
    answer::Answer,
    client::{SURELY, raw},
    house::House,
    written::{SHOP, Written},
};

const ROUTE: &str = "path: /chat, limits: {hold: 1KiB, body: 4KiB, flow: 1MiB}";

const PARTS: &str = "
policy: parts
version: 1
undeclared: forward
purposes:
  support: {title: Answer your question, basis: contract}
  ads: {title: Tailor suggestions to you, basis: consent}
data:
  mail: {at: 'form:email', for: ads}
  manual: {at: 'file:manual', for: support}
  voice: {at: {at: 'file:*', type: 'audio/*'}, for: ads, otherwise: refuse}
";

/// So many people, each with what is kept and what is withheld.
fn people(count: usize, withheld: bool) -> String {
    let email = if withheld { "" } else { ", \"email\": \"ada@example.com\"" };
    let people: Vec<String> = (0..count).map(|n| format!("{{\"n\": {n}.50{email}}}")).collect();
    format!("{{\"people\": [{}]}}", people.join(", "))
}

fn json(body: &[u8]) -> Vec<u8> {
    raw("POST /chat", &["Content-Type: application/json", "X-User-Id: ada"], body)
}

/// A form with a field that is withheld, a file of this media type, and a last part.
fn form(media_type: &str, size: usize, email: &str) -> String {
    format!(
        "--xYz\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhi\r\n{email}\
         --xYz\r\nContent-Disposition: form-data; name=\"manual\"; filename=\"a\"\r\nContent-Type: application/pdf\r\n\r\n{}\r\n\
         --xYz\r\nContent-Disposition: form-data; name=\"last\"; filename=\"b\"\r\nContent-Type: {media_type}\r\n\r\nx\r\n\
         --xYz--\r\n",
        "p".repeat(size)
    )
}

const EMAIL: &str = "--xYz\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nada\r\n";

fn parts(body: &str) -> Vec<u8> {
    raw("POST /chat", &["Content-Type: multipart/form-data; boundary=xYz"], body.as_bytes())
}

/// That the client hears this, nothing arrived whole, and the one receipt says so.
async fn assert_broken_off(house: &House, answer: &Answer, status: u16, problem: &str) {
    answer.assert_problem(status, problem);
    assert!(house.bot.requests().is_empty(), "nothing arrived whole");
    let receipt = house.receipt().await;
    assert_eq!(receipt["outcome"]["refused"]["problem"], problem, "{receipt}");
}

#[tokio::test]
async fn a_large_json_body_arrives_without_what_is_withheld_and_the_receipt_counts_it() {
    let house = Written::shop().route(ROUTE).open().await;
    let answer = house.tell(json(people(5_000, false).as_bytes())).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let sent = house.bot.last();
    assert_eq!(sent.text(), people(5_000, true));
    assert_eq!(sent.header("transfer-encoding"), Some("chunked"), "it was not held");
    let receipt = house.receipt().await;
    assert_eq!(receipt["to_bot"][0]["place"], "$.*[*].email", "{receipt}");
    assert_eq!(receipt["to_bot"][0]["count"], 5_000);
    assert_eq!(receipt["outcome"]["forwarded"]["status"], 200);
}

#[tokio::test]
async fn a_large_coded_body_flows_plain() {
    let house = Written::shop().route(ROUTE).open().await;
    let mut encoder = Encoder::new(Coding::Gzip).unwrap();
    let begun = encoder.push(people(20_000, false).as_bytes()).unwrap();
    let body = [begun, encoder.finish().unwrap()].concat();
    let fields = ["Content-Type: application/json", "Content-Encoding: gzip", "Content-Digest: sha-256=:A:"];
    assert_eq!(house.tell(raw("POST /chat", &fields, &body)).await.status, 200);
    let sent = house.bot.last();
    assert_eq!(sent.text(), people(20_000, true));
    assert_eq!((sent.header("content-encoding"), sent.header("content-digest")), (None, None));
}

#[tokio::test]
async fn a_large_body_that_turns_out_malformed_never_completes_at_the_bot() {
    let whole = people(5_000, false);
    for end in [&whole[..whole.len() - 1], &format!("{whole}x"), &whole.replace("4321.50", "04321.50")] {
        let house = Written::shop().route(ROUTE).open().await;
        let answer = house.tell(json(end.as_bytes())).await;
        assert_broken_off(&house, &answer, 400, "unreadable").await;
    }
}

#[tokio::test]
async fn a_body_that_something_may_decide_against_to_its_end_is_held_or_too_large() {
    let refuses = SHOP.replace(
        "for: analytics, otherwise: drop",
        "for: analytics, otherwise: drop}\n  never: {at: $.never, otherwise: refuse",
    );
    let looks = SHOP.replace("at: $.text", "at: '$.people[?@.n == 1].text'");
    for (policy, size) in [(refuses, 5_000), (looks, 5_000), (SHOP.replace("forward", "refuse"), 5_000)] {
        let house = Written::policy(&policy).route(ROUTE).open().await;
        let answer = house.tell(json(people(size, false).as_bytes())).await;
        house.assert_refused(&answer, 413, "body-too-large").await;
    }
    let held =
        Written::shop().route("path: /chat, limits: {hold: 1KiB, body: 1MiB}").subjects("- body: {at: $.id}");
    let house = held.open().await;
    assert_eq!(house.tell(json(people(500, false).as_bytes())).await.status, 200);
    assert!(house.bot.last().raw.contains("Content-Length: "), "it was held");
}

#[tokio::test]
async fn what_is_larger_than_may_flow_is_broken_off() {
    let house = Written::shop().route("path: /chat, limits: {hold: 1KiB, flow: 64KiB}").open().await;
    let body = people(5_000, false);
    let head = "POST /chat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answer = house.tell(format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len())).await;
    assert_broken_off(&house, &answer, 413, "body-too-large").await;
}

#[tokio::test]
async fn a_no_breaks_off_a_body_that_is_under_way() {
    let house = Written::shop().route(ROUTE).open().await;
    house.decide("ada", "grant personalisation").await;
    let body = people(5_000, false);
    let (begun, rest) = body.split_at(20_000);
    let (mut read, mut write) = tokio::io::split(house.raw().await);
    write.write_all(&json(body.as_bytes())[..json(body.as_bytes()).len() - body.len()]).await.unwrap();
    write.write_all(begun.as_bytes()).await.unwrap();
    write.flush().await.unwrap();
    house.bot.has_begun(1).await;
    house.decide("ada", "withdraw personalisation").await;
    write.write_all(rest.as_bytes()).await.unwrap();
    write.flush().await.unwrap();
    let mut heard = Vec::new();
    timeout(SURELY, read.read_to_end(&mut heard)).await.expect("there is an answer in time").ok();
    assert_broken_off(&house, &Answer::parse(&heard).unwrap(), 503, "unsettled").await;
}

#[tokio::test]
async fn a_large_form_of_parts_arrives_without_what_is_withheld() {
    let house = Written::policy(PARTS).route(ROUTE).open().await;
    assert_eq!(house.tell(parts(&form("text/plain", 500_000, EMAIL))).await.status, 200);
    assert!(house.bot.last().text() == form("text/plain", 500_000, ""));
    let receipt = house.receipt().await;
    assert_eq!(receipt["to_bot"][0]["place"], "form:email", "{receipt}");
}

#[tokio::test]
async fn a_form_of_parts_that_is_refused_or_malformed_half_way_never_completes() {
    for (body, status, problem) in [
        (form("audio/ogg", 100_000, EMAIL), 403, "consent-missing"),
        (form("text/plain", 100_000, EMAIL).replace("\r\nx\r\n", "\r\nx\n"), 400, "unreadable"),
        (form("text/plain", 100_000, EMAIL).replace("--xYz--\r\n", ""), 400, "unreadable"),
    ] {
        let house = Written::policy(PARTS).route(ROUTE).open().await;
        let answer = house.tell(parts(&body)).await;
        assert_broken_off(&house, &answer, status, problem).await;
    }
}
