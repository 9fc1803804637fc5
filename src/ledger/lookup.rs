//! All that is held of one subject, read with one statement.
//!
//! The rule: what is said of a subject, of the ids linked with theirs, of their decisions and keys, and the numbers that say how new all
//! that is, are of one moment, because one statement sees one moment on either database. It is also one question to a server and one answer,
//! which is all that a person waits for who was not asked about lately. Somebody never seen before gets a reference first, and is
//! asked about again.
//!
//! What would defeat it: a second statement, which another moment could come between; a function in the statement that changes what
//! it reads.

use super::{
    database::{self, Database, Newest, decisions, unreadable},
    links::linked,
    master::{Masters, Owner, Wrapped},
};
use crate::consent::{ConsentKey, Decision, KeptKey, Keys};

/// What is current for a subject among the consents of one group, at one moment.
pub(super) struct State {
    /// What receipts call the subject.
    pub(super) reference: String,
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

/// What a row is about, four numbers, eight words, and a key.
type Row = (
    i64,
    i64,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<Vec<u8>>,
);

/// What a row is about: the numbers that stand in [`ALL`].
const SUBJECT: i64 = 0;
const LINKED: i64 = 1;
const DECISION: i64 = 2;
const KEY: i64 = 3;

/// The subject, then the person's other ids, then the decision that counts for each id and purpose in the order in which they stand in
/// time (of an id's the one that stands last, and of two at one moment the no), then the keys. Nothing where the
/// subject was never seen. The first part says what the columns are. Rows are sought with `IN` and not joined with `person`, because SQLite
/// would read a whole table first to know where it need not look.
const ALL: &str = concat!(
    "
WITH RECURSIVE
    me (id, reference) AS (SELECT id, reference FROM subject WHERE digest = $1),
    person (id) AS (SELECT id FROM me UNION ",
    linked!(),
    ")
SELECT what, number, n1, n2, n3, t1, t2, t3, t4, t5, t6, t7, t8, wrapped FROM (
    SELECT CAST(0 AS bigint) AS what, generation AS number, destroyed AS n1, linked AS n2, erased AS n3, reference AS t1,
           CAST(NULL AS text) AS t2, CAST(NULL AS text) AS t3, CAST(NULL AS text) AS t4, CAST(NULL AS text) AS t5,
           CAST(NULL AS text) AS t6, CAST(NULL AS text) AS t7, CAST(NULL AS text) AS t8, CAST(NULL AS bytea) AS wrapped,
           CAST(NULL AS bigint) AS moment, CAST(NULL AS boolean) AS is_no
    FROM me CROSS JOIN newest
    UNION ALL
    SELECT 1, subject.id, NULL, NULL, NULL, subject.reference, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM subject WHERE subject.id IN (SELECT id FROM person) AND subject.id NOT IN (SELECT id FROM me)
    UNION ALL
    SELECT 2, decision.generation, at, expires, NULL, kind, decision.purpose, notice, text_digest, source, jurisdiction,
           via.reference, CASE WHEN holder.digest <> $1 THEN holder.reference END, NULL, placed.moment, placed.is_no
    FROM (SELECT counting.*, row_number() OVER (PARTITION BY counting.subject, purpose
                                                ORDER BY moment DESC, is_no DESC, generation DESC) AS place
          FROM counting WHERE subject IN (SELECT id FROM person) AND consents = $2) AS placed
         JOIN decision ON decision.generation = placed.generation
         JOIN subject AS holder ON holder.id = decision.subject
         LEFT JOIN subject AS via ON via.id = decision.via
    WHERE place = 1
    UNION ALL
    SELECT 3, number, NULL, NULL, NULL, policy, master, NULL, NULL, NULL, NULL, NULL, NULL, wrapped, NULL, NULL
    FROM subject_key JOIN me ON me.id = subject_key.subject
) AS told ORDER BY what, moment, is_no, number"
);

impl Database {
    /// What is current for a subject, and how new that is; nothing where the subject was never seen.
    pub(super) async fn look_up(
        &self,
        key: &ConsentKey,
        masters: &Masters,
    ) -> Result<Option<State>, sqlx::Error> {
        let mut rows = self.store().ask::<Row>(ALL, &key.subject, &key.group).await?.into_iter();
        let (newest, reference) = match rows.next() {
            None => return Ok(None),
            Some((SUBJECT, generation, Some(destroyed), Some(linked), Some(erased), Some(reference), ..)) => {
                (Newest { generation, destroyed, linked, erased }, reference)
            }
            Some(_) => return Err(unreadable("a subject without a reference")),
        };
        let (mut ids, mut said, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            match row.0 {
                LINKED => ids.extend(row.5),
                DECISION => said.push(decision(row)?),
                KEY => keys.push(kept(row, key, masters)?),
                _ => return Err(unreadable("a row that was not asked for")),
            }
        }
        Ok(Some(State {
            reference,
            number: newest.number(),
            links: newest.links(),
            decisions: decisions(said)?,
            linked: ids,
            keys: keys.into_iter().collect(),
        }))
    }
}

fn decision(row: Row) -> Result<database::Row, sqlx::Error> {
    let (_, generation, at, expires, _, kind, purpose, notice, digest, source, jurisdiction, via, of, _) =
        row;
    let (Some(kind), Some(at), Some(source)) = (kind, at, source) else {
        return Err(unreadable("a decision that lacks something"));
    };
    Ok((kind, purpose, notice, digest, at, source, expires, jurisdiction, generation, via, of))
}

fn kept(row: Row, key: &ConsentKey, masters: &Masters) -> Result<(String, KeptKey), sqlx::Error> {
    let (_, number, _, _, _, Some(policy), Some(master), .., Some(bytes)) = row else {
        return Err(unreadable("a key that lacks something"));
    };
    let owner = Owner { subject: &key.subject, policy: &policy };
    let key = masters.unwrap(owner, &Wrapped { master, bytes });
    Ok((policy, KeptKey { number, key }))
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, ConnectOptions as _, sqlite::SqliteConnectOptions};

    use super::*;
    use crate::ledger::{Ledger, home::Home};

    /// So many others that reading all of them would be seen.
    const OTHERS: &str = "
        WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 20000)
        INSERT INTO subject (digest, reference) SELECT randomblob(32), lower(hex(randomblob(16))) FROM more;
        INSERT INTO decision (subject, consents, kind, purpose, at, source)
        SELECT id, 'shop', 'grant', 'extras', 1764000000000000, 'test' FROM subject;
        INSERT INTO link (one, other, kind, proof, at, source)
        SELECT id, id + 1, 'link', 'operator', 1764000000000000, 'test' FROM subject WHERE id % 2 = 1 AND id < 10000;";

    #[tokio::test]
    async fn a_person_is_found_by_indexes_alone_however_many_others_there_are() {
        let home = Home::sqlite();
        drop(Ledger::open(&home.settings).await.unwrap());
        let mut file = SqliteConnectOptions::new().filename(&home.settings.path).connect().await.unwrap();
        sqlx::raw_sql(OTHERS).execute(&mut file).await.unwrap();
        for analysed in [false, true] {
            if analysed {
                sqlx::raw_sql("ANALYZE").execute(&mut file).await.unwrap();
            }
            let asked = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {ALL}"));
            let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(asked)
                .bind([0; 32].as_slice())
                .bind("shop")
                .fetch_all(&mut file)
                .await
                .unwrap();
            for (.., step) in &plan {
                let reads_all = ["SCAN link", "SCAN decision", "SCAN subject", "SCAN later", "BLOOM FILTER"];
                assert!(!reads_all.iter().any(|all| step.starts_with(all)), "{analysed}: {plan:#?}");
            }
            assert!(plan.len() > 10);
        }
    }
}
