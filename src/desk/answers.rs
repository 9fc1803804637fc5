//! How the desk answers, and what every answer carries.
//!
//! The rule: no answer is kept by anybody between, none runs or shows anything that is not the desk's own, and no page but the panel is
//! shown within another's. What would defeat it is an answer that is put together elsewhere: all of them pass through [`guard`].

use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION,
        REFERRER_POLICY, RETRY_AFTER, STRICT_TRANSPORT_SECURITY, VARY, WWW_AUTHENTICATE,
        X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};
use serde::Serialize;

use super::{floods, operations::JSON, problem::Problem};
use crate::message::Body;

const PROBLEM: &str = "application/problem+json";
const PAGE: &str = "text/html; charset=utf-8";
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// Who may take up an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach<'a> {
    /// The desk's own pages.
    Own,
    /// Pages of these origins, in a frame.
    Framed(&'a [String]),
    /// Any page, as a script: there is nothing of anybody's in it.
    Any,
}

/// Nothing but a status.
pub(super) fn bare(status: StatusCode) -> Response<Body> {
    let mut reply = Response::new(Body::empty());
    *reply.status_mut() = status;
    reply
}

/// Bytes of this media type.
pub(super) fn bytes(
    status: StatusCode,
    media_type: &'static str,
    bytes: impl Into<bytes::Bytes>,
) -> Response<Body> {
    let mut reply = Response::new(Body::whole(bytes.into()));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    reply
}

/// A document in JSON.
pub(super) fn json(status: StatusCode, document: &impl Serialize) -> Result<Response<Body>, Problem> {
    of_type(status, JSON, document)
}

/// The same of another media type.
pub(super) fn of_type(
    status: StatusCode,
    media_type: &'static str,
    document: &impl Serialize,
) -> Result<Response<Body>, Problem> {
    let text = serde_json::to_vec(document).map_err(|_| Problem::Internal)?;
    Ok(bytes(status, media_type, text))
}

/// A page.
pub(super) fn page(status: StatusCode, html: String) -> Response<Body> {
    bytes(status, PAGE, html)
}

/// Off to another page, to be asked for with `GET`.
pub(super) fn see_other(to: &str) -> Response<Body> {
    let mut reply = bare(StatusCode::SEE_OTHER);
    if let Ok(to) = HeaderValue::try_from(to) {
        reply.headers_mut().insert(LOCATION, to);
    }
    reply
}

/// The same answer, to be kept as a file.
pub(super) fn as_file(mut reply: Response<Body>, name: &'static str) -> Response<Body> {
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        reply.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    reply
}

/// A problem document (RFC 9457).
pub(super) fn problem(problem: Problem) -> Response<Body> {
    let reply = bytes(problem.status(), PROBLEM, problem.document().to_string());
    marked(reply, problem)
}

/// The header fields that go with a problem.
pub(super) fn marked(mut reply: Response<Body>, problem: Problem) -> Response<Body> {
    let headers = reply.headers_mut();
    match problem {
        Problem::Method(allowed) => {
            headers.insert(ALLOW, HeaderValue::from_static(allowed));
        }
        Problem::NotEntered => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Problem::Credential => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""));
        }
        Problem::Flood => {
            headers.insert(RETRY_AFTER, HeaderValue::from(floods::WINDOW.as_secs()));
        }
        Problem::Ledger | Problem::KeysUnreachable => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    reply
}

/// What every answer carries.
pub(super) fn guard(mut reply: Response<Body>, secure: bool, reach: Reach<'_>) -> Response<Body> {
    let ancestors = match reach {
        Reach::Framed(origins) if !origins.is_empty() => origins.join(" "),
        Reach::Framed(_) | Reach::Own | Reach::Any => "'none'".to_owned(),
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    );
    let headers = reply.headers_mut();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    if ancestors == "'none'" {
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    let resource = if reach == Reach::Own { "same-origin" } else { "cross-origin" };
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (OPENER, "same-origin"),
        (RESOURCE, resource),
        (PERMISSIONS, "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(VARY, HeaderValue::from_static("Accept-Language, Authorization, Cookie"));
    }
    if secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    reply
}
