//! Whoever answers at the desk.
//!
//! The rule: a request is looked at before it is answered: whether it came the way it must, whether it is for this host. Then it is a
//! file's, the API's or a page's, and every answer leaves with the same guard.

use std::sync::Arc;

use arc_swap::ArcSwap;
use http::{Method, Request, Response, request::Parts};
use hyper::body::Incoming;

use super::{
    DeskError,
    answers::{self, Reach},
    api,
    entering::Visitor,
    floods::{Floods, Kind},
    place::Place,
    problem::Problem,
    rules::Rules,
    settings::DeskSettings,
    signing::Signer,
    statics, visits,
};
use crate::{
    exchange::{Invites, Site},
    message::Body,
    pass::{LABEL, Passes},
    server::Peer,
};

/// Whoever answers at the desk.
pub struct Clerk {
    pub(super) site: Arc<Site>,
    pub(super) place: Place,
    pub(super) passes: Arc<Passes>,
    pub(super) signer: Signer,
    floods: Floods,
    rules: ArcSwap<Rules>,
}

/// A request that is to be answered.
pub(super) struct Visit {
    pub(super) head: Parts,
    pub(super) body: Incoming,
    pub(super) peer: Arc<Peer>,
    pub(super) rules: Arc<Rules>,
}

impl Clerk {
    pub(super) fn new(settings: &DeskSettings, rules: Rules, site: Arc<Site>) -> Result<Self, DeskError> {
        let signer = Signer::open(&settings.signing_key, &settings.old_keys)?;
        let passes = Passes::new(&site.ledger.derive_key(LABEL, &[])).ok_or(DeskError::NoPasses)?;
        let clerk = Self {
            place: settings.place()?,
            passes: Arc::new(passes),
            signer,
            floods: Floods::new(),
            rules: ArcSwap::from_pointee(rules),
            site,
        };
        clerk.invite();
        Ok(clerk)
    }

    /// Goes by other rules from now on.
    pub fn adopt(&self, rules: Rules) {
        self.rules.store(Arc::new(rules));
        self.invite();
    }

    /// Fetches the keys that are fetched, and keeps them fresh.
    pub(super) async fn start(&self) {
        self.rules.load_full().start().await;
    }

    fn invite(&self) {
        let life = self.rules.load().links;
        self.site.invite_from_now_on(Invites::new(Arc::clone(&self.passes), self.place.page("/"), life));
    }

    /// Answers one request.
    pub(super) async fn answer(&self, request: Request<Incoming>, peer: Arc<Peer>) -> Response<Body> {
        let rules = self.rules.load_full();
        let (head, body) = request.into_parts();
        let path = head.uri.path().to_owned();
        let came =
            rules.behind.is_empty() || rules.behind.iter().any(|network| network.contains(peer.remote.ip()));
        let reply = match self.place.is_asked(&head) {
            Ok(()) if came => self.of(Visit { head, body, peer, rules: Arc::clone(&rules) }).await,
            Ok(()) => answers::problem(Problem::Misdirected),
            Err(problem) => answers::problem(problem),
        };
        let reach = match path.as_str() {
            statics::PANEL => Reach::Any,
            "/panel" => Reach::Framed(&rules.frame_ancestors),
            _ => Reach::Own,
        };
        answers::guard(reply, self.place.secure, reach)
    }

    async fn of(&self, visit: Visit) -> Response<Body> {
        let path = visit.head.uri.path();
        if let Some(file) = statics::file(path) {
            return match visit.head.method {
                Method::GET | Method::HEAD => file,
                _ => answers::problem(Problem::Method("GET, HEAD")),
            };
        }
        let is_apis =
            path.starts_with("/api/") || path.starts_with("/.well-known/") || path == "/openapi.json";
        if is_apis { api::answer(self, visit).await } else { visits::answer(self, visit).await }
    }

    /// Counts what somebody asks.
    pub(super) fn count(&self, visitor: &Visitor, kind: Kind) -> Result<(), Problem> {
        let whose = [visitor.subject.namespace().as_bytes(), visitor.subject.id().as_bytes()];
        self.floods.count(self.site.ledger.derive_key("desk floods", &whose), kind)
    }
}
