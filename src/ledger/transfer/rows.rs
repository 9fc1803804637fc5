//! Lines to rows and back.
//!
//! The rule: pages follow the order in which decisions count, and no row is written twice. Rows never change and none is
//! added below a number already seen, so pages up to one number are of one moment, however long the export takes. Links are not part of it: a no that came through one is
//! the id's own from then on, and a yes that did is left out, since nothing would end it where the link is not known.

use data_encoding::HEXLOWER;
use jiff::Timestamp;

use super::Line;
use crate::ledger::{
    Connection, Database, LedgerError,
    database::{meet, newest, unreadable},
    on,
};

/// How many rows are read at a time.
const PAGE: i64 = 500;

/// The row that a page begins after.
#[derive(Debug)]
pub(super) struct After {
    moment: i64,
    digest: Vec<u8>,
    no: i64,
    generation: i64,
}

impl Default for After {
    fn default() -> Self {
        Self { moment: i64::MIN, digest: Vec::new(), no: 0, generation: 0 }
    }
}

/// Where it stands, and then what it says.
type Row = (
    i64,
    Vec<u8>,
    i64,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    i64,
    Option<i64>,
    String,
    Option<String>,
    Option<Vec<u8>>,
);

impl Database {
    /// The newest number: an export goes up to it.
    pub(super) async fn newest(&self) -> Result<i64, LedgerError> {
        Ok(newest(&mut self.read().await?.connection()).await?.generation)
    }

    /// The next lines, and from where to go on.
    pub(super) async fn page(
        &self,
        group: Option<&str>,
        up_to: i64,
        after: &mut After,
    ) -> Result<Vec<Line>, LedgerError> {
        let rows: Vec<Row> = on!(&mut self.read().await?.connection(), c => {
            sqlx::query_as(
                "SELECT moment, digest, generation, consents, kind, purpose, notice, text_digest, at, expires, source, jurisdiction, maker
                 FROM (SELECT decision.*, subject.digest, via.digest AS maker,
                              CASE WHEN kind IN ('grant', 'lift') THEN 0 ELSE 1 END AS is_no
                       FROM decision JOIN subject ON subject.id = decision.subject
                                     LEFT JOIN subject AS via ON via.id = decision.via) AS told
                 WHERE (maker IS NULL OR is_no = 1) AND moment >= $1 AND (moment, digest, is_no, generation) > ($1, $2, $3, $4)
                   AND generation <= $5 AND ($6 IS NULL OR consents = $6)
                 ORDER BY moment, digest, is_no, generation LIMIT $7",
            )
            .bind(after.moment)
            .bind(after.digest.as_slice())
            .bind(after.no)
            .bind(after.generation)
            .bind(up_to)
            .bind(group)
            .bind(PAGE)
            .fetch_all(c)
            .await
        })?;
        if let Some((moment, digest, generation, _, kind, ..)) = rows.last() {
            let no = i64::from(!matches!(&**kind, "grant" | "lift"));
            *after = After { moment: *moment, digest: digest.clone(), no, generation: *generation };
        }
        Ok(rows.into_iter().map(line).collect::<Result<_, _>>()?)
    }

    /// Whether any ids are one person's.
    pub(super) async fn has_links(&self) -> Result<bool, LedgerError> {
        Ok(on!(&mut self.read().await?.connection(), c => {
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM tie)").fetch_one(c).await
        })?)
    }

    /// Writes those that are not there yet, all of them or none; how many these were.
    pub(super) async fn import(&self, lines: &[Line]) -> Result<u64, LedgerError> {
        let mut work = self.work().await?;
        work.alone().await?;
        let mut added = 0;
        for line in lines {
            added += insert(&mut work.connection(), line).await?;
        }
        work.commit().await?;
        Ok(added)
    }
}

fn line(row: Row) -> Result<Line, sqlx::Error> {
    let (
        stands,
        digest,
        _,
        group,
        kind,
        purpose,
        notice,
        text_digest,
        at,
        expires,
        source,
        jurisdiction,
        maker,
    ) = row;
    let moment = |micros| Timestamp::from_microsecond(micros).map_err(unreadable);
    Ok(Line {
        subject: HEXLOWER.encode(&digest),
        group,
        kind: kind.parse().map_err(|()| unreadable("an unknown kind of decision"))?,
        purpose,
        notice,
        text_digest,
        at: moment(at)?,
        order: Some(moment(stands)?).filter(|_| stands != at),
        expires: expires.map(moment).transpose()?,
        source,
        jurisdiction,
        via: maker.map(|maker| HEXLOWER.encode(&maker)),
    })
}

async fn insert(connection: &mut Connection<'_>, line: &Line) -> Result<u64, sqlx::Error> {
    let digest = line.digest().ok_or_else(|| unreadable("a digest of another length"))?;
    let subject = meet(connection, &digest).await?.row;
    let via = match line.maker() {
        Some(maker) => Some(meet(connection, &maker).await?.row),
        None => None,
    };
    on!(connection, c => {
        sqlx::query(
            "INSERT INTO decision (subject, consents, kind, purpose, notice, text_digest, at, source, expires, jurisdiction, moment, via)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
             WHERE NOT EXISTS (
                 SELECT 1 FROM decision
                 WHERE subject = $1 AND consents = $2 AND kind = $3 AND purpose IS NOT DISTINCT FROM $4
                   AND notice IS NOT DISTINCT FROM $5 AND text_digest IS NOT DISTINCT FROM $6 AND at = $7 AND source = $8
                   AND expires IS NOT DISTINCT FROM $9 AND jurisdiction IS NOT DISTINCT FROM $10)",
        )
        .bind(subject)
        .bind(&line.group)
        .bind(line.kind.as_str())
        .bind(&line.purpose)
        .bind(&line.notice)
        .bind(&line.text_digest)
        .bind(line.at.as_microsecond())
        .bind(&line.source)
        .bind(line.expires.map(Timestamp::as_microsecond))
        .bind(&line.jurisdiction)
        .bind(line.moment().as_microsecond())
        .bind(via)
        .execute(c)
        .await
        .map(|done| done.rows_affected())
    })
}
