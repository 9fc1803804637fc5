//! Clients: HTTP/1.1 and HTTP/2 over TLS, and bare bytes over TLS.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{answer::Answer, house::House, written::Folder};

/// Long enough never to be reached when all is well.
pub const SURELY: Duration = Duration::from_secs(20);

/// One connection, over either protocol.
pub enum Connection {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

/// Which protocol to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Http {
    One,
    Two,
}

impl House {
    /// Asks on a connection of its own.
    pub async fn ask(&self, request: Request<Full<Bytes>>) -> Answer {
        self.connect(Http::One).await.ask(request).await
    }

    /// Sends these bytes on a connection of its own and hears all that comes back.
    pub async fn tell(&self, bytes: impl AsRef<[u8]>) -> Answer {
        let heard = self.hear(bytes).await;
        Answer::parse(&heard).unwrap_or_else(|| panic!("no answer but `{}`", String::from_utf8_lossy(&heard)))
    }

    /// The same, whether it is an answer or not.
    pub async fn hear(&self, bytes: impl AsRef<[u8]>) -> Vec<u8> {
        let (mut read, mut write) = tokio::io::split(self.raw().await);
        let bytes = bytes.as_ref().to_vec();
        let writing = tokio::spawn(async move {
            write.write_all(&bytes).await.ok();
            write.flush().await.ok();
            write
        });
        let mut heard = Vec::new();
        timeout(SURELY, read.read_to_end(&mut heard)).await.expect("the connection is closed in time").ok();
        writing.abort();
        heard
    }

    pub async fn connect(&self, http: Http) -> Connection {
        Connection::new(self.dial(http, trusting(&self.folder)).await, http).await
    }

    /// A connection for bare bytes.
    pub async fn raw(&self) -> TlsStream<TcpStream> {
        self.dial(Http::One, trusting(&self.folder)).await
    }

    pub async fn dial(&self, http: Http, mut config: ClientConfig) -> TlsStream<TcpStream> {
        config.alpn_protocols = vec![http.alpn().to_vec()];
        secure(TcpStream::connect(self.address).await.unwrap(), config).await
    }
}

/// What the operator is told at this path.
pub async fn operator(address: SocketAddr, path: &str) -> Answer {
    operator_by("GET", address, path).await
}

/// The same by another method.
pub async fn operator_by(method: &str, address: SocketAddr, path: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&raw(&format!("{method} {path}"), &[], b"")).await.unwrap();
    let mut heard = Vec::new();
    timeout(SURELY, stream.read_to_end(&mut heard)).await.expect("there is an answer in time").unwrap();
    Answer::parse(&heard).unwrap()
}

impl Connection {
    pub async fn new(stream: TlsStream<TcpStream>, http: Http) -> Self {
        let stream = TokioIo::new(stream);
        match http {
            Http::One => {
                let (sender, connection) =
                    http1::Builder::new().preserve_header_case(true).handshake(stream).await.unwrap();
                tokio::spawn(connection);
                Self::Http1(sender)
            }
            Http::Two => {
                let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
                tokio::spawn(connection);
                Self::Http2(sender)
            }
        }
    }

    /// Asks and reads the whole reply.
    pub async fn ask(&mut self, request: Request<Full<Bytes>>) -> Answer {
        let answered = async { Answer::of(self.send(request).await.unwrap()).await };
        timeout(SURELY, answered).await.expect("there is an answer in time")
    }

    /// Asks; the reply's body flows.
    pub async fn send(&mut self, mut request: Request<Full<Bytes>>) -> hyper::Result<Response<Incoming>> {
        match self {
            Self::Http1(sender) => {
                sender.ready().await?;
                request.headers_mut().insert("host", "localhost".parse().unwrap());
                sender.send_request(request).await
            }
            Self::Http2(sender) => {
                let target = format!("https://localhost{}", request.uri());
                *request.uri_mut() = target.parse().unwrap();
                sender.ready().await?;
                sender.send_request(request).await
            }
        }
    }
}

impl Http {
    pub const BOTH: [Self; 2] = [Self::One, Self::Two];

    fn alpn(self) -> &'static [u8] {
        match self {
            Self::One => b"http/1.1",
            Self::Two => b"h2",
        }
    }
}

/// A handshake under the name `localhost`.
pub async fn secure(stream: TcpStream, config: ClientConfig) -> TlsStream<TcpStream> {
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

/// A client that trusts the folder's authority and shows no certificate.
pub fn trusting(folder: &Folder) -> ClientConfig {
    builder(folder).with_no_client_auth()
}

/// A client that shows this certificate.
pub fn showing(folder: &Folder, certificate: &Path, key: &Path) -> ClientConfig {
    let chain = vec![CertificateDer::from_pem_file(certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    builder(folder).with_client_auth_cert(chain, key).unwrap()
}

fn builder(folder: &Folder) -> rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&folder.made.authority).unwrap()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
}

/// Ada's JSON for `/chat`.
pub fn chat(body: &str) -> Request<Full<Bytes>> {
    chat_of("ada", body)
}

/// Somebody's JSON for `/chat`.
pub fn chat_of(who: &str, body: &str) -> Request<Full<Bytes>> {
    Request::post("/chat")
        .header("x-user-id", who)
        .header("content-type", "application/json")
        .body(Full::from(body.to_owned()))
        .unwrap()
}

/// An HTTP/1.1 request after which the connection is closed: the request line, more lines, the body.
pub fn raw(line: &str, fields: &[&str], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    fields.iter().for_each(|field| head += &format!("{field}\r\n"));
    if !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// Ada's JSON for `/chat`, whatever it is.
pub fn raw_chat(body: impl AsRef<[u8]>) -> Vec<u8> {
    raw("POST /chat", &["X-User-Id: ada", "Content-Type: application/json"], body.as_ref())
}
