//! What the bot is told: the purposes that are allowed, from us and nobody else.

use http::Request;
use http_body_util::Full;

use crate::{
    client::{Http, chat, raw},
    house::House,
    written::{SHOP, Written},
};

fn telling() -> Written {
    Written::policy(SHOP).route("path: /chat, tell_bot: true")
}

/// What reaches the bot under this name.
async fn told(house: &House, request: Request<Full<bytes::Bytes>>) -> Vec<String> {
    assert_eq!(house.ask(request).await.status, 200);
    let sent = house.bot.last();
    let values = sent.head.headers.get_all("assentry-purposes").iter();
    values.map(|value| value.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_bot_is_told_what_is_allowed_and_that_follows_the_verdict() {
    let house = telling().open().await;
    assert_eq!(told(&house, chat("{}")).await, ["support, analytics"]);
    house.decide("ada", "grant personalisation").await;
    assert_eq!(told(&house, chat("{}")).await, ["support, personalisation, analytics"]);
    let mut objecting = chat("{}");
    objecting.headers_mut().insert("sec-gpc", "1".parse().unwrap());
    assert_eq!(told(&house, objecting).await, ["support, personalisation"]);
    house.decide("ada", "restrict").await;
    assert_eq!(told(&house, chat("{}")).await, [""; 0], "nothing is allowed, and an empty list is no field");
}

#[tokio::test]
async fn nobody_else_tells_the_bot_in_any_spelling_whether_it_is_told_or_not() {
    for (written, expected) in [(telling(), &["support, analytics"][..]), (Written::shop(), &[])] {
        let house = written.open().await;
        let forged = [
            "Assentry-Purposes: personalisation",
            "ASSENTRY-PURPOSES: all",
            "assentry_purposes: all",
            "Assentry_Purposes: all",
            "X-User-Id: ada",
            "Content-Type: application/json",
            "Transfer-Encoding: chunked",
            "TE: trailers",
            "Trailer: assentry-purposes",
        ];
        let body = b"2\r\n{}\r\n0\r\nAssentry-Purposes: all\r\nassentry_purposes: all\r\nx-kept: 1\r\n\r\n";
        let mut bytes = raw("POST /chat", &forged, b"");
        bytes.extend_from_slice(body);
        assert_eq!(house.tell(bytes).await.status, 200);
        let sent = house.bot.last();
        let lower = sent.raw.to_lowercase();
        assert_eq!(lower.matches("assentry").count(), expected.len(), "{}", sent.raw);
        assert!(!lower.contains("all"), "{}", sent.raw);
        let values: Vec<_> = sent.head.headers.get_all("assentry-purposes").iter().collect();
        assert_eq!(values, expected);
    }
}

#[tokio::test]
async fn a_client_can_not_name_our_field_away() {
    let house = telling().open().await;
    let fields = ["X-User-Id: ada", "Connection: close, assentry-purposes", "Content-Type: application/json"];
    let mut head = String::from("POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n");
    fields.iter().for_each(|field| head += &format!("{field}\r\n"));
    assert_eq!(house.tell(format!("{head}\r\n{{}}")).await.status, 200);
    assert_eq!(house.bot.last().header("assentry-purposes"), Some("support, analytics"));
}

#[tokio::test]
async fn it_is_told_over_http_2_as_well() {
    let house = telling().open().await;
    let mut connection = house.connect(Http::Two).await;
    let mut request = chat("{}");
    request.headers_mut().insert("assentry-purposes", "all".parse().unwrap());
    assert_eq!(connection.ask(request).await.status, 200);
    assert_eq!(house.bot.last().header("assentry-purposes"), Some("support, analytics"));
}
