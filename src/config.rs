//! `assentry.yaml` → each floor's own settings; nobody below reads the file.
//!
//! The rule: a configuration that loads can be served. Unknown keys are errors, every path is taken from the folder of
//! the file, and a rule that could find nothing on its route (`path:` without such a segment) is an error here, because it would let data
//! through in silence.

mod access;
mod desk;
mod detectors;
mod keywords;
mod paths;
mod pushes;
mod routes;
mod takeover;
mod watch;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::Deserialize;

pub use keywords::{KeywordAnswers, KeywordFault, KeywordSettings};
pub use routes::{RouteError, RouteSettings};
pub use watch::{ReloadSettings, Watching};

use crate::{
    admin::{AdminError, AdminPrepared, AdminSettings},
    complaint::{Complaint, Source},
    desk::{DeskError, DeskSettings},
    detectors::{DetectorFault, DetectorSettings},
    exchange::{Served, Site},
    identify::SubjectSource,
    ledger::{Ledger, LedgerError, LedgerSettings},
    metrics::Metrics,
    policy::Unusable,
    quantity::{Size, Span},
    receipts::{
        ReceiptError, ReceiptSettings, Receipts,
        retention::{NoDays, RetentionSettings},
    },
    route::Routes,
    server::{ListenerSettings, Live, Prepared, ServerError, ServerLimits, ServerTimeouts},
    yaml,
};

/// The key before a key that is written in the file itself.
const INLINE: &str = "inline";

/// What a platform team writes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub listeners: Vec<ListenerSettings>,
    /// What is served where.
    pub routes: Vec<RouteSettings>,
    /// How to tell whose data a request carries, where a route does not say so itself. Tried in order.
    #[serde(default)]
    pub subjects: Vec<SubjectSource>,
    /// Who finds in texts what our own detectors don't, by the names that policies use.
    #[serde(default)]
    pub detectors: BTreeMap<String, DetectorSettings>,
    /// Where decisions are kept.
    #[serde(default)]
    pub ledger: LedgerSettings,
    /// Where receipts are kept.
    #[serde(default)]
    pub receipts: ReceiptSettings,
    /// How long things are kept.
    #[serde(default)]
    pub retention: RetentionSettings,
    /// How much clients may bring.
    #[serde(default)]
    pub limits: LimitSettings,
    /// How long clients may take.
    #[serde(default)]
    pub timeouts: TimeoutSettings,
    /// Where an operator may ask for metrics and health; left out for nowhere.
    #[serde(default)]
    pub admin: Option<AdminSettings>,
    /// Where people see what is known about them and decide; left out for nowhere.
    #[serde(default)]
    pub desk: Option<DeskSettings>,
    /// When the files are read again.
    #[serde(default)]
    pub reload: ReloadSettings,
    /// The file itself.
    #[serde(skip)]
    #[schemars(skip)]
    pub path: PathBuf,
}

/// How much clients may bring.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitSettings {
    /// Bytes of a request's body that is held until it is read.
    pub body: Size,
    /// Bytes from which on a body flows on while it is read, where nothing can depend on all of it; also the most of one field
    /// of such a form.
    pub hold: Size,
    /// Bytes of a body that flows, or passes unread; left out: as many as of one that is held.
    pub flow: Option<Size>,
    /// Bytes of a message of a socket, or of an event of a stream.
    pub message: Size,
    /// How deep a JSON body may be nested.
    pub nesting: usize,
    /// Bytes of a request's header section, its target included.
    pub header: Size,
    /// Fields of a request's header section.
    pub headers: usize,
    /// Connections at a time, over all listeners; more wait to be accepted.
    pub connections: usize,
    /// Exchanges at a time on one HTTP/2 connection.
    pub streams: u32,
}

/// How long clients may take. How long a bot may take is said with its upstream.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TimeoutSettings {
    /// From accept to the end of the TLS handshake.
    pub handshake: Span,
    /// From the first byte of a header section to its last.
    pub header: Span,
    /// For the whole of a body that is read; for a pause in one that is not.
    pub body: Span,
    /// For the whole of a reply that is read before it goes on. Streams are not.
    pub reply: Span,
    /// Between two exchanges on a connection.
    pub idle: Span,
    /// How long an end of a socket may say nothing, though it is asked whether it is there, and how long it may take a message.
    pub socket_idle: Span,
    /// For a client to take some bytes of a reply.
    pub write: Span,
    /// For exchanges under way to finish when the server stops.
    pub drain: Span,
}

/// What listens, with its certificates.
pub struct Listening {
    /// For people and their bots.
    pub ours: Prepared,
    /// For the operator.
    pub admin: Option<AdminPrepared>,
    /// For people who want to see and decide.
    pub desk: Option<Prepared>,
}

/// Why a configuration can't be served.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("error: can't read the configuration `{path}`: {source}", path = path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is wrong.
    #[error("{0}")]
    Wrong(String),
    /// A route's policy can't be used.
    #[error("{}", .0.show(false))]
    Policy(Unusable),
    /// A route can't be served.
    #[error("error: route `{name}`: {fault}")]
    Route {
        /// Which route.
        name: String,
        /// What is wrong with it.
        fault: RouteError,
    },
    /// An outside detector can't be asked.
    #[error("error: `detectors`: {0}")]
    Detector(#[from] DetectorFault),
    /// The ledger can't be opened.
    #[error("error: {0}")]
    Ledger(#[from] LedgerError),
    /// An outside consent service could not push.
    #[error(
        "error: `ledger`: `webhook` needs a listener to come to; add `admin: {{address: …}}`, or leave `webhook` out"
    )]
    NowhereToPush,
    /// Receipts can't be kept.
    #[error("error: {0}")]
    Receipts(#[from] ReceiptError),
    /// Receipts can't be kept for that long.
    #[error("error: {0}")]
    Retention(#[from] NoDays),
    /// A listener can't be served.
    #[error("error: {0}")]
    Server(#[from] ServerError),
    /// The operator's listener can't be served.
    #[error("error: {0}")]
    Admin(#[from] AdminError),
    /// The desk can't be served.
    #[error("error: {0}")]
    Desk(#[from] DeskError),
}

/// The JSON Schema (2020-12) of the file, for editors.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Config).to_value()
}

impl Config {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it can't be read, or is wrong.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let mut config: Self = yaml::typed(&text).map_err(|complaint| {
            ConfigError::Wrong(shown(&Source::new(path.display().to_string(), &*text), &complaint))
        })?;
        config.rebase(path.parent().unwrap_or(Path::new("")));
        config.ledger.messages = config.webhook().is_some();
        path.clone_into(&mut config.path);
        Ok(config)
    }

    /// Where the ledger is, also when something else in the file is wrong; none when that can't be told.
    pub fn ledger_alone(path: &Path) -> Option<LedgerSettings> {
        let text = std::fs::read_to_string(path).ok()?;
        let mut ledger = paths::ledger_alone(&text)?;
        paths::rebase_ledger(&mut ledger, path.parent().unwrap_or(Path::new("")));
        Some(ledger)
    }

    /// Checks the routes: reads their policies, keys and certificates. Opens nothing and listens nowhere.
    ///
    /// # Errors
    /// When one of them can't be served.
    pub fn routes(&self) -> Result<Routes<Served>, ConfigError> {
        self.routes_after(None, &Metrics::new())
    }

    /// The same, to be served in place of those `before`: what was fetched for them is taken over, and so are the
    /// connections to bots about which nothing changed.
    ///
    /// # Errors
    /// When one of them can't be served.
    pub fn routes_after(
        &self,
        before: Option<&Routes<Served>>,
        metrics: &Metrics,
    ) -> Result<Routes<Served>, ConfigError> {
        self.retention.days()?;
        self.check_access()?;
        self.check_desk_origin()?;
        routes::unique(&self.routes)?;
        let detectors = self.detectors(before, metrics)?;
        let serve = |route: &RouteSettings| route.serve(self, &detectors, metrics);
        let mut made = self.routes.iter().map(serve).collect::<Result<Vec<_>, _>>()?;
        routes::every_segment_exists(&made)?;
        if let Some(before) = before {
            takeover::take_over(&mut made, before);
        }
        Ok(Routes::new(made.into_iter().map(|(takes, route)| (takes, route.into()))))
    }

    /// Reads the certificates of the listeners, the operator's and the desk's, and checks their settings.
    ///
    /// # Errors
    /// When one of them can't be served.
    pub fn listening(&self) -> Result<Listening, ConfigError> {
        let ours = Live::prepare(&self.listeners, &(&self.limits).into(), &(&self.timeouts).into())?;
        let admin = self.admin.as_ref().map(AdminSettings::prepare).transpose()?;
        let desk = self.desk.as_ref().map(DeskSettings::prepare).transpose()?;
        Ok(Listening { ours, admin, desk })
    }

    /// Checks everything that can be known before it is served: routes, certificates, and whether ledger and receipts can be
    /// written. Makes nothing and listens nowhere.
    ///
    /// # Errors
    /// When a part can't be served.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.routes()?;
        self.listening()?;
        self.check_pushes()?;
        self.check_desk()?;
        self.ledger.check()?;
        Ok(self.receipts.check()?)
    }

    /// Opens the ledger and the receipts, and puts everything together.
    ///
    /// # Errors
    /// When a part can't be served.
    pub async fn site(&self) -> Result<Site, ConfigError> {
        let metrics = Metrics::new();
        let routes = self.routes_after(None, &metrics)?;
        self.check_pushes()?;
        self.check_desk()?;
        let ledger = Ledger::open(&self.ledger).await?;
        let receipts = Receipts::open(&self.receipts, Some(&ledger))?;
        receipts.keep_for(self.retention.days()?);
        ledger.keep_history_for(self.retention.history);
        Ok(Site::new(routes, ledger, receipts.into(), metrics.into()))
    }
}

impl From<&LimitSettings> for ServerLimits {
    fn from(limits: &LimitSettings) -> Self {
        let LimitSettings { header, headers, connections, streams, .. } = *limits;
        Self { connections, header, headers, streams }
    }
}

impl From<&TimeoutSettings> for ServerTimeouts {
    fn from(timeouts: &TimeoutSettings) -> Self {
        let TimeoutSettings { handshake, header, idle, write, drain, .. } = *timeouts;
        Self { handshake, header, idle, write, drain }
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        let ServerLimits { connections, header, headers, streams } = ServerLimits::default();
        let (body, message) = (Size::kib(10 * 1024), Size::kib(1024));
        Self {
            body,
            hold: Size::kib(1024),
            flow: None,
            message,
            nesting: 128,
            header,
            headers,
            connections,
            streams,
        }
    }
}

impl Default for TimeoutSettings {
    fn default() -> Self {
        let ServerTimeouts { handshake, header, idle, write, drain } = ServerTimeouts::default();
        let (body, reply, socket_idle) = (Span::seconds(30), Span::seconds(120), Span::seconds(300));
        Self { handshake, header, body, reply, idle, socket_idle, write, drain }
    }
}

/// The complaint with its line of the file, or, where that line could hold a key, without. A key can stand in so many
/// ways (in quotes, on the next line, after a misspelt word) that the word anywhere in the file is enough.
fn shown(file: &Source, complaint: &Complaint) -> String {
    let (line, column) = file.position(complaint.place.start);
    let here = file.text.lines().skip(line.saturating_sub(2)).take(2);
    let secret = file.text.contains(INLINE) || complaint.advice.contains(INLINE);
    let secret_line = |line: &str| ["key", "password", "postgres"].iter().any(|word| line.contains(word));
    if !secret && !here.into_iter().any(secret_line) {
        return file.show(complaint, false);
    }
    let what = covered(&complaint.what, &file.text);
    let advice = match &*complaint.advice {
        "here" => String::new(),
        advice => format!("\n  = {advice}"),
    };
    let path = &file.path;
    format!(
        "error: {what}\n --> {path}:{line}:{column}{advice}\n  = the line is not shown, since it could hold a key"
    )
}

/// The complaint without the words of the file that are none of ours.
fn covered(what: &str, text: &str) -> String {
    let ours = schema().to_string();
    let foreign = |word: &str| text.contains(word) && !ours.contains(&format!("\"{word}\""));
    let pieces = what.split('`').enumerate();
    let pieces = pieces.map(|(n, piece)| if n % 2 == 1 && foreign(piece) { "…" } else { piece });
    pieces.collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests;
