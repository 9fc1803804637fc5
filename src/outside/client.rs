//! How another system is asked: HTTP/1.1 over connections that are kept, each question within one time limit.
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
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header, response};
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

use super::Place;
use crate::tls::ClientTls;

/// How long a connection is kept unused.
const REUSE: Duration = Duration::from_secs(15);

/// How much of an answer that nobody wants is read, so that its connection can be kept.
const LARGEST_IGNORED: usize = 16 << 10;

/// Another system, from outside.
pub struct Client {
    place: Place,
    tls: ArcSwapOption<ClientTls>,
    patience: Duration,
    turns: Semaphore,
    /// How many may wait for their turn, and how many do.
    room: usize,
    waiting: AtomicUsize,
    /// What every question carries.
    fields: HeaderMap,
    kept: Mutex<Vec<Kept>>,
    /// How often the certificates were exchanged. A connection from before is not kept.
    era: AtomicU64,
}

struct Kept {
    sender: SendRequest<Full<Bytes>>,
    since: Instant,
}

/// What came back: read it to its end, then the connection can be kept.
pub struct Reply<'c> {
    head: response::Parts,
    /// What it holds.
    pub body: Incoming,
    /// When the question was sent, or a little earlier.
    pub sent: Instant,
    sender: SendRequest<Full<Bytes>>,
    era: u64,
    _turn: SemaphorePermit<'c>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// Nobody is there, or nobody who can be trusted.
    #[error("no connection: {0}")]
    Connection(#[from] io::Error),
    /// It does not speak HTTP, or broke off.
    #[error("no valid reply: {0}")]
    Protocol(#[from] hyper::Error),
    /// It said no.
    #[error("its reply to `{question}` has status {}", status.as_u16())]
    Status {
        /// What it was asked.
        question: &'static str,
        /// Its status.
        status: StatusCode,
    },
    /// The reply is not to be had as a whole.
    #[error("its reply broke off or is too large")]
    Body,
    /// The time is over.
    #[error("it took too long")]
    TooSlow,
    /// More wait for their turn than may.
    #[error("too many questions wait for their turn")]
    Crowded,
    /// The reply is not what it is to be.
    #[error("its reply to `{question}` is not as documented, at line {line}, column {column}")]
    Malformed {
        /// What it was asked.
        question: &'static str,
        /// Where its reply is wrong.
        line: usize,
        /// Where in that line.
        column: usize,
    },
    /// The reply contradicts itself, or the question.
    #[error("its reply to `{question}` can't be right: {what}")]
    Wrong {
        /// What it was asked.
        question: &'static str,
        /// What is wrong, in words of ours.
        what: &'static str,
    },
    /// What is to be asked can't be put into words.
    #[error("the question can't be written")]
    Question,
}

impl Client {
    /// New connections are made with these from now on, and those that there are, are not used for another question.
    pub fn renew(&self, tls: Option<ClientTls>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.tls.store(tls.map(Arc::new));
        self.era.fetch_add(1, SeqCst);
        kept.clear();
    }

    /// A client of whatever is there; so many questions at a time.
    pub fn to(place: Place, tls: Option<ClientTls>, patience: Duration, at_once: usize) -> Self {
        let turns = Semaphore::new(at_once.min(Semaphore::MAX_PERMITS));
        let (tls, kept, era) = (ArcSwapOption::from_pointee(tls), Mutex::default(), AtomicU64::new(0));
        let (waiting, fields) = (AtomicUsize::new(0), HeaderMap::new());
        Self { place, tls, patience, turns, room: usize::MAX, waiting, fields, kept, era }
    }

    /// The same, where so many questions may wait for their turn: one more is not asked.
    pub fn with_room(self, room: usize) -> Self {
        Self { room, ..self }
    }

    /// The same, with these fields in every question.
    pub fn with_fields(self, fields: HeaderMap) -> Self {
        Self { fields, ..self }
    }

    /// The longest that [`Self::ask`] and [`Self::tell`] take.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// Asks in JSON and is answered in JSON; with the moment from which the answer's age counts.
    pub async fn ask<A: DeserializeOwned>(
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
    pub async fn send(
        &self,
        question: &'static str,
        media_type: &'static str,
        body: Bytes,
    ) -> Result<Reply<'_>, NoAnswer> {
        let fields = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))]);
        let reply = self.post(question, &fields, body).await?;
        match reply.head.status {
            StatusCode::OK => Ok(reply),
            status => Err(NoAnswer::Status { question, status }),
        }
    }

    /// Posts something, and says how the answer begins. What it holds is of no interest.
    pub async fn tell(&self, fields: &HeaderMap, body: Bytes) -> Result<response::Parts, NoAnswer> {
        let told = async {
            let reply = self.post("", fields, body).await?;
            let head = reply.head.clone();
            let _ = self.whole(reply, LARGEST_IGNORED).await; // only so that the connection can be kept
            Ok(head)
        };
        timeout(self.patience, told).await.unwrap_or(Err(NoAnswer::TooSlow))
    }

    async fn post(
        &self,
        question: &'static str,
        fields: &HeaderMap,
        body: Bytes,
    ) -> Result<Reply<'_>, NoAnswer> {
        let _turn = self.turn().await?;
        let era = self.era.load(SeqCst); // before a connection is chosen
        let sent = Instant::now();
        if let Some(mut sender) = self.kept().await
            && let Ok(reply) = sender.send_request(self.request(question, fields, body.clone())?).await
        {
            let (head, body) = reply.into_parts();
            return Ok(Reply { head, body, sent, sender, era, _turn });
        }
        let mut sender = self.connect().await?;
        let sent = Instant::now();
        let reply = sender.send_request(self.request(question, fields, body)?).await?;
        let (head, body) = reply.into_parts();
        Ok(Reply { head, body, sent, sender, era, _turn })
    }

    /// A turn, at once or after others; none where too many wait already.
    async fn turn(&self) -> Result<SemaphorePermit<'_>, NoAnswer> {
        if let Ok(turn) = self.turns.try_acquire() {
            return Ok(turn);
        }
        let _waiting = Waiting::among(&self.waiting, self.room)?;
        self.turns.acquire().await.map_err(|_| NoAnswer::TooSlow)
    }

    /// The whole of a reply, after which the connection is kept.
    pub async fn whole(&self, reply: Reply<'_>, largest: usize) -> Result<Bytes, NoAnswer> {
        let Reply { body, sender, era, .. } = reply;
        let bytes = Limited::new(body, largest).collect().await.map_err(|_| NoAnswer::Body)?.to_bytes();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if era == self.era.load(SeqCst) {
            kept.push(Kept { sender, since: Instant::now() });
        }
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
        let tls = self.tls.load_full();
        match tls.as_deref() {
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
        fields: &HeaderMap,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, NoAnswer> {
        let authority = HeaderValue::from_str(&self.place.authority).map_err(|_| NoAnswer::Question)?;
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}{question}", self.place.path))
            .header(header::HOST, authority)
            .header(header::USER_AGENT, "assentry")
            .body(Full::new(body))
            .map_err(|_| NoAnswer::Question)?;
        request.headers_mut().extend(self.fields.clone());
        request.headers_mut().extend(fields.clone());
        Ok(request)
    }
}

/// A question that waits for its turn, until this is dropped.
struct Waiting<'c>(&'c AtomicUsize);

impl<'c> Waiting<'c> {
    fn among(waiting: &'c AtomicUsize, room: usize) -> Result<Self, NoAnswer> {
        let before = waiting.fetch_add(1, SeqCst);
        let this = Self(waiting); // from here on, it is counted off again whatever happens
        if before < room { Ok(this) } else { Err(NoAnswer::Crowded) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

async fn speak<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, NoAnswer>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to another system broke");
        }
    });
    Ok(sender)
}
