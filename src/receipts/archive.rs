//! Receipts read back from the database, by day, in pages.
//!
//! The rule: an exchange's id begins with its time (UUID version 7, RFC 9562, section 5.7), so ids find days. The id is made a
//! moment after the time is taken, so more is read than was asked for, and whoever asks looks at the time.

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use super::table::Table;
use crate::ledger::{Ledger, LedgerError};

/// Receipts at a time.
const PAGE: u32 = 1_000;

/// The receipts of some days, and a few around them.
pub struct Archive {
    table: Table,
    after: String,
    before: String,
}

impl Archive {
    /// Those between two days, both included.
    pub fn of(ledger: &Ledger, from: Date, to: Date) -> Self {
        let margin = 1.hour();
        let beginning = begin_of(from).and_then(|begin| begin.checked_sub(margin).ok());
        let end = to.tomorrow().ok().and_then(begin_of).and_then(|end| end.checked_add(margin).ok());
        Self {
            table: Table::of(ledger),
            after: beginning.map(id_at).unwrap_or_default(),
            before: end.map_or_else(|| "g".to_owned(), id_at),
        }
    }

    /// The next page; an empty one at the end.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer.
    pub async fn page(&mut self) -> Result<Vec<String>, LedgerError> {
        let page = self.table.between(&self.after, &self.before, PAGE).await?;
        if let Some((exchange, _)) = page.last() {
            self.after.clone_from(exchange);
        }
        Ok(page.into_iter().map(|(_, body)| body).collect())
    }
}

/// The moment at which a day begins, in UTC.
pub(super) fn begin_of(day: Date) -> Option<Timestamp> {
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// What the ids of exchanges that began at this millisecond begin with.
pub(super) fn id_at(time: Timestamp) -> String {
    let millis = u64::try_from(time.as_millisecond()).unwrap_or(0);
    format!("{:08x}-{:04x}", millis >> 16, millis & 0xffff)
}

#[cfg(test)]
mod tests {
    use uuid::{NoContext, Uuid};

    use super::*;

    #[test]
    fn an_id_stands_between_its_millisecond_and_the_next() {
        for millis in [0, 1_700_000_000_123, 1_799_999_999_999] {
            let time = Timestamp::from_millisecond(millis).unwrap();
            let stamp = uuid::Timestamp::from_unix(
                NoContext,
                u64::try_from(millis / 1_000).unwrap(),
                u32::try_from(millis % 1_000).unwrap() * 1_000_000,
            );
            let id = Uuid::new_v7(stamp).to_string();
            assert!(id_at(time) <= id && id < id_at(time + 1.millisecond()), "{id}");
        }
    }
}
