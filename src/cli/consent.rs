//! `assentry consent`: write down, or look up, what somebody decided.
//!
//! The rule: what the command reports has been acknowledged by the ledger, and a running proxy obeys it from that moment. A yes
//! is recorded under the notice that the policy names now, with the digest of the text it stands for, unless another is
//! named. The id is echoed to the terminal it was typed at, and never put into an error.

use std::{collections::BTreeMap, io, io::Write, path::PathBuf, str::FromStr};

use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    consent::{Consent, Decision, DecisionKind},
    ledger::{Channel, LedgerError, LedgerSettings, NewDecision, open_for_cli},
    subject::{Standing, Subject},
};

/// Record or look up what a person decided.
#[derive(Clone, Debug, Args)]
pub struct ConsentArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: ConsentVerb,
}

/// What to do with a person's consents.
#[derive(Clone, Debug, Subcommand)]
pub enum ConsentVerb {
    /// Record a yes to one purpose
    Grant(PurposeArgs),
    /// Record a no to one purpose, given when asked
    Deny(PurposeArgs),
    /// Record that an earlier yes is taken back
    Withdraw(PurposeArgs),
    /// Record an objection to a purpose that needs no yes
    Object(PurposeArgs),
    /// Stop everything but what the law or life demands
    Restrict(WhoArgs),
    /// End a restriction
    Lift(WhoArgs),
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
    /// Who, and where.
    #[command(flatten)]
    pub who: WhoArgs,
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

/// The purposes that the policies of one group know of.
#[derive(Clone, Debug, Default)]
pub struct KnownPurposes {
    /// The group: what policies with the same `consents`, or one policy alone, share.
    pub group: String,
    /// Each purpose with what is shown for it.
    pub purposes: BTreeMap<String, Shown>,
}

/// What a person is shown when asked about a purpose.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The edition of the notice.
    pub notice: Option<String>,
    /// SHA-256 of the text, in lower-case hexadecimal.
    pub text_digest: Option<String>,
}

/// Why the command did nothing, or can't tell.
#[derive(Debug, thiserror::Error)]
pub enum ConsentFailure {
    /// What was asked makes no sense here.
    #[error("{0}")]
    Usage(String),
    /// The ledger could not do it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The answer could not be printed.
    #[error("can't print the answer: {0}")]
    Output(#[from] io::Error),
}

impl ConsentFailure {
    /// 2 for wrong usage, 1 for what could not run.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Ledger(_) | Self::Output(_) => 1,
        }
    }
}

impl ConsentVerb {
    /// Whose consents, and in which ledger.
    pub fn who(&self) -> &WhoArgs {
        match self {
            Self::Grant(about) | Self::Deny(about) | Self::Withdraw(about) | Self::Object(about) => {
                &about.who
            }
            Self::Restrict(who) | Self::Lift(who) | Self::Show(who) | Self::History(who) => who,
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

/// Runs the verb. The caller has resolved `--ledger` and `--config`; `known` is empty when no policy is at hand, and
/// then any purpose is taken and the group must be named.
///
/// # Errors
/// [`ConsentFailure`], with its exit code.
pub async fn run(
    args: &ConsentArgs,
    settings: &LedgerSettings,
    known: &[KnownPurposes],
    out: &mut impl Write,
) -> Result<(), ConsentFailure> {
    let group = group(args.verb.who(), known)?;
    let desk = Desk { who: args.verb.who(), group: &group, settings, out };
    let one = |kind, about| about_purpose(kind, about, &group, known);
    match &args.verb {
        ConsentVerb::Grant(about) => desk.decide(one(DecisionKind::Grant, about)?).await,
        ConsentVerb::Deny(about) => desk.decide(one(DecisionKind::Deny, about)?).await,
        ConsentVerb::Withdraw(about) => desk.decide(one(DecisionKind::Withdraw, about)?).await,
        ConsentVerb::Object(about) => desk.decide(one(DecisionKind::Object, about)?).await,
        ConsentVerb::Restrict(_) => desk.decide(about_all(DecisionKind::Restrict)).await,
        ConsentVerb::Lift(_) => desk.decide(about_all(DecisionKind::Lift)).await,
        ConsentVerb::Show(_) => desk.show().await,
        ConsentVerb::History(_) => desk.history().await,
    }
}

/// One person's consents in one group, and where to print.
struct Desk<'a, W> {
    who: &'a WhoArgs,
    group: &'a str,
    settings: &'a LedgerSettings,
    out: &'a mut W,
}

impl<W: Write> Desk<'_, W> {
    async fn decide(self, new: NewDecision) -> Result<(), ConsentFailure> {
        let decision = self.channel().await?.decide(self.subject(), self.group, new).await?;
        if self.who.json {
            let line = json!({"group": self.group, "decision": decision});
            return Ok(writeln!(self.out, "{line}")?);
        }
        let (name, generation) = (self.name(), decision.generation);
        Ok(match (past(decision.kind), &decision.purpose) {
            (done, Some(purpose)) => {
                writeln!(self.out, "{done} `{purpose}` for {name} (generation {generation})")
            }
            (done, None) => writeln!(self.out, "{done} processing for {name} (generation {generation})"),
        }?)
    }

    async fn show(self) -> Result<(), ConsentFailure> {
        let consent = self.channel().await?.show(self.subject(), self.group).await?.unwrap_or_default();
        if self.who.json {
            let line = json!({"group": self.group, "consent": consent});
            return Ok(writeln!(self.out, "{line}")?);
        }
        Ok(self.print(&consent)?)
    }

    async fn history(self) -> Result<(), ConsentFailure> {
        let decisions = self.channel().await?.history(self.subject(), self.group).await?;
        if self.who.json {
            let line = json!({"group": self.group, "history": decisions});
            return Ok(writeln!(self.out, "{line}")?);
        }
        if decisions.is_empty() {
            return Ok(writeln!(self.out, "{} has decided nothing in `{}`", self.name(), self.group)?);
        }
        Ok(decisions.iter().try_for_each(|decision| {
            let purpose = decision.purpose.as_deref().unwrap_or("processing");
            writeln!(self.out, "{:>6}  {purpose}: {}", decision.generation, told(decision))
        })?)
    }

    fn print(self, consent: &Consent) -> io::Result<()> {
        if consent.generation == 0 {
            return writeln!(self.out, "{} has decided nothing in `{}`", self.name(), self.group);
        }
        writeln!(self.out, "{} in `{}` (generation {})", self.name(), self.group, consent.generation)?;
        if let Some(reference) = &consent.reference {
            writeln!(self.out, "  receipts call them {reference}")?;
        }
        if consent.restricted {
            writeln!(self.out, "  processing is restricted")?;
        }
        consent
            .decisions
            .iter()
            .try_for_each(|(purpose, decision)| writeln!(self.out, "  {purpose}: {}", told(decision)))
    }

    async fn channel(&self) -> Result<Channel, LedgerError> {
        open_for_cli(self.settings).await
    }

    fn subject(&self) -> &Subject {
        &self.who.subject.0
    }

    fn name(&self) -> String {
        format!("{}:{}", self.subject().namespace(), self.subject().id())
    }
}

/// The group named, or the only one there is.
fn group(who: &WhoArgs, known: &[KnownPurposes]) -> Result<String, ConsentFailure> {
    let names = || known.iter().map(|known| known.group.as_str());
    match (&who.group, known) {
        (Some(group), known) if known.is_empty() || names().any(|name| name == group) => Ok(group.clone()),
        (Some(group), _) => Err(unknown("consents group", group, names())),
        (None, [only]) => Ok(only.group.clone()),
        (None, []) => Err(ConsentFailure::Usage(
            "no policy says which consents are meant; name them with `--group`, or a configuration with `--config`"
                .to_owned(),
        )),
        (None, several) => {
            let names: Vec<_> = several.iter().map(|known| format!("`{}`", known.group)).collect();
            let text = format!("there are several consents groups; choose with `--group` from {}", names.join(", "));
            Err(ConsentFailure::Usage(text))
        }
    }
}

fn about_purpose(
    kind: DecisionKind,
    about: &PurposeArgs,
    group: &str,
    known: &[KnownPurposes],
) -> Result<NewDecision, ConsentFailure> {
    let shown =
        match known.iter().find(|known| known.group == group) {
            None => Shown::default(),
            Some(known) => known.purposes.get(&about.purpose).cloned().ok_or_else(|| {
                unknown("purpose", &about.purpose, known.purposes.keys().map(String::as_str))
            })?,
        };
    let asked = matches!(kind, DecisionKind::Grant | DecisionKind::Deny);
    let current = Some(&shown).filter(|_| asked).cloned().unwrap_or_default();
    // The text is known only for the current notice.
    let Shown { notice, text_digest } = match &about.notice {
        Some(named) if shown.notice.as_ref() == Some(named) => shown,
        Some(named) => Shown { notice: Some(named.clone()), text_digest: None },
        None => current,
    };
    Ok(NewDecision {
        kind,
        purpose: Some(about.purpose.clone()),
        notice,
        text_digest,
        source: "cli".to_owned(),
    })
}

fn about_all(kind: DecisionKind) -> NewDecision {
    NewDecision { kind, purpose: None, notice: None, text_digest: None, source: "cli".to_owned() }
}

fn unknown<'a>(what: &str, word: &str, known: impl Iterator<Item = &'a str>) -> ConsentFailure {
    let known: Vec<&str> = known.collect();
    let nearest = known.iter().map(|name| (strsim::damerau_levenshtein(word, name), *name)).min();
    ConsentFailure::Usage(match nearest {
        Some((distance, name)) if distance <= 1 + word.len() / 4 => {
            format!("unknown {what} `{word}`; did you mean `{name}`?")
        }
        _ => format!("unknown {what} `{word}`; there are: {}", known.join(", ")),
    })
}

fn past(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Grant => "granted",
        DecisionKind::Deny => "denied",
        DecisionKind::Withdraw => "withdrew",
        DecisionKind::Object => "objected to",
        DecisionKind::Restrict => "restricted",
        DecisionKind::Lift => "lifted the restriction of",
    }
}

/// What was decided, when, under which notice and through whom.
fn told(decision: &Decision) -> String {
    let word = match decision.kind {
        DecisionKind::Grant => "yes",
        DecisionKind::Deny => "no",
        DecisionKind::Withdraw => "withdrawn",
        DecisionKind::Object => "objected",
        DecisionKind::Restrict => "restricted",
        DecisionKind::Lift => "no longer restricted",
    };
    let when = decision.at.strftime("%Y-%m-%d %H:%M:%S UTC");
    let notice = decision.notice.as_ref().map(|notice| format!(", notice {notice}")).unwrap_or_default();
    format!("{word} since {when}{notice} ({})", decision.source)
}
