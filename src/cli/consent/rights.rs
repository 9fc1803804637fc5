//! `assentry consent requests | erase | download`: what people asked for, and doing it.
//!
//! The rule: nothing is erased by a slip, so `--yes` is asked for first. A download goes straight to the database: it only reads, and a
//! running proxy would not know more. What would defeat it: an error that repeats an id.

use std::{io, io::Write, path::PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Map, json};

use super::{ConsentFailure, KnownPurposes, Person, check_known, existing};
use crate::{
    ledger::{Erased, LedgerSettings, RightsRequest, Unheard, open_directly_for_cli},
    receipts::Download,
};

/// How many messages that wait are told one by one.
const MOST_MESSAGES: u32 = 100;

/// What to do about people's rights.
#[derive(Clone, Debug, Subcommand)]
pub enum RightsVerb {
    /// List what people asked for and by when they must be answered; or note that one was
    Requests(RequestsArgs),
    /// Erase a person: all that is known of all their ids, but for what they refused
    Erase(EraseArgs),
    /// Write all that is known of a person to standard output, as JSON
    Download(DownloadArgs),
}

/// Which requests.
#[derive(Clone, Debug, Args)]
pub struct RequestsArgs {
    /// Those that were answered as well
    #[arg(long, conflicts_with = "done")]
    pub all: bool,
    /// Note that this one was answered
    #[arg(long, value_name = "NUMBER", requires = "how")]
    pub done: Option<u64>,
    /// How it was answered, for the record; sealed, as the request is
    #[arg(long, value_name = "TEXT", requires = "done")]
    pub how: Option<String>,
    /// Where.
    #[command(flatten)]
    pub at: RightsArgs,
}

/// Whom to erase.
#[derive(Clone, Debug, Args)]
pub struct EraseArgs {
    /// An id of the person
    #[arg(long, value_name = "NAMESPACE:ID")]
    pub subject: Person,
    /// Yes, erase them: it can't be undone
    #[arg(long)]
    pub yes: bool,
    /// Where.
    #[command(flatten)]
    pub at: RightsArgs,
}

/// Of whom.
#[derive(Clone, Debug, Args)]
pub struct DownloadArgs {
    /// An id of the person
    #[arg(long, value_name = "NAMESPACE:ID")]
    pub subject: Person,
    /// The ledger's database, instead of the configuration's
    #[arg(long, value_name = "PATH")]
    pub ledger: Option<PathBuf>,
    /// The configuration that names the ledger and the sources
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
}

/// In which ledger.
#[derive(Clone, Debug, Args)]
pub struct RightsArgs {
    /// The ledger's database, instead of the configuration's
    #[arg(long, value_name = "PATH")]
    pub ledger: Option<PathBuf>,
    /// The configuration that names the ledger and the sources
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

impl RightsVerb {
    /// The ledger's database and the configuration, as far as they were named.
    pub fn place(&self) -> (&Option<PathBuf>, &Option<PathBuf>) {
        match self {
            Self::Requests(RequestsArgs { at, .. }) | Self::Erase(EraseArgs { at, .. }) => {
                (&at.ledger, &at.config)
            }
            Self::Download(args) => (&args.ledger, &args.config),
        }
    }
}

/// Runs the verb, as [`super::run`] does.
pub(super) async fn run(
    verb: &RightsVerb,
    settings: &LedgerSettings,
    known: &[KnownPurposes],
    out: &mut impl Write,
) -> Result<(), ConsentFailure> {
    match verb {
        RightsVerb::Requests(args) => match (args.done, &args.how) {
            (Some(id), Some(how)) => finish(id, how, args, settings, out).await,
            (Some(_) | None, _) => list(args, settings, out).await,
        },
        RightsVerb::Erase(args) => {
            check_known([&args.subject], known)?;
            erase(args, settings, out).await
        }
        RightsVerb::Download(args) => {
            check_known([&args.subject], known)?;
            download(args, settings, out).await
        }
    }
}

async fn list(
    args: &RequestsArgs,
    settings: &LedgerSettings,
    out: &mut impl Write,
) -> Result<(), ConsentFailure> {
    let mut channel = existing(settings).await?;
    let requests = channel.requests(!args.all).await?;
    let unheard = channel.unheard(MOST_MESSAGES).await?;
    if args.at.json {
        return Ok(writeln!(out, "{}", json!({"requests": requests, "unheard": unheard}))?);
    }
    if requests.is_empty() {
        writeln!(out, "nobody waits for an answer")?;
    }
    let now = Timestamp::now();
    requests.iter().try_for_each(|request| tell(request, now, out))?;
    Ok(tell_unheard(&unheard, out)?)
}

async fn finish(
    id: u64,
    how: &str,
    args: &RequestsArgs,
    settings: &LedgerSettings,
    out: &mut impl Write,
) -> Result<(), ConsentFailure> {
    let request = existing(settings).await?.finish_request(id, how).await?;
    if args.at.json {
        return Ok(writeln!(out, "{}", json!({"request": request}))?);
    }
    Ok(writeln!(out, "request {id} ({}) is done", request.kind.as_str())?)
}

async fn erase(
    args: &EraseArgs,
    settings: &LedgerSettings,
    out: &mut impl Write,
) -> Result<(), ConsentFailure> {
    if !args.yes {
        return Err(ConsentFailure::Usage(
            "erasing can't be undone: everything known of this person and of all ids linked with this one is deleted, but for what they \
             refused, which is still obeyed. If that is meant, say it again with `--yes`"
                .to_owned(),
        ));
    }
    let erased = existing(settings).await?.erase(args.subject.subject(), "cli").await?;
    if args.at.json {
        return Ok(writeln!(out, "{}", json!({"erased": erased}))?);
    }
    Ok(tell_erased(&erased, out)?)
}

async fn download(
    args: &DownloadArgs,
    settings: &LedgerSettings,
    out: &mut impl Write,
) -> Result<(), ConsentFailure> {
    let ledger = open_directly_for_cli(settings, false).await.map_err(super::no_ledger)?;
    let mut download = Download::of(&ledger, args.subject.subject(), true, Map::new()).await?;
    while let Some(piece) = download.next().await? {
        out.write_all(piece.as_bytes())?;
    }
    Ok(())
}

fn tell(request: &RightsRequest, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
    let day = |moment: Timestamp| moment.strftime("%Y-%m-%d").to_string();
    let state = match request.done_at {
        Some(done) => format!("done {}", day(done)),
        None if request.due < now => format!("overdue since {}", day(request.due)),
        None => format!("due {}", day(request.due)),
    };
    let RightsRequest { id, subject, source, .. } = request;
    let kind = request.kind.as_str();
    writeln!(out, "{id:>6}  {kind}: {state}; asked {} by {subject} ({source})", day(request.at))?;
    let lines = |text: &Option<String>| text.clone().unwrap_or_default();
    lines(&request.words).lines().try_for_each(|line| writeln!(out, "        > {}", plain(line)))?;
    lines(&request.how).lines().try_for_each(|line| writeln!(out, "        = {}", plain(line)))
}

/// What somebody wrote, without what a terminal would obey.
fn plain(line: &str) -> String {
    line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn tell_unheard(unheard: &[Unheard], out: &mut impl Write) -> io::Result<()> {
    let Some(oldest) = unheard.first() else { return Ok(()) };
    let count = match unheard.len() {
        most if most as u64 >= u64::from(MOST_MESSAGES) => format!("{MOST_MESSAGES} messages or more wait"),
        1 => "1 message waits".to_owned(),
        some => format!("{some} messages wait"),
    };
    let Unheard { kind, at, attempts, .. } = oldest;
    let last = oldest.last.as_deref().unwrap_or("not sent yet");
    let at = at.strftime("%Y-%m-%d %H:%M:%S UTC");
    writeln!(
        out,
        "{count} for the webhook to acknowledge; the oldest is `{kind}` of {at}, {attempts} attempts, last: {last}"
    )
}

fn tell_erased(erased: &Erased, out: &mut impl Write) -> io::Result<()> {
    let Erased { ids, decisions, noes_kept, keys, requests, .. } = erased;
    writeln!(
        out,
        "erased, with {ids} ids: {decisions} decisions, {keys} keys of pseudonyms, the words of their requests ({requests} were open)"
    )?;
    writeln!(out, "{noes_kept} noes are still obeyed, for each id")?;
    if !erased.overwritten {
        writeln!(
            out,
            "what was deleted is not overwritten yet; the running assentry does it as soon as it can"
        )?;
    }
    if erased.kept_outside {
        writeln!(out, "decisions are kept by an outside service; it has to erase this person, too")?;
    }
    Ok(())
}
