//! How the service is asked: HTTP/1.1 over connections that are kept, each question within one time limit.
//!
//! The rule: an answer has status 200 and the documented form, within the time limit and the size that was allowed; anything else is
//! no answer. Its age is counted from before the question was sent. No redirects. TLS always, except to this very machine:
//! for plain `http` only loopback addresses are connected to, whatever the name resolves to.
//!
//! A connection that was kept may be closed by the other side just as we use it, so what fails there is asked once more on a new
//! one. That is why a decision carries a key of its own: the service must take two with one key for one.
//!
//! What would defeat it: an error that repeats what came, since an answer may hold an id.

use std::{
    io,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::settings::{Place, ServiceSettings};
use crate::{ledger::LedgerError, tls::ClientTls};

/// How long a connection is kept unused.
const REUSE: Duration = Duration::from_secs(15);

/// The service, from outside.
pub(super) struct Client {
    place: Place,
    tls: Option<ClientTls>,
    patience: Duration,
    turns: Semaphore,
    kept: Mutex<Vec<Kept>>,
}

struct Kept {
    sender: SendRequest<Full<Bytes>>,
    since: Instant,
}

/// What came back: read it to its end, then the connection can be kept.
pub(super) struct Reply<'c> {
    pub(super) body: Incoming,
    /// When the question was sent, or a little earlier.
    pub(super) sent: Instant,
    sender: SendRequest<Full<Bytes>>,
    _turn: SemaphorePermit<'c>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("no connection: {0}")]
    Connection(#[from] io::Error),
    #[error("no valid reply: {0}")]
    Protocol(#[from] hyper::Error),
    #[error("its reply to `{question}` has status {}", status.as_u16())]
    Status { question: &'static str, status: StatusCode },
    #[error("its reply broke off or is too large")]
    Body,
    #[error("it took too long")]
    TooSlow,
    #[error("its reply to `{question}` is not as documented, at line {line}, column {column}")]
    Malformed { question: &'static str, line: usize, column: usize },
    #[error("its reply to `{question}` can't be right: {what}")]
    Wrong { question: &'static str, what: &'static str },
    #[error("the question can't be written")]
    Question,
}

impl From<NoAnswer> for LedgerError {
    fn from(why: NoAnswer) -> Self {
        Self::Unreachable(format!("the consent service gave no answer: {why}"))
    }
}

impl Client {
    pub(super) fn new(settings: &ServiceSettings) -> Result<Self, LedgerError> {
        let place = settings.place()?;
        settings.pace()?;
        let tls = settings.trust(&place)?;
        let turns = Semaphore::new(settings.max_in_flight.min(Semaphore::MAX_PERMITS));
        Ok(Self { place, tls, patience: settings.timeout.0, turns, kept: Mutex::default() })
    }

    /// The longest that [`Self::ask`] takes.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// Asks in JSON and is answered in JSON; with the moment from which the answer's age counts.
    pub(super) async fn ask<A: DeserializeOwned>(
        &self,
        question: &'static str,
        words: &impl Serialize,
        largest: usize,
    ) -> Result<(A, Instant), NoAnswer> {
        let body = serde_json::to_vec(words).map_err(|_| NoAnswer::Question)?;
        let asked = async {
            let reply = self.send(question, "application/json", body.into()).await?;
            let sent = reply.sent;
            Ok((self.whole(reply, largest).await?, sent))
        };
        let (bytes, sent) = timeout(self.patience, asked).await.unwrap_or(Err(NoAnswer::TooSlow))?;
        let answer = serde_json::from_slice(&bytes).map_err(|error| NoAnswer::Malformed {
            question,
            line: error.line(),
            column: error.column(),
        })?;
        Ok((answer, sent))
    }

    /// Asks, and hands the reply on before it is read.
    pub(super) async fn send(
        &self,
        question: &'static str,
        media_type: &'static str,
        body: Bytes,
    ) -> Result<Reply<'_>, NoAnswer> {
        let _turn = self.turns.acquire().await.map_err(|_| NoAnswer::TooSlow)?;
        let sent = Instant::now();
        if let Some(mut sender) = self.kept().await
            && let Ok(reply) = sender.send_request(self.request(question, media_type, body.clone())?).await
        {
            return Ok(Reply { body: taken(question, reply)?, sent, sender, _turn });
        }
        let mut sender = self.connect().await?;
        let sent = Instant::now();
        let reply = sender.send_request(self.request(question, media_type, body)?).await?;
        Ok(Reply { body: taken(question, reply)?, sent, sender, _turn })
    }

    /// The whole of a reply, after which the connection is kept.
    pub(super) async fn whole(&self, reply: Reply<'_>, largest: usize) -> Result<Bytes, NoAnswer> {
        let Reply { body, sender, .. } = reply;
        let bytes = Limited::new(body, largest).collect().await.map_err(|_| NoAnswer::Body)?.to_bytes();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(Kept { sender, since: Instant::now() });
        Ok(bytes)
    }

    /// The connection that was used last, if it is still open.
    async fn kept(&self) -> Option<SendRequest<Full<Bytes>>> {
        loop {
            let Kept { mut sender, since } =
                self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if since.elapsed() < REUSE && sender.ready().await.is_ok() {
                return Some(sender);
            }
        }
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, NoAnswer> {
        let found = lookup_host((self.place.host.as_str(), self.place.port)).await?;
        let addresses: Vec<_> =
            found.filter(|address| self.place.secure || address.ip().is_loopback()).collect();
        let stream = TcpStream::connect(addresses.as_slice()).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            None => speak(stream).await,
            Some(tls) => {
                let name = tls.name_for(&self.place.host).map_err(io::Error::other)?;
                speak(TlsConnector::from(tls.config()).connect(name, stream).await?).await
            }
        }
    }

    fn request(
        &self,
        question: &'static str,
        media_type: &'static str,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, NoAnswer> {
        let authority = HeaderValue::from_str(&self.place.authority).map_err(|_| NoAnswer::Question)?;
        Request::builder()
            .method(Method::POST)
            .uri(format!("{}{question}", self.place.path))
            .header(header::HOST, authority)
            .header(header::CONTENT_TYPE, media_type)
            .header(header::USER_AGENT, "assentry")
            .body(Full::new(body))
            .map_err(|_| NoAnswer::Question)
    }
}

fn taken(question: &'static str, reply: Response<Incoming>) -> Result<Incoming, NoAnswer> {
    match reply.status() {
        StatusCode::OK => Ok(reply.into_body()),
        status => Err(NoAnswer::Status { question, status }),
    }
}

async fn speak<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, NoAnswer>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to the consent service broke");
        }
    });
    Ok(sender)
}
