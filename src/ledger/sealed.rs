//! What the database may hold only sealed: words of a person, and what names one.
//!
//! The rule: sealed ([`crate::seal`]) under a key made from the ledger's key, one for each use. What would defeat it: the same label for
//! two uses.

use zeroize::Zeroizing;

use super::{database::unreadable, key::LedgerKey};
use crate::seal;

/// Seals for one use.
pub(super) struct Seal(seal::Seal);

impl Seal {
    /// The label says for which.
    pub(super) fn new(key: &LedgerKey, label: &str) -> Result<Self, sqlx::Error> {
        let bytes = Zeroizing::new(key.derive(label, &[]));
        seal::Seal::new(&*bytes).map(Self).ok_or_else(no_key)
    }

    /// Seals a text to where it belongs.
    pub(super) fn seal(&self, place: &[u8], text: &[u8]) -> Result<Vec<u8>, sqlx::Error> {
        self.0.seal(place, text).ok_or_else(no_key)
    }

    /// Opens what was sealed to this place.
    pub(super) fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, sqlx::Error> {
        let opened = self.0.open(place, sealed);
        opened.map(|text| text.to_vec()).ok_or_else(|| unreadable("something sealed is not as it was sealed"))
    }
}

fn no_key() -> sqlx::Error {
    unreadable("no key to seal with")
}
