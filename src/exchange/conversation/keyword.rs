//! Messages of a conversation that are decisions.
//!
//! The rule: a keyword is obeyed before anything that was said after it is looked at, by whoever the conversation is with now;
//! and what is obeyed is noted by whoever obeys it, so that somebody who hangs up half-way leaves a receipt that says so. What
//! would defeat it is a conversation that ends first, so whoever ends one waits for [`Conversation::settled`].

use std::sync::Arc;

use jiff::Timestamp;

use super::Conversation;
use crate::{
    exchange::{ROUNDS, keywords, served::Served},
    profile::Socket,
    refusal::Refusal,
    rewrite::message::Part,
    subject::{Standing, Subject},
};

/// A keyword that was heard, and what is answered to it.
#[derive(Debug)]
pub(in crate::exchange) struct Heard {
    /// The answer, as a message.
    pub(in crate::exchange) answer: String,
    /// Whether it was obeyed; else it could be anybody's.
    pub(in crate::exchange) obeyed: bool,
}

impl Conversation {
    /// Obeys a part of a message that is a keyword; none where it is for the bot, or where it will be refused anyway.
    ///
    /// # Errors
    /// When the decision is not known to be written; the conversation is to be ended.
    pub(in crate::exchange) async fn obeyed(
        &self,
        part: &Part,
        framing: Socket,
    ) -> Result<Option<Heard>, Refusal> {
        for _ in 0..ROUNDS {
            let Some((route, subject, yes)) = self.keyword(part, framing) else { return Ok(None) };
            let obeyed = match subject {
                None => {
                    self.notes.told_to_sign_in();
                    None
                }
                Some(subject) => match self.obey(&route, subject, yes).await {
                    Ok(()) => Some(yes),
                    // Another policy is in force by now.
                    Err(Refusal::Unsettled) => continue,
                    Err(refusal) => return Err(refusal),
                },
            };
            let Some(keywords) = &route.keywords else { return Err(Refusal::Internal) };
            let answer = keywords.answer(obeyed, &self.notes.exchange());
            return Ok(Some(Heard { answer, obeyed: obeyed.is_some() }));
        }
        Err(Refusal::Unsettled)
    }

    /// Waits until nothing is being obeyed.
    pub(in crate::exchange) async fn settled(&self) {
        drop(self.obeying.lock().await);
    }

    /// The keyword that a part is on the route as it is served now, and who decides by it, if the id is proven.
    fn keyword(&self, part: &Part, framing: Socket) -> Option<(Arc<Served>, Option<Subject>, bool)> {
        let routes = self.site.routes();
        let (route, who, _) = self.standing(&routes).ok()?;
        let keyword = route.keywords.as_ref()?.in_part(part, framing, route.limits.nesting)?;
        if who.until.is_some_and(|until| until <= Timestamp::now()) {
            return None;
        }
        let proven = who.subject.clone().filter(|subject| subject.standing() == Standing::Proven);
        Some((Arc::clone(route), proven, keyword.yes))
    }

    async fn obey(&self, route: &Arc<Served>, subject: Subject, yes: bool) -> Result<(), Refusal> {
        let (site, route, notes) = (Arc::clone(&self.site), Arc::clone(route), Arc::clone(&self.notes));
        let obeying = Arc::clone(&self.obeying).lock_owned().await;
        let work = tokio::spawn(async move {
            let decided = keywords::decide(&site, &route, &subject, yes).await;
            if decided.is_ok() {
                notes.obeyed(keywords::kind(yes));
            }
            drop(obeying);
            decided
        });
        work.await.unwrap_or(Err(Refusal::Internal))
    }
}
