//! The operator's pages: what is served, what was withheld and why, which rules never met anything, what people asked for, and
//! what would happen to a message.
//!
//! The rule: pages are made whole on this side, work without scripts, and ask nobody else for anything; the browser is told to hold
//! them to that. No page holds a person's id or a value that was withheld: what they show comes from policies, counts and
//! receipts, which hold neither. What would defeat it is markup made by joining texts, so all of it is made by `maud`, which
//! escapes.

mod charts;
mod explain;
mod form;
mod frame;
mod overview;
mod policies;
mod report;
mod requests;
mod rules;
mod sign_in;
mod source;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, Request, Response, StatusCode,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
        WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
    request::Parts,
};
use hyper::body::Incoming;
use jiff::Timestamp;
use maud::Markup;

use self::{form::Form, frame::Frame, rules::Counted};
use super::{
    Open,
    guard::{Denied, Entrance, Guard, may_send, no_token_in},
};
use crate::{exchange::Site, identify::NoAccess, message::Body, server::Peer};

/// Nothing from elsewhere, no scripts, no frames (CSP level 3).
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const SHEET: &str = include_str!("static/operator.css");
const MARK: &str = include_str!("static/mark.svg");

/// The largest form: a message of 256 KiB, each byte of which may be written as three. And one with a token.
const LARGEST_FORM: u64 = 1 << 20;
const LARGEST_TOKEN: u64 = 32 << 10;
const PATIENCE: Duration = Duration::from_secs(20);

/// What the pages are made from.
pub(super) struct Pages {
    site: Arc<Site>,
    open: Arc<Open>,
    pub(super) guard: Guard,
    /// When serving began.
    since: Timestamp,
    /// One report at a time: exchanges come first.
    reporting: tokio::sync::Mutex<()>,
    counted: Counted,
}

/// What is sent.
pub(super) struct Page {
    status: StatusCode,
    media_type: &'static str,
    body: Bytes,
    more: Vec<(HeaderName, HeaderValue)>,
}

/// What there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Overview,
    Report,
    ReportCsv,
    ReportJson,
    Rules,
    Policies,
    Policy,
    Requests,
    Explain,
}

impl Room {
    const ALL: [(&'static str, Self); 9] = [
        ("/", Self::Overview),
        ("/report", Self::Report),
        ("/report.csv", Self::ReportCsv),
        ("/report.json", Self::ReportJson),
        ("/rules", Self::Rules),
        ("/policies", Self::Policies),
        ("/policy", Self::Policy),
        ("/requests", Self::Requests),
        ("/explain", Self::Explain),
    ];

    fn at(path: &str) -> Option<Self> {
        Self::ALL.iter().find(|(at, _)| *at == path).map(|(_, room)| *room)
    }

    fn path(self) -> &'static str {
        Self::ALL.iter().find(|(_, room)| *room == self).map_or("/", |(at, _)| at)
    }
}

impl Pages {
    pub(super) fn new(site: Arc<Site>, open: Arc<Open>, guard: Guard) -> Self {
        let (since, reporting, counted) =
            (Timestamp::now(), tokio::sync::Mutex::default(), Counted::default());
        Self { site, open, guard, since, reporting, counted }
    }

    /// Answers a request that is for nobody else.
    pub(super) async fn answer(&self, request: Request<Incoming>, peer: &Peer) -> Response<Body> {
        let (head, body) = request.into_parts();
        let page = match self.page(&head, body, peer).await {
            Ok(page) => page,
            Err(denied) => self.denied(&denied, head.uri.path()),
        };
        page.sent()
    }

    async fn page(&self, head: &Parts, body: Incoming, peer: &Peer) -> Result<Page, Denied> {
        no_token_in(&head.uri)?;
        let now = Timestamp::now();
        let path = head.uri.path();
        match (&head.method, path) {
            (_, "/static/operator.css") => return Ok(Page::fixed("text/css; charset=utf-8", SHEET)),
            (_, "/static/mark.svg") => return Ok(Page::fixed("image/svg+xml", MARK)),
            (&Method::POST, "/sign-in") => {
                may_send(head, peer, None)?;
                return self.sign_in(held(body, LARGEST_TOKEN).await, now);
            }
            (&Method::GET, "/sign-in") => return Ok(sign_in::elsewhere("/")),
            (&Method::POST, "/sign-out") => return self.sign_out(head, peer, now),
            _ => {}
        }
        let Some(room) = Room::at(path) else { return Ok(Frame::nobody("There is no such page").missing()) };
        let posts = head.method == Method::POST && room == Room::Explain;
        if !posts && !matches!(head.method, Method::GET | Method::HEAD) {
            return Ok(Frame::nobody("There is nothing to send here").not_allowed());
        }
        let entrance = self.guard.person(head, peer, now)?;
        let query = Form::read(head.uri.query().unwrap_or_default().as_bytes());
        if posts {
            may_send(head, peer, Some(entrance))?;
            return Ok(self.explain(Frame::of(room, entrance), held(body, LARGEST_FORM).await).await);
        }
        Ok(self.shown(room, entrance, &query, now).await)
    }

    async fn shown(&self, room: Room, entrance: Entrance, query: &Form, now: Timestamp) -> Page {
        let frame = Frame::of(room, entrance);
        match room {
            Room::Overview => self.overview(frame, now).await,
            Room::Report | Room::ReportCsv | Room::ReportJson => self.report(frame, room, query, now).await,
            Room::Rules => self.rules(frame, now).await,
            Room::Policies => self.policies(frame),
            Room::Policy => self.policy(frame, query),
            Room::Requests => self.requests(frame, now).await,
            Room::Explain => self.explain_form(frame, query),
        }
    }

    /// Why somebody was not let in, and how to be.
    fn denied(&self, denied: &Denied, path: &str) -> Page {
        let next = Room::at(path).map_or("/", Room::path);
        let page = match denied {
            Denied::Nothing | Denied::Token(_) => sign_in::asked(denied, next),
            Denied::NoWay | Denied::NoCertificate | Denied::CrossSite | Denied::InAddress => {
                sign_in::turned_away(denied)
            }
        };
        let challenge = match denied {
            Denied::Nothing => Some("Bearer"),
            Denied::Token(NoAccess::Refused(_)) => Some("Bearer error=\"invalid_token\""),
            Denied::Token(NoAccess::Lacks { .. }) => Some("Bearer error=\"insufficient_scope\""),
            _ => None,
        };
        let page = page.with_status(denied.status());
        match challenge {
            Some(challenge) => page.with(WWW_AUTHENTICATE, HeaderValue::from_static(challenge)),
            None => page,
        }
    }
}

/// What was sent, if it is short enough and came in time.
async fn held(body: Incoming, most: u64) -> Option<Form> {
    let (bytes, _) = Body::flowing(body).hold(most, PATIENCE).await.ok()?;
    Some(Form::read(&bytes))
}

impl Page {
    /// A page for people.
    fn of(markup: Markup) -> Self {
        let body = markup.into_string().into();
        Self { status: StatusCode::OK, media_type: "text/html; charset=utf-8", body, more: Vec::new() }
    }

    /// What is the same for everybody, as long as this process runs.
    fn fixed(media_type: &'static str, text: &'static str) -> Self {
        Self {
            status: StatusCode::OK,
            media_type,
            body: Bytes::from_static(text.as_bytes()),
            more: Vec::new(),
        }
    }

    /// A file to be kept.
    fn file(media_type: &'static str, name: &str, text: String) -> Self {
        let name = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
        let more = name.into_iter().map(|name| (CONTENT_DISPOSITION, name)).collect();
        Self { status: StatusCode::OK, media_type, body: text.into(), more }
    }

    fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.more.push((name, value));
        self
    }

    fn allowing(self, methods: &'static str) -> Self {
        self.with_status(StatusCode::METHOD_NOT_ALLOWED).with(ALLOW, HeaderValue::from_static(methods))
    }

    fn sent(self) -> Response<Body> {
        let Self { status, media_type, body, more } = self;
        let mut reply = Response::new(Body::whole(body));
        *reply.status_mut() = status;
        let headers = reply.headers_mut();
        for (name, value) in [
            (CONTENT_TYPE, media_type),
            (CACHE_CONTROL, "no-store"),
            (CONTENT_SECURITY_POLICY, POLICY),
            // Not `no-referrer`: then browsers would say `Origin: null` when our own forms are sent.
            (REFERRER_POLICY, "same-origin"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.extend(more);
        reply
    }
}
