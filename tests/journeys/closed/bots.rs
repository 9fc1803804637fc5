//! Bots that are not there, or don't answer.

use tokio::io::AsyncWriteExt as _;

use crate::{bot::Bot, client::chat, written::Written};

#[tokio::test]
async fn a_bot_that_is_not_there_is_the_bots_fault() {
    let house = Written::shop().before(Bot::absent().await).await;
    let answer = house.ask(chat("{}")).await;
    house.assert_refused(&answer, 502, "bot-unreachable").await;
}

#[tokio::test]
async fn a_request_that_the_bot_does_not_answer_is_never_sent_twice() {
    let house = Written::shop().before(Bot::unruly(|stream| async move { drop(stream) }).await).await;
    let answer = house.ask(chat("{}")).await;
    house.assert_refused(&answer, 502, "bot-broken").await;
    assert_eq!(house.bot.begun(), 1);
}

#[tokio::test]
async fn a_reply_that_is_not_http_is_the_bots_fault() {
    let bot = Bot::unruly(|mut stream| async move { stream.write_all(b"220 mail.test\r\n").await.unwrap() });
    let house = Written::shop().before(bot.await).await;
    let answer = house.ask(chat("{}")).await;
    house.assert_refused(&answer, 502, "bot-broken").await;
    assert!(!answer.text().contains("mail"));
}

#[tokio::test]
async fn a_bot_that_says_nothing_is_given_up_on() {
    let (bot, _gate) = Bot::gated().await;
    let house = Written::shop().upstream("timeouts: {first_byte: 200ms}").before(bot).await;
    let answer = house.ask(chat("{}")).await;
    answer.assert_problem(504, "bot-timeout");
    assert_eq!(house.receipt().await["outcome"]["refused"]["problem"], "bot-timeout");
    assert_eq!(house.bot.begun(), 1);
}
