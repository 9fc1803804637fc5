//! A message that is a decision: `STOP`, said in the chat itself.
//!
//! The rule: only the writer whose id is proven decides, and only by a whole message that is the word. Such a message is never
//! forwarded; it is answered when the decision is durable and obeyed everywhere, and one receipt says so. Somebody who could be
//! anybody is told to sign in: neither a yes nor a no of others may be made up, for a no takes something from them, too. What
//! would defeat it is a body that is not read, so a route with keywords holds every JSON body.

use std::fmt;

use http::{
    HeaderValue, Response,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use jiff::Timestamp;

use super::{Served, Site, reading::Reading, record::Record, unreachable};
use crate::{
    consent::DecisionKind,
    json::{NameHasher, Tokeniser},
    ledger::NewDecision,
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
pub(super) struct Spoken<'a> {
    keywords: &'a Keywords,
    yes: bool,
    streams: bool,
}

/// The keyword that a request is; none where it is a message for the bot.
pub(super) fn spoken<'a>(route: &'a Served, body: &Reading) -> Option<Spoken<'a>> {
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
    Some(Spoken { keywords, yes, streams })
}

/// Obeys a keyword, or says why not, in the words of the protocol.
///
/// # Errors
/// When the decision may not have been recorded.
pub(super) async fn obeyed(
    site: &Site,
    route: &Served,
    spoken: Spoken<'_>,
    (subject, signals): (Option<&Subject>, Signals),
    record: &mut Record,
) -> Result<Response<Body>, Refusal> {
    let Spoken { keywords, yes, .. } = spoken;
    let words = match subject.filter(|subject| subject.standing() == Standing::Proven) {
        None => {
            record.refused_in_words(&Refusal::NotSignedIn, subject);
            &keywords.sign_in
        }
        Some(subject) => {
            // Before it is done: a writer who hangs up now does not undo it.
            record.obeyed(if yes { DecisionKind::Grant } else { DecisionKind::Withdraw });
            decide(site, route, &spoken, subject).await?;
            let consent = site.consent(route, Some(subject)).await?;
            let verdict = route.plan.verdict(&consent, signals, Timestamp::now(), false);
            record.decided(Some(subject), &consent, &verdict);
            if yes { &keywords.yes.answer } else { &keywords.no.answer }
        }
    };
    let seconds = Timestamp::now().as_second();
    let answer = keywords.turn.answer(words, spoken.streams, &record.id().to_string(), seconds);
    let mut response = Response::new(Body::whole(answer.body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// One purpose after the other, each durable before the next: said again after a failure, it comes to the same.
async fn decide(site: &Site, route: &Served, spoken: &Spoken<'_>, subject: &Subject) -> Result<(), Refusal> {
    for purpose in &spoken.keywords.purposes {
        let kind = match (spoken.yes, purpose.basis) {
            (true, _) => DecisionKind::Grant,
            (false, Basis::Consent) => DecisionKind::Withdraw,
            (false, _) => DecisionKind::Object,
        };
        let new = NewDecision {
            kind,
            purpose: Some(purpose.name.to_string()),
            notice: purpose.notice.clone().filter(|_| spoken.yes),
            text_digest: spoken.yes.then(|| purpose.text_digest()),
            source: SOURCE.to_owned(),
        };
        site.ledger.decide(subject, &route.plan.policy.group, new).await.map_err(unreachable)?;
    }
    Ok(())
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
