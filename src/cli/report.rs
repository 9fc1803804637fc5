//! `assentry report`: figures without people: who was asked and said yes, what passed, what was withheld, what was refused.
//!
//! The rule: `report/groups.rs` says what may be told about groups; everything printed has been through it, or is a sum of what
//! has. Only days that are over are told of, because of a day that is not over two reports could be subtracted. What
//! would defeat it: a number counted anew for the report at hand, over days or routes of its own choice.

mod crowd;
mod gathered;
mod groups;
mod opted;
mod printed;
mod read;
mod sources;

use std::{io::Write, path::PathBuf};

use clap::{Args, ValueEnum};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use self::{
    gathered::{Asked, Gathered, Told, Unread},
    opted::OptIn,
};
use super::{Exit, Trouble};
use crate::config::Config;

/// Days told of where none are named.
const USUAL_DAYS: i64 = 30;
/// Days told of at most.
const MOST_DAYS: i32 = 366;

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
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(groups::LEAST..=1_000_000))]
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

/// All that is printed.
#[derive(Debug)]
struct Report {
    asked: Asked,
    k: u64,
    opt_in: Vec<OptIn>,
    told: Vec<Told>,
    unread: Unread,
}

/// Runs the verb.
///
/// # Errors
/// In words, with an exit code.
pub async fn run(args: &ReportArgs, out: &mut impl Write, err: &mut impl Write) -> Result<Exit, Trouble> {
    let asked = args.asked(Timestamp::now())?;
    let config = Config::load(&args.config).map_err(|error| (error.to_string(), Exit::Failed))?;
    let mut gathered = Gathered::default();
    let ledger = sources::gather(&config, &args.files, &asked, &mut gathered).await?;
    let opt_in = match &ledger {
        Some(ledger) => opted::opt_in(ledger, &config, args.k, Timestamp::now()).await?,
        None => Vec::new(),
    };
    let told = gathered.told(args.k);
    let report = Report { asked, k: args.k, opt_in, told, unread: gathered.unread };
    out.write_all(report.printed(args.format).as_bytes())
        .map_err(|error| failed(format!("can't print: {error}")))?;
    if let Some(words) = report.unread.words() {
        let _ = writeln!(err, "warning: {words}");
    }
    Ok(Exit::Done)
}

impl ReportArgs {
    fn asked(&self, now: Timestamp) -> Result<Asked, Trouble> {
        let usage = |words: String| (format!("error: {words}"), Exit::Usage);
        let today = now.to_zoned(TimeZone::UTC).date();
        let yesterday = today.yesterday().map_err(|error| usage(error.to_string()))?;
        let to = self.to.unwrap_or(yesterday);
        if to > yesterday {
            return Err(usage(format!(
                "`--to {to}` is not over; write `{yesterday}` or a day before it (UTC): reports of a day that goes on could be subtracted from each other"
            )));
        }
        let from = self.from.unwrap_or_else(|| to.saturating_sub((USUAL_DAYS - 1).days()));
        let days = (to - from).get_days() + 1;
        if days < 1 {
            return Err(usage(format!("`--from {from}` comes after `--to {to}`; exchange them")));
        }
        if days > MOST_DAYS {
            return Err(usage(format!("from {from} to {to} are {days} days; ask for {MOST_DAYS} at most")));
        }
        Ok(Asked { from, to, route: self.route.clone() })
    }
}

impl Unread {
    fn words(self) -> Option<String> {
        let Self { damaged, crowded_out } = self;
        let lines = |count: u64| if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
        let damaged = (damaged > 0).then(|| format!("{} could not be read as receipts", lines(damaged)));
        let crowded_out = (crowded_out > 0).then(|| {
            format!("{} had too many different names and are not counted whole", lines(crowded_out))
        });
        let words: Vec<String> = [damaged, crowded_out].into_iter().flatten().collect();
        (!words.is_empty()).then(|| words.join("; "))
    }
}

fn failed(words: impl std::fmt::Display) -> Trouble {
    (format!("error: {words}"), Exit::Failed)
}

#[cfg(test)]
mod tests;
