//! Fetching one small document over HTTPS.
//!
//! The rule: one GET, 10 seconds, 1 MiB, status 200, no redirects; TLS always, except to this very machine. What would
//! defeat it is a redirect to plain text, or a name that only pretends to be `localhost`: for plain `http` only
//! loopback addresses are connected to, whatever the name resolves to.

use std::{io, net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header, uri::Scheme};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;

use crate::identify::fault::Fault;

const PATIENCE: Duration = Duration::from_secs(10);
const LARGEST: usize = 1 << 20;

/// An address and how to get there.
pub(super) struct Fetcher {
    host: String,
    port: u16,
    target: String,
    authority: String,
    /// None for plain `http`.
    tls: Option<TlsConnector>,
}

/// Why nothing came.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("no connection: {0}")]
    Connection(#[from] io::Error),
    #[error("no valid reply: {0}")]
    Protocol(#[from] hyper::Error),
    #[error("the reply has status {}", .0.as_u16())]
    Status(StatusCode),
    #[error("the reply broke off or is larger than 1 MiB")]
    Body,
    #[error("no reply within 10 seconds")]
    Timeout,
    #[error("the reply is not a JSON Web Key Set")]
    NoKeySet,
}

impl Fetcher {
    /// Trusts the authorities that the system trusts.
    pub(super) fn new(url: &str) -> Result<Self, Fault> {
        Self::trusting(url, system_authorities)
    }

    /// Trusts these authorities, which are asked for only if the address needs any.
    pub(super) fn trusting(url: &str, authorities: impl FnOnce() -> RootCertStore) -> Result<Self, Fault> {
        let uri: Uri = url.parse().map_err(|_| Fault::KeyAddress)?;
        let authority = uri.authority().ok_or(Fault::KeyAddress)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let secure = uri.scheme() == Some(&Scheme::HTTPS);
        let plain = uri.scheme() == Some(&Scheme::HTTP) && is_this_machine(&host);
        if authority.as_str().contains('@') || host.is_empty() || !(secure || plain) {
            return Err(Fault::KeyAddress);
        }
        ServerName::try_from(host.as_str()).map_err(|_| Fault::KeyAddress)?;
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let target = uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        let tls = if secure { Some(connector(authorities())?) } else { None };
        Ok(Self { host, port, target, authority: authority.to_string(), tls })
    }

    /// Where it fetches from, for logs.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Whether both fetch the same document.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let secure = self.tls.is_some() == other.tls.is_some();
        secure && self.authority == other.authority && self.target == other.target
    }

    /// The document.
    pub(super) async fn fetch(&self) -> Result<Bytes, FetchError> {
        timeout(PATIENCE, self.fetch_patiently()).await.unwrap_or(Err(FetchError::Timeout))
    }

    async fn fetch_patiently(&self) -> Result<Bytes, FetchError> {
        let addresses: Vec<_> = lookup_host((self.host.as_str(), self.port))
            .await?
            .filter(|address| self.tls.is_some() || address.ip().is_loopback())
            .collect();
        let stream = TcpStream::connect(addresses.as_slice()).await?;
        match &self.tls {
            None => self.get(stream).await,
            Some(tls) => {
                let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
                self.get(tls.connect(name, stream).await?).await
            }
        }
    }

    async fn get(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<Bytes, FetchError> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Ends with the sender, at the latest when the patience of `fetch` does.
        tokio::spawn(connection);
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.uri_mut() = self.target.parse().map_err(io::Error::other)?;
        let headers = request.headers_mut();
        headers.insert(header::HOST, self.authority.parse().map_err(io::Error::other)?);
        headers.insert(
            header::ACCEPT,
            header::HeaderValue::from_static("application/jwk-set+json, application/json"),
        );
        let reply = sender.send_request(request).await?;
        if reply.status() != StatusCode::OK {
            return Err(FetchError::Status(reply.status()));
        }
        let body = Limited::new(reply.into_body(), LARGEST).collect().await;
        body.map(|body| body.to_bytes()).map_err(|_| FetchError::Body)
    }
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn system_authorities() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn connector(authorities: RootCertStore) -> Result<TlsConnector, Fault> {
    if authorities.is_empty() {
        return Err(Fault::NoAuthorities);
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| Fault::NoAuthorities)?
        .with_root_certificates(authorities)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}
