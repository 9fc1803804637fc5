//! The receipt of an exchange while it is being made.
//!
//! The rule: once begun, a record always becomes a receipt: when the reply ends, when the request is refused, or when
//! either is dropped half-way. What would defeat it is a record that is forgotten rather than dropped.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::{notes::Notes, served::Served};
use crate::{
    consent::{Consent, DecisionKind},
    metrics::{Tally, UnderWay},
    policy::{Heard, Verdict},
    receipts::{
        Slot, Written,
        messages::{Messages, Minutes},
        receipt::{Act, Cast, Ended, Mode, Outcome, PolicyName, PurposeState, Receipt, Shadow, SubjectName},
    },
    refusal::Refusal,
    rewrite::account::Account,
    signal::Signals,
    subject::Subject,
};

/// What is known of the shadow until it is cast.
const UNREACHED: Cast = Cast::Undecided("the exchange ended before it was decided");

/// A receipt in the making.
pub(super) struct Record {
    slot: Option<Slot>,
    id: Uuid,
    time: Timestamp,
    route: Option<Arc<Served>>,
    mode: Mode,
    subject: Option<SubjectName>,
    signals: Vec<Heard>,
    purposes: Vec<PurposeState>,
    account: Account,
    account_back: Account,
    /// What is known of a body that flows, and of messages.
    notes: Option<Arc<Notes>>,
    cast: Cast,
    outcome: Outcome,
    tally: Arc<Tally>,
    _under_way: UnderWay,
}

impl Record {
    /// Begins the record of an exchange that has a slot; `tally` counts it unless it finds a route.
    pub(super) fn begin(slot: Slot, time: Timestamp, tally: Arc<Tally>, under_way: UnderWay) -> Self {
        Self {
            slot: Some(slot),
            id: Uuid::now_v7(),
            time,
            route: None,
            mode: Mode::Enforce,
            subject: None,
            signals: Vec::new(),
            purposes: Vec::new(),
            account: Account::default(),
            account_back: Account::default(),
            notes: None,
            cast: UNREACHED,
            outcome: Outcome::Undecided,
            tally,
            _under_way: under_way,
        }
    }

    /// The exchange's id.
    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    /// The request took this route.
    pub(super) fn routed(&mut self, route: &Arc<Served>) {
        self.mode = if route.only_reports(self.time) { Mode::Report } else { Mode::Enforce };
        self.route = Some(Arc::clone(route));
        self.tally = Arc::clone(&route.tally);
    }

    /// The request was decided about.
    pub(super) fn decided(&mut self, subject: Option<&Subject>, consent: &Consent, verdict: &Verdict) {
        self.subject = subject.map(|subject| SubjectName {
            reference: consent.reference.clone(),
            namespace: subject.namespace().to_owned(),
            standing: subject.standing(),
        });
        let route = self.route.as_ref();
        self.purposes = route.map(|route| PurposeState::all(&route.plan, verdict)).unwrap_or_default();
    }

    /// The request said this about consent.
    pub(super) fn heard(&mut self, signals: &Signals, verdict: &Verdict) {
        let heard = |route: &Arc<Served>| Heard::all(&route.plan.policy, signals, verdict);
        self.signals = self.route.as_ref().map(heard).unwrap_or_default();
    }

    /// This was done to the request.
    pub(super) fn rewritten(&mut self, account: Account) {
        self.account = account;
        self.notes = None;
    }

    /// The body flows; what is done to the request is told there.
    pub(super) fn flows(&mut self, notes: Arc<Notes>) {
        self.notes = Some(notes);
    }

    /// Why a body that flows was broken off.
    pub(super) fn broken_off(&self) -> Option<Refusal> {
        self.notes.as_ref()?.refusal()
    }

    /// This was done to the reply.
    pub(super) fn rewritten_back(&mut self, account: Account) {
        self.account_back = account;
    }

    /// This is what the route's candidate policy would have done.
    pub(super) fn shadowed(&mut self, cast: Cast) {
        self.cast = cast;
    }

    /// The request is on its way to the bot.
    pub(super) fn forwarded(&mut self) {
        self.outcome = Outcome::Forwarded { status: None };
    }

    /// The bot has begun to answer.
    pub(super) fn answered(&mut self, status: u16) {
        self.outcome = Outcome::Forwarded { status: Some(status) };
    }

    /// The request was refused.
    pub(super) fn refused(&mut self, refusal: &Refusal) {
        self.tally.refused(refusal);
        self.outcome = Outcome::refused(refusal);
    }

    /// The request was for us, and this person decided by it.
    pub(super) fn obeyed(&mut self, decision: DecisionKind) {
        self.outcome = Outcome::Obeyed { decision };
    }

    /// The request is this person's, of whom no more is known.
    pub(super) fn named(&mut self, subject: &Subject) {
        let (namespace, standing) = (subject.namespace().to_owned(), subject.standing());
        self.subject = Some(SubjectName { reference: None, namespace, standing });
    }

    /// The request was refused in an answer of the protocol's own, with its usual status.
    pub(super) fn refused_in_words(&mut self, refusal: &Refusal, subject: Option<&Subject>) {
        if let Some(subject) = subject {
            self.named(subject);
        }
        self.tally.refused(refusal);
        self.outcome = Outcome::Refused { problem: refusal.slug(), status: 200 };
    }

    /// The exchange goes on as a conversation of many messages, which are noted here.
    pub(super) fn converses(&mut self) -> Arc<Notes> {
        let account = &mut self.account;
        let notes = self.notes.get_or_insert_with(|| Arc::new(Notes::of(std::mem::take(account))));
        let policy = self.route.as_ref().map(|route| PolicyName::of(&route.plan));
        notes.converses(policy, &self.purposes);
        Arc::clone(notes)
    }

    /// The exchange is over. The first end counts.
    pub(super) fn end(&mut self, ended: Ended) -> Option<Written> {
        let slot = self.slot.take()?;
        match self.outcome {
            Outcome::Forwarded { .. } => self.tally.forwarded(),
            Outcome::Obeyed { .. } => self.tally.obeyed(),
            Outcome::Undecided => self.tally.undecided(),
            Outcome::Refused { .. } => {} // counted with its reason
        }
        Some(slot.write(self.receipt(ended)))
    }

    fn receipt(&mut self, ended: Ended) -> Receipt {
        let messages = self.closed();
        let plan = self.route.as_ref().map(|route| &route.plan);
        let lines = plan.map(|plan| self.account.lines(plan)).unwrap_or_default();
        let back = self.route.as_ref().map(|route| self.account_back.lines(&route.back)).unwrap_or_default();
        Receipt {
            time: self.time,
            exchange: self.id.to_string(),
            route: self.route.as_ref().map(|route| Arc::clone(&route.name)),
            mode: self.mode,
            policy: plan.map(PolicyName::of),
            subject: self.subject.take(),
            signals: std::mem::take(&mut self.signals),
            purposes: std::mem::take(&mut self.purposes),
            to_bot: lines.into_iter().map(Act::from).collect(),
            messages,
            to_person: back.into_iter().map(Act::from).collect(),
            shadow: self.shadow(),
            outcome: self.outcome.clone(),
            ended,
        }
    }

    /// Closes the notes: nothing more is sent.
    fn closed(&mut self) -> Option<Messages> {
        let noted = self.notes.take()?.close();
        self.account = noted.account;
        noted.minutes.map(Minutes::finish)
    }

    fn shadow(&mut self) -> Option<Shadow> {
        let shadow = self.route.as_ref()?.shadow.as_ref()?;
        let cast = std::mem::replace(&mut self.cast, UNREACHED);
        Some(Shadow { policy: PolicyName::of(shadow.candidate()), cast })
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        // Whoever waited for this exchange is gone.
        drop(self.end(Ended::ClientGone));
    }
}
