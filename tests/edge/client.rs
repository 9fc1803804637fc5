//! Clients: bare bytes, and TLS that shows what was agreed on.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty};
use hyper::{body::Incoming, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme, SupportedProtocolVersion,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// Long enough never to be reached when all is well.
pub const SURELY: Duration = Duration::from_secs(10);

pub async fn tcp(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

/// A handshake under `name`, whatever certificate comes.
pub async fn connect(
    address: SocketAddr,
    name: &str,
    config: &Arc<ClientConfig>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::clone(config)).connect(name, TcpStream::connect(address).await?).await
}

/// Sends a request line with `Connection: close` and reads all that comes.
pub async fn get(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> std::io::Result<String> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    rest(&mut stream).await
}

/// Everything until the other side closes.
pub async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    match timeout(SURELY, stream.read_to_end(&mut bytes)).await.expect("the other side closes in time") {
        Err(error) if bytes.is_empty() => Err(error),
        Ok(_) | Err(_) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// One HTTP/2 connection.
pub async fn http2<S>(stream: S) -> http2::SendRequest<Empty<bytes::Bytes>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

pub fn http2_get(path: &str) -> Request<Empty<bytes::Bytes>> {
    Request::builder().uri(format!("https://localhost{path}")).body(Empty::new()).unwrap()
}

pub async fn text(response: Response<Incoming>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

/// What a client is set up with.
#[derive(Default)]
pub struct Client<'a> {
    pub alpn: Option<&'a str>,
    pub version: Option<&'static SupportedProtocolVersion>,
    pub identity: Option<(&'a Path, &'a Path)>,
}

impl Client<'_> {
    pub fn config(&self) -> Arc<ClientConfig> {
        let versions = self.version.map_or(rustls::ALL_VERSIONS.to_vec(), |version| vec![version]);
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&versions)
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Trusting));
        let mut config = match self.identity {
            Some((certificate, key)) => builder
                .with_client_auth_cert(
                    vec![CertificateDer::from_pem_file(certificate).unwrap()],
                    PrivateKeyDer::from_pem_file(key).unwrap(),
                )
                .unwrap(),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = self.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }
}

/// Takes any certificate: the tests look at it themselves.
#[derive(Debug)]
struct Trusting;

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
