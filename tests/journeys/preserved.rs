//! Promise: nothing else changes. What no rule touched arrives as it was sent.

use crate::{
    client::{Http, chat, raw, raw_chat},
    written::{SHOP, Written},
};

/// Spellings that a reader and writer of JSON would tidy away.
const ODD: &str = "{ \"b\" : 1.10 ,\n\t\"a\":[1E400,-0.0,12345678901234567890123,1e-7 ] ,\"\\u0061\\/\":\"\\u00e9\\ud83d\\ude00é\",\"\":null}  ";

#[tokio::test]
async fn numbers_spacing_escapes_and_the_order_of_names_arrive_as_they_were_sent() {
    let house = Written::shop().open().await;
    house.tell(raw_chat(ODD)).await;
    assert_eq!(house.bot.last().text(), ODD);
}

#[tokio::test]
async fn what_stands_around_a_withheld_value_arrives_as_it_was_sent() {
    let house = Written::shop().open().await;
    let sent = format!("{{\"context\": {{ \"purchases\" :[1], \"odd\":{ODD} }} , \"n\":1.10}}");
    house.tell(raw_chat(&sent)).await;
    let arrived = house.bot.last().text().to_owned();
    assert!(arrived.contains(&format!("\"odd\":{ODD} }} , \"n\":1.10}}")), "{arrived}");
    assert!(!arrived.contains("purchases"));
}

#[tokio::test]
async fn header_fields_keep_their_order_their_case_and_their_bytes() {
    let house = Written::shop().open().await;
    let fields = [
        "X-oDD: a  b",
        "accept: */*",
        "X-Last: \u{e9}\u{20ac}",
        "X-USER-EMAIL: ada@example.com",
        "Accept-Language: de;q=0.9, en",
        "cookie: a=1;b=\"2\" ;  c",
        "b: 2",
        "a: 1",
    ];
    house.tell(raw("GET /chat?q=%C3%a9+1&&x=&=y", &fields, b"")).await;
    let expected = "GET /chat?q=%C3%a9+1&&x=&=y HTTP/1.1\r\nHost: localhost\r\nX-oDD: a  b\r\naccept: */*\r\n\
                    X-Last: \u{e9}\u{20ac}\r\nAccept-Language: de;q=0.9, en\r\ncookie: a=1;b=\"2\" ;  c\r\n\
                    b: 2\r\na: 1\r\n\r\n";
    assert_eq!(house.bot.last().raw, expected);
}

#[tokio::test]
async fn nothing_is_added_that_says_where_a_request_came_from() {
    let house = Written::shop().open().await;
    house.tell(raw("GET /chat", &[], b"")).await;
    assert_eq!(house.bot.last().raw, "GET /chat HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

#[tokio::test]
async fn a_body_arrives_whole_whether_its_length_was_announced_or_not() {
    let house = Written::shop().open().await;
    let head = "POST /chat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let pieces: String =
        ODD.split_inclusive(',').map(|piece| format!("{:x}\r\n{piece}\r\n", piece.len())).collect();
    house.tell(format!("{head}{pieces}0\r\n\r\n")).await;
    assert_eq!(house.bot.last().text(), ODD);
    house.tell(raw_chat(ODD)).await;
    assert_eq!(house.bot.last().text(), ODD);
    assert_eq!(house.bot.last().header("content-length"), Some(ODD.len().to_string().as_str()));
}

#[tokio::test]
async fn a_form_keeps_its_bytes_and_its_order() {
    let house = Written::shop().open().await;
    let fields = ["Content-Type: application/x-www-form-urlencoded"];
    house.tell(raw("POST /chat", &fields, b"b=%7e&a=+&email=ada&&c&d=%C3%A9")).await;
    assert_eq!(house.bot.last().text(), "b=%7e&a=+&&c&d=%C3%A9");
}

#[tokio::test]
async fn digests_go_where_a_body_may_change_and_stay_where_none_can() {
    let lines = ["Content-Type: application/json", "Content-Digest: sha-256=:YWRh:", "Signature: a=:YWRh:"];
    let free = SHOP.replace("basis: consent, notice: 2026-11", "basis: contract");
    for (policy, expected) in [(SHOP, None), (free.as_str(), Some("sha-256=:YWRh:"))] {
        let house = Written::policy(policy).open().await;
        house.tell(raw("POST /chat", &lines, b"{}")).await;
        let sent = house.bot.last();
        assert_eq!(sent.header("content-digest"), expected);
        assert_eq!(sent.header("signature").is_some(), expected.is_some());
    }
}

#[tokio::test]
async fn cookies_that_http_2_sent_apart_arrive_in_one_line() {
    let house = Written::shop().open().await;
    let mut request = chat("{}");
    for crumb in ["a=1", "mail=ada", "b=2"] {
        request.headers_mut().append("cookie", crumb.parse().unwrap());
    }
    house.connect(Http::Two).await.ask(request).await;
    let raw = house.bot.last().raw;
    assert!(raw.contains("\r\ncookie: a=1; b=2\r\n"), "{raw}");
}

#[tokio::test]
async fn what_the_bot_says_arrives_as_it_was_said() {
    let bot = crate::bot::Bot::answering(|_| async {
        let mut reply = crate::bot::said(ODD);
        *reply.status_mut() = http::StatusCode::IM_A_TEAPOT;
        reply.headers_mut().append("x-two", "1".parse().unwrap());
        reply.headers_mut().append("x-two", "2".parse().unwrap());
        reply
    });
    let house = Written::shop().before(bot.await).await;
    for http in Http::BOTH {
        let answer = house.connect(http).await.ask(chat("{}")).await;
        assert_eq!((answer.status, answer.text()), (418, ODD));
        assert_eq!(answer.headers.get_all("x-two").iter().count(), 2);
    }
}
