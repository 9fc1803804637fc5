//! An erasure in the database, step by step. `migrations/` allows these steps for rows that stand in `erasing`, and no others.

use aws_lc_rs::rand;
use jiff::Timestamp;

use super::Erased;
use crate::ledger::{
    LedgerError,
    database::{Database, Known, meet, unreadable, whole_micros},
    key_file::random_name,
    links::{Member, members, person},
    outbox::{self, Lane, Telling},
    store::{Connection, on},
    subject_keys::destroy,
};

/// A no that counts for a person. Its group, kind, purpose, notice and text, when it was made, who wrote it down, under which law, and
/// where it stands in time.
type No = (String, String, Option<String>, Option<String>, Option<String>, i64, String, Option<String>, i64);

impl Database {
    /// Erases the person that this id is one of.
    pub(super) async fn erase(
        &self,
        digest: &[u8; 32],
        source: &str,
        telling: Option<&Telling>,
    ) -> Result<Erased, LedgerError> {
        let at = whole_micros(Timestamp::now())?;
        let mut work = self.work().await?;
        work.alone().await?; // before anything is looked for
        let mut connection = work.connection();
        let subject = meet(&mut connection, digest).await?;
        let ids = members(&mut connection, subject.row).await?;
        let noes = noes(&mut connection, subject.row).await?;
        let mut erased = Erased {
            at,
            ids: ids.len() as u64,
            decisions: 0,
            noes_kept: noes.len() as u64,
            keys: 0,
            requests: 0,
            overwritten: false,
            kept_outside: false,
        };
        for id in &ids {
            let known = Known { row: id.row, reference: id.reference.clone(), erased_at: None };
            begin(&mut connection, id.row).await?;
            erased.keys += destroy(&mut connection, &known, None, source).await?.len() as u64;
            erased.decisions += delete_decisions(&mut connection, id.row).await?;
            erased.requests += empty_requests(&mut connection, id.row, at).await?;
            part(&mut connection, id.row, at, source).await?;
        }
        for id in &ids {
            let row = begin_anew(&mut connection, id, at).await?;
            for no in &noes {
                carry(&mut connection, row, no).await?;
            }
            note_request(&mut connection, row, at, source).await?;
        }
        if let Some(telling) = telling {
            let lane = Lane { digest, linked: ids.len().saturating_sub(1) };
            outbox::erased(&mut connection, telling, lane, at).await?;
        }
        note(&mut connection, at, source).await?;
        end(&mut connection).await?;
        work.commit().await?;
        Ok(erased)
    }
}

/// The noes that count for a person, as `person.rs` has it: for each purpose a no of any id, of several the newest.
async fn noes(connection: &mut Connection<'_>, row: i64) -> Result<Vec<No>, sqlx::Error> {
    on!(connection, c => {
        sqlx::query_as(concat!(
            person!(),
            "SELECT consents, kind, purpose, notice, text_digest, at, source, jurisdiction, moment
             FROM (SELECT decision.*, row_number() OVER (PARTITION BY decision.consents, decision.purpose
                                                         ORDER BY decision.moment DESC, decision.generation DESC) AS newest
                   FROM (SELECT counting.generation, is_no,
                                row_number() OVER (PARTITION BY counting.subject, consents, purpose
                                                   ORDER BY moment DESC, is_no DESC, counting.generation DESC) AS place
                         FROM counting JOIN person ON person.id = counting.subject) AS placed
                        JOIN decision ON decision.generation = placed.generation
                   WHERE place = 1 AND is_no) AS noes
             WHERE newest = 1 ORDER BY generation",
        ))
        .bind(row)
        .fetch_all(c)
        .await
    })
}

async fn begin(connection: &mut Connection<'_>, row: i64) -> Result<(), sqlx::Error> {
    on!(connection, c => {
        sqlx::query("INSERT INTO erasing (subject) VALUES ($1)").bind(row).execute(c).await.map(drop)
    })
}

async fn end(connection: &mut Connection<'_>) -> Result<(), sqlx::Error> {
    on!(connection, c => sqlx::query("DELETE FROM erasing").execute(c).await.map(drop))
}

async fn delete_decisions(connection: &mut Connection<'_>, row: i64) -> Result<u64, sqlx::Error> {
    on!(connection, c => {
        sqlx::query("DELETE FROM decision WHERE subject = $1")
            .bind(row)
            .execute(c)
            .await
            .map(|done| done.rows_affected())
    })
}

/// Closes the requests that are open, and deletes what was written. How many were open.
async fn empty_requests(
    connection: &mut Connection<'_>,
    row: i64,
    at: Timestamp,
) -> Result<u64, sqlx::Error> {
    on!(connection, c => {
        let closed = sqlx::query("UPDATE request SET done_at = $1 WHERE subject = $2 AND done_at IS NULL")
            .bind(at.as_microsecond())
            .bind(row)
            .execute(&mut *c)
            .await?
            .rows_affected();
        sqlx::query("UPDATE request SET words = NULL, how = NULL WHERE subject = $1")
            .bind(row)
            .execute(c)
            .await
            .map(|_| closed)
    })
}

/// Undoes the links that hold, and forgets on whose word any was made. Nothing is left that would have to stop counting.
async fn part(
    connection: &mut Connection<'_>,
    row: i64,
    at: Timestamp,
    source: &str,
) -> Result<(), sqlx::Error> {
    on!(connection, c => {
        sqlx::query(
            "INSERT INTO link (one, other, kind, at, source)
             SELECT least_row, greatest_row, 'unlink', $2, $3
             FROM (SELECT CASE WHEN one < other THEN one ELSE other END AS least_row,
                          CASE WHEN one < other THEN other ELSE one END AS greatest_row
                   FROM tie WHERE one = $1) AS tied",
        )
        .bind(row)
        .bind(at.as_microsecond())
        .bind(source)
        .execute(&mut *c)
        .await?;
        sqlx::query("UPDATE link SET by_whom = NULL WHERE (one = $1 OR other = $1) AND by_whom IS NOT NULL")
            .bind(row)
            .execute(c)
            .await
            .map(drop)
    })
}

/// Leaves the old row to nobody, and gives the id a new one.
async fn begin_anew(connection: &mut Connection<'_>, id: &Member, at: Timestamp) -> Result<i64, sqlx::Error> {
    let mut nobody = [0; 32];
    rand::fill(&mut nobody).map_err(|_| unreadable("no random numbers"))?;
    on!(connection, c => {
        sqlx::query("UPDATE subject SET digest = $1, reference = $2, erased_at = NULL WHERE id = $3")
            .bind(nobody.as_slice())
            .bind(random_name()?)
            .bind(id.row)
            .execute(&mut *c)
            .await?;
        sqlx::query_scalar("INSERT INTO subject (digest, reference, erased_at) VALUES ($1, $2, $3) RETURNING id")
            .bind(id.digest.as_slice())
            .bind(random_name()?)
            .bind(at.as_microsecond())
            .fetch_one(c)
            .await
    })
}

/// Writes a no down for the id's new row, where it stood in time.
async fn carry(connection: &mut Connection<'_>, row: i64, no: &No) -> Result<(), sqlx::Error> {
    let (group, kind, purpose, notice, text_digest, at, source, jurisdiction, moment) = no;
    on!(connection, c => {
        sqlx::query(
            "INSERT INTO decision (subject, consents, kind, purpose, notice, text_digest, at, source, jurisdiction, moment)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(row)
        .bind(group)
        .bind(kind)
        .bind(purpose)
        .bind(notice)
        .bind(text_digest)
        .bind(at)
        .bind(source)
        .bind(jurisdiction)
        .bind(moment)
        .execute(c)
        .await
        .map(drop)
    })
}

/// What the person can see of it afterwards: that they asked, and that it was done.
async fn note_request(
    connection: &mut Connection<'_>,
    row: i64,
    at: Timestamp,
    source: &str,
) -> Result<(), sqlx::Error> {
    on!(connection, c => {
        sqlx::query("INSERT INTO request (subject, kind, at, due, source, done_at) VALUES ($1, 'erasure', $2, $2, $3, $2)")
            .bind(row)
            .bind(at.as_microsecond())
            .bind(source)
            .execute(c)
            .await
            .map(drop)
    })
}

/// The number that other nodes see.
async fn note(connection: &mut Connection<'_>, at: Timestamp, source: &str) -> Result<(), sqlx::Error> {
    on!(connection, c => {
        sqlx::query("INSERT INTO erasure (at, source) VALUES ($1, $2)")
            .bind(at.as_microsecond())
            .bind(source)
            .execute(c)
            .await
            .map(drop)
    })
}
