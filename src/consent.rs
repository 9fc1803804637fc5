//! What a subject agreed to, purpose by purpose, at one moment: a plain value.
//!
//! The rule: a [`Consent`] is complete when it is made and never changes. It carries the ledger's generation for
//! this subject and where it was read, so that whoever holds one can ask the ledger whether it still holds. Whether a
//! purpose is *allowed* is not decided here but by the verdict, which also knows the policy, the signals and the time.

mod keys;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
    sync::Arc,
    time::Instant,
};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use keys::{KeptKey, Keys, SubjectKey};

/// What a person decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DecisionKind {
    /// Yes to one purpose.
    Grant,
    /// No to one purpose, when asked.
    Deny,
    /// An earlier yes taken back (GDPR Art. 7(3)).
    Withdraw,
    /// An objection to a purpose that needs no yes (GDPR Art. 21).
    Object,
    /// Stop everything but what the law or life demands (GDPR Art. 18). Concerns the subject, not one purpose.
    Restrict,
    /// The end of a restriction.
    Lift,
}

impl DecisionKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Grant, Self::Deny, Self::Withdraw, Self::Object, Self::Restrict, Self::Lift];

    /// The word used in files, logs and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Deny => "deny",
            Self::Withdraw => "withdraw",
            Self::Object => "object",
            Self::Restrict => "restrict",
            Self::Lift => "lift",
        }
    }

    /// Whether it stops something; the others allow something.
    pub fn is_a_no(self) -> bool {
        match self {
            Self::Deny | Self::Withdraw | Self::Object | Self::Restrict => true,
            Self::Grant | Self::Lift => false,
        }
    }

    /// Whether the decision is about one purpose (and not about the subject as a whole).
    pub fn needs_purpose(self) -> bool {
        match self {
            Self::Grant | Self::Deny | Self::Withdraw | Self::Object => true,
            Self::Restrict | Self::Lift => false,
        }
    }
}

impl FromStr for DecisionKind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|known| known.as_str() == word).ok_or(())
    }
}

/// One decision of one subject, as the ledger recorded it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What was decided.
    pub kind: DecisionKind,
    /// The purpose decided on; none for a restriction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The notice (policy text edition) under which a yes was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// SHA-256 of the text that was shown, in lower-case hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_digest: Option<String>,
    /// When the decision was made.
    pub at: Timestamp,
    /// When a yes ends by itself, where that was part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Who wrote it down: `cli`, `desk`, `import` …
    pub source: String,
    /// Under the law of which place it was made, as an ISO 3166 code or whatever else the operator's records use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// The number the ledger gave it: higher is later.
    pub generation: u64,
    /// The reference of the linked id that made it, where it was written for this id because both are one person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// The reference of the linked id whose state this is; none for the id that was asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

/// A subject's newest decision for each purpose, and the restriction, at one generation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The random reference that stands for the subject in receipts; none for a subject nobody identified.
    pub reference: Option<String>,
    /// The generation of this subject's newest decision; 0 when there is none.
    pub generation: u64,
    /// The newest decision for each purpose.
    pub decisions: BTreeMap<String, Decision>,
    /// Whether processing is restricted (GDPR Art. 18).
    pub restricted: bool,
    /// The references of the person's other ids, which are linked with this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub linked: Vec<String>,
    /// When processing was restricted, or a restriction lifted, last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restriction_moved: Option<Timestamp>,
    /// The purposes that an outside service says no to beside the ledger; not even a consent token overrides that.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub vetoed: BTreeSet<String>,
    /// Where the ledger read it; none for a subject nobody identified, about whom nothing can change.
    #[serde(skip)]
    pub reading: Option<Reading>,
    /// The keys of the subject's pseudonyms, as far as they were made.
    #[serde(skip)]
    pub keys: Keys,
}

impl Consent {
    /// Whether what was read later says the same: no decision differs, and no key was destroyed and no
    /// link made or undone since.
    pub fn is_confirmed_by(&self, later: &Self) -> bool {
        let links = |consent: &Self| consent.reading.as_ref().map(|reading| reading.links);
        links(self) == links(later)
            && self.generation == later.generation
            && self.restricted == later.restricted
            && self.restriction_moved == later.restriction_moved
            && self.vetoed == later.vetoed
            && self.decisions == later.decisions
            && self.keys.all_in(&later.keys)
    }
}

/// Where in a ledger a consent was read, and under which of the ledger's epochs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Whose consent, among which consents.
    pub key: ConsentKey,
    /// The ledger's epoch before it was read: it moves with every change that the ledger learns of.
    pub epoch: u64,
    /// How many changes the database knew of when it was read.
    pub number: u64,
    /// The number of the newest link: another one can make another person of the subject.
    pub links: u64,
    /// For how long what an outside service said of it counts; none where no service was asked.
    pub lease: Option<Lease>,
}

/// For how long the word of an outside service counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// When the service was asked.
    pub since: Instant,
    /// The subject's mark at that time: it moves when the service says that something changed.
    pub mark: u64,
    /// How often anything was said to have changed for anybody, at that time: for a subject with several ids.
    pub changes: u64,
}

/// One subject among the consents of one group of policies.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ConsentKey {
    /// The keyed hash of the subject's namespace and id.
    pub subject: [u8; 32],
    /// The group of policies that share consents.
    pub group: Arc<str>,
}

impl fmt::Debug for ConsentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConsentKey(<withheld>, {})", self.group)
    }
}
