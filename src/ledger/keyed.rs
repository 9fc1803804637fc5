//! What callers ask about the keys of pseudonyms.
//!
//! The rule: a key comes with the consent it was read with, so that whatever overtakes the one overtakes the other: once
//! [`Ledger::forget_keys`] has returned, no consent that carries a destroyed key is current. What would defeat it: holding on to a
//! key beyond its consent.

use std::sync::Arc;

use tokio::time::timeout;

use super::{DEADLINE, Ledger, LedgerError, Rewrapped};
use crate::{
    consent::{Consent, KeptKey, SubjectKey},
    subject::Subject,
};

impl Ledger {
    /// What a subject agreed to, as [`Self::consent`] has it, with the key of their pseudonyms under a policy. The key is made
    /// when there is none yet.
    ///
    /// # Errors
    /// As there; and [`LedgerError::SubjectKey`] when the key can't be unwrapped.
    pub async fn keyed_consent(
        &self,
        subject: &Subject,
        group: &str,
        policy: &str,
    ) -> Result<(Arc<Consent>, SubjectKey), LedgerError> {
        let consent = self.consent(subject, group).await?;
        match key_of(&consent, policy)? {
            Some(key) => Ok((consent, key)),
            // Boxed, as in `consent`: it is seldom needed.
            None => timeout(self.0.patience(), Box::pin(self.make_key(subject, group, policy))).await?,
        }
    }

    /// Destroys the keys of a subject's pseudonyms, under one policy or under all, and says under which there was one. When
    /// this returns, that is durable, no consent that carries such a key is current, and tokens made with it can never be
    /// turned back. The next need makes another key. Dropping the call does not undo it.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when it is not known to be done.
    pub async fn forget_keys(
        &self,
        subject: &Subject,
        policy: Option<&str>,
        source: &str,
    ) -> Result<Vec<String>, LedgerError> {
        let (rooms, digest) = (Arc::clone(&self.0), self.0.key.subject(subject));
        let (policy, source) = (policy.map(str::to_owned), source.to_owned());
        let work = tokio::spawn(async move {
            let destroyed = rooms.database.destroy_keys(&digest, policy.as_deref(), &source).await;
            rooms.cache.overtake_all(); // a policy's consents can be in any group; and also after an error
            destroyed
        });
        done(timeout(2 * DEADLINE, work).await?)
    }

    /// Wraps every key by the current master key.
    ///
    /// # Errors
    /// [`LedgerError::SubjectKey`] when there is none at hand; [`LedgerError::Unreachable`] when it broke off, which does no
    /// harm: what is wrapped is wrapped, and the rest can still be read.
    pub async fn rewrap_keys(&self) -> Result<Rewrapped, LedgerError> {
        let rooms = Arc::clone(&self.0);
        done(tokio::spawn(async move { rooms.database.rewrap(&rooms.masters).await }).await)
    }

    async fn make_key(
        &self,
        subject: &Subject,
        group: &str,
        policy: &str,
    ) -> Result<(Arc<Consent>, SubjectKey), LedgerError> {
        loop {
            let (rooms, key, of) = (Arc::clone(&self.0), self.key(subject, group), policy.to_owned());
            // On a task of its own, as in `decide`.
            let work = tokio::spawn(async move {
                let made = rooms.database.make_key(&key.subject, &of, &rooms.masters).await;
                rooms.cache.overtake(&key);
                made
            });
            done(work.await)?;
            let consent = self.consent(subject, group).await?;
            if let Some(key) = key_of(&consent, policy)? {
                return Ok((consent, key));
            }
        }
    }
}

fn key_of(consent: &Consent, policy: &str) -> Result<Option<SubjectKey>, LedgerError> {
    match consent.keys.get(policy) {
        None => Ok(None),
        Some(KeptKey { key: Ok(key), .. }) => Ok(Some(key.clone())),
        Some(KeptKey { key: Err(why), .. }) => Err(LedgerError::SubjectKey(why.clone())),
    }
}

fn done<T>(work: Result<Result<T, LedgerError>, tokio::task::JoinError>) -> Result<T, LedgerError> {
    work.unwrap_or_else(|broken| Err(LedgerError::Unreachable(broken.to_string())))
}

#[cfg(test)]
mod tests;
