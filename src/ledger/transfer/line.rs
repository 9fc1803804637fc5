//! One line: a decision, or what stands before them all.
//!
//! The rule: everything a decision has, under the names that the rest of the program uses; people by digest only. A member that
//! is not known here makes the line unreadable, and an error never repeats what stands there.

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{consent::DecisionKind, ledger::LedgerError};

/// The format, and the only version of it so far.
const FORMAT: &str = "assentry-decisions";
const VERSION: u32 = 1;

/// How far another machine's clock may be ahead.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// The first line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    format: String,
    version: u32,
    /// Which key the subjects' digests are made with.
    key: String,
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::ledger) struct Line {
    pub(super) subject: String,
    pub(super) group: String,
    pub(super) kind: DecisionKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) purpose: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) notice: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text_digest: Option<String>,
    pub(super) at: Timestamp,
    /// Where it stands in time, if not at `at`: a clock was behind when it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) order: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<Timestamp>,
    pub(super) source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) jurisdiction: Option<String>,
    /// The digest of the linked id that made it, for the record; of a no only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) via: Option<String>,
}

impl Header {
    pub(super) fn new(key: String) -> Self {
        Self { format: FORMAT.to_owned(), version: VERSION, key }
    }

    pub(super) fn read(line: &[u8]) -> Result<Self, LedgerError> {
        serde_json::from_slice(line)
            .ok()
            .filter(|header: &Self| header.format == FORMAT)
            .ok_or(LedgerError::NoHeader)
    }

    pub(super) fn check(self, ours: &str) -> Result<(), LedgerError> {
        if self.version != VERSION {
            return Err(LedgerError::ExportVersion { found: self.version, known: VERSION });
        }
        if self.key != ours {
            let short = self.key.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
            return Err(LedgerError::OtherKey { theirs: short, ours: ours.to_owned() });
        }
        Ok(())
    }
}

impl Line {
    /// Reads a line whose moment is not after `latest`; or says what is wrong with it.
    pub(in crate::ledger) fn read(line: &[u8], latest: Timestamp) -> Result<Self, &'static str> {
        let line: Self = serde_json::from_slice(line).map_err(|_| "it is not a decision as documented")?;
        if line.digest().is_none() {
            return Err("its `subject` is not 64 hexadecimal digits");
        }
        if line.group.is_empty() {
            return Err("its `group` is empty");
        }
        if line.kind.needs_purpose() != line.purpose.is_some() {
            return Err("its `kind` and `purpose` don't fit");
        }
        if line.expires.is_some() && line.kind != DecisionKind::Grant {
            return Err("only a `grant` can expire");
        }
        if line.via.is_some() && !line.is_no() {
            return Err(
                "a yes that came through a link ends with it, so it is not taken over; leave the line out",
            );
        }
        if line.via.is_some() && line.maker().is_none() {
            return Err("its `via` is not 64 hexadecimal digits");
        }
        if line.order.is_some_and(|order| order <= line.at) {
            return Err("its `order` is not after `at`");
        }
        if line.moment() > latest {
            return Err("it is from the future; check the clocks of both machines");
        }
        Ok(line)
    }

    /// Whether it allows less than was allowed before.
    pub(super) fn is_no(&self) -> bool {
        match self.kind {
            DecisionKind::Deny | DecisionKind::Withdraw | DecisionKind::Object | DecisionKind::Restrict => {
                true
            }
            DecisionKind::Grant | DecisionKind::Lift => false,
        }
    }

    /// Where it stands in time.
    pub(super) fn moment(&self) -> Timestamp {
        self.order.unwrap_or(self.at)
    }

    pub(super) fn digest(&self) -> Option<[u8; 32]> {
        digest(&self.subject)
    }

    /// The linked id that made it.
    pub(super) fn maker(&self) -> Option<[u8; 32]> {
        digest(self.via.as_ref()?)
    }

    /// As an outside service is given it, which knows nothing of links.
    pub(in crate::ledger) fn unlinked(&self) -> Self {
        Self { via: None, ..self.clone() }
    }
}

fn digest(text: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// The latest moment that may be imported now.
pub(in crate::ledger) fn latest(now: Timestamp) -> Timestamp {
    now.checked_add(AHEAD).unwrap_or(Timestamp::MAX)
}

/// Lines as they are exported, and as a service is given them.
pub(in crate::ledger) fn written<T: Serialize>(lines: &[T]) -> Result<Vec<u8>, LedgerError> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line)
            .map_err(|error| LedgerError::Unreachable(error.to_string()))?;
        text.push(b'\n');
    }
    Ok(text)
}
