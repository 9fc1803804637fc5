//! The ledger's tables, and how a file gets them.
//!
//! The rule: migrations are only ever added, each runs in one transaction with the number that says it ran, and a file
//! that is somebody else's, or of a later version, is left as it is.

use sqlx::{Connection, SqliteConnection};

/// `Asnt`: marks a SQLite file as a ledger (`PRAGMA application_id`).
const MARK: i32 = 0x4173_6e74;

const MIGRATIONS: [&str; 2] = [include_str!("migrations/1.sql"), include_str!("migrations/2.sql")];

/// What a file turned out to be.
pub(super) enum Schema {
    /// A ledger, or an empty file, with this many migrations behind it.
    Ours { done: usize },
    /// A database that is not a ledger.
    Foreign,
    /// A ledger of a later version.
    Newer { found: i64, known: i64 },
}

/// Brings a file to the newest schema, if it is ours.
pub(super) async fn migrate(connection: &mut SqliteConnection) -> Result<Schema, sqlx::Error> {
    match inspect(connection).await? {
        Schema::Ours { .. } => {}
        other @ (Schema::Foreign | Schema::Newer { .. }) => return Ok(other),
    }
    sqlx::query("PRAGMA journal_mode = WAL").execute(&mut *connection).await?;
    let mut work = connection.begin_with("BEGIN IMMEDIATE").await?;
    let schema = inspect(&mut work).await?; // again: another process may have come first
    if let Schema::Ours { done } = schema {
        for migration in MIGRATIONS.iter().skip(done) {
            sqlx::raw_sql(*migration).execute(&mut *work).await?;
        }
    }
    work.commit().await?;
    Ok(schema)
}

async fn inspect(connection: &mut SqliteConnection) -> Result<Schema, sqlx::Error> {
    let mark: i32 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await?;
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_master").fetch_one(connection).await?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    Ok(match usize::try_from(found) {
        _ if mark != MARK && (tables > 0 || found != 0) => Schema::Foreign,
        Ok(done) if found <= known => Schema::Ours { done },
        _ => Schema::Newer { found, known },
    })
}
