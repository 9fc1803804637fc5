//! Links on their way from one ledger to another: lines to rows and back.
//!
//! The rule: every link that was made or undone is a line, in the order in which that happened, and of two about the same ids the later
//! one holds, wherever and whenever it was written down: an older one that is imported is passed over. A line keeps its moment, its
//! proof and who recorded it. A yes that came through a link goes with it, as long as it counts; so it is taken over only where the link
//! holds and was not undone since, and ends there when that happens, as it would have here.
//!
//! What would defeat it: taking over such a yes before the links, when nothing would end it; comparing numbers of two ledgers.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use jiff::Timestamp;

use super::line::{LinkLine, Tie};
use crate::ledger::{
    Connection, Database, LedgerError,
    database::{Known, meet, unreadable},
    links::{MOST_IDS, NewLink, Proof, add, members, part, person},
    on,
};

/// How many rows are read at a time.
const PAGE: i64 = 500;

/// The number, the ids, and then what the line says.
type Row = (i64, Vec<u8>, Vec<u8>, String, Option<String>, Option<String>, i64, i64, String);

impl Database {
    /// The next lines up to a number, and after which to go on.
    pub(super) async fn link_lines(&self, up_to: i64, after: &mut i64) -> Result<Vec<LinkLine>, LedgerError> {
        let rows: Vec<Row> = on!(&mut self.read().await?.connection(), c => {
            sqlx::query_as(
                "SELECT number, a.digest, b.digest, kind, proof, by_whom, at, moment, source
                 FROM (SELECT turned.*, turn + max(at - turn) OVER (PARTITION BY one, other ORDER BY number) AS moment
                       FROM (SELECT link.*, row_number() OVER (PARTITION BY one, other ORDER BY number) AS turn
                             FROM link) AS turned) AS placed
                      JOIN subject AS a ON a.id = one JOIN subject AS b ON b.id = other
                 WHERE number > $1 AND number <= $2 ORDER BY number LIMIT $3",
            )
            .bind(*after)
            .bind(up_to)
            .bind(PAGE)
            .fetch_all(c)
            .await
        })?;
        *after = rows.last().map_or(*after, |row| row.0);
        Ok(rows.into_iter().map(line).collect::<Result<_, _>>()?)
    }
}

fn line(row: Row) -> Result<LinkLine, sqlx::Error> {
    let (_, one, other, kind, proof, by, at, stands, source) = row;
    let moment = |micros| Timestamp::from_microsecond(micros).map_err(unreadable);
    let mut ids = [one, other].map(|digest| HEXLOWER.encode(&digest));
    ids.sort_unstable();
    Ok(LinkLine {
        kind: if kind == "link" { Tie::Link } else { Tie::Unlink },
        ids,
        proof: proof.as_deref().map(Proof::parse).transpose()?,
        by,
        at: moment(at)?,
        order: Some(moment(stands)?).filter(|_| stands != at),
        source,
    })
}

/// Writes a line down, unless it is there or a later one is; whether it was written.
pub(super) async fn insert(connection: &mut Connection<'_>, line: &LinkLine) -> Result<bool, LedgerError> {
    let [one, other] = line.digests().ok_or_else(|| unreadable("a digest of another length"))?;
    let (one, other) = (meet(connection, &one).await?, meet(connection, &other).await?);
    let from_before = |id: &Known| id.erased_at.is_some_and(|then| line.at.as_microsecond() <= then);
    if from_before(&one) || from_before(&other) {
        return Ok(false); // that the two were one person's was forgotten with whoever was erased
    }
    if newest(connection, &one, &other).await?.is_some_and(|newest| newest >= line.moment().as_microsecond())
    {
        return Ok(false);
    }
    let mut before: BTreeSet<_> = members(connection, one.row).await?.into_iter().collect();
    let were_one = before.iter().any(|id| id.row == other.row);
    before.extend(members(connection, other.row).await?);
    if line.kind == Tie::Link && before.len() > MOST_IDS {
        return Err(LedgerError::TooManyIds { ids: before.len(), most: MOST_IDS });
    }
    let new = NewLink { proof: line.proof, by: line.by.clone(), source: line.source.clone() };
    let number = add(connection, (&one, &other), (line.kind.as_str(), line.at), &new).await?;
    let are_one = members(connection, one.row).await?.iter().any(|id| id.row == other.row);
    if were_one && !are_one {
        part(connection, number, &one, &other).await?;
    }
    Ok(true)
}

/// Whether a yes that came through a link, at that moment, counts here: the two are one person's, and have been since.
pub(super) async fn carries(
    connection: &mut Connection<'_>,
    (subject, maker): (i64, i64),
    at: Timestamp,
) -> Result<bool, sqlx::Error> {
    on!(connection, c => {
        sqlx::query_scalar(concat!(
            person!(),
            "SELECT EXISTS (SELECT 1 FROM person WHERE id = $2) AND NOT EXISTS (
                 SELECT 1 FROM parting JOIN link ON link.number = parting.number
                 WHERE parting.subject = $1 AND parting.other = $2 AND link.at >= $3)",
        ))
        .bind(subject)
        .bind(maker)
        .bind(at.as_microsecond())
        .fetch_one(c)
        .await
    })
}

/// Where the newest line about two ids stands in time.
async fn newest(
    connection: &mut Connection<'_>,
    one: &Known,
    other: &Known,
) -> Result<Option<i64>, sqlx::Error> {
    on!(connection, c => {
        sqlx::query_scalar(
            "SELECT max(turn) + max(at - turn) FROM (
                 SELECT at, row_number() OVER (ORDER BY number) AS turn FROM link WHERE one = $1 AND other = $2) AS turned",
        )
        .bind(one.row.min(other.row))
        .bind(one.row.max(other.row))
        .fetch_one(c)
        .await
    })
}
