//! The ledger as its users see it: what is promised about decisions, keys, files and other processes, on either database.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that can not go on has failed"
)]

mod cluster;
mod elsewhere;
mod files;
mod forgotten;
mod home;
mod killed;
mod links;
mod model;
mod server;
mod suite;
mod transfer;

use assentry::{
    consent::DecisionKind,
    ledger::{LedgerSettings, NewDecision, PostgresSettings},
    quantity::Span,
    subject::{Standing, Subject},
};
use home::{Home, on_both};

const GROUP: &str = "retail-assistant";

fn person(id: &str) -> Subject {
    Subject::new("login", id, Standing::Proven)
}

fn to(kind: DecisionKind, purpose: &str) -> NewDecision {
    NewDecision {
        kind,
        purpose: Some(purpose.to_owned()),
        notice: Some("2026-11".to_owned()),
        text_digest: Some("ab".repeat(32)),
        source: "test".to_owned(),
        expires: None,
        jurisdiction: None,
    }
}

fn about_all(kind: DecisionKind) -> NewDecision {
    NewDecision { purpose: None, notice: None, text_digest: None, ..to(kind, "") }
}

impl Home {
    /// Says something to the database past the ledger; what it answers if that is an error.
    pub async fn try_alter(&self, sql: &'static str) -> Result<(), String> {
        use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions, sqlite::SqliteConnectOptions};
        let done = match &self.settings.postgres {
            None => {
                let options = SqliteConnectOptions::new().filename(&self.settings.path);
                let mut connection = options.create_if_missing(true).connect().await.unwrap();
                let done = sqlx::raw_sql(sql).execute(&mut connection).await.map(drop);
                connection.close().await.unwrap();
                done
            }
            Some(server) => {
                let options: PgConnectOptions = server.url.as_str().parse().unwrap();
                let mut connection = options.connect().await.unwrap();
                let done = sqlx::raw_sql(sql).execute(&mut connection).await.map(drop);
                connection.close().await.unwrap();
                done
            }
        };
        done.map_err(|error| error.to_string())
    }

    /// The same, which must succeed.
    pub async fn alter(&self, sql: &'static str) {
        self.try_alter(sql).await.unwrap();
    }
}
