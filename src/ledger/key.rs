//! The ledger's key: what turns a person's id into a name that only this ledger can make.
//!
//! The rule: every use is HMAC-SHA256 (RFC 2104) over length-prefixed parts, the first of which is a label that no
//! other use has, so that no two different inputs are ever the same bytes. What would defeat it is joining parts
//! without lengths (`a` + `bc` = `ab` + `c`), or a key that others can read: such a file is refused.

use std::path::Path;

use aws_lc_rs::hmac;

use super::{
    LedgerError,
    key_file::{self, LENGTH},
};
use crate::subject::Subject;

/// The ledger's secret.
pub(super) struct LedgerKey(hmac::Key);

impl LedgerKey {
    /// Reads the key, or makes one where there is none.
    pub(super) fn open(path: &Path) -> Result<Self, LedgerError> {
        let bytes = key_file::open(path)?;
        match bytes.len() {
            LENGTH => Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes))),
            _ => Err(LedgerError::KeyMalformed(path.to_owned())),
        }
    }

    /// The name under which the ledger knows a subject. How far the id can be trusted is no part of it.
    pub(super) fn subject(&self, subject: &Subject) -> [u8; 32] {
        self.digest("subject", &[subject.namespace().as_bytes(), subject.id().as_bytes()])
    }

    /// A key for another purpose; the label says which.
    pub(super) fn derive(&self, label: &str, context: &[&[u8]]) -> [u8; 32] {
        let parts: Vec<&[u8]> = [label.as_bytes()].into_iter().chain(context.iter().copied()).collect();
        self.digest("derive", &parts)
    }

    /// What the database remembers of the key, to tell it from another.
    pub(super) fn check(&self) -> [u8; 32] {
        self.digest("check", &[])
    }

    /// What tells people which key this is, and nothing else: half of a digest, in lower-case hexadecimal.
    pub(super) fn fingerprint(&self) -> String {
        let digest = self.digest("fingerprint", &[]);
        data_encoding::HEXLOWER.encode(digest.first_chunk::<16>().unwrap_or(&[0; 16]))
    }

    fn digest(&self, label: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [label.as_bytes()].iter().chain(parts) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut digest = [0; 32];
        digest.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
        digest
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::{MetadataExt, PermissionsExt},
    };

    use super::*;
    use crate::subject::Standing;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.key");
        let first = LedgerKey::open(&path).unwrap().check();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(LedgerKey::open(&path).unwrap().check(), first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left aside");
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.key");
        fs::write(&path, [7; 32]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(LedgerKey::open(&path), Err(LedgerError::KeyExposed(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(LedgerKey::open(&path).is_ok());
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for length in [0, 31, 33] {
            let path = folder.path().join(length.to_string());
            fs::write(&path, vec![7; length]).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert!(matches!(LedgerKey::open(&path), Err(LedgerError::KeyMalformed(_))));
        }
    }

    #[test]
    fn no_two_subjects_share_a_name_and_standing_does_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        let key = LedgerKey::open(&folder.path().join("key")).unwrap();
        let name = |namespace: &str, id: &str, standing| key.subject(&Subject::new(namespace, id, standing));
        let ada = name("login", "ada", Standing::Proven);
        assert_eq!(ada, name("login", "ada", Standing::Claimed));
        assert_ne!(ada, name("logina", "da", Standing::Proven));
        assert_ne!(ada, name("", "loginada", Standing::Proven));
        assert_ne!(key.derive("a", &[b"bc"]), key.derive("ab", &[b"c"]));
        assert_ne!(key.derive("a", &[b"b", b""]), key.derive("a", &[b"b"]));
        assert_ne!(key.derive("subject", &[b"login", b"ada"]), ada);
    }
}
