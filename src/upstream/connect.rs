//! Connecting: Tower bounds how many at a time and how long, and sheds what is more.

use std::{io, sync::Arc, time::Duration};

use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use tower::{
    BoxError, ServiceExt as _,
    limit::ConcurrencyLimit,
    load_shed::{LoadShed, error::Overloaded},
    service_fn,
    timeout::{Timeout, error::Elapsed},
    util::BoxCloneSyncService,
};

use super::{Address, HttpVersion, UpstreamError, UpstreamSettings, http2::Http2};
use crate::{
    message::Body,
    tls::{ClientTls, TlsError},
};

/// Handshakes at a time: a backend that comes back is not met by everyone at once.
const HANDSHAKES: usize = 256;

/// A new connection.
pub(super) enum Fresh {
    Http1(http1::SendRequest<Body>),
    Http2(Http2),
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("too many connections are being made")]
    Overloaded,
    #[error("it took too long")]
    TimedOut,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Http(#[from] hyper::Error),
    #[error(transparent)]
    Name(#[from] TlsError),
    #[error("it does not speak HTTP/2 over TLS")]
    NoHttp2,
}

/// TLS with the protocols that are offered in the handshake.
struct Offers {
    /// Those that the settings ask for.
    usual: ClientTls,
    /// HTTP/1.1 alone, for sockets.
    http1: ClientTls,
}

/// Makes connections.
pub(super) struct Connector {
    stack: BoxCloneSyncService<(Address, HttpVersion), Fresh, BoxError>,
    tls: Arc<Option<Offers>>,
    patience: Duration,
    http: HttpVersion,
}

impl Connector {
    pub(super) fn new(settings: &UpstreamSettings) -> Result<Self, UpstreamError> {
        let http = settings.http;
        let tls = match settings.addresses.iter().any(Address::is_tls) {
            true => Some(Offers::load(settings)?),
            false => None,
        };
        let tls = Arc::new(tls);
        let for_dialling = Arc::clone(&tls);
        let dial = service_fn(move |(address, http): (Address, HttpVersion)| {
            let tls = Arc::clone(&for_dialling);
            async move { dial(&address, tls.as_ref().as_ref(), http).await }
        });
        let patience = settings.timeouts.connect.0;
        let stack = LoadShed::new(ConcurrencyLimit::new(Timeout::new(dial, patience), HANDSHAKES));
        Ok(Self { stack: BoxCloneSyncService::new(stack), tls, patience, http })
    }

    /// Whether certificates and authorities, if any, have the same contents.
    pub(super) fn is_of_the_same_files(&self, other: &Self) -> bool {
        match (&*self.tls, &*other.tls) {
            (Some(ours), Some(theirs)) => ours.usual.is_of_the_same_files(&theirs.usual),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// How long a connection may take.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// Whether HTTP/2 is spoken and nothing else.
    pub(super) fn insists_on_http2(&self) -> bool {
        self.http == HttpVersion::Http2
    }

    /// Whether a connection to `address` may turn out to be one that is shared.
    pub(super) fn may_share(&self, address: &Address) -> bool {
        match self.http {
            HttpVersion::Auto => address.is_tls(),
            HttpVersion::Http1 => false,
            HttpVersion::Http2 => true,
        }
    }

    /// Connects and finishes all handshakes.
    pub(super) async fn open(&self, address: &Address) -> Result<Fresh, ConnectError> {
        self.dial(address, self.http).await
    }

    /// The same for a socket, which has the connection to itself unless the settings insist on HTTP/2.
    pub(super) async fn open_for_socket(&self, address: &Address) -> Result<Fresh, ConnectError> {
        match self.http {
            HttpVersion::Auto | HttpVersion::Http1 => self.dial(address, HttpVersion::Http1).await,
            HttpVersion::Http2 => self.dial(address, HttpVersion::Http2).await,
        }
    }

    async fn dial(&self, address: &Address, http: HttpVersion) -> Result<Fresh, ConnectError> {
        self.stack.clone().oneshot((address.clone(), http)).await.map_err(ConnectError::unboxed)
    }
}

impl Offers {
    fn load(settings: &UpstreamSettings) -> Result<Self, TlsError> {
        let usual = ClientTls::load(&settings.tls.clone().unwrap_or_default(), alpn(settings.http))?;
        Ok(Self { http1: usual.offering(alpn(HttpVersion::Http1)), usual })
    }

    fn of(&self, http: HttpVersion) -> &ClientTls {
        match http {
            HttpVersion::Http1 => &self.http1,
            HttpVersion::Auto | HttpVersion::Http2 => &self.usual,
        }
    }
}

impl ConnectError {
    fn unboxed(error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(ours) => *ours,
            Err(error) if error.is::<Overloaded>() => Self::Overloaded,
            Err(error) if error.is::<Elapsed>() => Self::TimedOut,
            Err(error) => Self::Io(io::Error::other(error)),
        }
    }
}

fn alpn(http: HttpVersion) -> &'static [&'static [u8]] {
    match http {
        HttpVersion::Auto => &[b"h2", b"http/1.1"],
        HttpVersion::Http1 => &[b"http/1.1"],
        HttpVersion::Http2 => &[b"h2"],
    }
}

async fn dial(address: &Address, tls: Option<&Offers>, http: HttpVersion) -> Result<Fresh, ConnectError> {
    let tcp = TcpStream::connect((address.host(), address.port())).await?;
    tcp.set_nodelay(true)?;
    let Some(tls) = tls.filter(|_| address.is_tls()).map(|tls| tls.of(http)) else {
        return speak(tcp, http == HttpVersion::Http2).await;
    };
    let name = tls.name_for(address.host())?;
    let stream = TlsConnector::from(tls.config()).connect(name, tcp).await?;
    let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    if http == HttpVersion::Http2 && !http2 {
        return Err(ConnectError::NoHttp2);
    }
    speak(stream, http2).await
}

async fn speak<S>(stream: S, http2: bool) -> Result<Fresh, ConnectError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    if http2 {
        return Http2::begin(stream).await.map(Fresh::Http2);
    }
    let (sender, connection) =
        http1::Builder::new().preserve_header_case(true).handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.with_upgrades().await {
            tracing::debug!(%error, "a connection to the upstream broke");
        }
    });
    Ok(Fresh::Http1(sender))
}
