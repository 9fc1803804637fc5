//! A rewrite that needs to know what outside detectors say.
//!
//! The rule: it is tried, what it would have to know is asked, and it is tried again, until nothing is missing; only then is there
//! anything that could be sent. The door's question comes after that, as after every wait: a no that came meanwhile is obeyed. What
//! would defeat it is a text that changes with every answer and so is never done with; so there are only so many rounds.

use super::served::Served;
use crate::{
    detectors::Unanswered,
    policy::Plan,
    refusal::Refusal,
    rewrite::{
        Outside,
        account::Account,
        asked::{Answers, ROUNDS, Tried},
    },
};

/// What is known of the texts of one message, however often it is decided about.
#[derive(Debug, Default)]
pub(super) struct Asking {
    /// By the policy that they were asked for.
    answers: Option<([u8; 32], Answers)>,
}

impl Asking {
    /// Makes something of a message under a plan of this route; what is done is noted in `account`.
    ///
    /// # Errors
    /// What `make` says; or that somebody who must answer doesn't.
    pub(super) async fn made<T>(
        &mut self,
        (route, plan): (&Served, &Plan),
        account: &mut Account,
        make: impl Fn(Outside<'_>, &mut Account) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        if !plan.asks() {
            return make(Outside::NOBODY, account);
        }
        let answers = self.answers(route, plan);
        for _ in 0..ROUNDS {
            *account = Account::default();
            match answers.tried(|outside| make(outside, account))? {
                Tried::Made(made) => return Ok(made),
                // Boxed: few exchanges ask, and every one would carry the room about.
                Tried::Asks(questions) => Box::pin(route.detectors.ask(questions, answers)).await?,
            }
        }
        Err(Unanswered::Endless.into())
    }

    fn answers(&mut self, route: &Served, plan: &Plan) -> &mut Answers {
        let digest = plan.policy.digest;
        let most_held = usize::try_from(route.limits.message).unwrap_or(usize::MAX);
        let kept = self.answers.take().filter(|(of, _)| *of == digest);
        let (_, answers) = self.answers.insert(kept.unwrap_or_else(|| (digest, Answers::new(most_held))));
        answers
    }
}
