//! Objections of signals, written down.
//!
//! The rule: what a signal of a proven person objects to becomes a decision in the ledger, once, and only where nothing was
//! decided about the purpose yet: what a person decides anywhere else says more than what their browser says everywhere. The
//! request does not wait for it, because its own signal counts anyway. What would defeat it is writing under the request's
//! feet, which would have to be decided again; so it begins when the request has been sent, refused or given up.
//!
//! Written is what was said, never what could not be read: a malformed signal counts for its request alone.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Site, served::Served};
use crate::{
    consent::{Consent, DecisionKind},
    identify::Identified,
    ledger::{LedgerError, NewDecision},
    signal::{Kind, Signals},
    subject::{Standing, Subject},
};

/// What is being written down at this moment.
#[derive(Debug, Default)]
pub(super) struct Noted(Mutex<HashSet<Objection>>);

/// A person's objection to a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Objection {
    subject: Subject,
    group: Arc<str>,
    purpose: Arc<str>,
}

/// Objections that are written down when this is dropped.
pub(super) struct Noting<'a> {
    site: &'a Arc<Site>,
    objections: Vec<(Objection, Kind)>,
}

impl Site {
    /// What is to be written down of a request's signals.
    pub(super) fn noting<'a>(
        self: &'a Arc<Self>,
        route: &Served,
        who: &Identified,
        consent: &Consent,
        signals: &Signals,
    ) -> Noting<'a> {
        let proven = who.subject.as_ref().filter(|subject| subject.standing() == Standing::Proven);
        let objections = proven.map(|subject| objections(route, subject, consent, signals));
        Noting { site: self, objections: objections.unwrap_or_default() }
    }

    async fn note(&self, objection: &Objection, kind: Kind) -> Result<(), LedgerError> {
        let Objection { subject, group, purpose } = objection;
        if self.ledger.consent(subject, group).await?.decisions.contains_key(&**purpose) {
            return Ok(());
        }
        let new = NewDecision {
            kind: DecisionKind::Object,
            purpose: Some(purpose.to_string()),
            notice: None,
            text_digest: None,
            expires: None,
            jurisdiction: None,
            source: format!("signal:{}", kind.as_str()),
        };
        self.ledger.decide(subject, group, new).await.map(drop)
    }
}

/// What the signals that a route records object to, where nothing was decided yet.
fn objections(
    route: &Served,
    subject: &Subject,
    consent: &Consent,
    signals: &Signals,
) -> Vec<(Objection, Kind)> {
    let policy = &route.plan.policy;
    let recorded = |kind: &Kind| signals.is_plain(*kind) && route.records(*kind);
    let mut objections = Vec::new();
    for kind in Kind::ALL.into_iter().filter(recorded) {
        for purpose in policy.purposes.iter().filter(|purpose| purpose.is_objected_to_by(kind, signals)) {
            if !consent.decisions.contains_key(&*purpose.name) {
                let (group, purpose) = (Arc::clone(&policy.group), Arc::clone(&purpose.name));
                objections.push((Objection { subject: subject.clone(), group, purpose }, kind));
            }
        }
    }
    objections
}

impl Drop for Noting<'_> {
    fn drop(&mut self) {
        for (objection, kind) in std::mem::take(&mut self.objections) {
            if !self.site.noted.begin(&objection) {
                continue;
            }
            let site = Arc::clone(self.site);
            tokio::spawn(async move {
                if let Err(error) = site.note(&objection, kind).await {
                    tracing::error!(%error, "a signal's objection can't be written down; it will be with a later request");
                }
                site.noted.end(&objection);
            });
        }
    }
}

impl Noted {
    /// Whether nobody is at it already.
    fn begin(&self, objection: &Objection) -> bool {
        self.lock().insert(objection.clone())
    }

    fn end(&self, objection: &Objection) {
        self.lock().remove(objection);
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Objection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
