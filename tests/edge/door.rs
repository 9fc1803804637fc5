//! The door: what is sent, how often, and under which consent.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use assentry::{
    consent::Consent,
    message::Body,
    refusal::Refusal,
    rewrite::{Cleared, Stamp},
    upstream::{Answer, Unforwarded, Upstream, UpstreamSettings},
};
use http::{Request, Response, Uri};
use tokio::{io::AsyncWriteExt as _, time::sleep};

use crate::{bot::Bot, house::millis};

pub fn at(bots: &[&Bot]) -> UpstreamSettings {
    let addresses = bots.iter().map(|bot| format!("http://{}", bot.address).parse().unwrap()).collect();
    UpstreamSettings::at(addresses)
}

pub fn cleared(request: Request<Body>) -> Cleared<Request<Body>> {
    let stamp = Stamp { consent: Arc::new(Consent::default()), policy: [0; 32], until: None };
    Cleared::assume(request, stamp)
}

pub fn post(path: &str) -> Request<Body> {
    Request::post(path.parse::<Uri>().unwrap())
        .header("host", "shop.test")
        .body(Body::whole("hello"))
        .unwrap()
}

/// Sends a request that asks for no socket.
pub async fn forward(
    upstream: &Upstream,
    request: Cleared<Request<Body>>,
    still_holds: &(impl Fn(&Stamp) -> bool + Sync),
) -> Result<Response<Body>, Unforwarded> {
    match upstream.forward(request, None, still_holds).await? {
        Answer::Reply(reply) => Ok(reply),
        Answer::Socket(socket) => panic!("{socket:?}"),
    }
}

pub async fn ask(upstream: &Upstream, path: &str) -> Result<Response<Body>, Unforwarded> {
    forward(upstream, cleared(post(path)), &|_| true).await
}

pub async fn read(response: Response<Body>) -> String {
    let (bytes, _) = response.into_body().hold(1 << 20, Duration::from_secs(10)).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub fn refusal(result: Result<Response<Body>, Unforwarded>) -> Refusal {
    match result {
        Err(Unforwarded::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn nothing_is_sent_under_a_consent_that_was_withdrawn_while_the_request_waited() {
    let bot = Bot::open(None).await;
    let upstream = Upstream::new(&UpstreamSettings { max_in_flight: 1, ..at(&[&bot]) }).unwrap();
    let holds = Arc::new(AtomicBool::new(true));
    let first = ask(&upstream, "/events").await.unwrap();
    let waiting = tokio::spawn({
        let (upstream, holds) = (upstream.clone(), Arc::clone(&holds));
        async move { forward(&upstream, cleared(post("/")), &|_| holds.load(SeqCst)).await }
    });
    sleep(Duration::from_millis(50)).await;
    holds.store(false, SeqCst);
    read(first).await;
    let Err(Unforwarded::Moved(back)) = waiting.await.unwrap() else { panic!("it was forwarded") };
    assert_eq!(bot.requests(), 1);
    let again = forward(&upstream, *back, &|_| true).await.unwrap();
    assert!(read(again).await.ends_with("hello"), "the message comes back whole");
    assert_eq!((bot.requests(), bot.connections()), (2, 1));
}

#[tokio::test]
async fn the_door_is_asked_after_connecting_and_again_after_every_retry() {
    let stale = Bot::raw(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    })
    .await;
    let upstream = Upstream::new(&at(&[&stale])).unwrap();
    let closed = Upstream::new(&UpstreamSettings::at(vec!["http://127.0.0.1:1".parse().unwrap()])).unwrap();
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let door = |_: &Stamp| asked.fetch_add(1, SeqCst) == 0;
    assert_eq!(refusal(forward(&closed, cleared(post("/")), &door).await), Refusal::BotUnreachable);
    assert_eq!(asked.load(SeqCst), 0, "there was nothing to hand the request to");
    assert!(forward(&upstream, cleared(post("/")), &door).await.is_ok());
    let again = forward(&upstream, cleared(post("/")), &door).await;
    assert!(matches!(again, Err(Unforwarded::Moved(_))));
    assert_eq!((asked.load(SeqCst), stale.requests()), (2, 1));
}

#[tokio::test]
async fn a_request_that_the_backend_has_read_is_never_sent_twice() {
    let bot = Bot::raw(|stream| async move { drop(stream) }).await;
    let other = Bot::open(None).await;
    let upstream = Upstream::new(&at(&[&bot])).unwrap();
    assert_eq!(refusal(ask(&upstream, "/").await), Refusal::BotBroken);
    let mut get = post("/");
    *get.method_mut() = http::Method::GET;
    assert_eq!(refusal(forward(&upstream, cleared(get), &|_| true).await), Refusal::BotBroken);
    assert_eq!((bot.requests(), other.requests()), (2, 0));
}

#[tokio::test]
async fn a_connection_that_the_backend_closed_while_it_lay_unused_is_not_used() {
    let bot = Bot::raw(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
    })
    .await;
    let upstream = Upstream::new(&at(&[&bot])).unwrap();
    for _ in 0..5 {
        assert_eq!(read(ask(&upstream, "/").await.unwrap()).await, "ok");
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((bot.requests(), bot.connections()), (5, 5));
}

#[tokio::test]
async fn the_door_is_asked_over_http_2_only_when_there_is_a_stream_to_spare() {
    let bot = Bot::with(None, 1).await;
    let settings = UpstreamSettings { http: assentry::upstream::HttpVersion::Http2, ..at(&[&bot]) };
    let upstream = Upstream::new(&settings).unwrap();
    let slow = tokio::spawn({
        let upstream = upstream.clone();
        async move { read(ask(&upstream, "/slow").await.unwrap()).await }
    });
    sleep(Duration::from_millis(50)).await;
    // The one stream is taken: a second connection is made rather than waiting behind the check.
    assert!(read(ask(&upstream, "/").await.unwrap()).await.contains("HTTP/2.0"));
    assert!(!slow.is_finished());
    assert_eq!(bot.connections(), 2);
    assert!(slow.await.unwrap().contains("HTTP/2.0"));
}

#[tokio::test]
async fn more_than_may_wait_and_longer_than_one_may_wait_is_refused() {
    let bot = Bot::open(None).await;
    let mut settings = UpstreamSettings { max_in_flight: 1, queue: 1, ..at(&[&bot]) };
    settings.timeouts.queue = millis(100);
    let upstream = Upstream::new(&settings).unwrap();
    let held = ask(&upstream, "/events").await.unwrap();
    let waiting = tokio::spawn({
        let upstream = upstream.clone();
        async move { ask(&upstream, "/").await }
    });
    sleep(Duration::from_millis(30)).await;
    assert_eq!(refusal(ask(&upstream, "/").await), Refusal::Overloaded);
    assert_eq!(refusal(waiting.await.unwrap()), Refusal::Overloaded);
    drop(held);
    assert!(ask(&upstream, "/").await.is_ok(), "a reply that is dropped half-way makes room");
    assert_eq!(upstream.in_flight(), 0);
}

#[tokio::test]
async fn only_the_rewrite_calls_a_message_cleared() {
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("src/rewrite.rs") {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                assert!(!text.contains("::assume("), "{}", path.display());
            }
        }
    }
}
