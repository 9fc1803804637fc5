//! Applies a verdict to a message.
//!
//! The rule: only this module makes a [`Cleared`], and the door to the backend takes nothing else.

use jiff::Timestamp;

/// Under what a message was decided: what the door compares just before the first byte.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The consent the verdict was drawn from.
    pub consent: std::sync::Arc<crate::consent::Consent>,
    /// The digest of the policy in force.
    pub policy: [u8; 32],
    /// When the first consent relied upon expires.
    pub until: Option<Timestamp>,
}

/// A message that has been through the rewrite.
#[derive(Debug)]
pub struct Cleared<T> {
    message: T,
    stamp: Stamp,
}

impl<T> Cleared<T> {
    /// Under what the message was decided.
    pub fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// The message, to be sent; only the door asks for it.
    pub fn into_message(self) -> T {
        self.message
    }
}

impl<T> Cleared<T> {
    /// Takes the message out, leaving the seal: for the door, which must be able to put it back when it was not sent.
    pub(crate) fn open(self) -> (T, Seal) {
        (self.message, Seal(self.stamp))
    }

    /// Calls a message cleared without rewriting it: for tests of the door, nothing else.
    #[doc(hidden)]
    pub fn assume(message: T, stamp: Stamp) -> Self {
        Self { message, stamp }
    }
}

/// What is left of a cleared message while the door holds its content.
#[derive(Debug)]
pub(crate) struct Seal(Stamp);

impl Seal {
    /// Under what the message was decided.
    pub(crate) fn stamp(&self) -> &Stamp {
        &self.0
    }

    /// Puts the message back, unsent.
    pub(crate) fn close<T>(self, message: T) -> Cleared<T> {
        Cleared { message, stamp: self.0 }
    }
}
