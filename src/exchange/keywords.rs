//! A message that is a decision: `STOP`, said in the chat itself.
//!
//! The rule: only the writer whose id is proven decides, and only by a whole message that is the word. Such a message is never
//! forwarded; it is answered when the decision is durable and obeyed everywhere, and one receipt says so. Somebody who could be
//! anybody is told to sign in: neither a yes nor a no of others may be made up, for a no takes something from them, too. What
//! would defeat it is a body that is not read, so a route with keywords holds every JSON body.

use std::{fmt, sync::Arc};

use http::{
    HeaderValue, Response,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use jiff::Timestamp;

use super::{
    Served, Site, problem,
    reading::Reading,
    record::Record,
    reply::{self, Reply},
    unreachable,
};
use crate::{
    consent::DecisionKind,
    identify::Identified,
    json::{NameHasher, Tokeniser},
    ledger::{LedgerError, NewDecision},
    message::Body,
    policy::{Basis, Purpose},
    profile::{Said, Turn},
    refusal::Refusal,
    selector::Document,
    signal::Signals,
    subject::{Standing, Subject},
};

/// Who writes such a decision down.
const SOURCE: &str = "keyword";

/// A word as it is compared: without the space around it, and in small letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word(String);

/// The keywords of a route.
#[derive(Debug)]
pub struct Keywords {
    turn: Turn,
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

/// A keyword that somebody said.
pub(super) struct Spoken {
    route: Arc<Served>,
    subject: Option<Subject>,
    signals: Signals,
    yes: bool,
    streams: bool,
}

/// The keyword that a request is; none where it is a message for the bot.
pub(super) fn spoken(
    route: &Arc<Served>,
    body: &Reading,
    who: &Identified,
    signals: &Signals,
) -> Option<Spoken> {
    let keywords = route.keywords.as_ref()?;
    let mut tokeniser = Tokeniser::new(NameHasher::default(), route.limits.nesting);
    // One that can't be read is refused by the rewrite.
    let request = Document::read(body.json()?, &mut tokeniser).ok()?;
    let Said { text, streams } = keywords.turn.said(&request)?;
    let word = Word::new(&text);
    let yes = match (keywords.yes.words.contains(&word), keywords.no.words.contains(&word)) {
        (true, _) => true,
        (false, true) => false,
        (false, false) => return None,
    };
    let (route, subject, signals) = (Arc::clone(route), who.subject.clone(), signals.clone());
    Some(Spoken { route, subject, signals, yes, streams })
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

/// Obeys a keyword, or says why not, in the words of the protocol.
async fn obeyed(
    site: Arc<Site>,
    spoken: Spoken,
    mut record: Record,
) -> (Record, Result<Response<Body>, Refusal>) {
    let Some(keywords) = &spoken.route.keywords else { return (record, Err(Refusal::Internal)) };
    let words = match spoken.subject.as_ref().filter(|subject| subject.standing() == Standing::Proven) {
        None => {
            record.refused_in_words(&Refusal::NotSignedIn, spoken.subject.as_ref());
            &keywords.sign_in
        }
        Some(subject) => {
            if let Err(refusal) = decide(&site, &spoken, keywords, subject).await {
                return (record, Err(refusal));
            }
            record.obeyed(if spoken.yes { DecisionKind::Grant } else { DecisionKind::Withdraw });
            stands(&site, &spoken, subject, &mut record).await;
            if spoken.yes { &keywords.yes.answer } else { &keywords.no.answer }
        }
    };
    let answer = response(&keywords.turn, words, spoken.streams, &record);
    (record, Ok(answer))
}

/// Everything that a word decides, at once and durably.
async fn decide(site: &Site, spoken: &Spoken, keywords: &Keywords, subject: &Subject) -> Result<(), Refusal> {
    let new = keywords.purposes.iter().map(|purpose| decision(purpose, spoken.yes)).collect();
    let decided = site.ledger.decide_all(subject, &spoken.route.plan.policy.group, new).await;
    decided.map(drop).map_err(|error| match error {
        // Another policy is in force by now.
        LedgerError::OtherText(_) => Refusal::Unsettled,
        error => unreachable(error),
    })
}

fn decision(purpose: &Purpose, yes: bool) -> NewDecision {
    let kind = match (yes, purpose.basis) {
        (true, _) => DecisionKind::Grant,
        (false, Basis::Consent) => DecisionKind::Withdraw,
        (false, _) => DecisionKind::Object,
    };
    NewDecision {
        kind,
        purpose: Some(purpose.name.to_string()),
        notice: purpose.notice.clone().filter(|_| yes),
        text_digest: yes.then(|| purpose.text_digest()),
        source: SOURCE.to_owned(),
        expires: None,
        jurisdiction: None,
    }
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
    /// Puts them together: the words of a no and of a yes with what is answered, and what somebody hears who could be anybody.
    pub fn new(
        turn: Turn,
        (no, after_no): (Vec<Word>, String),
        (yes, after_yes): (Vec<Word>, String),
        sign_in: String,
        purposes: Vec<Purpose>,
    ) -> Self {
        let reaction = |words, answer| Reaction { words, answer };
        Self { turn, no: reaction(no, after_no), yes: reaction(yes, after_yes), sign_in, purposes }
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
