//! The PostgreSQL server: how it is reached, and what a transaction is there.
//!
//! The rule: every transaction is durable when its commit is answered (`synchronous_commit` at least `on`), notes included: unlike
//! SQLite's, what is not flushed here is lost when the server is killed. It reads what is committed when each statement begins, so
//! that whoever waited for a number sees what was numbered before. A number's row is locked until its transaction ends
//! (`migrations/postgres/1.sql`), so the server ends transactions that stand still: a node that hangs must not hold up the rest.
//!
//! Changes are told with `NOTIFY` by the same triggers. That is only ever a bell: what changed is then looked up, and looking
//! happens every `poll` anyway, so a bell that was missed costs time and nothing else. Freshness counts only on the
//! primary, since a standby lags behind.
//!
//! What would defeat it: `fsync = off` at the server. And a key that was destroyed stays readable, wrapped, in dead rows, in
//! the server's log and in backups, until those are recycled; nobody here can overwrite it.

use std::time::Duration;

use sqlx::{
    ConnectOptions, Connection as _, PgConnection, PgPool, Transaction,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use super::{
    schema::{self, Schema},
    server::PostgresSettings,
};
use crate::ledger::{DEADLINE, LedgerError};

/// What the triggers ring.
const CHANNEL: &str = "assentry_ledger";

/// How long to wait before listening again.
const PAUSE: Duration = Duration::from_secs(1);

/// A statement ends a little before our patience, so that the server's own error is seen.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL statement_timeout = 1800;
SET LOCAL idle_in_transaction_session_timeout = 4000;
SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/// One snapshot for all that is read.
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL statement_timeout = 1800;
SET LOCAL idle_in_transaction_session_timeout = 4000";

/// The server that answers.
pub(crate) struct Postgres {
    options: PgConnectOptions,
    pool: PgPool,
    notify: bool,
}

impl Postgres {
    /// Connects, and brings the database to the newest schema where needed.
    pub(super) async fn open(settings: &PostgresSettings) -> Result<Self, LedgerError> {
        let options = settings.options()?.disable_statement_logging();
        let prepared = timeout(2 * DEADLINE, async {
            let mut connection = options.connect().await?;
            if fsync(&mut connection).await? == "off" {
                tracing::warn!("the server has `fsync = off`: a power cut can lose what it acknowledged");
            }
            let schema = schema::migrate_server(&mut connection).await;
            connection.close().await?;
            schema
        });
        let place = settings.place();
        match prepared.await?.map_err(|error| at_opening(settings, &error))? {
            Schema::Ours { .. } => {}
            Schema::Foreign => return Err(LedgerError::NotALedger(place)),
            Schema::Newer { found, known } => return Err(LedgerError::Newer { place, found, known }),
        }
        let pool = PgPoolOptions::new()
            .max_connections(settings.connections.max(1))
            .acquire_timeout(DEADLINE)
            .connect_lazy_with(options.clone());
        Ok(Self { options, pool, notify: settings.notify })
    }

    /// Whether the database holds tables of ours.
    pub(super) async fn exists(settings: &PostgresSettings) -> Result<bool, LedgerError> {
        let options = settings.options()?.disable_statement_logging();
        let looked = timeout(2 * DEADLINE, async {
            let mut connection = options.connect().await?;
            let schema = schema::inspect_server(&mut connection).await;
            connection.close().await?;
            schema
        });
        let schema = looked.await?.map_err(|error| at_opening(settings, &error))?;
        Ok(!matches!(schema, Schema::Ours { done: 0 }))
    }

    /// A connection of one's own.
    pub(super) async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        self.options.connect().await
    }

    /// The state as it is at the first question.
    pub(super) async fn read(&self) -> Result<Transaction<'static, sqlx::Postgres>, sqlx::Error> {
        self.pool.begin_with(READ).await
    }

    /// A transaction.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, sqlx::Postgres>, sqlx::Error> {
        self.pool.begin_with(BEGIN).await
    }

    /// Rings for every change that the server tells of.
    pub(super) async fn listen(&self, bell: &Notify) {
        if !self.notify {
            return std::future::pending().await;
        }
        let one = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let one = one.connect_lazy_with(self.options.clone());
        let mut failing = false;
        loop {
            let heard = hear(&one, bell).await;
            if let (Err(error), false) = (&heard, failing) {
                tracing::warn!(%error, "the server can't be listened to; its changes are looked for every `poll`");
            }
            failing = heard.is_err();
            sleep(PAUSE).await;
        }
    }
}

/// Listens until the connection breaks.
async fn hear(one: &PgPool, bell: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(one).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    bell.notify_one(); // for what was missed
    while listener.try_recv().await?.is_some() {
        while listener.next_buffered().is_some() {} // many changes, one look
        bell.notify_one();
    }
    Ok(())
}

/// An error where this is not the server that takes decisions.
pub(super) async fn assert_primary(connection: &mut PgConnection) -> Result<(), LedgerError> {
    let standby: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(connection).await?;
    if standby {
        return Err(LedgerError::Unreachable("the server is a standby, which lags behind".to_owned()));
    }
    Ok(())
}

/// Waits for whoever is adding a change, and keeps others from it.
pub(super) async fn hold_numbers(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT 1 FROM newest FOR UPDATE").execute(connection).await.map(drop)
}

async fn fsync(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("SHOW fsync").fetch_one(connection).await
}

fn at_opening(settings: &PostgresSettings, error: &sqlx::Error) -> LedgerError {
    let code = error.as_database_error().and_then(|error| error.code());
    let advice = match code.as_deref() {
        Some("28P01" | "28000") => "check its user and `password_file`, and the server's `pg_hba.conf`",
        Some("3D000") => "make the database, for example with `createdb`",
        Some("42501") => "let its user make tables there (`GRANT CREATE ON SCHEMA`)",
        Some("3F000") => "make the schema that `search_path` names",
        Some("53300") => "let the server take more connections, or set fewer `connections`",
        Some(_) => "see the server's own log",
        None => "check that it is running and can be reached from here, and `sslmode` and `sslrootcert`",
    };
    settings.unusable(error.to_string(), advice)
}
