//! Keywords in forms: in the field that the profile or the route names.

use super::{decisions, written};
use crate::{answer::Answer, client::raw, house::House, written::Written};

const PARTS: &str = "Content-Type: multipart/form-data; boundary=x";
const PLAIN: &str = "path: /chat, keywords: {withdraw: [STOP], grant: [START], purposes: [personalisation], text: message, answer: {withdraw: You are unsubscribed.}}";

async fn sends(house: &House, media_type: &str, body: &str) -> Answer {
    house.tell(raw("POST /chat", &["X-User-Id: ada", media_type], body.as_bytes())).await
}

async fn sends_form(house: &House, body: &str) -> Answer {
    sends(house, "Content-Type: application/x-www-form-urlencoded", body).await
}

fn part(head: &str, content: &str) -> String {
    format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
}

#[tokio::test]
async fn a_form_is_a_keyword_where_its_one_text_is_the_word() {
    let house = written("json-chat").open().await;
    let answer = sends_form(&house, "session=7&text=stop+all").await;
    assert_eq!(answer.text(), r#"{"reply":"You are unsubscribed."}"#);
    assert_eq!(answer.headers["content-type"], "application/json");
    house.bot.assert_untouched();
    assert_eq!(house.receipt().await["outcome"]["obeyed"]["decision"], "withdraw");
    let answer = sends_form(&house, "text=STOP&stream=true").await;
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    for other in ["text=STOP&text=go+on", "text=STOP.", "said=STOP"] {
        assert!(sends_form(&house, other).await.text().contains(other), "the bot got `{other}`");
    }
    assert_eq!(house.bot.requests().len(), 3);
    house.receipts_soon(5).await;
    assert_eq!(decisions(house, "ada").await.len(), 4, "two words, each on two purposes");
}

#[tokio::test]
async fn a_form_of_parts_is_one_too_but_not_where_it_brings_a_file() {
    let house = written("json-chat").open().await;
    let text = part("name=\"text\"", "STOP");
    let with = |more: &str| format!("{text}{more}--x--\r\n");
    let empty_file = part("name=\"photo\"; filename=\"\"", "");
    for form in [with(""), with(&empty_file)] {
        assert_eq!(sends(&house, PARTS, &form).await.text(), r#"{"reply":"You are unsubscribed."}"#);
    }
    let json = "--x\r\nContent-Disposition: form-data; name=\"m\"\r\nContent-Type: application/json\r\n\r\n{\"text\":\"STOP\"}\r\n--x--\r\n";
    assert_eq!(sends(&house, PARTS, json).await.text(), r#"{"reply":"You are unsubscribed."}"#);
    house.bot.assert_untouched();
    let file = part("name=\"photo\"; filename=\"a.png\"", "content");
    assert_eq!(sends(&house, PARTS, &with(&file)).await.status, 200);
    assert_eq!(house.bot.requests().len(), 1);
    let receipts = house.receipts_soon(4).await;
    let obeyed = receipts.iter().filter(|receipt| receipt["outcome"].get("obeyed").is_some()).count();
    assert_eq!(obeyed, 3);
}

#[tokio::test]
async fn without_a_profile_the_route_names_the_text_and_the_answer_is_plain() {
    let house = Written::shop().route(PLAIN).open().await;
    for (media_type, body) in [
        ("Content-Type: application/x-www-form-urlencoded", "message=STOP"),
        ("Content-Type: application/json", r#"{"message":"STOP"}"#),
    ] {
        let answer = sends(&house, media_type, body).await;
        assert_eq!(answer.text(), "You are unsubscribed.");
        assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
    }
    house.bot.assert_untouched();
    assert_eq!(sends_form(&house, "text=STOP").await.status, 200);
    assert_eq!(house.bot.requests().len(), 1, "another field is nothing that people write");
}

#[tokio::test]
async fn a_route_may_name_the_field_beside_a_profile_and_forms_alone_are_enough() {
    let policy = crate::written::SHOP
        .replace("at: $.text,", "at: 'form:Body',")
        .replace("at: $.context.purchases,", "at: 'form:purchases',")
        .replace("[$..email, ", "[");
    let keywords = "keywords: {withdraw: [STOP], purposes: [personalisation], text: Body}";
    let route = format!("path: /chat, profile: openai-chat, {keywords}");
    let house = Written::policy(&policy).route(&route).open().await;
    let answer = sends_form(&house, "From=%2B1&Body=Stop").await;
    assert!(answer.text().contains(r#""content":"Done: your consent is withdrawn.""#), "{}", answer.text());
    house.bot.assert_untouched();
    assert_eq!(sends_form(&house, "Body=hello").await.status, 200);
}

#[tokio::test]
async fn a_form_of_somebody_who_could_be_anybody_decides_nothing() {
    let house = written("json-chat").subjects("- query: {name: user, namespace: login}").open().await;
    let form = ["Content-Type: application/x-www-form-urlencoded"];
    let answer = house.tell(raw("POST /chat?user=ada", &form, b"text=STOP")).await;
    assert!(answer.text().contains("Please sign in"), "{}", answer.text());
    assert_eq!(house.receipt().await["outcome"]["refused"]["problem"], "not-signed-in");
    house.bot.assert_untouched();
    assert_eq!(decisions(house, "ada").await, Vec::<String>::new());
}
