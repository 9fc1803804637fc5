//! Everything that is known about a person here, in one document for them to keep (GDPR Art. 15 and 20).
//!
//! The rule: it is what `assentry consent download` gives, with what the person sees at the desk beside it and what is known elsewhere, with
//! whom to ask. It is written while it is taken, so that a long history needs little memory. What would defeat it: an error half-way that
//! looks like an end; so the reply breaks off then.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Map, json};

use super::{answers, operations::JSON, overview, problem::Problem, rules::Rules, texts::Texts};
use crate::{
    exchange::Site,
    message::{Body, BodyError},
    receipts::Download,
    subject::Subject,
};

/// The document, as it is written.
///
/// # Errors
/// When the ledger does not answer before anything is written.
pub(super) async fn of(
    site: &Site,
    rules: &Rules,
    subject: &Subject,
    texts: &Texts,
) -> Result<Response<Body>, Problem> {
    let overview = overview::of(site, rules, subject, texts).await?;
    let besides = Map::from_iter([
        ("overview".to_owned(), json!(overview)),
        ("elsewhere".to_owned(), json!(rules.elsewhere)),
        ("contact".to_owned(), json!(rules.contact)),
    ]);
    let kept = site.receipts.can_be_found();
    let mut download = Download::of(&site.ledger, subject, kept, besides).await?;
    let body = Body::made(|mut outlet| async move {
        loop {
            match download.next().await {
                Ok(Some(piece)) => outlet.pass(Bytes::from(piece)).await,
                Ok(None) => return Ok(None),
                Err(error) => {
                    tracing::error!(%error, "a download broke off");
                    return Err(BodyError::TimedOut);
                }
            }
        }
    });
    let reply = answers::bytes(StatusCode::OK, JSON, Bytes::new()).map(|_| body);
    Ok(answers::as_file(reply, "my-data.json"))
}
