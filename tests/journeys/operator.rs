//! What an operator asks of a running proxy.

use std::fs;

use assentry::cli::certs::client;
use rustls::ClientConfig;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    bot::Bot,
    client::{Http, chat, operator, operator_by, raw, secure, showing, trusting},
    house::House,
    program::Program,
    written::Written,
};

const ADMIN: &str = "admin: {address: '127.0.0.1:0'}";

/// One number of the metrics.
async fn metric(house: &House, series: &str) -> u64 {
    let text = operator(house.admin.unwrap(), "/metrics").await;
    let line = text.text().lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{series} is not in {}", text.text())).parse().unwrap()
}

/// What the operator hears over TLS; nothing when not let in.
async fn operator_over(house: &House, config: ClientConfig) -> String {
    let stream = TcpStream::connect(house.admin.unwrap()).await.unwrap();
    let mut stream = secure(stream, config).await;
    // In TLS 1.3 the client learns of its refusal only when it reads.
    stream.write_all(&raw("GET /health/live", &[], b"")).await.ok();
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.ok();
    heard
}

fn of_chat(outcome: &str) -> String {
    format!("assentry_exchanges_total{{route=\"chat\",outcome=\"{outcome}\"}}")
}

#[tokio::test]
async fn exchanges_are_counted_by_route_and_outcome() {
    let house = Written::shop().more(ADMIN).open().await;
    for http in Http::BOTH {
        assert_eq!(house.connect(http).await.ask(chat("{}")).await.status, 200);
    }
    house.ask(chat("{")).await.assert_problem(400, "unreadable");
    house.tell(raw("GET /nowhere", &[], b"")).await.assert_problem(404, "no-route");
    house.receipts_soon(4).await;
    assert_eq!(metric(&house, &of_chat("forwarded")).await, 2);
    assert_eq!(metric(&house, &of_chat("unreadable")).await, 1);
    assert_eq!(metric(&house, &of_chat("no-route")).await, 0);
    assert_eq!(metric(&house, "assentry_exchanges_total{route=\"\",outcome=\"no-route\"}").await, 1);
    assert_eq!(metric(&house, "assentry_exchanges_under_way").await, 0);
    assert_eq!(metric(&house, "assentry_receipts_waiting").await, 0);
}

#[tokio::test]
async fn an_exchange_is_under_way_until_its_reply_ends() {
    let (bot, gate) = Bot::gated().await;
    let house = Written::shop().more(ADMIN).before(bot).await;
    let mut connection = house.connect(Http::One).await;
    let asked = tokio::spawn(async move { connection.ask(chat("{}")).await });
    house.bot.has_begun(1).await;
    assert_eq!(metric(&house, "assentry_exchanges_under_way").await, 1);
    assert_eq!(metric(&house, &of_chat("forwarded")).await, 0, "it has not ended");
    gate.open(1);
    assert_eq!(asked.await.unwrap().status, 200);
    assert_eq!(metric(&house, "assentry_exchanges_under_way").await, 0);
    assert_eq!(metric(&house, &of_chat("forwarded")).await, 1);
}

#[tokio::test]
async fn a_proxy_is_ready_while_it_serves_and_live_while_it_stops() {
    let (bot, gate) = Bot::gated().await;
    let folder = Written::shop().more(ADMIN).write(bot.address);
    let program = Program::serve(&folder).await;
    let admin = program.admin();
    let is_ready = async || operator(admin, "/health/ready").await.status == 200;
    while !is_ready().await {}
    let mut connection = crate::stop::connect(&program, &folder).await;
    let asked = tokio::spawn(async move { connection.ask(chat("{}")).await });
    bot.has_begun(1).await;
    program.terminate();
    while is_ready().await {}
    let answer = operator(admin, "/health/ready").await;
    assert_eq!((answer.status, answer.text()), (503, "not ready: starting or stopping\n"));
    assert_eq!(operator(admin, "/health/live").await.status, 200);
    gate.open(1);
    assert_eq!(asked.await.unwrap().status, 200);
    assert_eq!(program.ended().await.0.code(), Some(0));
}

#[tokio::test]
async fn a_proxy_without_its_ledger_is_not_ready_and_says_how_many_receipts_wait() {
    let house = Written::shop().ledger("poll: 20ms, stale_after: 100ms").more(ADMIN).open().await;
    let admin = house.admin.unwrap();
    let (here, elsewhere) = (house.folder.path("ledger.db"), house.folder.path("elsewhere.db"));
    fs::rename(&here, &elsewhere).unwrap();
    while operator(admin, "/health/ready").await.text() != "not ready: the ledger does not answer\n" {}
    house.ask(chat("{}")).await.assert_problem(503, "ledger-unreachable");
    assert_eq!(metric(&house, &of_chat("ledger-unreachable")).await, 1);
    assert_eq!(metric(&house, "assentry_receipts_waiting").await, 1);
    fs::rename(&elsewhere, &here).unwrap();
    house.receipts_soon(1).await;
    while operator(admin, "/health/ready").await.status != 200 {}
    while metric(&house, "assentry_receipts_waiting").await != 0 {}
}

#[tokio::test]
async fn only_what_is_there_can_be_asked_and_only_asked() {
    let house = Written::shop().more(ADMIN).open().await;
    let admin = house.admin.unwrap();
    let metrics = operator(admin, "/metrics").await;
    assert_eq!(metrics.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(metrics.text().ends_with("# EOF\n"));
    assert_eq!(operator(admin, "/").await.status, 404);
    assert_eq!(operator(admin, "/chat").await.status, 404, "it is no way to the bot");
    let answer = operator_by("POST", admin, "/metrics").await;
    assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD"));
    house.bot.assert_untouched();
    assert_eq!(house.tell(raw("GET /metrics", &[], b"")).await.status, 404, "nor are metrics on the way");
}

#[tokio::test]
async fn a_client_certificate_opens_the_listener_where_one_is_required() {
    let tls = "certificates: [{certificate: certs/server.pem, key: certs/server.key}], client_certificate: required";
    let admin =
        format!("admin: {{address: '127.0.0.1:0', tls: {{{tls}, client_authority: certs/authority.pem}}}}");
    let house = Written::shop().more(&admin).open().await;
    let made = client(&house.folder.path("certs"), "operator", false).unwrap();
    let heard = operator_over(&house, showing(&house.folder, &made.certificate, &made.key)).await;
    assert!(heard.ends_with("live\n"), "{heard}");
    assert_eq!(operator_over(&house, trusting(&house.folder)).await, "");
}

#[tokio::test]
async fn a_listener_that_anybody_could_ask_is_an_error() {
    let folder = Written::shop().more("admin: {address: '0.0.0.0:0'}").write(([127, 0, 0, 1], 9).into());
    let (code, said) = Program::fails(&folder).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("`admin` on `0.0.0.0:0` can be asked from other machines"), "{said}");
    assert!(!said.contains("listening"), "{said}");
}
