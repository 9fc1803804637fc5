//! What is served on one route: its policy, its subjects, its bot.

use std::{fmt, sync::Arc, time::Duration};

use http::request::Parts;
use jiff::Timestamp;

use super::{reading::Reading, shadow::Shadow};
use crate::{
    identify::{Found, Identified, Identifier, PeerView, Unfetched},
    ledger::Ledger,
    metrics::Tally,
    policy::{Plan, Policy},
    profile::Socket,
    receipts::receipt::Mode,
    refusal::Refusal,
    rewrite::{leaf::HashKey, pick::Pick},
    selector::{BodySelector, SelectorFault},
    server::Peer,
    subject::Subject,
    upstream::Upstream,
};

/// One route's behaviour.
pub struct Served {
    /// How receipts call it.
    pub name: Arc<str>,
    /// Its policy, compiled for what goes to the bot.
    pub plan: Plan,
    /// The same policy for what goes to the person.
    pub back: Plan,
    /// A candidate policy that is tried beside it.
    pub(super) shadow: Option<Shadow>,
    /// Its bot.
    pub upstream: Upstream,
    /// Whether it enforces or only reports.
    mode: Mode,
    /// Until when it may only report.
    until: Option<Timestamp>,
    /// Media types that pass unread although the policy has something to say about bodies.
    pub other_bodies: Vec<String>,
    /// How much a request may bring.
    pub limits: Limits,
    /// What its protocol writes around the JSON in the messages of a socket.
    pub framing: Socket,
    /// What counts its exchanges.
    pub(super) tally: Arc<Tally>,
    identifier: Identifier,
    picks: Vec<(usize, Pick)>,
}

/// How much a request may bring, and how long it may take to do so.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a body.
    pub body: u64,
    /// How deep a JSON body may be nested.
    pub nesting: usize,
    /// How long the whole of a body may take.
    pub body_time: Duration,
    /// How long the whole of a reply may take that must be read before it goes on.
    pub reply_time: Duration,
    /// Bytes of a message of a socket, or of an event of a stream.
    pub message: u64,
    /// How long an end of a socket may say nothing, though it is asked whether it is there.
    pub socket_idle: Duration,
}

impl Served {
    /// Puts a route together.
    ///
    /// # Errors
    /// When a source of subjects asks for a place in the body that is none.
    pub fn new(
        name: &str,
        policy: Policy,
        identifier: Identifier,
        upstream: Upstream,
        limits: Limits,
        tally: Tally,
    ) -> Result<Self, SelectorFault> {
        let places = places(&identifier)?;
        let picks = places.iter().map(|(number, selector)| (*number, Pick::new(selector))).collect();
        let plan = Plan::with_credentials(policy, &places);
        let back = Plan::to_person(&plan.policy);
        Ok(Self {
            name: name.into(),
            plan,
            back,
            shadow: None,
            upstream,
            mode: Mode::Enforce,
            until: None,
            other_bodies: Vec::new(),
            limits,
            framing: Socket::Plain,
            tally: Arc::new(tally),
            identifier,
            picks,
        })
    }

    /// The same, with a candidate policy beside the one in force.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_shadow(mut self, candidate: Option<Policy>) -> Result<Self, SelectorFault> {
        let places = places(&self.identifier)?;
        self.shadow = candidate.map(|candidate| Shadow::new(&self.plan.policy, candidate, &places));
        Ok(self)
    }

    /// The policy in force, and the candidate beside it.
    pub fn policies(&self) -> impl Iterator<Item = &Policy> {
        let candidate = self.shadow.as_ref().map(|shadow| &*shadow.candidate().policy);
        std::iter::once(&*self.plan.policy).chain(candidate)
    }

    /// The same, in another mode; `until` is when `report` ends.
    pub fn with_mode(self, mode: Mode, until: Option<Timestamp>) -> Self {
        Self { mode, until, ..self }
    }

    /// The same, for a protocol that writes something around the JSON in the messages of a socket.
    pub fn with_framing(self, framing: Socket) -> Self {
        Self { framing, ..self }
    }

    /// The same, with media types that pass unread.
    pub fn with_other_bodies(self, other_bodies: Vec<String>) -> Self {
        Self { other_bodies, ..self }
    }

    /// Fetches the keys that are fetched, and keeps them fresh. Says where keys could not be had from, which is no
    /// reason not to serve: tokens are refused until they can.
    pub async fn start(&self) -> Vec<Unfetched> {
        self.identifier.start().await
    }

    /// Takes over what another identifier fetched from the same addresses.
    pub fn take_over_keys(&self, other: &Self) {
        self.identifier.take_over(&other.identifier);
    }

    /// Whether what only lacks a yes is forwarded at this moment.
    pub fn only_reports(&self, now: Timestamp) -> bool {
        self.reports_until(now).is_some()
    }

    /// When enforcement will begin, where it has not begun at this moment.
    pub(super) fn reports_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.until.filter(|until| self.mode == Mode::Report && now < *until)
    }

    /// Whose data the request carries.
    pub(super) fn identify(&self, head: &Parts, peer: &Peer, body: &Reading) -> Result<Identified, Refusal> {
        let peer = PeerView { address: peer.remote.ip(), certificate: peer.certificate.as_deref() };
        let unreadable = std::cell::Cell::new(None);
        let identified = self.identifier.identify(head, peer, |path| {
            let pick = self.picks.iter().find(|(number, _)| *number == path.0);
            let (Some((_, pick)), Some(json)) = (pick, body.json()) else { return Found::Absent };
            pick.find(json, self.limits.nesting).unwrap_or_else(|fault| {
                unreadable.set(Some(fault));
                Found::Unfit
            })
        });
        match unreadable.take() {
            Some(fault) => Err(Refusal::Unreadable { what: fault.what, at: fault.at as u64 }),
            None => identified,
        }
    }

    /// The key of the `hash` action: the subject's own under this policy, or one of nobody's.
    pub(super) fn hash_key(&self, ledger: &Ledger, subject: Option<&Subject>) -> Result<HashKey, Refusal> {
        match subject {
            _ if !self.plan.hashes => Ok(HashKey::new(&[0; 32])),
            None => HashKey::random().map_err(|_| Refusal::Internal),
            Some(subject) => Ok(subjects_key(ledger, &self.plan.policy, subject)),
        }
    }
}

/// The key under which a policy hashes a subject's data.
pub(super) fn subjects_key(ledger: &Ledger, policy: &Policy, subject: &Subject) -> HashKey {
    let context = [policy.name.as_bytes(), subject.namespace().as_bytes(), subject.id().as_bytes()];
    HashKey::new(&ledger.derive_key("hash", &context))
}

/// The places in the body that may name the subject, each with the number of its source.
fn places(identifier: &Identifier) -> Result<Vec<(usize, BodySelector)>, SelectorFault> {
    let parsed = identifier.body_paths().map(|(path, text)| Ok((path.0, BodySelector::parse(text, false)?)));
    parsed.collect()
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served").field("name", &self.name).finish_non_exhaustive()
    }
}
