//! Every query on subjects and decisions.
//!
//! The rule: a decision is numbered inside the transaction that writes it, by the database, and changes become visible in
//! the order of their numbers. A state is read together with the newest number (`lookup.rs`), so that the number says exactly how new
//! the state is. What would defeat it: a number from anywhere else, or of another moment.

use std::{io, path::Path, time::Duration};

use jiff::Timestamp;

pub(super) use super::newest::{Newest, changed, newest};
use super::{
    LedgerError, LedgerSettings, NewDecision,
    key::LedgerKey,
    key_file::random_name,
    links::{Member, members},
    outbox::{Lane, Telling, moved},
    store::{Connection, Session, Store, Work, Worth, on},
};
use crate::consent::Decision;

/// How long any one call may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(2);

/// The database, and what is asked of it.
pub(crate) struct Database(Store);

/// A subject as the database knows it.
pub(super) struct Known {
    pub(super) row: i64,
    pub(super) reference: String,
    /// Since when there is anything of them, where they were erased.
    pub(super) erased_at: Option<i64>,
}

impl Database {
    /// Opens it, made where there is none.
    pub(super) async fn open(settings: &LedgerSettings) -> Result<Self, LedgerError> {
        Store::open(settings).await.map(Self)
    }

    /// Overwrites what was deleted, as far as the database can; whether that could be done now.
    pub(crate) async fn scrub(&self) -> Result<bool, LedgerError> {
        self.0.scrub().await
    }

    /// What is below.
    pub(super) fn store(&self) -> &Store {
        &self.0
    }

    /// The state as it is now, to read from.
    pub(crate) async fn read(&self) -> Result<Session, sqlx::Error> {
        self.0.read().await
    }

    /// A transaction to write what need not outlive a power cut.
    pub(crate) async fn note(&self) -> Result<Work<'_>, LedgerError> {
        self.0.begin(Worth::Note).await
    }

    /// A transaction to write what must outlive a power cut.
    pub(super) async fn work(&self) -> Result<Work<'_>, LedgerError> {
        self.0.begin(Worth::Decision).await
    }

    /// Makes sure that this is the key the subjects are hashed under; an empty ledger takes it.
    pub(super) async fn bind_key(&self, path: &Path) -> Result<LedgerKey, LedgerError> {
        let known = self.key_check().await?;
        if known.is_some() && !path.exists() {
            let advice = match self.0 {
                Store::Sqlite(_) => "it is missing; restore it from a backup",
                Store::Postgres(_) => {
                    "it is missing; copy it from another node of this ledger, or restore it from a backup"
                }
            };
            let source = io::Error::new(io::ErrorKind::NotFound, advice);
            return Err(LedgerError::KeyUnreadable { path: path.to_owned(), source });
        }
        let key = LedgerKey::open(path)?;
        if known.is_none() {
            let mut work = self.work().await?;
            on!(&mut work.connection(), c => {
                sqlx::query("INSERT INTO key_check (one, digest) VALUES (1, $1) ON CONFLICT DO NOTHING")
                    .bind(key.check().to_vec())
                    .execute(c)
                    .await
                    .map(drop)
            })?;
            work.commit().await?;
        }
        match self.key_check().await? {
            Some(check) if check == key.check() => Ok(key),
            _ => Err(LedgerError::KeyWrong(path.to_owned())),
        }
    }

    async fn key_check(&self) -> Result<Option<Vec<u8>>, sqlx::Error> {
        on!(&mut self.read().await?.connection(), c => {
            sqlx::query_scalar("SELECT digest FROM key_check").fetch_optional(c).await
        })
    }

    /// The subject, if it was seen before.
    pub(super) async fn find(&self, digest: &[u8; 32]) -> Result<Option<Known>, sqlx::Error> {
        find(&mut self.read().await?.connection(), digest).await
    }

    /// Gives a subject that was never seen a random reference.
    pub(super) async fn meet(&self, digest: &[u8; 32]) -> Result<(), LedgerError> {
        let mut work = self.note().await?;
        meet(&mut work.connection(), digest).await?;
        work.commit().await
    }

    /// Writes decisions of one subject down for good, for each of the person's ids: all of them or none; says which ids these
    /// are.
    pub(super) async fn decide(
        &self,
        digest: &[u8; 32],
        group: &str,
        new: Vec<NewDecision>,
        telling: Option<&Telling>,
    ) -> Result<(Vec<Decision>, Vec<Member>), LedgerError> {
        let mut work = self.work().await?;
        work.alone().await?; // before the subject's row and the links are read
        let mut connection = work.connection();
        let subject = meet(&mut connection, digest).await?;
        let members = members(&mut connection, subject.row).await?;
        let at = whole_micros(Timestamp::now())?;
        let mut decided = Vec::new();
        for new in new {
            let new = NewDecision { expires: new.expires.map(whole_micros).transpose()?, ..new };
            for other in members.iter().filter(|id| id.row != subject.row) {
                insert(&mut connection, (other.row, Some(subject.row)), group, &new, at).await?;
            }
            let generation = insert(&mut connection, (subject.row, None), group, &new, at).await?;
            let decision = written(new, at, generation);
            if let Some(telling) = telling {
                let lane = Lane { digest, linked: members.len().saturating_sub(1) };
                moved(&mut connection, telling, lane, group, &decision).await?;
            }
            decided.push(decision);
        }
        work.commit().await?;
        Ok((decided, members))
    }

    /// Every decision, oldest first.
    pub(super) async fn history(&self, subject: &Known, group: &str) -> Result<Vec<Decision>, sqlx::Error> {
        history(&mut self.read().await?.connection(), subject.row, group).await
    }
}

/// Every decision of one id among the consents of one group, oldest first.
pub(super) async fn history(
    connection: &mut Connection<'_>,
    row: i64,
    group: &str,
) -> Result<Vec<Decision>, sqlx::Error> {
    let rows = on!(connection, c => {
        sqlx::query_as(
            "SELECT kind, purpose, notice, text_digest, at, source, expires, jurisdiction, generation,
                    via.reference, NULL
             FROM decision LEFT JOIN subject AS via ON via.id = decision.via
             WHERE subject = $1 AND consents = $2 ORDER BY moment, kind NOT IN ('grant', 'lift'), generation",
        )
        .bind(row)
        .bind(group)
        .fetch_all(c)
        .await
    })?;
    decisions(rows)
}

pub(super) async fn find(
    connection: &mut Connection<'_>,
    digest: &[u8; 32],
) -> Result<Option<Known>, sqlx::Error> {
    let row: Option<(i64, String, Option<i64>)> = on!(connection, c => {
        sqlx::query_as("SELECT id, reference, erased_at FROM subject WHERE digest = $1")
            .bind(digest.as_slice())
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(|(row, reference, erased_at)| Known { row, reference, erased_at }))
}

pub(super) async fn meet(connection: &mut Connection<'_>, digest: &[u8; 32]) -> Result<Known, sqlx::Error> {
    if let Some(known) = find(connection, digest).await? {
        return Ok(known);
    }
    on!(connection, c => {
        sqlx::query("INSERT INTO subject (digest, reference) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING")
            .bind(digest.as_slice())
            .bind(random_name()?)
            .execute(c)
            .await
            .map(drop)
    })?;
    find(connection, digest).await?.ok_or(sqlx::Error::RowNotFound)
}

async fn insert(
    connection: &mut Connection<'_>,
    (subject, via): (i64, Option<i64>),
    group: &str,
    new: &NewDecision,
    at: Timestamp,
) -> Result<u64, sqlx::Error> {
    let generation: i64 = on!(connection, c => {
        sqlx::query_scalar(
            "INSERT INTO decision
                 (subject, consents, kind, purpose, notice, text_digest, at, source, expires, jurisdiction, via)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING generation",
        )
        .bind(subject)
        .bind(group)
        .bind(new.kind.as_str())
        .bind(&new.purpose)
        .bind(&new.notice)
        .bind(&new.text_digest)
        .bind(at.as_microsecond())
        .bind(&new.source)
        .bind(new.expires.map(Timestamp::as_microsecond))
        .bind(&new.jurisdiction)
        .bind(via)
        .fetch_one(c)
        .await
    })?;
    u64::try_from(generation).map_err(unreadable)
}

/// A decision as it is read.
pub(super) type Row = (
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    i64,
    String,
    Option<i64>,
    Option<String>,
    i64,
    Option<String>,
    Option<String>,
);

/// A decision as it was written.
fn written(new: NewDecision, at: Timestamp, generation: u64) -> Decision {
    let NewDecision { kind, purpose, notice, text_digest, source, expires, jurisdiction } = new;
    let (via, of) = (None, None);
    Decision { kind, purpose, notice, text_digest, at, expires, source, jurisdiction, generation, via, of }
}

/// A row that can't be understood fails the whole call: half a history is not what the person decided.
pub(super) fn decisions(rows: Vec<Row>) -> Result<Vec<Decision>, sqlx::Error> {
    let moment = |micros| Timestamp::from_microsecond(micros).map_err(unreadable);
    let decision = |row: Row| {
        let (kind, purpose, notice, text_digest, at, source, expires, jurisdiction, generation, via, of) =
            row;
        Ok(Decision {
            kind: kind.parse().map_err(|()| unreadable("an unknown kind of decision"))?,
            purpose,
            notice,
            text_digest,
            at: moment(at)?,
            expires: expires.map(moment).transpose()?,
            source,
            jurisdiction,
            generation: u64::try_from(generation).map_err(unreadable)?,
            via,
            of,
        })
    };
    rows.into_iter().map(decision).collect()
}

/// As it will be read again.
pub(super) fn whole_micros(moment: Timestamp) -> Result<Timestamp, sqlx::Error> {
    Timestamp::from_microsecond(moment.as_microsecond()).map_err(unreadable)
}

pub(super) fn unreadable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
