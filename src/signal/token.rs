//! What a consent token says, once it has been verified.
//!
//! The rule: a token says yes only to what was never decided otherwise since it was issued. What would defeat it is a
//! moment of issue that is later than the true one, so whoever makes this value takes off how far clocks may differ.

use jiff::Timestamp;

/// What the token of a proven subject grants and denies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentToken {
    /// The purposes it says yes to.
    pub grants: Vec<String>,
    /// The purposes it says no to.
    pub denies: Vec<String>,
    /// The notice under which it was given.
    pub notice: Option<String>,
    /// When it was issued, at the earliest.
    pub issued: Timestamp,
    /// When its yes ends.
    pub until: Timestamp,
}

impl ConsentToken {
    /// Whether it says no to a purpose. That holds for as long as it is shown, expired or not.
    pub fn denies(&self, purpose: &str) -> bool {
        self.denies.iter().any(|name| name == purpose)
    }

    /// Until when it says yes to a purpose under this notice, if it does at this moment.
    pub fn grants(&self, purpose: &str, notice: Option<&str>, now: Timestamp) -> Option<Timestamp> {
        let same_notice = notice.is_none() || notice == self.notice.as_deref();
        let says_yes = self.grants.iter().any(|name| name == purpose) && !self.denies(purpose);
        (says_yes && same_notice && now < self.until).then_some(self.until)
    }

    /// The same token with nothing but its denials: what it comes to for somebody whom it does not name.
    pub fn without_grants(self) -> Self {
        Self { grants: Vec::new(), ..self }
    }
}
