//! Keys over the network: they come, they change, they stay away.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rustls::{RootCertStore, ServerConfig, crypto::aws_lc_rs::default_provider, pki_types::PrivateKeyDer};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    time::sleep,
};
use tokio_rustls::TlsAcceptor;

use super::{tokens::*, *};
use crate::identify::{
    fetch::{FetchError, Fetcher},
    key_set::Unpicked,
    remote::Pace,
};

/// A server that sends one reply, whatever it is asked.
#[derive(Clone)]
struct KeyServer {
    address: SocketAddr,
    reply: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl KeyServer {
    async fn new(reply: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { address, reply: Arc::new(Mutex::new(reply)), asked: Arc::default() };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 4096];
                let _ = stream.read(&mut request).await;
                serving.asked.fetch_add(1, Ordering::SeqCst);
                let reply = serving.reply.lock().unwrap().clone();
                let _ = stream.write_all(reply.as_bytes()).await;
            }
        });
        server
    }

    fn says(&self, reply: String) {
        *self.reply.lock().unwrap() = reply;
    }

    fn url(&self) -> String {
        format!("http://{}/keys", self.address)
    }

    fn remote(&self, refresh: u64, again: u64, keep: u64) -> Remote {
        let [refresh, again, keep] = [refresh, again, keep].map(Duration::from_millis);
        Remote::with(Fetcher::new(&self.url()).unwrap(), Algorithm::ES256, Pace { refresh, again, keep })
    }
}

fn ok(keys: &Value) -> String {
    let body = json!({"keys": keys}).to_string();
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn status(code: u16) -> String {
    format!("HTTP/1.1 {code} X\r\nlocation: /other\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

fn from_url(url: &str) -> Identifier {
    identifier(&format!(
        "[jwt: {{algorithm: ES256, key: {{jwks_url: '{url}'}}, issuer: 'https://id.example', audience: shop}}, \
         query: {{name: u}}]"
    ))
}

fn ask(identifier: &Identifier, token: &str) -> Result<Option<String>, Refusal> {
    let request = head("/?u=eve", &[("authorization", &format!("Bearer {token}"))]);
    who(identifier, &request, LOCAL)
}

async fn until(mut condition: impl FnMut() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came about");
}

#[tokio::test]
async fn fetched_keys_verify_and_without_any_tokens_are_refused_not_passed_over() {
    let signer = Signer::new(Algorithm::ES256);
    let server = KeyServer::new(ok(&json!([signer.jwk(&json!({"kid": "a"}))]))).await;
    let identifier = from_url(&server.url());
    let token = signer.token(Some("a"), &claims(&json!({})));
    assert_eq!(ask(&identifier, &token), Err(Refusal::KeysUnreachable), "before the start");
    assert_eq!(Refusal::KeysUnreachable.status(), 503);
    assert_eq!(who(&identifier, &head("/?u=eve", &[]), LOCAL), Ok(Some("query/eve".to_owned())));
    identifier.start().await;
    assert_eq!(ask(&identifier, &token), Ok(Some("jwt/ada".to_owned())));
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it_and_not_more_often_than_allowed() {
    let [old, new] = std::array::from_fn(|_| Signer::new(Algorithm::ES256));
    let server = KeyServer::new(ok(&json!([old.jwk(&json!({"kid": "old"}))]))).await;
    let identifier = from_url(&server.url());
    identifier.start().await;
    assert_eq!(server.asked.load(Ordering::SeqCst), 1);
    server.says(ok(&json!([new.jwk(&json!({"kid": "new"}))])));
    let token = new.token(Some("new"), &claims(&json!({})));
    assert_eq!(ask(&identifier, &token), Err(Refusal::KeysUnreachable), "come back shortly");
    until(|| ask(&identifier, &token).is_ok()).await;
    let gone = old.token(Some("old"), &claims(&json!({})));
    assert!(is_401(&ask(&identifier, &gone)), "what was fetched last counts");
    for _ in 0..20 {
        assert!(is_401(&ask(&identifier, &new.token(Some("bogus"), &claims(&json!({}))))));
    }
    sleep(Duration::from_millis(50)).await;
    assert_eq!(server.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn fetched_keys_are_taken_over_with_their_age_and_not_fetched_again() {
    let signer = Signer::new(Algorithm::ES256);
    let server = KeyServer::new(ok(&json!([signer.jwk(&json!({"kid": "a"}))]))).await;
    let old = from_url(&server.url());
    assert_eq!(old.start().await, []);
    server.says(status(500));
    let (new, elsewhere) = (from_url(&server.url()), from_url(&format!("{}/other", server.url())));
    new.take_over(&old);
    elsewhere.take_over(&old);
    let token = signer.token(Some("a"), &claims(&json!({})));
    assert_eq!(ask(&new, &token), Ok(Some("jwt/ada".to_owned())));
    assert_eq!(ask(&elsewhere, &token), Err(Refusal::KeysUnreachable));
    assert_eq!(new.start().await, []);
    assert_eq!(server.asked.load(Ordering::SeqCst), 1);
    let unfetched = |known| vec![Unfetched { host: "127.0.0.1".to_owned(), known }];
    assert_eq!(elsewhere.start().await, unfetched(false));
    let again = from_url(&format!("{}/other", server.url()));
    again.take_over(&elsewhere);
    assert_eq!(again.start().await, unfetched(true), "no worse than before");
}

#[tokio::test]
async fn an_outage_keeps_the_last_keys_for_a_time_and_no_longer() {
    let signer = Signer::new(Algorithm::ES256);
    let server = KeyServer::new(ok(&json!([signer.jwk(&json!({"kid": "a"}))]))).await;
    let (remote, short) = (server.remote(10, 10, 60_000), server.remote(10, 10, 50));
    assert!(remote.refresh().await);
    for broken in [status(500), status(302), "nonsense".to_owned(), ok(&json!(7)), String::new()] {
        server.says(broken.clone());
        assert!(!remote.refresh().await, "{broken}");
        assert!(remote.current().is_some_and(|set| set.pick(Some("a")).is_ok()), "{broken}");
    }
    server.says(ok(&json!([signer.jwk(&json!({"kid": "a"}))])));
    assert!(short.refresh().await);
    server.says(status(500));
    sleep(Duration::from_millis(60)).await;
    assert!(!short.refresh().await && short.current().is_none());
}

#[tokio::test]
async fn a_set_that_was_emptied_has_no_keys() {
    let signer = Signer::new(Algorithm::ES256);
    let server = KeyServer::new(ok(&json!([signer.jwk(&json!({"kid": "a"}))]))).await;
    let remote = server.remote(1_000, 1_000, 10_000);
    assert!(remote.refresh().await);
    server.says(ok(&json!([])));
    assert!(remote.refresh().await);
    assert_eq!(remote.current().map(|set| set.pick(Some("a")).err()), Some(Some(Unpicked::Unknown)));
}

#[tokio::test]
async fn an_unknown_key_is_in_doubt_while_fetching_fails() {
    let server = KeyServer::new(ok(&json!([]))).await;
    let remote = server.remote(10_000, 10_000, 10_000);
    assert!(remote.refresh().await);
    assert!(remote.may_be_behind() && remote.may_be_behind(), "a fetch is under way");
    assert!(remote.refresh().await);
    assert!(!remote.may_be_behind(), "it went well, so the key is unknown indeed");
    server.says(status(503));
    assert!(!remote.refresh().await);
    assert!(remote.may_be_behind());
}

#[tokio::test]
async fn keys_are_fetched_again_and_again_until_the_identifier_goes() {
    let server = KeyServer::new(status(500)).await;
    let remote = Arc::new(server.remote(10, 10, 1_000));
    let following = remote.clone();
    let task = tokio::spawn(async move { following.follow().await });
    until(|| server.asked.load(Ordering::SeqCst) > 2).await;
    assert!(remote.current().is_none());
    server.says(ok(&json!([])));
    until(|| remote.current().is_some()).await;
    task.abort();
}

#[tokio::test]
async fn a_reply_is_a_small_complete_document_and_nothing_else() {
    let huge = "x".repeat((1 << 20) + 1);
    let table = [
        (status(404), "404"),
        (status(301), "301"),
        (format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{huge}", huge.len()), "1 MiB"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort".to_owned(), "broke off"),
        ("SSH-2.0-x\r\n".to_owned(), "no valid reply"),
    ];
    for (reply, expected) in table {
        let server = KeyServer::new(reply).await;
        let error = Fetcher::new(&server.url()).unwrap().fetch().await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_secure_address_needs_a_certificate_from_a_trusted_authority() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(ok(&json!([])).as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    let trusting = |authority: rcgen::Certificate, host: &str| {
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).unwrap();
        Fetcher::trusting(&format!("https://{host}:{port}/keys"), || roots).unwrap()
    };
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert;
    let body = trusting(made.cert.clone(), "localhost").fetch().await.unwrap();
    assert_eq!(body, r#"{"keys":[]}"#);
    for stranger in [trusting(other, "localhost"), trusting(made.cert, "127.0.0.1")] {
        assert!(matches!(stranger.fetch().await, Err(FetchError::Connection(_))));
    }
    let nobody = Fetcher::trusting("https://localhost/", RootCertStore::empty);
    assert!(matches!(nobody, Err(Fault::NoAuthorities)));
}

#[tokio::test]
async fn following_ends_with_the_identifier() {
    let server = KeyServer::new(ok(&json!([]))).await;
    let identifier = from_url(&server.url());
    identifier.start().await;
    let remote = Arc::downgrade(identifier.remotes().next().unwrap());
    drop(identifier);
    until(|| remote.upgrade().is_none()).await;
}

#[tokio::test]
async fn nobody_home_is_an_error() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nobody = Fetcher::new(&format!("http://{free}/")).unwrap();
    assert!(matches!(nobody.fetch().await, Err(FetchError::Connection(_))));
}
