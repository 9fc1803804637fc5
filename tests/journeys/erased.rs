//! Somebody is erased: the bot's system is told, and no file and no log holds anything of them; what they refused is refused still.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    process::Command,
    sync::{Arc, Mutex},
};

use assentry::ledger::open_for_cli;
use serde_json::Value;
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    bot::Bot,
    client::chat_of,
    house::{House, soon},
    ledger::{person, receipts_in},
    program::Program,
    written::Written,
};

const POLICY: &str = "
policy: shop
version: 1
undeclared: forward
purposes:
  personalisation: {title: Tailor suggestions to you, basis: consent, notice: 2026-11}
  analytics: {title: Improve the assistant, basis: legitimate-interests}
data:
  contact: {at: $.email, for: personalisation, otherwise: pseudonymise}
  usage: {at: $.pages, for: analytics, otherwise: drop}
";
const BODY: &str = r#"{"email":"zValue2@example.com","pages":"zValue3"}"#;
const ID: &str = "zId1";

/// Keeps everything that is logged.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Vec<u8>>>);

impl io::Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Ear {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Every file of the folder but those that an operator wrote, and whatever was logged. Read by another process, since closing
/// a file of SQLite's would release its locks.
fn everything(house: &House, ear: &Ear) -> Vec<u8> {
    let files = fs::read_dir(house.folder.dir.path()).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.is_file());
    let mut found = Command::new("cat").args(files).output().unwrap().stdout;
    found.extend_from_slice(&ear.0.lock().unwrap());
    found
}

fn holds(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test]
async fn after_an_erasure_nothing_of_the_person_is_found_the_bot_is_told_and_their_no_holds() {
    let ear = Ear::default();
    let hearing = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_writer(ear.clone());
    let _listening = tracing::subscriber::set_default(hearing.with_ansi(false).finish());
    let (bot, hook) = (Bot::open().await, Bot::open().await);
    let desk = format!(
        "desk: {{address: '127.0.0.1:0', url: 'https://privacy.test/', webhook: {{url: 'http://{}/hooks', key_file: hook.key}}}}",
        hook.address
    );
    let folder = Written::policy(POLICY).more(&desk).write(bot.address);
    fs::write(folder.path("hook.key"), format!("whsec_{}", "QUJD".repeat(10))).unwrap();
    fs::set_permissions(folder.path("hook.key"), fs::Permissions::from_mode(0o600)).unwrap();
    let house = House::of(folder, bot).await;

    house.decide(ID, "deny personalisation").await;
    let answer = house.ask(chat_of(ID, BODY)).await;
    assert_eq!(answer.status, 200);
    let sent: Value = serde_json::from_slice(&house.bot.last().body).unwrap();
    let token = sent["email"].as_str().unwrap().to_owned();
    assert!(!token.contains("zValue2") && sent["pages"] == "zValue3", "{sent}");
    house.decide(ID, "object analytics").await;
    house.receipts_soon(1).await;
    let reference = receipts_in(&house.folder)[0]["subject"]["reference"].as_str().unwrap().to_owned();
    let options = SqliteConnectOptions::new().filename(house.folder.path("ledger.db"));
    let mut database = options.connect().await.unwrap();
    let wrapped: Vec<u8> =
        sqlx::query_scalar("SELECT wrapped FROM subject_key").fetch_one(&mut database).await.unwrap();
    sqlx::Connection::close(database).await.unwrap();
    assert!(holds(&everything(&house, &ear), &wrapped[12..]), "the search works");

    let config = house.folder.config();
    let known = Program::run(&[
        "consent",
        "download",
        "--subject",
        "login:zId1",
        "--config",
        config.to_str().unwrap(),
    ])
    .await;
    let known: Value = serde_json::from_slice(&known.stdout).unwrap();
    assert_eq!(known["receipts"][0]["subject"]["reference"], reference.as_str(), "{known}");

    let line = ["consent", "erase", "--subject", "login:zId1", "--yes", "--config", config.to_str().unwrap()];
    let erased = Program::run(&line).await;
    assert!(erased.status.success(), "{}", String::from_utf8_lossy(&erased.stderr));

    soon(|| hook.requests().len() >= 3).await;
    let told: Vec<Value> =
        hook.requests().iter().map(|sent| serde_json::from_slice(&sent.body).unwrap()).collect();
    let kinds: Vec<_> = told.iter().map(|message| message["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["consent.withdrawn", "consent.withdrawn", "subject.erased"]);
    assert_eq!(told[2]["data"]["subject"]["id"], ID);
    let mut channel = open_for_cli(&house.folder.load().ledger).await.unwrap();
    while !channel.unheard(1).await.unwrap().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }

    soon(|| !holds(&everything(&house, &ear), &wrapped[12..])).await;
    let left = everything(&house, &ear);
    for secret in [ID, "zValue2", "zValue3", &token] {
        assert!(!holds(&left, secret.as_bytes()), "`{secret}` is still there");
    }

    let answer = house.ask(chat_of(ID, BODY)).await;
    assert_eq!(answer.status, 200);
    let sent: Value = serde_json::from_slice(&house.bot.last().body).unwrap();
    assert_eq!(sent.get("pages"), None, "the objection holds");
    assert_ne!(sent["email"], token.as_str(), "another key, another token");
    let receipts = house.receipts_soon(2).await;
    assert_ne!(receipts[1]["subject"]["reference"], reference.as_str());
    let known = Program::run(&[
        "consent",
        "download",
        "--subject",
        "login:zId1",
        "--config",
        config.to_str().unwrap(),
    ])
    .await;
    let known: Value = serde_json::from_slice(&known.stdout).unwrap();
    assert_eq!(known["receipts"].as_array().unwrap().len(), 1, "those of before lead to nobody");
    assert!(channel.show(&person(ID), "shop").await.unwrap().unwrap().decisions.len() == 2);
    house.close().await;
}
