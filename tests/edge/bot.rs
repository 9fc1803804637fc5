//! Backends: one that speaks HTTP properly and says what it saw, and one that does as it is told, byte by byte.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, header::HeaderValue};
use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::{
    body::{Frame, Incoming},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::sleep,
};
use tokio_rustls::TlsAcceptor;

/// A backend and what it saw.
#[derive(Clone)]
pub struct Bot {
    pub address: SocketAddr,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: AtomicUsize,
    heads: Mutex<Vec<String>>,
}

impl Bot {
    /// Speaks HTTP/1.1 and HTTP/2; what it does depends on the path.
    pub async fn open(tls: Option<TlsAcceptor>) -> Self {
        Self::with(tls, 100).await
    }

    /// As many streams at a time over HTTP/2.
    pub async fn with(tls: Option<TlsAcceptor>, streams: u32) -> Self {
        Self::on(move |stream, seen| {
            let tls = tls.clone();
            async move {
                match tls {
                    Some(tls) => serve(tls.accept(stream).await.unwrap(), seen, streams).await,
                    None => serve(stream, seen, streams).await,
                }
            }
        })
        .await
    }

    /// Reads one request head per connection and hands the connection to `act`.
    pub async fn raw<F, R>(act: F) -> Self
    where
        F: Fn(TcpStream) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        Self::on(move |mut stream, seen| {
            let act = act.clone();
            async move {
                if let Some(head) = read_head(&mut stream).await {
                    seen.requests.fetch_add(1, SeqCst);
                    seen.heads.lock().unwrap().push(head);
                    act(stream).await;
                }
            }
        })
        .await
    }

    async fn on<F, R>(act: F) -> Self
    where
        F: Fn(TcpStream, Arc<Seen>) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bot = Self { address: listener.local_addr().unwrap(), seen: Arc::default() };
        let seen = Arc::clone(&bot.seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                seen.connections.fetch_add(1, SeqCst);
                tokio::spawn(act(stream, Arc::clone(&seen)));
            }
        });
        bot
    }

    pub fn connections(&self) -> usize {
        self.seen.connections.load(SeqCst)
    }

    pub fn requests(&self) -> usize {
        self.seen.requests.load(SeqCst)
    }

    /// Request heads, as [`Bot::raw`] read them.
    pub fn heads(&self) -> Vec<String> {
        self.seen.heads.lock().unwrap().clone()
    }
}

/// Reads one head, up to the empty line.
pub async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(head).unwrap())
}

async fn serve<S>(stream: S, seen: Arc<Seen>, streams: u32)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| {
        seen.requests.fetch_add(1, SeqCst);
        async move { Ok::<_, Infallible>(answer(request).await) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http2().max_concurrent_streams(streams);
    builder.serve_connection(TokioIo::new(stream), service).await.ok();
}

type Reply = Response<BoxBody<Bytes, Infallible>>;

async fn answer(request: Request<Incoming>) -> Reply {
    match request.uri().path() {
        "/slow" => sleep(Duration::from_millis(150)).await,
        "/forever" => std::future::pending().await,
        "/events" => return events(),
        "/one-hop" => return one_hop(),
        "/empty" => return status(204),
        _ => {}
    }
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap();
    let trailers = body.trailers().cloned().unwrap_or_default();
    let said = format!(
        "{:?} {} {} {:?} trailers={trailers:?} {}",
        parts.version,
        parts.method,
        parts.uri,
        parts.headers,
        String::from_utf8_lossy(&body.to_bytes())
    );
    Response::new(Full::new(Bytes::from(said)).boxed())
}

fn status(code: u16) -> Reply {
    Response::builder().status(code).body(Full::default().boxed()).unwrap()
}

fn one_hop() -> Reply {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", HeaderValue::from_static("42"));
    let frames = [Frame::data(Bytes::from("hello")), Frame::trailers(trailers)];
    let (sender, receiver) = mpsc::unbounded_channel();
    frames.into_iter().for_each(|frame| sender.send(frame).unwrap());
    Response::builder()
        .header("alt-svc", "h3=\":443\"")
        .header("connection", "x-private")
        .header("keep-alive", "timeout=9")
        .header("x-private", "1")
        .header("x-public", "1")
        .header("trailer", "x-sum")
        .body(stream(receiver))
        .unwrap()
}

/// Three events with pauses between them.
fn events() -> Reply {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for n in 0..3 {
            sender.send(Frame::data(Bytes::from(format!("data: {n}\n\n")))).ok();
            sleep(Duration::from_millis(100)).await;
        }
    });
    Response::builder().header("content-type", "text/event-stream").body(stream(receiver)).unwrap()
}

fn stream(receiver: mpsc::UnboundedReceiver<Frame<Bytes>>) -> BoxBody<Bytes, Infallible> {
    http_body_util::BodyExt::boxed(Channel(receiver))
}

struct Channel(mpsc::UnboundedReceiver<Frame<Bytes>>);

impl hyper::body::Body for Channel {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|frame| frame.map(Ok))
    }
}
