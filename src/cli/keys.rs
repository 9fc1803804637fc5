//! `assentry keys`: the keys that turn pseudonyms back.
//!
//! The rule: what is said to be destroyed is gone when the command returns, also for a running proxy, and what is said to be
//! wrapped anew no longer needs the master key from before. What would defeat it: a slip of the pen in somebody's id that looks
//! like success, so a person without keys is a finding.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Exit, Trouble, consent::Person};
use crate::{
    config::Config,
    ledger::{LedgerError, LedgerSettings, Rewrapped, open_existing_for_cli},
};

/// Destroy or rewrap the keys that turn pseudonyms back.
#[derive(Args, Clone, Debug)]
pub struct KeysArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: KeysVerb,
}

/// What to do with keys.
#[derive(Clone, Debug, Subcommand)]
pub enum KeysVerb {
    /// Destroy the keys of one person: pseudonyms made with them can never be turned back
    Forget(ForgetArgs),
    /// Wrap every key by the current master key, so that those under `old_master_keys` can go
    Rewrap(WhereArgs),
}

/// Whose keys, and in which ledger.
#[derive(Args, Clone, Debug)]
pub struct ForgetArgs {
    /// The person: the name of the source that identifies them, a colon, and their id there
    #[arg(long, value_name = "NAMESPACE:ID")]
    pub subject: Person,
    /// The policy whose pseudonyms are meant [default: every policy]
    #[arg(long, value_name = "NAME")]
    pub policy: Option<String>,
    /// Where.
    #[command(flatten)]
    pub at: WhereArgs,
}

/// In which ledger.
#[derive(Args, Clone, Debug)]
pub struct WhereArgs {
    /// The configuration that names the ledger and its master keys
    #[arg(long, value_name = "FILE", default_value = "assentry.yaml", env = "ASSENTRY_CONFIG")]
    pub config: PathBuf,
    /// The ledger's database, instead of the configuration's; its master key is then the file beside it
    #[arg(long, value_name = "PATH")]
    pub ledger: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the verb.
///
/// # Errors
/// In words, with an exit code.
pub async fn run(args: &KeysArgs, out: &mut impl Write) -> Result<Exit, Trouble> {
    let (text, exit) = match &args.verb {
        KeysVerb::Forget(args) => forget(args).await?,
        KeysVerb::Rewrap(at) => rewrap(at).await?,
    };
    writeln!(out, "{text}").map_err(|error: io::Error| failed(format!("can't print: {error}")))?;
    Ok(exit)
}

async fn forget(args: &ForgetArgs) -> Result<(String, Exit), Trouble> {
    let subject = args.subject.subject();
    let mut channel = open_existing_for_cli(&settings(&args.at)?).await.map_err(trouble)?;
    let destroyed = channel.forget_keys(subject, args.policy.as_deref(), "cli").await.map_err(trouble)?;
    let exit = if destroyed.is_empty() { Exit::Finding } else { Exit::Done };
    if args.at.json {
        return Ok((json!({"destroyed": destroyed}).to_string(), exit));
    }
    let name = format!("{}:{}", subject.namespace(), subject.id());
    let policies: Vec<String> = destroyed.iter().map(|policy| format!("`{policy}`")).collect();
    let text = match (&*policies, &args.policy) {
        ([], None) => format!("{name} has no keys; nothing was destroyed"),
        ([], Some(policy)) => format!("{name} has no key under `{policy}`; nothing was destroyed"),
        _ => format!(
            "destroyed the keys of {name} under {}; pseudonyms made with them can never be turned back",
            policies.join(", ")
        ),
    };
    Ok((text, exit))
}

async fn rewrap(at: &WhereArgs) -> Result<(String, Exit), Trouble> {
    let mut channel = open_existing_for_cli(&settings(at)?).await.map_err(trouble)?;
    let rewrapped = channel.rewrap_keys().await.map_err(trouble)?;
    let exit = if rewrapped.unreadable.is_empty() { Exit::Done } else { Exit::Finding };
    Ok((if at.json { json!(rewrapped).to_string() } else { told(&rewrapped) }, exit))
}

fn told(Rewrapped { master, wrapped, unreadable }: &Rewrapped) -> String {
    let mut lines = vec![match wrapped {
        0 => format!("no key had to be wrapped anew; the master key is {master}"),
        1 => format!("wrapped 1 key anew, by the master key {master}"),
        n => format!("wrapped {n} keys anew, by the master key {master}"),
    }];
    lines.extend(unreadable.iter().map(|(why, count)| format!("left {count} as they were: {why}")));
    lines.join("\n")
}

fn settings(at: &WhereArgs) -> Result<LedgerSettings, Trouble> {
    match &at.ledger {
        Some(path) => Ok(LedgerSettings::at(path)),
        None if !Path::new(&at.config).exists() => Err((
            format!(
                "error: there is no `{}` here; name the configuration with `--config`, or the ledger with `--ledger`",
                at.config.display()
            ),
            Exit::Usage,
        )),
        None => Config::load(&at.config)
            .map(|config| config.ledger)
            .map_err(|error| (error.to_string(), Exit::Failed)),
    }
}

fn trouble(error: LedgerError) -> Trouble {
    failed(error.to_string())
}

fn failed(words: String) -> Trouble {
    (format!("error: {words}"), Exit::Failed)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;

    use super::*;
    use crate::{
        ledger::Ledger,
        subject::{Standing, Subject},
    };

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: KeysArgs,
    }

    async fn say(line: &str, ledger: &Path) -> Result<(String, Exit), Trouble> {
        let words = ["keys"].into_iter().chain(line.split(' '));
        let mut line = Line::try_parse_from(words).unwrap();
        let at = match &mut line.args.verb {
            KeysVerb::Forget(args) => &mut args.at,
            KeysVerb::Rewrap(at) => at,
        };
        at.ledger = Some(ledger.to_owned());
        let mut out = Vec::new();
        let exit = run(&line.args, &mut out).await?;
        Ok((String::from_utf8(out).unwrap(), exit))
    }

    async fn with_keys(settings: &LedgerSettings) {
        let ledger = Ledger::open(settings).await.unwrap();
        let ada = Subject::new("login", "ada", Standing::Proven);
        for policy in ["shop", "bank"] {
            ledger.keyed_consent(&ada, "group", policy).await.unwrap();
        }
    }

    #[tokio::test]
    async fn what_was_destroyed_is_told_and_nobody_is_a_finding() {
        let folder = tempfile::tempdir().unwrap();
        let settings = LedgerSettings::at(folder.path().join("a.db"));
        with_keys(&settings).await;
        let mut said = Vec::new();
        for line in [
            "forget --subject login:adda",
            "forget --subject login:ada --policy shop",
            "forget --subject login:ada --policy shop",
            "forget --subject login:ada --json",
            "forget --subject login:ada",
        ] {
            let (text, exit) = say(line, &settings.path).await.unwrap();
            said.push(format!("{line}\n{text}{exit:?}"));
        }
        insta::assert_snapshot!(said.join("\n\n"));
    }

    #[tokio::test]
    async fn keys_are_wrapped_anew_and_those_that_can_not_be_opened_are_a_finding() {
        let folder = tempfile::tempdir().unwrap();
        let settings = LedgerSettings::at(folder.path().join("a.db"));
        with_keys(&settings).await;
        let (text, exit) = say("rewrap", &settings.path).await.unwrap();
        assert!(text.starts_with("no key had to be wrapped anew") && exit == Exit::Done, "{text}");
        fs::write(folder.path().join("a.db.master"), [7; 32]).unwrap();
        let (text, exit) = say("rewrap", &settings.path).await.unwrap();
        assert!(text.contains("left 2 as they were: a subject's key was wrapped by"), "{text}");
        assert_eq!(exit, Exit::Finding);
        let (words, exit) = say("rewrap", &folder.path().join("missing.db")).await.unwrap_err();
        assert!(words.starts_with("error: there is no ledger at") && exit == Exit::Failed, "{words}");
    }
}
