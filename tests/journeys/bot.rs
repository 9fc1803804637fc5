//! Bots: one that keeps every byte it is sent and answers as it is told, and one that breaks HTTP's rules.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use http_body_util::{BodyExt as _, Full, combinators::UnsyncBoxBody};
use hyper::{
    body::{Body, Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
};

use crate::house::soon;

/// What a bot answers with.
pub type Reply = Response<UnsyncBoxBody<Bytes, Infallible>>;

/// A bot and what it was sent.
#[derive(Clone)]
pub struct Bot {
    pub address: SocketAddr,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    bytes: AtomicUsize,
    begun: AtomicUsize,
    requests: Mutex<Vec<Sent>>,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Every byte, from the request line to the end of the body.
    pub raw: String,
    pub head: Parts,
    pub body: Bytes,
}

/// Holds a bot's answers back until it is told to go on.
#[derive(Clone)]
pub struct Gate(Arc<Semaphore>);

impl Bot {
    /// Answers with what it was sent.
    pub async fn open() -> Self {
        Self::answering(|sent| async move { said(sent.raw) }).await
    }

    /// Answers when the gate lets it, each time once.
    pub async fn gated() -> (Self, Gate) {
        let gate = Gate(Arc::new(Semaphore::new(0)));
        let held = gate.clone();
        let bot = Self::answering(move |sent| {
            let held = held.clone();
            async move {
                held.0.acquire().await.unwrap().forget();
                said(sent.raw)
            }
        });
        (bot.await, gate)
    }

    pub async fn answering<F, R>(answer: F) -> Self
    where
        F: Fn(Sent) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Reply> + Send + 'static,
    {
        Self::on(move |stream, seen| serve(stream, seen, answer.clone())).await
    }

    /// Reads one request head and hands the connection over.
    pub async fn unruly<F, R>(act: F) -> Self
    where
        F: Fn(TcpStream) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        Self::on(move |mut stream, seen| {
            let act = act.clone();
            async move {
                if read_head(&mut stream).await {
                    seen.begun.fetch_add(1, SeqCst);
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
                tokio::spawn(act(stream, Arc::clone(&seen)));
            }
        });
        bot
    }

    /// A bot that is not there.
    pub async fn absent() -> Self {
        Self::known_by(TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap())
    }

    /// A bot of which nothing is known but its address.
    pub fn known_by(address: SocketAddr) -> Self {
        Self { address, seen: Arc::default() }
    }

    /// The requests that arrived whole.
    pub fn requests(&self) -> Vec<Sent> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// The newest request.
    pub fn last(&self) -> Sent {
        self.requests().pop().expect("a request arrived")
    }

    /// How many requests began.
    pub fn begun(&self) -> usize {
        self.seen.begun.load(SeqCst)
    }

    pub async fn has_begun(&self, count: usize) {
        soon(|| self.begun() >= count).await;
    }

    /// That not a byte arrived.
    pub fn assert_untouched(&self) {
        assert_eq!(self.seen.bytes.load(SeqCst), 0, "{:?}", self.requests());
    }
}

impl Gate {
    pub fn closed() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Waits until it is let through.
    pub async fn pass(&self) {
        self.0.acquire().await.unwrap().forget();
    }

    /// Lets so many answers go.
    pub fn open(&self, count: usize) {
        self.0.add_permits(count);
    }
}

impl Sent {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A plain reply.
pub fn said(text: impl Into<Bytes>) -> Reply {
    Response::new(Full::new(text.into()).boxed_unsync())
}

/// A reply of events that are sent as the test says.
pub fn events() -> (mpsc::UnboundedSender<String>, Reply) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let body = Events(receiver).boxed_unsync();
    (sender, Response::builder().header("content-type", "text/event-stream").body(body).unwrap())
}

async fn serve<F, R>(stream: TcpStream, seen: Arc<Seen>, answer: F)
where
    F: Fn(Sent) -> R + Clone + Send + 'static,
    R: Future<Output = Reply> + Send + 'static,
{
    let kept = Arc::new(Mutex::new(Vec::new()));
    let stream = Tee { stream, kept: Arc::clone(&kept), seen: Arc::clone(&seen) };
    let service = service_fn(move |request: Request<Incoming>| {
        let (kept, seen, answer) = (Arc::clone(&kept), Arc::clone(&seen), answer.clone());
        async move {
            seen.begun.fetch_add(1, SeqCst);
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let raw = String::from_utf8_lossy(&std::mem::take(&mut *kept.lock().unwrap())).into_owned();
            let sent = Sent { raw, head, body };
            seen.requests.lock().unwrap().push(sent.clone());
            Ok::<_, hyper::Error>(answer(sent).await)
        }
    });
    http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await.ok();
}

async fn read_head(stream: &mut TcpStream) -> bool {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return false,
        }
    }
    true
}

struct Events(mpsc::UnboundedReceiver<String>);

impl Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|event| event.map(|text| Ok(Frame::data(text.into()))))
    }
}

/// A connection of which everything that is read is kept.
struct Tee {
    stream: TcpStream,
    kept: Arc<Mutex<Vec<u8>>>,
    seen: Arc<Seen>,
}

impl AsyncRead for Tee {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let new = &buffer.filled()[before..];
        self.seen.bytes.fetch_add(new.len(), SeqCst);
        self.kept.lock().unwrap().extend_from_slice(new);
        polled
    }
}

impl AsyncWrite for Tee {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
