//! Receipts in the ledger's database.
//!
//! The rule: writing a receipt again changes nothing, because an exchange's id is unique. So a page whose commit was not
//! answered can safely be written once more.

use std::sync::Arc;

use serde_json::Value;
use sqlx::{Connection, QueryBuilder, Sqlite, SqliteConnection};
use tokio::time::timeout;

use crate::ledger::{DEADLINE, Database, Ledger, LedgerError};

/// Rows in one statement. Full statements are all alike, so they are prepared once.
const ROWS: usize = 64;
/// Rows deleted at once: few, so that a receipt to be written does not wait long.
const DELETED: u32 = 200;

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
            let mut pen = self.0.notes().await?;
            let mut work = pen.connection.begin_with("BEGIN IMMEDIATE").await?;
            for some in rows.chunks(ROWS) {
                insert(&mut work, some).await?;
            }
            Ok(work.commit().await?)
        };
        timeout(DEADLINE, work).await?
    }

    /// The newest first.
    pub(super) async fn newest(&self, limit: u32) -> Result<Vec<Value>, LedgerError> {
        let read = sqlx::query_scalar("SELECT body FROM receipt ORDER BY number DESC LIMIT ?")
            .bind(limit)
            .fetch_all(self.0.readers());
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
        let read = sqlx::query_as(
            "SELECT exchange, body FROM receipt WHERE exchange > ? AND exchange < ? ORDER BY exchange LIMIT ?",
        )
        .bind(after)
        .bind(before)
        .bind(limit)
        .fetch_all(self.0.readers());
        Ok(timeout(DEADLINE, read).await??)
    }

    /// Deletes a page of those whose exchange's id stands before this one, and overwrites where they were; how many there were.
    pub(super) async fn delete_before(&self, exchange: &str) -> Result<u64, LedgerError> {
        let work = async {
            let mut pen = self.0.notes().await?;
            let deleted = sqlx::query(
                "DELETE FROM receipt WHERE exchange IN
                 (SELECT exchange FROM receipt WHERE exchange < ? ORDER BY exchange LIMIT ?)",
            )
            .bind(exchange)
            .bind(DELETED)
            .execute(&mut *pen.connection)
            .await?;
            Ok(deleted.rows_affected())
        };
        timeout(DEADLINE, work).await?
    }

    /// Empties the write-ahead log, which still holds what was deleted; whether that could be done.
    pub(super) async fn empty_log(&self) -> Result<bool, LedgerError> {
        let work = async {
            let mut pen = self.0.notes().await?;
            let (busy, ..): (i64, i64, i64) =
                sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *pen.connection).await?;
            Ok(busy == 0)
        };
        timeout(DEADLINE, work).await?
    }
}

async fn insert(connection: &mut SqliteConnection, rows: &[Row]) -> Result<(), sqlx::Error> {
    let mut query: QueryBuilder<Sqlite> = QueryBuilder::new("INSERT INTO receipt (exchange, subject, body) ");
    query.push_values(rows, |mut place, row| {
        place.push_bind(&row.exchange).push_bind(&row.subject).push_bind(&row.body);
    });
    query.push(" ON CONFLICT (exchange) DO NOTHING");
    query.build().persistent(rows.len() == ROWS).execute(connection).await?;
    Ok(())
}
