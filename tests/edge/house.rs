//! A running server whose handler says what it knows of its peer.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use assentry::{
    cli::certs::{self, Made},
    message::Body,
    quantity::Span,
    server::{ListenerSettings, Peer, Server, ServerLimits, ServerTimeouts},
    tls::{CertificateFiles, TlsSettings},
};
use http::{Request, Response};
use hyper::body::Incoming;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle, time::sleep};

/// A running server.
pub struct House {
    pub address: SocketAddr,
    pub exchanges: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl House {
    pub async fn open(listener: ListenerSettings) -> Self {
        Self::with(listener, ServerLimits::default(), ServerTimeouts::default()).await
    }

    pub async fn with(listener: ListenerSettings, limits: ServerLimits, timeouts: ServerTimeouts) -> Self {
        let server = Server::bind(&[listener], limits, timeouts).await.unwrap();
        let address = server.addresses()[0];
        let exchanges = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&exchanges);
        let (stop, stopped) = oneshot::channel::<()>();
        let handler = move |request, peer| {
            count.fetch_add(1, Ordering::SeqCst);
            answer(request, peer)
        };
        let serving = tokio::spawn(server.serve(handler, async { drop(stopped.await) }));
        Self { address, exchanges, stop: Some(stop), serving }
    }

    pub fn stop(&mut self) {
        self.stop.take();
    }

    pub async fn stopped(self) {
        self.serving.await.unwrap();
    }
}

async fn answer(request: Request<Incoming>, peer: Arc<Peer>) -> Response<Body> {
    match request.uri().path() {
        "/slow" => sleep(Duration::from_millis(300)).await,
        "/forever" => std::future::pending().await,
        "/panic" => panic!("on purpose"),
        _ => {}
    }
    let known = format!(
        "remote={} tls={} name={} alpn={} certificate={}",
        peer.remote.ip(),
        peer.tls,
        peer.server_name.as_deref().unwrap_or("-"),
        peer.alpn.map_or("-".to_owned(), |alpn| format!("{alpn:?}")),
        peer.certificate.as_ref().map_or(0, |der| der.len().min(1)),
    );
    Response::new(Body::whole(known))
}

/// A folder with an authority and a server pair for the names.
pub fn pair(names: &[&str]) -> (TempDir, Made) {
    let dir = tempfile::tempdir().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = certs::make(dir.path(), &names).unwrap();
    (dir, made)
}

pub fn plain() -> ListenerSettings {
    ListenerSettings {
        name: None,
        address: "127.0.0.1:0".parse().unwrap(),
        tls: None,
        plain: false,
        proxy_protocol: None,
    }
}

pub fn secure(pairs: &[&Made]) -> ListenerSettings {
    ListenerSettings { tls: Some(tls(pairs)), ..plain() }
}

pub fn tls(pairs: &[&Made]) -> TlsSettings {
    let files =
        |made: &&Made| CertificateFiles { certificate: made.certificate.clone(), key: made.key.clone() };
    TlsSettings {
        certificates: pairs.iter().map(files).collect(),
        client_authority: None,
        client_certificate: None,
    }
}

pub fn trusting(made: &Made, authority: &Path) -> ListenerSettings {
    let tls = TlsSettings { client_authority: Some(authority.to_owned()), ..tls(&[made]) };
    ListenerSettings { tls: Some(tls), ..plain() }
}

pub fn millis(n: u64) -> Span {
    Span(Duration::from_millis(n))
}
