//! What of a receipt is read at the desk.
//!
//! The rule: a receipt that an earlier version wrote is read as far as it goes, so what was added later may be missing.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// A receipt.
#[derive(Deserialize)]
pub(super) struct Read {
    pub(super) time: Timestamp,
    pub(super) exchange: String,
    pub(super) route: Option<String>,
    pub(super) mode: Option<String>,
    pub(super) policy: Option<ReadPolicy>,
    #[serde(default)]
    pub(super) purposes: Vec<ReadPurpose>,
    #[serde(default)]
    pub(super) to_bot: Vec<ReadAct>,
    #[serde(default)]
    pub(super) to_person: Vec<ReadAct>,
    pub(super) messages: Option<ReadMessages>,
    pub(super) outcome: Value,
}

#[derive(Deserialize)]
pub(super) struct ReadPolicy {
    pub(super) name: String,
}

#[derive(Clone, Deserialize)]
pub(super) struct ReadPurpose {
    pub(super) purpose: String,
    pub(super) allowed: bool,
    pub(super) because: String,
}

#[derive(Clone, Deserialize)]
pub(super) struct ReadAct {
    pub(super) data: String,
    pub(super) action: String,
    pub(super) count: u64,
}

#[derive(Default, Deserialize)]
pub(super) struct ReadFlow {
    #[serde(default)]
    pub(super) passed: Vec<ReadAct>,
}

#[derive(Deserialize)]
pub(super) struct ReadMessages {
    #[serde(default)]
    pub(super) to_bot: ReadFlow,
    #[serde(default)]
    pub(super) to_person: ReadFlow,
    #[serde(default)]
    pub(super) withheld: Vec<ReadSection>,
    pub(super) further: Option<ReadFurther>,
}

#[derive(Deserialize)]
pub(super) struct ReadSection {
    pub(super) direction: String,
    pub(super) purposes: Option<Vec<ReadPurpose>>,
    pub(super) acts: Vec<ReadAct>,
}

#[derive(Deserialize)]
pub(super) struct ReadFurther {
    pub(super) acts: Vec<ReadAct>,
}
