//! Connections to the backend: which one, how long, and in what form.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use assentry::{
    message::{Body, BodyError},
    refusal::Refusal,
    tls::{ClientTlsSettings, Tls},
    upstream::{
        EjectSettings, HostField, HttpVersion, Unforwarded, Upstream, UpstreamError, UpstreamSettings,
    },
};
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use tokio::{
    io::AsyncWriteExt as _,
    net::TcpListener,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use crate::{
    bot::{Bot, read_head},
    client::SURELY,
    door::{ask, at, cleared, forward, post, read, refusal},
    house::{millis, pair, tls},
};

/// An address at which nobody listens.
async fn nobody() -> Bot {
    let mut bot = Bot::open(None).await;
    bot.address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    bot
}

#[tokio::test]
async fn connections_are_used_again() {
    let bot = Bot::open(None).await;
    let upstream = Upstream::new(&at(&[&bot])).unwrap();
    for _ in 0..5 {
        read(ask(&upstream, "/").await.unwrap()).await;
        sleep(Duration::from_millis(2)).await;
    }
    assert_eq!((bot.requests(), bot.connections()), (5, 1));
}

#[tokio::test]
async fn a_connection_is_not_used_again_after_half_a_reply_or_too_long_a_rest() {
    let bot = Bot::open(None).await;
    let mut settings = at(&[&bot]);
    settings.timeouts.reuse = millis(50);
    let upstream = Upstream::new(&settings).unwrap();
    let mut events = ask(&upstream, "/events").await.unwrap();
    events.body_mut().frame().await.unwrap().unwrap();
    drop(events);
    read(ask(&upstream, "/").await.unwrap()).await;
    assert_eq!(bot.connections(), 2);
    sleep(Duration::from_millis(80)).await;
    read(ask(&upstream, "/").await.unwrap()).await;
    assert_eq!(bot.connections(), 3);
}

#[tokio::test]
async fn a_backend_that_says_how_long_it_keeps_connections_is_believed() {
    let bot = Bot::raw(|mut stream| async move {
        let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nKeep-Alive: timeout=1\r\n\r\n";
        stream.write_all(reply).await.unwrap();
        read_head(&mut stream).await;
        panic!("it is closed in a second, and that is too late");
    })
    .await;
    let upstream = Upstream::new(&at(&[&bot])).unwrap();
    for _ in 0..2 {
        ask(&upstream, "/").await.unwrap();
    }
    assert_eq!(bot.connections(), 2);
}

#[tokio::test]
async fn when_one_address_cannot_be_reached_another_is_tried() {
    let (dead, alive) = (nobody().await, Bot::open(None).await);
    let upstream = Upstream::new(&at(&[&dead, &alive])).unwrap();
    for _ in 0..4 {
        read(ask(&upstream, "/").await.unwrap()).await;
    }
    assert_eq!(alive.requests(), 4);
    let none = Upstream::new(&at(&[&dead, &nobody().await])).unwrap();
    assert_eq!(refusal(ask(&none, "/").await), Refusal::BotUnreachable);
    let once = UpstreamSettings { connect_attempts: 1, ..at(&[&dead]) };
    assert_eq!(refusal(ask(&Upstream::new(&once).unwrap(), "/").await), Refusal::BotUnreachable);
}

#[tokio::test]
async fn a_backend_that_accepts_and_says_nothing_is_given_up_on() {
    let silent = Bot::raw(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let mut settings = at(&[&silent]);
    settings.timeouts.first_byte = millis(100);
    let upstream = Upstream::new(&settings).unwrap();
    assert_eq!(refusal(ask(&upstream, "/").await), Refusal::BotTimeout);
    assert_eq!((silent.requests(), upstream.in_flight()), (1, 0));
    let (_dir, made) = pair(&["localhost"]);
    let mut settings = UpstreamSettings::at(vec![format!("https://{}", silent.address).parse().unwrap()]);
    settings.tls = Some(ClientTlsSettings { roots: Some(made.authority.clone()), ..Default::default() });
    settings.timeouts.connect = millis(100);
    assert_eq!(refusal(ask(&Upstream::new(&settings).unwrap(), "/").await), Refusal::BotUnreachable);
}

#[tokio::test]
async fn events_arrive_one_by_one() {
    let bot = Bot::open(None).await;
    let upstream = Upstream::new(&at(&[&bot])).unwrap();
    let began = Instant::now();
    let mut body = ask(&upstream, "/events").await.unwrap().into_body();
    let mut times = Vec::new();
    while let Some(frame) = body.frame().await {
        assert!(frame.unwrap().into_data().unwrap().starts_with(b"data: "));
        times.push(began.elapsed());
    }
    assert_eq!(times.len(), 3);
    assert!(times[2] - times[0] > Duration::from_millis(150), "{times:?}");
}

#[tokio::test]
async fn a_reply_that_stalls_is_broken_off() {
    let bot = Bot::raw(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel").await.unwrap();
        std::future::pending().await
    })
    .await;
    let mut settings = at(&[&bot]);
    settings.timeouts.idle = millis(100);
    let upstream = Upstream::new(&settings).unwrap();
    let mut body = ask(&upstream, "/").await.unwrap().into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "hel");
    let end = timeout(SURELY, body.frame()).await.unwrap().unwrap();
    assert!(matches!(end, Err(BodyError::TimedOut)));
    assert_eq!(upstream.in_flight(), 1);
    drop(body);
    assert_eq!(upstream.in_flight(), 0);
}

#[tokio::test]
async fn the_address_with_the_fewest_exchanges_is_next() {
    let (one, two) = (Bot::open(None).await, Bot::open(None).await);
    let upstream = Upstream::new(&at(&[&one, &two])).unwrap();
    let mut held = Vec::new();
    for _ in 0..6 {
        held.push(ask(&upstream, "/events").await.unwrap());
    }
    assert_eq!((one.requests(), two.requests()), (3, 3));
    // Those at the second address end; the next ones go there.
    held.retain({
        let mut n = 0;
        move |_| {
            n += 1;
            n % 2 == 1
        }
    });
    for _ in 0..3 {
        held.push(ask(&upstream, "/events").await.unwrap());
    }
    assert_eq!(one.requests().abs_diff(two.requests()), 3);
}

#[tokio::test]
async fn an_address_that_keeps_failing_is_left_alone_for_a_while() {
    let (broken, fine) = (Bot::raw(|stream| async move { drop(stream) }).await, Bot::open(None).await);
    let eject = EjectSettings { failures: 2, span: millis(200) };
    let upstream = Upstream::new(&UpstreamSettings { eject, ..at(&[&broken, &fine]) }).unwrap();
    let ask_all = async || {
        for _ in 0..10 {
            if let Ok(response) = ask(&upstream, "/").await {
                read(response).await;
            }
        }
    };
    ask_all().await;
    assert_eq!(broken.requests(), 2);
    sleep(Duration::from_millis(250)).await;
    ask_all().await;
    assert_eq!(broken.requests(), 3, "one more failure is enough after that");
    let alone = Upstream::new(&at(&[&broken])).unwrap();
    for _ in 0..5 {
        assert_eq!(refusal(ask(&alone, "/").await), Refusal::BotBroken);
    }
    assert_eq!(broken.requests(), 8, "an only address is used all the same");
}

#[tokio::test]
async fn what_belongs_to_one_connection_stays_there_and_nothing_else_changes() {
    let bot = Bot::raw(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    })
    .await;
    let upstream = Upstream::new(&at(&[&bot])).unwrap();
    let mut request = post("http://shop.test/chat?q=%C3%A9+1&empty=");
    let headers = request.headers_mut();
    for (name, value) in [
        ("connection", "keep-alive, x-private"),
        ("x-private", "1"),
        ("upgrade", "websocket"),
        ("content-length", "999"),
        ("x-b", "2"),
        ("x-a", "1"),
        ("x-b", "3"),
    ] {
        headers.append(http::HeaderName::from_static(name), value.parse().unwrap());
    }
    forward(&upstream, cleared(request), &|_| true).await.unwrap();
    let expected = "POST /chat?q=%C3%A9+1&empty= HTTP/1.1\r\nhost: shop.test\r\ncontent-length: 5\r\n\
                    x-b: 2\r\nx-b: 3\r\nx-a: 1\r\n\r\n";
    assert_eq!(bot.heads(), [expected]);
}

#[tokio::test]
async fn replies_lose_what_belongs_to_one_connection_and_keep_their_trailers() {
    let bot = Bot::open(None).await;
    for http in [HttpVersion::Http1, HttpVersion::Http2] {
        let upstream = Upstream::new(&UpstreamSettings { http, ..at(&[&bot]) }).unwrap();
        let mut request = post("/one-hop");
        request.headers_mut().insert("te", "trailers".parse().unwrap());
        let response = forward(&upstream, cleared(request), &|_| true).await.unwrap();
        let names: Vec<_> = response.headers().keys().map(http::HeaderName::as_str).collect();
        for gone in ["alt-svc", "connection", "keep-alive", "transfer-encoding"] {
            assert!(!names.contains(&gone), "{http:?} {names:?}");
        }
        assert!(names.contains(&"x-public"));
        let (bytes, trailers) = response.into_body().hold(100, SURELY).await.unwrap();
        assert_eq!((&bytes[..], &trailers.unwrap()["x-sum"]), (&b"hello"[..], &"42".parse().unwrap()));
    }
}

#[tokio::test]
async fn trailers_of_a_request_arrive_over_both_protocols() {
    let bot = Bot::open(None).await;
    for http in [HttpVersion::Http1, HttpVersion::Http2] {
        let upstream = Upstream::new(&UpstreamSettings { http, ..at(&[&bot]) }).unwrap();
        let trailers: HeaderMap = [("x-sum".parse().unwrap(), "42".parse().unwrap())].into_iter().collect();
        let request = post("/").map(|_| Body::with_trailers("hello".into(), Some(trailers)));
        let said = read(forward(&upstream, cleared(request), &|_| true).await.unwrap()).await;
        assert!(said.contains(r#"trailers={"x-sum": "42"} hello"#), "{said}");
    }
}

#[tokio::test]
async fn replies_without_a_body_leave_the_connection_usable() {
    let bot = Bot::open(None).await;
    let upstream = Upstream::new(&at(&[&bot])).unwrap();
    let head = Request::head("/").header("host", "a").body(Body::empty()).unwrap();
    let response = forward(&upstream, cleared(head), &|_| true).await.unwrap();
    assert!(response.headers().contains_key("content-length"));
    assert_eq!(read(response).await, "");
    sleep(Duration::from_millis(5)).await;
    assert_eq!(ask(&upstream, "/empty").await.unwrap().status(), 204);
    sleep(Duration::from_millis(5)).await;
    read(ask(&upstream, "/").await.unwrap()).await;
    assert_eq!(bot.connections(), 1);
}

#[tokio::test]
async fn https_is_spoken_in_the_version_that_is_asked_for_or_agreed_on() {
    let (_dir, made) = pair(&["localhost", "127.0.0.1"]);
    let config = Tls::load(&tls(&[&made])).unwrap().current();
    let bot = Bot::open(Some(TlsAcceptor::from(config))).await;
    for (http, version) in
        [(HttpVersion::Auto, "HTTP/2.0"), (HttpVersion::Http1, "HTTP/1.1"), (HttpVersion::Http2, "HTTP/2.0")]
    {
        let mut settings = UpstreamSettings::at(vec![format!("https://{}", bot.address).parse().unwrap()]);
        settings.tls = Some(ClientTlsSettings { roots: Some(made.authority.clone()), ..Default::default() });
        let upstream = Upstream::new(&UpstreamSettings { http, ..settings }).unwrap();
        let before = bot.connections();
        for _ in 0..3 {
            let said = read(ask(&upstream, "/chat").await.unwrap()).await;
            assert!(said.starts_with(version) && said.ends_with("hello"), "{said}");
            sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(bot.connections() - before, 1);
    }
    let (_other, stranger) = pair(&["localhost"]);
    let mut distrusting = UpstreamSettings::at(vec![format!("https://{}", bot.address).parse().unwrap()]);
    distrusting.tls = Some(ClientTlsSettings { roots: Some(stranger.authority), ..Default::default() });
    assert_eq!(refusal(ask(&Upstream::new(&distrusting).unwrap(), "/").await), Refusal::BotUnreachable);
}

#[tokio::test]
async fn many_requests_share_one_http_2_connection_as_long_as_there_are_streams() {
    let bot = Bot::with(None, 10).await;
    let upstream = Upstream::new(&UpstreamSettings { http: HttpVersion::Http2, ..at(&[&bot]) }).unwrap();
    let upstream = Arc::new(upstream);
    let asked: Vec<_> = (0..20)
        .map(|_| {
            let upstream = Arc::clone(&upstream);
            tokio::spawn(async move { read(ask(&upstream, "/slow").await.unwrap()).await })
        })
        .collect();
    for one in asked {
        assert!(one.await.unwrap().contains("HTTP/2.0"));
    }
    assert_eq!((bot.requests(), bot.connections(), upstream.in_flight()), (20, 2, 0));
}

#[tokio::test]
async fn the_host_is_the_clients_unless_the_backends_is_asked_for() {
    let bot = Bot::open(None).await;
    for (host, expected) in
        [(HostField::Preserve, "shop.test".to_owned()), (HostField::Upstream, bot.address.to_string())]
    {
        let upstream = Upstream::new(&UpstreamSettings { host, ..at(&[&bot]) }).unwrap();
        let said = read(ask(&upstream, "/").await.unwrap()).await;
        assert!(said.contains(&format!(r#""host": "{expected}""#)), "{said}");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_frees_what_it_held() {
    let bot = Bot::open(None).await;
    let upstream = Upstream::new(&at(&[&bot])).unwrap();
    assert!(timeout(Duration::from_millis(50), ask(&upstream, "/forever")).await.is_err());
    assert_eq!(upstream.in_flight(), 0);
    read(ask(&upstream, "/").await.unwrap()).await;
    assert_eq!(bot.connections(), 2);
}

#[test]
fn settings_that_can_not_work_are_refused() {
    assert!(matches!(Upstream::new(&UpstreamSettings::at(Vec::new())), Err(UpstreamError::NoAddress)));
    let mut plain = UpstreamSettings::at(vec!["http://a".parse().unwrap()]);
    plain.tls = Some(ClientTlsSettings::default());
    assert!(matches!(Upstream::new(&plain), Err(UpstreamError::UnusedTls)));
}

#[tokio::test]
async fn a_tunnel_or_another_protocol_is_refused() {
    let bot = Bot::raw(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n").await.unwrap();
        std::future::pending().await
    })
    .await;
    let upstream = Upstream::new(&at(&[&bot])).unwrap();
    assert_eq!(refusal(ask(&upstream, "/").await), Refusal::BotBroken);
    let tunnel = Request::connect("shop.test:443").body(Body::empty()).unwrap();
    let refused = forward(&upstream, cleared(tunnel), &|_| true).await;
    assert!(matches!(refused, Err(Unforwarded::Refused(Refusal::Target(_)))));
}
