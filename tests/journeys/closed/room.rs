//! No ledger, no room for a receipt, no room at the bot.

use std::{fs, time::Duration};

use serde_json::json;
use tokio::time::sleep;

use crate::{
    bot::Bot,
    client::{Http, chat},
    written::Written,
};

const WATCHFUL: &str = "poll: 20ms, stale_after: 100ms";
const PAST_THE_BOUND: Duration = Duration::from_millis(300);

#[tokio::test]
async fn nothing_is_forwarded_once_the_ledger_is_gone() {
    let house = Written::shop().ledger(WATCHFUL).receipts("database: false").open().await;
    assert_eq!(house.ask(chat("{}")).await.status, 200);
    fs::rename(house.folder.path("ledger.db"), house.folder.path("elsewhere.db")).unwrap();
    sleep(PAST_THE_BOUND).await;
    let answer = house.ask(chat("{}")).await;
    answer.assert_problem(503, "ledger-unreachable");
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(house.bot.requests().len(), 1);
    assert_eq!(house.receipts_soon(2).await[1]["outcome"]["refused"]["problem"], "ledger-unreachable");
}

#[tokio::test]
async fn the_refusal_arrives_also_where_its_receipt_must_wait_for_the_same_ledger() {
    let house = Written::shop().ledger(WATCHFUL).open().await;
    assert_eq!(house.ask(chat("{}")).await.status, 200);
    let (here, elsewhere) = (house.folder.path("ledger.db"), house.folder.path("elsewhere.db"));
    fs::rename(&here, &elsewhere).unwrap();
    sleep(PAST_THE_BOUND).await;
    house.ask(chat("{}")).await.assert_problem(503, "ledger-unreachable");
    assert_eq!((house.bot.requests().len(), house.receipts().len()), (1, 1));
    fs::rename(&elsewhere, &here).unwrap();
    let receipts = house.receipts_soon(2).await;
    assert_eq!(receipts[1]["outcome"]["refused"]["problem"], "ledger-unreachable");
    assert_eq!(house.folder.receipts_in_database().await, receipts);
}

#[tokio::test]
async fn an_exchange_without_room_for_its_receipt_is_refused() {
    let (bot, gate) = Bot::gated().await;
    let house = Written::shop().receipts("database: true, queue: 1").before(bot).await;
    let mut first = house.connect(Http::One).await;
    let under_way = tokio::spawn(async move { first.ask(chat("{}")).await });
    house.bot.has_begun(1).await;
    let answer = house.ask(chat("{}")).await;
    answer.assert_problem(503, "no-receipt-room");
    assert_eq!(answer.problem().get("exchange"), None, "there is none");
    gate.open(1);
    assert_eq!(under_way.await.unwrap().status, 200);
    house.receipt().await;
    assert_eq!(house.bot.begun(), 1);
}

#[tokio::test]
async fn a_request_beyond_what_the_bot_may_have_at_a_time_is_refused() {
    let (bot, gate) = Bot::gated().await;
    let house = Written::shop().upstream("max_in_flight: 1, queue: 0").before(bot).await;
    let mut first = house.connect(Http::Two).await;
    let under_way = tokio::spawn(async move { first.ask(chat("{}")).await });
    house.bot.has_begun(1).await;
    house.ask(chat("{}")).await.assert_problem(503, "overloaded");
    let refused = json!({"refused": {"problem": "overloaded", "status": 503}});
    assert_eq!(house.receipt().await["outcome"], refused);
    gate.open(1);
    assert_eq!(under_way.await.unwrap().status, 200);
    assert_eq!((house.receipts_soon(2).await.len(), house.bot.begun()), (2, 1));
}
