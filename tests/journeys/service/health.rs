//! Whether we are ready where an outside service must be asked; and its files, exchanged while we serve.

use std::{fs, time::Duration};

use tokio::time::sleep;

use super::{ADMIN, ASKED, KEY, Service, place, pushes::push_about_ada, wish, write_key};
use crate::{
    bot::Bot,
    client::{chat, operator},
    house::House,
    program::Program,
    written::Written,
};

const NOT_READY: &str = "not ready: the consent service does not answer\n";

async fn ready(house: &House) -> (u16, String) {
    let answer = operator(house.admin.unwrap(), "/health/ready").await;
    (answer.status, answer.text().to_owned())
}

#[tokio::test]
async fn without_a_service_that_answers_nobody_is_ready_and_with_it_again_they_are() {
    for role in ["http", "veto"] {
        let (listener, address) = place().await;
        let ledger = format!("{role}: {{url: 'http://{address}/', timeout: 100ms, max_age: 200ms}}");
        drop(listener);
        let house = Written::shop().ledger(&ledger).more(ADMIN).open().await;
        assert_eq!(
            ready(&house).await,
            (503, NOT_READY.to_owned()),
            "nobody has asked yet, and it is not there"
        );
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let options =
            super::Options { file: house.folder.path("decisions.ndjson"), ..super::Options::default() };
        let service = Service::begin(listener, options);
        assert_eq!(ready(&house).await.0, 200, "without a request having come: the look itself asks");
        assert_eq!(house.ask(chat(ASKED)).await.status, 200);
        service.end().await;
        sleep(Duration::from_millis(250)).await;
        assert_eq!(ready(&house).await, (503, NOT_READY.to_owned()));
    }
}

#[tokio::test]
async fn one_question_that_fails_makes_nobody_unready_while_an_answer_counts() {
    let (house, service) = super::house("http", "max_age: 60s").await;
    assert_eq!(house.ask(chat(ASKED)).await.status, 200);
    service.end().await;
    assert_eq!(house.ask(crate::client::chat_of("bob", ASKED)).await.status, 503);
    assert_eq!(ready(&house).await.0, 200, "it answered a moment ago");
}

#[tokio::test]
async fn another_webhook_key_is_taken_over_by_a_reload_and_a_broken_one_is_refused() {
    let (house, service) = super::pushing(Bot::open().await, "http", "max_age: 600s").await;
    service
        .decide(&super::vetoes::digest(&house.folder.load().ledger.key_path(), "ada"), wish("grant"))
        .await;
    let other = "whsec_YW5vdGhlciBzZWNyZXQsIHdyaXR0ZW4gaW4gYSB0ZXN0IQ==";
    assert_eq!(push_about_ada(&house, KEY, "msg_1").await, 204);
    let file = house.folder.path("webhook.key");
    fs::write(&file, other).unwrap();
    let config = house.folder.config();
    let reload = async || Program::run(&["reload", "--config", config.to_str().unwrap()]).await;
    assert_eq!(reload().await.status.code(), Some(0));
    assert_eq!(push_about_ada(&house, other, "msg_2").await, 204);
    assert_eq!(push_about_ada(&house, KEY, "msg_3").await, 401, "the old key opens nothing any more");
    fs::write(&file, "no key").unwrap();
    let refused = reload().await;
    assert_eq!(refused.status.code(), Some(3), "{}", String::from_utf8_lossy(&refused.stderr));
    assert_eq!(push_about_ada(&house, other, "msg_4").await, 204, "what was served before still is");
    write_key(&file);
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_to_the_service_after_a_reload() {
    let (house, service) = super::secured("timeout: 2s, max_age: 3s", true).await;
    assert_eq!(house.ask(chat(ASKED)).await.status, 200);
    let theirs = Written::shop().write(service.address);
    let pair = ["client-assentry.pem", "client-assentry.key"];
    assentry::cli::certs::client(&theirs.path("certs"), "assentry", false).unwrap();
    let ours: Vec<Vec<u8>> =
        pair.iter().map(|name| fs::read(house.folder.path("certs").join(name)).unwrap()).collect();
    let put = |bytes: &[Vec<u8>]| {
        for (name, bytes) in pair.iter().zip(bytes) {
            fs::write(house.folder.path("certs").join(name), bytes).unwrap();
        }
    };
    let config = house.folder.config();
    let reload = async || Program::run(&["reload", "--config", config.to_str().unwrap()]).await;
    put(&pair.map(|name| fs::read(theirs.path("certs").join(name)).unwrap()));
    assert_eq!(reload().await.status.code(), Some(0));
    house.ask(crate::client::chat_of("bob", ASKED)).await.assert_problem(503, "ledger-unreachable");
    put(&ours);
    assert_eq!(reload().await.status.code(), Some(0));
    assert_eq!(house.ask(crate::client::chat_of("eve", ASKED)).await.status, 200);
}
