//! The least that a TLS reverse proxy of hyper and rustls can be: `hyper ADDRESS BOT CERTIFICATE KEY`.
//!
//! TLS in front with HTTP/1.1 and HTTP/2, HTTP/1.1 behind with connections that are kept. It forwards every request as
//! it came and every reply as it came; it knows no time limits, no routes, no limits, and looks at no body. Whatever
//! a proxy adds to this is what its work costs.

use std::{
    error::Error,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use hyper::{
    Request, Response, Version,
    body::{Body, Frame, Incoming, SizeHint},
    client::conn::http1::{SendRequest, handshake},
    header::{CONNECTION, HOST, HeaderValue},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn Error + Send + Sync>;

/// Where the bot is, and the connections to it that are not in use.
struct Bot {
    address: String,
    idle: Mutex<Vec<SendRequest<Incoming>>>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [address, bot, certificate, key] = words.as_slice() else {
        return Err("usage: hyper ADDRESS BOT CERTIFICATE KEY".into());
    };
    let tls = TlsAcceptor::from(Arc::new(tls(certificate, key)?));
    let bot = Arc::new(Bot { address: bot.clone(), idle: Mutex::default() });
    let listener = TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (tls, bot) = (tls.clone(), Arc::clone(&bot));
        tokio::spawn(async move {
            let Ok(stream) = tls.accept(stream).await else { return };
            let service = service_fn(move |request| forward(Arc::clone(&bot), request));
            let builder = auto::Builder::new(TokioExecutor::new());
            builder.serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}

fn tls(certificate: &str, key: &str) -> Result<ServerConfig, Failure> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<_, _>>()?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

async fn forward(bot: Arc<Bot>, mut request: Request<Incoming>) -> Result<Response<Returning>, Failure> {
    let mut sender = bot.connection().await?;
    if let Some(authority) = request.uri().authority() {
        let host = HeaderValue::from_str(authority.as_str())?;
        request.headers_mut().insert(HOST, host);
        *request.uri_mut() = request.uri().path_and_query().cloned().ok_or("no path")?.into();
    }
    *request.version_mut() = Version::HTTP_11;
    request.headers_mut().remove(CONNECTION);
    let mut response = sender.send_request(request).await?;
    response.headers_mut().remove(CONNECTION);
    Ok(response.map(|body| Returning { body, connection: Some((sender, bot)) }))
}

impl Bot {
    async fn connection(&self) -> Result<SendRequest<Incoming>, Failure> {
        while let Some(mut sender) = self.take() {
            if sender.ready().await.is_ok() {
                return Ok(sender);
            }
        }
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    fn take(&self) -> Option<SendRequest<Incoming>> {
        self.idle.lock().ok()?.pop()
    }
}

/// The bot's reply, which gives its connection back when it ends.
struct Returning {
    body: Incoming,
    connection: Option<(SendRequest<Incoming>, Arc<Bot>)>,
}

impl Body for Returning {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if self.body.is_end_stream()
            && let Some((sender, bot)) = self.connection.take()
            && let Ok(mut idle) = bot.idle.lock()
        {
            idle.push(sender);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
