//! A refusal as the client sees it: a problem document (RFC 9457).

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderValue, Response,
    header::{ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde_json::json;
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    record::Record,
    reply::{self, Reply},
};
use crate::{
    message::{Body, coding},
    refusal::{Refusal, TYPE_BASE},
};

/// How long a refusal waits for its receipt. It discloses nothing, and where receipts can't be written, as when they are
/// kept in the ledger that can't be reached, the client must hear so; the receipt is written when that is possible again.
const RECEIPT: Duration = Duration::from_secs(1);

/// The answer to a refused request, once its receipt is written or has had its time.
pub(super) async fn answer(refusal: &Refusal, mut record: Record) -> Response<Reply> {
    record.refused(refusal);
    let id = record.id();
    let _ = timeout(RECEIPT, reply::finish(&mut record)).await;
    tracing::debug!(exchange = %id, problem = refusal.slug(), "refused");
    response(refusal, Some(id))
}

/// The answer where there is no room for a receipt.
pub(super) fn without_receipt(refusal: &Refusal) -> Response<Reply> {
    tracing::warn!(problem = refusal.slug(), "refused without a receipt");
    response(refusal, None)
}

fn response(refusal: &Refusal, id: Option<Uuid>) -> Response<Reply> {
    let mut response = Response::new(Reply::over(Body::whole(document(refusal, id))));
    *response.status_mut() = refusal.status();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match refusal {
        Refusal::Method(allowed) => {
            if let Ok(allowed) = HeaderValue::try_from(allowed.as_str()) {
                headers.insert(ALLOW, allowed);
            }
        }
        Refusal::ContentCoding(_) => {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(coding::KNOWN));
        }
        Refusal::Credential(_) => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""));
        }
        other if other.status() == http::StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    response
}

/// The document itself.
pub fn document(refusal: &Refusal, id: Option<Uuid>) -> Bytes {
    let mut document = json!({
        "type": format!("{TYPE_BASE}{}", refusal.slug()),
        "title": refusal.title(),
        "status": refusal.status().as_u16(),
        "detail": refusal.detail(),
    });
    if let Some(members) = document.as_object_mut() {
        if let Some(id) = id {
            members.insert("instance".to_owned(), json!(format!("urn:uuid:{id}")));
            members.insert("exchange".to_owned(), json!(id.to_string()));
        }
        if !refusal.missing_purposes().is_empty() {
            members.insert("purposes".to_owned(), json!(refusal.missing_purposes()));
        }
        if let Some(desk) = refusal.decide_at() {
            members.insert("decide_at".to_owned(), json!(desk));
        }
    }
    document.to_string().into()
}
