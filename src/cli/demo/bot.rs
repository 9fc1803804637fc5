//! The sample bot: it answers with exactly what it received, whole, in a stream, or through a socket. For the demo's page it is the shop,
//! too: it gives the page, has an assistant that answers in words, and asks for links to the desk.
//!
//! The rule: it hides nothing. What it saw is in its answer, and a line for each message in a file and for whoever reads along: in an answer the
//! person's pseudonyms are turned back, in the file they stand as the bot saw them.

mod assistant;
mod diary;
mod entry;
mod page;
mod seen;
mod socket;
mod stream;

use std::{convert::Infallible, fs::File, io, net::SocketAddr, path::Path, sync::Arc};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, ORIGIN},
    request::Parts,
};
use http_body_util::{BodyExt as _, Full, combinators::UnsyncBoxBody};
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use yawc::WebSocket;

use self::{
    diary::Lines,
    seen::{Diary, Seen, body},
    stream::Pieces,
};
pub use self::{entry::Entry, page::Around};

/// A bot that listens on a free port of this machine, and does not answer yet.
pub struct Bot(TcpListener);

/// What the bot works with.
struct Shop {
    diary: Diary,
    around: Around,
    entry: Entry,
}

/// An answer, at once or in pieces.
type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

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
    pub fn answer(self, diary: &Path, around: Around, entry: Entry) -> io::Result<()> {
        let shop = Arc::new(Shop { diary: Diary::new(File::create(diary)?), around, entry });
        tokio::spawn(async move {
            while let Ok((stream, _)) = self.0.accept().await {
                let shop = Arc::clone(&shop);
                let service = service_fn(move |request| answer(request, Arc::clone(&shop)));
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

async fn answer(mut request: Request<Incoming>, shop: Arc<Shop>) -> Result<Answer, Infallible> {
    // No handshake of a socket is an ordinary request.
    if let Ok((switching, becoming)) = WebSocket::upgrade(&mut request) {
        tokio::spawn(async move {
            if let Ok(socket) = becoming.await {
                socket::talk(socket, &shop.diary).await;
            }
        });
        return Ok(switching.map(|_| boxed(Full::default())));
    }
    let path = request.uri().path();
    if request.method() == Method::GET
        && let Some(page) = page::at(path, &shop.around)
    {
        return Ok(page.map(|text| boxed(Full::from(text))));
    }
    if let Some(beside) = path.strip_prefix("/beside/") {
        return Ok(beside_the_proxy(beside, request.headers(), &shop).await);
    }
    let (head, received) = request.into_parts();
    let received = received.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    Ok(shop.said(&head, &String::from_utf8_lossy(&received)))
}

/// What only the demo's page may ask, and asks the bot itself: a page of anybody else has another origin, and is told nothing.
async fn beside_the_proxy(asked: &str, headers: &HeaderMap, shop: &Shop) -> Answer {
    if headers.get(ORIGIN).is_none_or(|origin| *origin != *shop.around.page) {
        return status(StatusCode::FORBIDDEN);
    }
    let mut answer = match asked.strip_prefix("desk-link/") {
        None if asked == "diary" => said("text/event-stream", Lines::of(shop.diary.read_along())),
        None => return status(StatusCode::NOT_FOUND),
        Some(wanted) => match shop.entry.link(wanted).await {
            Ok(Some(link)) => said("application/json", Full::from(link)),
            Ok(None) => return status(StatusCode::NOT_FOUND),
            Err(error) => {
                tracing::error!(%error, "the sample bot got no link to the desk");
                return status(StatusCode::BAD_GATEWAY);
            }
        },
    };
    if let Ok(page) = HeaderValue::from_str(&shop.around.page) {
        answer.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, page);
    }
    answer
}

impl Shop {
    fn said(&self, head: &Parts, text: &str) -> Answer {
        let seen = Seen::of(head, body(text));
        self.diary.note(&seen);
        let streams = head.headers.get_all(ACCEPT).iter().any(|accepted| accepted == "text/event-stream");
        let reply = match head.uri.path() {
            "/assistant" => assistant::reply(&serde_json::from_str(text).unwrap_or_default()),
            _ => seen::reply(text),
        };
        match streams {
            true => said("text/event-stream", Pieces::of(&reply, text)),
            false => said("application/json", Full::from(seen.shown())),
        }
    }
}

fn said(
    media_type: &'static str,
    body: impl Body<Data = Bytes, Error = Infallible> + Send + 'static,
) -> Answer {
    let mut response = Response::new(boxed(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

fn status(status: StatusCode) -> Answer {
    let mut response = Response::new(boxed(Full::default()));
    *response.status_mut() = status;
    response
}

fn boxed(
    body: impl Body<Data = Bytes, Error = Infallible> + Send + 'static,
) -> UnsyncBoxBody<Bytes, Infallible> {
    UnsyncBoxBody::new(body)
}
