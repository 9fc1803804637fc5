//! What was so when the socket opened and is so no longer.

use std::{fs, time::Duration};

use serde_json::Value;
use tokio::{net::TcpStream, time::sleep};
use yawc::{Frame, close::CloseCode};

use super::{
    bot::{Echo, Said},
    house,
    person::{Ask, Person},
};
use crate::{
    client::{Http, secure, trusting},
    ledger::receipts_in,
    people::{TOKENS, claims, token},
    reload::{OFF, Running},
    written::{SHOP, Written},
};

const ASKED: &str = r#"{"text":"Which shoes?","context":{"purchases":[{"sku":"A1"}],"page":7}}"#;
const WITHOUT: &str = r#"{"text":"Which shoes?","context":{"page":7}}"#;

#[tokio::test]
async fn a_decision_is_obeyed_by_the_next_message_of_an_open_socket() {
    for http in Http::BOTH {
        let (house, echo) = house(Written::shop()).await;
        let mut ada = house.socket(&Ask::ada().over(http)).await;
        assert_eq!(ada.asks(ASKED).await, WITHOUT);
        for _ in 0..10 {
            house.decide("ada", "grant personalisation").await;
            assert_eq!(ada.asks(ASKED).await, ASKED);
            house.decide("ada", "withdraw personalisation").await;
            assert_eq!(ada.asks(ASKED).await, WITHOUT);
            assert_eq!(echo.last(), WITHOUT);
        }
        ada.closes(Frame::close(CloseCode::Normal, [])).await;
        let receipt = house.receipt().await;
        let because = |section: &Value| {
            let states = section["purposes"].as_array().map_or(Value::Null, |all| all[1]["because"].clone());
            (section["number"].as_u64().unwrap(), states)
        };
        let sections: Vec<_> =
            receipt["messages"]["withheld"].as_array().unwrap().iter().map(because).collect();
        assert_eq!(
            sections[..2],
            [(1, Value::Null), (3, "withdrawn".into())],
            "the first is as the receipt says"
        );
        assert_eq!(sections.len(), 11);
    }
}

#[tokio::test]
async fn a_credential_that_has_expired_ends_the_socket_with_the_next_message() {
    let subjects = TOKENS.replace("audience: shop", "audience: shop, leeway: 0ms");
    let (house, echo) = house(Written::shop().subjects(&subjects)).await;
    let mut claims = claims("ada");
    let now = jiff::Timestamp::now();
    claims["exp"] = (now.as_second() + 2).into();
    let bearer = format!("Bearer {}", token(&claims));
    let mut ada = house.socket(&Ask::nobody().with("authorization", &bearer)).await;
    assert_eq!(ada.asks(ASKED).await, WITHOUT);
    sleep(
        Duration::from_millis(2_050)
            .saturating_sub(now.duration_until(jiff::Timestamp::now()).unsigned_abs()),
    )
    .await;
    ada.says_text(ASKED).await;
    ada.is_told(1008, "credential").await;
    assert_eq!(echo.heard_soon(2).await[1], Said::Close(Some(1001), String::new()));
    assert_eq!(house.receipt().await["messages"]["refused"]["number"], 2);
}

/// Ada at a program of her own.
async fn running() -> (Running, Echo, Person) {
    let (bot, echo) = Echo::open().await;
    let running = Running::before(bot, Written::shop().more(OFF)).await;
    let stream = TcpStream::connect(running.program.address).await.unwrap();
    let ada = Ask::ada().person(secure(stream, trusting(&running.folder)).await).await;
    (running, echo, ada)
}

#[tokio::test]
async fn a_new_policy_decides_the_next_message_and_the_socket_stays_open() {
    let (running, _, mut ada) = running().await;
    assert_eq!(ada.asks(ASKED).await, WITHOUT);
    let next = SHOP.replace("version: 3", "version: 4").replace("$.context.purchases", "$.context.page");
    fs::write(running.folder.path("policy.yaml"), next).unwrap();
    assert_eq!(running.reload(&[]).await.0, Some(0));
    assert_eq!(ada.asks(ASKED).await, ASKED.replace(",\"page\":7", ""));
    ada.closes(Frame::close(CloseCode::Normal, [])).await;
    crate::house::soon(|| receipts_in(&running.folder).len() == 1).await;
    let receipt = &receipts_in(&running.folder)[0];
    assert_eq!(receipt["policy"]["version"], 3, "the policy it began under");
    let sections = &receipt["messages"]["withheld"];
    assert_eq!((&sections[0]["policy"], &sections[1]["policy"]["version"]), (&Value::Null, &4.into()));
}

#[tokio::test]
async fn a_socket_whose_route_is_gone_or_leads_elsewhere_is_asked_to_begin_anew() {
    for (from, to) in [
        ("name: chat, path: /chat", "name: talk, path: /chat"),
        ("path: /chat", "path: /talk"),
        ("addresses: 'http://127.0.0.1", "addresses: 'http://127.0.0.2"),
    ] {
        let (running, echo, mut ada) = running().await;
        running.rewrite(from, to);
        assert_eq!(running.reload(&[]).await.0, Some(0));
        ada.says_text(ASKED).await;
        ada.is_told(1012, "no-route").await;
        assert_eq!(echo.heard_soon(1).await[0], Said::Close(Some(1001), String::new()), "{to}");
    }
}

#[tokio::test]
async fn a_socket_whose_subject_is_found_otherwise_by_now_is_ended() {
    let (running, _, mut ada) = running().await;
    running.rewrite("namespace: login", "namespace: staff");
    assert_eq!(running.reload(&[]).await.0, Some(0));
    ada.says_text(ASKED).await;
    ada.is_told(1008, "credential").await;
}
