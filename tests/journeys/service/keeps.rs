//! The service keeps the decisions.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::{ASKED, NOTHING, WITHOUT, digest_of_ada, house, secured, wish};
use crate::{
    bot::{Bot, said},
    client::chat,
    ledger::person,
    written::Written,
};

#[tokio::test]
async fn decisions_are_kept_by_a_service_that_demands_a_certificate() {
    let (house, service) = secured("timeout: 2s", true).await;
    house.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), WITHOUT, "nobody was asked");
    let yes = house.decide("ada", "grant personalisation").await;
    house.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), ASKED);
    let no = house.decide("ada", "withdraw personalisation").await;
    house.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), WITHOUT);
    assert!(no.generation > yes.generation && no.at > yes.at);
    let receipts = house.receipts_soon(3).await;
    let because = |n: usize| receipts[n]["purposes"][1]["because"].as_str().unwrap().to_owned();
    assert_eq!([because(0), because(1), because(2)], ["no decision yet", "granted", "withdrawn"]);
    let kept = service.kept();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0]["line"]["notice"], "2026-11");
    assert!(!kept[0].to_string().contains("ada"), "the sample keeps digests");
    let folder = house.close().await;
    let ledger = folder.ledger().await;
    assert_eq!(ledger.history(&person("ada"), "shop").await.unwrap(), [yes, no]);
    let shown = ledger.show(&person("ada"), "shop").await.unwrap().unwrap();
    assert_eq!(shown.decisions.len(), 1);
}

#[tokio::test]
async fn ids_are_not_linked_here_where_the_service_keeps_the_decisions() {
    use assentry::ledger::{LedgerError, NewLink, Proof};
    let (house, _service) = house("http", "").await;
    let ledger = house.close().await.ledger().await;
    let new = NewLink { proof: Some(Proof::Operator), by: None, source: "journey".to_owned() };
    let refused = ledger.link(&person("ada"), &person("bob"), new).await.unwrap_err();
    assert!(matches!(refused, LedgerError::KeptOutside));
    assert!(refused.to_string().contains("knows each id alone"), "{refused}");
    assert!(ledger.links(&person("ada")).await.unwrap().is_empty());
}

#[tokio::test]
async fn decisions_that_are_here_from_before_do_not_count() {
    let (listener, address) = super::place().await;
    let folder = Written::shop().ledger(&format!("http: {{url: 'http://{address}/'}}")).write(address);
    let mut before = folder.load().ledger;
    before.http = None;
    let ledger = assentry::ledger::Ledger::open(&before).await.unwrap();
    ledger.decide(&person("ada"), "shop", crate::ledger::decision("grant personalisation")).await.unwrap();
    drop(ledger);
    let options = super::Options { file: folder.path("decisions.ndjson"), ..Default::default() };
    let _service = super::Service::begin(listener, options);
    let ledger = folder.ledger().await;
    assert!(ledger.consent(&person("ada"), "shop").await.unwrap().decisions.is_empty());
}

#[tokio::test]
async fn a_no_that_nobody_pushed_is_obeyed_within_the_age_that_is_set() {
    let (house, service) = house("http", "max_age: 1s").await;
    let ada = digest_of_ada(&house, &service).await;
    service.decide(&ada, wish("grant")).await;
    sleep(Duration::from_secs(1)).await;
    house.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), ASKED);
    service.decide(&ada, wish("deny")).await;
    sleep(Duration::from_secs(1)).await;
    house.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), WITHOUT);
}

#[tokio::test]
async fn a_restriction_and_its_end_are_the_services_as_well() {
    let (house, service) = house("http", "").await;
    house.decide("ada", "grant personalisation").await;
    house.decide("ada", "restrict").await;
    house.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), WITHOUT);
    house.decide("ada", "lift").await;
    house.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), ASKED);
    assert_eq!(service.kept().len(), 3);
}

/// A service of which only the questions matter: it answers what it is told, and says what it was asked.
async fn heard(settings: &str) -> Value {
    let service = Bot::answering(|_| async { said(NOTHING) }).await;
    let ledger = format!("http: {{url: 'http://{}/v1', {settings}}}", service.address);
    let house = Written::shop().ledger(&ledger).open().await;
    assert_eq!(house.ask(chat(ASKED)).await.status, 200);
    let asked = service.last();
    assert_eq!(asked.head.uri.path(), "/v1/consents");
    serde_json::from_str(asked.text()).unwrap()
}

#[tokio::test]
async fn the_service_is_told_the_id_unless_it_shall_not_be() {
    let asked = heard("send_ids: true").await;
    assert_eq!((&asked["subject"]["id"], &asked["group"]), (&json!("ada"), &json!("shop")));
    let asked = heard("send_ids: false").await;
    assert_eq!(asked["subject"].get("id"), None);
    assert_eq!(asked["subject"]["namespace"], "login");
    assert_eq!(asked["subject"]["digest"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn people_who_talk_on_are_asked_about_ahead_of_time() {
    let service = Bot::answering(|_| async { said(NOTHING) }).await;
    let ledger = format!("http: {{url: 'http://{}/', max_age: 2s}}", service.address);
    let house = Written::shop().ledger(&ledger).open().await;
    assert_eq!(house.ask(chat(ASKED)).await.status, 200);
    assert_eq!(house.ask(chat(ASKED)).await.status, 200);
    assert_eq!(service.begun(), 1, "what was said counts for a while");
    sleep(Duration::from_millis(1_200)).await;
    assert_eq!(house.ask(chat(ASKED)).await.status, 200);
    service.has_begun(2).await;
}
