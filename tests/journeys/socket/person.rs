//! Somebody who talks through a socket.

use std::{future::poll_fn, pin::Pin};

use bytes::Bytes;
use futures_sink::Sink as _;
use http::{Method, Request, Response, header::HeaderMap};
use http_body_util::Empty;
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
    ext::Protocol,
    upgrade::Upgraded,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::client::TlsStream;
use yawc::{CompressionLevel, Frame, OpCode, Options, Role, WebSocket};

use super::bot::{Said, say};
use crate::{
    client::{Http, SURELY, trusting},
    house::House,
};

/// Somebody at one end of an open socket.
pub struct Person {
    pub socket: WebSocket<TokioIo<Upgraded>>,
    pub headers: HeaderMap,
}

/// How somebody asks for a socket.
#[derive(Clone)]
pub struct Ask {
    pub http: Http,
    pub path: String,
    pub fields: Vec<(&'static str, String)>,
    pub deflate: bool,
}

impl Ask {
    /// Ada asks.
    pub fn ada() -> Self {
        Self {
            http: Http::One,
            path: "/chat".to_owned(),
            fields: vec![("x-user-id", "ada".to_owned())],
            deflate: false,
        }
    }

    /// Nobody in particular asks.
    pub fn nobody() -> Self {
        Self { fields: Vec::new(), ..Self::ada() }
    }

    pub fn over(self, http: Http) -> Self {
        Self { http, ..self }
    }

    pub fn at(self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    pub fn compressed(self) -> Self {
        Self { deflate: true, ..self }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.fields.push((name, value.to_owned()));
        self
    }

    fn request(&self) -> Request<Empty<Bytes>> {
        let mut builder = Request::get(&*self.path).header("sec-websocket-version", "13");
        if self.http == Http::One {
            builder = builder
                .header("host", "localhost")
                .header("connection", "Upgrade")
                .header("upgrade", "websocket")
                .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        } else {
            builder = builder
                .method(Method::CONNECT)
                .uri(format!("https://localhost{}", self.path))
                .extension(Protocol::from_static("websocket"));
        }
        if self.deflate {
            builder =
                builder.header("sec-websocket-extensions", "permessage-deflate; client_max_window_bits");
        }
        for (name, value) in &self.fields {
            builder = builder.header(*name, value);
        }
        builder.body(Empty::new()).unwrap()
    }

    /// Asks over this connection, and hears whatever the answer is.
    pub async fn over_stream(&self, stream: TlsStream<TcpStream>) -> Response<Incoming> {
        let (stream, request) = (TokioIo::new(stream), self.request());
        match self.http {
            Http::One => {
                let (mut sender, connection) = http1::handshake(stream).await.unwrap();
                tokio::spawn(connection.with_upgrades());
                sender.send_request(request).await.unwrap()
            }
            Http::Two => {
                let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
                tokio::spawn(async move {
                    connection.await.ok();
                });
                // The peer's settings must have come.
                sender.ready().await.unwrap();
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                let answer = sender.send_request(request).await.unwrap();
                tokio::spawn(async move {
                    let _kept: http2::SendRequest<Empty<Bytes>> = sender;
                    tokio::time::sleep(SURELY).await;
                });
                answer
            }
        }
    }

    /// Asks, and must be let in.
    pub async fn person(&self, stream: TlsStream<TcpStream>) -> Person {
        let mut answer = self.over_stream(stream).await;
        let status = if self.http == Http::One { 101 } else { 200 };
        assert_eq!(answer.status(), status, "{:?}", answer.headers());
        let extensions = answer.headers().get("sec-websocket-extensions").cloned();
        assert_eq!(extensions.is_some(), self.deflate);
        let agreed = extensions.as_ref().map(|value| value.to_str().unwrap().to_owned());
        let upgraded = hyper::upgrade::on(&mut answer).await.unwrap();
        Person { socket: client(upgraded, agreed.as_deref()), headers: answer.headers().clone() }
    }
}

impl House {
    /// Asks for a socket, which must open.
    pub async fn socket(&self, ask: &Ask) -> Person {
        ask.person(self.dial(ask.http, trusting(&self.folder)).await).await
    }

    /// Asks for a socket, and hears whatever the answer is.
    pub async fn asked(&self, ask: &Ask) -> Response<Incoming> {
        ask.over_stream(self.dial(ask.http, trusting(&self.folder)).await).await
    }
}

fn client(upgraded: Upgraded, agreed: Option<&str>) -> WebSocket<TokioIo<Upgraded>> {
    let options =
        Options::default().with_limits(32 << 20, 32 << 20).with_compression_level(CompressionLevel::fast());
    WebSocket::from_stream_with_extensions(TokioIo::new(upgraded), Role::Client, agreed, options).unwrap()
}

impl Person {
    /// Somebody whose socket was opened without compression.
    pub fn over(upgraded: Upgraded, headers: HeaderMap) -> Self {
        Self { socket: client(upgraded, None), headers }
    }

    pub async fn says(&mut self, frame: Frame) {
        say(&mut self.socket, frame).await;
    }

    pub async fn says_text(&mut self, text: &str) {
        self.says(Frame::text(text.to_owned())).await;
    }

    /// What comes next, pings aside.
    pub async fn hears(&mut self) -> Said {
        loop {
            let frame = timeout(SURELY, self.socket.next_frame()).await.expect("something comes in time");
            match frame {
                Ok(frame) if frame.opcode() == OpCode::Ping => {}
                Ok(frame) => return Said::of(&frame),
                Err(_) => return Said::Gone,
            }
        }
    }

    /// Says a text and hears the answer.
    pub async fn asks(&mut self, text: &str) -> String {
        self.says_text(text).await;
        match self.hears().await {
            Said::Text(text) => text,
            other => panic!("no text but {other:?}"),
        }
    }

    /// Hears that the socket is closed with this code, and why.
    pub async fn is_told(&mut self, code: u16, problem: &str) {
        let reason =
            if problem.is_empty() { String::new() } else { format!("urn:assentry:problem:{problem}") };
        assert_eq!(self.hears().await, Said::Close(Some(code), reason));
        assert_eq!(self.hears().await, Said::Gone);
    }

    /// Closes the socket and waits until it is closed.
    pub async fn closes(&mut self, frame: Frame) -> Said {
        self.says(frame).await;
        let said = self.hears().await;
        assert_eq!(self.hears().await, Said::Gone);
        said
    }
}

/// Somebody who says frames one by one.
pub struct Streaming(yawc::streaming::Streaming<TokioIo<Upgraded>>);

impl Person {
    pub fn streaming(self) -> Streaming {
        Streaming(self.socket.into_streaming())
    }
}

impl Streaming {
    pub async fn says(&mut self, frame: Frame) {
        poll_fn(|cx| Pin::new(&mut self.0).poll_ready(cx)).await.ok();
        Pin::new(&mut self.0).start_send(frame).ok();
        poll_fn(|cx| Pin::new(&mut self.0).poll_flush(cx)).await.ok();
    }

    pub async fn hears(&mut self) -> Said {
        let frame = timeout(SURELY, self.0.next_frame()).await.expect("something comes in time");
        frame.as_ref().map_or(Said::Gone, Said::of)
    }

    /// Hears that the socket is closed with this code, and why.
    pub async fn is_told(&mut self, code: u16, problem: &str) {
        assert_eq!(self.hears().await, Said::Close(Some(code), format!("urn:assentry:problem:{problem}")));
    }
}
