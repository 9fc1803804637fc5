//! Every query on subjects and decisions.
//!
//! The rule: a decision is numbered inside the transaction that writes it, by the database, and changes become visible in
//! the order of their numbers. A state is read together with the newest number, both as they were at one moment, so that the number
//! says exactly how new the state is. What would defeat it: a number from anywhere else, or of another moment.

use std::{io, path::Path, time::Duration};

use jiff::Timestamp;

use super::{
    LedgerError, LedgerSettings, NewDecision,
    key::LedgerKey,
    key_file::random_name,
    links::{Member, members, person},
    master::Masters,
    store::{Connection, Session, Store, Work, Worth, on},
    subject_keys::keys,
};
use crate::consent::{ConsentKey, Decision, DecisionKind, Keys};

/// How long any one call may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(2);

/// The database, and what is asked of it.
pub(crate) struct Database(Store);

/// A subject as the database knows it.
pub(super) struct Known {
    pub(super) row: i64,
    pub(super) reference: String,
}

/// What is current for a subject among the consents of one group, at one moment.
pub(super) struct State {
    /// How many changes the database knew of then.
    pub(super) number: u64,
    /// How many links were made and undone then.
    pub(super) links: u64,
    /// For each of the person's ids the newest decision that counts for each purpose, and about the subject as a whole.
    pub(super) decisions: Vec<Decision>,
    /// The references of the person's other ids.
    pub(super) linked: Vec<String>,
    /// The keys of the subject's pseudonyms.
    pub(super) keys: Keys,
}

/// The newest numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Newest {
    /// Of decisions.
    pub(super) generation: i64,
    /// Of destroyed keys.
    pub(super) destroyed: i64,
    /// Of links, made and undone.
    pub(super) linked: i64,
}

impl Newest {
    /// How much has changed: rises with every change of any kind.
    pub(super) fn number(self) -> u64 {
        let sum = self.generation.saturating_add(self.destroyed).saturating_add(self.linked);
        u64::try_from(sum).unwrap_or_default()
    }

    /// How many links were made and undone.
    fn links(self) -> u64 {
        u64::try_from(self.linked).unwrap_or_default()
    }
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

    /// The subject; unseen ones get a random reference now.
    pub(super) async fn meet(&self, digest: &[u8; 32]) -> Result<Known, LedgerError> {
        if let Some(known) = self.find(digest).await? {
            return Ok(known);
        }
        let mut work = self.note().await?;
        let known = meet(&mut work.connection(), digest).await?;
        work.commit().await?;
        Ok(known)
    }

    /// What is current for a subject, and how new that is.
    pub(super) async fn state(
        &self,
        subject: &Known,
        key: &ConsentKey,
        masters: &Masters,
    ) -> Result<State, sqlx::Error> {
        let mut session = self.read().await?;
        let mut connection = session.connection();
        let newest = newest(&mut connection).await?;
        let others = members(&mut connection, subject.row).await?.into_iter();
        Ok(State {
            number: newest.number(),
            links: newest.links(),
            decisions: current(&mut connection, subject, &key.group).await?,
            linked: others.filter(|id| id.row != subject.row).map(|id| id.reference).collect(),
            keys: keys(&mut connection, subject, &key.subject, masters).await?,
        })
    }

    /// Writes decisions of one subject down for good, for each of the person's ids: all of them or none; says which ids these
    /// are.
    pub(super) async fn decide(
        &self,
        digest: &[u8; 32],
        group: &str,
        new: Vec<NewDecision>,
    ) -> Result<(Vec<Decision>, Vec<Member>), LedgerError> {
        let mut work = self.work().await?;
        let subject = meet(&mut work.connection(), digest).await?;
        work.alone().await?; // before the links are read
        let mut connection = work.connection();
        let members = members(&mut connection, subject.row).await?;
        let at = whole_micros(Timestamp::now())?;
        let mut decided = Vec::new();
        for new in new {
            let new = NewDecision { expires: new.expires.map(whole_micros).transpose()?, ..new };
            for other in members.iter().filter(|id| id.row != subject.row) {
                insert(&mut connection, (other.row, Some(subject.row)), group, &new, at).await?;
            }
            let generation = insert(&mut connection, (subject.row, None), group, &new, at).await?;
            decided.push(written(new, at, generation));
        }
        work.commit().await?;
        Ok((decided, members))
    }

    /// Every decision, oldest first.
    pub(super) async fn history(&self, subject: &Known, group: &str) -> Result<Vec<Decision>, sqlx::Error> {
        let rows = on!(&mut self.read().await?.connection(), c => {
            sqlx::query_as(
                "SELECT kind, purpose, notice, text_digest, at, source, expires, jurisdiction, generation,
                        via.reference, NULL
                 FROM decision LEFT JOIN subject AS via ON via.id = decision.via
                 WHERE subject = $1 AND consents = $2 ORDER BY generation",
            )
            .bind(subject.row)
            .bind(group)
            .fetch_all(c)
            .await
        })?;
        decisions(rows)
    }
}

pub(super) async fn find(
    connection: &mut Connection<'_>,
    digest: &[u8; 32],
) -> Result<Option<Known>, sqlx::Error> {
    let row: Option<(i64, String)> = on!(connection, c => {
        sqlx::query_as("SELECT id, reference FROM subject WHERE digest = $1")
            .bind(digest.as_slice())
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(|(row, reference)| Known { row, reference }))
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

pub(super) async fn newest(connection: &mut Connection<'_>) -> Result<Newest, sqlx::Error> {
    let (generation, destroyed, linked) = on!(connection, c => {
        sqlx::query_as("SELECT generation, destroyed, linked FROM newest").fetch_one(c).await
    })?;
    Ok(Newest { generation, destroyed, linked })
}

/// Who decided something after one number and up to another: the subject, the group, and the last of these numbers.
pub(super) async fn changed(
    connection: &mut Connection<'_>,
    after: i64,
    up_to: i64,
) -> Result<Vec<(Vec<u8>, String, i64)>, sqlx::Error> {
    on!(connection, c => {
        sqlx::query_as(
            "SELECT subject.digest, decision.consents, max(decision.generation)
             FROM decision JOIN subject ON subject.id = decision.subject
             WHERE decision.generation > $1 AND decision.generation <= $2
             GROUP BY subject.digest, decision.consents",
        )
        .bind(after)
        .bind(up_to)
        .fetch_all(c)
        .await
    })
}

/// For each of the person's ids the newest decision that counts for each purpose, and about the subject as a whole.
async fn current(
    connection: &mut Connection<'_>,
    subject: &Known,
    group: &str,
) -> Result<Vec<Decision>, sqlx::Error> {
    let rows = on!(connection, c => {
        sqlx::query_as(concat!(
            person!(),
            "SELECT kind, purpose, notice, text_digest, at, source, expires, jurisdiction, generation,
                    via.reference, CASE WHEN holder.id <> $1 THEN holder.reference END
             FROM decision JOIN subject AS holder ON holder.id = decision.subject
                           LEFT JOIN subject AS via ON via.id = decision.via
             WHERE generation IN (SELECT max(generation) FROM counting JOIN person ON person.id = counting.subject
                                  WHERE consents = $2 GROUP BY counting.subject, purpose)",
        ))
        .bind(subject.row)
        .bind(group)
        .fetch_all(c)
        .await
    })?;
    decisions(rows)
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

type Row = (
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
fn decisions(rows: Vec<Row>) -> Result<Vec<Decision>, sqlx::Error> {
    let moment = |micros| Timestamp::from_microsecond(micros).map_err(unreadable);
    let decision = |row: Row| {
        let (kind, purpose, notice, text_digest, at, source, expires, jurisdiction, generation, via, of) =
            row;
        let known = DecisionKind::ALL.into_iter().find(|known| known.as_str() == kind);
        Ok(Decision {
            kind: known.ok_or_else(|| unreadable("an unknown kind of decision"))?,
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
