//! What callers ask about the ids of one person.
//!
//! The rule: once a link was made or undone here, no consent from before is current, whoever's; links are too rare to look
//! whom it concerns. Pseudonym keys and references stay each id's own. What would defeat it: acknowledging before that.

use std::sync::Arc;

use tokio::time::timeout;

use super::{DEADLINE, Joined, Ledger, LedgerError, Link, NewLink, Parted};
use crate::subject::Subject;

impl Ledger {
    /// Makes two ids one person's, with all ids that are linked with either. When this returns, that is durable, and no older
    /// consent is current. Dropping the call does not undo it.
    ///
    /// # Errors
    /// [`LedgerError::KeptOutside`]; [`LedgerError::SameId`]; [`LedgerError::TooManyIds`]; [`LedgerError::Unreachable`] when it is not known to be done.
    pub async fn link(&self, one: &Subject, other: &Subject, new: NewLink) -> Result<Joined, LedgerError> {
        if self.0.keeper().is_some() {
            return Err(LedgerError::KeptOutside);
        }
        let (rooms, digests) = (Arc::clone(&self.0), self.digests(one, other));
        // On a task of its own, as in `decide`.
        let work = tokio::spawn(async move {
            let linked = rooms.database.link([&digests.0, &digests.1], &new).await;
            rooms.cache.overtake_all(); // also after an error: it may have been written
            linked
        });
        done(timeout(DEADLINE, work).await?)
    }

    /// Undoes a link between two ids. From then on each has what it decided itself, and every no.
    ///
    /// # Errors
    /// [`LedgerError::NotLinked`] when there is none between these two; else as [`Self::link`].
    pub async fn unlink(&self, one: &Subject, other: &Subject, new: NewLink) -> Result<Parted, LedgerError> {
        let (rooms, digests) = (Arc::clone(&self.0), self.digests(one, other));
        let new = NewLink { proof: None, ..new };
        let work = tokio::spawn(async move {
            let parted = rooms.database.unlink([&digests.0, &digests.1], &new).await;
            rooms.cache.overtake_all();
            parted
        });
        done(timeout(DEADLINE, work).await?)
    }

    /// The links that make one person's of this and other ids, oldest first.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer.
    pub async fn links(&self, subject: &Subject) -> Result<Vec<Link>, LedgerError> {
        let read = async {
            match self.0.database.find(&self.0.key.subject(subject)).await? {
                Some(known) => self.0.database.links(&known).await,
                None => Ok(Vec::new()),
            }
        };
        Ok(timeout(DEADLINE, read).await??)
    }

    fn digests(&self, one: &Subject, other: &Subject) -> ([u8; 32], [u8; 32]) {
        (self.0.key.subject(one), self.0.key.subject(other))
    }
}

fn done<T>(work: Result<Result<T, LedgerError>, tokio::task::JoinError>) -> Result<T, LedgerError> {
    work.unwrap_or_else(|broken| Err(LedgerError::Unreachable(broken.to_string())))
}
