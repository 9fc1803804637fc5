//! All that the ledger knows of one person, for that person.
//!
//! The rule: everything under all linked ids, read at one moment. What would defeat it: a table that names a person and is not
//! looked through here. Keys of pseudonyms are named and never shown: their only use is with what the bot holds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::timeout;

use super::{
    DEADLINE, Ledger, LedgerError, Link, RightsRequest,
    database::{Database, find, history, unreadable},
    links::{links, members},
    requests::requests_of,
    sealed::Seal,
    store::{Connection, on},
};
use crate::{consent::Decision, subject::Subject};

/// All that the ledger knows of one person.
#[derive(Clone, Default, Serialize)]
pub struct Dossier {
    /// What is held under each of their ids; the one that was asked about comes first.
    pub ids: Vec<Held>,
    /// The links that make one person's of these ids.
    pub links: Vec<Link>,
    /// What they asked for, newest first.
    pub requests: Vec<RightsRequest>,
    /// Whether their decisions are kept by an outside service instead, and not here.
    pub decisions_kept_outside: bool,
}

/// What is held under one id.
#[derive(Clone, Serialize)]
pub struct Held {
    /// What receipts call it.
    pub reference: String,
    /// Every decision, oldest first, by the group of policies that share consents.
    pub decisions: BTreeMap<String, Vec<Decision>>,
    /// The keys that the id's pseudonyms are made with.
    pub pseudonym_keys: Vec<KeyMade>,
}

/// A key of somebody's pseudonyms.
#[derive(Clone, Serialize)]
pub struct KeyMade {
    /// Under which policy.
    pub policy: String,
    /// When it was made.
    pub at: Timestamp,
}

impl Ledger {
    /// All that is known of a subject under this and all linked ids.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer.
    pub async fn dossier(&self, subject: &Subject) -> Result<Dossier, LedgerError> {
        let seal = self.0.request_seal()?;
        let digest = self.0.key.subject(subject);
        let dossier = timeout(2 * DEADLINE, self.0.database.dossier(&digest, &seal)).await??;
        Ok(Dossier { decisions_kept_outside: self.0.keeper().is_some(), ..dossier })
    }
}

impl Database {
    async fn dossier(&self, digest: &[u8; 32], seal: &Seal) -> Result<Dossier, sqlx::Error> {
        let mut session = self.read().await?;
        let mut connection = session.connection();
        let Some(known) = find(&mut connection, digest).await? else { return Ok(Dossier::default()) };
        let mut ids = Vec::new();
        for id in members(&mut connection, known.row).await? {
            let held = held(&mut connection, id.row, id.reference).await?;
            ids.insert(if id.row == known.row { 0 } else { ids.len() }, held);
        }
        Ok(Dossier {
            ids,
            links: links(&mut connection, known.row).await?,
            requests: requests_of(&mut connection, known.row, seal).await?,
            decisions_kept_outside: false,
        })
    }
}

async fn held(connection: &mut Connection<'_>, row: i64, reference: String) -> Result<Held, sqlx::Error> {
    let mut decisions = BTreeMap::new();
    for group in groups(connection, row).await? {
        let history = history(connection, row, &group).await?;
        decisions.insert(group, history);
    }
    Ok(Held { reference, decisions, pseudonym_keys: keys_made(connection, row).await? })
}

async fn groups(connection: &mut Connection<'_>, row: i64) -> Result<Vec<String>, sqlx::Error> {
    on!(connection, c => {
        sqlx::query_scalar("SELECT DISTINCT consents FROM decision WHERE subject = $1").bind(row).fetch_all(c).await
    })
}

async fn keys_made(connection: &mut Connection<'_>, row: i64) -> Result<Vec<KeyMade>, sqlx::Error> {
    let rows: Vec<(String, i64)> = on!(connection, c => {
        sqlx::query_as("SELECT policy, at FROM subject_key WHERE subject = $1 ORDER BY policy")
            .bind(row)
            .fetch_all(c)
            .await
    })?;
    let made =
        |(policy, at)| Ok(KeyMade { policy, at: Timestamp::from_microsecond(at).map_err(unreadable)? });
    rows.into_iter().map(made).collect()
}
