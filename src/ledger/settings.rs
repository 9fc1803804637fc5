//! What an operator may say about the ledger.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::quantity::Span;

/// Where decisions are kept, and how closely other processes are watched.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerSettings {
    /// The database file; made if missing.
    pub path: PathBuf,
    /// The file with the 32 bytes that subjects are hashed under; made if missing. By default beside the database,
    /// with `.key` at the end of its name.
    pub key: Option<PathBuf>,
    /// How often to look whether another process has written.
    pub poll: Span,
    /// How long another process's decision may go unseen. When the database could not be looked at for this long,
    /// nothing is forwarded. At least twice `poll`.
    pub bound: Span,
    /// How many subjects' consents to keep in memory.
    pub cache: u64,
}

impl LedgerSettings {
    /// The settings for a ledger at this place, all else as it is by default.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// Where the key is.
    pub fn key_path(&self) -> PathBuf {
        self.key.clone().unwrap_or_else(|| beside(&self.path, ".key"))
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
            key: None,
            poll: Span(std::time::Duration::from_millis(100)),
            bound: Span::seconds(2),
            cache: 100_000,
        }
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
