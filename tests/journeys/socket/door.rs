//! The opening handshake: under the rules of every request, and made anew on each side.

use http_body_util::BodyExt as _;
use yawc::{Frame, close::CloseCode};

use super::{bot::Echo, house, person::Ask};
use crate::{
    bot::{Bot, said},
    client::{Http, operator},
    house::House,
    people::TOKENS,
    written::Written,
};

/// The lines of the handshake that reached the bot, without the names of the values that differ each time.
fn arrived(bot: &Bot) -> Vec<String> {
    let raw = bot.last().raw;
    let mut lines: Vec<String> = raw.lines().filter(|line| !line.is_empty()).map(str::to_lowercase).collect();
    for line in &mut lines {
        if line.starts_with("sec-websocket-key:") {
            assert!(!line.contains("dghlihnhbxbszsbub25jzq=="), "the client's own key");
            *line = "sec-websocket-key: …".to_owned();
        }
    }
    lines
}

#[tokio::test]
async fn a_handshake_is_rewritten_like_every_request_and_made_anew() {
    for http in Http::BOTH {
        let (house, _) = house(Written::shop()).await;
        let ask = Ask::ada()
            .over(http)
            .at("/chat?email=ada@example.com&q=1")
            .with("x-user-email", "ada@example.com")
            .with("x-other", "stays")
            .with("sec-websocket-protocol", "chat.v2, chat.v1")
            .with("sec-websocket-extensions", "x-webkit-deflate-frame");
        let ada = house.socket(&ask).await;
        assert_eq!(ada.headers["sec-websocket-protocol"], "chat.v2");
        let expected = [
            "get /chat?q=1 http/1.1",
            "x-other: stays",
            "sec-websocket-protocol: chat.v2, chat.v1",
            "connection: upgrade",
            "upgrade: websocket",
            "sec-websocket-key: …",
            "sec-websocket-version: 13",
        ];
        let mut lines = arrived(&house.bot);
        lines.retain(|line| !line.starts_with("host:"));
        assert_eq!(lines, expected, "{http:?}");
    }
}

#[tokio::test]
async fn compression_is_offered_to_the_bot_where_the_client_offers_it() {
    let (house, _) = house(Written::shop()).await;
    let _ada = house.socket(&Ask::ada().compressed()).await;
    let offer = "sec-websocket-extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    assert!(arrived(&house.bot).contains(&offer.to_owned()));
}

#[tokio::test]
async fn a_bot_that_opens_no_socket_is_heard_like_any_bot() {
    for http in Http::BOTH {
        let bot = Bot::answering(|_| async {
            let mut reply = said("not now");
            *reply.status_mut() = http::StatusCode::FORBIDDEN;
            reply
        });
        let house = Written::shop().before(bot.await).await;
        let answer = house.asked(&Ask::ada().over(http)).await;
        assert_eq!(answer.status(), 403);
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "not now");
        let receipt = house.receipt().await;
        assert_eq!(receipt["outcome"]["forwarded"]["status"], 403);
        assert!(receipt.get("messages").is_none());
    }
}

#[tokio::test]
async fn a_reply_that_an_http2_client_would_take_for_an_open_socket_is_none() {
    let house = Written::shop().before(Bot::answering(|_| async { said("hello") }).await).await;
    let answer = house.asked(&Ask::ada()).await;
    assert_eq!(answer.status(), 200, "over HTTP/1.1 it can't be mistaken");
    assert_eq!(house.asked(&Ask::ada().over(Http::Two)).await.status(), 502);
    assert_eq!(house.receipts_soon(2).await[1]["outcome"]["refused"]["problem"], "bot-broken");
}

#[tokio::test]
async fn an_answer_that_is_not_one_to_our_handshake_opens_nothing() {
    for (name, value) in [
        ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("upgrade", "h2c"),
        ("sec-websocket-extensions", "permessage-deflate"),
    ] {
        let bot =
            Echo::new().bot(move |reply| drop(reply.headers_mut().insert(name, value.parse().unwrap())));
        let house = Written::shop().before(bot.await).await;
        assert_eq!(house.asked(&Ask::ada()).await.status(), 502, "{name}");
        assert_eq!(house.receipt().await["outcome"]["refused"]["problem"], "bot-broken");
    }
}

#[tokio::test]
async fn a_handshake_that_is_refused_never_arrives() {
    for http in Http::BOTH {
        let (house, _) = house(Written::shop().subjects(TOKENS)).await;
        let answer = house.asked(&Ask::nobody().over(http).with("authorization", "Bearer x.y.z")).await;
        assert_eq!(answer.status(), 401);
        house.assert_kept_out("credential", 401).await;
    }
}

#[tokio::test]
async fn an_upgrade_that_is_no_handshake_is_an_ordinary_request() {
    let house = Written::shop().open().await;
    let fields = ["Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 8"];
    let raw = format!("GET /chat HTTP/1.1\r\nHost: localhost\r\n{}\r\n\r\n", fields.join("\r\n"));
    let mut stream = house.raw().await;
    tokio::io::AsyncWriteExt::write_all(&mut stream, raw.as_bytes()).await.unwrap();
    house.receipt().await;
    let lines = arrived(&house.bot);
    assert!(
        !lines.iter().any(|line| line.starts_with("upgrade") || line.starts_with("connection")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_bot_that_speaks_http2_alone_opens_sockets_where_it_says_so() {
    for http in Http::BOTH {
        let (bot, echo) = Echo::over_http2(true).await;
        let house = Written::shop().upstream("http: http2").before(bot).await;
        for ask in [Ask::ada().over(http), Ask::ada().over(http).compressed()] {
            let mut ada = house.socket(&ask).await;
            assert_eq!(ada.asks(r#"{"email":1,"a":2}"#).await, r#"{"a":2}"#);
            ada.closes(Frame::close(CloseCode::Normal, [])).await;
        }
        assert!(echo.heard().len() >= 2);
        assert_eq!(house.receipts_soon(2).await.len(), 2);
    }
    let (bot, _) = Echo::over_http2(false).await;
    let house = Written::shop().upstream("http: http2").before(bot).await;
    assert_eq!(house.asked(&Ask::ada()).await.status(), 502);
}

async fn under_way(house: &House) -> bool {
    let text = operator(house.admin.unwrap(), "/metrics").await;
    text.text().lines().any(|line| line == "assentry_exchanges_under_way 1")
}

#[tokio::test]
async fn a_socket_is_under_way_until_it_ends_and_its_connection_is_not_used_again() {
    let (house, echo) =
        house(Written::shop().upstream("max_in_flight: 1").more("admin: {address: '127.0.0.1:0'}")).await;
    let mut ada = house.socket(&Ask::ada()).await;
    assert!(under_way(&house).await);
    ada.closes(Frame::close(CloseCode::Normal, [])).await;
    house.receipt().await;
    let mut ada = house.socket(&Ask::ada()).await;
    assert_eq!(ada.asks("{}").await, "{}", "there is room again");
    assert_eq!(house.bot.begun(), 2);
    drop(ada);
    house.receipts_soon(2).await;
    while under_way(&house).await {}
    assert!(echo.heard().len() > 2);
}
