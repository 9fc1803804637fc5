//! The demo: what its welcome says holds.

use std::{fs, path::Path};

use assentry::cli::certs::Made;
use http::Request;
use http_body_util::Full;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::{
    answer::Answer,
    client::{Connection, Http, secure, trusting},
    program::Program,
    socket::person::Ask,
    written::Folder,
};

const TYPED: &str = r#"{"text": "Write to alice@example.com when they are back, please."}"#;

/// A demo that runs.
async fn demo() -> (Program, Folder) {
    let dir = tempfile::tempdir().unwrap();
    let program = Program::demo(dir.path()).await;
    let file = |name: &str| dir.path().join("certs").join(name);
    let made = Made {
        authority: file("authority.pem"),
        authority_key: file("authority.key"),
        certificate: file("server.pem"),
        key: file("server.key"),
    };
    (program, Folder { dir, made })
}

async fn ask(program: &Program, folder: &Folder, fields: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::post("/chat").header("x-user-id", "alice");
    for (name, value) in [("content-type", "application/json")].iter().chain(fields) {
        request = request.header(*name, *value);
    }
    let mut config = trusting(folder);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let stream = secure(TcpStream::connect(program.address).await.unwrap(), config).await;
    Connection::new(stream, Http::One).await.ask(request.body(Full::from(body.to_owned())).unwrap()).await
}

/// The last line of what the bot wrote down.
fn seen(folder: &Path) -> String {
    let diary = fs::read_to_string(folder.join("bot.ndjson")).unwrap();
    diary.lines().last().unwrap().to_owned()
}

#[tokio::test]
async fn the_demos_bot_gets_a_token_and_the_person_reads_the_address_also_in_pieces() {
    let (program, folder) = demo().await;
    let streamed = ask(&program, &folder, &[("accept", "text/event-stream")], TYPED).await;
    assert_eq!(streamed.status, 200, "{streamed:?}");
    let events = streamed.text().lines().filter_map(|line| line.strip_prefix("data: "));
    let events: Vec<Value> = events.map(|event| serde_json::from_str(event).unwrap()).collect();
    let told: String = events.iter().filter_map(|event| event["delta"].as_str()).collect();
    assert_eq!(told, "You wrote: Write to alice@example.com when they are back, please.");
    assert_eq!(events.last().unwrap()["reply"], told);
    let seen = seen(folder.dir.path());
    assert!(seen.contains("Write to psn-email-") && !seen.contains("alice@"), "{seen}");
}

#[tokio::test]
async fn the_demos_bot_answers_through_a_socket_what_it_saw() {
    let (program, folder) = demo().await;
    let mut config = trusting(&folder);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let stream = secure(TcpStream::connect(program.address).await.unwrap(), config).await;
    let mut alice = Ask::nobody().at("/socket").with("x-user-id", "alice").person(stream).await;
    let told: Value = serde_json::from_str(&alice.asks(TYPED).await).unwrap();
    assert_eq!(told["reply"], "You wrote: Write to alice@example.com when they are back, please.");
    let bought = r#"{"text": "hi", "context": {"purchases": [1]}}"#;
    let told: Value = serde_json::from_str(&alice.asks(bought).await).unwrap();
    assert_eq!(told["saw"].to_string(), r#"{"text":"hi","context":{}}"#);
    let diary = fs::read_to_string(folder.dir.path().join("bot.ndjson")).unwrap();
    assert!(diary.contains("psn-email-") && !diary.contains("alice@"), "{diary}");
}
