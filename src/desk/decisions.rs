//! What a person decides, and what they decided before.
//!
//! The rule: a decision names the text that was shown, by its digest. A yes to a text that is not shown any more is a conflict; a
//! no is taken whatever was shown, because nothing may hold it up (GDPR Art. 7(3): as easy to withdraw as to give). What would defeat
//! it: asking more of somebody who says no.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    overview::Choice,
    problem::Problem,
    shown::{Group, group, groups},
    texts::Texts,
};
use crate::{
    consent::{Decision, DecisionKind},
    exchange::Site,
    ledger::NewDecision,
    policy::Purpose,
    subject::Subject,
};

/// Who writes these down, as the ledger calls it.
pub(super) const SOURCE: &str = "desk";

/// What is decided.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deciding {
    /// The name under which decisions are kept.
    #[schemars(length(min = 1, max = 256))]
    pub consents: String,
    /// The purpose.
    #[schemars(length(min = 1, max = 256))]
    pub purpose: String,
    /// What is decided.
    pub kind: ChoiceMade,
    /// The digest of the text that was shown.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub text_digest: String,
}

/// What can be said to one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChoiceMade {
    /// Yes; also takes an objection back.
    Grant,
    /// No.
    Deny,
    /// An earlier yes is taken back.
    Withdraw,
    /// The person objects.
    Object,
}

/// A decision that was made.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Made {
    /// The number the ledger gave it: higher is later. `before` takes it.
    pub number: u64,
    /// The name under which it is kept.
    pub consents: String,
    /// The purpose; none for a restriction and its end.
    pub purpose: Option<String>,
    /// What the purpose is called now.
    pub title: Option<String>,
    /// What was decided: `grant`, `deny`, `withdraw`, `object`, `restrict` or `lift`.
    pub kind: &'static str,
    /// The same in words for people.
    pub words: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Who wrote it down.
    pub source: String,
    /// The edition of the text that was shown.
    pub notice: Option<String>,
    /// The digest of the text that was shown.
    pub text_digest: Option<String>,
    /// When a yes ends by itself, where that was part of it.
    #[schemars(with = "Option<String>")]
    pub expires: Option<Timestamp>,
    /// Whether another id of the same person decided it for all.
    pub by_another_id: bool,
}

/// Decisions, newest first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct History {
    /// The decisions of this page.
    pub decisions: Vec<Made>,
    /// What to give as `before` for the next page; none at the end.
    pub next: Option<u64>,
}

impl ChoiceMade {
    /// The ledger's word.
    pub fn kind(self) -> DecisionKind {
        match self {
            Self::Grant => DecisionKind::Grant,
            Self::Deny => DecisionKind::Deny,
            Self::Withdraw => DecisionKind::Withdraw,
            Self::Object => DecisionKind::Object,
        }
    }
}

/// Writes a decision down.
///
/// # Errors
/// [`Problem::Unknown`], [`Problem::NoChoice`], [`Problem::TextChanged`]; or the ledger's.
pub async fn decide(
    site: &Site,
    subject: &Subject,
    deciding: &Deciding,
    texts: &Texts,
) -> Result<Made, Problem> {
    let Deciding { consents, purpose, kind, text_digest } = deciding;
    let group = group(&site.routes(), consents).ok_or(Problem::Unknown)?;
    let Chosen { title, notice } = chosen(&group, deciding)?;
    let new = NewDecision {
        kind: kind.kind(),
        purpose: Some(purpose.clone()),
        notice,
        text_digest: Some(text_digest.clone()),
        source: SOURCE.to_owned(),
        expires: None,
        jurisdiction: None,
    };
    let decision = site.ledger.decide(subject, consents, new).await?;
    Ok(made(consents, decision, title, texts))
}

/// What is decided on.
struct Chosen {
    title: Option<String>,
    /// The edition of the text that was shown.
    notice: Option<String>,
}

fn chosen(group: &Group, deciding: &Deciding) -> Result<Chosen, Problem> {
    let Deciding { purpose, kind, text_digest, .. } = deciding;
    let is_digest = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text_digest.len() != 64 || !text_digest.bytes().all(is_digest) {
        return Err(Problem::Unreadable("`text_digest` is not a SHA-256 in lower-case hexadecimal"));
    }
    let named = group.purposes().map(|(_, known)| known).filter(|known| *known.name == **purpose);
    let named: Vec<&Purpose> = named.collect();
    let first = named.first().ok_or(Problem::Unknown)?;
    if named.iter().all(|known| Choice::of(known.basis) == Choice::None) {
        return Err(Problem::NoChoice);
    }
    match named.iter().find(|known| known.text_digest() == *text_digest) {
        Some(shown) => Ok(Chosen { title: Some(shown.title.clone()), notice: shown.notice.clone() }),
        None if kind.kind().is_a_no() => Ok(Chosen { title: Some(first.title.clone()), notice: None }),
        None => Err(Problem::TextChanged),
    }
}

/// What a person decided, newest first: those with a number below `before`, at most `limit`.
///
/// # Errors
/// When the ledger does not answer.
pub async fn history(
    site: &Site,
    subject: &Subject,
    (before, limit): (Option<u64>, usize),
    texts: &Texts,
) -> Result<History, Problem> {
    let mut all = Vec::new();
    for group in groups(&site.routes()) {
        for decision in site.ledger.history(subject, &group.name).await? {
            if before.is_none_or(|before| decision.generation < before) {
                let title = decision.purpose.as_deref().and_then(|name| group.title(name));
                all.push(made(&group.name, decision, title, texts));
            }
        }
    }
    all.sort_by_key(|made| std::cmp::Reverse(made.number));
    let more = all.len() > limit;
    all.truncate(limit);
    let next = all.last().filter(|_| more).map(|last| last.number);
    Ok(History { decisions: all, next })
}

fn made(consents: &str, decision: Decision, title: Option<String>, texts: &Texts) -> Made {
    let kind = decision.kind.as_str();
    Made {
        number: decision.generation,
        consents: consents.to_owned(),
        purpose: decision.purpose,
        title,
        kind,
        words: texts.say(&format!("decision.{kind}")).to_owned(),
        at: decision.at,
        source: decision.source,
        notice: decision.notice,
        text_digest: decision.text_digest,
        expires: decision.expires,
        by_another_id: decision.via.is_some(),
    }
}
