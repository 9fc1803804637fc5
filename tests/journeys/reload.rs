//! Files are read again while the proxy serves: all of them, or none.

use std::{fs, io::Write as _, process::Command, time::Duration};

use assentry::cli::certs;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use serde_json::Value;
use tokio::{
    net::TcpStream,
    task::spawn_blocking,
    time::{sleep, timeout},
};

use crate::{
    bot::Bot,
    client::{Connection, Http, SURELY, chat, operator, raw, secure, trusting},
    ledger::receipts_in,
    people::{TOKENS, claims, token},
    program::Program,
    stop::connect,
    written::{Folder, SHOP, Written},
};

pub const OFF: &str = "reload: {watch: off}\nadmin: {address: '127.0.0.1:0'}";
const QUICK: &str = "reload: {watch: 20ms}\nadmin: {address: '127.0.0.1:0'}";

/// A program and its folder.
pub struct Running {
    pub program: Program,
    pub folder: Folder,
    bot: Bot,
}

impl Running {
    async fn with(more: &str) -> Self {
        Self::of(Written::shop().more(more)).await
    }

    async fn of(written: Written) -> Self {
        Self::before(Bot::open().await, written).await
    }

    pub async fn before(bot: Bot, written: Written) -> Self {
        let folder = written.write(bot.address);
        Self { program: Program::serve(&folder).await, folder, bot }
    }

    /// Writes the policy with this version.
    fn write_version(&self, version: u64) {
        fs::write(self.folder.path("policy.yaml"), of_version(version)).unwrap();
    }

    /// Changes the configuration as it is written.
    pub fn rewrite(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.folder.config()).unwrap();
        assert!(text.contains(from), "`{from}` is not in {text}");
        fs::write(self.folder.config(), text.replace(from, to)).unwrap();
    }

    /// Runs `assentry reload`: its exit code, and what it says on both channels.
    pub async fn reload(&self, more: &[&str]) -> (Option<i32>, String) {
        let config = self.folder.config();
        let output = Program::run(&[&["reload", "--config", config.to_str().unwrap()], more].concat()).await;
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code(), said.replace(&format!("{}/", self.folder.dir.path().display()), ""))
    }

    /// The version of the policy that decides an exchange now.
    async fn version(&self) -> u64 {
        let before = receipts_in(&self.folder).len();
        assert_eq!(connect(&self.program, &self.folder).await.ask(chat("{}")).await.status, 200);
        receipts_in(&self.folder)[before]["policy"]["version"].as_u64().unwrap()
    }

    async fn is_at_version(&self, version: u64) {
        let wait = async {
            while self.version().await != version {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(SURELY, wait).await.expect("the new policy decides in time");
    }

    async fn says(&self, words: &str) {
        crate::house::soon(|| self.program.said().contains(words)).await;
    }

    async fn metric(&self, line: &str) -> bool {
        operator(self.program.admin(), "/metrics").await.text().lines().any(|told| told == line)
    }
}

fn of_version(version: u64) -> String {
    SHOP.replace("version: 3", &format!("version: {version}"))
}

#[tokio::test]
async fn a_signal_and_the_verb_each_read_the_files_again() {
    let running = Running::with(OFF).await;
    assert_eq!(running.version().await, 3);
    running.write_version(4);
    assert_eq!(running.version().await, 3, "nobody asked");
    running.program.hang_up();
    running.is_at_version(4).await;
    running.write_version(5);
    let (code, said) = running.reload(&[]).await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(running.version().await, 5, "the verb waits until it is so");
    assert!(running.metric("assentry_reloads_total{outcome=\"done\"} 2").await);
}

#[tokio::test]
async fn a_changed_file_is_noticed_also_when_another_takes_its_place() {
    let running = Running::with(QUICK).await;
    running.write_version(4);
    running.is_at_version(4).await;
    fs::write(running.folder.path("next"), of_version(5)).unwrap();
    fs::rename(running.folder.path("next"), running.folder.path("policy.yaml")).unwrap();
    running.is_at_version(5).await;
    running.says("reloaded (a file changed): policy `shop`").await;
}

#[tokio::test]
async fn what_changed_is_told_in_words_and_as_json() {
    let running = Running::with(OFF).await;
    let (code, said) = running.reload(&[]).await;
    assert_eq!((code, &*said), (Some(0), "reloaded `assentry.yaml`: nothing changed\n"));
    let before = running.folder.load().routes().unwrap().all().next().unwrap().plan.digest.to_string();
    running.write_version(4);
    let after = running.folder.load().routes().unwrap().all().next().unwrap().plan.digest.to_string();
    running.rewrite("name: chat, path: /chat", "name: talk, path: /chat");
    let made = certs::make(&running.folder.path("other"), &["localhost".to_owned()]).unwrap();
    fs::copy(made.certificate, &running.folder.made.certificate).unwrap();
    fs::copy(made.key, &running.folder.made.key).unwrap();
    let (code, said) = running.reload(&["--json"]).await;
    assert_eq!(code, Some(0), "{said}");
    let said: Value = serde_json::from_str(&said).unwrap();
    let changes = &said["changes"];
    assert_eq!(said["outcome"], "done");
    assert_eq!(changes["routes"], serde_json::json!({"chat": "removed", "talk": "added"}));
    assert_eq!(changes["policies"], serde_json::json!([{"name": "shop", "from": before, "to": after}]));
    assert_eq!(changes["certificates"][0]["from"].as_str().unwrap().len(), 64);
    assert_ne!(changes["certificates"][0]["from"], changes["certificates"][0]["to"]);
    assert_eq!(changes["files"], serde_json::json!(["certs/server.key"]), "a key is named and no more");
    running.rewrite("name: talk", "name: chat");
    running.write_version(3);
    let (_, said) = running.reload(&[]).await;
    let (before, after) = (&before[..12], &after[..12]);
    assert_eq!(
        said,
        format!(
            "reloaded `assentry.yaml`\n  route `chat` added\n  route `talk` removed\n  policy `shop` {after} → {before}\n"
        )
    );
}

#[tokio::test]
async fn a_broken_policy_changes_nothing_and_log_verb_and_metric_say_so() {
    let running = Running::with(OFF).await;
    let broken = of_version(4).replace("for: support", "for: suport");
    fs::write(running.folder.path("policy.yaml"), &broken).unwrap();
    let (code, said) = running.reload(&[]).await;
    assert_eq!(code, Some(3), "{said}");
    let config = running.folder.config();
    let checked = Program::run(&["serve", "--check", "--config", config.to_str().unwrap()]).await;
    let folder = format!("{}/", running.folder.dir.path().display());
    let checked = String::from_utf8(checked.stderr).unwrap().replace(&folder, "");
    assert!(
        checked.contains("policy.yaml:10:31") && checked.contains("^^^^^^ did you mean `support`?"),
        "{checked}"
    );
    assert_eq!(said, format!("{checked}\nnothing was reloaded; what was served before still is\n"));
    assert!(running.program.said().replace(&folder, "").contains(checked.trim_end()));
    assert!(running.metric("assentry_last_reload_succeeded 0").await);
    assert!(running.metric("assentry_reloads_total{outcome=\"refused\"} 1").await);
    assert_eq!(running.version().await, 3);
    running.write_version(4);
    assert_eq!(running.reload(&[]).await.0, Some(0));
    assert_eq!(running.version().await, 4);
    assert!(running.metric("assentry_last_reload_succeeded 1").await);
}

#[tokio::test]
async fn half_a_file_is_told_about_once_and_the_whole_is_read_when_it_is_there() {
    let running = Running::with(QUICK).await;
    let whole = of_version(4);
    fs::write(running.folder.path("policy.yaml"), &whole[..whole.find("data:").unwrap() + 20]).unwrap();
    running.says("not reloaded (a file changed)").await;
    sleep(Duration::from_millis(200)).await;
    assert_eq!(running.program.said().matches("not reloaded").count(), 1, "{}", running.program.said());
    assert_eq!(running.version().await, 3);
    fs::write(running.folder.path("policy.yaml"), &whole).unwrap();
    running.is_at_version(4).await;
    fs::remove_file(running.folder.path("policy.yaml")).unwrap();
    running.says("can't read").await;
    running.write_version(5);
    running.is_at_version(5).await;
}

#[tokio::test]
async fn a_configuration_that_is_no_yaml_is_told_about_with_its_line_and_no_key() {
    let key = "0123456789abcdef0123456789abcdef";
    let running = Running::of(Written::shop().subjects(TOKENS).more(OFF)).await;
    running.rewrite("routes:\n", "routes: [\n");
    let (code, said) = running.reload(&[]).await;
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("assentry.yaml:9:1") && said.contains("could hold a key"), "{said}");
    assert!(!said.contains(key) && !running.program.said().contains(key));
    let (code, said) = running.reload(&["--json"]).await;
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, said["outcome"].as_str()), (Some(3), Some("refused")));
    assert!(said["why"].as_str().unwrap().contains("assentry.yaml:9:1"), "{said}");
}

#[tokio::test]
async fn what_can_not_change_is_refused_by_its_key() {
    let running = Running::with(OFF).await;
    let config = fs::read_to_string(running.folder.config()).unwrap();
    running.write_version(4);
    for (from, to, key) in [
        ("file: receipts.ndjson", "file: others.ndjson", "`receipts.file`"),
        ("127.0.0.1:0\n  tls", "127.0.0.2:0\n  tls", "`listeners[0].address`"),
        ("admin: {address: '127.0.0.1:0'}", "", "`admin`"),
    ] {
        running.rewrite(from, to);
        let (code, said) = running.reload(&[]).await;
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains(&format!("{key} can't change while assentry runs")), "{said}");
        fs::write(running.folder.config(), &config).unwrap();
    }
    let ledger = running.folder.path("ledger.db");
    running.rewrite("path: ledger.db", "path: other.db");
    let (code, said) = running.reload(&[]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("no assentry is serving the ledger `other.db`") && said.contains("--ledger"),
        "{said}"
    );
    let (code, said) = running.reload(&["--ledger", ledger.to_str().unwrap()]).await;
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("`ledger.path` can't change while assentry runs"), "{said}");
    assert!(!running.folder.path("other.db").exists() && !running.folder.path("others.ndjson").exists());
    assert_eq!(running.version().await, 3);
}

#[tokio::test]
async fn where_nobody_runs_there_is_nobody_to_ask() {
    let folder = Written::shop().write(([127, 0, 0, 1], 9).into());
    let config = folder.config();
    let output = Program::run(&["reload", "--config", config.to_str().unwrap()]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("no assentry is serving"));
    assert!(!folder.path("ledger.db").exists());
}

#[tokio::test]
async fn of_many_who_ask_at_once_each_is_told_what_came_of_it() {
    let running = Running::with(OFF).await;
    running.write_version(4);
    let (one, two, three, four) =
        tokio::join!(running.reload(&[]), running.reload(&[]), running.reload(&[]), running.reload(&[]));
    let told: Vec<String> = [one, two, three, four].map(|(code, said)| format!("{code:?} {said}")).into();
    assert!(told.iter().all(|told| told.starts_with("Some(0) reloaded")), "{told:?}");
    assert_eq!(told.iter().filter(|told| told.contains("policy `shop`")).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|told| told.contains("nothing changed")).count(), 3, "{told:?}");
}

#[tokio::test]
async fn new_handshakes_get_the_new_certificate_and_open_connections_go_on() {
    for http in Http::BOTH {
        let running = Running::with(OFF).await;
        let open = async |config| {
            let mut config: rustls::ClientConfig = config;
            config.alpn_protocols =
                vec![if http == Http::One { b"http/1.1".to_vec() } else { b"h2".to_vec() }];
            let stream = TcpStream::connect(running.program.address).await.unwrap();
            Connection::new(secure(stream, config).await, http).await
        };
        let mut before = open(trusting(&running.folder)).await;
        assert_eq!(before.ask(chat("{}")).await.status, 200);
        let made = certs::make(&running.folder.path("other"), &["localhost".to_owned()]).unwrap();
        fs::copy(&made.certificate, &running.folder.made.certificate).unwrap();
        let (code, said) = running.reload(&[]).await;
        assert_eq!(code, Some(3), "half a pair: {said}");
        assert!(said.contains("does not belong to the certificate"), "{said}");
        assert_eq!(open(trusting(&running.folder)).await.ask(chat("{}")).await.status, 200);
        fs::copy(&made.key, &running.folder.made.key).unwrap();
        running.write_version(4);
        assert_eq!(running.reload(&[]).await.0, Some(0));
        assert_eq!(before.ask(chat("{}")).await.status, 200, "the open connection goes on");
        assert_eq!(
            receipts_in(&running.folder).last().unwrap()["policy"]["version"],
            4,
            "under the new policy"
        );
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&made.authority).unwrap()).unwrap();
        let provider = rustls::crypto::aws_lc_rs::default_provider().into();
        let new = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let new = new.unwrap().with_root_certificates(roots).with_no_client_auth();
        assert_eq!(open(new).await.ask(chat("{}")).await.status, 200);
    }
}

#[tokio::test]
async fn an_exchange_keeps_the_policy_it_began_with() {
    let (bot, gate) = Bot::gated().await;
    let folder = Written::shop().upstream("max_in_flight: 1").more(OFF).write(bot.address);
    let running = Running { program: Program::serve(&folder).await, folder, bot };
    let mut first = connect(&running.program, &running.folder).await;
    let mut second = connect(&running.program, &running.folder).await;
    let first = tokio::spawn(async move { first.ask(chat("{}")).await });
    running.bot.has_begun(1).await;
    let second = tokio::spawn(async move { second.ask(chat(r#"{"context":{"purchases":[1]}}"#)).await });
    sleep(Duration::from_millis(200)).await;
    let lax = of_version(4).replace("at: $.context.purchases, ", "at: $.other, ");
    fs::write(running.folder.path("policy.yaml"), lax).unwrap();
    assert_eq!(running.reload(&[]).await.0, Some(0));
    gate.open(2);
    assert_eq!((first.await.unwrap().status, second.await.unwrap().status), (200, 200));
    assert_eq!(running.bot.last().text(), r#"{"context":{}}"#);
    for receipt in receipts_in(&running.folder) {
        assert_eq!(receipt["policy"]["version"], 3);
    }
}

#[tokio::test]
async fn limits_hold_for_new_connections_and_a_route_that_is_gone_is_gone() {
    let running = Running::with(OFF).await;
    let mut before = connect(&running.program, &running.folder).await;
    running.rewrite("reload:", "limits: {headers: 4, body: 64B}\nreload:");
    running.rewrite("path: /chat", "path: /talk");
    assert_eq!(running.reload(&[]).await.0, Some(0));
    assert_eq!(before.ask(chat("{}")).await.status, 404, "a route decides from the next exchange on");
    let more = |count: usize| {
        let mut request = chat("{}");
        *request.uri_mut() = "/talk".parse().unwrap();
        for n in 0..count {
            request
                .headers_mut()
                .insert(http::HeaderName::try_from(format!("x-{n}")).unwrap(), "1".parse().unwrap());
        }
        request
    };
    assert_eq!(before.ask(more(5)).await.status, 200, "as it was when it was opened");
    let mut after = connect(&running.program, &running.folder).await;
    assert_eq!(after.ask(more(5)).await.status, 431);
}

#[tokio::test]
async fn keys_that_were_fetched_outlive_a_reload_without_their_server_and_new_ones_must_be_there() {
    let keys = Bot::answering(|_| async { crate::bot::said(r#"{"keys":[]}"#) }).await;
    let nobody = Bot::absent().await;
    let subjects = |server: &Bot| {
        format!(
            "- jwt: {{algorithm: ES256, key: {{jwks_url: 'http://{}/keys'}}, issuer: 'https://id.test', audience: shop}}",
            server.address
        )
    };
    let running = Running::of(Written::shop().subjects(&subjects(&keys)).more(OFF)).await;
    assert_eq!(running.version().await, 3);
    running.write_version(4);
    assert_eq!(running.reload(&[]).await.0, Some(0));
    assert_eq!(running.version().await, 4);
    assert_eq!(keys.begun(), 1, "what is held is not fetched again");
    let forged = format!("Authorization: Bearer {}", token(&claims("ada")));
    let request = raw("POST /chat", &[&forged, "Content-Type: application/json"], b"{}");
    assert_ne!(tell(&running, &request).await, 503, "there are keys to check it with");
    running.rewrite(&keys.address.to_string(), &nobody.address.to_string());
    let (code, said) = running.reload(&[]).await;
    assert_eq!(code, Some(3), "{said}");
    assert!(
        said.contains("route `chat`: the keys for tokens could not be fetched from `127.0.0.1`"),
        "{said}"
    );
    assert_ne!(tell(&running, &request).await, 503, "the old ones stay");
}

#[tokio::test]
async fn files_that_change_while_they_are_read_are_read_again() {
    let routes = "- {name: one, path: /chat, policy: policy.yaml, upstream: BOT}\n\
                  - {name: two, path: /talk, policy: other.yaml, upstream: BOT}";
    let other = |version: u64| of_version(version).replace("policy: shop", "policy: other");
    let running =
        Running::of(Written::shop().and_policy("other.yaml", &other(3)).routes(routes).more(OFF)).await;
    // A pipe in the place of the first policy holds the reading up until somebody writes.
    let (path, next) = (running.folder.path("policy.yaml"), running.folder.path("next"));
    assert!(Command::new("mkfifo").arg(&next).status().unwrap().success());
    fs::rename(&next, &path).unwrap();
    let reading = path.clone();
    let pipe = spawn_blocking(move || fs::OpenOptions::new().write(true).open(reading).unwrap());
    let meanwhile = async {
        let mut pipe = pipe.await.unwrap();
        fs::write(&next, of_version(5)).unwrap();
        fs::rename(&next, &path).unwrap();
        fs::write(running.folder.path("other.yaml"), other(5)).unwrap();
        pipe.write_all(of_version(4).as_bytes()).unwrap();
    };
    let ((code, said), ()) = tokio::join!(running.reload(&[]), meanwhile);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(running.version().await, 5, "not the half of one state and the half of another");
}

/// The status that these bytes are answered with.
async fn tell(running: &Running, bytes: &[u8]) -> u16 {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let stream = TcpStream::connect(running.program.address).await.unwrap();
    let mut stream = secure(stream, trusting(&running.folder)).await;
    stream.write_all(bytes).await.unwrap();
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).await.ok();
    crate::answer::Answer::parse(&heard).unwrap().status
}
