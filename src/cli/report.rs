//! `assentry report`: figures without people.
//!
//! The rule: [`crate::figures`] says what may be told; nothing is counted here.

use std::{io::Write, path::PathBuf};

use clap::{Args, ValueEnum};
use jiff::{Timestamp, civil::Date};

use super::{Exit, Trouble};
use crate::{
    config::Config,
    figures::{self, Asked, Kept, LEAST, Report, USUAL_K},
    ledger::{Ledger, LedgerError},
    policy::Policy,
};

/// Print figures about groups of people, and about nobody: consent, what passed, what was withheld and refused.
#[derive(Args, Clone, Debug)]
pub struct ReportArgs {
    /// Files of receipts to read [default: where the configuration keeps them]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "assentry.yaml", env = "ASSENTRY_CONFIG")]
    pub config: PathBuf,
    /// The first day, in UTC, such as `2026-11-01` [default: 30 days in all]
    #[arg(long, value_name = "DAY")]
    pub from: Option<Date>,
    /// The last day, in UTC; one that is over [default: yesterday]
    #[arg(long, value_name = "DAY")]
    pub to: Option<Date>,
    /// Only this route.
    #[arg(long, value_name = "NAME")]
    pub route: Option<String>,
    /// The fewest people that are told of as a group.
    #[arg(long, value_name = "N", default_value_t = USUAL_K, value_parser = clap::value_parser!(u64).range(LEAST..=1_000_000))]
    pub k: u64,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// One document
    Json,
    /// One line a figure (RFC 4180)
    Csv,
}

/// Runs the verb.
///
/// # Errors
/// In words, with an exit code.
pub async fn run(args: &ReportArgs, out: &mut impl Write, err: &mut impl Write) -> Result<Exit, Trouble> {
    let (from, to) = figures::days(args.from, args.to, Timestamp::now())
        .map_err(|fault| (format!("error: {fault}"), Exit::Usage))?;
    let asked = Asked { from, to, routes: args.route.as_ref().map(|route| [route.clone()].into()) };
    let config = Config::load(&args.config).map_err(|error| (error.to_string(), Exit::Failed))?;
    let kept = match (&*args.files, &config.receipts) {
        ([], receipts) => receipts.kept(),
        (files, _) => Kept::Files(files.to_vec()),
    };
    let ledger = match Ledger::open_existing(&config.ledger).await {
        Ok(ledger) => Some(ledger),
        Err(LedgerError::Missing(_)) => None,
        Err(error) => return Err(failed(error)),
    };
    let policies = config.routes.iter().map(|route| Policy::load(&route.policy));
    let policies = policies.collect::<Result<Vec<_>, _>>();
    let policies = policies.map_err(|unusable| (unusable.show(false), Exit::Failed))?;
    let report = Report::make((ledger.as_ref(), &kept), &policies, asked, args.k).await.map_err(failed)?;
    let printed = match args.format {
        Format::Table => report.table(),
        Format::Json => format!("{:#}\n", report.json()),
        Format::Csv => report.csv(),
    };
    out.write_all(printed.as_bytes()).map_err(|error| failed(format!("can't print: {error}")))?;
    if let Some(words) = report.unread.words() {
        let _ = writeln!(err, "warning: {words}");
    }
    Ok(Exit::Done)
}

fn failed(words: impl std::fmt::Display) -> Trouble {
    (format!("error: {words}"), Exit::Failed)
}
