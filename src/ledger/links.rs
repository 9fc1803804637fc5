//! Which ids are one person's, in the database.
//!
//! The rule: links are only ever added and numbered, as decisions are, and what holds of two ids is the newest line about them.
//! All ids that links lead to are one person's. Where undoing a link parts two ids, that is written down for each pair together
//! with the newest decision then, in the same transaction: a yes that came from the other id stops counting there and does not come back
//! when the two are linked again, because what an id said itself has counted again meanwhile.
//!
//! What would defeat it: reading the subjects' rows or the links before [`Work::alone`](super::store::Work::alone) in a transaction
//! that writes, since another link could be made, or somebody erased, between.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    LedgerError,
    database::{Database, Known, find, meet, unreadable},
    store::{Connection, on},
};

/// How many ids one person can have: each decision is written once for each.
pub(super) const MOST_IDS: usize = 64;

/// The rows that links lead to from those in `person`. Not by way of `tie`: SQLite would read every link there is.
macro_rules! linked {
    () => {
        "SELECT CASE WHEN link.one = person.id THEN link.other ELSE link.one END
         FROM person JOIN link ON link.one = person.id OR link.other = person.id
         WHERE link.kind = 'link' AND NOT EXISTS (SELECT 1 FROM link AS later
             WHERE later.one = link.one AND later.other = link.other AND later.number > link.number)"
    };
}
pub(super) use linked;

/// The rows of all ids that are one person's with the id at row `$1`.
macro_rules! person {
    () => {
        concat!(
            "WITH RECURSIVE person (id) AS (SELECT CAST($1 AS bigint) UNION ",
            $crate::ledger::links::linked!(),
            ") "
        )
    };
}
pub(super) use person;

/// What a link rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The word of whoever runs Assentry.
    Operator,
    /// Both ids were proven: somebody showed a credential for each.
    Both,
}

/// A link to be made or undone, but for the ids.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// What it rests on; nothing is needed to undo one.
    pub proof: Option<Proof>,
    /// On whose word.
    pub by: Option<String>,
    /// Who writes it down: `cli` …
    pub source: String,
}

/// A link that holds. Ids stand there as receipts call them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// One id.
    pub one: String,
    /// The other.
    pub other: String,
    /// What it rests on.
    pub proof: Proof,
    /// On whose word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When it was made.
    pub at: Timestamp,
    /// Who wrote it down.
    pub source: String,
    /// The number the ledger gave it.
    pub number: u64,
}

/// What a link led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// How many ids the person has now.
    pub ids: usize,
}

/// What undoing a link led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parted {
    /// Whether other links still make both ids one person's.
    pub still_one: bool,
}

/// One of a person's ids.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member {
    pub(super) row: i64,
    pub(super) digest: [u8; 32],
    pub(super) reference: String,
}

impl Proof {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Both => "both",
        }
    }

    pub(super) fn parse(word: &str) -> Result<Self, sqlx::Error> {
        let known = [Self::Operator, Self::Both].into_iter().find(|proof| proof.as_str() == word);
        known.ok_or_else(|| unreadable("an unknown proof of a link"))
    }
}

impl Database {
    /// Makes one person's of two ids.
    pub(super) async fn link(&self, digests: [&[u8; 32]; 2], new: &NewLink) -> Result<Joined, LedgerError> {
        let [one, other] = sorted(digests)?;
        let mut work = self.work().await?;
        work.alone().await?;
        let mut connection = work.connection();
        let one = meet(&mut connection, one).await?;
        let other = meet(&mut connection, other).await?;
        let mut ids: BTreeSet<_> = members(&mut connection, one.row).await?.into_iter().collect();
        ids.extend(members(&mut connection, other.row).await?);
        if ids.len() > MOST_IDS {
            return Err(LedgerError::TooManyIds { ids: ids.len(), most: MOST_IDS });
        }
        add(&mut connection, (&one, &other), ("link", Timestamp::now()), new).await?;
        work.commit().await?;
        Ok(Joined { ids: ids.len() })
    }

    /// Undoes a link.
    pub(super) async fn unlink(&self, digests: [&[u8; 32]; 2], new: &NewLink) -> Result<Parted, LedgerError> {
        let [one, other] = sorted(digests)?;
        let mut work = self.work().await?;
        work.alone().await?;
        let mut connection = work.connection();
        let found = (find(&mut connection, one).await?, find(&mut connection, other).await?);
        let (Some(one), Some(other)) = found else { return Err(LedgerError::NotLinked) };
        if !are_tied(&mut connection, &one, &other).await? {
            return Err(LedgerError::NotLinked);
        }
        let number = add(&mut connection, (&one, &other), ("unlink", Timestamp::now()), new).await?;
        let still_one = members(&mut connection, one.row).await?.iter().any(|id| id.row == other.row);
        if !still_one {
            part(&mut connection, number, &one, &other).await?;
        }
        work.commit().await?;
        Ok(Parted { still_one })
    }

    /// The references of all ids that are one person's with this one, which comes first.
    pub(super) async fn references(&self, digest: &[u8; 32]) -> Result<Vec<String>, sqlx::Error> {
        let mut session = self.read().await?;
        let mut connection = session.connection();
        let Some(known) = find(&mut connection, digest).await? else { return Ok(Vec::new()) };
        let others = members(&mut connection, known.row).await?.into_iter();
        let others = others.filter(|id| id.row != known.row).map(|id| id.reference);
        Ok([known.reference].into_iter().chain(others).collect())
    }

    /// The links that make one person's of a subject's ids, oldest first.
    pub(super) async fn links(&self, subject: &Known) -> Result<Vec<Link>, sqlx::Error> {
        links(&mut self.read().await?.connection(), subject.row).await
    }
}

/// The links that make one person's of an id and others, oldest first.
pub(super) async fn links(connection: &mut Connection<'_>, row: i64) -> Result<Vec<Link>, sqlx::Error> {
    let rows: Vec<LinkRow> = on!(connection, c => {
        sqlx::query_as(concat!(
            person!(),
            "SELECT a.reference, b.reference, proof, by_whom, at, source, number
             FROM person JOIN link ON link.one = person.id
                         JOIN subject AS a ON a.id = link.one JOIN subject AS b ON b.id = link.other
             WHERE kind = 'link' AND NOT EXISTS (SELECT 1 FROM link AS later
                 WHERE later.one = link.one AND later.other = link.other AND later.number > link.number)
             ORDER BY number",
        ))
        .bind(row)
        .fetch_all(c)
        .await
    })?;
    rows.into_iter().map(link).collect()
}

/// All ids that are one person's with this one, itself included.
pub(super) async fn members(connection: &mut Connection<'_>, row: i64) -> Result<Vec<Member>, sqlx::Error> {
    let rows: Vec<(i64, Vec<u8>, String)> = on!(connection, c => {
        sqlx::query_as(concat!(
            person!(),
            "SELECT id, digest, reference FROM subject WHERE id IN (SELECT id FROM person) ORDER BY id",
        ))
        .bind(row)
        .fetch_all(c)
        .await
    })?;
    let member = |(row, digest, reference): (i64, Vec<u8>, String)| {
        let digest = digest.try_into().map_err(|_| unreadable("a subject's hash is not 32 bytes"))?;
        Ok(Member { row, digest, reference })
    };
    rows.into_iter().map(member).collect()
}

/// In one order, so that of two who link the same ids at once none waits for the other.
fn sorted([one, other]: [&[u8; 32]; 2]) -> Result<[&[u8; 32]; 2], LedgerError> {
    match one.cmp(other) {
        std::cmp::Ordering::Less => Ok([one, other]),
        std::cmp::Ordering::Equal => Err(LedgerError::SameId),
        std::cmp::Ordering::Greater => Ok([other, one]),
    }
}

/// Writes a line down; its number.
pub(super) async fn add(
    connection: &mut Connection<'_>,
    (one, other): (&Known, &Known),
    (kind, at): (&str, Timestamp),
    new: &NewLink,
) -> Result<i64, sqlx::Error> {
    on!(connection, c => {
        sqlx::query_scalar(
            "INSERT INTO link (one, other, kind, proof, by_whom, at, source) VALUES ($1, $2, $3, $4, $5, $6, $7)
             RETURNING number",
        )
        .bind(one.row.min(other.row))
        .bind(one.row.max(other.row))
        .bind(kind)
        .bind(new.proof.map(Proof::as_str))
        .bind(&new.by)
        .bind(at.as_microsecond())
        .bind(&new.source)
        .fetch_one(c)
        .await
    })
}

async fn are_tied(connection: &mut Connection<'_>, one: &Known, other: &Known) -> Result<bool, sqlx::Error> {
    on!(connection, c => {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM tie WHERE one = $1 AND other = $2)")
            .bind(one.row)
            .bind(other.row)
            .fetch_one(c)
            .await
    })
}

/// Notes that each id on the one side and each on the other are not one person's any more.
pub(super) async fn part(
    connection: &mut Connection<'_>,
    number: i64,
    one: &Known,
    other: &Known,
) -> Result<(), sqlx::Error> {
    on!(connection, c => {
        sqlx::query(
            "INSERT INTO parting (number, subject, other, generation)
             WITH RECURSIVE
                 here (id) AS (SELECT CAST($2 AS bigint) UNION SELECT tie.other FROM here JOIN tie ON tie.one = here.id),
                 there (id) AS (SELECT CAST($3 AS bigint) UNION SELECT tie.other FROM there JOIN tie ON tie.one = there.id)
             SELECT CAST($1 AS bigint), here.id, there.id, generation FROM here, there, newest
             UNION ALL
             SELECT CAST($1 AS bigint), there.id, here.id, generation FROM here, there, newest",
        )
        .bind(number)
        .bind(one.row)
        .bind(other.row)
        .execute(c)
        .await
        .map(drop)
    })
}

type LinkRow = (String, String, String, Option<String>, i64, String, i64);

fn link((one, other, proof, by, at, source, number): LinkRow) -> Result<Link, sqlx::Error> {
    let at = Timestamp::from_microsecond(at).map_err(unreadable)?;
    let number = u64::try_from(number).map_err(unreadable)?;
    Ok(Link { one, other, proof: Proof::parse(&proof)?, by, at, source, number })
}
