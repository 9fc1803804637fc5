//! What can't be served is said, by name, before anybody connects.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _};

use crate::{
    program::Program,
    written::{Folder, SHOP, Written},
};

const NOBODY: &str = "127.0.0.1:9";

fn folder(written: &Written) -> Folder {
    written.write(NOBODY.parse().unwrap())
}

/// Changes the configuration as it is written.
fn rewritten(from: &str, to: &str) -> Folder {
    let folder = folder(&Written::shop());
    let text = fs::read_to_string(folder.config()).unwrap();
    assert!(text.contains(from));
    fs::write(folder.config(), text.replace(from, to)).unwrap();
    folder
}

/// That it could not run, and that all these words are said.
async fn assert_says(folder: &Folder, words: &[&str]) {
    let (code, said) = Program::fails(folder).await;
    assert_eq!(code, Some(1), "{said}");
    words.iter().for_each(|word| assert!(said.contains(word), "`{word}` is not in: {said}"));
    assert!(!said.contains("panicked") && !said.contains("listening"), "{said}");
}

#[tokio::test]
async fn a_port_that_is_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert_says(&rewritten("127.0.0.1:0", &address), &[&address, "in use"]).await;
}

#[tokio::test]
async fn a_ledger_that_can_not_be_written_is_named() {
    let folder = rewritten("path: ledger.db", "path: missing/ledger.db");
    assert_says(&folder, &["missing/ledger.db", "can't write"]).await;
}

#[tokio::test]
async fn a_file_that_is_no_ledger_is_named_and_left_alone() {
    let folder = folder(&Written::shop());
    fs::write(
        folder.path("ledger.db"),
        "something else entirely, and long enough to be looked at\n".repeat(99),
    )
    .unwrap();
    let before = fs::read(folder.path("ledger.db")).unwrap();
    assert_says(&folder, &["ledger.db"]).await;
    assert_eq!(fs::read(folder.path("ledger.db")).unwrap(), before);
}

#[tokio::test]
async fn a_key_that_others_can_read_is_named() {
    let folder = folder(&Written::shop());
    let key = folder.path("ledger.db.key");
    fs::write(&key, [7; 32]).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert_says(&folder, &["ledger.db.key", "chmod 600"]).await;
}

#[tokio::test]
async fn receipts_that_can_not_be_written_are_named() {
    let folder = rewritten("file: receipts.ndjson", "file: missing/receipts.ndjson");
    assert_says(&folder, &["missing/receipts.ndjson"]).await;
}

#[tokio::test]
async fn a_missing_certificate_is_named() {
    let folder = folder(&Written::shop());
    fs::remove_file(&folder.made.certificate).unwrap();
    assert_says(&folder, &["certs/server.pem"]).await;
}

#[tokio::test]
async fn a_key_that_belongs_to_another_certificate_is_named() {
    let (one, other) = (folder(&Written::shop()), folder(&Written::shop()));
    fs::copy(&other.made.key, &one.made.key).unwrap();
    assert_says(&one, &["certs/server"]).await;
}

#[tokio::test]
async fn a_missing_configuration_is_named() {
    let folder = folder(&Written::shop());
    fs::remove_file(folder.config()).unwrap();
    assert_says(&folder, &["assentry.yaml"]).await;
}

#[tokio::test]
async fn a_broken_configuration_is_shown_with_its_line() {
    assert_says(&rewritten("routes:\n", "routes: [\n"), &["assentry.yaml"]).await;
    assert_says(&rewritten("policy: policy.yaml", "polcy: policy.yaml"), &["assentry.yaml:", "polcy", "^"])
        .await;
}

#[tokio::test]
async fn a_missing_policy_is_named() {
    let folder = folder(&Written::shop());
    fs::remove_file(folder.path("policy.yaml")).unwrap();
    assert_says(&folder, &["policy.yaml"]).await;
}

#[tokio::test]
async fn a_broken_policy_is_shown_with_its_line() {
    let typo = SHOP.replace("for: support", "for: suport");
    let selector = SHOP.replace("$.text", "$.text[");
    assert_says(&folder(&Written::policy(&typo)), &["policy.yaml:", "suport", "support", "^"]).await;
    assert_says(&folder(&Written::policy(&selector)), &["policy.yaml:", "$.text[", "^"]).await;
}

#[tokio::test]
async fn a_second_proxy_on_the_same_ledger_is_turned_away() {
    let folder = folder(&Written::shop());
    let first = Program::serve(&folder).await;
    assert_says(&folder, &["another assentry"]).await;
    first.kill();
}
