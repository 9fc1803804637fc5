//! Clients that are slow, that send too much, or that go away.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::{Instant, sleep, timeout},
};

use crate::{
    answer::Answer,
    client::{SURELY, raw},
    house::House,
    written::Written,
};

const HEAD: &str = "POST /chat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                    Content-Type: application/json\r\nContent-Length: 100\r\n\r\n";

/// Sends the first bytes at once and then one byte at a time, until somebody gives up.
async fn trickle(house: &House, first: &str) -> Vec<u8> {
    let (mut read, mut write) = tokio::io::split(house.raw().await);
    write.write_all(first.as_bytes()).await.unwrap();
    let writing = tokio::spawn(async move {
        while write.write_all(b" ").await.is_ok() && write.flush().await.is_ok() {
            sleep(Duration::from_millis(100)).await;
        }
    });
    let mut heard = Vec::new();
    timeout(SURELY, read.read_to_end(&mut heard)).await.expect("somebody gives up").ok();
    writing.abort();
    heard
}

#[tokio::test]
async fn a_body_that_comes_byte_by_byte_is_refused_when_its_time_is_over() {
    let house = Written::shop().more("timeouts: {body: 400ms}").open().await;
    let began = Instant::now();
    let answer = Answer::parse(&trickle(&house, HEAD).await).unwrap();
    assert!(began.elapsed() < Duration::from_secs(8), "a hundred bytes would take ten seconds");
    house.assert_refused(&answer, 408, "body-timeout").await;
}

#[tokio::test]
async fn a_header_that_comes_byte_by_byte_is_cut_off_and_there_is_no_exchange() {
    let house = Written::shop().more("timeouts: {header: 300ms}").open().await;
    let heard = trickle(&house, "POST /chat HTTP/1.1\r\nHost: localhost\r\nX-Slow:").await;
    assert_eq!(heard, b"");
    house.assert_no_exchange().await;
}

#[tokio::test]
async fn a_header_of_a_megabyte_is_refused_and_there_is_no_exchange() {
    let house = Written::shop().open().await;
    let large = format!("X-Large: {}", "a".repeat(1 << 20));
    let answer = house.tell(raw("POST /chat", &[&large], b"")).await;
    assert_eq!(answer.status, 431);
    house.assert_no_exchange().await;
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let house = Written::shop().open().await;
    let mut stream = house.raw().await;
    stream.write_all(format!("{HEAD}{{\"text\":").as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    stream.shutdown().await.unwrap();
    drop(stream);
    house.assert_kept_out("body-broken", 400).await;
}

#[tokio::test]
async fn what_one_client_does_takes_nobody_else_down() {
    let house = Written::shop().open().await;
    let mut half = house.raw().await;
    half.write_all(HEAD.as_bytes()).await.unwrap();
    house.hear(raw("POST /chat", &[], "[".repeat(100_000).as_bytes())).await;
    house.hear([0x16, 0x03, 0x01, 0xff, 0xff]).await;
    house.hear("nonsense\r\n\r\n").await;
    assert_eq!(house.ask(crate::client::chat("{}")).await.status, 200);
}
