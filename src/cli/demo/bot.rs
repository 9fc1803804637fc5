//! The sample bot: it answers with exactly what it received, whole, in a stream, or through a socket.
//!
//! The rule: it hides nothing. What it saw is in its answer, and a line for each message in a file: in an answer the person's
//! pseudonyms are turned back, in the file they stand as the bot saw them.

mod seen;
mod socket;
mod stream;

use std::{convert::Infallible, fs::File, io, net::SocketAddr, path::Path, sync::Arc};

use bytes::Bytes;
use http::{
    HeaderValue, Request, Response,
    header::{ACCEPT, CONTENT_TYPE},
};
use http_body_util::{BodyExt as _, Either, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use yawc::WebSocket;

use seen::{Diary, Seen, body};
use stream::Pieces;

/// A bot that listens on a free port of this machine, and does not answer yet.
pub struct Bot(TcpListener);

/// An answer, at once or in pieces.
type Answer = Response<Either<Full<Bytes>, Pieces>>;

impl Bot {
    /// Takes a port.
    ///
    /// # Errors
    /// When there is none.
    pub async fn bind() -> io::Result<Self> {
        TcpListener::bind("127.0.0.1:0").await.map(Self)
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system can't say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Answers from now on, and writes down what it sees in a new file.
    ///
    /// # Errors
    /// When there can't be such a file.
    pub fn answer(self, diary: &Path) -> io::Result<()> {
        let diary = Arc::new(Diary::new(File::create(diary)?));
        tokio::spawn(async move {
            while let Ok((stream, _)) = self.0.accept().await {
                let diary = Arc::clone(&diary);
                let service = service_fn(move |request| answer(request, Arc::clone(&diary)));
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
                tokio::spawn(async move {
                    // A client that goes away in the middle is no matter here.
                    let _ = connection.await;
                });
            }
        });
        Ok(())
    }
}

async fn answer(mut request: Request<Incoming>, diary: Arc<Diary>) -> Result<Answer, Infallible> {
    // No handshake of a socket is an ordinary request.
    if let Ok((switching, becoming)) = WebSocket::upgrade(&mut request) {
        tokio::spawn(async move {
            if let Ok(socket) = becoming.await {
                socket::talk(socket, &diary).await;
            }
        });
        return Ok(switching.map(|_| Either::Left(Full::default())));
    }
    let (head, received) = request.into_parts();
    let received = received.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let text = String::from_utf8_lossy(&received);
    let seen = Seen::of(&head, body(&text));
    diary.note(&seen);
    let streams = head.headers.get_all(ACCEPT).iter().any(|accepted| accepted == "text/event-stream");
    Ok(match streams {
        true => said("text/event-stream", Either::Right(Pieces::of(&text))),
        false => said("application/json", Either::Left(Full::from(seen.shown()))),
    })
}

fn said(media_type: &'static str, body: Either<Full<Bytes>, Pieces>) -> Answer {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
