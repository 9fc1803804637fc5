//! Bodies that take longer than an answer of the service counts.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::{sleep, timeout},
};

use super::{KEY, Options, Service, place, vetoes::digest, wish, write_key};
use crate::{
    answer::Answer,
    bot::Bot,
    client::{SURELY, raw},
    house::House,
    written::Written,
};

const ROUTE: &str = "path: /chat, limits: {hold: 1KiB, body: 4KiB, flow: 1MiB}";

const PIECES: usize = 12;

/// A proxy where answers count for a second, and pushes come.
async fn house() -> (House, Service) {
    let (listener, address) = place().await;
    let ledger = format!("http: {{url: 'http://{address}/', max_age: 1s, webhook: {{key: webhook.key}}}}");
    let bot = Bot::open().await;
    let folder = Written::shop().route(ROUTE).ledger(&ledger).more(super::ADMIN).write(bot.address);
    write_key(&folder.path("webhook.key"));
    let house = House::of(folder, bot).await;
    let options = Options {
        file: house.folder.path("decisions.ndjson"),
        push: house.admin,
        push_key: Some(KEY.to_owned()),
        ..Options::default()
    };
    (house, Service::begin(listener, options))
}

/// Ada sends for three seconds; half-way something happens. What she hears.
async fn uploads(house: &House, meanwhile: impl AsyncFnOnce()) -> Answer {
    let people: Vec<String> = (0..4_000).map(|n| format!("{{\"n\":{n}}}")).collect();
    let body = format!("{{\"people\":[{}]}}", people.join(","));
    let request = raw("POST /chat", &["Content-Type: application/json", "X-User-Id: ada"], body.as_bytes());
    let (mut read, mut write) = tokio::io::split(house.raw().await);
    let mut meanwhile = Some(meanwhile);
    for (n, piece) in request.chunks(request.len().div_ceil(PIECES)).enumerate() {
        if n == PIECES / 2 {
            house.bot.has_begun(1).await;
            meanwhile.take().unwrap()().await;
        }
        if write.write_all(piece).await.is_err() || write.flush().await.is_err() {
            break;
        }
        sleep(Duration::from_millis(250)).await;
    }
    let mut heard = Vec::new();
    timeout(SURELY, read.read_to_end(&mut heard)).await.expect("there is an answer in time").ok();
    Answer::parse(&heard).unwrap()
}

#[tokio::test]
async fn a_body_that_takes_its_time_arrives_whole_while_nothing_changes() {
    let (house, service) = house().await;
    service.decide(&digest(&house.folder.load().ledger.key_path(), "ada"), wish("grant")).await;
    assert_eq!(uploads(&house, async || ()).await.status, 200);
    assert!(house.bot.last().text().contains("{\"n\":3999}]}"));
}

#[tokio::test]
async fn a_no_that_is_pushed_breaks_off_a_body_that_is_under_way() {
    let (house, service) = house().await;
    let ada = digest(&house.folder.load().ledger.key_path(), "ada");
    service.decide(&ada, wish("grant")).await;
    let answer = uploads(&house, async || drop(service.decide(&ada, wish("withdraw")).await)).await;
    answer.assert_problem(503, "unsettled");
    assert_eq!(house.bot.requests().len(), 0, "it never completes");
}

#[tokio::test]
async fn a_body_is_broken_off_when_the_service_is_gone_for_longer_than_its_answer_counts() {
    let (house, service) = house().await;
    let ada = digest(&house.folder.load().ledger.key_path(), "ada");
    service.decide(&ada, wish("grant")).await;
    let answer = uploads(&house, async || service.end().await).await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(house.bot.requests().len(), 0);
}
