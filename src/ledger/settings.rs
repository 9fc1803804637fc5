//! What an operator may say about the ledger.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    LedgerError,
    key::LedgerKey,
    master::MasterSource,
    service::{Role, ServiceSettings},
    store::{PostgresSettings, UrlOrSettings, url_or_settings},
    watch::Pace,
    writable::can_write,
};
use crate::quantity::Span;

/// Where decisions are kept, and how closely other processes are watched.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerSettings {
    /// The database file; made if missing. With `postgres` there is none, and this is only how the names of the files
    /// begin that stay on this machine: keys, the control socket, its lock.
    pub path: PathBuf,
    /// A PostgreSQL server that keeps the ledger instead, for one node or many: a URL, or settings.
    #[serde(deserialize_with = "url_or_settings")]
    #[schemars(with = "Option<UrlOrSettings>")]
    pub postgres: Option<PostgresSettings>,
    /// A service of one's own that keeps the decisions instead. The database stays for keys and receipts.
    pub http: Option<ServiceSettings>,
    /// A service that may only say no: a purpose is allowed if the decisions here allow it and the service has no no.
    pub veto: Option<ServiceSettings>,
    /// The file with the 32 bytes that subjects are hashed under; made if missing. By default beside the database,
    /// with `.key` at the end of its name. All nodes of one ledger need the same.
    pub key: Option<PathBuf>,
    /// The key that wraps the keys of people's pseudonyms. Its file is made if missing, while it has wrapped none. By default
    /// a file beside the database, with `.master` at the end of its name.
    pub master_key: Option<MasterSource>,
    /// Master keys from before, which still open what they wrapped. `assentry keys rewrap` wraps everything by the current one;
    /// then they can be left out.
    pub old_master_keys: Vec<MasterSource>,
    /// How often to look whether another process has written [default: 100ms; 1s with `postgres`].
    pub poll: Option<Span>,
    /// How long another process's decision may go unseen. When the newest look at the database that succeeded began longer ago
    /// than this, nothing is forwarded for anybody the ledger could know. At least twice `poll`.
    pub stale_after: Span,
    /// How many subjects' consents to keep in memory.
    pub cache: u64,
}

impl LedgerSettings {
    /// The settings for a ledger at this place, all else as it is by default.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// Whether the ledger could be opened or made; makes nothing.
    ///
    /// # Errors
    /// When a file can't be used as it is; the text says what to do about it.
    pub fn check(&self) -> Result<(), LedgerError> {
        self.pace()?;
        if let Some((service, _)) = self.service()? {
            service.check()?;
        }
        let key = self.key_path();
        match &self.postgres {
            None => can_write(&self.path).map_err(LedgerError::unwritable(&self.path))?,
            Some(server) => drop(server.options()?),
        }
        can_write(&key).map_err(LedgerError::unwritable(&key))?;
        if key.exists() {
            LedgerKey::open(&key)?;
        }
        match self.master_key() {
            MasterSource::File(path) if !path.exists() => {
                can_write(&path).map_err(LedgerError::unwritable(&path))?;
            }
            master => master.check()?,
        }
        self.old_master_keys.iter().try_for_each(MasterSource::check)
    }

    /// The first of these keys in which two settings differ.
    pub fn differs(&self, other: &Self) -> Option<&'static str> {
        let Self { path, postgres, http, veto, key, master_key, old_master_keys, poll, stale_after, cache } =
            self;
        let differences = [
            ("path", *path != other.path),
            ("postgres", *postgres != other.postgres),
            ("http", *http != other.http),
            ("veto", *veto != other.veto),
            ("key", *key != other.key),
            ("master_key", *master_key != other.master_key),
            ("old_master_keys", *old_master_keys != other.old_master_keys),
            ("poll", *poll != other.poll),
            ("stale_after", *stale_after != other.stale_after),
            ("cache", *cache != other.cache),
        ];
        differences.into_iter().find(|(_, differ)| *differ).map(|(key, _)| key)
    }

    /// The outside service, and what it is for.
    pub(super) fn service(&self) -> Result<Option<(&ServiceSettings, Role)>, LedgerError> {
        match (&self.http, &self.veto) {
            (None, None) => Ok(None),
            (Some(keeps), None) => Ok(Some((keeps, Role::Keeps))),
            (None, Some(vetoes)) => Ok(Some((vetoes, Role::Vetoes))),
            (Some(_), Some(_)) => Err(LedgerError::TwoServices),
        }
    }

    /// The services that are written down.
    pub fn services(&self) -> impl Iterator<Item = &ServiceSettings> {
        self.http.iter().chain(&self.veto)
    }

    /// How often to look, and how long to go on without.
    pub(super) fn pace(&self) -> Result<Pace, LedgerError> {
        let (poll, stale_after) = (self.poll().0, self.stale_after.0);
        if poll.is_zero() || poll.saturating_mul(2) > stale_after {
            return Err(LedgerError::Settings { poll, stale_after });
        }
        Ok(Pace { poll, stale_after })
    }

    /// How often to look.
    pub fn poll(&self) -> Span {
        let usual = if self.postgres.is_some() { Span::seconds(1) } else { Span(Duration::from_millis(100)) };
        self.poll.unwrap_or(usual)
    }

    /// How errors and answers call the ledger.
    pub fn place(&self) -> String {
        self.postgres.as_ref().map_or_else(|| self.path.display().to_string(), PostgresSettings::place)
    }

    /// Where the key is.
    pub fn key_path(&self) -> PathBuf {
        self.key.clone().unwrap_or_else(|| beside(&self.path, ".key"))
    }

    /// Where the master key is.
    pub(super) fn master_key(&self) -> MasterSource {
        self.master_key.clone().unwrap_or_else(|| MasterSource::File(beside(&self.path, ".master")))
    }

    /// Where a running proxy listens for the `consent` verb.
    pub fn socket_path(&self) -> PathBuf {
        beside(&self.path, ".sock")
    }

    pub(super) fn lock_path(&self) -> PathBuf {
        beside(&self.path, ".lock")
    }
}

impl Default for LedgerSettings {
    fn default() -> Self {
        Self {
            path: PathBuf::from("assentry.db"),
            postgres: None,
            http: None,
            veto: None,
            key: None,
            master_key: None,
            old_master_keys: Vec::new(),
            poll: None,
            stale_after: Span::seconds(5),
            cache: 100_000,
        }
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
