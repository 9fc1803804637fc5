//! Connections that are slow, too many, too large, or from the wrong place.

use std::{sync::atomic::Ordering, time::Duration};

use assentry::{
    quantity::Size,
    server::{ListenerSettings, ProxyProtocol, Server, ServerError, ServerLimits, ServerTimeouts},
};
use http::StatusCode;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use crate::{
    client::{Client, SURELY, connect, get, http2, http2_get, rest, tcp, text},
    house::{House, millis, pair, plain, secure},
};

/// What a balancer says: the connection is for 192.0.2.7.
const PROXIED: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\x0a\0\0\x01\x12\x34\x01\xbb";

fn behind(network: &str) -> ListenerSettings {
    ListenerSettings {
        proxy_protocol: Some(ProxyProtocol { from: vec![network.parse().unwrap()] }),
        ..plain()
    }
}

#[tokio::test]
async fn a_listed_balancer_says_whom_it_connects_for() {
    let house = House::open(behind("127.0.0.0/8")).await;
    let mut stream = tcp(house.address).await;
    stream.write_all(PROXIED).await.unwrap();
    assert!(get(stream, "/").await.unwrap().contains("remote=192.0.2.7 "));
    let mut check = tcp(house.address).await;
    check.write_all(b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0").await.unwrap();
    assert!(get(check, "/").await.unwrap().contains("remote=127.0.0.1 "));
}

#[tokio::test]
async fn a_balancer_speaks_before_the_tls_handshake() {
    let (_dir, made) = pair(&["localhost"]);
    let listener =
        ListenerSettings { proxy_protocol: behind("127.0.0.0/8").proxy_protocol, ..secure(&[&made]) };
    let house = House::open(listener).await;
    let mut stream = tcp(house.address).await;
    stream.write_all(PROXIED).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Client::default().config());
    let stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
    assert!(get(stream, "/").await.unwrap().contains("remote=192.0.2.7 tls=true"));
}

#[tokio::test]
async fn nobody_else_may_say_whom_a_connection_is_for() {
    let elsewhere = House::open(behind("10.0.0.0/8")).await;
    let mut stream = tcp(elsewhere.address).await;
    stream.write_all(PROXIED).await.ok();
    assert_eq!(get(stream, "/").await.unwrap_or_default(), "");
    let silent = House::open(behind("127.0.0.0/8")).await;
    assert_eq!(get(tcp(silent.address).await, "/").await.unwrap_or_default(), "");
    let unasked = House::open(plain()).await;
    let mut stream = tcp(unasked.address).await;
    stream.write_all(PROXIED).await.unwrap();
    assert!(!get(stream, "/").await.unwrap_or_default().contains("192.0.2.7"));
    let served = [&elsewhere, &silent, &unasked].map(|house| house.exchanges.load(Ordering::SeqCst));
    assert_eq!(served, [0, 0, 0]);
}

#[tokio::test]
async fn a_client_that_sends_its_header_byte_by_byte_is_cut_off() {
    let timeouts = ServerTimeouts { header: millis(200), ..ServerTimeouts::default() };
    let house = House::with(plain(), ServerLimits::default(), timeouts).await;
    let mut stream = tcp(house.address).await;
    let began = Instant::now();
    for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\n".iter().cycle() {
        sleep(Duration::from_millis(20)).await;
        if stream.write_all(&[*byte]).await.is_err() || began.elapsed() > SURELY {
            break;
        }
    }
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(house.exchanges.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_second_request_on_a_connection_has_its_own_time_for_the_header() {
    let timeouts = ServerTimeouts { header: millis(200), ..ServerTimeouts::default() };
    let house = House::with(plain(), ServerLimits::default(), timeouts).await;
    let mut stream = tcp(house.address).await;
    for _ in 0..2 {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut buffer = [0; 512];
        assert!(stream.read(&mut buffer).await.unwrap() > 0);
        // Longer than a header may take: a connection between two requests is idle, not slow.
        sleep(Duration::from_millis(300)).await;
    }
    stream.write_all(b"GET / HT").await.unwrap();
    let began = Instant::now();
    assert_eq!(rest(&mut stream).await.unwrap_or_default(), "");
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn an_idle_connection_is_closed_over_both_protocols() {
    let timeouts = ServerTimeouts { idle: millis(150), ..ServerTimeouts::default() };
    let (_dir, made) = pair(&["localhost"]);
    let house = House::with(secure(&[&made]), ServerLimits::default(), timeouts).await;
    let mut first = connect(house.address, "localhost", &Client::default().config()).await.unwrap();
    let config = Client { alpn: Some("h2"), ..Client::default() }.config();
    let mut second = http2(connect(house.address, "localhost", &config).await.unwrap()).await;
    assert!(second.send_request(http2_get("/")).await.unwrap().status().is_success());
    assert_eq!(rest(&mut first).await.unwrap_or_default(), "");
    let closed = async {
        while !second.is_closed() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SURELY, closed).await.unwrap();
}

#[tokio::test]
async fn a_client_that_does_not_take_its_reply_is_cut_off() {
    let timeouts = ServerTimeouts { write: millis(200), ..ServerTimeouts::default() };
    let house = House::with(plain(), ServerLimits::default(), timeouts).await;
    let mut stream = tcp(house.address).await;
    let began = Instant::now();
    // Replies pile up until the system takes no more; then the server stops reading, and then it gives up.
    let ask =
        async { while stream.write_all(&b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100)).await.is_ok() {} };
    timeout(SURELY, ask).await.unwrap();
    assert!(began.elapsed() < SURELY);
}

#[tokio::test]
async fn a_stalled_handshake_is_dropped_and_the_others_go_on() {
    let (_dir, made) = pair(&["localhost"]);
    let timeouts = ServerTimeouts { handshake: millis(200), ..ServerTimeouts::default() };
    let house = House::with(secure(&[&made]), ServerLimits::default(), timeouts).await;
    let mut stalled = tcp(house.address).await;
    let mut nonsense = tcp(house.address).await;
    nonsense.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    rest(&mut nonsense).await.ok();
    let config = Client::default().config();
    let fine = connect(house.address, "localhost", &config).await.unwrap();
    assert!(get(fine, "/").await.unwrap().starts_with("HTTP/1.1 200"));
    assert_eq!(rest(&mut stalled).await.unwrap_or_default(), "");
}

#[tokio::test]
async fn too_many_header_fields_are_refused_over_both_protocols() {
    let limits = ServerLimits { headers: 20, ..ServerLimits::default() };
    let (_dir, made) = pair(&["localhost"]);
    let house = House::with(secure(&[&made]), limits, ServerTimeouts::default()).await;
    let mut stream = connect(house.address, "localhost", &Client::default().config()).await.unwrap();
    let fields: String = (0..30).map(|n| format!("x-{n}: 1\r\n")).collect();
    stream.write_all(format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes()).await.unwrap();
    assert!(rest(&mut stream).await.unwrap().starts_with("HTTP/1.1 431"));
    let config = Client { alpn: Some("h2"), ..Client::default() }.config();
    let mut sender = http2(connect(house.address, "localhost", &config).await.unwrap()).await;
    let mut request = http2_get("/");
    for n in 0..30 {
        let name: http::HeaderName = format!("x-{n}").parse().unwrap();
        request.headers_mut().insert(name, "1".parse().unwrap());
    }
    let status = sender.send_request(request).await.unwrap().status();
    assert_eq!(status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(house.exchanges.load(Ordering::SeqCst), 0);
    let reply = sender.send_request(http2_get("/")).await.unwrap();
    assert!(text(reply).await.contains("alpn=Http2"));
}

#[tokio::test]
async fn a_header_of_a_megabyte_is_refused_before_it_is_read() {
    let (_dir, made) = pair(&["localhost"]);
    let house = House::open(secure(&[&made])).await;
    let stream = connect(house.address, "localhost", &Client::default().config()).await.unwrap();
    let (mut read, mut write) = tokio::io::split(stream);
    let large = format!("GET / HTTP/1.1\r\nHost: a\r\nx: {}\r\n\r\n", "a".repeat(1 << 20));
    let writing = tokio::spawn(async move { write.write_all(large.as_bytes()).await });
    assert!(rest(&mut read).await.unwrap_or_default().starts_with("HTTP/1.1 431"));
    writing.await.unwrap().ok();
    let config = Client { alpn: Some("h2"), ..Client::default() }.config();
    let mut sender = http2(connect(house.address, "localhost", &config).await.unwrap()).await;
    let mut request = http2_get("/");
    request.headers_mut().insert("x", "a".repeat(40 << 10).parse().unwrap());
    let refused = sender.send_request(request).await;
    assert!(refused.is_err() || refused.unwrap().status() == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(house.exchanges.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_panic_in_one_exchange_takes_only_its_connection_down() {
    let house = House::open(plain()).await;
    let mut fine = tcp(house.address).await;
    assert_eq!(get(tcp(house.address).await, "/panic").await.unwrap_or_default(), "");
    assert!(get(&mut fine, "/").await.unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_their_turn() {
    let limits = ServerLimits { connections: 1, ..ServerLimits::default() };
    let house = House::with(plain(), limits, ServerTimeouts::default()).await;
    let mut first = tcp(house.address).await;
    first.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    assert!(first.read(&mut [0; 512]).await.unwrap() > 0);
    let mut second = tokio::spawn(get(tcp(house.address).await, "/"));
    assert!(timeout(Duration::from_millis(100), &mut second).await.is_err());
    drop(first);
    assert!(second.await.unwrap().unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_exchange_under_way_finishes_when_the_server_stops_and_new_connections_are_refused() {
    let mut house = House::open(plain()).await;
    let (address, idle) = (house.address, tcp(house.address).await);
    let under_way = tokio::spawn(get(tcp(address).await, "/slow"));
    while house.exchanges.load(Ordering::SeqCst) == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    house.stop();
    timeout(SURELY, async { while TcpStream::connect(address).await.is_ok() {} }).await.unwrap();
    assert!(under_way.await.unwrap().unwrap().starts_with("HTTP/1.1 200"));
    timeout(SURELY, house.stopped()).await.unwrap();
    drop(idle);
}

#[tokio::test]
async fn an_exchange_that_never_ends_is_cut_when_the_drain_is_over() {
    let timeouts = ServerTimeouts { drain: millis(150), ..ServerTimeouts::default() };
    let mut house = House::with(plain(), ServerLimits::default(), timeouts).await;
    let forever = tokio::spawn(get(tcp(house.address).await, "/forever"));
    while house.exchanges.load(Ordering::SeqCst) == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    house.stop();
    timeout(SURELY, house.stopped()).await.unwrap();
    assert_eq!(forever.await.unwrap().unwrap_or_default(), "");
}

#[tokio::test]
async fn an_address_that_cannot_be_opened_is_named() {
    let house = House::open(plain()).await;
    let bind = |listener| async move {
        let listeners = [listener];
        Server::bind(&listeners, ServerLimits::default(), ServerTimeouts::default()).await.unwrap_err()
    };
    let taken = bind(ListenerSettings { address: house.address, ..plain() }).await;
    assert!(matches!(taken, ServerError::InUse(address) if address == house.address));
    assert!(taken.to_string().contains(&format!("`{}` is in use", house.address)));
    let foreign =
        bind(ListenerSettings { address: "192.0.2.1:0".parse().unwrap(), plain: true, ..plain() }).await;
    assert!(foreign.to_string().contains("not an address of this machine"), "{foreign}");
    let open = bind(ListenerSettings { address: "0.0.0.0:0".parse().unwrap(), ..plain() }).await;
    assert!(open.to_string().contains("`plain: true`"), "{open}");
    let limits = ServerLimits { header: Size(100), ..ServerLimits::default() };
    let small = Server::bind(&[plain()], limits, ServerTimeouts::default()).await.unwrap_err();
    assert!(matches!(small, ServerError::HeaderLimit));
}
