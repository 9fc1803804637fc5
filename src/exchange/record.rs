//! The receipt of an exchange while it is being made.
//!
//! The rule: once begun, a record always becomes a receipt: when the reply ends, when the request is refused, or when
//! either is dropped half-way. What would defeat it is a record that is forgotten rather than dropped.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::served::Served;
use crate::{
    consent::Consent,
    policy::Verdict,
    receipts::{
        Slot, Written,
        receipt::{Act, Ended, Mode, Outcome, PolicyName, PurposeState, Receipt, SubjectName},
    },
    refusal::Refusal,
    rewrite::account::Account,
    subject::Subject,
};

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
    outcome: Outcome,
}

impl Record {
    /// Begins the record of an exchange that has a slot.
    pub(super) fn begin(slot: Slot, time: Timestamp) -> Self {
        Self {
            slot: Some(slot),
            id: Uuid::now_v7(),
            time,
            route: None,
            mode: Mode::Enforce,
            subject: None,
            purposes: Vec::new(),
            account: Account::default(),
            outcome: Outcome::Undecided,
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
    }

    /// The request was decided about.
    pub(super) fn decided(&mut self, subject: Option<&Subject>, consent: &Consent, verdict: &Verdict) {
        self.subject = subject.map(|subject| SubjectName {
            reference: consent.reference.clone(),
            namespace: subject.namespace().to_owned(),
            standing: subject.standing(),
        });
        let purposes = self.route.iter().flat_map(|route| &route.plan.policy.purposes);
        let states = purposes.zip(&verdict.states).map(|(purpose, state)| PurposeState {
            purpose: Arc::clone(&purpose.name),
            allowed: state.allowed,
            because: state.why.words(),
        });
        self.purposes = states.collect();
    }

    /// This was done to the request.
    pub(super) fn rewritten(&mut self, account: Account) {
        self.account = account;
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
        self.outcome = Outcome::Refused { problem: refusal.slug(), status: refusal.status().as_u16() };
    }

    /// The exchange is over. The first end counts.
    pub(super) fn end(&mut self, ended: Ended) -> Option<Written> {
        let slot = self.slot.take()?;
        Some(slot.write(self.receipt(ended)))
    }

    fn receipt(&mut self, ended: Ended) -> Receipt {
        let plan = self.route.as_ref().map(|route| &route.plan);
        let lines = plan.map(|plan| self.account.lines(plan)).unwrap_or_default();
        Receipt {
            time: self.time,
            exchange: self.id.to_string(),
            route: self.route.as_ref().map(|route| Arc::clone(&route.name)),
            mode: self.mode,
            policy: plan.map(|plan| PolicyName {
                name: Arc::clone(&plan.policy.name),
                version: plan.policy.version,
                digest: Arc::clone(&plan.digest),
            }),
            subject: self.subject.take(),
            purposes: std::mem::take(&mut self.purposes),
            to_bot: lines
                .into_iter()
                .map(|line| Act { data: line.data, place: line.place, action: line.deed, count: line.count })
                .collect(),
            outcome: self.outcome.clone(),
            ended,
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        // Whoever waited for this exchange is gone.
        drop(self.end(Ended::ClientGone));
    }
}
