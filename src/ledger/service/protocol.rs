//! What is said between us and an outside consent service.
//!
//! The rule: an answer is taken only if every member of it is known here, since one that isn't could be what makes a yes shorter;
//! and a purpose that is there twice, or a decision of a kind that does not belong there, makes all of it void. Everything
//! that may be absent is absent, never `null`.

use std::{collections::BTreeMap, mem, sync::Arc};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    consent::{ConsentKey, Decision, DecisionKind},
    ledger::NewDecision,
    outside::NoAnswer,
    subject::Subject,
};

/// `POST consents` and `POST history`: about whom.
#[derive(Serialize)]
pub(super) struct About {
    subject: Whom,
    group: Arc<str>,
}

/// A person, in as many words as the service may hear.
#[derive(Serialize)]
pub(super) struct Whom {
    namespace: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    digest: String,
}

/// `POST decisions`: what is to be written down.
#[derive(Serialize)]
pub(super) struct Said<'a> {
    /// Two with one key are one.
    key: &'a str,
    #[serde(flatten)]
    about: &'a About,
    decision: Wish<'a>,
}

/// A decision without what the service gives it.
#[derive(Serialize)]
struct Wish<'a> {
    kind: DecisionKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_digest: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Timestamp>,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    jurisdiction: Option<&'a str>,
}

/// The answer to `consents`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    generation: u64,
    decisions: Vec<Told>,
    restricted: bool,
    restriction_moved: Option<Timestamp>,
}

/// The answer to `history`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct History {
    history: Vec<Told>,
}

/// The answer to `decisions`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    decision: Told,
}

/// One decision, as the service tells it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    kind: DecisionKind,
    purpose: Option<String>,
    notice: Option<String>,
    text_digest: Option<String>,
    at: Timestamp,
    expires: Option<Timestamp>,
    source: String,
    jurisdiction: Option<String>,
    generation: u64,
}

/// What the service says of one subject at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::ledger) struct Standing {
    pub(in crate::ledger) generation: u64,
    pub(in crate::ledger) decisions: BTreeMap<String, Decision>,
    pub(in crate::ledger) restricted: bool,
    pub(in crate::ledger) restriction_moved: Option<Timestamp>,
}

impl About {
    pub(super) fn new(subject: &Subject, key: &ConsentKey, send_ids: bool) -> Self {
        Self {
            subject: Whom {
                namespace: subject.namespace().to_owned(),
                id: send_ids.then(|| subject.id().to_owned()),
                digest: HEXLOWER.encode(&key.subject),
            },
            group: Arc::clone(&key.group),
        }
    }
}

impl<'a> Said<'a> {
    pub(super) fn new(key: &'a str, about: &'a About, new: &'a NewDecision) -> Self {
        let decision = Wish {
            kind: new.kind,
            purpose: new.purpose.as_deref(),
            notice: new.notice.as_deref(),
            text_digest: new.text_digest.as_deref(),
            expires: new.expires,
            source: &new.source,
            jurisdiction: new.jurisdiction.as_deref(),
        };
        Self { key, about, decision }
    }
}

impl State {
    pub(super) fn understood(mut self) -> Result<Standing, NoAnswer> {
        let wrong = |what| NoAnswer::Wrong { question: "consents", what };
        let mut decisions = BTreeMap::new();
        for told in mem::take(&mut self.decisions) {
            let decision = told.understood("consents")?;
            let Some(purpose) = decision.purpose.clone() else {
                return Err(wrong("a restriction stands among the decisions; say it with `restricted`"));
            };
            if decision.generation > self.generation {
                return Err(wrong("a decision is newer than all of it"));
            }
            if decisions.insert(purpose, decision).is_some() {
                return Err(wrong("a purpose is there twice"));
            }
        }
        let Self { generation, restricted, restriction_moved, .. } = self;
        if restricted && restriction_moved.is_none() {
            return Err(wrong(
                "it does not say since when processing is restricted; say it with `restriction_moved`",
            ));
        }
        Ok(Standing { generation, decisions, restricted, restriction_moved })
    }
}

impl History {
    pub(super) fn understood(self) -> Result<Vec<Decision>, NoAnswer> {
        self.history.into_iter().map(|told| told.understood("history")).collect()
    }
}

impl Written {
    /// What was written, if it is what was to be.
    pub(super) fn understood(self, new: &NewDecision) -> Result<Decision, NoAnswer> {
        let decision = self.decision.understood("decisions")?;
        let same = decision.kind == new.kind
            && decision.purpose == new.purpose
            && decision.notice == new.notice
            && decision.expires == new.expires;
        if same {
            Ok(decision)
        } else {
            Err(NoAnswer::Wrong { question: "decisions", what: "it is another" })
        }
    }
}

impl Told {
    fn understood(self, question: &'static str) -> Result<Decision, NoAnswer> {
        let Self { kind, purpose, notice, text_digest, at, expires, source, jurisdiction, generation } = self;
        let wrong = |what| Err(NoAnswer::Wrong { question, what });
        if kind.needs_purpose() != purpose.is_some() {
            return wrong("a decision and its purpose don't fit");
        }
        if expires.is_some() && kind != DecisionKind::Grant {
            return wrong("only a yes can expire");
        }
        let (via, of) = (None, None);
        Ok(Decision {
            kind,
            purpose,
            notice,
            text_digest,
            at,
            expires,
            source,
            jurisdiction,
            generation,
            via,
            of,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn understood(text: &str) -> Result<Standing, String> {
        let state: State = serde_json::from_str(text).map_err(|error| error.to_string())?;
        state.understood().map_err(|error| error.to_string())
    }

    const YES: &str =
        r#"{"kind":"grant","purpose":"p","at":"2026-11-01T00:00:00Z","source":"app","generation":7}"#;

    #[test]
    fn an_answer_is_taken_whole() {
        let standing =
            understood(&format!(r#"{{"generation":7,"decisions":[{YES}],"restricted":true,"restriction_moved":"2026-11-01T00:00:00Z"}}"#)).unwrap();
        assert!(standing.restricted && standing.generation == 7);
        assert_eq!(standing.decisions["p"].kind, DecisionKind::Grant);
        let nobody = r#"{"generation":0,"decisions":[],"restricted":false}"#;
        assert_eq!(understood(nobody).unwrap(), Standing::default());
    }

    #[test]
    fn an_answer_that_is_not_as_documented_is_none_at_all() {
        let of =
            |decisions: &str| format!(r#"{{"generation":7,"decisions":[{decisions}],"restricted":false}}"#);
        for text in [
            r#"{"generation":7,"decisions":[]}"#.to_owned(),
            r#"{"generation":7,"decisions":[],"restricted":"no"}"#.to_owned(),
            r#"{"generation":7,"decisions":[],"restricted":true}"#.to_owned(),
            r#"{"generation":7,"decisions":[],"restricted":false,"frozen":true}"#.to_owned(),
            of(&format!("{YES},{YES}")),
            of(&YES.replace("\"source\"", "\"expire\":\"2026-11-02T00:00:00Z\",\"source\"")),
            of(&YES.replace("grant", "allow")),
            of(&YES.replace("grant", "restrict")),
            of(&YES
                .replace("grant", "deny")
                .replace("\"source\"", "\"expires\":\"2026-11-02T00:00:00Z\",\"source\"")),
            of(&YES.replace("\"purpose\":\"p\",", "")),
            of(&YES.replace("2026-11-01T00:00:00Z", "yesterday")),
            of(&YES.replace(":7}", ":8}")),
            of(r#"{"kind":"restrict","at":"2026-11-01T00:00:00Z","source":"app","generation":7}"#),
            "[]".to_owned(),
            String::new(),
        ] {
            assert!(understood(&text).is_err(), "{text}");
        }
        assert!(understood(&of(YES)).is_ok());
    }
}
