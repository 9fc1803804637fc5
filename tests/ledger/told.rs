//! What another system must be told: written with what it tells of, sent until it was heard, and gone then.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use assentry::{
    consent::DecisionKind,
    ledger::{Ledger, LedgerSettings, Outbox, OutboxSettings, PostgresSettings},
    metrics::Metrics,
    quantity::Span,
    subject::{Standing, Subject},
};
use aws_lc_rs::hmac;
use data_encoding::BASE64;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{
    GROUP, Home, about_all,
    links::{by_operator, visitor},
    on_both, person, to,
};

on_both! {
    every_no_is_told_in_order_and_signed_and_nothing_else_is
    it_is_told_until_it_is_heard_under_one_id
    two_nodes_that_look_at_once_tell_it_once
    what_is_told_of_one_person_keeps_its_order_and_holds_nobody_else_up
    a_message_and_what_it_tells_of_are_written_together_though_the_writer_is_killed
    a_sender_that_is_killed_loses_nothing
}

const KEY: [u8; 32] = [7; 32];
const PURPOSE: &str = "personalisation";
const LONG: Duration = Duration::from_secs(60);

/// One message as it arrived.
#[derive(Clone, Debug)]
struct Told {
    fields: Vec<(String, String)>,
    body: String,
}

impl Told {
    fn field(&self, name: &str) -> &str {
        let mut named = self.fields.iter().filter(|(found, _)| found == name);
        let (_, value) = named.next().unwrap();
        assert!(named.next().is_none(), "{name} twice");
        value
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// As the Standard Webhooks specification signs it (`spec/standard-webhooks.md`, "Signature scheme").
    fn is_signed(&self) -> bool {
        let [id, timestamp] = ["webhook-id", "webhook-timestamp"].map(|name| self.field(name));
        let key = hmac::Key::new(hmac::HMAC_SHA256, &KEY);
        let tag = hmac::sign(&key, format!("{id}.{timestamp}.{}", self.body).as_bytes());
        self.field("webhook-signature") == format!("v1,{}", BASE64.encode(tag.as_ref()))
    }
}

/// What the other system does with a message.
#[derive(Clone, Copy, PartialEq)]
enum Does {
    Answer(u16),
    HangUp,
    Nothing,
}

/// The other system.
struct Hook {
    address: std::net::SocketAddr,
    told: Arc<Mutex<Vec<Told>>>,
    serving: JoinHandle<()>,
}

impl Hook {
    async fn open(does: impl Fn(&Told, usize) -> Does + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (told, does) = (Arc::new(Mutex::new(Vec::new())), Arc::new(does));
        let kept = Arc::clone(&told);
        let serving = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (kept, does) = (Arc::clone(&kept), Arc::clone(&does));
                tokio::spawn(async move {
                    while let Some(told) = read(&mut stream).await {
                        let number = {
                            let mut kept = kept.lock().unwrap();
                            kept.push(told.clone());
                            kept.len()
                        };
                        match does(&told, number) {
                            Does::Answer(status) => {
                                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\nok");
                                stream.write_all(answer.as_bytes()).await.unwrap();
                            }
                            Does::HangUp => return,
                            Does::Nothing => sleep(LONG).await,
                        }
                    }
                });
            }
        });
        Self { address, told, serving }
    }

    fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    /// Waits for so many messages.
    async fn told_soon(&self, count: usize) -> Vec<Told> {
        soon(|| self.told().len() >= count).await;
        self.told()
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn soon(is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, wait).await.unwrap();
}

async fn read(stream: &mut TcpStream) -> Option<Told> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let mut lines = head.lines();
            assert_eq!(lines.next(), Some("POST /hooks?of=assentry HTTP/1.1"));
            let field = |line: &str| {
                let (name, value) = line.split_once(':').unwrap();
                (name.to_ascii_lowercase(), value.trim().to_owned())
            };
            let fields: Vec<_> = lines.map(field).collect();
            let (_, length) = fields.iter().find(|(name, _)| name == "content-length").unwrap();
            let whole = end + 4 + length.parse::<usize>().unwrap();
            if bytes.len() >= whole {
                return Some(Told {
                    fields,
                    body: String::from_utf8(bytes[end + 4..whole].to_vec()).unwrap(),
                });
            }
        }
        match stream.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Another system that hears everything.
async fn willing() -> Hook {
    Hook::open(|_, _| Does::Answer(204)).await
}

fn settings(home: &Home, hook: std::net::SocketAddr) -> OutboxSettings {
    use std::os::unix::fs::PermissionsExt as _;
    let key_file = home.folder.path().join("hook.key");
    std::fs::write(&key_file, format!("whsec_{}\n", BASE64.encode(&KEY))).unwrap();
    std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o600)).unwrap();
    OutboxSettings {
        url: format!("http://{hook}/hooks?of=assentry"),
        key_file,
        tls: None,
        timeout: Span(Duration::from_millis(1_500)),
        pause: Span(Duration::from_millis(10)),
        longest_pause: Span(Duration::from_millis(50)),
    }
}

/// A sender that ends with its test.
struct Sending(JoinHandle<()>, Arc<Metrics>);

impl Drop for Sending {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Sending {
    fn of(ledger: &Ledger, settings: &OutboxSettings) -> Self {
        let metrics = Arc::new(Metrics::new());
        let outbox = Outbox::open(ledger, settings).unwrap();
        Self(tokio::spawn(outbox.run(Arc::clone(&metrics))), metrics)
    }

    fn count(&self, name: &str) -> String {
        let text = self.1.text();
        let line = text.lines().find(|line| line.starts_with(&format!("assentry_{name} "))).unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    }
}

async fn all_heard(ledger: &Ledger) {
    let wait = async {
        while !ledger.unheard(1).await.unwrap().is_empty() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, wait).await.unwrap();
}

async fn every_no_is_told_in_order_and_signed_and_nothing_else_is(home: Home) {
    let (hook, ledger) = (willing().await, Ledger::open(&home.settings).await.unwrap());
    let ada = person("ada");
    ledger.decide(&ada, GROUP, to(DecisionKind::Withdraw, "before anybody was told")).await.unwrap();
    let sending = Sending::of(&ledger, &settings(&home, hook.address));
    let mut at = Vec::new();
    for new in [
        to(DecisionKind::Grant, PURPOSE),
        to(DecisionKind::Withdraw, PURPOSE),
        to(DecisionKind::Object, "analytics"),
        to(DecisionKind::Deny, "ads"),
        about_all(DecisionKind::Restrict),
        about_all(DecisionKind::Lift),
    ] {
        at.push(ledger.decide(&ada, GROUP, new).await.unwrap().at.to_string());
    }
    ledger.link(&ada, &visitor("7"), by_operator()).await.unwrap();
    at.push(ledger.erase(&ada, "test").await.unwrap().at.to_string());

    let told = hook.told_soon(6).await;
    let subject = json!({"namespace": "login", "id": "ada"});
    let no = |purpose: &str, decision: &str| json!({"subject": subject, "consents": GROUP, "purpose": purpose, "decision": decision});
    let all = json!({"subject": subject, "consents": GROUP});
    let expected = [
        ("consent.withdrawn", &at[1], no(PURPOSE, "withdraw")),
        ("consent.withdrawn", &at[2], no("analytics", "object")),
        ("consent.withdrawn", &at[3], no("ads", "deny")),
        ("processing.restricted", &at[4], all.clone()),
        ("processing.resumed", &at[5], all),
        ("subject.erased", &at[6], json!({"subject": subject, "linked": 1})),
    ];
    let expected = expected.map(|(kind, at, data)| json!({"type": kind, "timestamp": at, "data": data}));
    assert_eq!(told.iter().map(Told::json).collect::<Vec<_>>(), expected);
    for message in &told {
        assert!(message.is_signed(), "{message:?}");
        assert_eq!(message.field("content-type"), "application/json");
        assert!(message.field("webhook-id").starts_with("msg_"));
    }
    all_heard(&ledger).await;
    soon(|| sending.count("messages_waiting") == "0" && sending.count("messages_acknowledged_total") == "6")
        .await;
    assert_eq!(sending.count("message_failures_total"), "0");
}

async fn it_is_told_until_it_is_heard_under_one_id(home: Home) {
    let hook = Hook::open(|_, number| match number {
        1 => Does::Answer(500),
        2 => Does::Answer(302),
        3 => Does::HangUp,
        4 => Does::Nothing,
        5 => Does::Answer(410),
        _ => Does::Answer(202),
    })
    .await;
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let sending = Sending::of(&ledger, &settings(&home, hook.address));
    ledger.decide(&person("ada"), GROUP, to(DecisionKind::Withdraw, PURPOSE)).await.unwrap();
    hook.told_soon(5).await;
    all_heard(&ledger).await;
    let told = hook.told();
    assert!(told.len() >= 6);
    let first = &told[0];
    for again in &told {
        assert_eq!((again.field("webhook-id"), &again.body), (first.field("webhook-id"), &first.body));
        assert!(again.is_signed(), "each attempt has its own timestamp");
    }
    soon(|| sending.count("messages_acknowledged_total") == "1").await;
    assert!(sending.count("message_failures_total").parse::<u32>().unwrap() >= 4);
}

async fn two_nodes_that_look_at_once_tell_it_once(home: Home) {
    let hook = Hook::open(|_, _| Does::Answer(200)).await;
    let nodes = [Ledger::open(&home.settings).await.unwrap(), Ledger::open(&home.settings).await.unwrap()];
    let settings = settings(&home, hook.address);
    let _senders = nodes.each_ref().map(|node| Sending::of(node, &settings));
    for n in 0..20 {
        let who = person(&format!("ada{n}"));
        nodes[n % 2].decide(&who, GROUP, to(DecisionKind::Withdraw, PURPOSE)).await.unwrap();
    }
    all_heard(&nodes[0]).await;
    let mut ids: Vec<_> = hook.told().iter().map(|told| told.field("webhook-id").to_owned()).collect();
    assert_eq!(ids.len(), 20, "each once");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 20);
}

async fn what_is_told_of_one_person_keeps_its_order_and_holds_nobody_else_up(home: Home) {
    let bob_was_told = Arc::new(Mutex::new(false));
    let noted = Arc::clone(&bob_was_told);
    let hook = Hook::open(move |told, _| {
        let id = told.json()["data"]["subject"]["id"].as_str().unwrap().to_owned();
        let mut bob_was_told = noted.lock().unwrap();
        *bob_was_told |= id == "bob";
        if id == "bob" || *bob_was_told { Does::Answer(200) } else { Does::Answer(503) }
    })
    .await;
    let ledger = Ledger::open(&home.settings).await.unwrap();
    ledger.keep_messages();
    for purpose in ["one", "two", "three"] {
        ledger.decide(&person("ada"), GROUP, to(DecisionKind::Withdraw, purpose)).await.unwrap();
    }
    ledger.decide(&person("bob"), GROUP, to(DecisionKind::Withdraw, "one")).await.unwrap();
    let _sending = Sending::of(&ledger, &settings(&home, hook.address));
    all_heard(&ledger).await;
    let mut adas: Vec<_> = hook
        .told()
        .iter()
        .map(|told| told.json()["data"].clone())
        .filter(|data| data["subject"]["id"] == "ada")
        .map(|data| data["purpose"].as_str().unwrap().to_owned())
        .collect();
    adas.dedup();
    assert_eq!(adas, ["one", "two", "three"], "nothing was told before what went before was heard");
}

const FILE: &str = "ASSENTRY_TEST_TELLING";
const SERVER: &str = "ASSENTRY_TEST_TELLING_SERVER";
const HOOK: &str = "ASSENTRY_TEST_TELLING_HOOK";

/// Not a test by itself: it is the process that the tests kill.
#[tokio::test]
async fn child_that_withdraws_and_tells_until_it_is_killed() {
    let Ok(path) = std::env::var(FILE) else { return };
    let postgres = std::env::var(SERVER).ok().map(|url| PostgresSettings::at(&url).unwrap());
    let settings = LedgerSettings { postgres, messages: true, ..LedgerSettings::at(path) };
    let ledger = Ledger::open(&settings).await.unwrap();
    if let Ok(hook) = std::env::var(HOOK) {
        let outbox: OutboxSettings = serde_json::from_str(&hook).unwrap();
        println!("\nbegins");
        return Outbox::open(&ledger, &outbox).unwrap().run(Arc::new(Metrics::new())).await;
    }
    loop {
        ledger.decide(&person("ada"), GROUP, to(DecisionKind::Withdraw, PURPOSE)).await.unwrap();
        println!("\nbegins");
    }
}

/// That process; it is killed with its test.
struct Child(std::process::Child, std::io::Lines<BufReader<std::process::ChildStdout>>);

impl Child {
    fn start(home: &Home, hook: Option<&OutboxSettings>) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "told::child_that_withdraws_and_tells_until_it_is_killed", "--nocapture"]);
        command.env(FILE, &home.settings.path).stdout(Stdio::piped());
        if let Some(server) = &home.settings.postgres {
            command.env(SERVER, server.url.as_str());
        }
        if let Some(hook) = hook {
            let hook = json!({"url": hook.url, "key_file": hook.key_file, "timeout": "1500ms"});
            command.env(HOOK, hook.to_string());
        }
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self(child, lines)
    }

    fn hear(&mut self, mut count: usize) {
        while count > 0 {
            let line = self.1.next().unwrap().unwrap();
            count -= usize::from(line.starts_with("begins"));
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

async fn a_message_and_what_it_tells_of_are_written_together_though_the_writer_is_killed(home: Home) {
    let mut decided = 0;
    for round in 1..=3 {
        let mut child = Child::start(&home, None);
        child.hear(10 * round);
        drop(child); // SIGKILL, wherever it is
        let ledger = Ledger::open(&home.settings).await.unwrap();
        let history = ledger.history(&person("ada"), GROUP).await.unwrap();
        assert!(history.len() >= decided + 10 * round);
        decided = history.len();
        let unheard = ledger.unheard(10_000).await.unwrap();
        let at: Vec<_> = unheard.iter().map(|message| message.at).collect();
        assert_eq!(at, history.iter().map(|decision| decision.at).collect::<Vec<_>>());
    }
    let (hook, ledger) = (willing().await, Ledger::open(&home.settings).await.unwrap());
    let _sending = Sending::of(&ledger, &settings(&home, hook.address));
    all_heard(&ledger).await;
    assert_eq!(hook.told().len(), decided);
}

async fn a_sender_that_is_killed_loses_nothing(home: Home) {
    let hook = Hook::open(|_, number| if number == 1 { Does::Nothing } else { Does::Answer(200) }).await;
    let settings = settings(&home, hook.address);
    let ledger = Ledger::open(&LedgerSettings { messages: true, ..home.settings.clone() }).await.unwrap();
    ledger.decide(&person("ada"), GROUP, to(DecisionKind::Withdraw, PURPOSE)).await.unwrap();
    let mut child = Child::start(&home, Some(&settings));
    child.hear(1);
    hook.told_soon(1).await;
    drop(child); // SIGKILL, with the message sent and not acknowledged
    assert_eq!(ledger.unheard(9).await.unwrap().len(), 1);
    let _sending = Sending::of(&ledger, &settings);
    let told = hook.told_soon(2).await;
    assert_eq!(told[0].field("webhook-id"), told[1].field("webhook-id"), "so the receiver can tell");
    all_heard(&ledger).await;
}

#[tokio::test]
async fn a_message_is_sealed_and_in_no_file_once_it_was_heard() {
    let home = Home::sqlite();
    let (hook, ledger) = (willing().await, Ledger::open(&home.settings).await.unwrap());
    ledger.keep_messages();
    let ada = Subject::new("login", "ada.lovelace@example.com", Standing::Proven);
    ledger.decide(&ada, GROUP, to(DecisionKind::Withdraw, PURPOSE)).await.unwrap();
    let mut database = sqlx::ConnectOptions::connect(
        &sqlx::sqlite::SqliteConnectOptions::new().filename(&home.settings.path),
    )
    .await
    .unwrap();
    let sealed: Vec<u8> =
        sqlx::query_scalar("SELECT payload FROM outbox").fetch_one(&mut database).await.unwrap();
    sqlx::Connection::close(database).await.unwrap();
    let found = || {
        let names = std::fs::read_dir(home.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let read = Command::new("cat").args(names).output().unwrap().stdout; // see `forgotten`
        [b"ada.lovelace", &sealed[12..]]
            .map(|secret: &[u8]| read.windows(secret.len()).any(|window| window == secret))
    };
    assert_eq!(found(), [false, true]);
    let _sending = Sending::of(&ledger, &settings(&home, hook.address));
    all_heard(&ledger).await;
    let wait = async {
        while found()[1] {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(LONG, wait).await.expect("it is overwritten soon");
    assert!(hook.told()[0].body.contains("ada.lovelace@example.com"));
}
