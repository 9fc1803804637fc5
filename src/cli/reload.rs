//! `assentry reload`: has the running proxy read its files again, and waits to hear what came of it.
//!
//! The rule: 0 says that the new files are served, 3 that they are wrong and the old ones still are, 1 that nobody knows.
//! The proxy is found by its ledger; what would defeat that is the very mistake that the reload is to tell about, so of a
//! configuration that is wrong the part about the ledger is read alone.

use std::{
    io::{self, ErrorKind, Write},
    path::PathBuf,
};

use clap::Args;
use serde_json::json;

use super::{Exit, Trouble};
use crate::{
    config::{Config, ConfigError},
    ledger::{Control, LedgerSettings, Outcome},
    reload::Changes,
};

/// Have the running proxy read its configuration, policies, keys and certificates again.
#[derive(Args, Clone, Debug)]
pub struct ReloadArgs {
    /// The configuration of the running proxy.
    #[arg(long, value_name = "FILE", default_value = "assentry.yaml", env = "ASSENTRY_CONFIG")]
    pub config: PathBuf,
    /// The database of the running proxy's ledger, instead of the configuration's.
    #[arg(long, value_name = "PATH")]
    pub ledger: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Runs the verb.
///
/// # Errors
/// In words, with an exit code.
pub async fn run(args: &ReloadArgs, out: &mut impl Write) -> Result<Exit, Trouble> {
    let ledger = args.ledger_settings()?;
    let outcome = ask(&ledger).await?;
    let unprintable = |error: io::Error| (format!("error: can't print: {error}"), Exit::Failed);
    let exit = match &outcome {
        Outcome::Done(_) => Exit::Done,
        Outcome::Refused(_) => Exit::Finding,
    };
    match outcome {
        _ if args.json => writeln!(out, "{}", as_json(&outcome)).map_err(unprintable)?,
        Outcome::Done(changes) => match serde_json::from_value::<Changes>(changes.clone()) {
            Ok(changes) => writeln!(out, "{changes}").map_err(unprintable)?,
            Err(_) => writeln!(out, "reloaded: {changes}").map_err(unprintable)?, // by another version
        },
        Outcome::Refused(why) => {
            return Err((format!("{why}\n\nnothing was reloaded; what was served before still is"), exit));
        }
    }
    Ok(exit)
}

impl ReloadArgs {
    fn ledger_settings(&self) -> Result<LedgerSettings, Trouble> {
        if let Some(path) = &self.ledger {
            return Ok(LedgerSettings::at(path));
        }
        match Config::load(&self.config) {
            Ok(config) => Ok(config.ledger),
            Err(wrong @ ConfigError::Wrong(_)) => Config::ledger_alone(&self.config).ok_or_else(|| {
                let words = "error: the configuration does not say which ledger the running assentry serves; name it with `--ledger`";
                (format!("{wrong}\n\n{words}"), Exit::Failed)
            }),
            Err(other) => Err((other.to_string(), Exit::Failed)),
        }
    }
}

async fn ask(ledger: &LedgerSettings) -> Result<Outcome, Trouble> {
    let socket = ledger.socket_path();
    let mut control = Control::connect(&socket).await.map_err(|error| {
        let words = match error.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => {
                format!(
                    "no assentry is serving the ledger `{}`; start one, or name the ledger of the one that runs with `--ledger`",
                    ledger.place()
                )
            }
            ErrorKind::PermissionDenied => {
                format!("only the user who runs assentry may ask: `{}`", socket.display())
            }
            _ => format!("can't ask the running assentry at `{}`: {error}", socket.display()),
        };
        (format!("error: {words}"), Exit::Failed)
    })?;
    control.reload().await.map_err(|error| (format!("error: {error}"), Exit::Failed))
}

fn as_json(outcome: &Outcome) -> serde_json::Value {
    match outcome {
        Outcome::Done(changes) => json!({"outcome": "done", "changes": changes}),
        Outcome::Refused(why) => json!({"outcome": "refused", "why": why}),
    }
}
