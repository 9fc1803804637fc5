//! A bot that says back what it is told through a socket, for `tests/autobahn/run`. It prints its address first.
//!
//! It is made with another library than the proxy, so that a fault of one is not hidden by the same fault of the other. That
//! library knows no compression, so `echo --compress` is made with the proxy's.
#![allow(clippy::unwrap_used, reason = "a test's own bot")]

use std::{convert::Infallible, env::args, future::poll_fn, net::TcpListener, pin::Pin, thread};

use futures_sink::Sink as _;
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use yawc::{CompressionLevel, HttpWebSocket, OpCode, Options, WebSocket};

/// Bytes of the longest message.
const LONGEST: usize = 64 << 20;

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap());
    if args().any(|argument| argument == "--compress") {
        return compressing(listener);
    }
    for stream in listener.incoming().flatten() {
        thread::spawn(move || {
            stream.set_nodelay(true).ok();
            let Ok(mut socket) = tungstenite::accept(stream) else { return };
            // The library answers pings and closes.
            while let Ok(message) = socket.read() {
                let is_said_back = message.is_text() || message.is_binary();
                if is_said_back && socket.send(message).is_err() {
                    return;
                }
            }
        });
    }
}

#[tokio::main]
async fn compressing(listener: TcpListener) {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).ok();
        let service = service_fn(|mut request: Request<Incoming>| async move {
            let options = Options::default()
                .with_limits(LONGEST, LONGEST)
                .with_utf8()
                .with_compression_level(CompressionLevel::fast());
            let (answer, becoming) = WebSocket::upgrade_with_options(&mut request, options).unwrap();
            tokio::spawn(async move {
                if let Ok(socket) = becoming.await {
                    echo(socket).await;
                }
            });
            Ok::<_, Infallible>(answer)
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades());
    }
}

async fn echo(mut socket: HttpWebSocket) {
    while let Ok(frame) = socket.next_frame().await {
        if matches!(frame.opcode(), OpCode::Text | OpCode::Binary)
            && (poll_fn(|cx| Pin::new(&mut socket).poll_ready(cx)).await.is_err()
                || Pin::new(&mut socket).start_send(frame).is_err()
                || poll_fn(|cx| Pin::new(&mut socket).poll_flush(cx)).await.is_err())
        {
            return;
        }
    }
}
