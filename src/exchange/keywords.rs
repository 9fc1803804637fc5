//! A message that is a decision: `STOP`, said in the chat itself.
//!
//! The rule: only the writer whose id is proven decides, and only by a whole message that is the word. Such a message is never
//! forwarded; it is answered when the decision is durable and obeyed everywhere, and one receipt says so. Somebody who could be
//! anybody is told to sign in: neither a yes nor a no of others may be made up, for a no takes something from them, too. What
//! would defeat it is a body that is not read, so a route with keywords holds every JSON body.
//!
//! What is a keyword says [`hearing`], for whole requests and for messages; what it does, [`deciding`]. Messages of
//! conversations come to both by way of [`super::conversation`].

mod deciding;
mod hearing;

use std::{fmt, sync::Arc};

use http::{
    HeaderValue, Response,
    header::{CACHE_CONTROL, CONTENT_TYPE},
    request::Parts,
};
use jiff::Timestamp;

use super::{
    Served, Site, problem,
    reading::Reading,
    record::Record,
    reply::{self, Reply},
};
use crate::{
    consent::DecisionKind,
    identify::Identified,
    message::Body,
    policy::Purpose,
    profile::Turn,
    refusal::Refusal,
    signal::Signals,
    subject::{Standing, Subject},
};
pub(super) use deciding::decide;

/// A word as it is compared: without the space around it, and in small letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word(String);

/// The keywords of a route.
#[derive(Debug)]
pub struct Keywords {
    turn: Turn,
    /// The field of a form with what a person wrote; none where forms are not looked at.
    field: Option<String>,
    no: Reaction,
    yes: Reaction,
    sign_in: String,
    purposes: Vec<Purpose>,
}

/// Words, and what is answered to them.
#[derive(Debug)]
struct Reaction {
    words: Vec<Word>,
    answer: String,
}

/// What a message that is a keyword says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keyword {
    pub(super) yes: bool,
    /// Whether the answer is to come in events.
    streams: bool,
}

/// A keyword that a whole request is.
pub(super) struct Spoken {
    route: Arc<Served>,
    subject: Option<Subject>,
    signals: Signals,
    keyword: Keyword,
}

/// The keyword that a request is; none where it is a message for the bot.
pub(super) fn spoken(
    route: &Arc<Served>,
    head: &Parts,
    body: &Reading,
    who: &Identified,
    signals: &Signals,
) -> Option<Spoken> {
    let keyword = route.keywords.as_ref()?.in_body(head, body, route.limits.nesting)?;
    let (route, subject, signals) = (Arc::clone(route), who.subject.clone(), signals.clone());
    Some(Spoken { route, subject, signals, keyword })
}

/// The answer to a keyword, once it is obeyed. That is done on a task of its own, so that somebody who hangs up half-way leaves a
/// receipt that says what became of it.
pub(super) async fn answered(site: &Arc<Site>, spoken: Spoken, record: Record) -> Response<Reply> {
    match tokio::spawn(obeyed(Arc::clone(site), spoken, record)).await {
        Ok((record, Ok(answer))) => reply::told(answer, record).await,
        Ok((record, Err(refusal))) => problem::answer(&refusal, record).await,
        // It broke down, or we are: its record was dropped, and has become a receipt.
        Err(_) => problem::without_receipt(&Refusal::Internal),
    }
}

/// The answer to somebody who could be anybody, and said a keyword in a stream: that one was broken off.
pub(super) async fn sign_in(mut record: Record) -> Response<Reply> {
    let route = record.route().map(Arc::clone);
    let Some(keywords) = route.as_ref().and_then(|route| route.keywords.as_ref()) else {
        return problem::answer(&Refusal::NotSignedIn, record).await;
    };
    record.refused_in_words(&Refusal::NotSignedIn, None);
    let answer = response(&keywords.turn, &keywords.sign_in, false, &record);
    reply::told(answer, record).await
}

/// Obeys a keyword, or says why not, in the words of the protocol.
async fn obeyed(
    site: Arc<Site>,
    spoken: Spoken,
    mut record: Record,
) -> (Record, Result<Response<Body>, Refusal>) {
    let Some(keywords) = &spoken.route.keywords else { return (record, Err(Refusal::Internal)) };
    let Keyword { yes, streams } = spoken.keyword;
    let words = match spoken.subject.as_ref().filter(|subject| subject.standing() == Standing::Proven) {
        None => {
            record.refused_in_words(&Refusal::NotSignedIn, spoken.subject.as_ref());
            &keywords.sign_in
        }
        Some(subject) => {
            if let Err(refusal) = decide(&site, &spoken.route, subject, yes).await {
                return (record, Err(refusal));
            }
            record.obeyed(kind(yes));
            stands(&site, &spoken, subject, &mut record).await;
            keywords.words(yes)
        }
    };
    let answer = response(&keywords.turn, words, streams, &record);
    (record, Ok(answer))
}

/// What receipts call the decision.
pub(super) fn kind(yes: bool) -> DecisionKind {
    if yes { DecisionKind::Grant } else { DecisionKind::Withdraw }
}

/// Puts on record what holds for the writer now.
async fn stands(site: &Site, spoken: &Spoken, subject: &Subject, record: &mut Record) {
    match site.consent(&spoken.route, Some(subject)).await {
        Ok(consent) => {
            let verdict = spoken.route.plan.verdict(&consent, &spoken.signals, Timestamp::now(), false);
            record.decided(Some(subject), &consent, &verdict);
            record.heard(&spoken.signals, &verdict);
        }
        // What was decided holds all the same.
        Err(_) => record.named(subject),
    }
}

fn response(turn: &Turn, words: &str, streams: bool, record: &Record) -> Response<Body> {
    let seconds = Timestamp::now().as_second();
    let answer = turn.answer(words, streams, &record.id().to_string(), seconds);
    let mut response = Response::new(Body::whole(answer.body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl Keywords {
    /// Puts them together: where texts are, the words of a no and of a yes with what is answered, and what somebody hears who
    /// could be anybody.
    pub fn new(
        (turn, field): (Turn, Option<String>),
        (no, after_no): (Vec<Word>, String),
        (yes, after_yes): (Vec<Word>, String),
        sign_in: String,
        purposes: Vec<Purpose>,
    ) -> Self {
        let reaction = |words, answer| Reaction { words, answer };
        Self { turn, field, no: reaction(no, after_no), yes: reaction(yes, after_yes), sign_in, purposes }
    }

    /// Whether forms are looked at.
    pub(super) fn hears_forms(&self) -> bool {
        self.field.is_some()
    }

    /// What is answered to a message that was obeyed, or that could be anybody's, as a message.
    pub(super) fn answer(&self, obeyed: Option<bool>, exchange: &str) -> String {
        let words = obeyed.map_or(&*self.sign_in, |yes| self.words(yes));
        self.turn.answer(words, false, exchange, Timestamp::now().as_second()).body
    }

    fn words(&self, yes: bool) -> &str {
        if yes { &self.yes.answer } else { &self.no.answer }
    }
}

impl Word {
    /// A word as somebody wrote it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_lowercase())
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
