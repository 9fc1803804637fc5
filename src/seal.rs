//! Sealing: what only the holder of a key can make and read.
//!
//! The rule: AES-256-GCM-SIV (RFC 8452) with a random nonce in front, together with where it belongs, so that it can be neither read nor
//! changed nor moved to another place. What would defeat it: one key and one place for two uses.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

/// Seals and opens with one key.
pub struct Seal(RandomizedNonceKey);

impl Seal {
    /// With this key; none for a key that is none.
    pub fn new(key: &[u8]) -> Option<Self> {
        RandomizedNonceKey::new(&AES_256_GCM_SIV, key).ok().map(Self)
    }

    /// Seals bytes to where they belong; none when the system gives no random numbers.
    pub fn seal(&self, place: &[u8], text: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = Vec::with_capacity(text.len() + AES_256_GCM_SIV.tag_len()); // a buffer that grows leaves the text behind
        sealed.extend_from_slice(text);
        let nonce = self.0.seal_in_place_append_tag(Aad::from(place), &mut sealed).ok()?;
        Some([nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// Opens what was sealed to this place, and nothing else; what comes out is wiped when it is dropped.
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = Zeroizing::new(sealed.to_vec());
        let length = self.0.open_in_place(nonce, Aad::from(place), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}
