//! Credentials that don't verify, and words of strangers.

use serde_json::json;

use crate::{
    answer::Answer,
    client::{chat, raw, raw_chat},
    house::House,
    people::{TOKENS, claims, token},
    written::Written,
};

async fn told(fields: &[&str]) -> (House, Answer) {
    let house = Written::shop().subjects(TOKENS).open().await;
    let fields = [&["Content-Type: application/json"], fields].concat();
    let answer = house.tell(raw("POST /chat", &fields, b"{}")).await;
    (house, answer)
}

async fn assert_unauthorised(house: &House, answer: &Answer) {
    house.assert_refused(answer, 401, "credential").await;
    assert!(answer.header("www-authenticate").starts_with("Bearer"), "{answer:?}");
}

#[tokio::test]
async fn a_token_whose_signature_is_broken_is_refused() {
    let mut broken = token(&claims("ada"));
    broken.replace_range(broken.len() - 4.., "AAAA");
    let (house, answer) = told(&[&format!("Authorization: Bearer {broken}")]).await;
    assert_unauthorised(&house, &answer).await;
}

#[tokio::test]
async fn something_that_is_no_token_is_refused() {
    let (house, answer) = told(&["Authorization: Bearer nonsense"]).await;
    assert_unauthorised(&house, &answer).await;
}

#[tokio::test]
async fn a_token_that_has_expired_is_refused() {
    let mut old = claims("ada");
    old["exp"] = json!(1_000_000);
    let (house, answer) = told(&[&format!("Authorization: Bearer {}", token(&old))]).await;
    assert_unauthorised(&house, &answer).await;
}

#[tokio::test]
async fn a_token_for_somebody_else_is_refused() {
    let mut other = claims("ada");
    other["aud"] = json!("bank");
    let (house, answer) = told(&[&format!("Authorization: Bearer {}", token(&other))]).await;
    assert_unauthorised(&house, &answer).await;
}

#[tokio::test]
async fn two_authorization_headers_are_refused_although_both_hold() {
    let line = format!("Authorization: Bearer {}", token(&claims("ada")));
    let (house, answer) = told(&[&line, &line]).await;
    assert_unauthorised(&house, &answer).await;
}

#[tokio::test]
async fn a_token_that_does_not_hold_is_not_made_good_by_another_credential() {
    let sources = format!("{TOKENS}\n- cookie: {{name: visitor}}");
    let house = Written::shop().subjects(&sources).open().await;
    let fields = ["Authorization: Bearer nonsense", "Cookie: visitor=ada"];
    let answer = house.tell(raw("POST /chat", &fields, b"")).await;
    assert_unauthorised(&house, &answer).await;
}

#[tokio::test]
async fn a_strangers_word_about_who_they_are_is_taken_away_and_not_believed() {
    let trusted = "- header: {name: x-user-id, from: [192.0.2.0/24], namespace: login, forward: true}";
    let house = Written::shop().subjects(trusted).open().await;
    house.decide("ada", "grant personalisation").await;
    let answer = house.ask(chat(r#"{"context":{"purchases":[1]}}"#)).await;
    assert_eq!(answer.status, 200);
    let sent = house.bot.last();
    assert_eq!((sent.text(), sent.header("x-user-id")), (r#"{"context":{}}"#, None));
    assert_eq!(house.receipt().await["subject"], json!(null));
}

#[tokio::test]
async fn two_words_of_a_trusted_peer_about_who_it_is_are_refused() {
    let house = Written::shop().open().await;
    let answer = house.tell(raw("POST /chat", &["X-User-Id: ada", "X-User-Id: eve"], b"")).await;
    assert_unauthorised(&house, &answer).await;
}

#[tokio::test]
async fn a_body_that_names_its_subject_twice_is_refused() {
    let house = Written::shop().subjects("- body: {at: $.user}").open().await;
    let answer = house.tell(raw_chat(r#"{"user":"ada","user":"eve"}"#)).await;
    house.assert_refused(&answer, 400, "unreadable").await;
}
