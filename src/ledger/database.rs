//! The SQLite file: how it is opened, and every query on decisions.
//!
//! The rule: a decision is committed with `synchronous = FULL`, so that it outlives a power cut once acknowledged; everything
//! else is committed with `NORMAL`, which never breaks the file and outlives `kill -9`. SQLite has one writer at a time and
//! lets a busy one starve the rest, so writers of this process queue for a pen first.
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

use jiff::Timestamp;
use sqlx::{
    ConnectOptions, Connection, Sqlite, SqliteConnection, SqlitePool,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, sleep},
};

use super::{
    LedgerError, NewDecision,
    key::LedgerKey,
    key_file::{random_name, sync_directory},
    schema::{self, Schema},
};
use crate::consent::{Decision, DecisionKind};

/// How long any one call may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(2);

/// SQLite waits a little less for another process, so that its own error is seen.
const BUSY: Duration = Duration::from_millis(1_500);

const READERS: u32 = 4;

/// The open file.
pub(crate) struct Database {
    home: Home,
    readers: SqlitePool,
    decisions: SqlitePool,
    notes: SqlitePool,
    pen: Mutex<()>,
}

/// A connection that may write, and the turn to do so.
pub(crate) struct Pen<'a> {
    pub(crate) connection: PoolConnection<Sqlite>,
    _turn: MutexGuard<'a, ()>,
}

/// A subject as the database knows it.
pub(super) struct Known {
    pub(super) row: i64,
    pub(super) reference: String,
}

impl Database {
    /// Opens the file, made and brought to the newest schema where needed.
    pub(super) async fn open(path: &Path) -> Result<Self, LedgerError> {
        let path = std::path::absolute(path).map_err(LedgerError::unwritable(path))?;
        create(&path).map_err(LedgerError::unwritable(&path))?;
        prepare(&path).await?;
        let home = Home::of(path)?;
        // What is deleted is a key or a receipt, and is overwritten; so is what writing leaves of it when pages are split.
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

    /// Makes sure that this is the key the subjects are hashed under; an empty ledger takes it.
    pub(super) async fn bind_key(&self, path: &Path) -> Result<LedgerKey, LedgerError> {
        let known = self.key_check().await?;
        if known.is_some() && !path.exists() {
            let source = io::Error::new(io::ErrorKind::NotFound, "it is missing; restore it from a backup");
            return Err(LedgerError::KeyUnreadable { path: path.to_owned(), source });
        }
        let key = LedgerKey::open(path)?;
        if known.is_none() {
            sqlx::query("INSERT INTO key_check (one, digest) VALUES (1, ?) ON CONFLICT DO NOTHING")
                .bind(key.check().to_vec())
                .execute(&self.decisions)
                .await?;
        }
        match self.key_check().await? {
            Some(check) if check == key.check() => Ok(key),
            _ => Err(LedgerError::KeyWrong(path.to_owned())),
        }
    }

    async fn key_check(&self) -> Result<Option<Vec<u8>>, sqlx::Error> {
        sqlx::query_scalar("SELECT digest FROM key_check").fetch_optional(&self.readers).await
    }

    /// Where the file is, for a connection of one's own.
    pub(super) fn home(&self) -> Home {
        self.home.clone()
    }

    /// A connection to read from.
    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// A connection to write what need not outlive a power cut, when it is our turn.
    pub(crate) async fn notes(&self) -> Result<Pen<'_>, LedgerError> {
        let turn = self.pen.lock().await;
        self.home.check()?;
        Ok(Pen { connection: self.notes.acquire().await?, _turn: turn })
    }

    /// A connection to write what must outlive a power cut, when it is our turn.
    pub(super) async fn decisions(&self) -> Result<Pen<'_>, LedgerError> {
        let turn = self.pen.lock().await;
        Ok(Pen { connection: self.decisions.acquire().await?, _turn: turn })
    }

    /// Whether what was written is in the file that a restart will find.
    pub(super) fn check_home(&self) -> Result<(), LedgerError> {
        self.home.check()
    }

    /// The subject, if it was seen before.
    pub(super) async fn find(&self, digest: &[u8; 32]) -> Result<Option<Known>, sqlx::Error> {
        find(&mut *self.readers.acquire().await?, digest).await
    }

    /// The subject; unseen ones get a random reference now.
    pub(super) async fn meet(&self, digest: &[u8; 32]) -> Result<Known, LedgerError> {
        match self.find(digest).await? {
            Some(known) => Ok(known),
            None => Ok(meet(&mut self.notes().await?.connection, digest).await?),
        }
    }

    /// Writes one decision down for good.
    pub(super) async fn decide(
        &self,
        digest: &[u8; 32],
        group: &str,
        new: NewDecision,
    ) -> Result<Decision, LedgerError> {
        let mut pen = self.decisions().await?;
        let mut work = pen.connection.begin_with("BEGIN IMMEDIATE").await?;
        let subject = meet(&mut work, digest).await?;
        let at = Timestamp::from_microsecond(Timestamp::now().as_microsecond()).map_err(unreadable)?;
        let generation = insert(&mut work, subject.row, group, &new, at).await?;
        work.commit().await?;
        self.home.check()?;
        let NewDecision { kind, purpose, notice, text_digest, source } = new;
        Ok(Decision { kind, purpose, notice, text_digest, at, source, generation })
    }

    /// The newest decision for each purpose, and about the subject as a whole.
    pub(super) async fn newest(&self, subject: &Known, group: &str) -> Result<Vec<Decision>, sqlx::Error> {
        let rows = sqlx::query_as(
            "SELECT kind, purpose, notice, text_digest, at, source, generation FROM decision
             WHERE generation IN (SELECT max(generation) FROM decision
                                  WHERE subject = ? AND consents = ? GROUP BY purpose)",
        );
        decisions(rows.bind(subject.row).bind(group).fetch_all(&self.readers).await?)
    }

    /// Every decision, oldest first.
    pub(super) async fn history(&self, subject: &Known, group: &str) -> Result<Vec<Decision>, sqlx::Error> {
        let rows = sqlx::query_as(
            "SELECT kind, purpose, notice, text_digest, at, source, generation FROM decision
             WHERE subject = ? AND consents = ? ORDER BY generation",
        );
        decisions(rows.bind(subject.row).bind(group).fetch_all(&self.readers).await?)
    }
}

/// The file's place, and which file it was when it was opened.
#[derive(Clone)]
pub(super) struct Home {
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

    /// A new connection.
    pub(super) async fn connect(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.options().connect().await
    }

    fn options(&self) -> SqliteConnectOptions {
        options(&self.path)
    }
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
            let schema = schema::migrate(&mut connection).await;
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
    match found.map_err(|error| at_opening(path, error))? {
        Schema::Ours { .. } => Ok(()),
        Schema::Foreign => Err(LedgerError::NotALedger(path.to_owned())),
        Schema::Newer { found, known } => Err(LedgerError::Newer { path: path.to_owned(), found, known }),
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
        Some(26) => LedgerError::NotALedger(path.to_owned()),
        _ => error.into(),
    }
}

pub(super) async fn find(
    connection: &mut SqliteConnection,
    digest: &[u8; 32],
) -> Result<Option<Known>, sqlx::Error> {
    let row: Option<(i64, String)> = sqlx::query_as("SELECT id, reference FROM subject WHERE digest = ?")
        .bind(digest.as_slice())
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|(row, reference)| Known { row, reference }))
}

pub(super) async fn meet(connection: &mut SqliteConnection, digest: &[u8; 32]) -> Result<Known, sqlx::Error> {
    sqlx::query("INSERT INTO subject (digest, reference) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING")
        .bind(digest.as_slice())
        .bind(random_name()?)
        .execute(&mut *connection)
        .await?;
    find(connection, digest).await?.ok_or(sqlx::Error::RowNotFound)
}

async fn insert(
    connection: &mut SqliteConnection,
    subject: i64,
    group: &str,
    new: &NewDecision,
    at: Timestamp,
) -> Result<u64, sqlx::Error> {
    let generation: i64 = sqlx::query_scalar(
        "INSERT INTO decision (subject, consents, kind, purpose, notice, text_digest, at, source)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING generation",
    )
    .bind(subject)
    .bind(group)
    .bind(new.kind.as_str())
    .bind(&new.purpose)
    .bind(&new.notice)
    .bind(&new.text_digest)
    .bind(at.as_microsecond())
    .bind(&new.source)
    .fetch_one(connection)
    .await?;
    u64::try_from(generation).map_err(unreadable)
}

type Row = (String, Option<String>, Option<String>, Option<String>, i64, String, i64);

/// A row that can't be understood fails the whole call: half a history is not what the person decided.
fn decisions(rows: Vec<Row>) -> Result<Vec<Decision>, sqlx::Error> {
    let decision = |(kind, purpose, notice, text_digest, at, source, generation): Row| {
        let known = DecisionKind::ALL.into_iter().find(|known| known.as_str() == kind);
        Ok(Decision {
            kind: known.ok_or_else(|| unreadable("an unknown kind of decision"))?,
            purpose,
            notice,
            text_digest,
            at: Timestamp::from_microsecond(at).map_err(unreadable)?,
            source,
            generation: u64::try_from(generation).map_err(unreadable)?,
        })
    };
    rows.into_iter().map(decision).collect()
}

fn unreadable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
