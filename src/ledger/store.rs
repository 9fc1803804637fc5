//! The database under a ledger: SQLite or PostgreSQL, and nothing above asks which.
//!
//! The rule: what both can say is written once, as one query for either; what differs stands in [`sqlite`] and [`postgres`]. A
//! [`Work`] is one transaction in which decisions may be numbered, and is durable when [`Work::commit`] has returned. Queries
//! use `$1`, which both understand.
//!
//! What would defeat it: a query that only one of them understands; so the tests of the ledger run on both. A ledger that is no
//! database at all stands beside [`super::database::Database`], not here: this floor knows rows, that one subjects and decisions.

mod postgres;
mod schema;
mod server;
mod sqlite;

use sqlx::{PgConnection, SqliteConnection, Transaction};
use tokio::sync::{MutexGuard, Notify};

pub use self::server::PostgresSettings;
pub(super) use self::server::{UrlOrSettings, url_or_settings};
use self::{
    postgres::Postgres,
    sqlite::{Home, Sqlite},
};
use super::{LedgerError, LedgerSettings};

/// The open database.
pub(super) enum Store {
    /// A file, for one machine.
    Sqlite(Sqlite),
    /// A server, for many nodes.
    Postgres(Box<Postgres>),
}

/// What a write is worth.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worth {
    /// Outlives `kill -9` of this process and of the database.
    Note,
    /// Outlives a power cut, too.
    Decision,
}

/// A connection to read from, on which nothing changes while it is held.
pub(crate) enum Session {
    Sqlite(Transaction<'static, sqlx::Sqlite>),
    Postgres(Transaction<'static, sqlx::Postgres>),
}

/// A transaction to write in, when it is our turn.
pub(crate) enum Work<'a> {
    Sqlite { work: Transaction<'static, sqlx::Sqlite>, file: &'a Sqlite, turn: MutexGuard<'a, ()> },
    Postgres(Transaction<'static, sqlx::Postgres>),
}

/// A connection, whosever it is.
pub(crate) enum Connection<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

/// A connection of one's own, to watch others through.
pub(super) enum Eye {
    /// With the version it saw last.
    Sqlite {
        connection: SqliteConnection,
        version: i64,
        home: Home,
    },
    Postgres(Box<PgConnection>),
}

/// Rings when another process may have changed something.
pub(super) type Bell = std::sync::Arc<Notify>;

/// One query for whichever database it is.
macro_rules! on {
    ($connection:expr, $name:ident => $query:expr) => {
        match $connection {
            $crate::ledger::Connection::Sqlite($name) => {
                let $name = &mut **$name;
                $query
            }
            $crate::ledger::Connection::Postgres($name) => {
                let $name = &mut **$name;
                $query
            }
        }
    };
}
pub(crate) use on;

impl Store {
    /// Opens it, made where there is none and brought to the newest schema where needed.
    pub(super) async fn open(settings: &LedgerSettings) -> Result<Self, LedgerError> {
        match &settings.postgres {
            None => Sqlite::open(&settings.path).await.map(Self::Sqlite),
            Some(server) => Postgres::open(server).await.map(|server| Self::Postgres(Box::new(server))),
        }
    }

    /// Whether there is a ledger to open.
    pub(super) async fn exists(settings: &LedgerSettings) -> Result<bool, LedgerError> {
        match &settings.postgres {
            None => Ok(settings.path.try_exists().unwrap_or(true)),
            Some(server) => Postgres::exists(server).await,
        }
    }

    /// The state as it is now, to read from.
    pub(super) async fn read(&self) -> Result<Session, sqlx::Error> {
        match self {
            Self::Sqlite(file) => file.read().await.map(Session::Sqlite),
            Self::Postgres(server) => server.read().await.map(Session::Postgres),
        }
    }

    /// A transaction to write in, when it is our turn.
    pub(super) async fn begin(&self, worth: Worth) -> Result<Work<'_>, LedgerError> {
        match self {
            Self::Sqlite(file) => {
                let (work, turn) = file.begin(worth).await?;
                Ok(Work::Sqlite { work, file, turn })
            }
            Self::Postgres(server) => Ok(Work::Postgres(server.begin().await?)),
        }
    }

    /// Overwrites what was deleted, as far as the database can (see the heads of both); whether that could be done now.
    pub(super) async fn scrub(&self) -> Result<bool, LedgerError> {
        match self {
            Self::Sqlite(file) => file.empty_log().await,
            Self::Postgres(_) => Ok(true),
        }
    }

    /// A connection to watch others through.
    pub(super) async fn eye(&self) -> Result<Eye, LedgerError> {
        match self {
            Self::Sqlite(file) => {
                let mut connection = file.connect().await?;
                let version = sqlite::version(&mut connection).await?;
                Ok(Eye::Sqlite { connection, version, home: file.home() })
            }
            Self::Postgres(server) => Ok(Eye::Postgres(Box::new(server.connect().await?))),
        }
    }

    /// Rings `bell` for as long as it is polled, where the database tells of changes.
    pub(super) async fn listen(&self, bell: Bell) {
        match self {
            Self::Sqlite(_) => std::future::pending().await,
            Self::Postgres(server) => server.listen(&bell).await,
        }
    }
}

impl Session {
    /// For queries.
    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            Self::Postgres(connection) => Connection::Postgres(connection),
        }
    }
}

impl Work<'_> {
    /// For queries.
    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite { work, .. } => Connection::Sqlite(work),
            Self::Postgres(work) => Connection::Postgres(work),
        }
    }

    /// From here on nobody else adds a change until this transaction has ended, so that what is looked for and not found stays so.
    pub(super) async fn alone(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite { .. } => Ok(()), // there is one writer at a time
            Self::Postgres(work) => postgres::hold_numbers(work).await,
        }
    }

    /// Makes everything durable.
    pub(crate) async fn commit(self) -> Result<(), LedgerError> {
        match self {
            Self::Sqlite { work, file, turn } => {
                work.commit().await?;
                drop(turn);
                file.home().check()
            }
            Self::Postgres(work) => Ok(work.commit().await?),
        }
    }
}

impl Eye {
    /// Whether anything may have changed since it was asked last.
    pub(super) async fn moved(&mut self) -> Result<bool, LedgerError> {
        match self {
            Self::Sqlite { connection, version, home } => {
                home.check()?;
                let found = sqlite::version(connection).await?;
                Ok(std::mem::replace(version, found) != found)
            }
            Self::Postgres(connection) => {
                postgres::assert_primary(connection).await?;
                Ok(true)
            }
        }
    }

    /// For queries.
    pub(super) fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite { connection, .. } => Connection::Sqlite(connection),
            Self::Postgres(connection) => Connection::Postgres(connection),
        }
    }
}
