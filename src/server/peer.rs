//! Who is at the other end of a connection, as far as the connection tells.

use std::{io, net::SocketAddr, sync::Arc};

use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{Bound, proxy_protocol};

/// Who is at the other end of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The client's address; the one that the PROXY protocol names, where it is spoken.
    pub remote: SocketAddr,
    /// The name of the listener.
    pub listener: Option<Arc<str>>,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// The server name that the client asked for in the handshake, in lower case.
    pub server_name: Option<Arc<str>>,
    /// The protocol agreed on in the handshake.
    pub alpn: Option<Alpn>,
    /// The client's own certificate; it is there only if the listener's authority signed it.
    pub certificate: Option<CertificateDer<'static>>,
}

/// A protocol agreed on in the handshake (RFC 7301).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alpn {
    /// `http/1.1`
    Http1,
    /// `h2`
    Http2,
}

/// A connection that is ready for HTTP.
pub(super) enum Greeted {
    /// Without TLS.
    Plain(TcpStream, Peer),
    /// With TLS.
    Secure(Box<TlsStream<TcpStream>>, Peer),
}

/// PROXY protocol, then TLS, as the listener asks.
pub(super) async fn greet(mut stream: TcpStream, from: SocketAddr, bound: &Bound) -> io::Result<Greeted> {
    stream.set_nodelay(true)?;
    let mut remote = SocketAddr::new(from.ip().to_canonical(), from.port());
    if let Some(protocol) = &bound.proxy_protocol {
        if !protocol.trusts(from) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "not from a listed network"));
        }
        remote = proxy_protocol::read(&mut stream).await?.unwrap_or(remote);
    }
    let plain = Peer {
        remote,
        listener: bound.name.clone(),
        tls: false,
        server_name: None,
        alpn: None,
        certificate: None,
    };
    let Some(tls) = &bound.tls else {
        return Ok(Greeted::Plain(stream, plain));
    };
    let stream = TlsAcceptor::from(tls.current()).accept(stream).await?;
    let (_, session) = stream.get_ref();
    let peer = Peer {
        tls: true,
        server_name: session.server_name().map(|name| name.to_ascii_lowercase().into()),
        alpn: session.alpn_protocol().and_then(Alpn::named),
        certificate: session.peer_certificates().and_then(|chain| chain.first()).cloned(),
        ..plain
    };
    Ok(Greeted::Secure(Box::new(stream), peer))
}

impl Alpn {
    fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"h2" => Some(Self::Http2),
            b"http/1.1" => Some(Self::Http1),
            _ => None,
        }
    }
}
