//! The service says by itself whose consents changed, and is obeyed at once.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::json;
use tokio::time::sleep;

use super::{ADMIN, ASKED, KEY, NOTHING, WITHOUT, digest_of_ada, pushing, tell, wish, write_key};
use crate::{
    bot::{Bot, said},
    client::{Http, chat, operator_by},
    house::House,
    socket::{bot::Echo, person::Ask},
    written::Written,
};

const LONG: &str = "max_age: 600s";

#[tokio::test]
async fn a_no_that_was_pushed_is_obeyed_by_the_next_request() {
    let (house, service) = pushing(Bot::open().await, "http", LONG).await;
    let ada = digest_of_ada(&house, &service).await;
    let mut connection = house.connect(Http::Two).await;
    for _ in 0..5 {
        service.decide(&ada, wish("grant")).await;
        connection.ask(chat(ASKED)).await;
        assert_eq!(house.bot.last().text(), ASKED);
        service.decide(&ada, wish("withdraw")).await;
        connection.ask(chat(ASKED)).await;
        assert_eq!(house.bot.last().text(), WITHOUT);
    }
}

#[tokio::test]
async fn a_request_that_waits_goes_without_what_a_push_took_back_meanwhile() {
    for role in ["http", "veto"] {
        let (bot, gate) = Bot::gated().await;
        let (house, service) = pushing(bot, role, LONG).await;
        house.decide("ada", "grant personalisation").await;
        let mut connection = house.connect(Http::One).await;
        // The bot holds the first; nothing of the second has left while its body is still to come.
        let mut slow = house.raw().await;
        let head = format!(
            "POST /chat HTTP/1.1\r\nHost: localhost\r\nX-User-Id: ada\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            ASKED.len()
        );
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        slow.write_all(head.as_bytes()).await.unwrap();
        slow.write_all(&ASKED.as_bytes()[..5]).await.unwrap();
        let first = tokio::spawn(async move { connection.ask(chat(ASKED)).await });
        house.bot.has_begun(1).await;
        let digest = digest(&house);
        service.decide(&digest, wish("withdraw")).await;
        slow.write_all(&ASKED.as_bytes()[5..]).await.unwrap();
        house.bot.has_begun(2).await;
        gate.open(2);
        first.await.unwrap();
        let mut said = Vec::new();
        slow.read_to_end(&mut said).await.unwrap();
        assert_eq!(house.bot.last().text(), WITHOUT, "{role}");
    }
}

fn digest(house: &House) -> String {
    super::vetoes::digest(&house.folder.load().ledger.key_path(), "ada")
}

#[tokio::test]
async fn a_push_is_obeyed_by_the_next_message_of_an_open_socket() {
    let (bot, _echo) = Echo::open().await;
    let (house, service) = pushing(bot, "http", LONG).await;
    let mut ada = house.socket(&Ask::ada()).await;
    assert_eq!(ada.asks(ASKED).await, WITHOUT);
    let digest = digest(&house);
    for _ in 0..5 {
        service.decide(&digest, wish("grant")).await;
        assert_eq!(ada.asks(ASKED).await, ASKED);
        service.decide(&digest, wish("withdraw")).await;
        assert_eq!(ada.asks(ASKED).await, WITHOUT);
    }
}

#[tokio::test]
async fn without_a_push_an_open_socket_obeys_within_the_age_that_is_set() {
    let (bot, _echo) = Echo::open().await;
    let (house, service) = super::before(bot, "http", "max_age: 1s").await;
    let digest = digest(&house);
    service.decide(&digest, wish("grant")).await;
    let mut ada = house.socket(&Ask::ada()).await;
    assert_eq!(ada.asks(ASKED).await, ASKED);
    service.decide(&digest, wish("withdraw")).await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(ada.asks(ASKED).await, WITHOUT);
}

/// A push, signed with this key: its id, its timestamp in seconds from now, its body.
async fn push(house: &House, key: &str, id: &str, (at, body): (i64, &str)) -> u16 {
    let timestamp = jiff::Timestamp::now().as_second() + at;
    let bytes = BASE64.decode(key.trim_start_matches("whsec_")).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
    let tag = BASE64.encode(hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes()));
    let fields = [
        format!("webhook-id: {id}"),
        format!("webhook-timestamp: {timestamp}"),
        format!("webhook-signature: v1,{tag}"),
    ];
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    tell(house.admin.unwrap(), "/consents/changed", &fields, body).await.status
}

fn body() -> String {
    about("ada")
}

fn about(id: &str) -> String {
    let subjects = json!([{"namespace": "login", "id": id}]);
    json!({"type": "consents.changed", "timestamp": jiff::Timestamp::now(), "data": {"subjects": subjects}})
        .to_string()
}

#[tokio::test]
async fn a_push_that_is_not_signed_right_is_refused_and_changes_nothing() {
    let (house, _service) = pushing(Bot::open().await, "http", LONG).await;
    let (body, other) = (body(), format!("whsec_{}", BASE64.encode([7; 32])));
    assert_eq!(push(&house, KEY, "msg_1", (0, &body)).await, 204);
    assert_eq!(push(&house, KEY, "msg_1", (0, &body)).await, 401, "replayed");
    assert_eq!(push(&house, KEY, "msg_1", (1, &body)).await, 204, "tried again");
    assert_eq!(push(&house, &other, "msg_2", (0, &body)).await, 401, "another key");
    assert_eq!(push(&house, KEY, "msg_3", (-310, &body)).await, 401, "stale");
    assert_eq!(push(&house, KEY, "msg_4", (310, &body)).await, 401, "from the future");
    assert_eq!(push(&house, KEY, "msg.5", (0, &body)).await, 401, "an id with a dot");
    let admin = house.admin.unwrap();
    assert_eq!(tell(admin, "/consents/changed", &[], &body).await.status, 401, "unsigned");
    assert_eq!(operator_by("GET", admin, "/consents/changed").await.status, 405);
    for wrong in
        ["", "{}", &body.replace("consents.changed", "consent.changed"), &body.replace("login", "")[..20]]
    {
        assert_eq!(push(&house, KEY, "msg_6", (wrong.len() as i64, wrong)).await, 400, "{wrong}");
    }
    let nobody =
        json!({"type": "consents.changed", "timestamp": jiff::Timestamp::now(), "data": {"subjects": []}});
    assert_eq!(push(&house, KEY, "msg_7", (0, &nobody.to_string())).await, 400);
}

#[tokio::test]
async fn a_push_about_one_id_has_the_service_asked_again_about_those_linked_with_it() {
    let service = Bot::answering(|_| async { said(NOTHING) }).await;
    let url = format!("http://{}/", service.address);
    let ledger = format!("veto: {{url: '{url}', webhook: {{key: webhook.key}}, {LONG}}}");
    let bot = Bot::open().await;
    let folder = Written::shop().ledger(&ledger).more(ADMIN).write(bot.address);
    write_key(&folder.path("webhook.key"));
    let house = House::of(folder, bot).await;
    house.decide("ada", "grant personalisation").await;
    house.link("ada", "bob").await;
    for _ in 0..2 {
        house.ask(chat(ASKED)).await;
        assert_eq!(house.bot.last().text(), ASKED);
        assert_eq!(service.begun(), 1, "what it said counts for a while");
    }
    assert_eq!(push(&house, KEY, "msg_1", (0, &about("bob"))).await, 204);
    house.ask(chat(ASKED)).await;
    assert_eq!(service.begun(), 2);
    house.decide("bob", "withdraw personalisation").await;
    house.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), WITHOUT, "links hold beside a service that may only say no");
}

#[tokio::test]
async fn where_nobody_is_expected_to_push_a_push_is_refused() {
    let (house, _service) = super::house("http", "").await;
    assert_eq!(push(&house, KEY, "msg_1", (0, &body())).await, 404);
}
