//! What a message says, and how it gets into the outbox.
//!
//! The rule: it names the id that decided, as the chat knows it. Other ids of the person are known here by their hash only, so it says how
//! many there are. What would defeat it: more in it than whoever is told must know.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    consent::{Decision, DecisionKind},
    ledger::{
        database::unreadable,
        key_file::random_name,
        sealed::Seal,
        store::{Connection, on},
    },
    subject::Subject,
};

/// Writes messages about one subject.
pub(in crate::ledger) struct Telling {
    pub(in crate::ledger) seal: Seal,
    pub(in crate::ledger) subject: Subject,
}

/// Where a message stands: whose it is, so that it keeps its turn, and of how many other ids of theirs it is true.
#[derive(Clone, Copy)]
pub(in crate::ledger) struct Lane<'a> {
    pub(in crate::ledger) digest: &'a [u8; 32],
    pub(in crate::ledger) linked: usize,
}

#[derive(Serialize)]
struct Message<'a> {
    r#type: &'static str,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    subject: Named<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    linked: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consents: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionKind>,
}

#[derive(Serialize)]
struct Named<'a> {
    namespace: &'a str,
    id: &'a str,
}

/// Writes down that a decision must be told of, if it must.
pub(in crate::ledger) async fn moved(
    connection: &mut Connection<'_>,
    telling: &Telling,
    lane: Lane<'_>,
    group: &str,
    decision: &Decision,
) -> Result<(), sqlx::Error> {
    let kind = match decision.kind {
        DecisionKind::Grant => return Ok(()),
        DecisionKind::Deny | DecisionKind::Withdraw | DecisionKind::Object => "consent.withdrawn",
        DecisionKind::Restrict => "processing.restricted",
        DecisionKind::Lift => "processing.resumed",
    };
    let data = Data {
        consents: Some(group),
        purpose: decision.purpose.as_deref(),
        decision: decision.kind.needs_purpose().then_some(decision.kind),
        ..about(telling, lane)
    };
    write(connection, telling, lane, Message { r#type: kind, timestamp: decision.at, data }).await
}

/// Writes down that an erasure must be told of.
pub(in crate::ledger) async fn erased(
    connection: &mut Connection<'_>,
    telling: &Telling,
    lane: Lane<'_>,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let message = Message { r#type: "subject.erased", timestamp: at, data: about(telling, lane) };
    write(connection, telling, lane, message).await
}

/// Where a sealed message belongs.
pub(super) fn place(id: &str) -> Vec<u8> {
    format!("message {id}").into_bytes()
}

fn about<'a>(telling: &'a Telling, lane: Lane<'_>) -> Data<'a> {
    let subject = Named { namespace: telling.subject.namespace(), id: telling.subject.id() };
    let linked = Some(lane.linked).filter(|linked| *linked > 0);
    Data { subject, linked, consents: None, purpose: None, decision: None }
}

async fn write(
    connection: &mut Connection<'_>,
    telling: &Telling,
    lane: Lane<'_>,
    message: Message<'_>,
) -> Result<(), sqlx::Error> {
    let id = format!("msg_{}", random_name()?);
    let text = serde_json::to_vec(&message).map_err(unreadable)?;
    let sealed = telling.seal.seal(&place(&id), &text)?;
    on!(connection, c => {
        sqlx::query(
            "INSERT INTO outbox (message, kind, at, lane, payload, next_at) VALUES ($1, $2, $3, $4, $5, $3)",
        )
        .bind(id)
        .bind(message.r#type)
        .bind(message.timestamp.as_microsecond())
        .bind(lane.digest.as_slice())
        .bind(sealed)
        .execute(c)
        .await
        .map(drop)
    })
}
