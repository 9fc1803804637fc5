//! What an operator may ask of a running proxy: metrics, health, pages with what happened and why, that a decision be written down,
//! and links to the desk; and where an outside consent service may say whose consents changed.
//!
//! The rule: nobody else may ask; `admin/guard.rs` says who may. What would defeat it is a listener that others can reach without a
//! certificate or a token, so that is an error at load.

mod decisions;
mod guard;
mod links;
mod origin;
mod pages;
mod session;
mod settings;

use std::{
    fmt,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE},
};
use hyper::body::Incoming;

use self::{guard::Guard, pages::Pages};
pub use self::{
    guard::Keys,
    settings::{AdminError, AdminPrepared, AdminSettings},
};
use crate::{
    exchange::Site,
    message::Body,
    metrics,
    server::{Live, Peer, Server},
};

/// What is sent where there are words for people.
const WORDS: &str = "text/plain; charset=utf-8";

/// Where the outside consent service says whose consents changed.
const CHANGED: &str = "/consents/changed";

/// Where single-use links to the desk are made.
const LINKS: &str = "/desk/links";

/// The largest push, and how long it may take to come.
const LARGEST_PUSH: u64 = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(10);

/// The operator's listener, bound and not yet served.
pub struct Admin {
    server: Server,
    settings: AdminSettings,
    keys: Arc<Keys>,
}

/// Whether the proxy has begun to serve and has not begun to stop.
#[derive(Debug, Default)]
pub struct Open(AtomicBool);

impl Open {
    /// It serves from now on, or no more.
    pub fn set(&self, open: bool) {
        self.0.store(open, Relaxed);
    }
}

impl Admin {
    /// Binds the listener; nothing is accepted yet.
    ///
    /// # Errors
    /// [`AdminError`] says what to do.
    pub async fn bind(settings: &AdminSettings) -> Result<Self, AdminError> {
        settings.check()?;
        let (limits, timeouts) = AdminSettings::bounds();
        let keys = Arc::new(settings.keys()?);
        let server = Server::bind(&[settings.listener()], limits, timeouts).await?;
        Ok(Self { server, settings: settings.clone(), keys })
    }

    /// Where it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.server.addresses().first().copied()
    }

    /// What can be changed while it serves.
    pub fn live(&self) -> Arc<Live> {
        self.server.live()
    }

    /// What opens the pages; can be changed while it serves.
    pub fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys)
    }

    /// Answers until `shutdown` is ready.
    pub async fn serve(self, site: Arc<Site>, open: Arc<Open>, shutdown: impl Future<Output = ()>) {
        self.keys.start();
        let guard = Guard::new(&self.settings, self.keys, &site.ledger);
        let pages = Arc::new(Pages::new(Arc::clone(&site), Arc::clone(&open), guard));
        let answer = move |request: Request<Incoming>, peer: Arc<Peer>| {
            let (site, open, pages) = (Arc::clone(&site), Arc::clone(&open), Arc::clone(&pages));
            async move {
                let guard = &pages.guard;
                match (request.method(), request.uri().path()) {
                    (&Method::POST, "/decisions") => decisions::take(request, &site, (guard, &peer)).await,
                    (&Method::POST, LINKS) => links::make(request, &site, (guard, &peer)).await,
                    (_, LINKS) => not_allowed("use POST\n", "POST"),
                    (_, CHANGED) => changed(request, &site).await,
                    (_, "/metrics" | "/health/live" | "/health/ready") => {
                        machine(&request, &site, &open, (guard, &peer)).await
                    }
                    _ => pages.answer(request, &peer).await,
                }
            }
        };
        self.server.serve(answer, shutdown).await;
    }
}

/// A push of the outside consent service. It has a signature of its own, and before it the client certificate, where one is
/// required: whoever may look at metrics may not therefore make us ask the service, and the log says when somebody tried.
async fn changed(request: Request<Incoming>, site: &Site) -> Response<Body> {
    if request.method() != Method::POST {
        return not_allowed("use POST\n", "POST");
    }
    let (head, body) = request.into_parts();
    let Ok((body, _)) = Body::flowing(body).hold(LARGEST_PUSH, PATIENCE).await else {
        return said(StatusCode::BAD_REQUEST, WORDS, "the body is too large or broke off\n");
    };
    match site.ledger.pushed(&head.headers, &body) {
        Ok(subjects) => {
            tracing::debug!(subjects, "the consent service said whose consents changed");
            said(StatusCode::NO_CONTENT, WORDS, "")
        }
        Err(fault) => {
            tracing::warn!(%fault, "a push was turned away");
            said(fault.status(), WORDS, format!("{fault}\n"))
        }
    }
}

/// What machines ask for: open to those of this machine, else to whoever shows a certificate or a token.
async fn machine(
    request: &Request<Incoming>,
    site: &Site,
    open: &Open,
    (guard, peer): (&Guard, &Peer),
) -> Response<Body> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return not_allowed("use GET\n", "GET, HEAD");
    }
    if let Err(denied) = guard.machine(request, peer) {
        return said(denied.status(), WORDS, format!("{denied}\n"));
    }
    match request.uri().path() {
        "/metrics" => {
            site.metrics.receipts_wait(site.receipts.waiting());
            said(StatusCode::OK, metrics::MEDIA_TYPE, site.metrics.text())
        }
        "/health/live" => said(StatusCode::OK, WORDS, "live\n"),
        _ => match unready(site, open).await {
            None => said(StatusCode::OK, WORDS, "ready\n"),
            Some(why) => said(StatusCode::SERVICE_UNAVAILABLE, WORDS, why),
        },
    }
}

async fn unready(site: &Site, open: &Open) -> Option<&'static str> {
    if !open.0.load(Relaxed) {
        Some("not ready: starting or stopping\n")
    } else if !site.ledger.is_readable() {
        Some("not ready: the ledger does not answer\n")
    } else if !site.ledger.service_answers().await {
        Some("not ready: the consent service does not answer\n")
    } else {
        None
    }
}

fn not_allowed(advice: &'static str, allowed: &'static str) -> Response<Body> {
    let mut reply = said(StatusCode::METHOD_NOT_ALLOWED, WORDS, advice);
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    reply
}

fn said(status: StatusCode, media_type: &'static str, text: impl Into<bytes::Bytes>) -> Response<Body> {
    let mut reply = Response::new(Body::whole(text.into()));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Admin").field(&self.address()).finish()
    }
}
