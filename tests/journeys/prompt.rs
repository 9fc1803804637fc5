//! Promise: a no is prompt. After it is acknowledged, nothing is forwarded under the old yes.

use std::{fs, os::unix::fs::symlink, time::Duration};

use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

use crate::{
    answer::Answer,
    bot::{Bot, Gate},
    client::{Http, chat},
    house::{House, soon},
    program::Program,
    written::{SHOP, Written},
};

const ASKED: &str = r#"{"context":{"purchases":[1]}}"#;
const WITHOUT: &str = r#"{"context":{}}"#;
/// For a request to be decided and to stand in line.
const A_WHILE: Duration = Duration::from_millis(200);

/// A bot that takes one request at a time, one that it holds, and Ada's request that waits behind it under her yes.
struct Queue {
    house: House,
    gate: Gate,
    first: JoinHandle<Answer>,
    waiting: JoinHandle<Answer>,
}

impl Queue {
    async fn of(written: Written, http: Http) -> Self {
        let (bot, gate) = Bot::gated().await;
        let house = written.upstream("max_in_flight: 1").before(bot).await;
        let mut connection = house.connect(http).await;
        let first = tokio::spawn(async move { connection.ask(chat("{}")).await });
        house.bot.has_begun(1).await;
        house.decide("ada", "grant personalisation").await;
        let mut connection = house.connect(http).await;
        let waiting = tokio::spawn(async move { connection.ask(chat(ASKED)).await });
        sleep(A_WHILE).await;
        assert_eq!(house.bot.begun(), 1, "it waits");
        Self { house, gate, first, waiting }
    }

    /// Lets both go; what the bot got of the one that waited, and the reason in its receipt.
    async fn go_on(self) -> (String, String) {
        self.gate.open(2);
        assert_eq!(self.first.await.unwrap().status, 200);
        assert_eq!(self.waiting.await.unwrap().status, 200);
        let receipts = self.house.receipts_soon(2).await;
        assert_eq!(receipts.len(), 2);
        let because = receipts[1]["purposes"][1]["because"].as_str().unwrap().to_owned();
        (self.house.bot.last().text().to_owned(), because)
    }
}

#[tokio::test]
async fn a_request_that_waited_goes_under_the_yes_where_it_still_stands() {
    let queue = Queue::of(Written::shop(), Http::One).await;
    assert_eq!(queue.go_on().await, (ASKED.to_owned(), "granted".to_owned()));
}

#[tokio::test]
async fn a_request_that_waited_goes_without_what_was_withdrawn_meanwhile() {
    for http in Http::BOTH {
        let queue = Queue::of(Written::shop(), http).await;
        queue.house.decide("ada", "withdraw personalisation").await;
        assert_eq!(queue.go_on().await, (WITHOUT.to_owned(), "withdrawn".to_owned()));
    }
}

#[tokio::test]
async fn a_request_that_waited_goes_without_what_a_restriction_stopped_meanwhile() {
    let queue = Queue::of(Written::shop(), Http::One).await;
    queue.house.decide("ada", "restrict").await;
    assert_eq!(queue.go_on().await, (WITHOUT.to_owned(), "processing is restricted".to_owned()));
}

#[tokio::test]
async fn a_request_that_waited_goes_without_what_expired_meanwhile() {
    let policy = SHOP.replace("notice: 2026-11}", "notice: 2026-11, expires: 2s}");
    let granted = Instant::now();
    let queue = Queue::of(Written::policy(&policy), Http::One).await;
    sleep(Duration::from_millis(2_100).saturating_sub(granted.elapsed()) + A_WHILE).await;
    assert_eq!(queue.go_on().await, (WITHOUT.to_owned(), "the grant expired".to_owned()));
}

#[tokio::test]
async fn a_request_that_waited_and_must_now_be_refused_never_arrives() {
    let policy = SHOP.replace(
        "$.context.purchases, for: personalisation, otherwise: drop",
        "$.context.purchases, for: personalisation, otherwise: refuse",
    );
    let queue = Queue::of(Written::policy(&policy), Http::One).await;
    queue.house.decide("ada", "withdraw personalisation").await;
    queue.gate.open(1);
    queue.waiting.await.unwrap().assert_problem(403, "consent-missing");
    assert_eq!(queue.house.bot.begun(), 1);
}

#[tokio::test]
async fn many_decisions_on_one_connection_are_each_obeyed_by_the_next_request() {
    for http in Http::BOTH {
        let house = Written::shop().open().await;
        let mut connection = house.connect(http).await;
        for turn in 0..10 {
            let (words, expected) = if turn % 2 == 0 {
                ("grant personalisation", ASKED)
            } else {
                ("deny personalisation", WITHOUT)
            };
            house.decide("ada", words).await;
            connection.ask(chat(ASKED)).await;
            assert_eq!(house.bot.last().text(), expected, "turn {turn}");
        }
    }
}

#[tokio::test]
async fn a_withdrawal_that_another_process_writes_is_obeyed_within_the_stated_time() {
    let house = Written::shop().ledger("poll: 50ms, stale_after: 1s").open().await;
    house.decide("ada", "grant personalisation").await;
    let mut connection = house.connect(Http::One).await;
    connection.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), ASKED);
    // Under another name there is no control socket beside the ledger, so it is written to directly.
    let elsewhere = house.folder.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for name in ["ledger.db", "ledger.db.key"] {
        symlink(house.folder.path(name), elsewhere.join(name)).unwrap();
    }
    let ledger = elsewhere.join("ledger.db");
    let words =
        ["consent", "withdraw", "personalisation", "--subject", "login:ada", "--group", "shop", "--ledger"];
    let done = Program::run(&[&words[..], &[ledger.to_str().unwrap()]].concat()).await;
    assert!(done.status.success(), "{done:?}");
    sleep(Duration::from_secs(1)).await;
    connection.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), WITHOUT);
    soon(|| house.receipts().len() == 2).await;
}
