//! Decisions that an operator's own program writes down for people, such as a page where they choose.
//!
//! The rule: only a caller that showed a client certificate may write, on a loopback address, too, where any program of the machine
//! could ask; and what is acknowledged is durable and obeyed. A yes to a text that is not shown any more is a conflict: the
//! policy changed between asking and answering. What would defeat it: taking a namespace, a group or a purpose that nothing here
//! serves, since nobody would obey; so these are refused. No answer repeats an id.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::{
    consent::DecisionKind,
    exchange::{Served, Site},
    identify::check_id,
    ledger::{LedgerError, NewDecision},
    message::Body,
    refusal::TYPE_BASE,
    server::Peer,
    subject::{Standing, Subject},
};

/// The longest request: ids and names are short.
const LONGEST: usize = 64 << 10;

/// What is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    namespace: String,
    id: String,
    consents: String,
    kind: DecisionKind,
    purpose: Option<String>,
    notice: Option<String>,
    text_digest: Option<String>,
    expires: Option<Timestamp>,
    jurisdiction: Option<String>,
}

/// Why nothing was written: the status, a stable word, and what to do.
struct Refused(StatusCode, &'static str, String);

/// Writes one decision down.
pub(super) async fn take(request: Request<Incoming>, site: &Site, peer: &Peer) -> Response<Body> {
    match decided(request, site, peer).await {
        Ok(decision) => reply(StatusCode::CREATED, "application/json", decision),
        Err(Refused(status, word, detail)) => {
            let document = json!({
                "type": format!("{TYPE_BASE}{word}"),
                "title": status.canonical_reason(),
                "status": status.as_u16(),
                "detail": detail,
            });
            reply(status, "application/problem+json", document)
        }
    }
}

async fn decided(request: Request<Incoming>, site: &Site, peer: &Peer) -> Result<serde_json::Value, Refused> {
    if peer.certificate.is_none() {
        let words = "decisions are taken only from callers with a client certificate; give `admin` a `tls` with `client_authority` and `client_certificate: required`";
        return Err(Refused(StatusCode::FORBIDDEN, "certificate-missing", words.to_owned()));
    }
    let asked = read(request).await?;
    check(&asked, site)?;
    let Asked { namespace, id, consents, kind, purpose, notice, text_digest, expires, jurisdiction } = asked;
    let new =
        NewDecision { kind, purpose, notice, text_digest, source: "admin".to_owned(), expires, jurisdiction };
    let subject = Subject::new(namespace, id, Standing::Claimed);
    let decision = site.ledger.decide(&subject, &consents, new).await.map_err(refused)?;
    Ok(json!({"consents": consents, "decision": decision}))
}

async fn read(request: Request<Incoming>) -> Result<Asked, Refused> {
    if !is_json(request.headers()) {
        let words = "send `content-type: application/json`".to_owned();
        return Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", words));
    }
    let body = Limited::new(request.into_body(), LONGEST).collect().await.map_err(|_| {
        let words = format!("the body did not arrive, or has more than {LONGEST} bytes");
        Refused(StatusCode::BAD_REQUEST, "body-broken", words)
    })?;
    // The error of the deserialiser may quote an id, so only the place is told.
    serde_json::from_slice(&body.to_bytes()).map_err(|error| {
        let words = format!(
            "line {} column {}: write `namespace`, `id`, `consents`, `kind` and what else the decision has",
            error.line(),
            error.column()
        );
        Refused(StatusCode::BAD_REQUEST, "unreadable", words)
    })
}

/// Whether somebody here would obey.
fn check(asked: &Asked, site: &Site) -> Result<(), Refused> {
    let unknown = |what: &str| {
        let words = format!("no route here has such {what}, so nobody would obey the decision");
        Err(Refused(StatusCode::UNPROCESSABLE_ENTITY, "nobody-would-obey", words))
    };
    if let Err(fault) = check_id(asked.id.as_bytes()) {
        return Err(Refused(StatusCode::UNPROCESSABLE_ENTITY, "subject", fault.to_owned()));
    }
    let routes = site.routes();
    let group: Vec<_> = routes.all().filter(|route| *route.plan.policy.group == *asked.consents).collect();
    let names = |route: &Served, purpose: &str| route.plan.policy.purpose(purpose).is_some();
    match &asked.purpose {
        _ if group.is_empty() => unknown("consents"),
        _ if !group.iter().any(|route| route.identifies(&asked.namespace)) => unknown("a namespace"),
        Some(purpose) if !group.iter().any(|route| names(route, purpose)) => unknown("a purpose"),
        _ => Ok(()),
    }
}

fn refused(error: LedgerError) -> Refused {
    let (status, word) = match &error {
        LedgerError::OtherText(_) => (StatusCode::CONFLICT, "text-changed"),
        LedgerError::Purpose(_) | LedgerError::Expires(_) => (StatusCode::UNPROCESSABLE_ENTITY, "decision"),
        _ => {
            tracing::error!(%error, "a decision was not written");
            let words = "the ledger does not answer; the decision may or may not be written".to_owned();
            return Refused(StatusCode::SERVICE_UNAVAILABLE, "ledger-unreachable", words);
        }
    };
    Refused(status, word, error.to_string())
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn reply(status: StatusCode, media_type: &'static str, document: serde_json::Value) -> Response<Body> {
    let mut reply = Response::new(Body::whole(Bytes::from(document.to_string())));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}
