//! A small consent service, to read and to run: what `ledger: {http: …}` and `ledger: {veto: …}` talk to.
//!
//! It keeps decisions in one file of lines, as `assentry consent export` writes them, and tells Assentry by a signed webhook
//! when somebody's consents changed. Run it with
//! `cargo run --example consent-service -- --listen 127.0.0.1:8600 --file decisions.ndjson`.
//! It is not meant for many people: each question looks through all decisions.

mod book;

use std::{
    convert::Infallible,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use clap::Parser;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Request, Response, StatusCode, body::Bytes, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::WebPkiClientVerifier,
};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use self::book::{Book, Failed};

/// What it is told on the command line.
#[derive(Parser, Clone, Debug, Default)]
pub struct Options {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8600")]
    pub listen: String,
    /// The file that keeps the decisions.
    #[arg(long)]
    pub file: PathBuf,
    /// PEM file with the certificate to show; without one it speaks plain HTTP.
    #[arg(long, requires = "key")]
    pub certificate: Option<PathBuf>,
    /// PEM file with its key.
    #[arg(long)]
    pub key: Option<PathBuf>,
    /// PEM file with the authority that signed Assentry's certificate; then nobody is let in without one.
    #[arg(long)]
    pub clients: Option<PathBuf>,
    /// Where Assentry's admin listener is, to be told of changes at once.
    #[arg(long, requires = "push_key")]
    pub push: Option<SocketAddr>,
    /// The key to sign that with: `whsec_…`.
    #[arg(long, env = "WEBHOOK_KEY")]
    pub push_key: Option<String>,
}

/// Answers one question; with those whose consents changed by it.
fn answer(book: &Mutex<Book>, path: &str, body: &[u8]) -> Result<(Vec<u8>, Vec<String>), Failed> {
    let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
    let asked: Value = if path == "/import" { Value::Null } else { serde_json::from_slice(body)? };
    let word = |place| asked.pointer(place).and_then(Value::as_str);
    let (subject, group) = (word("/subject/digest"), word("/group"));
    let both = || subject.zip(group).ok_or("`subject.digest` and `group` are needed");
    let said = match path {
        "/consents" => both().map(|(subject, group)| book.consents(subject, group))?,
        "/history" => {
            let (subject, group) = both()?;
            json!({"history": book.of(subject, group).map(|(n, line)| line.told(n)).collect::<Vec<_>>()})
        }
        "/decisions" => {
            let ((subject, group), key) = (both()?, word("/key").ok_or("`key` is needed")?);
            let decision =
                book.decide(subject, group, key, asked.get("decision").cloned().unwrap_or_default())?;
            return Ok((json!({"decision": decision}).to_string().into(), vec![subject.to_owned()]));
        }
        "/import" => {
            let new = book.import(body)?;
            let added = json!({"added": new.len()});
            return Ok((added.to_string().into(), new.into_iter().map(|line| line.subject).collect()));
        }
        "/export" => return Ok((book.export(group)?, Vec::new())),
        _ => return Err("there are `consents`, `decisions`, `history`, `export` and `import`".into()),
    };
    Ok((said.to_string().into(), Vec::new()))
}

/// Tells Assentry whose consents changed, signed as the Standard Webhooks specification says.
async fn push(options: &Options, subjects: &[String]) -> Result<(), Failed> {
    let (Some(address), Some(key)) = (options.push, &options.push_key) else { return Ok(()) };
    let now = Timestamp::now();
    let named: Vec<Value> = subjects.iter().map(|digest| json!({"digest": digest})).collect();
    let body = json!({"type": "consents.changed", "timestamp": now, "data": {"subjects": named}}).to_string();
    let (id, timestamp) = (format!("msg_{}", uuid::Uuid::now_v7().simple()), now.as_second().to_string());
    let key = BASE64.decode(key.trim_start_matches("whsec_"))?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let signature = BASE64.encode(hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes()));
    let stream = TokioIo::new(TcpStream::connect(address).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
    tokio::spawn(connection);
    let request = Request::post("/consents/changed")
        .header("host", address.to_string())
        .header("content-type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", format!("v1,{signature}"))
        .body(Full::<Bytes>::from(body))?;
    let status = sender.send_request(request).await?.status();
    if status == StatusCode::NO_CONTENT { Ok(()) } else { Err(format!("it answered {status}").into()) }
}

fn acceptor(options: &Options) -> Result<Option<TlsAcceptor>, Failed> {
    let (Some(certificate), Some(key)) = (&options.certificate, &options.key) else { return Ok(None) };
    let builder = match &options.clients {
        None => ServerConfig::builder().with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(authority)?)?;
            ServerConfig::builder()
                .with_client_cert_verifier(WebPkiClientVerifier::builder(roots.into()).build()?)
        }
    };
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    Ok(Some(TlsAcceptor::from(Arc::new(
        builder.with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?,
    ))))
}

/// The reply to one question. A change is acknowledged only when Assentry was told; where it can't be, its `max_age` bounds the
/// delay.
async fn reply(book: &Mutex<Book>, options: &Options, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let body = Limited::new(request.into_body(), 16 << 20).collect().await;
    let answered = body.and_then(|body| answer(book, &path, &body.to_bytes()));
    match answered {
        Ok((said, changed)) => {
            if let (false, Err(error)) = (changed.is_empty(), push(options, &changed).await) {
                eprintln!("Assentry could not be told: {error}");
            }
            Response::new(Full::from(said))
        }
        Err(why) => {
            let mut reply = Response::new(Full::from(format!("{why}\n")));
            *reply.status_mut() = StatusCode::BAD_REQUEST;
            reply
        }
    }
}

/// Answers for ever.
pub async fn serve(listener: TcpListener, options: Options) -> Result<(), Failed> {
    let (book, tls) = (Arc::new(Mutex::new(Book::open(&options.file)?)), acceptor(&options)?);
    let options = Arc::new(options);
    let mut connections = JoinSet::new(); // they end with us
    loop {
        let (tcp, _) = listener.accept().await?;
        while connections.try_join_next().is_some() {}
        let (book, options, tls) = (Arc::clone(&book), Arc::clone(&options), tls.clone());
        let asked = service_fn(move |request: Request<Incoming>| {
            let (book, options) = (Arc::clone(&book), Arc::clone(&options));
            async move { Ok::<_, Infallible>(reply(&book, &options, request).await) }
        });
        let http = hyper::server::conn::http1::Builder::new();
        connections.spawn(async move {
            let served = match tls {
                None => {
                    http.serve_connection(TokioIo::new(tcp), asked).await.map_err(|error| error.to_string())
                }
                Some(tls) => match tls.accept(tcp).await {
                    Ok(stream) => http
                        .serve_connection(TokioIo::new(stream), asked)
                        .await
                        .map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                },
            };
            served.unwrap_or_else(|error| eprintln!("a connection broke: {error}"));
        });
    }
}

/// What runs when it is no part of a test.
#[tokio::main]
pub async fn main() -> Result<(), Failed> {
    let options = Options::parse();
    let listener = TcpListener::bind(&options.listen).await?;
    println!("listening on {}", listener.local_addr()?);
    serve(listener, options).await
}
