//! A bot of sockets: it keeps what it is told and says it back.

use std::sync::{Arc, Mutex};

use assentry::message::websocket::Handshake;
use bytes::Bytes;
use futures_sink::Sink;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty};
use hyper::{
    body::Incoming,
    server::conn::http2,
    service::service_fn,
    upgrade::{OnUpgrade, Upgraded},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::{convert::Infallible, future::poll_fn, pin::Pin};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::mpsc,
};
use yawc::{CompressionLevel, Frame, OpCode, Options, Role, WebSocket};

use crate::{
    bot::{Bot, Reply, Sent},
    house::soon,
};

/// What a bot was told, and what it is to say of its own accord.
#[derive(Clone)]
pub struct Echo {
    heard: Arc<Mutex<Vec<Said>>>,
    say: mpsc::UnboundedSender<Frame>,
    says: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Frame>>>,
}

/// A frame as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Text(String),
    Binary(Bytes),
    Ping(Bytes),
    Close(Option<u16>, String),
    /// The connection broke off.
    Gone,
}

impl Echo {
    pub fn new() -> Self {
        let (say, says) = mpsc::unbounded_channel();
        Self { heard: Arc::default(), say, says: Arc::new(tokio::sync::Mutex::new(says)) }
    }

    /// A bot that takes every handshake, and what it is told.
    pub async fn open() -> (Bot, Self) {
        let echo = Self::new();
        let bot = echo.clone().bot(|_| {}).await;
        (bot, echo)
    }

    /// The same; `change` may change its answer to the handshake.
    pub async fn bot(self, change: impl Fn(&mut Reply) + Clone + Send + Sync + 'static) -> Bot {
        Bot::answering(move |sent| {
            let (echo, change) = (self.clone(), change.clone());
            async move {
                let mut reply = echo.take(sent);
                change(&mut reply);
                reply
            }
        })
        .await
    }

    /// A bot that speaks HTTP/2 alone, without TLS.
    pub async fn over_http2(takes_sockets: bool) -> (Bot, Self) {
        let echo = Self::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bot = Bot::known_by(listener.local_addr().unwrap());
        let answering = echo.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let echo = answering.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let echo = echo.clone();
                    async move {
                        let (head, _) = request.into_parts();
                        Ok::<_, Infallible>(echo.take(Sent { raw: String::new(), head, body: Bytes::new() }))
                    }
                });
                let mut builder = http2::Builder::new(TokioExecutor::new());
                if takes_sockets {
                    builder.enable_connect_protocol();
                }
                tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
            }
        });
        (bot, echo)
    }

    fn take(&self, sent: Sent) -> Reply {
        let echo = self.clone();
        accept(sent, |socket| async move { echo.talk(socket).await })
    }

    async fn talk(&self, mut socket: WebSocket<TokioIo<Upgraded>>) {
        let mut says = self.says.lock().await;
        loop {
            tokio::select! {
                frame = socket.next_frame() => {
                    let said = frame.as_ref().map_or(Said::Gone, Said::of);
                    self.heard.lock().unwrap().push(said);
                    match frame {
                        Ok(frame) if matches!(frame.opcode(), OpCode::Text | OpCode::Binary) => say(&mut socket, frame).await,
                        Ok(_) => {}
                        Err(_) => return,
                    }
                }
                Some(frame) = says.recv() => {
                    if frame.opcode() == OpCode::Continuation {
                        return; // asked to break off
                    }
                    say(&mut socket, frame).await;
                }
            }
        }
    }

    /// Says something unasked.
    pub fn says(&self, frame: Frame) {
        self.say.send(frame).unwrap();
    }

    /// Breaks the connection off.
    pub fn breaks_off(&self) {
        self.says(Frame::continuation(Bytes::new()));
    }

    /// All it was told but pings.
    pub fn heard(&self) -> Vec<Said> {
        let all = self.heard.lock().unwrap().clone();
        all.into_iter().filter(|said| !matches!(said, Said::Ping(_))).collect()
    }

    pub fn pings(&self) -> usize {
        self.heard.lock().unwrap().iter().filter(|said| matches!(said, Said::Ping(_))).count()
    }

    /// The last text it was told.
    pub fn last(&self) -> String {
        let texts = self.heard().into_iter().filter_map(|said| match said {
            Said::Text(text) => Some(text),
            _ => None,
        });
        texts.last().expect("a text arrived")
    }

    /// Waits until it was told so many things.
    pub async fn heard_soon(&self, count: usize) -> Vec<Said> {
        soon(|| self.heard().len() >= count).await;
        self.heard()
    }
}

impl Said {
    pub fn of(frame: &Frame) -> Self {
        let payload = frame.payload().clone();
        match frame.opcode() {
            OpCode::Text => Self::Text(String::from_utf8(payload.to_vec()).unwrap()),
            OpCode::Close => {
                let reason = frame.close_reason().unwrap().unwrap_or_default();
                Self::Close(frame.close_code().map(u16::from), reason.to_owned())
            }
            OpCode::Ping | OpCode::Pong => Self::Ping(payload),
            _ => Self::Binary(payload),
        }
    }
}

/// Takes a handshake; `talk` goes on when the socket is open.
pub fn accept<F>(
    mut sent: Sent,
    talk: impl FnOnce(WebSocket<TokioIo<Upgraded>>) -> F + Send + 'static,
) -> Reply
where
    F: Future<Output = ()> + Send,
{
    let upgrade = sent.head.extensions.get::<OnUpgrade>().cloned();
    let mut answer = Response::new(Empty::new().boxed_unsync());
    let Some(handshake) = Handshake::take(&mut sent.head) else {
        *answer.status_mut() = http::StatusCode::BAD_REQUEST;
        return answer;
    };
    if handshake.key.is_some() {
        *answer.status_mut() = http::StatusCode::SWITCHING_PROTOCOLS;
    }
    handshake.answer(answer.headers_mut());
    if let Some(offered) = sent.head.headers.get("sec-websocket-protocol") {
        let first = offered.to_str().unwrap().split(',').next().unwrap().trim().to_owned();
        answer.headers_mut().insert("sec-websocket-protocol", first.parse().unwrap());
    }
    let deflate = handshake.deflate.map(|deflate| deflate.to_string());
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.unwrap().await {
            talk(server(upgraded, deflate)).await;
        }
    });
    answer
}

fn server(upgraded: Upgraded, deflate: Option<String>) -> WebSocket<TokioIo<Upgraded>> {
    let options = Options::default()
        .with_limits(32 << 20, 32 << 20)
        .with_utf8()
        .with_compression_level(CompressionLevel::fast());
    let io = TokioIo::new(upgraded);
    WebSocket::from_stream_with_extensions(io, Role::Server, deflate.as_deref(), options).unwrap()
}

/// Says something; whether it is heard is another question.
pub async fn say<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocket<S>, frame: Frame) {
    if poll_fn(|cx| Pin::new(&mut *socket).poll_ready(cx)).await.is_ok() {
        Pin::new(&mut *socket).start_send(frame).ok();
        poll_fn(|cx| Pin::new(&mut *socket).poll_flush(cx)).await.ok();
    }
}
