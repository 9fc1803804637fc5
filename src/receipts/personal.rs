//! One person's receipts, for that person.
//!
//! The rule: they are found by the references that the ledger keeps for the person's ids; what was written before an
//! erasure stands under another and is not found. Exchanges' ids are in the order of their time (`archive.rs`), and they page.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Receipts, archive::id_at};
use crate::ledger::LedgerError;

/// The most receipts at once.
pub const MOST: u32 = 100;
/// An id is made a moment after the time is taken that the receipt tells.
const MARGIN: SignedDuration = SignedDuration::from_hours(1);

/// Which of a person's receipts are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only those before this exchange: the last one of the page before.
    pub before: Option<String>,
    /// Only of exchanges that began at this moment or later.
    pub from: Option<Timestamp>,
    /// Only of exchanges that began before this moment.
    pub to: Option<Timestamp>,
    /// At most so many, and never more than [`MOST`].
    pub limit: u32,
}

impl Receipts {
    /// Whether they are kept where a person's own can be found.
    pub fn can_be_found(&self) -> bool {
        self.table.is_some()
    }

    /// The receipts of one person, by the references of all their ids, newest first; none when they are not kept in the database.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer.
    pub async fn of_person(&self, references: &[String], wanted: &Wanted) -> Result<Vec<Value>, LedgerError> {
        match &self.table {
            Some(table) => table.of_person(references, &wanted.bounds()).await,
            None => Ok(Vec::new()),
        }
    }
}

/// Between which ids to look, and what moments to take.
pub(super) struct Bounds {
    pub(super) after: String,
    pub(super) before: String,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    pub(super) limit: usize,
}

impl Wanted {
    pub(super) fn bounds(&self) -> Bounds {
        let after = self.from.and_then(|from| from.checked_sub(MARGIN).ok()).map(id_at);
        let end = self.to.and_then(|to| to.checked_add(MARGIN).ok()).map(id_at);
        let last = || "g".to_owned(); // after every hexadecimal digit
        let before = [self.before.clone(), end].into_iter().flatten().min().unwrap_or_else(last);
        let limit = usize::try_from(self.limit.min(MOST)).unwrap_or(0);
        Bounds { after: after.unwrap_or_default(), before, from: self.from, to: self.to, limit }
    }
}

impl Bounds {
    /// Whether a receipt's own time is within what was asked for.
    pub(super) fn hold(&self, receipt: &Value) -> bool {
        let Some(time) = receipt.get("time").and_then(Value::as_str).and_then(|time| time.parse().ok())
        else {
            return false;
        };
        let time: Timestamp = time;
        self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to)
    }
}
