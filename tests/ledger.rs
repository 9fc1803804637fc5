//! The ledger as its users see it: what is promised about decisions, keys, files and other processes.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use assentry::{
    consent::{Consent, DecisionKind},
    ledger::{
        Channel, ControlSocket, Ledger, LedgerError, LedgerSettings, NewDecision, open_for_cli, serve_control,
    },
    subject::{Standing, Subject},
};
use tempfile::TempDir;

const GROUP: &str = "retail-assistant";

fn folder() -> (TempDir, LedgerSettings) {
    let folder = tempfile::tempdir().unwrap();
    let settings = LedgerSettings::at(folder.path().join("assentry.db"));
    (folder, settings)
}

fn person(id: &str) -> Subject {
    Subject::new("login", id, Standing::Proven)
}

fn to(kind: DecisionKind, purpose: &str) -> NewDecision {
    NewDecision {
        kind,
        purpose: Some(purpose.to_owned()),
        notice: Some("2026-11".to_owned()),
        text_digest: Some("ab".repeat(32)),
        source: "test".to_owned(),
    }
}

fn about_all(kind: DecisionKind) -> NewDecision {
    NewDecision { kind, purpose: None, notice: None, text_digest: None, source: "test".to_owned() }
}

#[tokio::test]
async fn somebody_never_seen_has_agreed_to_nothing_and_keeps_one_random_reference() {
    let (_folder, settings) = folder();
    let ledger = Ledger::open(&settings).await.unwrap();
    let first = ledger.consent(&person("ada"), GROUP).await.unwrap();
    assert_eq!((first.generation, first.restricted, first.decisions.len()), (0, false, 0));
    let reference = first.reference.clone().unwrap();
    assert_eq!(reference.len(), 32);
    assert_eq!(ledger.consent(&person("ada"), "other").await.unwrap().reference, Some(reference.clone()));
    assert_ne!(ledger.consent(&person("bob"), GROUP).await.unwrap().reference, Some(reference.clone()));
    drop(ledger);
    let again = Ledger::open(&settings).await.unwrap();
    assert_eq!(again.consent(&person("ada"), GROUP).await.unwrap().reference, Some(reference));
}

#[tokio::test]
async fn the_newest_decision_for_each_purpose_counts_and_none_is_forgotten() {
    let (_folder, settings) = folder();
    let ledger = Ledger::open(&settings).await.unwrap();
    let ada = person("ada");
    for kind in [DecisionKind::Grant, DecisionKind::Withdraw, DecisionKind::Grant] {
        ledger.decide(&ada, GROUP, to(kind, "personalisation")).await.unwrap();
    }
    ledger.decide(&ada, GROUP, to(DecisionKind::Object, "analytics")).await.unwrap();
    ledger.decide(&ada, "another group", to(DecisionKind::Deny, "personalisation")).await.unwrap();
    let last = ledger.decide(&ada, GROUP, about_all(DecisionKind::Restrict)).await.unwrap();
    let consent = ledger.consent(&ada, GROUP).await.unwrap();
    assert_eq!(consent.decisions["personalisation"].kind, DecisionKind::Grant);
    assert_eq!(consent.decisions["personalisation"].notice.as_deref(), Some("2026-11"));
    assert_eq!(consent.decisions["analytics"].kind, DecisionKind::Object);
    assert!(consent.restricted);
    assert_eq!(consent.generation, last.generation);
    let history = ledger.history(&ada, GROUP).await.unwrap();
    assert_eq!(history.len(), 5);
    assert!(history.is_sorted_by_key(|decision| decision.generation));
    assert_eq!(history.last(), Some(&last));
    ledger.decide(&ada, GROUP, about_all(DecisionKind::Lift)).await.unwrap();
    assert!(!ledger.consent(&ada, GROUP).await.unwrap().restricted);
}

#[tokio::test]
async fn a_no_holds_from_the_moment_it_is_acknowledged_and_disturbs_nobody_else() {
    let (_folder, settings) = folder();
    let ledger = Ledger::open(&settings).await.unwrap();
    let (ada, bob) = (person("ada"), person("bob"));
    ledger.decide(&ada, GROUP, to(DecisionKind::Grant, "personalisation")).await.unwrap();
    let (adas, bobs) =
        (ledger.consent(&ada, GROUP).await.unwrap(), ledger.consent(&bob, GROUP).await.unwrap());
    let elsewhere = ledger.consent(&ada, "another group").await.unwrap();
    tokio::time::sleep(settings.poll.0 * 3).await; // the poll sees ada's yes and has nothing to do
    assert!(ledger.is_current(&adas) && ledger.is_current(&bobs));
    ledger.decide(&ada, GROUP, to(DecisionKind::Withdraw, "personalisation")).await.unwrap();
    assert!(!ledger.is_current(&adas));
    assert!(ledger.is_current(&bobs) && ledger.is_current(&elsewhere));
    assert!(ledger.is_current(&ledger.consent(&ada, GROUP).await.unwrap()));
    assert!(ledger.is_current(&Consent::default()));
}

#[tokio::test]
async fn a_decision_names_a_purpose_exactly_when_it_is_about_one() {
    let (_folder, settings) = folder();
    let ledger = Ledger::open(&settings).await.unwrap();
    for wrong in [about_all(DecisionKind::Grant), to(DecisionKind::Restrict, "personalisation")] {
        let answer = ledger.decide(&person("ada"), GROUP, wrong).await;
        assert!(matches!(answer, Err(LedgerError::Purpose(_))));
    }
    assert!(ledger.history(&person("ada"), GROUP).await.unwrap().is_empty());
}

#[tokio::test]
async fn no_raw_id_is_in_any_file() {
    let (folder, settings) = folder();
    let ledger = Ledger::open(&settings).await.unwrap();
    let ada = Subject::new("login", "ada.lovelace@example.com", Standing::Proven);
    ledger.consent(&ada, GROUP).await.unwrap();
    ledger.decide(&ada, GROUP, to(DecisionKind::Grant, "personalisation")).await.unwrap();
    let child = Command::new("cat").args(files(folder.path())).output().unwrap(); // see `database` on closing the file
    assert!(contains(&child.stdout, b"personalisation"), "the search works");
    for secret in ["ada.lovelace", "lovelace@example", "login"] {
        assert!(!contains(&child.stdout, secret.as_bytes()), "{secret}");
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test]
async fn every_file_is_its_owners_alone() {
    let (folder, settings) = folder();
    let ledger = Ledger::open(&settings).await.unwrap();
    ledger.decide(&person("ada"), GROUP, to(DecisionKind::Grant, "personalisation")).await.unwrap();
    let _socket = ControlSocket::bind(&settings).unwrap();
    assert!(files(folder.path()).len() >= 5);
    for file in files(folder.path()) {
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o077, 0, "{}", file.display());
    }
}

#[tokio::test]
async fn another_process_s_no_is_obeyed_within_the_bound() {
    let (_folder, settings) = folder();
    let (here, there) = (Ledger::open(&settings).await.unwrap(), Ledger::open(&settings).await.unwrap());
    let (ada, bob) = (person("ada"), person("bob"));
    there.decide(&ada, GROUP, to(DecisionKind::Grant, "personalisation")).await.unwrap();
    let bobs = here.consent(&bob, GROUP).await.unwrap();
    let yes = here.consent(&ada, GROUP).await.unwrap();
    assert_eq!(yes.decisions["personalisation"].kind, DecisionKind::Grant);
    there.decide(&ada, GROUP, to(DecisionKind::Withdraw, "personalisation")).await.unwrap();
    let decided = Instant::now();
    while here.is_current(&yes) {
        assert!(decided.elapsed() < settings.bound.0, "the no was not seen in time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let now = here.consent(&ada, GROUP).await.unwrap();
    assert_eq!(now.decisions["personalisation"].kind, DecisionKind::Withdraw);
    assert!(here.is_current(&bobs), "bob decided nothing");
}

#[tokio::test]
async fn more_decisions_than_can_be_followed_are_all_obeyed() {
    let (_folder, settings) = folder();
    let here = Ledger::open(&settings).await.unwrap();
    let yes = here.consent(&person("ada"), GROUP).await.unwrap();
    tokio::time::sleep(settings.poll.0 * 3).await;
    alter(
        &settings.path,
        "INSERT INTO decision (subject, consents, kind, purpose, at, source)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
         SELECT 1, 'retail-assistant', 'grant', 'p', 0, 'import' FROM n",
    )
    .await;
    tokio::time::sleep(settings.bound.0 / 2).await;
    assert!(!here.is_current(&yes));
    assert_eq!(here.consent(&person("ada"), GROUP).await.unwrap().generation, 1500);
}

#[tokio::test(flavor = "multi_thread")]
async fn generations_rise_without_gaps_or_repeats_across_processes() {
    let (_folder, settings) = folder();
    let ledgers = [Ledger::open(&settings).await.unwrap(), Ledger::open(&settings).await.unwrap()];
    let writers: Vec<_> = (0..8)
        .map(|n| {
            let ledger = ledgers[n % 2].clone();
            tokio::spawn(async move {
                let mut seen = Vec::new();
                for _ in 0..10 {
                    let new = to(DecisionKind::Grant, "personalisation");
                    seen.push(ledger.decide(&person(&n.to_string()), GROUP, new).await.unwrap().generation);
                }
                seen
            })
        })
        .collect();
    let mut all = Vec::new();
    for writer in writers {
        all.extend(writer.await.unwrap());
    }
    all.sort_unstable();
    assert_eq!(all, (1..=80).collect::<Vec<u64>>());
}

#[tokio::test]
async fn a_file_moved_away_is_noticed_before_anything_is_acknowledged() {
    let (folder, settings) = folder();
    let ledger = Ledger::open(&settings).await.unwrap();
    ledger.consent(&person("ada"), GROUP).await.unwrap();
    fs::rename(&settings.path, folder.path().join("elsewhere.db")).unwrap();
    let answer = ledger.decide(&person("ada"), GROUP, to(DecisionKind::Withdraw, "personalisation")).await;
    assert!(matches!(answer, Err(LedgerError::Unreachable(_))), "{answer:?}");
    tokio::time::sleep(settings.bound.0 + Duration::from_millis(200)).await;
    assert!(ledger.consent(&person("ada"), GROUP).await.is_err());
}

#[tokio::test]
async fn a_ledger_that_can_not_be_used_says_what_to_do() {
    let (folder, settings) = folder();
    let path = folder.path().join("nowhere/assentry.db");
    assert_says(&LedgerSettings::at(&path), "name a place where the user who runs assentry may write").await;

    let path = folder.path().join("notes.txt");
    fs::write(&path, "my notes, rather long ones, so that they could be a database, but are not one at all")
        .unwrap();
    assert_says(&LedgerSettings::at(&path), "is not a ledger").await;
    assert!(fs::read_to_string(&path).unwrap().starts_with("my notes"));

    drop(Ledger::open(&settings).await.unwrap());
    fs::set_permissions(settings.key_path(), fs::Permissions::from_mode(0o644)).unwrap();
    assert_says(&settings, "chmod 600").await;

    fs::set_permissions(settings.key_path(), fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(settings.key_path(), [1; 32]).unwrap();
    assert_says(&settings, "not the one the ledger was written with").await;

    fs::remove_file(settings.key_path()).unwrap();
    assert_says(&settings, "restore it from a backup").await;
    assert!(!settings.key_path().exists(), "no new key is made for an old ledger");

    let hasty = LedgerSettings { bound: settings.poll, ..settings };
    assert_says(&hasty, "must be at most half of").await;
}

#[tokio::test]
async fn a_ledger_of_a_later_version_or_another_program_is_left_alone() {
    let (folder, settings) = folder();
    drop(Ledger::open(&settings).await.unwrap());
    alter(&settings.path, "PRAGMA user_version = 99").await;
    assert_says(&settings, "has schema 99 and this assentry knows only 2").await;

    let path = folder.path().join("theirs.db");
    alter(&path, "CREATE TABLE theirs (a)").await;
    let before = fs::read(&path).unwrap();
    assert_says(&LedgerSettings::at(&path), "is not a ledger").await;
    assert_eq!(fs::read(&path).unwrap(), before);
}

async fn alter(path: &Path, sql: &'static str) {
    use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn assert_says(settings: &LedgerSettings, words: &str) {
    let error = Ledger::open(settings).await.unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}

#[tokio::test]
async fn history_can_not_be_rewritten() {
    use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
    let (_folder, settings) = folder();
    let ledger = Ledger::open(&settings).await.unwrap();
    ledger.decide(&person("ada"), GROUP, to(DecisionKind::Withdraw, "personalisation")).await.unwrap();
    let mut connection = SqliteConnectOptions::new().filename(&settings.path).connect().await.unwrap();
    for sql in ["UPDATE decision SET kind = 'grant'", "DELETE FROM decision"] {
        let error = sqlx::query(sql).execute(&mut connection).await.unwrap_err().to_string();
        assert!(error.contains("only ever added"), "{error}");
    }
}

#[tokio::test]
async fn a_command_goes_through_the_running_proxy_and_holds_there_at_once() {
    let (_folder, settings) = folder();
    let ada = person("ada");
    {
        let mut direct = open_for_cli(&settings).await.unwrap();
        assert!(matches!(direct, Channel::Direct(_)));
        assert_eq!(direct.show(&ada, GROUP).await.unwrap(), None, "looking makes nobody known");
        direct.decide(&ada, GROUP, to(DecisionKind::Grant, "personalisation")).await.unwrap();
    }
    let ledger = Ledger::open(&settings).await.unwrap();
    let server = tokio::spawn(serve_control(
        ledger.clone(),
        ControlSocket::bind(&settings).unwrap(),
        tokio::sync::mpsc::channel(1).0,
    ));
    let yes = ledger.consent(&ada, GROUP).await.unwrap();
    let mut channel = open_for_cli(&settings).await.unwrap();
    assert!(matches!(channel, Channel::Proxy(_)));
    let no = channel.decide(&ada, GROUP, to(DecisionKind::Withdraw, "personalisation")).await.unwrap();
    assert!(!ledger.is_current(&yes));
    assert_eq!(channel.history(&ada, GROUP).await.unwrap(), ledger.history(&ada, GROUP).await.unwrap());
    let shown = channel.show(&ada, GROUP).await.unwrap().unwrap();
    assert_eq!(shown.decisions["personalisation"], no);
    let refused = channel.decide(&ada, GROUP, about_all(DecisionKind::Grant)).await;
    assert!(matches!(refused, Err(LedgerError::Refused(_))));
    server.abort();
}

#[tokio::test]
async fn keys_for_different_uses_differ_and_stay() {
    let (_folder, settings) = folder();
    let ledger = Ledger::open(&settings).await.unwrap();
    let key = ledger.derive_key("hash", &[b"login", b"ada"]);
    assert_ne!(key, ledger.derive_key("hash", &[b"login", b"bob"]));
    assert_ne!(key, ledger.derive_key("token", &[b"login", b"ada"]));
    drop(ledger);
    assert_eq!(key, Ledger::open(&settings).await.unwrap().derive_key("hash", &[b"login", b"ada"]));
}

const CHILD: &str = "ASSENTRY_TEST_LEDGER";

/// Not a test by itself: it is the process that the next test kills.
#[tokio::test]
async fn child_that_decides_until_it_is_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let ledger = Ledger::open(&LedgerSettings::at(path)).await.unwrap();
    loop {
        let new = to(DecisionKind::Grant, "personalisation");
        println!("\nacknowledged {}", ledger.decide(&person("ada"), GROUP, new).await.unwrap().generation);
    }
}

#[tokio::test]
async fn every_acknowledged_decision_outlives_kill_9() {
    let (_folder, settings) = folder();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_decides_until_it_is_killed", "--nocapture"])
        .env(CHILD, &settings.path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut acknowledged = lines.filter_map(|line| line.strip_prefix("acknowledged ")?.parse::<u64>().ok());
    let mut seen: Vec<u64> = acknowledged.by_ref().take(50).collect();
    child.kill().unwrap();
    seen.extend(acknowledged); // what it still managed to say
    child.wait().unwrap();
    let ledger = Ledger::open(&settings).await.unwrap();
    let kept: Vec<u64> = ledger
        .history(&person("ada"), GROUP)
        .await
        .unwrap()
        .iter()
        .map(|decision| decision.generation)
        .collect();
    assert!(seen.len() >= 50);
    assert!(seen.iter().all(|generation| kept.contains(generation)));
}
