//! Receipts read back from the database, by day, in pages.
//!
//! The rule: an exchange's id begins with its time (UUID version 7, RFC 9562, section 5.7), so ids find days. The id is made a
//! moment after the time is taken, so more is read than was asked for, and whoever asks looks at the time. Of those that began
//! before the days asked for, the ones come too that were put down on another day than they began: they may have ended in them.

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use super::table::Table;
use crate::ledger::{Ledger, LedgerError};

/// Receipts at a time.
const PAGE: u32 = 1_000;

/// Any receipt.
const ANY: &str = "%";
/// One that says when it was put down. No text in a receipt holds a quotation mark as it is.
const LATER: &str = "%,\"over\":\"%";

/// The receipts of some days, and a few around them.
pub struct Archive {
    table: Table,
    after: String,
    begin: String,
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
            after: String::new(),
            begin: beginning.map(id_at).unwrap_or_default(),
            before: end.map_or_else(|| "g".to_owned(), id_at),
        }
    }

    /// The next page; an empty one at the end.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer.
    pub async fn page(&mut self) -> Result<Vec<String>, LedgerError> {
        loop {
            let begins_before = self.after < self.begin;
            let (before, like) = match begins_before {
                true => (&self.begin, LATER),
                false => (&self.before, ANY),
            };
            let page = self.table.between(&self.after, before, (like, PAGE)).await?;
            match page.last() {
                Some((exchange, _)) => self.after.clone_from(exchange),
                None if begins_before => self.after.clone_from(&self.begin),
                None => return Ok(Vec::new()),
            }
            let bodies: Vec<String> =
                page.into_iter().map(|(_, body)| body).filter(|body| !body.is_empty()).collect();
            if !bodies.is_empty() {
                return Ok(bodies);
            }
        }
    }
}

/// All receipts, the newest first.
pub struct Backwards {
    table: Table,
    before: String,
}

impl Backwards {
    /// Those of a ledger's database.
    pub fn of(ledger: &Ledger) -> Self {
        // Ids are in hexadecimal.
        Self { table: Table::of(ledger), before: "g".to_owned() }
    }

    /// The next page; an empty one at the end.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer.
    pub async fn page(&mut self) -> Result<Vec<String>, LedgerError> {
        let page = self.table.before(&self.before, PAGE).await?;
        if let Some((exchange, _)) = page.last() {
            self.before.clone_from(exchange);
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
    use crate::{
        ledger::home::{Home, on_both},
        receipts::table::Row,
    };

    on_both! {
        what_began_before_the_days_asked_for_comes_too_where_it_was_put_down_later
    }

    async fn what_began_before_the_days_asked_for_comes_too_where_it_was_put_down_later(home: Home) {
        let ledger = Ledger::open(&home.settings).await.unwrap();
        let row = |time: &str, more: &str| Row {
            exchange: format!("{}-7000-8000-000000000000", id_at(time.parse().unwrap())),
            subject: None,
            body: format!("{{\"time\":\"{time}\"{more}}}"),
        };
        let later = ",\"over\":\"2026-11-10T05:00:00Z\"";
        let rows = [
            row("2026-10-01T00:00:00Z", later),
            row("2026-11-01T12:00:00Z", ""),
            row("2026-11-01T13:00:00Z", later),
            row("2026-11-10T12:00:00Z", ""),
            row("2026-11-12T12:00:00Z", ""),
        ];
        Table::of(&ledger).write(&rows).await.unwrap();
        let day = "2026-11-10".parse().unwrap();
        let (mut archive, mut found) = (Archive::of(&ledger, day, day), Vec::new());
        loop {
            let page = archive.page().await.unwrap();
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(found, [&rows[0], &rows[2], &rows[3]].map(|row| row.body.clone()));
    }

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
