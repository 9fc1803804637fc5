//! The newest numbers, and for whom something changed since.
//!
//! The rule: a number once given is never given again, and what is newest never falls, whatever is deleted. What would defeat it:
//! taking it from the rows that are still there; so `migrations/` counts otherwise.

use super::store::{Connection, on};

/// The newest numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Newest {
    /// Of decisions.
    pub(super) generation: i64,
    /// Of destroyed keys.
    pub(super) destroyed: i64,
    /// Of links, made and undone.
    pub(super) linked: i64,
    /// Of erasures.
    pub(super) erased: i64,
}

impl Newest {
    /// How much has changed: rises with every change of any kind.
    pub(super) fn number(self) -> u64 {
        let others = self.linked.saturating_add(self.erased);
        let sum = self.generation.saturating_add(self.destroyed).saturating_add(others);
        u64::try_from(sum).unwrap_or_default()
    }

    /// How many links were made and undone.
    pub(super) fn links(self) -> u64 {
        u64::try_from(self.linked).unwrap_or_default()
    }
}

pub(super) async fn newest(connection: &mut Connection<'_>) -> Result<Newest, sqlx::Error> {
    let (generation, destroyed, linked, erased) = on!(connection, c => {
        sqlx::query_as("SELECT generation, destroyed, linked, erased FROM newest").fetch_one(c).await
    })?;
    Ok(Newest { generation, destroyed, linked, erased })
}

/// For whom something was decided after one number and up to another: the subject, the group, and the last of these numbers. What
/// was imported for one id is written for that one alone and concerns all that are linked with it.
pub(super) async fn changed(
    connection: &mut Connection<'_>,
    after: i64,
    up_to: i64,
) -> Result<Vec<(Vec<u8>, String, i64)>, sqlx::Error> {
    on!(connection, c => {
        sqlx::query_as(
            "WITH RECURSIVE reached (id, consents, generation) AS (
                 SELECT subject, consents, generation FROM decision WHERE generation > $1 AND generation <= $2
                 UNION SELECT CASE WHEN link.one = reached.id THEN link.other ELSE link.one END,
                              reached.consents, reached.generation
                       FROM reached JOIN link ON link.one = reached.id OR link.other = reached.id
                       WHERE link.kind = 'link' AND NOT EXISTS (SELECT 1 FROM link AS later
                           WHERE later.one = link.one AND later.other = link.other AND later.number > link.number))
             SELECT subject.digest, consents, max(generation) FROM reached JOIN subject ON subject.id = reached.id
             GROUP BY subject.digest, consents",
        )
        .bind(after)
        .bind(up_to)
        .fetch_all(c)
        .await
    })
}
