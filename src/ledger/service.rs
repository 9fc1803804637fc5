//! An outside consent service: it keeps the decisions in place of our database, or may only say no beside it.
//!
//! The rule: what the service said counts for `max_age` from the moment the question was sent, on a clock that nobody sets; and
//! only while nothing was pushed about the subject since. So a no in the service is obeyed at once when it is pushed, and within
//! `max_age` when it is not. Without an answer there is no consent: callers refuse, whatever was known before.
//!
//! Each subject has a mark that a push moves, shared with few others. A question notes the mark before it is sent, and its answer
//! counts while the mark stands: a push therefore reaches what is held, what is under way and every group of the subject,
//! with nothing to look up or remove. Another subject's push costs one more question now and then.
//!
//! What would defeat it: noting the mark, or the time, after sending; a second place that holds answers without their lease.

mod health;
mod protocol;
mod push;
mod settings;
mod transfer;
pub(super) mod webhook;

use std::{
    collections::HashSet,
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use moka::sync::Cache as Map;
use serde::de::DeserializeOwned;

pub(super) use self::transfer::Exporting;
use self::{
    health::Health,
    protocol::{About, History, Said, Standing, State, Written},
    webhook::{Attempts, WebhookKey},
};
pub use self::{
    health::ServiceFiles,
    settings::{ServiceSettings, WebhookSettings},
    webhook::PushFault,
};
use super::{LedgerError, NewDecision, key_file::random_name};
use crate::{
    consent::{Consent, ConsentKey, Decision, DecisionKind, Lease},
    outside::{Client, NoAnswer},
    subject::Subject,
};

/// How many marks subjects share.
const MARKS: usize = 1 << 12;

/// The largest answer about one moment, and the largest history.
const LARGEST: usize = 256 << 10;
const LARGEST_HISTORY: usize = 16 << 20;

/// What the service is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Decisions are kept there, and not here.
    Keeps,
    /// Decisions are kept here; its noes count as well.
    Vetoes,
}

/// An outside consent service.
pub(super) struct Service {
    pub(super) role: Role,
    client: Client,
    max_age: Duration,
    send_ids: bool,
    marks: Box<[AtomicU64]>,
    /// How often any mark was moved.
    changes: AtomicU64,
    webhook: ArcSwapOption<WebhookKey>,
    health: Health,
    attempts: Attempts,
    /// Who was asked about lately, to be able to ask again.
    people: Map<ConsentKey, Subject>,
    /// Who is just being asked about ahead of time.
    renewing: Mutex<HashSet<ConsentKey>>,
}

/// What the service said, and for how long that counts.
pub(super) struct Heard {
    pub(super) standing: Standing,
    pub(super) lease: Lease,
}

impl Service {
    pub(super) fn new(settings: &ServiceSettings, role: Role, people: u64) -> Result<Self, LedgerError> {
        let webhook = health::webhook(settings)?;
        Ok(Self {
            role,
            client: settings.client()?,
            max_age: settings.max_age.0,
            send_ids: settings.send_ids,
            marks: (0..MARKS).map(|_| AtomicU64::new(0)).collect(),
            changes: AtomicU64::new(0),
            webhook: ArcSwapOption::from_pointee(webhook),
            health: Health::default(),
            attempts: Attempts::default(),
            people: Map::new(people),
            renewing: Mutex::default(),
        })
    }

    /// The longest that a question takes.
    pub(super) fn patience(&self) -> Duration {
        self.client.patience()
    }

    /// What a subject has agreed to.
    pub(super) async fn ask(&self, subject: &Subject, key: &ConsentKey) -> Result<Heard, LedgerError> {
        let (mark, changes) = (self.mark(&key.subject).load(SeqCst), self.changes.load(SeqCst)); // before it is sent
        self.people.insert(key.clone(), subject.clone());
        let (state, sent): (State, _) = self.put("consents", &self.about(subject, key), LARGEST).await?;
        Ok(Heard { standing: state.understood()?, lease: Lease { since: sent, mark, changes } })
    }

    /// Whether what the service said of this subject still counts.
    pub(super) fn holds(&self, key: &ConsentKey, lease: &Lease) -> bool {
        lease.since.elapsed() < self.max_age && self.mark(&key.subject).load(SeqCst) == lease.mark
    }

    /// Whether nothing was said to have changed since, for anybody: so a push about one of a person's ids reaches the others,
    /// of which the service knows nothing.
    pub(super) fn is_unchanged(&self, lease: &Lease) -> bool {
        self.changes.load(SeqCst) == lease.changes
    }

    /// Whom to ask about again, if it is time to before the answer no longer counts. One caller at a time is told, who then
    /// calls [`Self::renewed`].
    pub(super) fn should_renew(&self, key: &ConsentKey, lease: &Lease) -> Option<Subject> {
        if lease.since.elapsed() <= self.max_age / 2 {
            return None;
        }
        let subject = self.people.get(key)?;
        let mut renewing = self.renewing.lock().unwrap_or_else(PoisonError::into_inner);
        renewing.insert(key.clone()).then_some(subject)
    }

    /// It was asked again, with or without success.
    pub(super) fn renewed(&self, key: &ConsentKey) {
        self.renewing.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// Nothing that was heard of this subject counts any more, nor the answers to questions under way.
    pub(super) fn overtake(&self, subject: &[u8; 32]) {
        self.mark(subject).fetch_add(1, SeqCst);
        self.changes.fetch_add(1, SeqCst);
    }

    /// The same for everybody.
    pub(super) fn overtake_all(&self) {
        for mark in &self.marks {
            mark.fetch_add(1, SeqCst);
        }
        self.changes.fetch_add(1, SeqCst);
    }

    /// Has decisions of one subject written down, one after the other.
    pub(super) async fn decide_all(
        &self,
        subject: &Subject,
        key: &ConsentKey,
        new: &[NewDecision],
    ) -> Result<Vec<Decision>, LedgerError> {
        let mut decided = Vec::new();
        for new in new {
            decided.push(self.decide(subject, key, new).await?);
        }
        Ok(decided)
    }

    async fn decide(
        &self,
        subject: &Subject,
        key: &ConsentKey,
        new: &NewDecision,
    ) -> Result<Decision, LedgerError> {
        let once = random_name().map_err(|error| LedgerError::Unreachable(error.to_string()))?;
        let about = self.about(subject, key);
        let (written, _): (Written, _) =
            self.put("decisions", &Said::new(&once, &about, new), LARGEST).await?;
        Ok(written.understood(new)?)
    }

    /// Every decision, oldest first.
    pub(super) async fn history(
        &self,
        subject: &Subject,
        key: &ConsentKey,
    ) -> Result<Vec<Decision>, LedgerError> {
        let (history, _): (History, _) =
            self.put("history", &self.about(subject, key), LARGEST_HISTORY).await?;
        Ok(history.understood()?)
    }

    async fn put<A: DeserializeOwned>(
        &self,
        question: &'static str,
        words: &impl serde::Serialize,
        largest: usize,
    ) -> Result<(A, std::time::Instant), LedgerError> {
        let answer = self.client.ask(question, words, largest).await?;
        self.health.answered(answer.1);
        Ok(answer)
    }

    fn about(&self, subject: &Subject, key: &ConsentKey) -> About {
        About::new(subject, key, self.send_ids)
    }

    fn mark(&self, subject: &[u8; 32]) -> &AtomicU64 {
        static NONE: AtomicU64 = AtomicU64::new(0);
        let [a, b, ..] = subject;
        self.marks.get(usize::from(u16::from_be_bytes([*a, *b])) % MARKS).unwrap_or(&NONE)
    }
}

impl Heard {
    /// Makes it part of what a consent says: all of it, or its noes.
    pub(super) fn put_into(&self, consent: &mut Consent, role: Role) {
        let Standing { generation, decisions, restricted, restriction_moved } = &self.standing;
        match role {
            Role::Keeps => {
                consent.generation = *generation;
                consent.decisions.clone_from(decisions);
                (consent.restricted, consent.restriction_moved) = (*restricted, *restriction_moved);
            }
            Role::Vetoes => {
                consent.restricted |= restricted;
                consent.restriction_moved = consent.restriction_moved.max(*restriction_moved);
                for (purpose, no) in decisions.iter().filter(|(_, decision)| is_no(decision)) {
                    consent.vetoed.insert(purpose.clone());
                    if !consent.decisions.get(purpose).is_some_and(is_no) {
                        consent.decisions.insert(purpose.clone(), no.clone());
                    }
                }
            }
        }
    }
}

/// Whether a decision about one purpose is a no.
fn is_no(decision: &Decision) -> bool {
    match decision.kind {
        DecisionKind::Deny | DecisionKind::Withdraw | DecisionKind::Object => true,
        DecisionKind::Grant | DecisionKind::Restrict | DecisionKind::Lift => false,
    }
}

impl From<NoAnswer> for LedgerError {
    fn from(why: NoAnswer) -> Self {
        Self::Unreachable(format!("the consent service gave no answer: {why}"))
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("role", &self.role).finish_non_exhaustive()
    }
}
