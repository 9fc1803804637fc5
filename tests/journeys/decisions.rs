//! Decisions that an operator's own program writes down.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use assentry::{cli::certs::client, policy::Policy};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    answer::Answer,
    client::{SURELY, chat, operator_by, raw, secure, showing},
    house::House,
    written::Written,
};

const ADMIN: &str = "admin: {address: '127.0.0.1:0', tls: {certificates: [{certificate: certs/server.pem, key: certs/server.key}], client_certificate: required, client_authority: certs/authority.pem}}";
const ASKED: &str = r#"{"context":{"purchases":[1]}}"#;

/// What the operator's program is answered.
async fn write(house: &House, decision: &Value) -> Answer {
    static PROGRAMS: AtomicUsize = AtomicUsize::new(0);
    let name = format!("desk-{}", PROGRAMS.fetch_add(1, SeqCst));
    let made = client(&house.folder.path("certs"), &name, false).unwrap();
    let config = showing(&house.folder, &made.certificate, &made.key);
    let mut stream = secure(TcpStream::connect(house.admin.unwrap()).await.unwrap(), config).await;
    let body = decision.to_string();
    let request = raw("POST /decisions", &["Content-Type: application/json"], body.as_bytes());
    stream.write_all(&request).await.unwrap();
    let mut heard = Vec::new();
    timeout(SURELY, stream.read_to_end(&mut heard)).await.expect("there is an answer in time").ok();
    Answer::parse(&heard).unwrap()
}

fn digest(house: &House) -> String {
    let policy = Policy::load(&house.folder.path("policy.yaml")).unwrap();
    policy.purposes.iter().find(|purpose| &*purpose.name == "personalisation").unwrap().text_digest()
}

fn yes(digest: &str) -> Value {
    json!({
        "namespace": "login", "id": "ada", "consents": "shop", "kind": "grant", "purpose": "personalisation",
        "notice": "2026-11", "text_digest": digest, "jurisdiction": "DE", "expires": "2100-01-01T00:00:00Z",
    })
}

fn but(decision: &Value, key: &str, value: Value) -> Value {
    let mut decision = decision.clone();
    decision[key] = value;
    decision
}

#[tokio::test]
async fn a_decision_is_written_down_and_obeyed_and_a_yes_to_another_text_is_a_conflict() {
    let house = Written::shop().more(ADMIN).open().await;
    let yes = yes(&digest(&house));
    let answer = write(&house, &yes).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let said: Value = serde_json::from_str(answer.text()).unwrap();
    let kept = ["kind", "notice", "text_digest", "jurisdiction", "expires"];
    assert!(kept.iter().all(|member| said["decision"][member] == yes[member]), "{said}");
    assert_eq!(said["decision"]["source"], "admin");
    house.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), ASKED);

    let answer = write(&house, &but(&yes, "text_digest", json!("0".repeat(64)))).await;
    assert_eq!(
        (answer.status, answer.problem()["type"].clone()),
        (409, json!("urn:assentry:problem:text-changed"))
    );
    let no = json!({"namespace": "login", "id": "ada", "consents": "shop", "kind": "withdraw",
        "purpose": "personalisation", "text_digest": "0".repeat(64)});
    assert_eq!(write(&house, &no).await.status, 201, "a no is taken whatever was shown");
    house.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), r#"{"context":{}}"#);
}

#[tokio::test]
async fn a_decision_that_nobody_would_obey_is_refused_without_repeating_whose_it_is() {
    let house = Written::shop().more(ADMIN).open().await;
    let yes = but(&yes(&digest(&house)), "id", json!("zuzanna"));
    for (key, value, status) in [
        ("consents", json!("shap"), 422),
        ("namespace", json!("logon"), 422),
        ("purpose", json!("personalization"), 422),
        ("purpose", json!(null), 422),
        ("id", json!("zuzanna\u{7}"), 422),
        ("id", json!(["zuzanna"]), 400),
        ("kind", json!("zuzanna"), 400),
        ("zuzanna", json!(1), 400),
    ] {
        let answer = write(&house, &but(&yes, key, value)).await;
        assert_eq!(answer.status, status, "{key}: {}", answer.text());
        assert!(
            !answer.text().contains("zuzanna") && answer.problem()["detail"].is_string(),
            "{}",
            answer.text()
        );
    }
    let long = but(&yes, "notice", json!("x".repeat(70_000)));
    assert_eq!(write(&house, &long).await.status, 400);
    house.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), r#"{"context":{}}"#, "nothing was written");
}

#[tokio::test]
async fn a_caller_without_a_certificate_writes_nothing_on_this_machine_either() {
    let house = Written::shop().more("admin: {address: '127.0.0.1:0'}").open().await;
    let answer = operator_by("POST", house.admin.unwrap(), "/decisions").await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("client certificate"), "{}", answer.text());
}
