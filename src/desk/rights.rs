//! What a person asks for beside purposes: that processing stop, a copy, a word with the operator.
//!
//! The rule: a restriction holds for everything that is served, so it is written for each group of consents, and so is its end; where
//! one could not be written the answer says so, and asking again writes them all. What would defeat it: a restriction that a group
//! added later does not know of; so what counts as restricted is said group by group where it is decided.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{decisions::SOURCE, problem::Problem, shown::groups};
use crate::{
    consent::DecisionKind,
    exchange::Site,
    ledger::{Erased, MOST_CHARACTERS, NewDecision, NewRequest, RequestKind, RightsRequest},
    subject::Subject,
};

/// A word to the operator.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// What it says.
    #[schemars(length(min = 1, max = 4000))]
    pub text: String,
}

/// Everything goes, if this says so.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Erasing {
    /// Must be true.
    #[schemars(extend("const" = true))]
    pub confirm: bool,
}

/// Whether processing is restricted.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Restriction {
    /// Whether it is.
    pub restricted: bool,
}

/// What somebody asked for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Asked {
    /// Its number.
    pub number: u64,
    /// What was asked for.
    pub kind: RequestKind,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// By when it must be answered.
    #[schemars(with = "String")]
    pub due: Timestamp,
    /// What the person wrote.
    pub words: Option<String>,
    /// When it was answered.
    #[schemars(with = "Option<String>")]
    pub done_at: Option<Timestamp>,
    /// How, in the operator's words.
    pub how: Option<String>,
}

/// What somebody asked for, newest first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Requests {
    /// The requests.
    pub requests: Vec<Asked>,
}

/// Restricts processing, or lifts the restriction.
///
/// # Errors
/// When the ledger does not answer.
pub async fn restrict(site: &Site, subject: &Subject, restricted: bool) -> Result<Restriction, Problem> {
    let kind = if restricted { DecisionKind::Restrict } else { DecisionKind::Lift };
    for group in groups(&site.routes()) {
        let new = NewDecision {
            kind,
            purpose: None,
            notice: None,
            text_digest: None,
            source: SOURCE.to_owned(),
            expires: None,
            jurisdiction: None,
        };
        site.ledger.decide(subject, &group.name, new).await?;
    }
    Ok(Restriction { restricted })
}

/// Writes down a word to the operator.
///
/// # Errors
/// [`Problem::Unreadable`] for one that is empty or too long; or the ledger's.
pub async fn tell(site: &Site, subject: &Subject, words: &Words) -> Result<Asked, Problem> {
    let text = words.text.trim();
    if text.is_empty() {
        return Err(Problem::Unreadable("the text is empty"));
    }
    if text.chars().count() > MOST_CHARACTERS {
        return Err(Problem::Unreadable("the text has more than 4,000 characters"));
    }
    let words = Some(text.to_owned());
    let new = NewRequest { kind: RequestKind::Word, words, source: SOURCE.to_owned() };
    Ok(site.ledger.ask(subject, new).await?.into())
}

/// What a person asked for.
///
/// # Errors
/// When the ledger does not answer.
pub async fn requests(site: &Site, subject: &Subject) -> Result<Requests, Problem> {
    let requests = site.ledger.requests_of(subject).await?;
    Ok(Requests { requests: requests.into_iter().map(Asked::from).collect() })
}

/// Erases everything that is known of a person here. Afterwards no session of theirs holds.
///
/// # Errors
/// [`Problem::Unreadable`] without the confirmation; or the ledger's.
pub async fn erase(site: &Site, subject: &Subject, erasing: &Erasing) -> Result<Erased, Problem> {
    if !erasing.confirm {
        return Err(Problem::Unreadable("`confirm` is not true"));
    }
    Ok(site.ledger.erase(subject, SOURCE).await?)
}

impl From<RightsRequest> for Asked {
    fn from(request: RightsRequest) -> Self {
        let RightsRequest { id, subject: _, kind, at, due, source: _, words, done_at, how } = request;
        Self { number: id, kind, at, due, words, done_at, how }
    }
}
