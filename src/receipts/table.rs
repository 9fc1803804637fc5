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
