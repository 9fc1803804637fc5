//! Connections to a PostgreSQL server for single statements that change nothing.
//!
//! The rule: a statement is one question and one answer. So there is no transaction around it, and a connection is tried out by using it:
//! where one that had been waiting turns out to be broken, the statement is asked again on another, since it changes nothing. A
//! connection is kept only after an answer; one whose answer nobody waited for is closed, because it would be given to whoever asks next.
//!
//! What would defeat it: a statement that writes; keeping a connection after an error; settings of a session that a pooler would hand to
//! somebody else, so behind one there are none.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::PgConnection;
use tokio::sync::Semaphore;

use super::{PostgresSettings, Read};

/// Who waits for longer may have been forgotten by something on the way.
const LONGEST_IDLE: Duration = Duration::from_secs(240);

/// A statement ends a little before our patience, so that none goes on at the server for nobody.
const SESSION: &str = "SET statement_timeout = 1800;
SET default_transaction_read_only = on;
SET default_transaction_isolation = 'read committed'";

/// Some connections.
pub(super) struct Readers {
    server: PostgresSettings,
    turns: Semaphore,
    idle: Mutex<Vec<(PgConnection, Instant)>>,
}

impl Readers {
    pub(super) fn new(server: PostgresSettings, connections: usize) -> Self {
        Self { server, turns: Semaphore::new(connections), idle: Mutex::default() }
    }

    /// The rows that a statement finds.
    pub(super) async fn ask<R: Read>(
        &self,
        sql: &'static str,
        digest: &[u8; 32],
        group: &str,
    ) -> Result<Vec<R>, sqlx::Error> {
        let _turn = self.turns.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?;
        while let Some(waiting) = self.waiting() {
            match self.ask_on(waiting, sql, digest, group).await {
                Err(error) if is_broken(&error) => {}
                answer => return answer,
            }
        }
        self.ask_on(self.connect().await?, sql, digest, group).await
    }

    async fn ask_on<R: Read>(
        &self,
        mut connection: PgConnection,
        sql: &'static str,
        digest: &[u8; 32],
        group: &str,
    ) -> Result<Vec<R>, sqlx::Error> {
        let asked = sqlx::query_as(sql).bind(digest.as_slice()).bind(group);
        let rows = asked.fetch_all(&mut connection).await?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((connection, Instant::now()));
        Ok(rows)
    }

    /// The connection that was used last.
    fn waiting(&self) -> Option<PgConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < LONGEST_IDLE);
        idle.pop().map(|(connection, _)| connection)
    }

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let mut connection = self.server.connect().await?;
        if self.server.notify {
            // It is ours alone for as long as it lasts.
            sqlx::raw_sql(SESSION).execute(&mut connection).await?;
        }
        Ok(connection)
    }
}

/// Whether it is the connection that failed, and not the statement: SQLSTATE class 08, and 57P when the server stops.
fn is_broken(error: &sqlx::Error) -> bool {
    match error.as_database_error() {
        Some(told) => told.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57P")),
        None => matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_)),
    }
}
