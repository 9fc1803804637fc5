//! Without an answer from the service nobody has consented to anything, and nothing is forwarded.

use std::time::Duration;

use http::{Response, StatusCode};
use tokio::{io::AsyncWriteExt as _, time::sleep};

use super::{ASKED, NOTHING, digest_of_ada, house, secured, wish};
use crate::{
    bot::{Bot, said},
    client::chat,
    house::House,
    written::Written,
};

/// A proxy beside this service.
async fn beside(role: &str, service: &Bot) -> House {
    let ledger = format!("{role}: {{url: 'http://{}/'}}", service.address);
    Written::shop().ledger(&ledger).open().await
}

async fn assert_refused(house: &House) {
    let answer = house.ask(chat(ASKED)).await;
    house.assert_refused(&answer, 503, "ledger-unreachable").await;
}

#[tokio::test]
async fn a_service_that_is_not_there_or_hangs_up_or_says_nothing() {
    for role in ["http", "veto"] {
        assert_refused(&beside(role, &Bot::absent().await).await).await;
        assert_refused(&beside(role, &Bot::unruly(|stream| async move { drop(stream) }).await).await).await;
        let silent = Bot::unruly(|stream| async move {
            std::future::pending::<()>().await;
            drop(stream);
        });
        assert_refused(&beside(role, &silent.await).await).await;
    }
}

#[tokio::test]
async fn an_answer_that_stops_half_way() {
    let half = Bot::unruly(|mut stream| async move {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", NOTHING.len());
        stream.write_all(&[head.as_bytes(), &NOTHING.as_bytes()[..9]].concat()).await.unwrap();
        std::future::pending::<()>().await;
    });
    assert_refused(&beside("http", &half.await).await).await;
}

#[tokio::test]
async fn an_answer_that_is_not_as_documented() {
    let spaces = " ".repeat(300 << 10);
    for text in [
        String::new(),
        "<html>sign in</html>".to_owned(),
        "{}".to_owned(),
        NOTHING.replace("false", "null"),
        NOTHING.replace("}", ",\"more\":1}"),
        NOTHING.replace("[]", r#"[{"kind":"maybe","purpose":"personalisation","at":"2026-11-01T00:00:00Z","source":"s","generation":0}]"#),
        format!("{NOTHING}{spaces}"),
    ] {
        let service = Bot::answering(move |_| {
            let text = text.clone();
            async move { said(text) }
        });
        assert_refused(&beside("http", &service.await).await).await;
    }
}

#[tokio::test]
async fn an_answer_with_another_status() {
    for status in
        [StatusCode::NOT_FOUND, StatusCode::FOUND, StatusCode::INTERNAL_SERVER_ERROR, StatusCode::NO_CONTENT]
    {
        let service = Bot::answering(move |_| async move {
            let (mut head, body) = said(NOTHING).into_parts();
            head.status = status;
            head.headers.insert("location", "/consents".parse().unwrap());
            Response::from_parts(head, body)
        });
        assert_refused(&beside("veto", &service.await).await).await;
    }
}

#[tokio::test]
async fn a_service_that_demands_a_certificate_and_is_shown_none() {
    let (house, _service) = secured("timeout: 2s", false).await;
    assert_refused(&house).await;
}

#[tokio::test]
async fn a_service_with_a_certificate_of_somebody_else() {
    let (listener, address) = super::place().await;
    let ledger = format!(
        "http: {{url: 'https://localhost:{}/', timeout: 2s, tls: {{roots: certs/authority.pem}}}}",
        address.port()
    );
    let house = Written::shop().ledger(&ledger).open().await;
    let theirs = Written::shop().write(address);
    let options = super::Options {
        file: house.folder.path("decisions.ndjson"),
        certificate: Some(theirs.made.certificate.clone()),
        key: Some(theirs.made.key.clone()),
        ..Default::default()
    };
    let _service = super::Service::begin(listener, options);
    assert_refused(&house).await;
}

#[tokio::test]
async fn an_old_yes_does_not_outlive_its_age_when_the_service_is_gone() {
    let (house, service) = house("http", "max_age: 1s").await;
    let ada = digest_of_ada(&house, &service).await;
    service.decide(&ada, wish("grant")).await;
    house.decide("ada", "grant analytics").await;
    house.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), ASKED);
    service.end().await;
    sleep(Duration::from_secs(1)).await;
    house.ask(chat(ASKED)).await.assert_problem(503, "ledger-unreachable");
    assert_eq!(house.bot.requests().len(), 1);
}

#[tokio::test]
async fn a_decision_that_the_service_does_not_acknowledge_is_none() {
    let deaf = Bot::answering(|_| async {
        said(
            r#"{"decision":{"kind":"grant","purpose":"other","at":"2026-11-01T00:00:00Z","source":"s","generation":1}}"#,
        )
    });
    let house = beside("http", &deaf.await).await;
    let mut channel = assentry::ledger::open_for_cli(&house.folder.load().ledger).await.unwrap();
    let who = crate::ledger::person("ada");
    let error =
        channel.decide(&who, "shop", crate::ledger::decision("withdraw personalisation")).await.unwrap_err();
    assert!(error.to_string().contains("its reply to `decisions` can't be right: it is another"), "{error}");
}
