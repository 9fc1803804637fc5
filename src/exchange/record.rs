//! The receipt of an exchange while it is being made.
//!
//! The rule: once begun, a record always becomes a receipt: when the reply ends, when the request is refused, or when
//! either is dropped half-way. What would defeat it is a record that is forgotten rather than dropped.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::{flow::Notes, served::Served};
use crate::{
    consent::{Consent, DecisionKind},
    message::Direction,
    metrics::{Tally, UnderWay},
    policy::{Plan, Verdict},
    receipts::{
        Slot, Written,
        messages::{Closed, Done, Minutes},
        receipt::{Act, Cast, Ended, Mode, Outcome, PolicyName, PurposeState, Receipt, Shadow, SubjectName},
    },
    refusal::Refusal,
    rewrite::account::Account,
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
    purposes: Vec<PurposeState>,
    account: Account,
    account_back: Account,
    /// What is known of a body that flows.
    notes: Option<Arc<Notes>>,
    minutes: Option<Box<Minutes>>,
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
            purposes: Vec::new(),
            account: Account::default(),
            account_back: Account::default(),
            notes: None,
            minutes: None,
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

    /// The request was refused in an answer of the protocol's own, with its usual status.
    pub(super) fn refused_in_words(&mut self, refusal: &Refusal, subject: Option<&Subject>) {
        self.subject = subject.map(|subject| SubjectName {
            reference: None,
            namespace: subject.namespace().to_owned(),
            standing: subject.standing(),
        });
        self.tally.refused(refusal);
        self.outcome = Outcome::Refused { problem: refusal.slug(), status: 200 };
    }

    /// The exchange goes on as a conversation of many messages.
    pub(super) fn converses(&mut self) {
        self.minutes = Some(Box::default());
    }

    /// A message of the conversation was sent on, decided about under this plan; none where no policy speaks of its
    /// direction.
    pub(super) fn message(
        &mut self,
        direction: Direction,
        time: Timestamp,
        decided: Option<(&Plan, &Verdict, &Account)>,
    ) {
        let Some(mut minutes) = self.minutes.take() else { return };
        let mut done = Done { direction, time, policy: None, purposes: None, lines: Vec::new() };
        if let Some((plan, verdict, account)) = decided {
            let (policy, purposes) = (PolicyName::of(plan), PurposeState::all(plan, verdict));
            let ours = self.route.as_ref().map(|route| PolicyName::of(&route.plan));
            done.lines = account.lines(plan);
            done.policy = Some(policy).filter(|policy| ours.as_ref() != Some(policy));
            done.purposes = Some(purposes).filter(|purposes| *purposes != self.purposes);
        }
        minutes.done(done);
        self.minutes = Some(minutes);
    }

    /// A message of the conversation may not be sent on.
    pub(super) fn message_refused(&mut self, direction: Direction, refusal: &Refusal) {
        if let Some(minutes) = &mut self.minutes {
            minutes.refused(direction, refusal);
        }
    }

    /// The conversation was ended. The first end counts.
    pub(super) fn closed(&mut self, closed: Closed) {
        if let Some(minutes) = &mut self.minutes {
            minutes.closed(closed);
        }
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
        if let Some(notes) = self.notes.take() {
            self.account = notes.close();
        }
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
            purposes: std::mem::take(&mut self.purposes),
            to_bot: lines.into_iter().map(Act::from).collect(),
            messages: self.minutes.take().map(|minutes| minutes.finish()),
            to_person: back.into_iter().map(Act::from).collect(),
            shadow: self.shadow(),
            outcome: self.outcome.clone(),
            ended,
        }
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
