//! Without an answer nothing goes on, unless the operator said that it may.

use http::{Response, StatusCode};
use serde_json::json;
use tokio::{io::AsyncWriteExt as _, task::JoinSet};

use super::{analyst, gated, house, questions, saying, written};
use crate::{
    bot::{Bot, said},
    client::{chat, operator},
    house::{House, soon},
    socket::{bot::Echo, person::Ask},
};

const ASKED: &str = r#"{"text": "umbrella and x@mail.example"}"#;

async fn assert_refused(house: &House) {
    let answer = house.ask(chat(ASKED)).await;
    house.assert_refused(&answer, 503, "detector-unreachable").await;
    assert!(!answer.text().contains("umbrella"));
}

#[tokio::test]
async fn an_analyzer_that_is_not_there_or_hangs_up_or_says_nothing() {
    assert_refused(&house(&Bot::absent().await, "").await).await;
    assert_refused(&house(&Bot::unruly(|stream| async move { drop(stream) }).await, "").await).await;
    let silent = Bot::unruly(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    });
    let written = written(&silent.await, "", super::POLICY);
    let bot = Bot::open().await;
    let folder = written.write(bot.address);
    let text = std::fs::read_to_string(folder.config()).unwrap().replace("timeout: 10s", "timeout: 100ms");
    std::fs::write(folder.config(), text).unwrap();
    assert_refused(&House::of(folder, bot).await).await;
}

#[tokio::test]
async fn an_answer_that_stops_half_way() {
    let half = Bot::unruly(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[").await.unwrap();
    });
    assert_refused(&house(&half.await, "").await).await;
}

#[tokio::test]
async fn an_answer_that_can_not_be_right() {
    let at = |start: i64, end: i64| {
        json!([{"start": start, "end": end, "entity_type": "PERSON", "score": 0.9}]).to_string()
    };
    for text in [
        String::new(),
        "<html>sign in</html>".to_owned(),
        "{\"error\": \"no text\"}".to_owned(),
        "[[]]".to_owned(),
        at(0, 999),
        at(5, 5),
        at(7, 2),
        at(-1, 2),
        at(0, 7).replace("0.9", "9"),
        format!("[]{}", " ".repeat(1 << 20)),
    ] {
        let answer = text.clone();
        assert_refused(&house(&saying(move || said(answer.clone())).await, "").await).await;
    }
}

#[tokio::test]
async fn an_answer_with_another_status() {
    for status in [StatusCode::NOT_FOUND, StatusCode::FOUND, StatusCode::INTERNAL_SERVER_ERROR] {
        let other = saying(move || {
            let (mut head, body) = said("[]").into_parts();
            head.status = status;
            Response::from_parts(head, body)
        });
        assert_refused(&house(&other.await, "").await).await;
    }
}

#[tokio::test]
async fn a_reply_about_which_nobody_answers_does_not_reach_the_person() {
    let bot = Bot::answering(|_| async {
        let mut reply = said(r#"{"said": "umbrella"}"#);
        reply.headers_mut().insert("content-type", "application/json".parse().unwrap());
        reply
    });
    let house = super::before(bot.await, &Bot::absent().await, "", "path: /chat").await;
    let answer = house.ask(chat("{}")).await;
    answer.assert_problem(503, "detector-unreachable");
    assert_eq!(house.receipt().await["outcome"]["refused"]["problem"], "detector-unreachable");
}

#[tokio::test]
async fn a_socket_whose_message_nobody_answers_about_is_closed() {
    let (bot, echo) = Echo::open().await;
    let house = super::before(bot, &Bot::absent().await, "", "path: /chat").await;
    let mut ada = house.socket(&Ask::ada()).await;
    ada.says_text(r#"{"text": "umbrella"}"#).await;
    ada.is_told(1013, "detector-unreachable").await;
    assert!(echo.heard().is_empty());
}

#[tokio::test]
async fn an_operator_may_choose_to_do_without_an_answer_and_the_receipt_says_so() {
    let house = house(&Bot::absent().await, ", on_failure: pass").await;
    assert_eq!(house.ask(chat(ASKED)).await.status, 200);
    assert_eq!(
        house.bot.last().text(),
        r#"{"text": "umbrella and "}"#,
        "our own detectors look all the same"
    );
    let receipt = house.receipt().await;
    let act = |data: &str, action: &str| json!({"data": data, "place": "$.*", "action": action, "count": 1});
    let acts = [
        act("badges", "unanswered"),
        act("mail", "drop"),
        act("mail", "unanswered"),
        act("people", "unanswered"),
    ];
    assert_eq!(receipt["to_bot"], json!(acts));
    let metrics = operator(house.admin.unwrap(), "/metrics").await;
    for line in [
        "assentry_detector_texts_done_without_total{detector=\"names\"} 1\n",
        "assentry_detector_questions_total{detector=\"names\",outcome=\"failed\"} 1\n",
        "assentry_detector_answers{detector=\"names\"} 0\n",
    ] {
        assert!(metrics.text().contains(line), "{line} in {}", metrics.text());
    }
}

#[tokio::test]
async fn a_route_that_only_reports_asks_and_does_without_an_answer() {
    let route = "path: /chat, mode: report, until: 2999-12-31";
    let analyst = analyst().await;
    let house = written(&analyst, "", super::POLICY).route(route).before(Bot::open().await).await;
    house.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), ASKED);
    assert_eq!(questions(&analyst).len(), 1);
    let receipt = house.receipt().await;
    assert_eq!(receipt["to_bot"][1]["action"], "would redact", "{receipt}");
    let absent = Bot::absent().await;
    let house = written(&absent, "", super::POLICY).route(route).before(Bot::open().await).await;
    assert_eq!(house.ask(chat(ASKED)).await.status, 200);
    assert_eq!(house.bot.last().text(), ASKED);
}

#[tokio::test]
async fn a_no_that_comes_while_somebody_is_asked_is_obeyed() {
    let (analyst, gate) = gated().await;
    let policy = super::POLICY
        .replace("purposes:", "purposes:\n  shopping: {title: Shopping, basis: consent}")
        .replace("data:", "data:\n  bought: {at: $.bought, for: shopping}");
    let house = written(&analyst, "", &policy).before(Bot::open().await).await;
    house.decide("ada", "grant shopping").await;
    let mut connection = house.connect(crate::client::Http::One).await;
    let asking =
        tokio::spawn(async move { connection.ask(chat(r#"{"bought": [1], "text": "umbrella"}"#)).await });
    analyst.has_begun(1).await;
    house.decide("ada", "withdraw shopping").await;
    gate.open(1);
    assert_eq!(asking.await.unwrap().status, 200);
    assert_eq!(house.bot.last().text(), r#"{"text": "[person-name]"}"#);
    assert_eq!(questions(&analyst).len(), 1, "what is known is not asked again");
}

#[tokio::test]
async fn only_so_many_questions_are_under_way_and_only_so_many_wait() {
    let (analyst, gate) = gated().await;
    let house = house(&analyst, ", at_once: 1, queue: 1").await;
    let mut asking = JoinSet::new();
    for n in 0..4 {
        let mut connection = house.connect(crate::client::Http::One).await;
        asking.spawn(async move { connection.ask(chat(&format!("[\"{n} umbrella\"]"))).await });
    }
    for _ in 0..2 {
        let turned_away = asking.join_next().await.unwrap().unwrap();
        turned_away.assert_problem(503, "detector-unreachable");
    }
    assert_eq!(analyst.begun(), 1, "one at a time, and one waits");
    gate.open(2);
    for answer in asking.join_all().await {
        assert_eq!(answer.status, 200);
    }
    soon(|| house.bot.requests().len() == 2).await;
    assert_eq!(analyst.begun(), 2);
}

#[tokio::test]
async fn a_message_that_is_refused_anyway_is_shown_to_no_analyzer() {
    let analyst = analyst().await;
    let policy = super::POLICY.replace("otherwise: drop", "otherwise: refuse");
    let house = written(&analyst, "", &policy).before(Bot::open().await).await;
    let answer = house.ask(chat(ASKED)).await;
    answer.assert_problem(403, "consent-missing");
    analyst.assert_untouched();
}
