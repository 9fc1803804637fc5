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
mod error;
mod key;
mod key_file;
mod keyed;
mod master;
mod settings;
mod store;
mod subject_keys;
mod watch;
mod writable;

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use self::{
    cache::Cache,
    database::Known,
    key::LedgerKey,
    master::Masters,
    store::Store,
    watch::{Freshness, Watch},
};
pub use self::{
    channel::{Channel, open_existing_for_cli, open_for_cli},
    control::{Call, Control, ControlSocket, Outcome, serve_control},
    error::LedgerError,
    master::MasterSource,
    settings::LedgerSettings,
    store::PostgresSettings,
    subject_keys::Rewrapped,
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
        Ok(Self(Arc::new(Rooms { key, masters, database, cache, freshness, _watch: watch })))
    }

    /// What a subject agreed to, among the consents of one group of policies. A subject never seen before gets its
    /// reference now.
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

    /// Writes a decision down. When this returns, the decision is durable and older consents of this subject no longer count as
    /// current. Dropping the call does not undo it.
    ///
    /// # Errors
    /// [`LedgerError::Purpose`] or [`LedgerError::Expires`] when these don't fit its kind; [`LedgerError::Unreachable`] when it is not known to
    /// be written (it may yet turn out to have been).
    pub async fn decide(
        &self,
        subject: &Subject,
        group: &str,
        new: NewDecision,
    ) -> Result<Decision, LedgerError> {
        if new.kind.needs_purpose() != new.purpose.is_some() {
            return Err(LedgerError::Purpose(new.kind));
        }
        if new.expires.is_some() && new.kind != DecisionKind::Grant {
            return Err(LedgerError::Expires(new.kind));
        }
        let (rooms, key) = (Arc::clone(&self.0), self.key(subject, group));
        // On a task of its own, so that a caller who gives up can't come between the commit and the cache.
        let work = tokio::spawn(async move {
            let decided = rooms.database.decide(&key.subject, &key.group, new).await;
            rooms.cache.overtake(&key); // also after an error: it may have been written
            decided
        });
        timeout(DEADLINE, work)
            .await?
            .unwrap_or_else(|broken| Err(LedgerError::Unreachable(broken.to_string())))
    }

    /// Every decision of a subject among the consents of one group, oldest first.
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
        let number = self.0.database.newest().await?.number(); // before the state
        let newest = self.0.database.decisions(&known, &key.group).await?;
        let keys = self.0.database.keys(&known, &key.subject, &self.0.masters).await?;
        let mut consent = Consent {
            reference: Some(known.reference),
            reading: Some(Reading { key, epoch, number }),
            keys,
            ..Consent::default()
        };
        for decision in newest {
            consent.generation = consent.generation.max(decision.generation);
            match decision.purpose.clone() {
                Some(purpose) => drop(consent.decisions.insert(purpose, decision)),
                None => consent.restricted = decision.kind == DecisionKind::Restrict,
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
mod tests {
    use std::{sync::atomic::AtomicU64, sync::atomic::Ordering::SeqCst, time::Duration};

    use super::*;
    use crate::{quantity::Span, subject::Standing};

    async fn ledger() -> (Ledger, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let settings = LedgerSettings::at(folder.path().join("a.db"));
        (Ledger::open(&settings).await.unwrap(), folder)
    }

    fn ada() -> Subject {
        Subject::new("login", "ada", Standing::Proven)
    }

    fn new(kind: DecisionKind) -> NewDecision {
        let purpose = kind.needs_purpose().then(|| "personalisation".to_owned());
        NewDecision {
            kind,
            purpose,
            notice: None,
            text_digest: None,
            source: "test".to_owned(),
            expires: None,
            jurisdiction: None,
        }
    }

    #[tokio::test]
    async fn a_read_that_a_withdrawal_overtook_is_read_again() {
        let (ledger, _folder) = ledger().await;
        ledger.decide(&ada(), "shop", new(DecisionKind::Grant)).await.unwrap();
        let key = ledger.key(&ada(), "shop");
        let known = ledger.0.database.meet(&key.subject).await.unwrap();
        let old_yes = ledger.read(key, known).await.unwrap(); // a fill begins …
        ledger.decide(&ada(), "shop", new(DecisionKind::Withdraw)).await.unwrap();
        assert!(!ledger.is_current(&old_yes));
        assert_eq!(ledger.0.cache.admit(old_yes), None); // … and comes too late
        let now = ledger.consent(&ada(), "shop").await.unwrap();
        assert_eq!(now.decisions["personalisation"].kind, DecisionKind::Withdraw);
    }

    #[tokio::test]
    async fn nothing_is_current_once_other_processes_can_not_be_seen() {
        let folder = tempfile::tempdir().unwrap();
        let settings = LedgerSettings {
            poll: Some(Span(Duration::from_millis(20))),
            stale_after: Span::seconds(1),
            ..LedgerSettings::at(folder.path().join("a.db"))
        };
        let ledger = Ledger::open(&settings).await.unwrap();
        let consent = ledger.consent(&ada(), "shop").await.unwrap();
        tokio::time::sleep(Duration::from_millis(1_300)).await;
        assert!(ledger.is_current(&consent), "the polls keep it fresh");
        ledger.0._watch.stop();
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert!(!ledger.is_current(&consent) && !ledger.is_readable());
        assert!(matches!(ledger.consent(&ada(), "shop").await, Err(LedgerError::Unreachable(_))));
        assert!(ledger.is_current(&Consent::default()), "nobody has nothing to take back");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_no_is_never_followed_by_an_older_yes() {
        let (ledger, _folder) = ledger().await;
        let acknowledged = Arc::new(AtomicU64::new(0));
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let (ledger, acknowledged) = (ledger.clone(), Arc::clone(&acknowledged));
                tokio::spawn(async move {
                    while acknowledged.load(SeqCst) < 200 {
                        let least = acknowledged.load(SeqCst);
                        let consent = ledger.consent(&ada(), "shop").await.unwrap();
                        assert!(consent.generation >= least, "an old yes came back");
                        let before = acknowledged.load(SeqCst);
                        assert!(!ledger.is_current(&consent) || consent.generation >= before);
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        for turn in 0..200 {
            let kind = if turn % 2 == 0 { DecisionKind::Grant } else { DecisionKind::Withdraw };
            let decision = ledger.decide(&ada(), "shop", new(kind)).await.unwrap();
            acknowledged.store(decision.generation, SeqCst);
        }
        for reader in readers {
            reader.await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_caller_who_gives_up_does_not_come_between_commit_and_cache() {
        let (ledger, _folder) = ledger().await;
        ledger.decide(&ada(), "shop", new(DecisionKind::Grant)).await.unwrap();
        let yes = ledger.consent(&ada(), "shop").await.unwrap();
        let (ada, withdraw) = (ada(), new(DecisionKind::Withdraw));
        let impatient = ledger.decide(&ada, "shop", withdraw);
        let _ = timeout(Duration::ZERO, impatient).await;
        while ledger.history(&ada, "shop").await.unwrap().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!ledger.is_current(&yes));
    }

    #[tokio::test]
    async fn looking_stops_when_the_ledger_is_dropped() {
        let (ledger, _folder) = ledger().await;
        let cache = Arc::downgrade(&ledger.0.cache);
        drop(ledger);
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(cache.upgrade().is_none());
    }
}
