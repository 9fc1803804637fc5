//! Requests that no route takes, or that could be read as two.

use crate::{
    client::{Http, chat, raw},
    house::House,
    written::Written,
};

async fn told(line: &str, fields: &[&str]) -> (House, crate::answer::Answer) {
    let house = Written::shop().route("path: /chat, methods: [POST, PUT]").open().await;
    let answer = house.tell(raw(line, fields, b"")).await;
    (house, answer)
}

#[tokio::test]
async fn a_path_that_is_not_configured_is_not_served() {
    let (house, answer) = told("GET /elsewhere", &[]).await;
    house.assert_refused(&answer, 404, "no-route").await;
}

#[tokio::test]
async fn a_method_that_is_not_configured_is_refused_and_the_others_are_named() {
    let (house, answer) = told("DELETE /chat", &[]).await;
    house.assert_refused(&answer, 405, "method").await;
    assert_eq!(answer.header("allow"), "POST, PUT");
}

#[tokio::test]
async fn a_request_for_another_host_than_the_connection_is_refused() {
    let house = Written::shop().open().await;
    let request = b"POST /chat HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n";
    let answer = house.tell(request).await;
    house.assert_refused(&answer, 421, "misdirected").await;
}

#[tokio::test]
async fn dot_segments_are_refused() {
    for target in ["/chat/../chat", "/chat/%2e%2e/chat", "/./chat"] {
        let (house, answer) = told(&format!("POST {target}"), &[]).await;
        house.assert_refused(&answer, 400, "target").await;
    }
}

#[tokio::test]
async fn encoded_slashes_are_refused() {
    for target in ["/chat%2fx", "/x%5Cchat", "//chat"] {
        let (house, answer) = told(&format!("POST {target}"), &[]).await;
        house.assert_refused(&answer, 400, "target").await;
    }
}

#[tokio::test]
async fn two_hosts_are_refused() {
    let (house, answer) = told("POST /chat", &["Host: localhost"]).await;
    house.assert_refused(&answer, 400, "header").await;
}

#[tokio::test]
async fn a_host_in_the_target_that_is_not_the_one_in_the_header_is_refused() {
    let (house, answer) = told("POST https://shop.test/chat", &[]).await;
    house.assert_refused(&answer, 400, "header").await;
}

#[tokio::test]
async fn header_names_with_an_underscore_are_dropped_since_some_bots_read_them_as_others() {
    let house = Written::shop().open().await;
    let answer = house.tell(raw("POST /chat", &["x_user: eve", "X_User-Id: eve", "x-kept: 1"], b"")).await;
    assert_eq!(answer.status, 200);
    let raw = house.bot.last().raw;
    assert!(!raw.contains("eve") && !raw.contains('_') && raw.contains("x-kept: 1"), "{raw}");
    house.receipt().await;
}

#[tokio::test]
async fn a_tunnel_is_refused() {
    let house = Written::shop().route("prefix: /").open().await;
    let answer = house
        .tell("CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\nConnection: close\r\n\r\n")
        .await;
    assert!((400..500).contains(&answer.status), "{answer:?}");
    house.bot.assert_untouched();
    house.receipt().await;
}

#[tokio::test]
async fn over_http_2_the_same_is_refused() {
    let house = Written::shop().open().await;
    let mut request = chat("{}");
    *request.uri_mut() = "/chat/../chat".parse().unwrap();
    let answer = house.connect(Http::Two).await.ask(request).await;
    house.assert_refused(&answer, 400, "target").await;
}
