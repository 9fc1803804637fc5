//! Certificates, versions and key exchange.

use std::{fs, path::Path};

use assentry::{
    cli::certs,
    tls::{ClientCertificate, ClientTls, ClientTlsSettings, Tls, TlsSettings},
};
use rustls::{
    HandshakeKind, NamedGroup,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use crate::{
    client::{Client, connect, get},
    house::{House, pair, secure, tls, trusting},
};

#[tokio::test]
async fn the_server_name_picks_the_certificate() {
    let (_one, first) = pair(&["first.test"]);
    let (_two, exact) = pair(&["chat.shop.test"]);
    let (_three, wildcard) = pair(&["*.shop.test"]);
    let house = House::open(secure(&[&first, &exact, &wildcard])).await;
    let config = Client::default().config();
    for (name, expected) in [
        ("first.test", &first),
        ("chat.shop.test", &exact),
        ("CHAT.shop.test", &exact),
        ("help.shop.test", &wildcard),
        ("a.help.shop.test", &first),
        ("shop.test", &first),
        ("unknown.test", &first),
        ("127.0.0.1", &first),
    ] {
        let stream = connect(house.address, name, &config).await.unwrap();
        let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
        assert_eq!(shown, CertificateDer::from_pem_file(&expected.certificate).unwrap(), "{name}");
    }
}

#[tokio::test]
async fn the_exchange_knows_which_name_and_protocol_were_agreed_on() {
    let (_dir, made) = pair(&["localhost"]);
    let house = House::open(secure(&[&made])).await;
    let config = Client { alpn: Some("http/1.1"), ..Client::default() }.config();
    let reply = get(connect(house.address, "LocalHost", &config).await.unwrap(), "/").await.unwrap();
    assert!(reply.ends_with("remote=127.0.0.1 tls=true name=localhost alpn=Http1 certificate=0"), "{reply}");
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_spoken() {
    let (_dir, made) = pair(&["localhost"]);
    let house = House::open(secure(&[&made])).await;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let config = Client { version: Some(version), ..Client::default() }.config();
        let stream = connect(house.address, "localhost", &config).await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(version.version));
        assert!(get(stream, "/").await.unwrap().starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn keys_are_agreed_on_so_that_a_quantum_computer_does_not_help_later() {
    let (_dir, made) = pair(&["localhost"]);
    let house = House::open(secure(&[&made])).await;
    let stream = connect(house.address, "localhost", &Client::default().config()).await.unwrap();
    let group = stream.get_ref().1.negotiated_key_exchange_group().unwrap();
    assert_eq!(group.name(), NamedGroup::X25519MLKEM768);
}

#[tokio::test]
async fn a_second_connection_resumes_the_session() {
    let (_dir, made) = pair(&["localhost"]);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let house = House::open(secure(&[&made])).await;
        let config = Client { version: Some(version), ..Client::default() }.config();
        for expected in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let mut stream = connect(house.address, "localhost", &config).await.unwrap();
            assert_eq!(stream.get_ref().1.handshake_kind(), Some(expected));
            get(&mut stream, "/").await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_client_certificate_is_asked_for_as_the_settings_say() {
    let (dir, made) = pair(&["localhost"]);
    let (other_dir, _) = pair(&["localhost"]);
    let ours = certs::client(dir.path(), "alice@example.com", false).unwrap();
    let foreign = certs::client(other_dir.path(), "alice@example.com", false).unwrap();
    let with = |files: &certs::MadeClient| {
        Client { identity: Some((&files.certificate, &files.key)), ..Client::default() }.config()
    };
    for (setting, none, own, others) in [
        (None, Some("certificate=0"), Some("certificate=1"), None),
        (Some(ClientCertificate::Optional), Some("certificate=0"), Some("certificate=1"), None),
        (Some(ClientCertificate::Required), None, Some("certificate=1"), None),
    ] {
        let mut listener = trusting(&made, &made.authority);
        listener.tls.as_mut().unwrap().client_certificate = setting;
        let house = House::open(listener).await;
        for (config, expected) in
            [(Client::default().config(), none), (with(&ours), own), (with(&foreign), others)]
        {
            // In TLS 1.3 the client learns of its refusal only when it reads.
            let reply = match connect(house.address, "localhost", &config).await {
                Ok(stream) => get(stream, "/").await.ok(),
                Err(_) => None,
            };
            match expected {
                Some(text) => assert!(reply.as_ref().unwrap().ends_with(text), "{setting:?} {reply:?}"),
                None => assert_eq!(reply, None, "{setting:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_new_certificate_is_taken_over_and_the_same_one_leaves_everything_as_it_is() {
    let (_one, old) = pair(&["localhost"]);
    let (_two, new) = pair(&["localhost"]);
    let (loaded, same, other) = (
        Tls::load(&tls(&[&old])).unwrap(),
        Tls::load(&tls(&[&old])).unwrap(),
        Tls::load(&tls(&[&new])).unwrap(),
    );
    let before = loaded.current();
    loaded.take_over(&same);
    assert!(std::sync::Arc::ptr_eq(&before, &loaded.current()), "sessions go on");
    loaded.take_over(&other);
    assert!(std::sync::Arc::ptr_eq(&other.current(), &loaded.current()));
    assert_eq!(loaded.certificates(), other.certificates());
    assert_ne!(loaded.certificates(), same.certificates());
}

#[test]
fn every_error_names_the_file_and_says_what_to_do() {
    let (dir, made) = pair(&["localhost"]);
    let (_other_dir, other) = pair(&["localhost"]);
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let nonsense = file("nonsense.pem", "hello");
    let encrypted = file(
        "encrypted.pem",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAo=\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let missing = dir.path().join("missing.pem");
    for (certificate, key, culprit, says) in [
        (&missing, &made.key, &missing, "check the path"),
        (&made.certificate, &missing, &missing, "check the path"),
        (&nonsense, &made.key, &nonsense, "is not PEM"),
        (&made.key, &made.key, &made.key, "holds no certificate"),
        (&made.certificate, &made.certificate, &made.certificate, "holds no private key"),
        (&made.certificate, &encrypted, &encrypted, "is encrypted"),
        (&made.certificate, &other.key, &other.key, "does not belong to"),
    ] {
        let mut settings = tls(&[&made]);
        settings.certificates[0].certificate.clone_from(certificate);
        settings.certificates[0].key.clone_from(key);
        let error = Tls::load(&settings).unwrap_err().to_string();
        assert!(error.contains(&format!("`{}`", culprit.display())) && error.contains(says), "{error}");
        assert!(error.starts_with(|c: char| c.is_lowercase() || c == '`'), "{error}");
    }
    let authority = TlsSettings { client_authority: Some(nonsense), ..tls(&[&made]) };
    assert!(Tls::load(&authority).unwrap_err().to_string().contains("nonsense.pem"));
    let nobody = TlsSettings { client_certificate: Some(ClientCertificate::Required), ..tls(&[&made]) };
    assert!(Tls::load(&nobody).unwrap_err().to_string().contains("needs a `client_authority`"));
    assert!(Tls::load(&tls(&[])).unwrap_err().to_string().contains("at least one pair"));
}

#[test]
fn half_an_identity_for_the_upstream_is_an_error() {
    let settings = ClientTlsSettings { certificate: Some(Path::new("x").into()), ..Default::default() };
    let (_dir, made) = pair(&["localhost"]);
    let settings = ClientTlsSettings { roots: Some(made.authority), ..settings };
    assert!(ClientTls::load(&settings, &[]).unwrap_err().to_string().contains("go together"));
}
