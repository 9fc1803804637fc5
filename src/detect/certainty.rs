//! How sure a finding is, and why.
//!
//! The rule: the reason is what was seen, and the figure follows from it. A policy can ask for a least figure; none is needed to be safe,
//! because in doubt something is found.

use std::fmt;

/// Why something counts as found, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It looks like such things among such words.
    Model,
    /// It is written as such things are.
    Pattern,
    /// A word that stands beside it says what it is.
    Context,
    /// It begins as nothing else does.
    Prefix,
    /// Its check digits are right.
    Checksum,
}

impl Reason {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Pattern => "pattern",
            Self::Context => "context",
            Self::Prefix => "prefix",
            Self::Checksum => "checksum",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// How sure a finding is, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Certainty {
    percent: u8,
    reason: Reason,
}

impl Certainty {
    /// Written as such things are, and as other things sometimes are.
    pub const PATTERN: Self = Self { percent: 60, reason: Reason::Pattern };
    /// Written as hardly anything else is.
    pub const FORM: Self = Self { percent: 85, reason: Reason::Pattern };
    /// Announced.
    pub const CONTEXT: Self = Self { percent: 75, reason: Reason::Context };
    /// Begins as nothing else does.
    pub const PREFIX: Self = Self { percent: 95, reason: Reason::Prefix };
    /// Its check digits are right, and so is the rest.
    pub const CHECKSUM: Self = Self { percent: 90, reason: Reason::Checksum };
    /// Its check digits are right, and it is announced.
    pub const ANNOUNCED: Self = Self { percent: 99, reason: Reason::Checksum };

    /// Looks like such things, as likely as this.
    pub const fn of_model(percent: u8) -> Self {
        Self { percent, reason: Reason::Model }
    }

    /// How sure it is, of a hundred.
    pub fn percent(self) -> u8 {
        self.percent
    }

    /// Why.
    pub fn reason(self) -> Reason {
        self.reason
    }
}
