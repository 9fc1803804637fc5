//! What an operator may ask of a running proxy: metrics, health, and that a decision be written down; and where an outside
//! consent service may say whose consents changed.
//!
//! The rule: nobody else may ask. On a loopback address plain HTTP will do; on any other a client must show a certificate.
//! What would defeat it is a listener that others can reach without one, so that is an error at load.

mod decisions;
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

pub use self::settings::{AdminError, AdminSettings};
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

/// The largest push, and how long it may take to come.
const LARGEST_PUSH: u64 = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(10);

/// The operator's listener, bound and not yet served.
pub struct Admin(Server);

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
        Ok(Self(Server::bind(&[settings.listener()], limits, timeouts).await?))
    }

    /// Where it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.0.addresses().first().copied()
    }

    /// What can be changed while it serves.
    pub fn live(&self) -> Arc<Live> {
        self.0.live()
    }

    /// Answers until `shutdown` is ready.
    pub async fn serve(self, site: Arc<Site>, open: Arc<Open>, shutdown: impl Future<Output = ()>) {
        let answer = move |request: Request<Incoming>, peer: Arc<Peer>| {
            let (site, open) = (Arc::clone(&site), Arc::clone(&open));
            async move {
                match (request.method(), request.uri().path()) {
                    (&Method::POST, "/decisions") => decisions::take(request, &site, &peer).await,
                    (_, CHANGED) => changed(request, &site).await,
                    (method, path) => answer(method, path, &site, &open),
                }
            }
        };
        self.0.serve(answer, shutdown).await;
    }
}

/// A push of the outside consent service. It has the admin listener's guard before it and a signature of its own: whoever
/// may look at metrics may not therefore make us ask the service, and the log says when somebody tried.
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

fn answer(method: &Method, path: &str, site: &Site, open: &Open) -> Response<Body> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return not_allowed("use GET\n", "GET, HEAD");
    }
    match path {
        "/metrics" => {
            site.metrics.receipts_wait(site.receipts.waiting());
            said(StatusCode::OK, metrics::MEDIA_TYPE, site.metrics.text())
        }
        "/health/live" => said(StatusCode::OK, WORDS, "live\n"),
        "/health/ready" => match unready(site, open) {
            None => said(StatusCode::OK, WORDS, "ready\n"),
            Some(why) => said(StatusCode::SERVICE_UNAVAILABLE, WORDS, why),
        },
        _ => {
            let words =
                "there are `/metrics`, `/health/live` and `/health/ready`, and `/decisions` to POST to\n";
            said(StatusCode::NOT_FOUND, WORDS, words)
        }
    }
}

fn unready(site: &Site, open: &Open) -> Option<&'static str> {
    if !open.0.load(Relaxed) {
        Some("not ready: starting or stopping\n")
    } else if !site.ledger.is_readable() {
        Some("not ready: the ledger does not answer\n")
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
