//! What another system must be told: that somebody withdrew a consent, restricted processing, or was erased.
//!
//! The rule: a message is written in the transaction that it tells of, and stays until the other system acknowledged it; so a
//! crash loses none, and none tells of what did not happen. It is sent until then with growing pauses, by one node at a time, under one
//! id: whoever gets it twice can tell. What is told of one person is told in the order in which it happened. A message names the
//! person, so it is sealed, and gone once it was heard; that something was told, and when, stays.
//!
//! What would defeat it: deciding through a ledger that was not told to write them ([`super::LedgerSettings::messages`]); an answer that
//! does not mean it; a receiver that does not know ids it has seen. Decisions that an outside service keeps are its own to tell.

mod message;
mod rows;
mod sender;
mod settings;

use std::sync::atomic::Ordering::SeqCst;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

pub(super) use self::message::{Lane, Telling, erased, moved};
pub use self::{sender::Outbox, settings::OutboxSettings};
use super::{DEADLINE, Ledger, LedgerError, Rooms, sealed::Seal};
use crate::subject::Subject;

/// A message that was not acknowledged yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unheard {
    /// Its id, the same at every attempt.
    pub message: String,
    /// What it tells of: `consent.withdrawn` …
    pub kind: String,
    /// When that happened.
    pub at: Timestamp,
    /// How often it was sent.
    pub attempts: u64,
    /// When it is sent next, at the earliest.
    pub next_at: Timestamp,
    /// What came of it the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
}

impl Ledger {
    /// Writes messages for every withdrawal, restriction and erasure from now on, as [`super::LedgerSettings::messages`] does from the
    /// start.
    pub fn keep_messages(&self) {
        self.0.messages.store(true, SeqCst);
    }

    /// The oldest messages that were not acknowledged yet, at most so many.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer.
    pub async fn unheard(&self, limit: u32) -> Result<Vec<Unheard>, LedgerError> {
        Ok(timeout(DEADLINE, self.0.database.unheard(limit)).await??)
    }
}

impl Rooms {
    /// What writes messages about a subject, where any are to be written.
    pub(super) fn telling(&self, subject: &Subject) -> Result<Option<Telling>, LedgerError> {
        match self.messages.load(SeqCst) {
            false => Ok(None),
            true => Ok(Some(Telling { seal: self.message_seal()?, subject: subject.clone() })),
        }
    }

    fn message_seal(&self) -> Result<Seal, sqlx::Error> {
        Seal::new(&self.key, "outbox")
    }
}
