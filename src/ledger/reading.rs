//! How a consent is read: from the database, from an outside service, or from both.
//!
//! The rule: the epoch is noted before anything is read, and a reading that something overtook is made again. What the service
//! said is kept for that, while it counts, so that other people's decisions don't make us ask it over and over. What would defeat
//! it: finding a consent in the cache without asking whether the service's word still counts; so [`Rooms::held`] is the only way there.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use super::{
    DEADLINE, Ledger, LedgerError, NewDecision, Rooms,
    database::{Known, State},
    person::together,
    service::{Heard, Role, Service},
};
use crate::{
    consent::{Consent, ConsentKey, Decision, DecisionKind, Reading},
    subject::Subject,
};

impl Ledger {
    /// Reads until nothing overtakes the reading.
    pub(super) async fn fill(&self, subject: &Subject, key: ConsentKey) -> Result<Arc<Consent>, LedgerError> {
        let mut heard = None;
        loop {
            let known = self.0.database.meet(&key.subject).await?;
            heard = self.heard(heard, subject, &key).await?;
            let read = self.read(key.clone(), Some(known), heard.as_ref()).await?;
            if let Some(consent) = self.0.cache.admit(read).or_else(|| self.0.held(&key)) {
                return Ok(consent);
            }
        }
    }

    /// What the service says, where there is one; what was heard before is enough while it counts.
    pub(super) async fn heard(
        &self,
        before: Option<Heard>,
        subject: &Subject,
        key: &ConsentKey,
    ) -> Result<Option<Heard>, LedgerError> {
        let Some(service) = &self.0.service else { return Ok(None) };
        match before.filter(|heard| service.holds(key, &heard.lease)) {
            Some(heard) => Ok(Some(heard)),
            None => service.ask(subject, key).await.map(Some),
        }
    }

    /// Asks the service again while what it said still counts, so that nobody has to wait for it.
    pub(super) fn renew(&self, consent: &Consent) {
        let Some((service, Reading { key, lease: Some(lease), .. })) =
            self.0.service.as_ref().zip(consent.reading.as_ref())
        else {
            return;
        };
        let Some(subject) = service.should_renew(key, lease) else { return };
        let (ledger, key) = (self.clone(), key.clone());
        tokio::spawn(async move {
            let filled = timeout(ledger.0.patience(), ledger.fill(&subject, key.clone())).await;
            if let Ok(Err(error)) = filled {
                tracing::warn!(%error, "a consent could not be renewed ahead of time");
            }
            ledger.0.service.iter().for_each(|service| service.renewed(&key));
        });
    }

    pub(super) async fn read(
        &self,
        key: ConsentKey,
        known: Option<Known>,
        heard: Option<&Heard>,
    ) -> Result<Consent, LedgerError> {
        let epoch = self.0.cache.epoch(); // before the database
        let mut consent = Consent::default();
        let (mut as_of, mut links) = (0, 0);
        if let Some(known) = known {
            let State { number, links: newest_link, decisions, linked, keys } =
                self.0.database.state(&known, &key, &self.0.masters).await?;
            if self.0.keeper().is_none() {
                consent = newest(decisions);
                consent.linked = linked;
            }
            (consent.reference, consent.keys) = (Some(known.reference), keys);
            (as_of, links) = (number, newest_link);
        }
        if let Some((heard, service)) = heard.zip(self.0.service.as_ref()) {
            heard.put_into(&mut consent, service.role);
        }
        let lease = heard.map(|heard| heard.lease);
        consent.reading = Some(Reading { key, epoch, number: as_of, links, lease });
        Ok(consent)
    }
}

impl Rooms {
    /// The consent held for this key, while it counts.
    pub(super) fn held(&self, key: &ConsentKey) -> Option<Arc<Consent>> {
        let counts = |consent: &Arc<Consent>| match (&self.service, &consent.reading) {
            (Some(service), Some(Reading { lease: Some(lease), .. })) => {
                service.holds(key, lease) && (consent.linked.is_empty() || service.is_unchanged(lease))
            }
            (Some(_), _) => false,
            (None, _) => true,
        };
        self.cache.get(key).filter(counts)
    }

    /// Where decisions are kept, if not here.
    pub(super) fn keeper(&self) -> Option<&Service> {
        self.service.as_ref().filter(|service| service.role == Role::Keeps)
    }

    /// Has our database write a decision down. Afterwards nothing that was read of the ids it was written for is current.
    pub(super) async fn write(
        &self,
        key: &ConsentKey,
        new: Vec<NewDecision>,
    ) -> Result<Vec<Decision>, LedgerError> {
        match self.database.decide(&key.subject, &key.group, new).await {
            Ok((decisions, ids)) => {
                for id in ids {
                    self.overtake(&ConsentKey { subject: id.digest, group: Arc::clone(&key.group) });
                }
                Ok(decisions)
            }
            Err(error) => {
                self.service.iter().for_each(|service| service.overtake(&key.subject));
                self.cache.overtake_all(); // it may have been written, for whomever
                Err(error)
            }
        }
    }

    /// Nothing that was read of this subject and group is current any more.
    pub(super) fn overtake(&self, key: &ConsentKey) {
        self.service.iter().for_each(|service| service.overtake(&key.subject));
        self.cache.overtake(key);
    }

    /// The longest that a call takes.
    pub(super) fn patience(&self) -> Duration {
        DEADLINE + self.service.as_ref().map_or(Duration::ZERO, Service::patience)
    }
}

/// What the newest decisions of all of a person's ids say, as a consent.
fn newest(decisions: Vec<Decision>) -> Consent {
    let generation = decisions.iter().map(|decision| decision.generation).max();
    let mut consent = Consent { generation: generation.unwrap_or_default(), ..Consent::default() };
    for decision in together(decisions) {
        match decision.purpose.clone() {
            Some(purpose) => drop(consent.decisions.insert(purpose, decision)),
            None => {
                consent.restricted = decision.kind == DecisionKind::Restrict;
                consent.restriction_moved = Some(decision.at);
            }
        }
    }
    consent
}
