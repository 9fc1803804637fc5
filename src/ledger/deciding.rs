//! Decisions written down.
//!
//! The rule: what belongs together is written in one transaction, all of it or nothing, and nothing read before counts as current
//! when that is acknowledged. What would defeat it: a caller who gives up between the commit and the cache; so this is done on a
//! task of its own, which no caller ends.

use std::sync::Arc;

use tokio::time::timeout;

use super::{DEADLINE, Ledger, LedgerError, NewDecision};
use crate::{
    consent::{ConsentKey, Decision, DecisionKind},
    subject::Subject,
};

impl Ledger {
    /// Writes a decision down, for every id that is linked with this one. When this returns, that is durable and older consents
    /// of these ids no longer count as current. Dropping the call does not undo it.
    ///
    /// # Errors
    /// [`LedgerError::Purpose`] or [`LedgerError::Expires`] when these don't fit its kind; [`LedgerError::OtherText`] for a yes
    /// to a text that is not shown any more; [`LedgerError::Unreachable`] when it is not known to
    /// be written (it may yet turn out to have been).
    pub async fn decide(
        &self,
        subject: &Subject,
        group: &str,
        new: NewDecision,
    ) -> Result<Decision, LedgerError> {
        let mut decided = self.decide_all(subject, group, vec![new]).await?;
        decided.pop().ok_or_else(|| LedgerError::Unreachable("nothing was written".to_owned()))
    }

    /// Writes down what a subject decided with one word: all of it, or nothing.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub async fn decide_all(
        &self,
        subject: &Subject,
        group: &str,
        new: Vec<NewDecision>,
    ) -> Result<Vec<Decision>, LedgerError> {
        new.iter().try_for_each(|new| self.fits(group, new))?;
        let (rooms, key) = (Arc::clone(&self.0), self.key(subject, group));
        // On a task of its own, so that a caller who gives up can't come between the commit and the cache.
        let work = tokio::spawn(async move {
            let decided = rooms.database.decide(&key.subject, &key.group, new).await;
            let Ok((decisions, ids)) = decided else {
                rooms.cache.overtake_all(); // it may have been written, for whomever
                return decided.map(|(decisions, _)| decisions);
            };
            for id in ids {
                rooms.cache.overtake(&ConsentKey { subject: id.digest, group: Arc::clone(&key.group) });
            }
            Ok(decisions)
        });
        timeout(DEADLINE, work)
            .await?
            .unwrap_or_else(|broken| Err(LedgerError::Unreachable(broken.to_string())))
    }

    fn fits(&self, group: &str, new: &NewDecision) -> Result<(), LedgerError> {
        if new.kind.needs_purpose() != new.purpose.is_some() {
            return Err(LedgerError::Purpose(new.kind));
        }
        if new.expires.is_some() && new.kind != DecisionKind::Grant {
            return Err(LedgerError::Expires(new.kind));
        }
        match self.0.texts.load().go_with(group, new) {
            true => Ok(()),
            false => Err(LedgerError::OtherText(new.purpose.clone().unwrap_or_default())),
        }
    }
}
