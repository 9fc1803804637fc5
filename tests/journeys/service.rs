//! An outside consent service: the sample server that users can run, on real sockets, as the ledger and beside it.

mod closed;
mod keeps;
mod moved;
mod pushes;
mod uploads;
mod vetoes;

#[path = "../../examples/consent-service/main.rs"]
#[allow(dead_code, reason = "it is also a program")]
mod sample;

use std::{fs, net::SocketAddr, path::PathBuf};

use assentry::cli::certs::client;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use self::sample::Options;
use crate::{answer::Answer, bot::Bot, client::raw, house::House, written::Written};

pub const ASKED: &str = r#"{"context":{"purchases":[1]}}"#;
pub const WITHOUT: &str = r#"{"context":{}}"#;
pub const NOTHING: &str = r#"{"generation":0,"decisions":[],"restricted":false}"#;
pub const ADMIN: &str = "admin: {address: '127.0.0.1:0'}";
pub const KEY: &str = "whsec_bm90IGEgc2VjcmV0LCB3cml0dGVuIGluIGEgdGVzdA==";

/// The running sample server; it ends with its test.
pub struct Service {
    pub address: SocketAddr,
    pub file: PathBuf,
    serving: JoinHandle<()>,
}

/// A place that nothing listens at yet.
pub async fn place() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

impl Service {
    pub fn begin(listener: TcpListener, options: Options) -> Self {
        let (address, file) = (listener.local_addr().unwrap(), options.file.clone());
        let serving = tokio::spawn(async move { sample::serve(listener, options).await.unwrap() });
        Self { address, file, serving }
    }

    /// Somebody decides at the service itself; it has written that down on return, and told Assentry if it may.
    pub async fn decide(&self, digest: &str, decision: Value) -> Value {
        let key = uuid::Uuid::now_v7().to_string();
        let wish = json!({"key": key, "subject": {"namespace": "login", "digest": digest}, "group": "shop", "decision": decision});
        let answer = tell(self.address, "/decisions", &[], &wish.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        serde_json::from_str(answer.text()).unwrap()
    }

    /// What it has kept.
    pub fn kept(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.file).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// It is gone, and so are its connections.
    pub async fn end(self) {
        self.serving.abort();
        let _ = self.serving.await;
    }
}

/// A yes or a no, as the service takes it.
pub fn wish(kind: &str) -> Value {
    match kind {
        "restrict" | "lift" => json!({"kind": kind, "source": "app"}),
        "grant" => json!({"kind": kind, "purpose": "personalisation", "notice": "2026-11", "source": "app"}),
        _ => json!({"kind": kind, "purpose": "personalisation", "source": "app"}),
    }
}

/// A request in plain HTTP.
pub async fn tell(address: SocketAddr, path: &str, fields: &[&str], body: &str) -> Answer {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(&raw(&format!("POST {path}"), fields, body.as_bytes())).await.unwrap();
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).await.unwrap();
    Answer::parse(&heard).unwrap()
}

/// A proxy with the sample server beside it, over plain HTTP on this machine. `role` is `http` or `veto`.
pub async fn house(role: &str, settings: &str) -> (House, Service) {
    before(Bot::open().await, role, settings).await
}

/// The same before this bot.
pub async fn before(bot: Bot, role: &str, settings: &str) -> (House, Service) {
    let (listener, address) = place().await;
    let ledger = format!("{role}: {{url: 'http://{address}/', {settings}}}");
    let house = Written::shop().ledger(&ledger).more(ADMIN).before(bot).await;
    let options = Options { file: house.folder.path("decisions.ndjson"), ..Options::default() };
    (house, Service::begin(listener, options))
}

/// The same where the service pushes: it has the key, and so have we.
pub async fn pushing(bot: Bot, role: &str, settings: &str) -> (House, Service) {
    let (listener, address) = place().await;
    let ledger = format!("{role}: {{url: 'http://{address}/', webhook: {{key: webhook.key}}, {settings}}}");
    let folder = Written::shop().ledger(&ledger).more(ADMIN).write(bot.address);
    write_key(&folder.path("webhook.key"));
    let house = House::of(folder, bot).await;
    let options = Options {
        file: house.folder.path("decisions.ndjson"),
        push: house.admin,
        push_key: Some(KEY.to_owned()),
        ..Options::default()
    };
    (house, Service::begin(listener, options))
}

/// A proxy with the sample server beside it, over TLS, with certificates on both sides.
pub async fn secured(settings: &str, shows: bool) -> (House, Service) {
    let (listener, address) = place().await;
    let pair = "certificate: certs/client-assentry.pem, key: certs/client-assentry.key";
    let shown = if shows { pair } else { "" };
    let port = address.port();
    let tls = format!("tls: {{roots: certs/authority.pem, {shown}}}");
    let ledger = format!("http: {{url: 'https://localhost:{port}', {tls}, {settings}}}");
    let bot = Bot::open().await;
    let folder = Written::shop().ledger(&ledger).write(bot.address);
    client(&folder.path("certs"), "assentry", false).unwrap();
    let options = Options {
        file: folder.path("decisions.ndjson"),
        certificate: Some(folder.made.certificate.clone()),
        key: Some(folder.made.key.clone()),
        clients: Some(folder.made.authority.clone()),
        ..Options::default()
    };
    let service = Service::begin(listener, options);
    (House::of(folder, bot).await, service)
}

pub fn write_key(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, KEY).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// The digest that the service knows Ada by.
pub async fn digest_of_ada(house: &House, service: &Service) -> String {
    house.decide("ada", "deny analytics").await;
    let kept = service.kept();
    kept.last().unwrap()["line"]["subject"].as_str().unwrap().to_owned()
}
