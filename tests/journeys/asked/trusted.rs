//! An analyzer over TLS: whom we trust there, and what we show.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};

use assentry::cli::certs::{self, Made, client};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::WebPkiClientVerifier,
};
use serde_json::json;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::TlsAcceptor;

use super::{ADMIN, POLICY, analyst, questions};
use crate::{
    bot::Bot,
    client::chat,
    house::House,
    program::Program,
    stop::connect,
    written::{Folder, Written},
};

const ROOTS: &str = "roots: theirs/authority.pem";
const PAIR: &str = "certificate: certs/client-assentry.pem, key: certs/client-assentry.key";

/// TLS before an analyzer.
struct Front {
    config: watch::Sender<Arc<ServerConfig>>,
    /// What each who came in had shown.
    shown: Arc<Mutex<Vec<Option<CertificateDer<'static>>>>>,
}

impl Front {
    fn begin(listener: TcpListener, analyst: SocketAddr, config: Arc<ServerConfig>) -> Self {
        let (config, changes) = watch::channel(config);
        let shown = Arc::default();
        let kept = Arc::clone(&shown);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, analyst, changes.clone(), Arc::clone(&kept)));
            }
        });
        Self { config, shown }
    }

    /// From now on it is this; whoever is connected is not any more.
    fn becomes(&self, config: Arc<ServerConfig>) {
        self.config.send_replace(config);
    }

    fn shown(&self) -> Vec<Option<CertificateDer<'static>>> {
        self.shown.lock().unwrap().clone()
    }
}

/// One connection, until its end or until the front is another.
async fn pass(
    stream: TcpStream,
    analyst: SocketAddr,
    mut changes: watch::Receiver<Arc<ServerConfig>>,
    shown: Arc<Mutex<Vec<Option<CertificateDer<'static>>>>>,
) {
    let config = Arc::clone(&changes.borrow_and_update());
    let Ok(mut stream) = TlsAcceptor::from(config).accept(stream).await else { return };
    let certificate = stream.get_ref().1.peer_certificates().map(|chain| chain[0].clone().into_owned());
    shown.lock().unwrap().push(certificate);
    let mut analyst = TcpStream::connect(analyst).await.unwrap();
    tokio::select! {
        _ = copy_bidirectional(&mut stream, &mut analyst) => {}
        _ = changes.changed() => {}
    }
}

/// A certificate and key; with an authority, only those come in whom it signed.
fn guard(made: &Made, clients: Option<&Path>) -> Arc<ServerConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let chain = vec![CertificateDer::from_pem_file(&made.certificate).unwrap()];
    Arc::new(builder.with_single_cert(chain, PrivateKeyDer::from_pem_file(&made.key).unwrap()).unwrap())
}

/// A place for a front, and what an operator writes about it.
async fn place(tls: &str, more: &str) -> (TcpListener, Written) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let names = format!("url: 'https://localhost:{port}', timeout: 10s, tls: {{{tls}}}{more}");
    let detectors = format!("detectors: {{names: {{{names}}}}}");
    (listener, Written::policy(POLICY).more(&format!("reload: {{watch: off}}\n{ADMIN}\n{detectors}")))
}

/// The analyzer's certificate, of an authority of its own.
fn theirs(folder: &Folder, dir: &str, name: &str) -> Made {
    certs::make(&folder.path(dir), &[name.to_owned()]).unwrap()
}

/// A proxy and the analyzer that it asks over TLS, guarded as `guarded` says.
async fn house(
    tls: &str,
    more: &str,
    guarded: impl FnOnce(&Folder) -> Arc<ServerConfig>,
) -> (House, Front, Bot) {
    let (listener, written) = place(tls, more).await;
    let (bot, analyst) = (Bot::open().await, analyst().await);
    let folder = written.write(bot.address);
    client(&folder.path("certs"), "assentry", false).unwrap();
    let config = guarded(&folder);
    let front = Front::begin(listener, analyst.address, config);
    (House::of(folder, bot).await, front, analyst)
}

async fn assert_found(house: &House) {
    let answer = house.ask(chat(r#"["my umbrella"]"#)).await;
    assert_eq!((answer.status, house.bot.last().text()), (200, r#"["my [person-name]"]"#));
    assert_eq!(
        house.receipt().await["to_bot"],
        json!([{"data": "people", "place": "$[*]", "action": "redact", "count": 1}])
    );
}

async fn assert_refused(house: &House, analyst: &Bot) {
    let answer = house.ask(chat(r#"["my umbrella"]"#)).await;
    house.assert_refused(&answer, 503, "detector-unreachable").await;
    assert!(!answer.text().contains("umbrella"));
    analyst.assert_untouched();
}

#[tokio::test]
async fn an_analyzer_whose_certificate_the_named_authority_signed_is_asked() {
    let (house, front, analyst) =
        house(ROOTS, "", |folder| guard(&theirs(folder, "theirs", "localhost"), None)).await;
    assert_found(&house).await;
    assert_eq!(questions(&analyst), [["my umbrella"]]);
    assert_eq!(front.shown(), [None], "nobody demanded anything of us");
}

#[tokio::test]
async fn an_analyzer_whose_certificate_somebody_else_signed_is_shown_no_text() {
    for wrong in [
        "roots: certs/authority.pem",
        // The system's authorities signed it neither.
        "",
    ] {
        let (house, front, analyst) =
            house(wrong, "", |folder| guard(&theirs(folder, "theirs", "localhost"), None)).await;
        assert_refused(&house, &analyst).await;
        assert_eq!(front.shown(), [], "no handshake came to an end");
    }
}

#[tokio::test]
async fn an_analyzer_that_can_not_be_trusted_is_done_without_where_the_operator_chose_so() {
    let (house, _front, analyst) = house("roots: certs/authority.pem", ", on_failure: pass", |folder| {
        guard(&theirs(folder, "theirs", "localhost"), None)
    })
    .await;
    let answer = house.ask(chat(r#"["my umbrella, x@mail.example"]"#)).await;
    assert_eq!((answer.status, house.bot.last().text()), (200, r#"["my umbrella, "]"#));
    let receipt = house.receipt().await;
    let deeds = receipt["to_bot"].as_array().unwrap().iter().map(|act| &act["action"]);
    assert_eq!(deeds.filter(|deed| **deed == "unanswered").count(), 3, "{receipt}");
    analyst.assert_untouched();
}

#[tokio::test]
async fn a_certificate_must_be_for_the_analyzers_name_or_for_the_one_that_the_operator_gives() {
    let other = |folder: &Folder| guard(&theirs(folder, "theirs", "analyzer.test"), None);
    let (wrong, _front, analyst) = house(ROOTS, "", other).await;
    assert_refused(&wrong, &analyst).await;
    let (named, _front, _analyst) = house(&format!("{ROOTS}, server_name: analyzer.test"), "", other).await;
    assert_found(&named).await;
}

#[tokio::test]
async fn an_analyzer_that_demands_a_certificate_is_shown_ours() {
    let (house, front, analyst) = house(&format!("{ROOTS}, {PAIR}"), "", |folder| {
        guard(&theirs(folder, "theirs", "localhost"), Some(&folder.made.authority))
    })
    .await;
    assert_found(&house).await;
    let ours = CertificateDer::from_pem_file(house.folder.path("certs/client-assentry.pem")).unwrap();
    assert_eq!(front.shown(), [Some(ours)]);
    assert_eq!(questions(&analyst).len(), 1);
}

#[tokio::test]
async fn an_analyzer_that_demands_a_certificate_and_is_shown_none_or_a_strangers_is_shown_no_text() {
    for (tls, clients) in [(ROOTS.to_owned(), "certs"), (format!("{ROOTS}, {PAIR}"), "theirs")] {
        let (house, front, analyst) = house(&tls, "", |folder| {
            let theirs = theirs(folder, "theirs", "localhost");
            guard(&theirs, Some(&folder.path(clients).join("authority.pem")))
        })
        .await;
        assert_refused(&house, &analyst).await;
        assert_eq!(front.shown(), [], "{tls}");
    }
}

#[tokio::test]
async fn a_reload_takes_over_whom_to_trust_and_what_to_show() {
    let (listener, written) = place(&format!("{ROOTS}, {PAIR}"), "").await;
    let (bot, analyst) = (Bot::open().await, analyst().await);
    let folder = written.write(bot.address);
    client(&folder.path("certs"), "assentry", false).unwrap();
    let before = theirs(&folder, "theirs", "localhost");
    let front = Front::begin(listener, analyst.address, guard(&before, Some(&folder.made.authority)));
    let program = Program::serve(&folder).await;
    let asks = async |text: &str| {
        let body = format!("[\"{text} umbrella\"]");
        connect(&program, &folder).await.ask(chat(&body)).await.status
    };
    assert_eq!(asks("one").await, 200);
    // The analyzer gets a certificate of another authority, and lets in whom that one signed.
    let after = theirs(&folder, "other", "localhost");
    let ours = client(&folder.path("other"), "assentry", false).unwrap();
    front.becomes(guard(&after, Some(&after.authority)));
    assert_eq!(asks("two").await, 503, "nothing was taken over yet");
    fs::copy(&after.authority, &before.authority).unwrap();
    reload(&folder).await;
    assert_eq!(asks("three").await, 503, "now we trust it, and it does not trust us");
    fs::copy(&ours.certificate, folder.path("certs/client-assentry.pem")).unwrap();
    fs::copy(&ours.key, folder.path("certs/client-assentry.key")).unwrap();
    reload(&folder).await;
    assert_eq!(asks("four").await, 200);
    let texts: Vec<String> = bot.requests().iter().map(|sent| sent.text().to_owned()).collect();
    assert_eq!(texts, [r#"["one [person-name]"]"#, r#"["four [person-name]"]"#]);
    assert_eq!(questions(&analyst), [["one umbrella"], ["four umbrella"]]);
}

async fn reload(folder: &Folder) {
    let config = folder.config();
    let output = Program::run(&["reload", "--config", config.to_str().unwrap()]).await;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}
