//! Somebody is erased: what was known of them leads to nobody from then on, and what they refused is still refused.
//!
//! The rule: in one transaction, for all ids of the person, the rows that everything hangs on get a hash and a reference that are
//! random, so that receipts, links and destroyed keys lead to nobody; their decisions, the words of their requests and their keys
//! are deleted. Each id begins anew under a reference of its own, linked with none, with the noes that counted for the person: those must be
//! obeyed (GDPR Art. 17(3)(b), 21), and nothing else is known. No consent from before is current when that is acknowledged, and other
//! nodes see it by its number. What was deleted is overwritten where the database can do so.
//!
//! What would defeat it: finding a subject's row and reading what hangs on it in two transactions, since an erasure could come between;
//! numbers taken from what is still there, since the newest decision may be deleted; an old export, so a yes from before is not taken
//! in again; and copies that nobody here can reach: backups, and what PostgreSQL has not recycled yet.

mod rows;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};

use super::{DEADLINE, Ledger, LedgerError, Rooms};
use crate::subject::Subject;

/// How often overwriting is tried while somebody waits, and how long to pause in between.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);
/// How long to pause when nobody waits any more.
const LATER: Duration = Duration::from_secs(5);

/// What an erasure did: counts, and nobody's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Erased {
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// How many ids were the person's.
    pub ids: u64,
    /// Decisions deleted, those included that go on as noes.
    pub decisions: u64,
    /// Noes that are still obeyed, for each id.
    pub noes_kept: u64,
    /// Keys of pseudonyms destroyed.
    pub keys: u64,
    /// Requests of theirs that were still open; they are closed.
    pub requests: u64,
    /// Whether what was deleted is overwritten on this disk already; else it will be soon.
    pub overwritten: bool,
    /// Whether decisions are kept by an outside service, which has to erase them itself.
    pub kept_outside: bool,
}

impl Ledger {
    /// Erases somebody, with all ids that are linked with this one. When this returns, that is durable and no consent from before is
    /// current. Dropping the call does not undo it.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when it is not known to be done.
    pub async fn erase(&self, subject: &Subject, source: &str) -> Result<Erased, LedgerError> {
        let (rooms, subject, source) = (Arc::clone(&self.0), subject.clone(), source.to_owned());
        // On a task of its own, as in `decide`.
        let work = tokio::spawn(async move {
            let digest = rooms.key.subject(&subject);
            let telling = rooms.telling(&subject)?;
            let erased =
                timeout(2 * DEADLINE, rooms.database.erase(&digest, &source, telling.as_ref())).await;
            rooms.news.notify_one();
            rooms.service.iter().for_each(super::Service::overtake_all);
            rooms.cache.overtake_all(); // also after an error: it may have been done
            let erased = Erased { kept_outside: rooms.keeper().is_some(), ..erased?? };
            Ok(Erased { overwritten: rooms.overwrite().await, ..erased })
        });
        work.await.unwrap_or_else(|broken| Err(LedgerError::Unreachable(broken.to_string())))
    }
}

impl Rooms {
    /// Overwrites what was deleted; where readers are in the way, that goes on when nobody waits for it. Whether it is done.
    pub(super) async fn overwrite(self: &Arc<Self>) -> bool {
        for _ in 0..TRIES {
            if self.is_overwritten().await {
                return true;
            }
            sleep(PAUSE).await;
        }
        let rooms = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                sleep(LATER).await;
                let Some(rooms) = rooms.upgrade() else { return }; // opening the file again does it
                if rooms.is_overwritten().await {
                    return;
                }
                tracing::warn!("the ledger's write-ahead log is in use and still holds what was deleted");
            }
        });
        false
    }

    async fn is_overwritten(&self) -> bool {
        matches!(timeout(DEADLINE, self.database.scrub()).await, Ok(Ok(true)))
    }
}
