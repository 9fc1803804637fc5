//! Promise: every exchange leaves exactly one receipt, however it ends.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::sleep,
};

use crate::{
    bot::Bot,
    client::{Http, chat, raw_chat},
    events::{next, telling},
    house::{House, soon},
    written::Written,
};

/// That there is one receipt which says how it ended, and that there will be no second.
async fn assert_one(house: House, ended: &str, status: Value) -> Value {
    let receipt = house.receipt().await;
    assert_eq!(receipt["ended"], ended, "{receipt}");
    assert_eq!(receipt["outcome"], json!({"forwarded": {"status": status}}));
    sleep(Duration::from_millis(30)).await;
    let folder = house.close().await;
    assert_eq!(crate::ledger::receipts_in(&folder), std::slice::from_ref(&receipt));
    assert_eq!(folder.receipts_in_database().await, std::slice::from_ref(&receipt));
    receipt
}

#[tokio::test]
async fn an_exchange_that_goes_well_has_one() {
    for http in Http::BOTH {
        let house = Written::shop().open().await;
        house.connect(http).await.ask(chat("{}")).await;
        assert_one(house, "complete", json!(200)).await;
    }
}

#[tokio::test]
async fn a_short_reply_leaves_in_one_piece_and_only_when_its_receipt_is_written() {
    let house = Written::shop().open().await;
    let mut stream = house.raw().await;
    stream.write_all(&raw_chat("{}")).await.unwrap();
    stream.flush().await.unwrap();
    let mut piece = vec![0; 16 << 10];
    let length = stream.read(&mut piece).await.unwrap();
    assert_eq!(house.receipts().len(), 1);
    let heard = String::from_utf8_lossy(&piece[..length]).into_owned();
    assert!(heard.starts_with("HTTP/1.1 200") && heard.ends_with("\r\n\r\n{}"), "{heard}");
}

#[tokio::test]
async fn a_client_that_hangs_up_before_the_reply_leaves_one() {
    let (bot, _gate) = Bot::gated().await;
    let house = Written::shop().before(bot).await;
    let mut stream = house.raw().await;
    stream.write_all(&raw_chat("{}")).await.unwrap();
    stream.flush().await.unwrap();
    house.bot.has_begun(1).await;
    drop(stream);
    assert_one(house, "client-gone", json!(null)).await;
}

#[tokio::test]
async fn a_client_that_hangs_up_in_the_middle_of_the_reply_leaves_one() {
    let (house, bot) = telling().await;
    let mut connection = house.connect(Http::One).await;
    let mut body = connection.send(chat("{}")).await.unwrap().into_body();
    bot.send("data: 1\n\n".to_owned()).unwrap();
    next(&mut body).await.unwrap();
    drop((body, connection));
    soon(|| bot.send("data: 2\n\n".to_owned()).is_err()).await;
    assert_one(house, "client-gone", json!(200)).await;
}

#[tokio::test]
async fn a_stream_that_the_client_resets_before_the_reply_leaves_one() {
    let (bot, _gate) = Bot::gated().await;
    let house = Written::shop().before(bot).await;
    let mut connection = house.connect(Http::Two).await;
    let asking = tokio::spawn(async move {
        let reply = connection.send(chat("{}")).await;
        (reply, connection)
    });
    house.bot.has_begun(1).await;
    asking.abort();
    assert_one(house, "client-gone", json!(null)).await;
}

#[tokio::test]
async fn a_stream_that_the_client_resets_in_the_middle_of_the_reply_leaves_one() {
    let (house, bot) = telling().await;
    let mut connection = house.connect(Http::Two).await;
    let mut body = connection.send(chat("{}")).await.unwrap().into_body();
    bot.send("data: 1\n\n".to_owned()).unwrap();
    next(&mut body).await.unwrap();
    drop(body);
    soon(|| bot.send("data: 2\n\n".to_owned()).is_err()).await;
    assert_one(house, "client-gone", json!(200)).await;
    drop(connection);
}

#[tokio::test]
async fn a_bot_that_breaks_off_in_the_middle_of_its_reply_leaves_one() {
    let bot = Bot::unruly(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await.unwrap();
    });
    let house = Written::shop().before(bot.await).await;
    let heard = house.hear(raw_chat("{}")).await;
    assert!(heard.ends_with(b"\r\n\r\nhalf"), "what came before it arrived");
    assert_one(house, "bot-gone", json!(200)).await;
}

#[tokio::test]
async fn a_bot_that_stalls_in_the_middle_of_its_reply_leaves_one() {
    let bot = Bot::unruly(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await.unwrap();
        std::future::pending::<()>().await;
    });
    let house = Written::shop().upstream("timeouts: {idle: 200ms}").before(bot.await).await;
    house.hear(raw_chat("{}")).await;
    assert_one(house, "bot-gone", json!(200)).await;
}

#[tokio::test]
async fn a_receipt_says_what_was_done_for_whom_and_why() {
    let house = Written::shop().open().await;
    house.decide("ada", "grant personalisation").await;
    house.decide("ada", "object analytics").await;
    let mut request = chat(r#"{"text":"hi","context":{"purchases":[1]},"people":[{"email":1},{"email":2}]}"#);
    request.headers_mut().insert("referer", "https://search.test/".parse().unwrap());
    house.ask(request).await;
    let receipt = assert_one(house, "complete", json!(200)).await;
    let because = [
        ("support", true, "the basis needs no consent"),
        ("personalisation", true, "granted"),
        ("analytics", false, "objected"),
    ];
    let because = because
        .map(|(purpose, allowed, why)| json!({"purpose": purpose, "allowed": allowed, "because": why}));
    assert_eq!(receipt["purposes"], json!(because));
    let done = [
        ("contact", "$.*[*].email", "passed", 2),
        ("purchases", "$.context.purchases", "passed", 1),
        ("question", "$.text", "passed", 1),
        ("usage", "header:referer", "drop", 1),
    ];
    let done = done.map(|(data, place, action, count)| json!({"data": data, "place": place, "action": action, "count": count}));
    assert_eq!(receipt["to_bot"], json!(done));
    assert_eq!((&receipt["policy"]["name"], &receipt["policy"]["version"]), (&json!("shop"), &json!(3)));
    assert_eq!((&receipt["route"], &receipt["mode"]), (&json!("chat"), &json!("enforce")));
}

#[tokio::test]
async fn one_person_has_one_reference_and_another_person_another() {
    let house = Written::shop().open().await;
    for who in ["ada", "eve", "ada"] {
        house.ask(crate::client::chat_of(who, "{}")).await;
    }
    let of = |n: usize| house.receipts()[n]["subject"]["reference"].as_str().unwrap().to_owned();
    assert_eq!(of(0), of(2));
    assert_ne!(of(0), of(1));
}
