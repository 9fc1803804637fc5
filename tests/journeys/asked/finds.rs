//! What is found outside, and where.

use serde_json::{Value, json};

use super::{analyst, answer, before, chat_in, house, questions, written};
use crate::{
    bot::{Bot, said},
    client::{Http, chat, operator},
    socket::{bot::Echo, person::Ask},
};

const ASKED: &str =
    r#"{"a": "\ud83d\udc69\u200d\ud83d\udc67 umbrella\u0021 é umbrella", "b": ["", "hi"], "n": 1.50}"#;
const WITHOUT: &str = r#"{"a": "\ud83d\udc69\u200d\ud83d\udc67 [person-name]\u0021 é [person-name]", "b": ["", "hi"], "n": 1.50}"#;

#[tokio::test]
async fn what_an_analyzer_finds_never_reaches_the_bot_and_nothing_else_changes() {
    for http in Http::BOTH {
        let analyst = analyst().await;
        let house = house(&analyst, "").await;
        let answer = house.connect(http).await.ask(chat(ASKED)).await;
        assert_eq!((answer.status, house.bot.last().text()), (200, WITHOUT), "{http:?}");
        let receipt = house.receipt().await;
        assert_eq!(
            receipt["to_bot"][0],
            json!({"data": "people", "place": "$.*", "action": "redact", "count": 2})
        );
    }
}

#[tokio::test]
async fn a_question_names_the_texts_and_what_they_are_asked_for() {
    let analyst = analyst().await;
    let house = house(&analyst, ", least: 35, language: de").await;
    house.ask(chat(r#"["one", "two", "one", " "]"#)).await;
    house.ask(chat(r#"["three"]"#)).await;
    let sent = analyst.requests();
    let asked: Vec<Value> = sent.iter().map(|sent| serde_json::from_slice(&sent.body).unwrap()).collect();
    let of = |text: Value| {
        let entities = json!(["BADGE", "PERSON", "MAIL"]);
        json!({"text": text, "language": "de", "entities": entities, "score_threshold": 0.35})
    };
    assert_eq!(asked, [of(json!(["one", "two"])), of(json!("three"))]);
    assert_eq!(sent[0].header("content-type"), Some("application/json"));
    assert_eq!(sent[0].header("authorization"), None);
}

#[tokio::test]
async fn findings_of_ours_and_of_theirs_that_overlap_are_one_under_the_strictest_action() {
    let whole = Bot::answering(|sent| async move {
        let asked: Value = serde_json::from_slice(&sent.body).unwrap();
        let text = asked["text"].as_str().unwrap();
        let start = text.find("Dear").unwrap();
        let end = text.find("@mail").unwrap();
        said(json!([{"start": start, "end": end, "entity_type": "PERSON", "score": 0.9}]).to_string())
    })
    .await;
    let house = house(&whole, "").await;
    house.ask(chat(r#"["so, Dear x@mail.example, hello"]"#)).await;
    assert_eq!(house.bot.last().text(), r#"["so, , hello"]"#, "`drop` is stricter than `redact`");
}

#[tokio::test]
async fn nobody_is_asked_where_everything_passes_or_there_is_nothing_to_ask_about() {
    let analyst = analyst().await;
    let house = house(&analyst, "").await;
    for body in ["", "{}", "[7, null, true]", r#"["", "  "]"#] {
        assert_eq!(house.ask(chat(body)).await.status, 200, "{body}");
    }
    house.decide("ada", "grant service").await;
    house.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), ASKED);
    analyst.assert_untouched();
}

#[tokio::test]
async fn a_kind_of_ones_own_that_is_asked_for_comes_back_from_its_pseudonym() {
    let bot = Bot::answering(|sent| async move {
        let mut reply = said(format!(r#"{{"said": {}}}"#, sent.text()));
        reply.headers_mut().insert("content-type", "application/json".parse().unwrap());
        reply
    });
    let analyst = analyst().await;
    let house = before(bot.await, &analyst, "", "path: /chat").await;
    let answer = house.ask(chat(r#""badge B-77-x of q@mail.example""#)).await;
    let sent = house.bot.last().text().to_owned();
    assert!(sent.starts_with("\"badge psn-badge-") && sent.ends_with(" of \""), "{sent}");
    assert_eq!(answer.text(), r#"{"said": "badge B-77-x of "}"#, "what came from a token was found nowhere");
}

#[tokio::test]
async fn replies_are_asked_about_too() {
    let bot = Bot::answering(|_| async {
        let mut reply = said(r#"{"said": "umbrella \ud83d\ude42 and q@mail.example", "n": 1.50}"#);
        reply.headers_mut().insert("content-type", "application/json".parse().unwrap());
        reply
    });
    let analyst = analyst().await;
    let house = before(bot.await, &analyst, "", "path: /chat").await;
    let answer = house.ask(chat("{}")).await;
    assert_eq!(answer.text(), r#"{"said": "[person-name] \ud83d\ude42 and q@mail.example", "n": 1.50}"#);
}

#[tokio::test]
async fn messages_of_sockets_are_asked_about_each_by_itself() {
    let analyst = analyst().await;
    let (bot, echo) = Echo::open().await;
    let house = before(bot, &analyst, "", "path: /chat").await;
    let mut ada = house.socket(&Ask::ada()).await;
    assert_eq!(ada.asks(r#"{"text": "umbrella was here"}"#).await, r#"{"text": "[person-name] was here"}"#);
    assert_eq!(echo.last(), r#"{"text": "[person-name] was here"}"#);
    house.decide("ada", "grant service").await;
    assert_eq!(ada.asks(r#"{"text": "umbrella"}"#).await, r#"{"text": "umbrella"}"#);
    // To the bot, and back to the person.
    assert_eq!(questions(&analyst), [["umbrella was here"], ["[person-name] was here"]]);
}

#[tokio::test]
async fn documents_in_forms_and_in_texts_and_events_are_asked_about() {
    let analyst = analyst().await;
    let policy = super::POLICY.replace(
        "data:",
        "data:\n  inner: {at: [{at: $.inner, inside: json, select: $.x}, 'form:x'], otherwise: drop}",
    );
    let house = written(&analyst, "", &policy).before(Bot::open().await).await;
    house.ask(chat(r#"{"inner": "{\"x\": 1, \"y\": \"umbrella\"}", "z": "umbrella"}"#)).await;
    assert_eq!(house.bot.last().text(), r#"{"inner": "{\"y\": \"[person-name]\"}", "z": "[person-name]"}"#);
    house.ask(chat_in("application/x-ndjson", "{\"a\": \"umbrella\"}\n{\"b\": \"x umbrella\"}\n")).await;
    assert_eq!(house.bot.last().text(), "{\"a\": \"[person-name]\"}\n{\"b\": \"x [person-name]\"}\n");
    let part = |content: &str| {
        format!(
            "--x\r\nContent-Disposition: form-data; name=\"d\"\r\nContent-Type: application/json\r\n\r\n{content}\r\n--x--\r\n"
        )
    };
    house.ask(chat_in("multipart/form-data; boundary=x", &part(r#"{"a": "umbrella"}"#))).await;
    assert_eq!(house.bot.last().text(), part(r#"{"a": "[person-name]"}"#));
}

#[tokio::test]
async fn what_was_said_about_a_text_is_not_asked_again_where_it_is_remembered() {
    for (more, expected) in [
        ("", vec![vec!["umbrella one".to_owned()], vec!["two".to_owned()]]),
        (
            ", remember: 0",
            vec![vec!["umbrella one".to_owned()], vec!["umbrella one".to_owned(), "two".to_owned()]],
        ),
    ] {
        let analyst = analyst().await;
        let house = house(&analyst, more).await;
        house.ask(chat(r#"["umbrella one"]"#)).await;
        house.ask(chat(r#"["umbrella one", "two"]"#)).await;
        assert_eq!(house.bot.last().text(), r#"["[person-name] one", "two"]"#);
        assert_eq!(questions(&analyst), expected);
    }
}

#[tokio::test]
async fn values_beside_the_body_that_are_texts_are_asked_about_as_they_are_meant() {
    let analyst = analyst().await;
    let policy = super::POLICY.replace(
        "people: {in_text: person-name,",
        "people: {in_text: {kinds: person-name, at: ['header:x-note', 'query:q']},",
    );
    let house = written(&analyst, "", &policy).before(Bot::open().await).await;
    let mut request = chat("{}");
    *request.uri_mut() = "/chat?q=my+umbrella%21&n=1".parse().unwrap();
    request.headers_mut().insert("x-note", "the umbrella".parse().unwrap());
    assert_eq!(house.ask(request).await.status, 200);
    let sent = house.bot.last();
    assert_eq!(sent.header("x-note"), Some("the [person-name]"));
    assert!(sent.raw.starts_with("POST /chat?q=my%20%5Bperson%2Dname%5D%21&n=1 "), "{}", sent.raw);
    let mut texts = questions(&analyst).concat();
    texts.sort();
    assert_eq!(texts, ["my umbrella!", "the umbrella"]);
}

#[tokio::test]
async fn many_texts_are_asked_about_in_batches() {
    let analyst = analyst().await;
    let house = house(&analyst, ", batch: 3").await;
    let texts: Vec<String> = (0..7).map(|n| format!("{n} umbrella")).collect();
    house.ask(chat(&json!(texts).to_string())).await;
    let expected: Vec<String> = (0..7).map(|n| format!("{n} [person-name]")).collect();
    assert_eq!(house.bot.last().text(), json!(expected).to_string());
    let mut sizes: Vec<usize> = questions(&analyst).iter().map(Vec::len).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 3, 3]);
}

#[tokio::test]
async fn an_analyzer_is_shown_a_token() {
    use std::{fs, os::unix::fs::PermissionsExt as _};
    let analyst = analyst().await;
    let written = written(&analyst, ", token_file: token", super::POLICY);
    let bot = Bot::open().await;
    let folder = written.write(bot.address);
    fs::write(folder.path("token"), "abc\n").unwrap();
    fs::set_permissions(folder.path("token"), fs::Permissions::from_mode(0o600)).unwrap();
    let house = crate::house::House::of(folder, bot).await;
    house.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), WITHOUT);
    assert_eq!(analyst.last().header("authorization"), Some("Bearer abc"));
}

#[tokio::test]
async fn what_was_asked_is_counted_and_no_text_is_in_the_metrics() {
    let analyst = Bot::answering(|sent| async move { answer(&sent) }).await;
    let house = house(&analyst, "").await;
    house.ask(chat(ASKED)).await;
    let metrics = operator(house.admin.unwrap(), "/metrics").await;
    let says = |line: &str| assert!(metrics.text().contains(line), "{line} in {}", metrics.text());
    says("assentry_detector_questions_total{detector=\"names\",outcome=\"answered\"} 1\n");
    says("assentry_detector_questions_total{detector=\"names\",outcome=\"failed\"} 0\n");
    says("assentry_detector_answers{detector=\"names\"} 1\n");
    says("assentry_detector_seconds_count{detector=\"names\"} 1\n");
    assert!(!metrics.text().contains("umbrella"));
}
