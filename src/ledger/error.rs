//! What can go wrong with the ledger, and what to do about it.
//!
//! The rule: texts name files, purposes and groups, never a subject.

use std::{io, path::PathBuf, time::Duration};

use crate::consent::DecisionKind;

/// Why the ledger could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A file of the ledger can't be made or written.
    #[error("can't write `{path}`: {source}; name a place where the user who runs assentry may write")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database is something else: a file, or a server's with other tables.
    #[error("`{0}` is not a ledger; name another, or move this one away")]
    NotALedger(String),
    /// The database was written by a later version.
    #[error(
        "`{place}` has schema {found} and this assentry knows only {known}; use the version that wrote it"
    )]
    Newer {
        /// The database.
        place: String,
        /// The schema it has.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// The database server can't be used.
    #[error("the server `{place}` can't be used: {why}; {advice}")]
    Server {
        /// The server.
        place: String,
        /// What it said.
        why: String,
        /// What to do.
        advice: &'static str,
    },
    /// The key file can be read by others than its owner.
    #[error("the key `{0}` can be read by others; if it never left this machine, run `chmod 600` on it")]
    KeyExposed(PathBuf),
    /// The key file can't be read.
    #[error("can't read the key `{path}`: {source}")]
    KeyUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The key file does not hold 32 bytes.
    #[error("the key `{0}` does not hold exactly 32 bytes; restore it from a backup")]
    KeyMalformed(PathBuf),
    /// The ledger was written under another key, so that nobody in it would be recognised.
    #[error("the key `{0}` is not the one the ledger was written with; restore that key from a backup")]
    KeyWrong(PathBuf),
    /// The file of a master key is not there, and keys were wrapped by it.
    #[error(
        "the master key `{0}` is missing; restore it from a backup, or make a new one with `openssl rand -hex 32`, readable by its owner only, and name the one before under `old_master_keys`"
    )]
    MasterMissing(PathBuf),
    /// The environment variable of a master key is not set.
    #[error("the environment variable `{0}` is not set; it should hold the master key")]
    MasterUnset(String),
    /// A master key is not 32 bytes.
    #[error(
        "`{0}` does not hold a master key: 32 bytes, in hexadecimal or in Base64, as `openssl rand -hex 32` makes them"
    )]
    MasterMalformed(String),
    /// The key of a subject's pseudonyms can't be had.
    #[error("{0}")]
    SubjectKey(String),
    /// The settings contradict each other.
    #[error("`poll: {poll:?}` must be at most half of `stale_after: {stale_after:?}`")]
    Settings {
        /// How often to look for other processes' writes.
        poll: Duration,
        /// How long to go on without having looked.
        stale_after: Duration,
    },
    /// An outside consent service can't be used as it is written down.
    #[error("the consent service `{url}` can't be used: {what}")]
    Service {
        /// Its address.
        url: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// An outside service can't both keep the decisions and only say no.
    #[error(
        "`http` and `veto` can't stand together: the service either keeps the decisions or may only say no"
    )]
    TwoServices,
    /// The key of a webhook is not one.
    #[error(
        "`{0}` does not hold a webhook key: `whsec_` and 24 to 64 bytes in Base64, as `echo whsec_$(openssl rand -base64 32)` makes them"
    )]
    WebhookKey(PathBuf),
    /// What is to be imported does not begin as an export does.
    #[error("this is not what `assentry consent export` writes: the first line should say so")]
    NoHeader,
    /// What is to be imported was written by a later version.
    #[error(
        "this was exported in version {found} of the format and this assentry knows only {known}; use the version that wrote it"
    )]
    ExportVersion {
        /// The version it has.
        found: u32,
        /// The version known here.
        known: u32,
    },
    /// What is to be imported names people by another key.
    #[error(
        "this was exported under another key (`{theirs}`; here it is `{ours}`), so nobody in it would be recognised; nothing was imported. Make a new ledger with a copy of that ledger's key file, as `key` in the configuration or beside the database, and import there"
    )]
    OtherKey {
        /// Which key it was.
        theirs: String,
        /// Which key is used here.
        ours: String,
    },
    /// A line of an import can't be used.
    #[error("line {number}: {what}; nothing was imported")]
    Line {
        /// Which line, the first being 1.
        number: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Writing an import broke off.
    #[error(
        "the import broke off after {added} new decisions: {why}. Import the same file again: what is there is not added twice; until then less is allowed than it says"
    )]
    HalfImported {
        /// How many decisions were written.
        added: u64,
        /// Why it broke off.
        why: Box<LedgerError>,
    },
    /// What is to be imported can't be read.
    #[error("can't read what is to be imported: {0}")]
    Input(io::Error),
    /// A decision about a purpose names none, or one about the subject names one.
    #[error("a decision to {} {}", .0.as_str(), if .0.needs_purpose() { "needs a purpose" } else { "takes no purpose" })]
    Purpose(DecisionKind),
    /// A decision that is no yes names an end.
    #[error("a decision to {} has no end; leave `expires` out", .0.as_str())]
    Expires(DecisionKind),
    /// An id was to be linked with itself.
    #[error("both ids are the same; name two")]
    SameId,
    /// A person would have too many ids.
    #[error(
        "one person can have at most {most} ids, and this would make {ids}; unlink those that are no longer used first"
    )]
    TooManyIds {
        /// How many there would be.
        ids: usize,
        /// How many there may be.
        most: usize,
    },
    /// Ids were to be linked where decisions are kept by an outside service.
    #[error(
        "decisions are kept by the consent service (`ledger: {{http: …}}`), which knows each id alone, so a link here would join nothing; link them there"
    )]
    KeptOutside,
    /// There is no link to undo.
    #[error("there is no link between these two ids; `assentry consent links` lists those that there are")]
    NotLinked,
    /// A yes to a text that is not shown any more.
    #[error("the text that was shown for `{0}` is not the current one; show the current text and ask again")]
    OtherText(String),
    /// The database did not answer as it should; nothing may be forwarded.
    #[error("the ledger does not answer: {0}")]
    Unreachable(String),
    /// Another process holds the control socket.
    #[error("another assentry is serving the ledger `{0}`; stop it first, or use another ledger")]
    Served(PathBuf),
    /// There is no ledger, and none was to be made.
    #[error("there is no ledger at `{0}`; start `assentry serve` once, or name another")]
    Missing(String),
    /// The control socket can't be made or reached.
    #[error("the control socket `{path}` can't be used: {source}")]
    Socket {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The running proxy said no.
    #[error("{0}")]
    Refused(String),
}

impl LedgerError {
    /// The running proxy answered another question.
    pub(super) fn other_version() -> Self {
        Self::Unreachable("the running assentry answered something else; is it another version?".to_owned())
    }

    pub(super) fn unwritable(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Unwritable { path, source }
    }
}

/// A failed query at run time: whatever the reason, the ledger can't be relied on for this call.
impl From<sqlx::Error> for LedgerError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unreachable(error.to_string())
    }
}

impl From<tokio::time::error::Elapsed> for LedgerError {
    fn from(_: tokio::time::error::Elapsed) -> Self {
        Self::Unreachable("it took too long".to_owned())
    }
}
