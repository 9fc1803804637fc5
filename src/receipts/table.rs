//! Receipts in the ledger's database.
//!
//! The rule: writing a receipt again changes nothing, because an exchange's id is unique. So a page whose commit was not
//! answered can safely be written once more.

use std::sync::Arc;

use serde_json::Value;
use sqlx::{Encode, QueryBuilder, Type};
use tokio::time::timeout;

use crate::ledger::{Connection, DEADLINE, Database, Ledger, LedgerError, on};

/// Rows in one statement. Full statements are all alike, so they are prepared once.
const ROWS: usize = 64;
/// Rows deleted at once: few, so that a receipt to be written does not wait long.
const DELETED: i64 = 200;

/// One row: what to find a receipt by, and the receipt.
pub(super) struct Row {
    pub(super) exchange: String,
    pub(super) subject: Option<String>,
    pub(super) body: String,
}

/// The table of receipts.
#[derive(Clone)]
pub(super) struct Table(Arc<Database>);

impl Table {
    pub(super) fn of(ledger: &Ledger) -> Self {
        Self(ledger.database())
    }

    /// Writes rows in one transaction.
    pub(super) async fn write(&self, rows: &[Row]) -> Result<(), LedgerError> {
        let work = async {
            let mut work = self.0.note().await?;
            for some in rows.chunks(ROWS) {
                insert(&mut work.connection(), some).await?;
            }
            work.commit().await
        };
        timeout(DEADLINE, work).await?
    }

    /// The newest first.
    pub(super) async fn newest(&self, limit: u32) -> Result<Vec<Value>, LedgerError> {
        let read = async {
            on!(&mut self.0.read().await?.connection(), c => {
                sqlx::query_scalar("SELECT body FROM receipt ORDER BY number DESC LIMIT $1")
                    .bind(i64::from(limit))
                    .fetch_all(c)
                    .await
            })
        };
        let bodies: Vec<String> = timeout(DEADLINE, read).await??;
        let parsed: Result<_, _> = bodies.iter().map(|body| serde_json::from_str(body)).collect();
        parsed.map_err(|_| LedgerError::Unreachable("a receipt can't be read".to_owned()))
    }

    /// Those whose exchange's id stands between two others, with it, in its order.
    pub(super) async fn between(
        &self,
        after: &str,
        before: &str,
        limit: u32,
    ) -> Result<Vec<(String, String)>, LedgerError> {
        let read = async {
            on!(&mut self.0.read().await?.connection(), c => {
                sqlx::query_as(
                    "SELECT exchange, body FROM receipt WHERE exchange > $1 AND exchange < $2 ORDER BY exchange LIMIT $3",
                )
                .bind(after)
                .bind(before)
                .bind(i64::from(limit))
                .fetch_all(c)
                .await
            })
        };
        Ok(timeout(DEADLINE, read).await??)
    }

    /// Deletes a page of those whose exchange's id stands before this one; how many there were.
    pub(super) async fn delete_before(&self, exchange: &str) -> Result<u64, LedgerError> {
        let work = async {
            let mut work = self.0.note().await?;
            let deleted = delete(&mut work.connection(), exchange).await?;
            work.commit().await?;
            Ok(deleted)
        };
        timeout(DEADLINE, work).await?
    }

    /// Overwrites what was deleted, as far as the database can; whether that could be done now.
    pub(super) async fn scrub(&self) -> Result<bool, LedgerError> {
        timeout(DEADLINE, self.0.scrub()).await?
    }
}

async fn delete(connection: &mut Connection<'_>, exchange: &str) -> Result<u64, sqlx::Error> {
    on!(connection, c => {
        let deleted = sqlx::query(
            "DELETE FROM receipt WHERE exchange IN
             (SELECT exchange FROM receipt WHERE exchange < $1 ORDER BY exchange LIMIT $2)",
        );
        deleted.bind(exchange).bind(DELETED).execute(c).await.map(|done| done.rows_affected())
    })
}

async fn insert(connection: &mut Connection<'_>, rows: &[Row]) -> Result<(), sqlx::Error> {
    on!(connection, c => {
        insertion(rows).build().persistent(rows.len() == ROWS).execute(c).await.map(drop)
    })
}

fn insertion<DB: sqlx::Database>(rows: &[Row]) -> QueryBuilder<DB>
where
    for<'a> &'a String: Encode<'a, DB> + Type<DB>,
    for<'a> &'a Option<String>: Encode<'a, DB> + Type<DB>,
{
    let mut query = QueryBuilder::new("INSERT INTO receipt (exchange, subject, body) ");
    query.push_values(rows, |mut place, row| {
        place.push_bind(&row.exchange).push_bind(&row.subject).push_bind(&row.body);
    });
    query.push(" ON CONFLICT (exchange) DO NOTHING");
    query
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::home::{Home, on_both};

    on_both! {
        receipts_are_read_and_deleted_in_the_order_of_their_ids_byte_by_byte
    }

    async fn receipts_are_read_and_deleted_in_the_order_of_their_ids_byte_by_byte(home: Home) {
        let table = Table::of(&Ledger::open(&home.settings).await.unwrap());
        // What sorts letters and leaves out hyphens, as databases for people do, has another order.
        let ids = ["0a-b", "0ab-", "1-", "10-", "1a", "a0", "b"];
        let row = |id: &&str| Row { exchange: (*id).to_owned(), subject: None, body: format!("\"{id}\"") };
        table.write(&ids.iter().rev().map(row).collect::<Vec<_>>()).await.unwrap();
        let between = async |after, before, limit| {
            let found = table.between(after, before, limit).await.unwrap();
            found.into_iter().map(|(exchange, _)| exchange).collect::<Vec<_>>()
        };
        assert_eq!(between("", "g", 10).await, ids);
        assert_eq!(between("0ab-", "a0", 2).await, ["1-", "10-"]);
        assert_eq!(table.delete_before("1a").await.unwrap(), 4);
        assert_eq!(table.delete_before("1a").await.unwrap(), 0);
        assert!(table.scrub().await.unwrap());
        assert_eq!(between("", "g", 10).await, ["1a", "a0", "b"]);
    }
}
