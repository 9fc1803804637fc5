//! Keywords that come through a socket.

use bytes::Bytes;
use serde_json::{Value, json};
use yawc::{Frame, close::CloseCode};

use super::{KEYWORDS, decisions, written};
use crate::{
    bot::{Bot, said},
    house::House,
    service::NOTHING,
    socket::{
        bot::{Echo, Said},
        house,
        person::{Ask, Person},
    },
    written::{SHOP, Written},
};

const ASKED: &str = r#"{"text":"hi","context":{"purchases":[1]}}"#;
const WITHOUT: &str = r#"{"text":"hi","context":{}}"#;
const ANSWER: &str = r#"{"reply":"You are unsubscribed."}"#;

async fn leaves(house: &House, mut person: Person) -> Value {
    person.closes(Frame::close(CloseCode::Normal, [])).await;
    house.receipt().await
}

#[tokio::test]
async fn a_keyword_is_obeyed_by_the_next_message_and_the_bot_never_sees_it() {
    let (house, echo) = house(written("json-chat")).await;
    house.decide("ada", "grant personalisation").await;
    let mut ada = house.socket(&Ask::ada()).await;
    assert_eq!(ada.asks(ASKED).await, ASKED);
    assert_eq!(ada.asks(r#"{"text":"Stop all"}"#).await, ANSWER);
    assert_eq!(ada.asks(ASKED).await, WITHOUT);
    assert_eq!(ada.asks(r#"{"text":"START"}"#).await, r#"{"reply":"Done: your consent is recorded."}"#);
    assert_eq!(ada.asks(ASKED).await, ASKED);
    let heard = [ASKED, WITHOUT, ASKED].map(|text| Said::Text(text.to_owned()));
    assert_eq!(echo.heard(), heard);
    let receipt = leaves(&house, ada).await;
    assert_eq!(receipt["outcome"], json!({"forwarded": {"status": 101}}));
    let obeyed = &receipt["messages"]["obeyed"];
    assert_eq!((&obeyed[0]["decision"], &obeyed[0]["count"]), (&json!("withdraw"), &json!(1)), "{receipt}");
    assert_eq!((&obeyed[1]["decision"], &obeyed[1]["count"]), (&json!("grant"), &json!(1)));
    assert_eq!(receipt["messages"]["to_bot"]["count"], 3);
    assert!(receipt["messages"].get("not_signed_in").is_none());
    assert_eq!(
        decisions(house, "ada").await,
        [
            "grant personalisation journey",
            "withdraw personalisation keyword",
            "object analytics keyword",
            "grant personalisation keyword",
            "grant analytics keyword"
        ]
    );
}

#[tokio::test]
async fn what_was_said_behind_a_keyword_without_waiting_goes_under_the_new_decision() {
    let (house, echo) = house(written("json-chat")).await;
    house.decide("ada", "grant personalisation").await;
    let mut ada = house.socket(&Ask::ada()).await;
    for text in [ASKED, r#"{"text":"STOP"}"#, ASKED, ASKED] {
        ada.says_text(text).await;
    }
    let mut heard = Vec::new();
    for _ in 0..4 {
        heard.push(ada.hears().await);
    }
    assert!(heard.contains(&Said::Text(ANSWER.to_owned())), "{heard:?}");
    let at_the_bot = [ASKED, WITHOUT, WITHOUT].map(|text| Said::Text(text.to_owned()));
    assert_eq!(echo.heard(), at_the_bot);
}

#[tokio::test]
async fn a_text_that_is_no_json_is_a_keyword_too_answered_in_the_kind_of_frame_that_came() {
    let route = "path: /chat, keywords: {withdraw: [STOP], purposes: [personalisation], text: message, answer: {withdraw: You are unsubscribed.}}";
    let (house, echo) = house(Written::shop().route(route)).await;
    let mut ada = house.socket(&Ask::ada()).await;
    let plain = "You are unsubscribed.";
    assert_eq!(ada.asks(" stop\n").await, plain);
    assert_eq!(ada.asks("\"STOP\"").await, plain);
    assert_eq!(ada.asks(r#"{"message":"STOP"}"#).await, plain);
    ada.says(Frame::binary(&b"STOP"[..])).await;
    assert_eq!(ada.hears().await, Said::Binary(Bytes::from_static(plain.as_bytes())));
    assert_eq!(echo.heard(), []);
    let receipt = leaves(&house, ada).await;
    assert_eq!(receipt["messages"]["obeyed"][0]["count"], 4, "{receipt}");
    assert_eq!(receipt["messages"]["to_bot"]["count"], 0);
}

#[tokio::test]
async fn whoever_could_be_anybody_is_told_to_sign_in_and_talks_on() {
    let written = written("json-chat").subjects("- query: {name: user, namespace: login}");
    let (house, echo) = house(written).await;
    let mut ada = house.socket(&Ask::nobody().at("/chat?user=ada")).await;
    assert!(ada.asks(r#"{"text":"STOP"}"#).await.contains("Please sign in"));
    assert_eq!(ada.asks(ASKED).await, WITHOUT);
    assert_eq!(echo.heard().len(), 1);
    let receipt = leaves(&house, ada).await;
    assert_eq!(receipt["messages"]["not_signed_in"], 1, "{receipt}");
    assert!(receipt["messages"].get("obeyed").is_none());
    assert_eq!(decisions(house, "ada").await, Vec::<String>::new());
}

/// A route whose messages stand in the packets of a socket's protocol.
async fn framed(socket: &str, answer: &str, place: &str) -> (House, Echo) {
    let profile = format!(
        "profile: framed\ntitle: Framed\nsource: ours\nhistory: false\nsocket: {socket}\nto_bot: {{texts: $}}\nto_person: {{texts: $}}\nturn: {{text: text, answer: '{answer}'}}\n"
    );
    let policy = SHOP.replace("$.context.purchases", &format!("'{place}'"));
    let (bot, echo) = Echo::open().await;
    let route = format!("path: /chat, profile: framed.yaml, {KEYWORDS}");
    let written = Written::policy(&policy).and_policy("framed.yaml", &profile).route(&route);
    (written.before(bot).await, echo)
}

#[tokio::test]
async fn events_of_socket_io_are_answered_in_their_namespace() {
    let (house, echo) = framed("engine-io", "[\"message\",{\"reply\":\"[answer]\"}]", "$[1].purchases").await;
    let mut ada = house.socket(&Ask::ada()).await;
    let answer = |prefix: &str| format!("{prefix}[\"message\",{{\"reply\":\"You are unsubscribed.\"}}]");
    assert_eq!(ada.asks(r#"42["say",{"text":"STOP"}]"#).await, answer("42"));
    assert_eq!(ada.asks(r#"42/chat,7["say","STOP"]"#).await, answer("42/chat,"));
    assert_eq!(echo.heard(), []);
    for other in [r#"42["say",{"text":"STOP"},{"text":"go on"}]"#, r#"42["STOP"]"#, r#"40{"text":"STOP"}"#] {
        assert_eq!(ada.asks(other).await, other);
    }
}

#[tokio::test]
async fn of_several_records_of_signalr_the_keyword_stays_and_the_others_go_on() {
    let reply = r#"{"type":1,"target":"say","arguments":["[answer]"]}"#;
    let (house, echo) = framed("signalr", reply, "$.arguments[*].purchases").await;
    house.decide("ada", "grant personalisation").await;
    let mut ada = house.socket(&Ask::ada()).await;
    let record = |text: &str| format!("{{\"type\":1,\"target\":\"say\",\"arguments\":[{text}]}}\u{1e}");
    let asked = record(r#"{"text":"hi","purchases":[1]}"#);
    ada.says_text(&format!("{}{asked}", record("\"STOP\""))).await;
    assert_eq!(ada.hears().await, Said::Text(record("\"You are unsubscribed.\"")));
    let without = record(r#"{"text":"hi"}"#);
    assert_eq!(ada.hears().await, Said::Text(without.clone()));
    assert_eq!(echo.heard(), [Said::Text(without)]);
}

#[tokio::test]
async fn a_decision_that_can_not_be_written_ends_the_socket_and_is_not_acknowledged() {
    let service = Bot::answering(|sent| async move {
        match sent.head.uri.path() {
            "/consents" => said(NOTHING),
            _ => said("no"),
        }
    });
    let (bot, echo) = Echo::open().await;
    let route = format!("path: /chat, profile: json-chat, {KEYWORDS}");
    let ledger = format!("http: {{url: 'http://{}/'}}", service.await.address);
    let house = Written::shop().ledger(&ledger).route(&route).before(bot).await;
    let mut ada = house.socket(&Ask::ada()).await;
    ada.says_text(r#"{"text":"STOP"}"#).await;
    ada.is_told(1013, "ledger-unreachable").await;
    let receipt = house.receipt().await;
    assert_eq!(receipt["messages"]["refused"]["problem"], "ledger-unreachable", "{receipt}");
    assert!(receipt["messages"].get("obeyed").is_none());
    assert!(!echo.heard().iter().any(|said| matches!(said, Said::Text(_))));
}
