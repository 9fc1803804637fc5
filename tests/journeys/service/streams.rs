//! A streamed reply while an outside service takes a yes back.

use std::sync::{Arc, Mutex};

use super::{vetoes::digest, wish};
use crate::{
    bot::{Bot, events, said},
    client::{Http, chat},
    events::next,
    house::House,
    written::{SHOP, Written},
};

/// What goes to the person needs a yes, and so does what she wrote: else the bot gets a token for it.
fn policy() -> String {
    SHOP.replace(
        "  question: {at: $.text, for: support}",
        "  question: {at: $.text, for: support}\n  advice: {to_person: $.advice, for: personalisation, otherwise: drop}\n  mail: {in_text: [email], for: analytics, otherwise: pseudonymise}",
    )
}

#[tokio::test]
async fn a_no_that_is_pushed_is_obeyed_by_the_next_event_of_a_reply() {
    for role in ["http", "veto"] {
        let (tell, reply) = events();
        let reply = Arc::new(Mutex::new(Some(reply)));
        let bot = Bot::answering(move |_| {
            let reply = reply.lock().unwrap().take();
            async move { reply.unwrap_or_else(|| said("no more")) }
        });
        let (house, service) = streaming(bot.await, role).await;
        let ada = digest(&house.folder.load().ledger.key_path(), "ada");
        if role == "veto" {
            house.decide("ada", "grant personalisation").await;
        } else {
            service.decide(&ada, wish("grant")).await;
        }
        let mut connection = house.connect(Http::One).await;
        let asked = chat(r#"{"text":"hi"}"#);
        let mut body = connection.send(asked).await.unwrap().into_body();
        tell.send("data: {\"advice\":\"one\",\"n\":1}\n\n".to_owned()).unwrap();
        assert_eq!(next(&mut body).await.unwrap(), "data: {\"advice\":\"one\",\"n\":1}\n\n", "{role}");
        service.decide(&ada, wish("withdraw")).await;
        for n in 2..4 {
            tell.send(format!("data: {{\"advice\":\"more\",\"n\":{n}}}\n\n")).unwrap();
            assert_eq!(next(&mut body).await.unwrap(), format!("data: {{\"n\":{n}}}\n\n"), "{role}");
        }
        drop(tell);
        assert_eq!(next(&mut body).await, None);
        let receipt = house.receipt().await;
        let messages = &receipt["messages"];
        assert_eq!(messages["to_person"]["count"], 3, "{receipt}");
        assert_eq!(messages["withheld"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn an_answer_that_ran_out_stops_what_is_turned_back_in_a_reply() {
    let (tell, reply) = events();
    let reply = Arc::new(Mutex::new(Some(reply)));
    let bot = Bot::answering(move |_| {
        let reply = reply.lock().unwrap().take();
        async move { reply.unwrap_or_else(|| said("no more")) }
    });
    let (house, service) = streaming(bot.await, "http").await;
    house.decide("ada", "object analytics").await;
    let mut connection = house.connect(Http::One).await;
    let asked = chat(r#"{"text":"write to ada@shop.test"}"#);
    let mut body = connection.send(asked).await.unwrap().into_body();
    let sent = house.bot.last().text().to_owned();
    let token = sent.split_whitespace().last().unwrap().trim_end_matches("\"}").to_owned();
    assert!(token.starts_with("psn-"), "{sent}");
    tell.send(format!("data: {{\"text\":\"{token} \"}}\n\n")).unwrap();
    assert_eq!(next(&mut body).await.unwrap(), "data: {\"text\":\"ada@shop.test \"}\n\n");
    // The service says that something changed, and can't be asked any more what.
    let ada = digest(&house.folder.load().ledger.key_path(), "ada");
    service.decide(&ada, wish("withdraw")).await;
    service.end().await;
    tell.send(format!("data: {{\"text\":\"{token} \"}}\n\n")).unwrap();
    let last = next(&mut body).await.unwrap();
    let last = std::str::from_utf8(&last).unwrap();
    assert!(last.contains("urn:assentry:problem:ledger-unreachable"), "{last}");
    assert!(!last.contains("ada@shop.test"));
    assert_eq!(next(&mut body).await, None);
}

async fn streaming(bot: Bot, role: &str) -> (House, super::Service) {
    let written = Written::policy(&policy()).route("path: /chat, profile: json-chat");
    super::pushing_with(written, bot, role, "max_age: 600s").await
}
