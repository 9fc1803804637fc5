//! From the client to the backend and back, with nothing in between.

use std::{sync::Arc, time::Duration};

use assentry::{
    message::{Body, End, Witness},
    refusal::Refusal,
    server::{Server, ServerLimits, ServerTimeouts},
    upstream::{HttpVersion, Unforwarded, Upstream, UpstreamSettings},
};
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::{
    bot::Bot,
    client::{Client, SURELY, connect, http2, http2_get, rest, tcp, text},
    door::{at, cleared, forward},
    house::{millis, pair, plain, secure},
};

/// A proxy that changes nothing; what it refuses, and how replies ended, can be heard.
struct Through {
    address: std::net::SocketAddr,
    refused: mpsc::UnboundedReceiver<Refusal>,
    ended: mpsc::UnboundedReceiver<End>,
}

struct Listening(mpsc::UnboundedSender<End>);

impl Witness for Listening {
    fn over(&mut self, end: End) {
        self.0.send(end).ok();
    }
}

impl Through {
    async fn to(settings: &UpstreamSettings) -> Self {
        Self::open(plain(), settings).await
    }

    async fn open(listener: assentry::server::ListenerSettings, settings: &UpstreamSettings) -> Self {
        let server =
            Server::bind(&[listener], ServerLimits::default(), ServerTimeouts::default()).await.unwrap();
        let address = server.addresses()[0];
        let upstream = Upstream::new(settings).unwrap();
        let (refuse, refused) = mpsc::unbounded_channel();
        let (end, ended) = mpsc::unbounded_channel();
        let handler = move |request: Request<Incoming>, _: Arc<_>| {
            let (upstream, refuse, end) = (upstream.clone(), refuse.clone(), end.clone());
            async move {
                match forward(&upstream, cleared(request.map(Body::flowing)), &|_| true).await {
                    Ok(response) => response.map(|body| body.witnessed(Listening(end))),
                    Err(Unforwarded::Refused(refusal)) => {
                        let response = Response::builder().status(refusal.status());
                        refuse.send(refusal).ok();
                        response.body(Body::empty()).unwrap()
                    }
                    Err(Unforwarded::Moved(_)) => panic!("it holds"),
                }
            }
        };
        tokio::spawn(server.serve(handler, std::future::pending()));
        Self { address, refused, ended }
    }
}

async fn ok(mut stream: TcpStream) {
    stream.write_all(b"HTTP/1.1 200 OK\r\nX-OddCase: 1\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
}

#[tokio::test]
async fn names_keep_their_case_in_both_directions() {
    let bot = Bot::raw(ok).await;
    let through = Through::to(&at(&[&bot])).await;
    let mut client = tcp(through.address).await;
    client
        .write_all(
            b"GET / HTTP/1.1\r\nHost: Shop.Test\r\nX-oDD: 1\r\naccept: */*\r\nConnection: close\r\n\r\n",
        )
        .await
        .unwrap();
    let reply = rest(&mut client).await.unwrap();
    assert_eq!(bot.heads(), ["GET / HTTP/1.1\r\nHost: Shop.Test\r\nX-oDD: 1\r\naccept: */*\r\n\r\n"]);
    assert!(reply.contains("\r\nX-OddCase: 1\r\n") && reply.ends_with("\r\n\r\nok"), "{reply}");
}

#[tokio::test]
async fn a_long_body_flows_up_over_every_pair_of_protocols() {
    let bot = Bot::open(None).await;
    let (_dir, made) = pair(&["localhost"]);
    let long = "0123456789".repeat(300_000);
    for http in [HttpVersion::Http1, HttpVersion::Http2] {
        let settings = UpstreamSettings { http, ..at(&[&bot]) };
        let through = Through::open(secure(&[&made]), &settings).await;
        let stream = connect(through.address, "localhost", &Client::default().config()).await.unwrap();
        let (mut read, mut write) = tokio::io::split(stream);
        let head = format!(
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            long.len()
        );
        let body = long.clone();
        let writing = tokio::spawn(async move {
            write.write_all(head.as_bytes()).await.unwrap();
            write.write_all(body.as_bytes()).await.unwrap();
            write.flush().await.unwrap();
            write
        });
        assert!(rest(&mut read).await.unwrap().ends_with(&long));
        writing.await.unwrap();
        let config = Client { alpn: Some("h2"), ..Client::default() }.config();
        let stream = connect(through.address, "localhost", &config).await.unwrap();
        let mut sender = http2(stream).await;
        let said = text(sender.send_request(http2_get("/chat?q=1")).await.unwrap()).await;
        assert!(said.contains("/chat?q=1") && said.contains("localhost"), "{said}");
    }
}

#[tokio::test]
async fn a_body_of_unknown_length_reaches_the_backend_whatever_the_method() {
    let bot = Bot::open(None).await;
    let through = Through::to(&at(&[&bot])).await;
    for method in ["POST", "GET", "DELETE"] {
        let mut client = tcp(through.address).await;
        let request = format!(
            "{method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\
             Trailer: x-sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n"
        );
        client.write_all(request.as_bytes()).await.unwrap();
        let reply = rest(&mut client).await.unwrap();
        assert!(reply.ends_with(r#"trailers={"x-sum": "42"} hello"#), "{method} {reply}");
    }
}

#[tokio::test]
async fn a_slow_upload_is_not_taken_for_a_slow_backend() {
    let bot = Bot::open(None).await;
    let mut settings = at(&[&bot]);
    settings.timeouts.first_byte = millis(150);
    let through = Through::to(&settings).await;
    let mut client = tcp(through.address).await;
    client
        .write_all(b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\n")
        .await
        .unwrap();
    for byte in b"hello" {
        client.write_all(&[*byte]).await.unwrap();
        sleep(Duration::from_millis(80)).await;
    }
    assert!(rest(&mut client).await.unwrap().ends_with("hello"));
}

#[tokio::test]
async fn a_client_that_breaks_off_is_not_the_backends_fault() {
    let bot = Bot::open(None).await;
    let mut through = Through::open(plain(), &at(&[&bot])).await;
    let mut client = tcp(through.address).await;
    client
        .write_all(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nnonsense\r\n",
        )
        .await
        .unwrap();
    let refusal = timeout(SURELY, through.refused.recv()).await.unwrap().unwrap();
    assert_eq!(refusal, Refusal::BodyBroken);
}

#[tokio::test]
async fn how_a_reply_ended_is_heard_exactly_once() {
    let bot = Bot::open(None).await;
    let mut through = Through::to(&at(&[&bot])).await;
    let mut client = tcp(through.address).await;
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    assert_eq!(timeout(SURELY, through.ended.recv()).await.unwrap(), Some(End::Complete));
    drop(client);
    let mut client = tcp(through.address).await;
    client.write_all(b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    assert!(client.read(&mut [0; 16]).await.unwrap() > 0);
    drop(client);
    assert_eq!(timeout(SURELY, through.ended.recv()).await.unwrap(), Some(End::Dropped));
    assert!(through.ended.try_recv().is_err());
}

#[tokio::test]
async fn a_reply_that_breaks_off_is_not_passed_on_as_if_it_were_whole() {
    let bot = Bot::raw(|mut stream| async move {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
            .await
            .unwrap();
    })
    .await;
    let mut through = Through::to(&at(&[&bot])).await;
    let mut client = tcp(through.address).await;
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let reply = rest(&mut client).await.unwrap();
    assert!(reply.contains("hello") && !reply.contains("0\r\n\r\n"), "{reply}");
    assert_eq!(timeout(SURELY, through.ended.recv()).await.unwrap(), Some(End::Broken));
}
