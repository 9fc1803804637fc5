//! Without an answer nothing goes on, unless the operator said that it may.

use std::time::Duration;

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
    assert_refused(&impatient(&silent.await).await).await;
}

/// A proxy that waits for this analyzer a moment only.
async fn impatient(analyst: &Bot) -> House {
    let written = written(analyst, "", super::POLICY);
    let bot = Bot::open().await;
    let folder = written.write(bot.address);
    let text = std::fs::read_to_string(folder.config()).unwrap().replace("timeout: 10s", "timeout: 100ms");
    std::fs::write(folder.config(), text).unwrap();
    House::of(folder, bot).await
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
        at(0, 7).replace("0.9", "NaN"),
        at(0, 7).replace("0.9", "1e999"),
        at(0, 7).replace("0.9", "null"),
        at(0, 7).replace("\"start\":0", "\"start\":0.5"),
        // What is right does not make up for what is wrong.
        at(0, 7)
            .replace("[{", "[{\"start\":0,\"end\":8,\"entity_type\":\"PERSON\",\"score\":1},{")
            .replace(":7", ":99"),
        at(0, 99).replace("PERSON", "CITY"),
        format!("[]{}", " ".repeat(1 << 20)),
    ] {
        let answer = text.clone();
        assert_refused(&house(&saying(move || said(answer.clone())).await, "").await).await;
    }
}

#[tokio::test]
async fn places_that_count_bytes_and_run_over_the_text() {
    let bytes = Bot::answering(|sent| async move {
        let asked: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
        let text = asked["text"].as_str().unwrap();
        let (start, end) = (text.find("umbrella").unwrap(), text.len());
        said(json!([{"start": start, "end": end, "entity_type": "PERSON", "score": 0.9}]).to_string())
    });
    let house = house(&bytes.await, "").await;
    let answer = house.ask(chat(r#"["Grüße, umbrella"]"#)).await;
    house.assert_refused(&answer, 503, "detector-unreachable").await;
}

#[tokio::test]
async fn an_answer_that_comes_a_byte_at_a_time_and_one_that_never_ends() {
    async fn drips(mut stream: tokio::net::TcpStream, piece: &'static [u8], pause: Duration) {
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await.unwrap();
        while stream.write_all(piece).await.is_ok() {
            tokio::time::sleep(pause).await;
        }
    }
    let slow = Bot::unruly(|stream| drips(stream, b"1\r\n \r\n", Duration::from_millis(10)));
    assert_refused(&impatient(&slow.await).await).await;
    // This one runs into the limit of what is read, long before its time is over.
    let endless = Bot::unruly(|stream| drips(stream, b"10\r\n                \r\n", Duration::ZERO));
    assert_refused(&house(&endless.await, "").await).await;
}

#[tokio::test]
async fn as_many_findings_as_an_answer_may_hold_are_one_where_they_overlap() {
    let many = saying(|| {
        let one = |n: usize| json!({"start": n % 5, "end": 8, "entity_type": "PERSON", "score": 0.5});
        said(json!((0..800).map(one).collect::<Vec<_>>()).to_string())
    });
    let house = house(&many.await, "").await;
    assert_eq!(house.ask(chat(r#"["umbrella!"]"#)).await.status, 200);
    assert_eq!(house.bot.last().text(), r#"["[person-name]!"]"#);
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
