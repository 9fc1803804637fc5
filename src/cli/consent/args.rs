//! What can be said after `assentry consent`.
//!
//! The rule: a person is written `NAMESPACE:ID`, and printing the arguments for debugging shows no id.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{ExportArgs, ImportArgs, ids::IdsVerb};
use crate::subject::{Standing, Subject};

/// Which ledger is meant, as far as it was said.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The ledger's database.
    pub ledger: Option<&'a Path>,
    /// The configuration that names it.
    pub config: Option<&'a Path>,
}

/// Record or look up what a person decided.
#[derive(Clone, Debug, Args)]
pub struct ConsentArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: ConsentVerb,
}

/// What to do with consents.
#[derive(Clone, Debug, Subcommand)]
pub enum ConsentVerb {
    /// About what one person agreed to.
    #[command(flatten)]
    About(AboutVerb),
    /// About the ids that are one person's.
    #[command(flatten)]
    Ids(IdsVerb),
    /// Write every decision to standard output, one line of JSON each, for another ledger
    Export(ExportArgs),
    /// Take over what `consent export` wrote, as far as it is not there yet
    Import(ImportArgs),
}

/// What to do with a person's consents.
#[derive(Clone, Debug, Subcommand)]
pub enum AboutVerb {
    /// Record a yes to one purpose
    Grant(PurposeArgs),
    /// Record a no to one purpose, given when asked
    Deny(PurposeArgs),
    /// Record that an earlier yes is taken back
    Withdraw(PurposeArgs),
    /// Record an objection to a purpose that needs no yes
    Object(PurposeArgs),
    /// Stop everything but what the law or life demands
    Restrict(AllArgs),
    /// End a restriction
    Lift(AllArgs),
    /// Show the newest decision for each purpose
    Show(WhoArgs),
    /// Show every decision, oldest first
    History(WhoArgs),
}

/// One purpose of one person.
#[derive(Clone, Debug, Args)]
pub struct PurposeArgs {
    /// The purpose, as the policy names it
    pub purpose: String,
    /// The notice the person saw [default: the policy's current one, for a yes or a no when asked]
    #[arg(long)]
    pub notice: Option<String>,
    /// When a yes ends by itself, if earlier than the policy says: `2027-01-31T00:00:00Z`
    #[arg(long, value_name = "TIME")]
    pub expires: Option<Timestamp>,
    /// Everything else.
    #[command(flatten)]
    pub all: AllArgs,
}

/// Whose decision, and in which ledger.
#[derive(Clone, Debug, Args)]
pub struct AllArgs {
    /// Who, and where.
    #[command(flatten)]
    pub who: WhoArgs,
    /// Under the law of which place, for the record: `DE`, `US-CA`
    #[arg(long, value_name = "CODE")]
    pub jurisdiction: Option<String>,
    /// Make the ledger and its key where there is none
    #[arg(long)]
    pub create: bool,
}

/// Whose consents, and in which ledger.
#[derive(Clone, Debug, Args)]
pub struct WhoArgs {
    /// The person: the name of the source that identifies them, a colon, and their id there. Everything after the
    /// first colon is the id: `login:ada`, `slack:T01:U02`
    #[arg(long, value_name = "NAMESPACE:ID")]
    pub subject: Person,
    /// The consents to use: a policy's `consents`, or the policy's name where it sets none [default: the only one
    /// there is]
    #[arg(long)]
    pub group: Option<String>,
    /// The ledger's database, instead of the configuration's
    #[arg(long, value_name = "PATH")]
    pub ledger: Option<PathBuf>,
    /// The configuration that names the ledger and the policies
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A person as typed. Printing it for debugging shows no id.
#[derive(Clone, Debug)]
pub struct Person(Subject);

impl Person {
    /// The subject. Typing an id proves nothing.
    pub fn subject(&self) -> &Subject {
        &self.0
    }
}

impl ConsentVerb {
    /// Which ledger is meant.
    pub fn place(&self) -> Place<'_> {
        let (ledger, config) = match self {
            Self::About(verb) => (&verb.who().ledger, &verb.who().config),
            Self::Ids(verb) => (&verb.at().ledger, &verb.at().config),
            Self::Export(ExportArgs { place, .. }) | Self::Import(ImportArgs { place, .. }) => {
                (&place.ledger, &place.config)
            }
        };
        Place { ledger: ledger.as_deref(), config: config.as_deref() }
    }
}

impl AboutVerb {
    /// Whose consents, and in which ledger.
    pub fn who(&self) -> &WhoArgs {
        match self {
            Self::Grant(about) | Self::Deny(about) | Self::Withdraw(about) | Self::Object(about) => {
                &about.all.who
            }
            Self::Restrict(all) | Self::Lift(all) => &all.who,
            Self::Show(who) | Self::History(who) => who,
        }
    }
}

impl FromStr for Person {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some((namespace, id)) if !namespace.is_empty() && !id.is_empty() => {
                Ok(Self(Subject::new(namespace, id, Standing::Claimed)))
            }
            _ => Err("write a source's name, a colon and an id, like `login:ada`".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_after_the_first_colon_is_the_id() {
        let person: Person = "slack:T01:U02".parse().unwrap();
        assert_eq!((person.0.namespace(), person.0.id()), ("slack", "T01:U02"));
        for wrong in ["ada", ":ada", "login:", ""] {
            assert!(wrong.parse::<Person>().is_err(), "{wrong}");
        }
        assert!(!format!("{person:?}").contains("U02"));
    }
}
