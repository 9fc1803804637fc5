//! Configuration, policies, keys and certificates read again while the proxy serves.
//!
//! The rule: the new files are read, checked and started to the end before anything of them is served, and then all of it is;
//! when something is wrong nothing is, and the reason is told: in the log, to whoever asked, and as a metric. An exchange
//! keeps the routes it began with, a connection the limits and the certificate.
//!
//! What would defeat it is a new snapshot put together from two states of the files, so the files' stamps are taken before
//! they are read and compared after. One task does all reloads, one after the other.

mod attempt;
mod changes;
mod contents;
mod fixed;
mod stamps;
mod watch;

use std::sync::Arc;

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc,
    time::sleep,
};

pub use self::changes::Changes;
use self::{
    attempt::{Attempt, ReloadError, attempt},
    changes::Shown,
    contents::Contents,
    watch::Watch,
};
use crate::{
    config::{Config, ConfigError, Watching},
    exchange::Site,
    ledger::{Call, Outcome},
    server::Live,
};

/// How many callers may wait to be heard.
const CALLERS: usize = 32;

/// Reads the files again when it is asked to, or when they change.
pub struct Reloader {
    serving: Serving,
    config: Arc<Config>,
    contents: Contents,
    watch: Watch,
    hangup: Signal,
    calls: mpsc::Receiver<Call>,
    caller: mpsc::Sender<Call>,
}

/// What the files were like before they were read for the first time, so that no change is missed.
pub struct Baseline {
    contents: Contents,
    watch: Watch,
}

/// What is served, as far as it can be exchanged.
pub struct Serving {
    /// The routes.
    pub site: Arc<Site>,
    /// The listeners.
    pub listeners: Arc<Live>,
    /// The operator's listener.
    pub admin: Option<Arc<Live>>,
}

/// Why the files are read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trigger {
    Signal,
    Command,
    FileChange,
}

impl Baseline {
    /// Looks at the files of a configuration, before they are read.
    pub fn of(config: &Config) -> Self {
        let files = config.files();
        Self { watch: Watch::new(files.clone()), contents: Contents::of(&files) }
    }
}

impl Reloader {
    /// Gets ready; from now on SIGHUP asks for a reload and does not end the process.
    ///
    /// # Errors
    /// When the system lets nobody listen for signals.
    pub fn new(serving: Serving, config: &Config, baseline: Baseline) -> std::io::Result<Self> {
        let hangup = signal(SignalKind::hangup())?;
        let (caller, calls) = mpsc::channel(CALLERS);
        let Baseline { contents, watch } = baseline;
        Ok(Self { serving, config: Arc::new(config.clone()), contents, watch, hangup, calls, caller })
    }

    /// Where to ask for a reload.
    pub fn caller(&self) -> mpsc::Sender<Call> {
        self.caller.clone()
    }

    /// Reloads whenever there is a reason to, until it is dropped.
    pub async fn run(mut self) {
        loop {
            tokio::select! {
                Some(Call(answer)) = self.calls.recv() => {
                    let outcome = match self.reload(Trigger::Command).await {
                        Ok(changes) => Outcome::Done(changes.json()),
                        Err(error) => Outcome::Refused(error.to_string()),
                    };
                    let _ = answer.send(outcome); // who asked may have gone
                }
                Some(()) = self.hangup.recv() => drop(self.reload(Trigger::Signal).await),
                () = files_changed(&mut self.watch, self.config.reload.watch) => {
                    drop(self.reload(Trigger::FileChange).await);
                }
            }
        }
    }

    async fn reload(&mut self, trigger: Trigger) -> Result<Changes, ReloadError> {
        let trigger = trigger.words();
        tracing::debug!(trigger, "reading the files again");
        let Attempt { stamps, result } = attempt(&self.config, &self.serving.site).await;
        let outcome = result.map(|ready| self.adopt(*ready));
        if let Some(stamps) = stamps {
            self.watch.tried(self.config.files(), stamps);
        }
        self.serving.site.metrics.reloaded(outcome.is_ok());
        match &outcome {
            Ok(changes) => tracing::info!("reloaded ({trigger}): {}", changes.line()),
            Err(error) => {
                tracing::error!("not reloaded ({trigger}); what was served before still is\n{error}");
            }
        }
        outcome
    }

    /// Everything at once; nothing here can fail.
    fn adopt(&mut self, ready: attempt::Ready) -> Changes {
        let attempt::Ready { config, contents, routes, listeners, admin } = ready;
        let before = Shown::of(&self.serving);
        self.serving.site.serve_from_now_on(routes);
        self.serving.site.ledger.keep_history_for(config.retention.history);
        self.serving.site.receipts.keep_for(config.retention.days().unwrap_or_default()); // it was checked with the routes
        self.serving.listeners.adopt(listeners);
        if let (Some(live), Some(prepared)) = (&self.serving.admin, admin) {
            live.adopt(prepared);
        }
        let changes = Changes::between(
            (&self.config, &before, &self.contents),
            (&config, &Shown::of(&self.serving), &contents),
        );
        (self.config, self.contents) = (Arc::new(config), contents);
        changes
    }
}

/// Resolves when the files have changed and come to rest.
async fn files_changed(watch: &mut Watch, pace: Watching) {
    match pace {
        Watching::Off => std::future::pending().await,
        Watching::Every(pace) => loop {
            sleep(pace.0).await;
            if watch.look().await {
                return;
            }
        },
    }
}

impl Trigger {
    fn words(self) -> &'static str {
        match self {
            Self::Signal => "SIGHUP",
            Self::Command => "assentry reload",
            Self::FileChange => "a file changed",
        }
    }
}

impl From<ConfigError> for ReloadError {
    fn from(error: ConfigError) -> Self {
        Self::Config(Box::new(error))
    }
}
