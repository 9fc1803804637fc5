//! The ledger's tables, and how a database gets them.
//!
//! The rule: migrations are only ever added, the same ones in meaning for either database; each runs in one transaction with the
//! number that says it ran, and a database that is somebody else's, or of a later version, is left as it is.

use sqlx::{Connection, PgConnection, SqliteConnection};

/// `Asnt`: marks a SQLite file as a ledger (`PRAGMA application_id`).
const MARK: i32 = 0x4173_6e74;

const SQLITE: [&str; KNOWN] = [
    include_str!("../migrations/sqlite/1.sql"),
    include_str!("../migrations/sqlite/2.sql"),
    include_str!("../migrations/sqlite/3.sql"),
    include_str!("../migrations/sqlite/4.sql"),
    include_str!("../migrations/sqlite/5.sql"),
];

const POSTGRES: [&str; KNOWN] = [
    include_str!("../migrations/postgres/1.sql"),
    include_str!("../migrations/postgres/2.sql"),
    include_str!("../migrations/postgres/3.sql"),
    include_str!("../migrations/postgres/4.sql"),
    include_str!("../migrations/postgres/5.sql"),
];

const KNOWN: usize = 5;

/// What a database turned out to be.
pub(super) enum Schema {
    /// A ledger, or empty, with this many migrations behind it.
    Ours { done: usize },
    /// A database that is not a ledger.
    Foreign,
    /// A ledger of a later version.
    Newer { found: i64, known: i64 },
}

impl Schema {
    fn numbered(found: i64) -> Self {
        let known = i64::try_from(KNOWN).unwrap_or(i64::MAX);
        match usize::try_from(found) {
            Ok(done) if found <= known => Self::Ours { done },
            _ => Self::Newer { found, known },
        }
    }
}

/// Brings a file to the newest schema, if it is ours.
pub(super) async fn migrate_file(connection: &mut SqliteConnection) -> Result<Schema, sqlx::Error> {
    match inspect_file(connection).await? {
        Schema::Ours { .. } => {}
        other @ (Schema::Foreign | Schema::Newer { .. }) => return Ok(other),
    }
    sqlx::query("PRAGMA journal_mode = WAL").execute(&mut *connection).await?;
    let mut work = connection.begin_with("BEGIN IMMEDIATE").await?;
    let schema = inspect_file(&mut work).await?; // again: another process may have come first
    if let Schema::Ours { done } = schema {
        for migration in SQLITE.iter().skip(done) {
            sqlx::raw_sql(*migration).execute(&mut *work).await?;
        }
    }
    work.commit().await?;
    Ok(schema)
}

async fn inspect_file(connection: &mut SqliteConnection) -> Result<Schema, sqlx::Error> {
    let mark: i32 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await?;
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_master").fetch_one(connection).await?;
    let foreign = mark != MARK && (tables > 0 || found != 0);
    Ok(if foreign { Schema::Foreign } else { Schema::numbered(found) })
}

/// Brings a server's database to the newest schema, if it is ours.
pub(super) async fn migrate_server(connection: &mut PgConnection) -> Result<Schema, sqlx::Error> {
    let mut work = connection.begin().await?;
    // Nodes that start together wait here for the first: it is the number that marks a file, too.
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(i64::from(MARK)).execute(&mut *work).await?;
    let schema = inspect_server(&mut work).await?;
    if let Schema::Ours { done } = schema {
        for migration in POSTGRES.iter().skip(done) {
            sqlx::raw_sql(*migration).execute(&mut *work).await?;
        }
    }
    work.commit().await?;
    Ok(schema)
}

/// What a server's database is; [`Schema::Ours`] with nothing done where it is empty.
pub(super) async fn inspect_server(connection: &mut PgConnection) -> Result<Schema, sqlx::Error> {
    let (ours, tables): (bool, i64) = sqlx::query_as(
        "SELECT coalesce(bool_or(relname = 'ledger_schema'), false), count(*) FROM pg_class
         WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')",
    )
    .fetch_one(&mut *connection)
    .await?;
    if !ours {
        return Ok(if tables == 0 { Schema::Ours { done: 0 } } else { Schema::Foreign });
    }
    let found = sqlx::query_scalar("SELECT version FROM ledger_schema").fetch_one(connection).await?;
    Ok(Schema::numbered(found))
}
