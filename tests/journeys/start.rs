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

/// What `serve --check` says of a folder, and that it leaves nothing behind.
async fn checked(folder: &Folder) -> (Option<i32>, String) {
    let names = || {
        let entries = fs::read_dir(folder.config().parent().unwrap()).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect::<std::collections::BTreeSet<_>>()
    };
    let before = names();
    let output = Program::run(&["serve", "--check", "--config", folder.config().to_str().unwrap()]).await;
    assert_eq!(names(), before);
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn a_check_finds_what_serving_would_find_and_makes_nothing() {
    let (code, said) = checked(&folder(&Written::shop())).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("can be served"), "{said}");
    let missing = folder(&Written::shop());
    fs::remove_file(&missing.made.key).unwrap();
    let (one, other) = (folder(&Written::shop()), folder(&Written::shop()));
    fs::copy(&other.made.key, &one.made.key).unwrap();
    for (folder, word) in [
        (missing, "certs/server.key"),
        (one, "does not belong to the certificate"),
        (rewritten("path: ledger.db", "path: missing/ledger.db"), "missing/ledger.db"),
        (rewritten("file: receipts.ndjson", "file: missing/receipts.ndjson"), "missing/receipts.ndjson"),
    ] {
        let (code, said) = checked(&folder).await;
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(word), "`{word}` is not in: {said}");
    }
}

#[tokio::test]
async fn a_second_demo_leaves_the_files_of_the_first_alone() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("demo");
    fs::create_dir(&folder).unwrap();
    let ledger = assentry::ledger::LedgerSettings::at(folder.join("ledger.db"));
    let _served = assentry::ledger::ControlSocket::bind(&ledger).unwrap();
    fs::write(folder.join("assentry.yaml"), "the first one's").unwrap();
    let output = Program::run(&["demo", "--port", "0", "--dir", folder.to_str().unwrap()]).await;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&format!("is serving the ledger `{}`", ledger.path.display())), "{said}");
    assert_eq!(fs::read_to_string(folder.join("assentry.yaml")).unwrap(), "the first one's");
    assert!(!folder.join("certs").exists());
}

#[tokio::test]
async fn a_demo_that_can_not_be_written_names_its_folder() {
    let output = Program::run(&["demo", "--port", "0", "--dir", "/proc/demo"]).await;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("`/proc/demo`") && said.contains("--dir"), "{said}");
}

#[tokio::test]
async fn a_no_that_nobody_would_obey_is_not_taken() {
    let folder = folder(&Written::shop());
    let said = async |subject: &str, more: &[&str]| {
        let config = folder.config();
        let line = [
            "consent",
            "withdraw",
            "personalisation",
            "--subject",
            subject,
            "--config",
            config.to_str().unwrap(),
        ];
        let output = Program::run(&[&line, more].concat()).await;
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, words) = said("visitor:alice", &["--create"]).await;
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("unknown namespace `visitor`") && !words.contains("alice"), "{words}");
    let (code, words) = said("login:alice", &[]).await;
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("there is no ledger at") && !folder.path("ledger.db").exists(), "{words}");
    let (code, words) = said("login:alice", &["--create"]).await;
    assert_eq!(code, Some(0), "{words}");
}
