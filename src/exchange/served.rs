//! What is served on one route: its policy, its subjects, its bot.

use std::{fmt, sync::Arc, time::Duration};

use http::request::Parts;
use jiff::Timestamp;

use super::{keywords::Keywords, reading::Reading, shadow::Shadow};
use crate::{
    consent::SubjectKey,
    detectors::Detectors,
    identify::{Found, Identified, Identifier, PeerView, Strip, Unfetched},
    ledger::Ledger,
    metrics::Tally,
    policy::{ObjectionSignal, Plan, Policy, Verdict},
    profile::{Profile, Socket},
    pseudonym::{Hosts, Pseudonyms, Reach},
    receipts::receipt::Mode,
    refusal::Refusal,
    rewrite::{
        Rewritten,
        leaf::Keys,
        media::{self, BodyKind},
        pick::Pick,
    },
    selector::{BodySelector, SelectorFault},
    server::Peer,
    signal::{At, Kind, SignalReader, Signals},
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
    /// What its messages look like, where that is known.
    pub profile: Option<Arc<Profile>>,
    /// A candidate policy that is tried beside it.
    pub(super) shadow: Option<Shadow>,
    /// The messages that are decisions.
    pub(super) keywords: Option<Keywords>,
    /// Its bot.
    pub upstream: Upstream,
    /// Whether it enforces or only reports.
    mode: Mode,
    /// Until when it may only report.
    until: Option<Timestamp>,
    /// Media types that pass unread although the policy has something to say about bodies.
    pub other_bodies: Vec<String>,
    /// Hosts in whose links pseudonyms are turned back.
    links: Arc<Hosts>,
    /// Who else is asked about texts.
    pub(super) detectors: Detectors,
    /// How much a request may bring.
    pub limits: Limits,
    /// What its protocol writes around the JSON in the messages of a socket.
    pub framing: Socket,
    /// What counts its exchanges.
    pub(super) tally: Arc<Tally>,
    identifier: Identifier,
    picks: Vec<(usize, Pick)>,
    signals: SignalReader,
    /// Whether the bot is told which purposes are allowed.
    tells_bot: bool,
}

/// How much a request may bring, and how long it may take to do so.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a body that is held.
    pub body: u64,
    /// Bytes from which on a body flows while it is read, where it may.
    pub hold: u64,
    /// Bytes of a body that flows.
    pub flow: u64,
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
        (policy, profile): (Policy, Option<Profile>),
        identifier: Identifier,
        upstream: Upstream,
        limits: Limits,
        tally: Tally,
    ) -> Result<Self, SelectorFault> {
        let places = places(&identifier)?;
        let picks = places.iter().map(|(number, selector)| (*number, Pick::new(selector))).collect();
        let (policy, profile) = (Arc::new(policy), profile.map(Arc::new));
        let plan = Plan::to_bot(&policy, profile.as_deref(), &places);
        let back = Plan::to_person(&policy, profile.as_deref());
        Ok(Self {
            name: name.into(),
            shadow: None,
            keywords: None,
            upstream,
            mode: Mode::Enforce,
            until: None,
            other_bodies: Vec::new(),
            links: Arc::default(),
            detectors: Detectors::default(),
            limits,
            framing: profile.as_ref().map_or(Socket::Plain, |profile| profile.socket),
            plan,
            back,
            profile,
            tally: Arc::new(tally),
            identifier,
            picks,
            signals: SignalReader::default(),
            tells_bot: false,
        })
    }

    /// The same, with a candidate policy beside the one in force.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_shadow(mut self, candidate: Option<Policy>) -> Result<Self, SelectorFault> {
        let places = places(&self.identifier)?;
        self.shadow = candidate
            .map(|candidate| Shadow::new(&self.plan.policy, candidate, self.profile.as_deref(), &places));
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

    /// The same, with media types that pass unread.
    pub fn with_other_bodies(self, other_bodies: Vec<String>) -> Self {
        Self { other_bodies, ..self }
    }

    /// The same, with hosts in whose links pseudonyms are turned back.
    pub fn with_links(self, hosts: &[String]) -> Self {
        Self { links: Arc::new(hosts.iter().collect()), ..self }
    }

    /// The same, with others who are asked about texts.
    pub fn with_detectors(self, detectors: &Detectors) -> Self {
        Self { detectors: detectors.clone(), ..self }
    }

    /// Who else is asked about texts here.
    pub fn detectors(&self) -> &Detectors {
        &self.detectors
    }

    /// The same, with messages that are decisions.
    pub fn with_keywords(self, keywords: Option<Keywords>) -> Self {
        Self { keywords, ..self }
    }

    /// Whether a keyword would pass unseen, in a body that nobody reads; or none could ever come.
    pub fn overlooks_keywords(&self) -> bool {
        let Some(keywords) = &self.keywords else { return false };
        let unseen = match media::kind_of("application/json", &self.plan, &self.other_bodies) {
            Ok(kind) => kind != BodyKind::Json,
            Err(_) => !keywords.hears_forms(),
        };
        media::is_silent(&self.plan) || unseen
    }

    /// The same, with signals that are heard.
    pub fn with_signals(self, signals: SignalReader) -> Self {
        Self { signals, ..self }
    }

    /// The same, for a bot that is told which purposes are allowed, or not.
    pub fn telling_bot(self, tells_bot: bool) -> Self {
        Self { tells_bot, ..self }
    }

    /// The same, with an address at which people decide.
    pub fn with_desk(self, desk: Option<&str>) -> Self {
        let desk: Option<Arc<str>> = desk.map(Arc::from);
        let (plan, back) = (self.plan.with_desk(desk.as_ref()), self.back.with_desk(desk.as_ref()));
        Self { plan, back, ..self }
    }

    /// A signal for which a policy of the route asks and nobody looks.
    pub fn unheard(&self) -> Option<ObjectionSignal> {
        let purposes = self.policies().flat_map(|policy| &policy.purposes);
        purposes.flat_map(|purpose| &purpose.objections).copied().find(|signal| !self.signals.hears(*signal))
    }

    /// What a request says about consent.
    ///
    /// # Errors
    /// When it has a consent token that does not hold.
    pub(super) fn signals(&self, head: &Parts, subject: Option<&Subject>) -> Result<Signals, Refusal> {
        let token = self.identifier.consent_token(head, subject)?;
        Ok(self.signals.read(head).with_token(token))
    }

    /// Whether objections of this kind of signal are written down.
    pub(super) fn records(&self, kind: Kind) -> bool {
        self.signals.records(kind)
    }

    /// The request with what the bot is told about the verdict.
    pub(super) fn told(&self, rewritten: Rewritten, verdict: &Verdict) -> Rewritten {
        if self.tells_bot { rewritten.told(&self.plan, verdict) } else { rewritten }
    }

    /// Fetches the keys that are fetched, and keeps them fresh. Says where keys could not be had from, which is no
    /// reason not to serve: tokens are refused until they can.
    pub async fn start(&self) -> Vec<Unfetched> {
        self.identifier.start().await
    }

    /// Whether anybody is identified here in this namespace.
    pub fn identifies(&self, namespace: &str) -> bool {
        self.identifier.knows(namespace)
    }

    /// Takes over what another identifier fetched from the same addresses.
    pub fn take_over_keys(&self, other: &Self) {
        self.identifier.take_over(&other.identifier);
    }

    /// How many of its exchanges were forwarded so far, and how many refused.
    pub fn counted(&self) -> (u64, u64) {
        self.tally.told()
    }

    /// Whether what only lacks a yes is forwarded at this moment.
    pub fn only_reports(&self, now: Timestamp) -> bool {
        self.reports_until(now).is_some()
    }

    /// When enforcement will begin, where it has not begun at this moment.
    pub fn reports_until(&self, now: Timestamp) -> Option<Timestamp> {
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
            None => identified.map(|mut identified| {
                self.consume(&mut identified.strip);
                identified
            }),
        }
    }

    /// Notes which signals the bot must not get; there or not, so that their going tells nothing.
    fn consume(&self, strip: &mut Strip) {
        strip.keeps_gpc = self.signals.forwards_gpc();
        for at in self.signals.consumed() {
            match at {
                At::Header(name) => strip.headers.push(name.clone()),
                At::Cookie(name) => strip.cookies.push(Arc::clone(name)),
                At::Query(name) => strip.parameters.push(Arc::clone(name)),
            }
        }
    }

    /// Whether a JSON body may flow on while it is read: nothing needs to look at all of it, or could decide against what has
    /// left already.
    pub(super) fn lets_json_flow(&self) -> bool {
        self.picks.is_empty()
            && self.keywords.is_none()
            && self.shadow.is_none()
            && self.plan.decides_as_it_reads()
    }

    /// The key of the `hash` action: the subject's own under this policy, or one of nobody's.
    pub(super) fn hash_key(&self, ledger: &Ledger, subject: Option<&Subject>) -> Result<Keys, Refusal> {
        match subject {
            _ if !self.plan.hashes => Ok(Keys::new(&[0; 32])),
            None => Keys::random().map_err(|_| Refusal::Internal),
            Some(subject) => Ok(subjects_key(ledger, &self.plan.policy, subject)),
        }
    }

    /// The keys with the pseudonyms of an exchange: those it had before, or others where the subject's key is another one.
    pub(super) fn pseudonymising(
        &self,
        keys: Keys,
        subject: Option<&Subject>,
        key: Option<SubjectKey>,
        before: Option<&Keys>,
    ) -> Result<Keys, Refusal> {
        let before = before.and_then(Keys::pseudonyms);
        let pseudonyms = match (subject, key, before) {
            (None, _, Some(before)) | (_, None, Some(before)) => before.clone(),
            (_, Some(key), Some(before)) if before.is_of(&key) => before.clone(),
            (Some(subject), Some(key), _) => {
                Pseudonyms::new(&self.plan.policy.name, key, Reach::of(subject.standing()))
            }
            (None, _, None) | (_, None, None) => {
                Pseudonyms::of_nobody(&self.plan.policy.name).map_err(|_| Refusal::Internal)?
            }
        };
        Ok(keys.with_pseudonyms(pseudonyms, &self.links))
    }
}

/// The key under which a policy hashes a subject's data.
pub(super) fn subjects_key(ledger: &Ledger, policy: &Policy, subject: &Subject) -> Keys {
    let context = [policy.name.as_bytes(), subject.namespace().as_bytes(), subject.id().as_bytes()];
    Keys::new(&ledger.derive_key("hash", &context))
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
