use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;
use tokio::sync::mpsc;

use super::*;
use crate::{
    consent::DecisionKind,
    ledger::{
        ControlSocket, LedgerSettings, MasterSource, NewDecision, PostgresSettings,
        home::{Home, on_both},
        on, open_existing_for_cli, serve_control,
    },
    pseudonym::{Kind, Pseudonyms, Reach, Style},
    subject::Standing,
};

on_both! {
    nodes_that_need_a_key_at_once_agree_on_one_and_make_the_same_tokens
    a_key_comes_with_the_consent_and_prints_nowhere
    the_master_key_can_change_and_old_tokens_stay_readable
    without_the_right_master_key_no_key_is_to_be_had_and_everything_else_is
    a_missing_master_key_is_made_only_while_it_has_wrapped_nothing_and_holds_up_no_decision
    a_destroyed_key_is_gone_at_once_and_for_ever
    keys_are_destroyed_for_one_policy_or_all_and_for_one_person_only
    a_command_reaches_the_keys_through_the_running_proxy
    every_key_that_was_used_outlives_kill_9
}

const EMAIL: &str = "ada@example.com";

fn ada() -> Subject {
    Subject::new("login", "ada", Standing::Proven)
}

fn master(folder: &TempDir, name: &str, byte: u8) -> MasterSource {
    let path = folder.path().join(name);
    fs::write(&path, [byte; 32]).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    MasterSource::File(path)
}

fn under(current: &MasterSource, old: &[&MasterSource], settings: &LedgerSettings) -> LedgerSettings {
    LedgerSettings {
        master_key: Some(current.clone()),
        old_master_keys: old.iter().map(|&source| source.clone()).collect(),
        ..settings.clone()
    }
}

fn no() -> NewDecision {
    NewDecision {
        kind: DecisionKind::Withdraw,
        purpose: Some("personalisation".to_owned()),
        notice: None,
        text_digest: None,
        source: "test".to_owned(),
        expires: None,
        jurisdiction: None,
    }
}

async fn key(ledger: &Ledger, policy: &str) -> Result<SubjectKey, LedgerError> {
    ledger.keyed_consent(&ada(), "shop", policy).await.map(|(_, key)| key)
}

fn token(key: SubjectKey) -> String {
    let pseudonyms = Pseudonyms::new("shop", key, Reach::Subject);
    pseudonyms.token(Style::Stable, &Kind::of("email"), EMAIL).unwrap()
}

/// Everything that is in the files of a folder, read by another process: see `database.rs` on closing them.
fn everything_in(folder: &Path) -> Vec<u8> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| !path.to_string_lossy().ends_with(".sock"));
    Command::new("cat").args(files).output().unwrap().stdout
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

async fn wrapped(ledger: &Ledger) -> Vec<u8> {
    on!(&mut ledger.0.database.read().await.unwrap().connection(), c => {
        sqlx::query_scalar("SELECT wrapped FROM subject_key").fetch_one(c).await.unwrap()
    })
}

async fn nodes_that_need_a_key_at_once_agree_on_one_and_make_the_same_tokens(home: Home) {
    let settings = &home.settings;
    let nodes = [Ledger::open(settings).await.unwrap(), Ledger::open(settings).await.unwrap()];
    let tasks: Vec<_> = (0..16)
        .map(|n| {
            let node = nodes[n % 2].clone();
            tokio::spawn(async move { token(key(&node, "shop").await.unwrap()) })
        })
        .collect();
    let mut tokens = Vec::new();
    for task in tasks {
        tokens.push(task.await.unwrap());
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
    assert_ne!(key(&nodes[0], "bank").await.unwrap(), key(&nodes[0], "shop").await.unwrap());
    let bob = Subject::new("login", "bob", Standing::Proven);
    let (_, bobs) = nodes[0].keyed_consent(&bob, "shop", "shop").await.unwrap();
    assert_ne!(key(&nodes[0], "shop").await.unwrap(), bobs);
}

async fn a_key_comes_with_the_consent_and_prints_nowhere(home: Home) {
    let settings = &home.settings;
    let ledger = Ledger::open(settings).await.unwrap();
    assert!(ledger.consent(&ada(), "shop").await.unwrap().keys.get("shop").is_none());
    let (consent, key) = ledger.keyed_consent(&ada(), "shop", "shop").await.unwrap();
    assert!(ledger.is_current(&consent));
    assert_eq!(consent.keys.get("shop").unwrap().key, Ok(key.clone()));
    assert_eq!(ledger.consent(&ada(), "shop").await.unwrap().keys, consent.keys);
    let other_group = ledger.keyed_consent(&ada(), "another", "shop").await.unwrap();
    assert_eq!(other_group.1, key, "a key belongs to the policy, whatever group it is in");
    assert!(ledger.is_current(&consent));
    let printed = format!("{consent:?} {key:?} {ledger:?}");
    assert!(printed.contains("SubjectKey(<withheld>)"), "{printed}");
    assert!(!printed.contains(&format!("{:?}", &key.bytes()[..4]).replace(['[', ']'], "")), "{printed}");
    assert!(!serde_json::to_string(&*consent).unwrap().contains("keys"));
}

async fn the_master_key_can_change_and_old_tokens_stay_readable(home: Home) {
    let Home { folder, settings } = &home;
    let [one, two] = [("one", 1), ("two", 2)].map(|(name, byte)| master(folder, name, byte));
    let first = key(&Ledger::open(&under(&one, &[], settings)).await.unwrap(), "shop").await.unwrap();
    let both = Ledger::open(&under(&two, &[&one], settings)).await.unwrap();
    assert_eq!(key(&both, "shop").await.unwrap(), first);
    let (held, _) = both.keyed_consent(&ada(), "shop", "bank").await.unwrap(); // wrapped by `two` from the start
    let done = both.rewrap_keys().await.unwrap();
    assert_eq!((done.wrapped, done.unreadable.len()), (1, 0));
    assert_eq!(both.rewrap_keys().await.unwrap().wrapped, 0);
    assert!(both.is_current(&held), "it is the same key, wrapped otherwise");
    let alone = Ledger::open(&under(&two, &[], settings)).await.unwrap();
    assert_eq!(token(key(&alone, "shop").await.unwrap()), token(first));
}

async fn without_the_right_master_key_no_key_is_to_be_had_and_everything_else_is(home: Home) {
    let Home { folder, settings } = &home;
    let [one, two] = [("one", 1), ("two", 2)].map(|(name, byte)| master(folder, name, byte));
    let right = Ledger::open(&under(&one, &[], settings)).await.unwrap();
    key(&right, "shop").await.unwrap();
    let wrong = Ledger::open(&under(&two, &[], settings)).await.unwrap();
    let error = key(&wrong, "shop").await.unwrap_err().to_string();
    assert!(error.contains("is not at hand; name it under `old_master_keys`"), "{error}");
    assert_eq!(wrong.rewrap_keys().await.unwrap().unreadable.values().sum::<u64>(), 1);
    wrong.decide(&ada(), "shop", no()).await.unwrap();
    assert_eq!(wrong.consent(&ada(), "shop").await.unwrap().decisions.len(), 1);
    assert!(key(&wrong, "bank").await.is_ok(), "a new key is wrapped by the current one");
    assert!(key(&right, "shop").await.is_ok());
}

async fn a_missing_master_key_is_made_only_while_it_has_wrapped_nothing_and_holds_up_no_decision(home: Home) {
    let Home { folder, settings } = &home;
    let path = folder.path().join("assentry.db.master");
    let ledger = Ledger::open(settings).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    fs::remove_file(&path).unwrap();
    drop(Ledger::open(settings).await.unwrap());
    assert!(path.exists(), "nothing was wrapped yet");
    let ledger = {
        drop(ledger);
        Ledger::open(settings).await.unwrap()
    };
    key(&ledger, "shop").await.unwrap();
    fs::remove_file(&path).unwrap();
    assert!(matches!(Ledger::open(settings).await, Err(LedgerError::MasterMissing(_))));
    assert!(!path.exists());
    let mut channel = open_existing_for_cli(settings).await.unwrap();
    channel.decide(&ada(), "shop", no()).await.unwrap();
    assert!(matches!(channel.rewrap_keys().await, Err(LedgerError::SubjectKey(_))));
}

async fn a_destroyed_key_is_gone_at_once_and_for_ever(home: Home) {
    let Home { folder, settings } = &home;
    let (ledger, elsewhere) = (Ledger::open(settings).await.unwrap(), Ledger::open(settings).await.unwrap());
    let (consent, old) = ledger.keyed_consent(&ada(), "shop", "shop").await.unwrap();
    let (theirs, _) = elsewhere.keyed_consent(&ada(), "shop", "shop").await.unwrap();
    let trace = wrapped(&ledger).await;
    let found = || contains(&everything_in(folder.path()), &trace);
    assert_eq!(found(), settings.postgres.is_none(), "the search works; a server's files are elsewhere");
    assert_eq!(ledger.forget_keys(&ada(), None, "test").await.unwrap(), ["shop"]);
    assert!(!ledger.is_current(&consent));
    assert!(!found(), "also in the write-ahead log");
    let (_, new) = ledger.keyed_consent(&ada(), "shop", "shop").await.unwrap();
    assert!(!ledger.is_current(&consent), "also when there is a key again");
    assert_ne!(token(old), token(new.clone()));
    tokio::time::sleep(settings.stale_after.0).await;
    assert!(!elsewhere.is_current(&theirs), "another process has seen it");
    assert_eq!(key(&elsewhere, "shop").await.unwrap(), new);
    let destroyed: Vec<(String, String)> = on!(&mut ledger.0.database.read().await.unwrap().connection(), c => {
        sqlx::query_as("SELECT policy, source FROM destroyed_key").fetch_all(c).await.unwrap()
    });
    assert_eq!(destroyed, [("shop".to_owned(), "test".to_owned())]);
}

async fn keys_are_destroyed_for_one_policy_or_all_and_for_one_person_only(home: Home) {
    let settings = &home.settings;
    let ledger = Ledger::open(settings).await.unwrap();
    let bob = Subject::new("login", "bob", Standing::Proven);
    for policy in ["shop", "bank", "clinic"] {
        key(&ledger, policy).await.unwrap();
    }
    let (_, bobs) = ledger.keyed_consent(&bob, "shop", "shop").await.unwrap();
    assert_eq!(ledger.forget_keys(&ada(), Some("shop"), "test").await.unwrap(), ["shop"]);
    assert_eq!(ledger.forget_keys(&ada(), Some("shop"), "test").await.unwrap(), [""; 0]);
    assert_eq!(ledger.forget_keys(&ada(), None, "test").await.unwrap(), ["bank", "clinic"]);
    assert_eq!(ledger.keyed_consent(&bob, "shop", "shop").await.unwrap().1, bobs);
    let stranger = Subject::new("login", "eve", Standing::Proven);
    assert_eq!(ledger.forget_keys(&stranger, None, "test").await.unwrap(), [""; 0]);
}

async fn a_command_reaches_the_keys_through_the_running_proxy(home: Home) {
    let settings = &home.settings;
    let ledger = Ledger::open(settings).await.unwrap();
    let socket = ControlSocket::bind(settings).unwrap();
    let server = tokio::spawn(serve_control(ledger.clone(), socket, mpsc::channel(1).0));
    let (consent, _) = ledger.keyed_consent(&ada(), "shop", "shop").await.unwrap();
    let mut channel = open_existing_for_cli(settings).await.unwrap();
    assert_eq!(channel.rewrap_keys().await.unwrap().wrapped, 0);
    assert_eq!(channel.forget_keys(&ada(), Some("bank"), "cli").await.unwrap(), [""; 0]);
    assert!(
        channel.forget_keys(&ada(), None, "cli").await.unwrap() == ["shop"] && !ledger.is_current(&consent)
    );
    server.abort();
}

const CHILD: &str = "ASSENTRY_TEST_KEYS";
const SERVER: &str = "ASSENTRY_TEST_KEYS_SERVER";

/// Not a test by itself: it is the process that the next test kills.
#[tokio::test]
async fn child_that_makes_keys_until_it_is_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let postgres = std::env::var(SERVER).ok().map(|url| PostgresSettings::at(&url).unwrap());
    let ledger = Ledger::open(&LedgerSettings { postgres, ..LedgerSettings::at(path) }).await.unwrap();
    for n in 0.. {
        let policy = format!("policy{n}");
        println!("\nmade {policy} {}", token(key(&ledger, &policy).await.unwrap()));
    }
}

async fn every_key_that_was_used_outlives_kill_9(home: Home) {
    let settings = &home.settings;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ledger::keyed::tests::child_that_makes_keys_until_it_is_killed", "--nocapture"])
        .env(CHILD, &settings.path)
        .envs(settings.postgres.iter().map(|server| (SERVER, server.url.as_str())))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut made = lines.filter_map(|line| {
        let (policy, token) = line.strip_prefix("made ")?.split_once(' ')?;
        Some((policy.to_owned(), token.to_owned()))
    });
    let mut seen: Vec<_> = made.by_ref().take(20).collect();
    child.kill().unwrap();
    seen.extend(made); // what it still managed to say; the last can be cut off
    child.wait().unwrap();
    let ledger = Ledger::open(settings).await.unwrap();
    assert!(seen.len() >= 20);
    for (policy, said) in seen {
        assert!(token(key(&ledger, &policy).await.unwrap()).starts_with(&said), "{policy}");
    }
}
