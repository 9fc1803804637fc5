//! Where decisions are kept: an append-only history in SQLite or PostgreSQL, read through a cache that a no overtakes.
//!
//! The rule: a decision is acknowledged only after it is durable *and* nothing read before it counts as current any more
//! (`ledger/cache.rs` says how); another process's decision is obeyed within [`LedgerSettings::stale_after`], or nothing is
//! (`ledger/watch.rs`). When the database does not answer, there is no consent: callers refuse. Subjects are stored as
//! a keyed hash (`ledger/key.rs`), so the database alone names nobody.
//!
//! What would defeat it: asking [`Ledger::is_current`] earlier than just before the first byte, or not asking for a
//! message that waited; forwarding on an error.

mod cache;
mod channel;
mod control;
mod database;
mod deciding;
mod error;
mod key;
mod key_file;
mod keyed;
mod linked;
mod links;
mod master;
mod people;
mod person;
pub mod retention;
mod settings;
mod store;
mod subject_keys;
mod superseded;
mod texts;
mod watch;
mod writable;

use std::{fmt, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::{sync::watch as watch_channel, time::timeout};

use self::{
    cache::Cache,
    database::{Known, State},
    key::LedgerKey,
    master::Masters,
    store::Store,
    watch::{Freshness, Watch},
};
pub use self::{
    channel::{Channel, open_existing_for_cli, open_for_cli},
    control::{Call, Control, ControlSocket, Outcome, serve_control},
    error::LedgerError,
    links::{Joined, Link, NewLink, Parted, Proof},
    master::MasterSource,
    people::{Opted, Yes},
    settings::LedgerSettings,
    store::PostgresSettings,
    subject_keys::Rewrapped,
    texts::Texts,
};
pub(crate) use self::{
    database::{DEADLINE, Database},
    store::{Connection, on},
    writable::can_write,
};
use crate::{
    consent::{Consent, ConsentKey, Decision, DecisionKind, Reading},
    subject::Subject,
};

/// An open ledger; clones share it.
#[derive(Clone)]
pub struct Ledger(Arc<Rooms>);

struct Rooms {
    key: LedgerKey,
    masters: Masters,
    database: Arc<Database>,
    cache: Arc<Cache>,
    freshness: Arc<Freshness>,
    texts: ArcSwap<Texts>,
    kept: watch_channel::Sender<Option<Duration>>,
    _watch: Watch,
}

/// What a ledger is opened for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Exchanges: everything they could need must be there.
    Serve,
    /// Decisions: nobody's no has to wait for a master key.
    Decide,
}

/// A decision to be written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDecision {
    /// What was decided.
    pub kind: DecisionKind,
    /// The purpose decided on; none for a restriction and its end.
    pub purpose: Option<String>,
    /// The notice the person saw.
    pub notice: Option<String>,
    /// SHA-256 of the text the person saw, in lower-case hexadecimal.
    pub text_digest: Option<String>,
    /// Who writes it down: `cli`, `desk`, `import` …
    pub source: String,
    /// When a yes ends by itself; for a yes only.
    #[serde(default)]
    pub expires: Option<Timestamp>,
    /// Under the law of which place.
    #[serde(default)]
    pub jurisdiction: Option<String>,
}

impl Ledger {
    /// Opens the ledger; its file and key are made where there are none. Needs a Tokio runtime.
    ///
    /// # Errors
    /// When a file can't be used as it is; the text says what to do about it.
    pub async fn open(settings: &LedgerSettings) -> Result<Self, LedgerError> {
        Self::open_for(settings, Use::Serve).await
    }

    /// As [`Self::open`], and makes nothing where there is no database. Enough for decisions: a master key that is not
    /// at hand is missed only once it is needed.
    ///
    /// # Errors
    /// [`LedgerError::Missing`], or as there.
    pub async fn open_existing(settings: &LedgerSettings) -> Result<Self, LedgerError> {
        match Store::exists(settings).await? {
            false => Err(LedgerError::Missing(settings.place())),
            true => Self::open_for(settings, Use::Decide).await,
        }
    }

    async fn open_for(settings: &LedgerSettings, purpose: Use) -> Result<Self, LedgerError> {
        let pace = settings.pace()?;
        let database = Arc::new(Database::open(settings).await?);
        let key = timeout(DEADLINE, database.bind_key(&settings.key_path())).await??;
        let masters = timeout(DEADLINE, masters(&database, settings, purpose)).await??;
        let cache = Arc::new(Cache::new(settings.cache));
        let (watch, freshness) =
            timeout(DEADLINE, Watch::start(Arc::clone(&database), Arc::clone(&cache), pace)).await??;
        Ok(Self(Arc::new(Rooms {
            key,
            masters,
            database,
            cache,
            freshness,
            texts: ArcSwap::default(),
            kept: watch_channel::Sender::new(None),
            _watch: watch,
        })))
    }

    /// What a subject agreed to, with all ids that are linked with theirs (`ledger/person.rs` says how), among the consents of
    /// one group of policies. A subject never seen before gets its reference now.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the answer could be out of date, or none came in time.
    pub async fn consent(&self, subject: &Subject, group: &str) -> Result<Arc<Consent>, LedgerError> {
        if !self.0.freshness.is_fresh() {
            return Err(LedgerError::Unreachable("other processes' decisions can't be seen".to_owned()));
        }
        let key = self.key(subject, group);
        match self.0.cache.get(&key) {
            Some(consent) => Ok(consent),
            // Boxed, because what is seldom needed would make every exchange larger, which is moved as a whole.
            None => timeout(DEADLINE, Box::pin(self.fill(key))).await?,
        }
    }

    /// Whether a consent still holds: ask just before the first byte goes out. Cheap, and false whenever in doubt;
    /// then fetch the consent again and decide anew. [`Consent::default`], which stands for nobody identified, always
    /// holds.
    pub fn is_current(&self, consent: &Consent) -> bool {
        consent.reading.is_none() || self.0.freshness.is_fresh() && self.0.cache.is_current(consent)
    }

    /// Every decision of a subject, and none of the ids linked with it but what these decided for all, among the consents of one
    /// group, oldest first.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer.
    pub async fn history(&self, subject: &Subject, group: &str) -> Result<Vec<Decision>, LedgerError> {
        let read = async {
            match self.0.database.find(&self.0.key.subject(subject)).await? {
                Some(known) => self.0.database.history(&known, group).await,
                None => Ok(Vec::new()),
            }
        };
        Ok(timeout(DEADLINE, read).await??)
    }

    /// What a subject agreed to, straight from the database and without giving a reference to one never seen.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer.
    pub async fn show(&self, subject: &Subject, group: &str) -> Result<Option<Consent>, LedgerError> {
        let key = self.key(subject, group);
        let read = async {
            match self.0.database.find(&key.subject).await? {
                Some(known) => self.read(key, known).await.map(Some),
                None => Ok(None),
            }
        };
        timeout(DEADLINE, read).await?
    }

    /// What people are shown from now on: a yes to another text is refused.
    pub fn shows(&self, texts: Texts) {
        self.0.texts.store(Arc::new(texts));
    }

    /// Whether the database answered within [`LedgerSettings::stale_after`].
    pub fn is_readable(&self) -> bool {
        self.0.freshness.is_fresh()
    }

    /// A key for a use of its own, made from the ledger's key: the label says which use, the context whose.
    pub fn derive_key(&self, label: &str, context: &[&[u8]]) -> [u8; 32] {
        self.0.key.derive(label, context)
    }

    /// The database, for receipts, which are kept in the same place.
    pub(crate) fn database(&self) -> Arc<Database> {
        Arc::clone(&self.0.database)
    }

    fn key(&self, subject: &Subject, group: &str) -> ConsentKey {
        ConsentKey { subject: self.0.key.subject(subject), group: group.into() }
    }

    /// Reads until nothing overtakes the reading.
    async fn fill(&self, key: ConsentKey) -> Result<Arc<Consent>, LedgerError> {
        loop {
            let known = self.0.database.meet(&key.subject).await?;
            let read = self.read(key.clone(), known).await?;
            if let Some(consent) = self.0.cache.admit(read) {
                return Ok(consent);
            }
        }
    }

    async fn read(&self, key: ConsentKey, known: Known) -> Result<Consent, LedgerError> {
        let epoch = self.0.cache.epoch(); // before the database
        let State { number, links, decisions, linked, keys } =
            self.0.database.state(&known, &key, &self.0.masters).await?;
        let mut consent = Consent {
            reference: Some(known.reference),
            reading: Some(Reading { key, epoch, number, links }),
            linked,
            keys,
            ..Consent::default()
        };
        consent.generation = decisions.iter().map(|decision| decision.generation).max().unwrap_or_default();
        for decision in person::together(decisions) {
            match decision.purpose.clone() {
                Some(purpose) => drop(consent.decisions.insert(purpose, decision)),
                None => {
                    consent.restricted = decision.kind == DecisionKind::Restrict;
                    consent.restriction_moved = Some(decision.at);
                }
            }
        }
        Ok(consent)
    }
}

async fn masters(
    database: &Database,
    settings: &LedgerSettings,
    purpose: Use,
) -> Result<Masters, LedgerError> {
    let (current, serve) = (settings.master_key(), purpose == Use::Serve);
    let may_make = serve && !database.has_keys().await?;
    match Masters::open(&current, &settings.old_master_keys, may_make) {
        Err(missed) if !serve => Ok(Masters::none(&missed)),
        masters => masters,
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "../tests/ledger/cluster.rs"]
mod cluster;

#[cfg(test)]
#[path = "../tests/ledger/home.rs"]
pub(crate) mod home;

#[cfg(test)]
use crate::quantity::Span;

#[cfg(test)]
mod tests;
