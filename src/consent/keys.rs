//! The keys of a subject's pseudonyms, as they come with a consent.
//!
//! The rule: a key never prints and is overwritten in memory when its last holder is done. What would defeat it is a
//! derived `Debug`, or a copy of the bytes kept elsewhere.

use std::{collections::BTreeMap, fmt, sync::Arc};

use aws_lc_rs::{error::Unspecified, rand};
use zeroize::Zeroizing;

/// The key of one subject's pseudonyms under one policy: two AES-256 keys (RFC 5297, section 2.2).
#[derive(Clone, PartialEq, Eq)]
pub struct SubjectKey(Arc<Zeroizing<[u8; SubjectKey::LENGTH]>>);

impl SubjectKey {
    /// How many bytes it has.
    pub const LENGTH: usize = 64;

    /// A key that nobody had before.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn random() -> Result<Self, Unspecified> {
        let mut bytes = Zeroizing::new([0; Self::LENGTH]);
        rand::fill(&mut *bytes)?;
        Ok(Self(Arc::new(bytes)))
    }

    /// A key that was kept; none for bytes of another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Arc::new(Zeroizing::new(bytes))))
    }

    /// The bytes: for the cipher and for wrapping, never for anything that prints.
    pub fn bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectKey(<withheld>)")
    }
}

/// One kept key: its number, which no later key gets, and the key as far as it could be unwrapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptKey {
    /// The ledger's number for it.
    pub number: i64,
    /// The key, or the name of the master key that would be needed for it.
    pub key: Result<SubjectKey, String>,
}

/// A subject's keys, by policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(BTreeMap<String, KeptKey>);

impl Keys {
    /// The key under a policy; none when none was made yet.
    pub fn get(&self, policy: &str) -> Option<&KeptKey> {
        self.0.get(policy)
    }

    /// Whether each of these is still there in what was read later: none was destroyed since.
    pub fn all_in(&self, later: &Self) -> bool {
        let still = |(policy, kept): (&String, &KeptKey)| {
            later.get(policy).is_some_and(|now| now.number == kept.number)
        };
        self.0.iter().all(still)
    }
}

impl FromIterator<(String, KeptKey)> for Keys {
    fn from_iter<T: IntoIterator<Item = (String, KeptKey)>>(keys: T) -> Self {
        Self(keys.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_prints_nowhere_and_no_two_are_the_same() {
        let key = SubjectKey::from_bytes(&[0x61; 64]).unwrap();
        let keys: Keys =
            [("p".to_owned(), KeptKey { number: 1, key: Ok(key.clone()) })].into_iter().collect();
        assert!(!format!("{keys:?}").contains("97"), "{keys:?}");
        assert_eq!(SubjectKey::from_bytes(&[0x61; 63]), None);
        assert_ne!(SubjectKey::random().unwrap(), SubjectKey::random().unwrap());
    }

    #[test]
    fn a_key_made_anew_is_another_and_one_more_changes_nothing() {
        let kept = |number| KeptKey { number, key: Ok(SubjectKey::from_bytes(&[1; 64]).unwrap()) };
        let keys = |of: &[(&str, i64)]| -> Keys {
            of.iter().map(|(policy, number)| ((*policy).to_owned(), kept(*number))).collect()
        };
        assert!(keys(&[("a", 1)]).all_in(&keys(&[("a", 1), ("b", 2)])));
        assert!(!keys(&[("a", 1)]).all_in(&keys(&[("b", 2)])));
        assert!(!keys(&[("a", 1)]).all_in(&keys(&[("a", 3)])));
        assert!(keys(&[]).all_in(&keys(&[])));
    }
}
