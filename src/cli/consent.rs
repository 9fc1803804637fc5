//! `assentry consent`: write down, or look up, what somebody decided.
//!
//! The rule: what the command reports has been acknowledged by the ledger, and a running proxy obeys it from that moment. A yes
//! is recorded under the notice that the policy names now, with the digest of the text it stands for, unless another is
//! named. A person whom no source could identify is refused, since nobody would obey what was decided. The id is echoed to the terminal it was typed at, and never put into an error.

mod args;
mod ids;
mod known;
mod moving;
mod proof;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    io::Write,
    path::PathBuf,
};

use serde_json::json;

pub use self::{
    args::{AboutVerb, AllArgs, ConsentArgs, ConsentVerb, Person, Place, PurposeArgs, WhoArgs},
    ids::{IdsVerb, LinkArgs, LinkedArgs, LinksArgs, UnlinkArgs},
    known::known_from,
    moving::{ExportArgs, ImportArgs, PlaceArgs},
};
use crate::{
    consent::{Consent, Decision, DecisionKind},
    identify::check_id,
    ledger::{Channel, LedgerError, LedgerSettings, NewDecision, open_existing_for_cli, open_for_cli},
    subject::Subject,
};

/// The purposes that the policies of one group know of.
#[derive(Clone, Debug, Default)]
pub struct KnownPurposes {
    /// The group: what policies with the same `consents`, or one policy alone, share.
    pub group: String,
    /// Each purpose with what is shown for it.
    pub purposes: BTreeMap<String, Shown>,
    /// The namespaces of the sources that identify people where these policies are served.
    pub namespaces: BTreeSet<String>,
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
    /// A credential does not prove what it should; which one and why, never what it is.
    #[error("{0}")]
    Unproven(String),
    /// There is no ledger to write to.
    #[error("there is no ledger at `{}`; start `assentry serve` once, or give `--create`", .0)]
    NoLedger(String),
    /// There is no key that an import could belong to.
    #[error("there is no key at `{}`; copy the key file of the ledger that was exported there first", .0.display())]
    NoKey(PathBuf),
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
            Self::Unproven(_) | Self::NoLedger(_) | Self::NoKey(_) | Self::Ledger(_) | Self::Output(_) => 1,
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
    match &args.verb {
        ConsentVerb::About(verb) => about(verb, settings, known, out).await,
        ConsentVerb::Ids(verb) => ids::run(verb, settings, known, out).await,
        ConsentVerb::Export(args) => moving::export(args, settings, out).await,
        ConsentVerb::Import(args) => moving::import(args, settings, out).await,
    }
}

async fn about(
    verb: &AboutVerb,
    settings: &LedgerSettings,
    known: &[KnownPurposes],
    out: &mut impl Write,
) -> Result<(), ConsentFailure> {
    let group = group(verb.who(), known)?;
    check_person(verb.who().subject.subject(), known.iter().find(|known| known.group == group))?;
    let desk = Desk { who: verb.who(), group: &group, settings, out };
    let one = |kind, about| about_purpose(kind, about, &group, known);
    match verb {
        AboutVerb::Grant(about) => desk.decide(one(DecisionKind::Grant, about)?, &about.all).await,
        AboutVerb::Deny(about) => desk.decide(one(DecisionKind::Deny, about)?, &about.all).await,
        AboutVerb::Withdraw(about) => desk.decide(one(DecisionKind::Withdraw, about)?, &about.all).await,
        AboutVerb::Object(about) => desk.decide(one(DecisionKind::Object, about)?, &about.all).await,
        AboutVerb::Restrict(all) => desk.decide(about_all(DecisionKind::Restrict, all), all).await,
        AboutVerb::Lift(all) => desk.decide(about_all(DecisionKind::Lift, all), all).await,
        AboutVerb::Show(_) => desk.show().await,
        AboutVerb::History(_) => desk.history().await,
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
    async fn decide(self, new: NewDecision, all: &AllArgs) -> Result<(), ConsentFailure> {
        let mut channel = self.channel_to_write(all.create).await?;
        let decision = channel.decide(self.subject(), self.group, new).await?;
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
        if !consent.linked.is_empty() {
            writeln!(self.out, "  linked with the ids that receipts call {}", consent.linked.join(", "))?;
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
        open_existing_for_cli(self.settings).await
    }

    async fn channel_to_write(&self, create: bool) -> Result<Channel, ConsentFailure> {
        if create {
            return Ok(open_for_cli(self.settings).await?);
        }
        self.channel().await.map_err(|error| {
            // Only a verb that writes has `--create`.
            if let LedgerError::Missing(place) = error {
                ConsentFailure::NoLedger(place)
            } else {
                error.into()
            }
        })
    }

    fn subject(&self) -> &Subject {
        self.who.subject.subject()
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

/// A request could bring this person's id and, where it is known who identifies people here, in this namespace.
fn check_person(subject: &Subject, known: Option<&KnownPurposes>) -> Result<(), ConsentFailure> {
    check_id(subject.id().as_bytes()).map_err(|fault| ConsentFailure::Usage(fault.to_owned()))?;
    let namespace = subject.namespace();
    match known {
        Some(known) if known.namespaces.is_empty() => Err(ConsentFailure::Usage(format!(
            "the configuration names no `subjects` for `{}`, so nobody would be recognised; name a source first",
            known.group
        ))),
        Some(known) if !known.namespaces.contains(namespace) => {
            Err(unknown("namespace", namespace, known.namespaces.iter().map(String::as_str)))
        }
        Some(_) | None => Ok(()),
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
        expires: about.expires,
        jurisdiction: about.all.jurisdiction.clone(),
    })
}

fn about_all(kind: DecisionKind, all: &AllArgs) -> NewDecision {
    NewDecision {
        kind,
        purpose: None,
        notice: None,
        text_digest: None,
        source: "cli".to_owned(),
        expires: None,
        jurisdiction: all.jurisdiction.clone(),
    }
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
    let origin = match (&decision.of, &decision.via) {
        (Some(id), _) => format!(", said by the linked id {id}"),
        (None, Some(id)) => format!(", through the linked id {id}"),
        (None, None) => String::new(),
    };
    format!("{word} since {when}{notice} ({}){origin}", decision.source)
}

#[cfg(test)]
mod tests;
