//! What `assentry certs` makes.

use std::{fs, os::unix::fs::PermissionsExt as _};

use assentry::cli::certs::{self, CertsArgs, CertsError};

use crate::house::pair;

fn args(dir: &std::path::Path) -> CertsArgs {
    CertsArgs { dir: dir.to_owned(), names: certs::default_names(), client: None, force: false }
}

#[test]
fn keys_can_be_read_by_their_owner_only() {
    let (dir, made) = pair(&["localhost"]);
    let client = certs::client(dir.path(), "alice", false).unwrap();
    for key in [&made.key, &made.authority_key, &client.key] {
        assert_eq!(fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn nothing_is_overwritten_unless_that_is_asked_for() {
    let (dir, made) = pair(&["localhost"]);
    let before = fs::read(&made.key).unwrap();
    assert!(matches!(certs::run(&args(dir.path())), Err(CertsError::Exists(_))));
    assert_eq!(fs::read(&made.key).unwrap(), before);
    certs::run(&CertsArgs { force: true, ..args(dir.path()) }).unwrap();
    assert_ne!(fs::read(&made.key).unwrap(), before);
    assert_eq!(fs::metadata(&made.key).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_client_certificate_is_added_beside_the_server_that_is_there() {
    let (dir, made) = pair(&["localhost"]);
    let before = fs::read(&made.certificate).unwrap();
    let with_client = CertsArgs { client: Some("alice@example.com".into()), ..args(dir.path()) };
    certs::run(&with_client).unwrap();
    assert!(dir.path().join("client-alice-example-com.pem").exists());
    assert_eq!(fs::read(&made.certificate).unwrap(), before);
    assert!(matches!(certs::run(&with_client), Err(CertsError::Exists(_))));
}
