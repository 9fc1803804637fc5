//! What the database may hold only sealed: words of a person, and what names one.
//!
//! The rule: sealed by AES-256-GCM-SIV (RFC 8452) under a key made from the ledger's key, one for each use, together with where it
//! belongs, so that it can't be moved. What would defeat it: the same label for two uses.

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    error::Unspecified,
};
use zeroize::Zeroizing;

use super::{database::unreadable, key::LedgerKey};

/// Seals for one use.
pub(super) struct Seal(RandomizedNonceKey);

impl Seal {
    /// The label says for which.
    pub(super) fn new(key: &LedgerKey, label: &str) -> Result<Self, sqlx::Error> {
        let bytes = Zeroizing::new(key.derive(label, &[]));
        RandomizedNonceKey::new(&AES_256_GCM_SIV, &*bytes).map(Self).map_err(failed)
    }

    /// Seals a text to where it belongs.
    pub(super) fn seal(&self, place: &[u8], text: &[u8]) -> Result<Vec<u8>, sqlx::Error> {
        let mut sealed = text.to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(place), &mut sealed).map_err(failed)?;
        Ok([nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// Opens what was sealed to this place.
    pub(super) fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, sqlx::Error> {
        let opened = || {
            let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut text = sealed.to_vec();
            let length = self.0.open_in_place(nonce, Aad::from(place), &mut text).ok()?.len();
            text.truncate(length);
            Some(text)
        };
        opened().ok_or_else(|| unreadable("something sealed is not as it was sealed"))
    }
}

fn failed(_: Unspecified) -> sqlx::Error {
    unreadable("no key to seal with")
}
