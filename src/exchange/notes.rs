//! What is done while an exchange goes on: to a body that flows, and to the messages of a conversation.
//!
//! The rule: what is done is noted before it is sent, so that the receipt tells it whenever the exchange ends; and once the
//! notes are closed nothing more may be sent. What would defeat it is a sender that does not ask.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    consent::DecisionKind,
    message::{BodyError, Direction, Made},
    policy::{Plan, Verdict},
    receipts::{
        messages::{Closed, Done, Minutes},
        receipt::{PolicyName, PurposeState},
    },
    refusal::Refusal,
    rewrite::account::Account,
};

/// The notes of one exchange, shared by whoever sends something and the receipt.
#[derive(Debug, Default)]
pub(super) struct Notes(Mutex<Noted>);

/// What is known at the end.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// What was done to the request.
    pub(super) account: Account,
    /// What was done to messages, if there are any.
    pub(super) minutes: Option<Minutes>,
    refusal: Option<Refusal>,
    /// The exchange's id.
    exchange: String,
    /// What the receipt says for all of the exchange.
    policy: Option<PolicyName>,
    purposes: Vec<PurposeState>,
    closed: bool,
}

impl Notes {
    /// Notes that begin with what was done to the request.
    pub(super) fn of(account: Account) -> Self {
        Self(Mutex::new(Noted { account, ..Noted::default() }))
    }

    /// The exchange goes on in messages. Each that is decided under another policy, or for other purposes, than these says so
    /// in the receipt.
    pub(super) fn converses(&self, exchange: Uuid, policy: Option<PolicyName>, purposes: &[PurposeState]) {
        let mut noted = self.lock();
        if noted.minutes.is_none() {
            noted.exchange = exchange.to_string();
            noted.minutes = Some(Minutes::default());
            noted.policy = policy;
            noted.purposes = purposes.to_vec();
        }
    }

    /// Notes what was done to a body so far.
    ///
    /// # Errors
    /// When the exchange is over.
    pub(super) fn goes_on(&self, account: &Account) -> Result<(), Refusal> {
        self.open()?.account.clone_from(account);
        Ok(())
    }

    /// A message is sent on, decided about under this plan; none where no policy speaks of its direction.
    ///
    /// # Errors
    /// When the exchange is over.
    pub(super) fn message(
        &self,
        direction: Direction,
        decided: Option<(&Plan, &Verdict, &Account)>,
    ) -> Result<(), Refusal> {
        let time = Timestamp::now();
        let mut done = Done { direction, time, policy: None, purposes: None, lines: Vec::new() };
        let mut noted = self.open()?;
        if let Some((plan, verdict, account)) = decided {
            let (policy, purposes) = (PolicyName::of(plan), PurposeState::all(plan, verdict));
            done.lines = account.lines(plan);
            done.policy = Some(policy).filter(|policy| noted.policy.as_ref() != Some(policy));
            done.purposes = Some(purposes).filter(|purposes| *purposes != noted.purposes);
        }
        if let Some(minutes) = &mut noted.minutes {
            minutes.done(done);
        }
        Ok(())
    }

    /// A message may not be sent on.
    pub(super) fn message_refused(&self, direction: Direction, refusal: &Refusal) {
        if let Some(minutes) = &mut self.lock().minutes {
            minutes.refused(direction, refusal);
        }
    }

    /// A message was a keyword, and was obeyed.
    pub(super) fn obeyed(&self, decision: DecisionKind) {
        if let Some(minutes) = &mut self.lock().minutes {
            minutes.obeyed(decision, Timestamp::now());
        }
    }

    /// A message was a keyword of somebody who could be anybody.
    pub(super) fn told_to_sign_in(&self) {
        if let Some(minutes) = &mut self.lock().minutes {
            minutes.told_to_sign_in();
        }
    }

    /// The exchange's id.
    pub(super) fn exchange(&self) -> String {
        self.lock().exchange.clone()
    }

    /// The conversation was ended. The first end counts.
    pub(super) fn ended(&self, closed: Closed) {
        if let Some(minutes) = &mut self.lock().minutes {
            minutes.closed(closed);
        }
    }

    /// A body may not be sent on: what it ends with.
    pub(super) fn refused(&self, refusal: Refusal) -> Made {
        self.lock().refusal = Some(refusal);
        Err(BodyError::Withheld)
    }

    /// Why the body was broken off.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.lock().refusal.clone()
    }

    /// The exchange is over: nothing more is sent. Gives what was done.
    pub(super) fn close(&self) -> Noted {
        std::mem::replace(&mut *self.lock(), Noted { closed: true, ..Noted::default() })
    }

    fn open(&self) -> Result<MutexGuard<'_, Noted>, Refusal> {
        Some(self.lock()).filter(|noted| !noted.closed).ok_or(Refusal::BodyBroken)
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
