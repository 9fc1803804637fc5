//! Texts that come in pieces are held until they are whole, and only so much of them.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::{analyst, questions, written};
use crate::{
    bot::{Bot, events, said},
    client::{Http, chat, raw},
    events::next,
    house::House,
};

const ROUTE: &str = "path: /chat, profile: openai-chat";

fn delta(text: &str) -> String {
    let choice = json!({"index": 0, "delta": {"content": text}, "finish_reason": null});
    format!("data: {}\n\n", json!({"id": "1", "object": "chat.completion.chunk", "choices": [choice]}))
}

const STOP: &str = "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

/// A house whose bot answers with events, as they are sent.
async fn telling(analyst: &Bot, route: &str) -> (House, tokio::sync::mpsc::UnboundedSender<String>) {
    let (sender, reply) = events();
    let reply = Arc::new(Mutex::new(Some(reply)));
    let bot = Bot::answering(move |_| {
        let reply = reply.lock().unwrap().take();
        async move { reply.unwrap_or_else(|| said("no more")) }
    });
    (super::before(bot.await, analyst, "", route).await, sender)
}

fn content(events: &str) -> String {
    let data = events.lines().filter_map(|line| line.strip_prefix("data: "));
    let documents = data.filter_map(|data| serde_json::from_str::<serde_json::Value>(data).ok());
    documents
        .filter_map(|document| Some(document["choices"][0]["delta"]["content"].as_str()?.to_owned()))
        .collect()
}

#[tokio::test]
async fn a_text_in_pieces_is_asked_about_once_when_all_of_it_is_there() {
    let analyst = analyst().await;
    let (house, bot) = telling(&analyst, ROUTE).await;
    let mut connection = house.connect(Http::One).await;
    let mut body = connection.send(chat("{}")).await.unwrap().into_body();
    let mut heard = String::new();
    for piece in ["My 🙂 friend umbr", "ella has the bad", "ge B-77", "-x."] {
        bot.send(delta(piece)).unwrap();
        let event = next(&mut body).await.unwrap();
        assert_eq!(content(std::str::from_utf8(&event).unwrap()), "", "nothing of it goes on");
    }
    analyst.assert_untouched();
    bot.send(STOP.to_owned()).unwrap();
    drop(bot);
    while let Some(more) = next(&mut body).await {
        heard += std::str::from_utf8(&more).unwrap();
    }
    assert_eq!(content(&heard), "My 🙂 friend [person-name] has the badge [badge].");
    assert!(heard.ends_with("data: [DONE]\n\n"), "{heard}");
    assert_eq!(questions(&analyst), [["My 🙂 friend umbrella has the badge B-77-x."]]);
}

#[tokio::test]
async fn pieces_go_on_as_they_come_where_they_may_pass() {
    let analyst = analyst().await;
    let (house, bot) = telling(&analyst, ROUTE).await;
    house.decide("ada", "grant service").await;
    let mut connection = house.connect(Http::One).await;
    let mut body = connection.send(chat("{}")).await.unwrap().into_body();
    bot.send(delta("umbrella was here, and some")).unwrap();
    let event = next(&mut body).await.unwrap();
    assert!(content(std::str::from_utf8(&event).unwrap()).starts_with("umbrella"));
    // From now on it may not pass: what is left of the text is held to its end.
    house.decide("ada", "withdraw service").await;
    bot.send(delta("where else umbr")).unwrap();
    let event = next(&mut body).await.unwrap();
    assert_eq!(content(std::str::from_utf8(&event).unwrap()), "");
    bot.send(delta("ella is")).unwrap();
    bot.send(STOP.to_owned()).unwrap();
    drop(bot);
    let mut heard = String::new();
    while let Some(more) = next(&mut body).await {
        heard += std::str::from_utf8(&more).unwrap();
    }
    assert!(content(&heard).ends_with("where else [person-name] is"), "{heard}");
}

#[tokio::test]
async fn a_stream_about_which_nobody_answers_ends_with_the_reason() {
    let (house, bot) = telling(&Bot::absent().await, ROUTE).await;
    let mut connection = house.connect(Http::One).await;
    let mut body = connection.send(chat("{}")).await.unwrap().into_body();
    bot.send(delta("umbrella")).unwrap();
    bot.send(STOP.to_owned()).unwrap();
    let mut heard = String::new();
    while let Some(more) = next(&mut body).await {
        heard += std::str::from_utf8(&more).unwrap();
    }
    assert!(
        heard.contains("urn:assentry:problem:detector-unreachable") && !heard.contains("umbrella"),
        "{heard}"
    );
}

#[tokio::test]
async fn a_text_in_pieces_that_is_longer_than_may_be_held_ends_with_the_reason() {
    let analyst = analyst().await;
    let (house, bot) = telling(&analyst, &format!("{ROUTE}, limits: {{message: 4KiB}}")).await;
    let mut connection = house.connect(Http::One).await;
    let mut body = connection.send(chat("{}")).await.unwrap().into_body();
    for _ in 0..5 {
        bot.send(delta(&"a".repeat(1_000))).unwrap();
    }
    let mut heard = String::new();
    while let Some(more) = next(&mut body).await {
        heard += std::str::from_utf8(&more).unwrap();
    }
    assert!(heard.contains("reply-unreadable") && heard.contains("longer than may be held"), "{heard}");
    assert_eq!(content(&heard), "");
    analyst.assert_untouched();
}

#[tokio::test]
async fn a_body_that_is_larger_than_may_be_held_is_refused() {
    let analyst = analyst().await;
    let limits = "path: /chat, limits: {hold: 1KiB, body: 4KiB, flow: 1MiB}";
    let policy = super::POLICY.replace("data:", "data:\n  field: {at: 'form:x', otherwise: drop}");
    let house = written(&analyst, "", &policy).route(limits).before(Bot::open().await).await;
    let part = |length: usize| {
        let file = "a".repeat(length);
        format!(
            "--x\r\nContent-Disposition: form-data; name=\"d\"\r\nContent-Type: application/json\r\n\r\n\"umbrella\"\r\n\
             --x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n{file}\r\n--x--\r\n"
        )
    };
    let fields = ["X-User-Id: ada", "Content-Type: multipart/form-data; boundary=x"];
    assert_eq!(house.tell(raw("POST /chat", &fields, part(2_000).as_bytes())).await.status, 200);
    assert_eq!(house.bot.last().text(), part(2_000).replace("umbrella", "[person-name]"));
    house
        .tell(raw("POST /chat", &fields, part(9_000).as_bytes()))
        .await
        .assert_problem(413, "body-too-large");
    let long = format!("[\"{}\"]", "a".repeat(9_000));
    house.ask(chat(&long)).await.assert_problem(413, "body-too-large");
    assert_eq!(house.bot.requests().len(), 1);
}
