//! Bodies that can't be read because of what they are said to be.

use crate::{client::raw, house::House, written::Written};

async fn assert_unsupported(fields: &[&str]) {
    let house = Written::shop().open().await;
    let answer = house.tell(raw("POST /chat", fields, b"{}")).await;
    house.assert_refused(&answer, 415, "media-type").await;
}

#[tokio::test]
async fn a_content_type_that_can_not_be_read_is_refused() {
    assert_unsupported(&["Content-Type: text/plain"]).await;
    assert_unsupported(&["Content-Type: multipart/form-data; boundary=x"]).await;
}

#[tokio::test]
async fn two_content_types_are_refused() {
    assert_unsupported(&["Content-Type: application/json", "Content-Type: application/json"]).await;
}

#[tokio::test]
async fn another_charset_than_utf_8_is_refused() {
    assert_unsupported(&["Content-Type: application/json; charset=utf-16"]).await;
}

#[tokio::test]
async fn a_body_without_a_content_type_is_refused() {
    assert_unsupported(&[]).await;
}

#[tokio::test]
async fn a_coding_that_is_not_known_is_refused_even_where_the_media_type_may_pass_unread() {
    let house = Written::shop().route("path: /chat, other_bodies: [image/png]").open().await;
    let fields = ["Content-Type: image/png", "Content-Encoding: compress"];
    let answer = house.tell(raw("POST /chat", &fields, b"png")).await;
    house.assert_refused(&answer, 415, "content-coding").await;
}

async fn small() -> House {
    Written::shop().route("path: /chat, limits: {body: 100B}").open().await
}

#[tokio::test]
async fn a_body_announced_as_a_gigabyte_is_refused_before_it_is_sent() {
    let house = Written::shop().open().await;
    let head = "POST /chat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                Content-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n";
    let answer = house.tell(head).await;
    house.assert_refused(&answer, 413, "body-too-large").await;
}

#[tokio::test]
async fn a_chunked_body_is_refused_as_soon_as_it_is_too_large() {
    let house = small().await;
    let head = "POST /chat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("40\r\n{}\r\n", " ".repeat(64));
    let answer = house.tell(format!("{head}{chunk}{chunk}")).await;
    house.assert_refused(&answer, 413, "body-too-large").await;
}

#[tokio::test]
async fn a_body_that_passes_unread_is_cut_where_it_is_too_large() {
    let house =
        Written::shop().route("path: /chat, limits: {body: 100B}, other_bodies: [image/png]").open().await;
    let head = "POST /chat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("40\r\n{}\r\n", "p".repeat(64));
    house.hear(format!("{head}{chunk}{chunk}{chunk}0\r\n\r\n")).await;
    assert!(house.bot.requests().is_empty(), "nothing arrived whole");
    let receipt = house.receipt().await;
    assert!(receipt["outcome"]["refused"]["status"].as_u64().is_some_and(|status| status < 500), "{receipt}");
}
