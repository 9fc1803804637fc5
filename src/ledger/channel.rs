//! How a command reaches the ledger: through the running proxy where there is one, else directly.
//!
//! The rule: both ways do the same. Going through the proxy makes a no hold there before it is acknowledged; written
//! directly while a proxy runs, it would hold within the bound of [`super::watch`], so nothing is lost if one starts
//! in between.

use std::io::ErrorKind;

use super::{
    Joined, Ledger, LedgerError, LedgerSettings, Link, NewDecision, NewLink, Parted, Rewrapped, Use,
    control::{Answer, Control, Id, Request},
};
use crate::{
    consent::{Consent, Decision},
    subject::Subject,
};

/// A way to the ledger.
pub enum Channel {
    /// Through the proxy that serves it.
    Proxy(Box<Control>),
    /// The database itself; no proxy is running.
    Direct(Ledger),
}

/// Finds the way to a ledger; it is made where there is none.
///
/// # Errors
/// When a proxy is running and can't be spoken to, or none is and the ledger can't be opened.
pub async fn open_for_cli(settings: &LedgerSettings) -> Result<Channel, LedgerError> {
    match running(settings).await? {
        Some(control) => Ok(Channel::Proxy(Box::new(control))),
        None => Ledger::open_for(settings, Use::Decide).await.map(Channel::Direct),
    }
}

/// Finds the way to a ledger that is there.
///
/// # Errors
/// [`LedgerError::Missing`] where there is none; else as [`open_for_cli`].
pub async fn open_existing_for_cli(settings: &LedgerSettings) -> Result<Channel, LedgerError> {
    match running(settings).await? {
        Some(control) => Ok(Channel::Proxy(Box::new(control))),
        None => Ledger::open_existing(settings).await.map(Channel::Direct),
    }
}

impl Channel {
    /// As [`Ledger::decide`].
    ///
    /// # Errors
    /// As there.
    pub async fn decide(
        &mut self,
        subject: &Subject,
        group: &str,
        decision: NewDecision,
    ) -> Result<Decision, LedgerError> {
        match self {
            Self::Direct(ledger) => ledger.decide(subject, group, decision).await,
            Self::Proxy(control) => {
                let (namespace, id, group) = words(subject, group);
                match control.ask(&Request::Decide { namespace, id, group, decision }).await? {
                    Answer::Decided(decision) => Ok(decision),
                    other => Err(other.unexpected()),
                }
            }
        }
    }

    /// As [`Ledger::history`].
    ///
    /// # Errors
    /// As there.
    pub async fn history(&mut self, subject: &Subject, group: &str) -> Result<Vec<Decision>, LedgerError> {
        match self {
            Self::Direct(ledger) => ledger.history(subject, group).await,
            Self::Proxy(control) => {
                let (namespace, id, group) = words(subject, group);
                match control.ask(&Request::History { namespace, id, group }).await? {
                    Answer::History(decisions) => Ok(decisions),
                    other => Err(other.unexpected()),
                }
            }
        }
    }

    /// As [`Ledger::show`].
    ///
    /// # Errors
    /// As there.
    pub async fn show(&mut self, subject: &Subject, group: &str) -> Result<Option<Consent>, LedgerError> {
        match self {
            Self::Direct(ledger) => ledger.show(subject, group).await,
            Self::Proxy(control) => {
                let (namespace, id, group) = words(subject, group);
                match control.ask(&Request::Show { namespace, id, group }).await? {
                    Answer::Shown(consent) => Ok(consent),
                    other => Err(other.unexpected()),
                }
            }
        }
    }

    /// As [`Ledger::forget_keys`].
    ///
    /// # Errors
    /// As there.
    pub async fn forget_keys(
        &mut self,
        subject: &Subject,
        policy: Option<&str>,
        source: &str,
    ) -> Result<Vec<String>, LedgerError> {
        match self {
            Self::Direct(ledger) => ledger.forget_keys(subject, policy, source).await,
            Self::Proxy(control) => {
                let (namespace, id) = (subject.namespace().to_owned(), subject.id().to_owned());
                let (policy, source) = (policy.map(str::to_owned), source.to_owned());
                match control.ask(&Request::Forget { namespace, id, policy, source }).await? {
                    Answer::Forgotten(policies) => Ok(policies),
                    other => Err(other.unexpected()),
                }
            }
        }
    }

    /// As [`Ledger::link`].
    ///
    /// # Errors
    /// As there.
    pub async fn link(&mut self, [one, other]: [&Subject; 2], link: NewLink) -> Result<Joined, LedgerError> {
        match self {
            Self::Direct(ledger) => ledger.link(one, other, link).await,
            Self::Proxy(control) => {
                match control.ask(&Request::Link { ids: [one, other].map(Id::of), link }).await? {
                    Answer::Linked(joined) => Ok(joined),
                    other => Err(other.unexpected()),
                }
            }
        }
    }

    /// As [`Ledger::unlink`].
    ///
    /// # Errors
    /// As there.
    pub async fn unlink(
        &mut self,
        [one, other]: [&Subject; 2],
        link: NewLink,
    ) -> Result<Parted, LedgerError> {
        match self {
            Self::Direct(ledger) => ledger.unlink(one, other, link).await,
            Self::Proxy(control) => {
                match control.ask(&Request::Unlink { ids: [one, other].map(Id::of), link }).await? {
                    Answer::Unlinked(parted) => Ok(parted),
                    other => Err(other.unexpected()),
                }
            }
        }
    }

    /// As [`Ledger::links`].
    ///
    /// # Errors
    /// As there.
    pub async fn links(&mut self, subject: &Subject) -> Result<Vec<Link>, LedgerError> {
        match self {
            Self::Direct(ledger) => ledger.links(subject).await,
            Self::Proxy(control) => match control.ask(&Request::Links(Id::of(subject))).await? {
                Answer::Links(links) => Ok(links),
                other => Err(other.unexpected()),
            },
        }
    }

    /// As [`Ledger::rewrap_keys`]; a running proxy does it with its own master keys, so that it can read them afterwards.
    ///
    /// # Errors
    /// As there.
    pub async fn rewrap_keys(&mut self) -> Result<Rewrapped, LedgerError> {
        match self {
            Self::Direct(ledger) => ledger.rewrap_keys().await,
            Self::Proxy(control) => match control.ask_patiently(&Request::Rewrap).await? {
                Answer::Rewrapped(rewrapped) => Ok(rewrapped),
                other => Err(other.unexpected()),
            },
        }
    }
}

/// Opens the ledger itself, whether a proxy is running or not; it is made where there is none if it is to be.
///
/// # Errors
/// [`LedgerError::Missing`] where there is none; else as [`Ledger::open`].
pub async fn open_directly_for_cli(settings: &LedgerSettings, create: bool) -> Result<Ledger, LedgerError> {
    match create {
        true => Ledger::open_for(settings, Use::Decide).await,
        false => Ledger::open_existing(settings).await,
    }
}

/// Has a running proxy, if there is one, forget everything that it has read, after decisions were written past it.
///
/// # Errors
/// When one is running and it is not known to have.
pub async fn overtake_for_cli(settings: &LedgerSettings) -> Result<(), LedgerError> {
    match running(settings).await? {
        Some(mut control) => control.overtake().await,
        None => Ok(()),
    }
}

/// The proxy that serves the ledger, if one does.
async fn running(settings: &LedgerSettings) -> Result<Option<Control>, LedgerError> {
    let path = settings.socket_path();
    match Control::connect(&path).await {
        Ok(control) => Ok(Some(control)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => Ok(None),
        Err(source) => Err(LedgerError::Socket { path, source }),
    }
}

fn words(subject: &Subject, group: &str) -> (String, String, String) {
    (subject.namespace().to_owned(), subject.id().to_owned(), group.to_owned())
}
