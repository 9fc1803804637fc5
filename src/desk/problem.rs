//! What the desk says no with: one type, one table.
//!
//! The rule: as for exchanges' refusals, each has a stable name, a status and advice, and carries nothing from the request. What
//! would defeat it is an answer that tells apart why a link or a session does not hold, or whether somebody is known: whoever asks
//! without a right to know hears one and the same.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{ledger::LedgerError, pass::NoPass, refusal::TYPE_BASE};

/// Why the desk says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no such page or operation.
    NotFound,
    /// It takes other methods; these.
    Method(&'static str),
    /// The request is for another host.
    Misdirected,
    /// Nobody said who they are.
    NotEntered,
    /// A credential or a session that does not hold.
    Credential,
    /// The id was claimed and not proven.
    NotProven,
    /// The keys that credentials are checked with could not be had.
    KeysUnreachable,
    /// The link does not hold: forged, expired, or used.
    Link,
    /// Another site's page asks.
    CrossSite,
    /// The form was not made for this session.
    Form,
    /// The body is of another media type than this one.
    MediaType(&'static str),
    /// The body is too large, or broke off.
    Body,
    /// The body can't be read; in words of ours.
    Unreadable(&'static str),
    /// A parameter that is none here, is there twice, or has no such value.
    Parameter(&'static str),
    /// Nobody here asks for such consents or such a purpose.
    Unknown,
    /// The purpose does not depend on a decision.
    NoChoice,
    /// The text that was agreed to is not shown any more.
    TextChanged,
    /// Too much was asked in a minute.
    Flood,
    /// What is asked for is kept elsewhere.
    KeptOutside,
    /// The ledger does not answer.
    Ledger,
    /// Assentry itself is at fault.
    Internal,
}

impl Problem {
    /// One of each kind.
    #[cfg(test)]
    pub const EACH: [Self; 21] = [
        Self::NotFound,
        Self::Method(""),
        Self::Misdirected,
        Self::NotEntered,
        Self::Credential,
        Self::NotProven,
        Self::KeysUnreachable,
        Self::Link,
        Self::CrossSite,
        Self::Form,
        Self::MediaType(""),
        Self::Body,
        Self::Unreadable(""),
        Self::Parameter(""),
        Self::Unknown,
        Self::NoChoice,
        Self::TextChanged,
        Self::Flood,
        Self::KeptOutside,
        Self::Ledger,
        Self::Internal,
    ];

    /// Its stable name: the last part of the problem type.
    pub fn slug(self) -> &'static str {
        self.row().0
    }

    /// The status.
    pub fn status(self) -> StatusCode {
        self.row().1
    }

    /// A short sentence, the same for all of its kind.
    pub fn title(self) -> &'static str {
        self.row().2
    }

    /// What to do.
    pub fn detail(self) -> String {
        let advice = self.row().3;
        match self {
            Self::Method(more) | Self::MediaType(more) => format!("{advice} {more}"),
            Self::Unreadable(what) | Self::Parameter(what) => format!("{what}; {advice}"),
            _ => advice.to_owned(),
        }
    }

    /// The document (RFC 9457).
    pub fn document(self) -> Value {
        json!({
            "type": format!("{TYPE_BASE}{}", self.slug()),
            "title": self.title(),
            "status": self.status().as_u16(),
            "detail": self.detail(),
        })
    }

    fn row(self) -> (&'static str, StatusCode, &'static str, &'static str) {
        match self {
            Self::NotFound => (
                "not-found",
                StatusCode::NOT_FOUND,
                "there is nothing here",
                "`/openapi.json` lists what there is",
            ),
            Self::Method(_) => {
                ("method", StatusCode::METHOD_NOT_ALLOWED, "the method is not allowed here", "use one of")
            }
            Self::Misdirected => (
                "misdirected",
                StatusCode::MISDIRECTED_REQUEST,
                "the request is for another host",
                "use the address that the configuration gives as the desk's `url`",
            ),
            Self::NotEntered => (
                "not-entered",
                StatusCode::UNAUTHORIZED,
                "nobody has entered",
                "show the credential that the chat takes, or use a link to the desk",
            ),
            Self::Credential => (
                "credential",
                StatusCode::UNAUTHORIZED,
                "the credential or session does not hold",
                "sign in again, or ask for a new link",
            ),
            Self::NotProven => (
                "not-proven",
                StatusCode::FORBIDDEN,
                "anybody could have claimed this id",
                "show a credential that proves who you are",
            ),
            Self::KeysUnreachable => (
                "keys-unreachable",
                StatusCode::SERVICE_UNAVAILABLE,
                "the credential can't be checked",
                "try again shortly",
            ),
            Self::Link => (
                "link",
                StatusCode::FORBIDDEN,
                "the link does not open the desk",
                "ask for a new link; each can be used once, for a short while",
            ),
            Self::CrossSite => (
                "cross-site",
                StatusCode::FORBIDDEN,
                "the request comes from another site",
                "decide on the desk's own pages; programs send `Origin` with the desk's own",
            ),
            Self::Form => (
                "form",
                StatusCode::FORBIDDEN,
                "the form is not of this session",
                "load the page again and send its form",
            ),
            Self::MediaType(_) => {
                ("media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body is of another type", "send")
            }
            Self::Body => (
                "body",
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body is too large or did not arrive",
                "send at most 64 KiB, without pauses",
            ),
            Self::Unreadable(_) => (
                "unreadable",
                StatusCode::BAD_REQUEST,
                "the body can't be read",
                "send what `/openapi.json` describes and nothing else",
            ),
            Self::Parameter(_) => (
                "parameter",
                StatusCode::BAD_REQUEST,
                "a parameter can't be used",
                "send what `/openapi.json` describes and nothing else",
            ),
            Self::Unknown => (
                "unknown",
                StatusCode::NOT_FOUND,
                "nobody here asks for that",
                "`/api/overview` lists the consents and purposes there are",
            ),
            Self::NoChoice => (
                "no-choice",
                StatusCode::UNPROCESSABLE_ENTITY,
                "this purpose does not depend on a decision",
                "`choice` in `/api/overview` says which do",
            ),
            Self::TextChanged => (
                "text-changed",
                StatusCode::CONFLICT,
                "the text has changed since it was shown",
                "show the text in `/api/overview` and ask again",
            ),
            Self::Flood => (
                "flood",
                StatusCode::TOO_MANY_REQUESTS,
                "too much was asked in a short time",
                "wait for as long as `Retry-After` says",
            ),
            Self::KeptOutside => (
                "kept-outside",
                StatusCode::NOT_IMPLEMENTED,
                "this is kept in an outside service",
                "ask the operator, who runs that service",
            ),
            Self::Ledger => (
                "ledger-unreachable",
                StatusCode::SERVICE_UNAVAILABLE,
                "the ledger does not answer",
                "try again shortly; a decision may or may not have been written",
            ),
            Self::Internal => (
                "internal",
                StatusCode::INTERNAL_SERVER_ERROR,
                "something went wrong here",
                "try again later",
            ),
        }
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::OtherText(_) => Self::TextChanged,
            LedgerError::Purpose(_) | LedgerError::Expires(_) => Self::NoChoice,
            LedgerError::KeptOutside => Self::KeptOutside,
            error => {
                tracing::error!(%error, "the desk got no answer from the ledger");
                Self::Ledger
            }
        }
    }
}

impl From<NoPass> for Problem {
    fn from(_: NoPass) -> Self {
        Self::Internal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_saying_no_has_a_name_of_its_own_and_says_what_to_do() {
        let told: Vec<String> = Problem::EACH
            .iter()
            .map(|problem| {
                format!(
                    "{} {}: {}; {}",
                    problem.status().as_u16(),
                    problem.slug(),
                    problem.title(),
                    problem.detail()
                )
            })
            .collect();
        let names: std::collections::HashSet<_> =
            Problem::EACH.iter().map(|problem| problem.slug()).collect();
        assert_eq!(names.len(), Problem::EACH.len());
        insta::assert_snapshot!(told.join("\n"));
    }
}
