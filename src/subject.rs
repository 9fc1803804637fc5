//! Whose data it is.
//!
//! A subject is a namespace (which source said so), an id, and whether that source *proved* the id or only
//! *claimed* it. The rule: an id never leaves this type by accident. What would defeat it is a `Debug` or
//! `Display` that prints the id, so there is none that does; code that needs it says [`Subject::id`].

use std::fmt;

use serde::{Deserialize, Serialize};

/// How far an id can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The platform or a key proved the id: a verified token, a client certificate, a trusted peer's header.
    Proven,
    /// Somebody wrote the id down. It selects consents and does nothing else.
    Claimed,
}

/// The person whose data a message carries.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    namespace: String,
    id: String,
    standing: Standing,
}

impl Subject {
    /// A subject as a source saw it.
    pub fn new(namespace: impl Into<String>, id: impl Into<String>, standing: Standing) -> Self {
        Self { namespace: namespace.into(), id: id.into(), standing }
    }

    /// Which source's ids this id belongs to.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The raw id: personal data. For hashing and look-up only, never for a log or a receipt.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the id was proven.
    pub fn standing(&self) -> Standing {
        self.standing
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject({}:<withheld>, {:?})", self.namespace, self.standing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_never_prints_its_id() {
        let subject = Subject::new("login", "ada@example.com", Standing::Proven);
        assert_eq!(format!("{subject:?}"), "Subject(login:<withheld>, Proven)");
    }
}
