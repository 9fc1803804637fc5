//! Links that open something once.
//!
//! The rule: whoever writes a link's digest down first has used it, and that is durable before it opens anything; the database lets
//! one of all nodes be first. A link whose time is over is used up, so its digest can be forgotten an hour later. What would
//! defeat it: forgetting digests by a clock that runs more than an hour ahead of the others.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

use super::{DEADLINE, Ledger, LedgerError, database::Database, store::on};

/// How far the nodes' clocks may be apart.
const MARGIN: SignedDuration = SignedDuration::from_hours(1);

impl Ledger {
    /// Whether this is the first use of a link, over all nodes, and within its time; it is used up by asking.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when it is not known whether it was: it must not open anything then.
    pub async fn use_link(&self, id: &[u8; 16], until: Timestamp) -> Result<bool, LedgerError> {
        let digest = self.0.key.derive("used link", &[id]);
        let first = timeout(DEADLINE, self.0.database.use_link(&digest, until)).await??;
        Ok(first && Timestamp::now() < until)
    }

    /// Forgets links whose time is long over.
    pub(super) async fn forget_links(&self) -> Result<u64, LedgerError> {
        let Ok(before) = Timestamp::now().checked_sub(MARGIN) else { return Ok(0) };
        timeout(Duration::from_secs(10), self.0.database.forget_links(before)).await?
    }
}

impl Database {
    async fn use_link(&self, digest: &[u8; 32], until: Timestamp) -> Result<bool, LedgerError> {
        let mut work = self.work().await?;
        let written = on!(&mut work.connection(), c => {
            sqlx::query("INSERT INTO used_link (digest, until) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING")
                .bind(digest.as_slice())
                .bind(until.as_microsecond())
                .execute(c)
                .await
                .map(|done| done.rows_affected())
        })?;
        work.commit().await?;
        Ok(written == 1)
    }

    async fn forget_links(&self, before: Timestamp) -> Result<u64, LedgerError> {
        let mut work = self.note().await?;
        let forgotten = on!(&mut work.connection(), c => {
            sqlx::query("DELETE FROM used_link WHERE until < $1")
                .bind(before.as_microsecond())
                .execute(c)
                .await
                .map(|done| done.rows_affected())
        })?;
        work.commit().await?;
        Ok(forgotten)
    }
}
