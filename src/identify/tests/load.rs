//! Sources that can't work say so at load, and how to mend them.

use std::{fs, path::Path};

use insta::assert_snapshot;

use super::{KEY, sources};
use crate::identify::Identifier;

fn fault(yaml: &str) -> String {
    fault_in(yaml, Path::new("/nowhere"))
}

fn fault_in(yaml: &str, base_dir: &Path) -> String {
    Identifier::new(&sources(yaml), base_dir).unwrap_err().to_string()
}

/// A token source with this algorithm and key.
fn token(algorithm: &str, key: &str) -> String {
    format!("- jwt: {{algorithm: {algorithm}, key: {key}, issuer: i, audience: a}}")
}

#[test]
fn a_key_that_is_not_there_or_not_enough_is_an_error() {
    assert_snapshot!(fault(&token("HS256", "{file: secret.txt}")), @"subject source 1 (`jwt`): can't read `secret.txt`: there is no such file; a relative path starts at the configuration's folder");
    assert_snapshot!(fault(&token("HS256", "{inline: hunter2}")), @"subject source 1 (`jwt`): the secret has 7 bytes; use 32 random ones or more (RFC 7518, section 3.2), such as from `openssl rand -hex 32`");
    assert_snapshot!(fault(&token("HS256", "{}")), @"subject source 1 (`jwt`): `key` names 0 places; write exactly one of `inline`, `file`, `jwks_file` and `jwks_url`");
    assert_snapshot!(fault(&token("HS256", "{inline: a, file: b}")), @"subject source 1 (`jwt`): `key` names 2 places; write exactly one of `inline`, `file`, `jwks_file` and `jwks_url`");
    assert_snapshot!(fault(&token("HS256", "{inline: a, refresh: 5m}")), @"subject source 1 (`jwt`): `refresh` and `keep` are for `jwks_url`; remove them");
    assert_snapshot!(fault(&token("RS256", "{inline: not a key}")), @"subject source 1 (`jwt`): the key has 0 `PUBLIC KEY` blocks; write exactly one, such as from `openssl pkey -pubout`");
    assert_snapshot!(fault("- signed_cookie: {name: s, key: {inline: hunter2}}"), @"subject source 1 (`signed_cookie`): the secret has 7 bytes; use 32 random ones or more (RFC 7518, section 3.2), such as from `openssl rand -hex 32`");
}

#[test]
fn a_key_of_the_wrong_kind_is_an_error() {
    let pem = rcgen::KeyPair::generate().unwrap().public_key_pem();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p256.pem"), &pem).unwrap();
    fs::write(folder.path().join("two.pem"), pem.repeat(2)).unwrap();
    let load = |algorithm, file| fault_in(&token(algorithm, &format!("{{file: {file}}}")), folder.path());
    assert_snapshot!(load("HS256", "p256.pem"), @"subject source 1 (`jwt`): the secret is a PEM file; write a random secret, or the `algorithm` that belongs to the key");
    assert_snapshot!(load("RS256", "p256.pem"), @"subject source 1 (`jwt`): the public key does not fit `RS256`; it needs an RSA key of 2,048 to 8,192 bits");
    assert_snapshot!(load("EdDSA", "p256.pem"), @"subject source 1 (`jwt`): the public key does not fit `EdDSA`; it needs an Ed25519 key");
    assert_snapshot!(load("ES256", "two.pem"), @"subject source 1 (`jwt`): the key has 2 `PUBLIC KEY` blocks; write exactly one, such as from `openssl pkey -pubout`");
}

#[test]
fn a_key_set_without_a_fitting_key_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("set.json"), r#"{"keys": [{"kty": "oct", "k": "c2hvcnQ"}, 7]}"#).unwrap();
    fs::write(folder.path().join("list.json"), "[]").unwrap();
    let load = |file| fault_in(&token("HS256", &format!("{{jwks_file: {file}}}")), folder.path());
    assert_snapshot!(load("set.json"), @"subject source 1 (`jwt`): `set.json` has no key that fits `HS256`; check each key's `kty`, `crv`, `alg`, `use` and size");
    assert_snapshot!(load("list.json"), @"subject source 1 (`jwt`): `list.json` is not a JSON Web Key Set; it must be an object with a list `keys` (RFC 7517, section 5)");
}

#[test]
fn an_address_for_keys_is_secure_or_this_machine() {
    assert_snapshot!(fault(&token("HS256", "{jwks_url: 'https://id.example/keys'}")), @"subject source 1 (`jwt`): `HS256` needs a secret, and secrets are not fetched; write `inline`, `file` or `jwks_file`");
    assert_snapshot!(fault(&token("ES256", "{jwks_url: 'http://id.example/keys'}")), @"subject source 1 (`jwt`): `jwks_url` must be an `https` address without user name, or an `http` one on `localhost`, `127.0.0.1` or `[::1]`");
    assert_snapshot!(fault(&token("ES256", "{jwks_url: 'http://localhost/keys', refresh: 1s}")), @"subject source 1 (`jwt`): `refresh` must be 30s or more, and `keep` no shorter than `refresh`");
    for bad in ["https://u:p@id.example/", "ftp://id.example/", "/keys", "", "http://127.0.0.1.example/"] {
        assert!(
            fault(&token("ES256", &format!("{{jwks_url: '{bad}'}}"))).contains("must be an `https`"),
            "{bad}"
        );
    }
    for good in ["http://localhost/keys", "http://127.0.0.1:8080", "http://[::1]:1/k?a=b"] {
        let yaml = token("ES256", &format!("{{jwks_url: '{good}'}}"));
        assert!(Identifier::new(&sources(&yaml), Path::new(".")).is_ok(), "{good}");
    }
}

#[test]
fn a_name_that_no_request_carries_is_an_error() {
    assert_snapshot!(fault("- header: {name: x_user_id, from: [10.0.0.1]}"), @"subject source 1 (`header`): `x_user_id` is not a header name; use letters, digits and `-`");
    assert_snapshot!(fault("- header: {name: Cookie, from: [10.0.0.1]}"), @"subject source 1 (`header`): `Cookie` can't name a subject; choose a header that says nothing else");
    assert_snapshot!(fault("- header: {name: x-user-id, from: []}"), @"subject source 1 (`header`): `from` is empty; list the networks of the peers that set this header");
    assert_snapshot!(fault("- cookie: {name: 'a;b'}"), @"subject source 1 (`cookie`): `a;b` is not a cookie name; use letters, digits, `-` and `_` (RFC 6265, section 4.1.1)");
    assert_snapshot!(fault("- query: {name: ''}"), @"subject source 1 (`query`): `name` is empty; fill it in");
    assert_snapshot!(fault("- body: {at: '$..id'}"), @"subject source 1 (`body`): `$..id` is not a path to one place; use names and indexes only, such as `$.user.id`");
}

#[test]
fn a_token_source_that_contradicts_itself_is_an_error() {
    let with = |more: &str| {
        format!("- jwt: {{algorithm: HS256, key: {{inline: {KEY}}}, issuer: i, audience: a, {more}}}")
    };
    assert_snapshot!(fault(&with("header: x-token, cookie: t")), @"subject source 1 (`jwt`): the token comes in a `header` or in a `cookie`; remove one");
    assert_snapshot!(fault(&with("leeway: 1h")), @"subject source 1 (`jwt`): `leeway` is more than 5m; set the clocks instead");
    assert_snapshot!(fault(&with("claim: ''")), @"subject source 1 (`jwt`): `claim` is empty; fill it in");
}

#[test]
fn ids_of_two_sources_are_never_mixed_up_by_accident() {
    assert_snapshot!(fault("[cookie: {name: a}, query: {name: b}, cookie: {name: c}]"), @"subject source 3 (`cookie`): its ids are called `cookie` like those of source 1; give both a `namespace`, the same only if one id is one person in both");
    assert_snapshot!(fault("- cookie: {name: a, namespace: 'a:b'}"), @"subject source 1 (`cookie`): `a:b` is not a namespace; use up to 64 letters, digits, `.`, `-` and `_`, beginning with a letter");
    let meant = "[cookie: {name: a, namespace: login}, query: {name: b, namespace: login}]";
    assert!(Identifier::new(&sources(meant), Path::new(".")).is_ok());
}

#[test]
fn unknown_keys_and_missing_ones_are_errors_that_point_at_the_line() {
    let read =
        |yaml: &str| serde_saphyr::from_str::<Vec<super::SubjectSource>>(yaml).unwrap_err().to_string();
    assert_snapshot!(read("- cookie: {name: a, forwards: true}\n"), @r#"
    error: line 1 column 21: unknown field `forwards`, expected one of name, namespace, forward
     --> <input>:1:21
      |
    1 | - cookie: {name: a, forwards: true}
      |                     ^ unknown field `forwards`, expected one of name, namespace, forward
    "#);
    assert_snapshot!(read("- header: {name: a}\n"), @r#"
    error: line 1 column 12: missing field `from`
     --> <input>:1:12
      |
    1 | - header: {name: a}
      |            ^ missing field `from`
    "#);
    assert_snapshot!(read("- client_certificate: {san: dns, forward: true}\n"), @r#"
    error: line 1 column 34: unknown field `forward`, expected one of san, namespace
     --> <input>:1:34
      |
    1 | - client_certificate: {san: dns, forward: true}
      |                                  ^ unknown field `forward`, expected one of san, namespace
    "#);
    assert_snapshot!(read("- jwt: {algorithm: none}\n"), @r#"
    error: line 1 column 20: unknown variant `none`, expected one of HS256, RS256, ES256, EdDSA
     --> <input>:1:20
      |
    1 | - jwt: {algorithm: none}
      |                    ^ unknown variant `none`, expected one of HS256, RS256, ES256, EdDSA
    "#);
    assert_snapshot!(read("- header: {name: a, from: [0.0.0.0/0]}\n"), @r#"
    error: line 1 column 28: `0.0.0.0/0` is everybody; list the networks of the peers you trust
     --> <input>:1:28
      |
    1 | - header: {name: a, from: [0.0.0.0/0]}
      |                            ^ `0.0.0.0/0` is everybody; list the networks of the peers you trust
    "#);
}

#[test]
fn the_schema_names_every_source() {
    let schema = schemars::schema_for!(Vec<super::SubjectSource>).to_value().to_string();
    for kind in ["jwt", "client_certificate", "header", "signed_cookie", "cookie", "query", "body"] {
        assert!(schema.contains(&format!("\"{kind}\"")), "{kind}");
    }
}
