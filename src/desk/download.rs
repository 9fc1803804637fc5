//! Everything that is known about a person here, in one document for them to keep (GDPR Art. 15 and 20).
//!
//! The rule: what the overview, the histories and the requests show page by page is here without pages, and what is known elsewhere is
//! named with whom to ask. What would defeat it is a document without end, so exchanges stop at a number that it names.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    decisions,
    exchanges::{self, Sought},
    overview,
    problem::Problem,
    rights,
    rules::Rules,
    texts::Texts,
};
use crate::{exchange::Site, subject::Subject};

/// The most exchanges in one document; what is older is asked for with `/api/exchanges?to=`.
const MOST_EXCHANGES: usize = 10_000;

/// The document.
///
/// # Errors
/// When the ledger does not answer.
pub(super) async fn of(site: &Site, rules: &Rules, subject: &Subject, texts: &Texts) -> Result<Value, Problem> {
    let overview = overview::of(site, rules, subject, texts).await?;
    let history = decisions::history(site, subject, (None, usize::MAX), texts).await?;
    let requests = rights::requests(site, subject).await?;
    let links = site.ledger.links(subject).await?;
    let sought = Sought { limit: MOST_EXCHANGES, ..Sought::default() };
    let exchanges = exchanges::all(site, subject, &sought, texts).await?;
    Ok(json!({
        "made": Timestamp::now(),
        "subject": overview.subject,
        "references": site.ledger.references(subject).await?,
        "overview": overview,
        "decisions": history.decisions,
        "links": links,
        "requests": requests.requests,
        "exchanges": {
            "kept": exchanges.kept,
            "complete": exchanges.next.is_none(),
            "exchanges": exchanges.exchanges,
        },
        "elsewhere": rules.elsewhere,
        "contact": rules.contact,
    }))
}
