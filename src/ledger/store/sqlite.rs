//! The SQLite file: how it is opened, and whose turn it is to write.
//!
//! The rule: a decision is committed with `synchronous = FULL`, so that it outlives a power cut once acknowledged; everything
//! else is committed with `NORMAL`, which never breaks the file and outlives `kill -9`. SQLite has one writer at a time and
//! lets a busy one starve the rest, so writers of this process queue for a pen first. Its numbers are given by AUTOINCREMENT inside
//! the committing transaction, under the one write lock, so that none can appear behind a number already seen.
//!
//! What would defeat durability: writing through the other pool, or the file being moved away under us; that is looked for
//! before anything is acknowledged. The file is never opened by other means while SQLite has it open, since closing
//! any descriptor of it would release SQLite's locks.

use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, sleep},
};

use super::{
    Worth,
    schema::{self, Schema},
};
use crate::ledger::{DEADLINE, LedgerError, key_file::sync_directory};

/// SQLite waits a little less for another process, so that its own error is seen.
const BUSY: Duration = Duration::from_millis(1_500);

const READERS: u32 = 4;

/// The open file.
pub(crate) struct Sqlite {
    home: Home,
    readers: SqlitePool,
    decisions: SqlitePool,
    notes: SqlitePool,
    pen: Mutex<()>,
}

impl Sqlite {
    /// Opens the file, made and brought to the newest schema where needed.
    pub(super) async fn open(path: &Path) -> Result<Self, LedgerError> {
        let path = std::path::absolute(path).map_err(LedgerError::unwritable(path))?;
        create(&path).map_err(LedgerError::unwritable(&path))?;
        prepare(&path).await?;
        let home = Home::of(path)?;
        // What is deleted is a key, a receipt or an old decision, and is overwritten; so is what writing leaves of it when pages are split.
        let erasing = || home.options().pragma("secure_delete", "ON");
        let durable = erasing().synchronous(SqliteSynchronous::Full);
        Ok(Self {
            readers: pool(READERS).connect_lazy_with(home.options()),
            decisions: pool(1).connect_lazy_with(durable),
            notes: pool(1).connect_lazy_with(erasing().synchronous(SqliteSynchronous::Normal)),
            pen: Mutex::new(()),
            home,
        })
    }

    /// Where the file is.
    pub(super) fn home(&self) -> Home {
        self.home.clone()
    }

    /// A connection of one's own.
    pub(super) async fn connect(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.home.options().connect().await
    }

    /// The state as it is at the first question.
    pub(super) async fn read(&self) -> Result<Transaction<'static, sqlx::Sqlite>, sqlx::Error> {
        self.readers.begin().await
    }

    /// A transaction, when it is our turn.
    pub(super) async fn begin(
        &self,
        worth: Worth,
    ) -> Result<(Transaction<'static, sqlx::Sqlite>, MutexGuard<'_, ()>), LedgerError> {
        let turn = self.pen.lock().await;
        self.home.check()?;
        let pool = match worth {
            Worth::Note => &self.notes,
            Worth::Decision => &self.decisions,
        };
        Ok((pool.begin_with("BEGIN IMMEDIATE").await?, turn))
    }

    /// Moves the write-ahead log into the database and empties it, so that it holds nothing that was deleted or written anew;
    /// whether that could be done. Readers may be in the way; then the next writer's checkpoint does it.
    pub(super) async fn empty_log(&self) -> Result<bool, LedgerError> {
        let _turn = self.pen.lock().await;
        let mut connection = self.decisions.acquire().await?;
        let emptied: Result<(i64, i64, i64), _> =
            sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await;
        Ok(matches!(emptied, Ok((0, ..))))
    }
}

/// The file's place, and which file it was when it was opened.
#[derive(Clone)]
pub(crate) struct Home {
    path: PathBuf,
    identity: (u64, u64),
}

impl Home {
    fn of(path: PathBuf) -> Result<Self, LedgerError> {
        let identity = identity(&path).map_err(LedgerError::unwritable(&path))?;
        Ok(Self { path, identity })
    }

    /// Whether the file we have open is still the one at its place: what is written to another is lost at a restart.
    pub(super) fn check(&self) -> Result<(), LedgerError> {
        match identity(&self.path) {
            Ok(found) if found == self.identity => Ok(()),
            _ => Err(LedgerError::Unreachable("its file was moved or replaced; restart assentry".to_owned())),
        }
    }

    fn options(&self) -> SqliteConnectOptions {
        options(&self.path)
    }
}

/// A number that moves on this connection whenever any other has committed.
pub(super) async fn version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("PRAGMA data_version").fetch_one(connection).await
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(path).map(|found| (found.dev(), found.ino()))
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).busy_timeout(BUSY).disable_statement_logging()
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(DEADLINE)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}

/// Makes the file ourselves, since SQLite would let others read it. An existing file is not opened.
fn create(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => file.sync_all().and_then(|()| sync_directory(path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Migrates. Two processes that start together may meet here, and SQLite does not always wait; so we do.
async fn prepare(path: &Path) -> Result<(), LedgerError> {
    let patience = Instant::now() + DEADLINE;
    let found = loop {
        let attempt = async {
            let mut connection = options(path).connect().await?;
            let schema = schema::migrate_file(&mut connection).await;
            connection.close().await?;
            schema
        };
        match attempt.await {
            Err(error) if code(&error) == Some(5) && Instant::now() < patience => {
                sleep(Duration::from_millis(20)).await;
            }
            found => break found,
        }
    };
    let place = path.display().to_string();
    match found.map_err(|error| at_opening(path, error))? {
        Schema::Ours { .. } => Ok(()),
        Schema::Foreign => Err(LedgerError::NotALedger(place)),
        Schema::Newer { found, known } => Err(LedgerError::Newer { place, found, known }),
    }
}

/// SQLite's primary result code.
fn code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

fn at_opening(path: &Path, error: sqlx::Error) -> LedgerError {
    let unwritable = |what: &str| LedgerError::unwritable(path)(io::Error::other(what.to_owned()));
    match code(&error) {
        Some(8) => unwritable("the file may only be read"),
        Some(13) => unwritable("the disk is full"),
        Some(10 | 14) => unwritable("the file or its directory can't be opened"),
        Some(26) => LedgerError::NotALedger(path.display().to_string()),
        _ => error.into(),
    }
}
