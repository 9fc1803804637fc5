//! What holds of SQLite's file, and of the files beside it.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    process::Command,
    time::Duration,
};

use assentry::{
    consent::DecisionKind,
    ledger::{ControlSocket, Ledger, LedgerError, LedgerSettings},
    subject::{Standing, Subject},
};

use super::{GROUP, Home, person, to};

#[tokio::test]
async fn no_raw_id_is_in_any_file() {
    let Home { folder, settings } = Home::sqlite();
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
    let Home { folder, settings } = Home::sqlite();
    let ledger = Ledger::open(&settings).await.unwrap();
    ledger.decide(&person("ada"), GROUP, to(DecisionKind::Grant, "personalisation")).await.unwrap();
    let _socket = ControlSocket::bind(&settings).unwrap();
    assert!(files(folder.path()).len() >= 5);
    for file in files(folder.path()) {
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o077, 0, "{}", file.display());
    }
}

#[tokio::test]
async fn a_file_moved_away_is_noticed_before_anything_is_acknowledged() {
    let Home { folder, settings } = Home::sqlite();
    let ledger = Ledger::open(&settings).await.unwrap();
    ledger.consent(&person("ada"), GROUP).await.unwrap();
    fs::rename(&settings.path, folder.path().join("elsewhere.db")).unwrap();
    let answer = ledger.decide(&person("ada"), GROUP, to(DecisionKind::Withdraw, "personalisation")).await;
    assert!(matches!(answer, Err(LedgerError::Unreachable(_))), "{answer:?}");
    tokio::time::sleep(settings.stale_after.0 + Duration::from_millis(200)).await;
    assert!(ledger.consent(&person("ada"), GROUP).await.is_err());
}

#[tokio::test]
async fn a_ledger_that_can_not_be_used_says_what_to_do() {
    let Home { folder, settings } = Home::sqlite();
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

    let hasty = LedgerSettings { stale_after: settings.poll(), ..settings };
    assert_says(&hasty, "must be at most half of").await;
}

#[tokio::test]
async fn a_ledger_of_a_later_version_or_another_program_is_left_alone() {
    let home = Home::sqlite();
    drop(Ledger::open(&home.settings).await.unwrap());
    home.alter("PRAGMA user_version = 99").await;
    assert_says(&home.settings, "has schema 99 and this assentry knows only 5").await;

    let theirs = Home::sqlite();
    theirs.alter("CREATE TABLE theirs (a)").await;
    let before = fs::read(&theirs.settings.path).unwrap();
    assert_says(&theirs.settings, "is not a ledger").await;
    assert_eq!(fs::read(&theirs.settings.path).unwrap(), before);
}

async fn assert_says(settings: &LedgerSettings, words: &str) {
    let error = Ledger::open(settings).await.unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}
