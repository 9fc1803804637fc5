//! `assentry consent link | unlink | links`: which ids are one person's.
//!
//! The rule: a link says on what it rests. Either somebody gives their word, and who that is stands in the ledger; or both ids
//! are proven by credentials (`proof.rs`), and these must be the very ids that are to be linked. The ledger knows ids only as
//! hashes, so it lists them as receipts call them.

use std::{fmt, io::Write, path::PathBuf, str::FromStr};

use clap::{Args, Subcommand};
use serde_json::json;

use super::{ConsentFailure, KnownPurposes, Person, Place, check_id, known, proof, unknown};
use crate::{
    config::Config,
    ledger::{
        Channel, LedgerError, LedgerSettings, Link, NewLink, Proof, open_existing_for_cli, open_for_cli,
    },
    subject::Subject,
};

/// What to do with the ids of one person.
#[derive(Clone, Debug, Subcommand)]
pub enum IdsVerb {
    /// Make two ids one person's: a no through any of them holds for all
    Link(LinkArgs),
    /// Undo a link: each id has again what it decided itself, and every no
    Unlink(UnlinkArgs),
    /// List the links that make other ids the same person's
    Links(LinksArgs),
}

/// Which ids, and on what proof.
#[derive(Clone, Debug, Args)]
pub struct LinkArgs {
    /// One id: `login:ada`
    #[arg(value_name = "NAMESPACE:ID")]
    pub one: Person,
    /// Another id of the same person: `slack:T01:U02`
    #[arg(value_name = "NAMESPACE:ID")]
    pub other: Person,
    /// On whose word the ids are one person's, for the record, where no credentials prove it
    #[arg(long, value_name = "TEXT", required_unless_present = "credential")]
    pub by: Option<String>,
    /// The route that knows how to verify the credentials
    #[arg(long, value_name = "NAME", requires = "credential")]
    pub route: Option<String>,
    /// A header field that proves one of the ids, as a request would bring it: `authorization: Bearer …`. Twice, once for
    /// each id. `@FILE` reads it from a file, where other users of this machine don't see it
    #[arg(long, value_name = "FIELD", requires = "route")]
    pub credential: Vec<Credential>,
    /// Make the ledger and its key where there is none
    #[arg(long)]
    pub create: bool,
    /// Where.
    #[command(flatten)]
    pub at: LinkedArgs,
}

/// Which link to undo.
#[derive(Clone, Debug, Args)]
pub struct UnlinkArgs {
    /// One id
    #[arg(value_name = "NAMESPACE:ID")]
    pub one: Person,
    /// The other
    #[arg(value_name = "NAMESPACE:ID")]
    pub other: Person,
    /// On whose word, for the record
    #[arg(long, value_name = "TEXT")]
    pub by: Option<String>,
    /// Where.
    #[command(flatten)]
    pub at: LinkedArgs,
}

/// Whose links to list.
#[derive(Clone, Debug, Args)]
pub struct LinksArgs {
    /// An id of the person
    #[arg(long, value_name = "NAMESPACE:ID")]
    pub subject: Person,
    /// Where.
    #[command(flatten)]
    pub at: LinkedArgs,
}

/// In which ledger.
#[derive(Clone, Debug, Args)]
pub struct LinkedArgs {
    /// The ledger's database, instead of the configuration's
    #[arg(long, value_name = "PATH")]
    pub ledger: Option<PathBuf>,
    /// The configuration that names the ledger, the sources and the routes
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A header field as typed, taken whatever it is: an error about it would print it. Printing it for debugging does not.
#[derive(Clone)]
pub struct Credential(pub(super) String);

impl FromStr for Credential {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<withheld>")
    }
}

impl IdsVerb {
    /// In which ledger.
    pub fn at(&self) -> &LinkedArgs {
        match self {
            Self::Link(args) => &args.at,
            Self::Unlink(args) => &args.at,
            Self::Links(args) => &args.at,
        }
    }
}

/// Runs the verb, as [`super::run`] does.
pub(super) async fn run(
    verb: &IdsVerb,
    settings: &LedgerSettings,
    known: &[KnownPurposes],
    out: &mut impl Write,
) -> Result<(), ConsentFailure> {
    match verb {
        IdsVerb::Link(args) => {
            check([&args.one, &args.other], known)?;
            link(args, settings, out).await
        }
        IdsVerb::Unlink(args) => {
            check([&args.one, &args.other], known)?;
            unlink(args, settings, out).await
        }
        IdsVerb::Links(args) => {
            check([&args.subject], known)?;
            links(args, settings, out).await
        }
    }
}

async fn link(
    args: &LinkArgs,
    settings: &LedgerSettings,
    out: &mut impl Write,
) -> Result<(), ConsentFailure> {
    let (one, other) = (args.one.subject(), args.other.subject());
    let proof = match &args.route {
        None => Proof::Operator,
        Some(route) => {
            let place = Place { ledger: args.at.ledger.as_deref(), config: args.at.config.as_deref() };
            let path = known::config_path(place).ok_or_else(|| {
                ConsentFailure::Usage("name the configuration that has the route with `--config`".to_owned())
            })?;
            let config = Config::load(&path).map_err(|error| ConsentFailure::Usage(error.to_string()))?;
            proof::both(&config, route, &args.credential, [one, other]).await?;
            Proof::Both
        }
    };
    let new = NewLink { proof: Some(proof), by: args.by.clone(), source: "cli".to_owned() };
    let mut channel = if args.create { open_for_cli(settings).await? } else { existing(settings).await? };
    let joined = channel.link([one, other], new).await?;
    if args.at.json {
        return Ok(writeln!(out, "{}", json!({"ids": joined.ids, "proof": proof}))?);
    }
    let (one, other) = (name(one), name(other));
    Ok(writeln!(out, "linked {one} and {other}: one person, with {} ids", joined.ids)?)
}

async fn unlink(
    args: &UnlinkArgs,
    settings: &LedgerSettings,
    out: &mut impl Write,
) -> Result<(), ConsentFailure> {
    let (one, other) = (args.one.subject(), args.other.subject());
    let new = NewLink { proof: None, by: args.by.clone(), source: "cli".to_owned() };
    let parted = existing(settings).await?.unlink([one, other], new).await?;
    if args.at.json {
        return Ok(writeln!(out, "{}", json!(parted))?);
    }
    let (one, other) = (name(one), name(other));
    let now = match parted.still_one {
        true => "other links still make them one person's",
        false => "each has what it decided itself, and every no",
    };
    Ok(writeln!(out, "unlinked {one} and {other}; {now}")?)
}

async fn links(
    args: &LinksArgs,
    settings: &LedgerSettings,
    out: &mut impl Write,
) -> Result<(), ConsentFailure> {
    let links = existing(settings).await?.links(args.subject.subject()).await?;
    if args.at.json {
        return Ok(writeln!(out, "{}", json!({"links": links}))?);
    }
    if links.is_empty() {
        return Ok(writeln!(out, "{} is linked with no other id", name(args.subject.subject()))?);
    }
    Ok(links.iter().try_for_each(|link| writeln!(out, "{}", told(link)))?)
}

async fn existing(settings: &LedgerSettings) -> Result<Channel, ConsentFailure> {
    open_existing_for_cli(settings).await.map_err(|error| match error {
        LedgerError::Missing(place) => ConsentFailure::NoLedger(place),
        other => other.into(),
    })
}

/// A request could bring these ids and, where it is known who identifies people, in these namespaces.
fn check<'a>(
    people: impl IntoIterator<Item = &'a Person>,
    known: &[KnownPurposes],
) -> Result<(), ConsentFailure> {
    let namespaces = || known.iter().flat_map(|known| &known.namespaces).map(String::as_str);
    people.into_iter().try_for_each(|person| {
        let subject = person.subject();
        check_id(subject.id().as_bytes()).map_err(|fault| ConsentFailure::Usage(fault.to_owned()))?;
        if known.is_empty() || namespaces().any(|name| name == subject.namespace()) {
            return Ok(());
        }
        Err(unknown("namespace", subject.namespace(), namespaces()))
    })
}

fn name(subject: &Subject) -> String {
    format!("{}:{}", subject.namespace(), subject.id())
}

fn told(link: &Link) -> String {
    let when = link.at.strftime("%Y-%m-%d %H:%M:%S UTC");
    let rests_on = match (link.proof, &link.by) {
        (Proof::Operator, Some(by)) => format!("on the word of {by}"),
        (Proof::Operator, None) => "on the operator's word".to_owned(),
        (Proof::Both, _) => "both ids were proven".to_owned(),
    };
    format!("{} and {} since {when}, {rests_on} ({})", link.one, link.other, link.source)
}
