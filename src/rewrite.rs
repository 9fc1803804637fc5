//! Applies a verdict to a message.
//!
//! The rule: only this module makes a [`Cleared`], and the door to the backend takes nothing else.

pub mod account;
pub mod json;
pub mod leaf;
mod output;

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
