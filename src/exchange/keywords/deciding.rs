//! What a keyword does.
//!
//! The rule: everything that it decides is written at once, or nothing, and it is done when that is durable and obeyed. What
//! would defeat it is a yes to a text that is not in force any more: the ledger refuses it.

use crate::{
    consent::DecisionKind,
    exchange::{Served, Site, unreachable},
    ledger::{LedgerError, NewDecision},
    policy::{Basis, Purpose},
    refusal::Refusal,
    subject::Subject,
};

/// Who writes such a decision down.
const SOURCE: &str = "keyword";

/// Everything that a word decides, at once and durably.
///
/// # Errors
/// When it is not known to be written.
pub(in crate::exchange) async fn decide(
    site: &Site,
    route: &Served,
    subject: &Subject,
    yes: bool,
) -> Result<(), Refusal> {
    let Some(keywords) = &route.keywords else { return Err(Refusal::Internal) };
    let new = keywords.purposes.iter().map(|purpose| decision(purpose, yes)).collect();
    let decided = site.ledger.decide_all(subject, &route.plan.policy.group, new).await;
    decided.map(drop).map_err(|error| match error {
        // Another policy is in force by now.
        LedgerError::OtherText(_) => Refusal::Unsettled,
        error => unreachable(error),
    })
}

fn decision(purpose: &Purpose, yes: bool) -> NewDecision {
    let kind = match (yes, purpose.basis) {
        (true, _) => DecisionKind::Grant,
        (false, Basis::Consent) => DecisionKind::Withdraw,
        (false, _) => DecisionKind::Object,
    };
    NewDecision {
        kind,
        purpose: Some(purpose.name.to_string()),
        notice: purpose.notice.clone().filter(|_| yes),
        text_digest: yes.then(|| purpose.text_digest()),
        source: SOURCE.to_owned(),
        expires: None,
        jurisdiction: None,
    }
}
