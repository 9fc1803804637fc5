//! Master keys, which wrap the subjects' keys.
//!
//! The rule: a subject's key is in the database only as AES-256-GCM-SIV (RFC 8452) under a master key, which is in a file or an
//! environment variable; subject and policy are associated data, so that a wrapped key can't be moved to somebody else. A row
//! names the master key that wrapped it, by a digest, so that several can be in use while keys are wrapped anew.
//!
//! What would defeat it: making a new master key where the old one is merely missing. So one is made only while no key was
//! ever wrapped.

use std::{
    env, fmt,
    path::{Path, PathBuf},
};

use aws_lc_rs::digest;
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use schemars::JsonSchema;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{
    LedgerError,
    key_file::{self, LENGTH},
};
use crate::{consent::SubjectKey, seal::Seal};

/// Where a master key is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MasterSource {
    /// A file that only its owner can read, with 32 bytes: as they are, in hexadecimal, or in Base64.
    File(PathBuf),
    /// An environment variable, with 32 bytes in hexadecimal or in Base64.
    Env(String),
}

/// The master keys at hand.
pub(super) struct Masters {
    /// Wraps new keys; or why there is none.
    current: Result<Master, String>,
    /// Open what they wrapped earlier.
    old: Vec<Master>,
}

/// Whose key it is: what it is wrapped together with.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) subject: &'a [u8],
    pub(super) policy: &'a str,
}

/// A wrapped key, and which master key wrapped it.
pub(super) struct Wrapped {
    pub(super) master: String,
    pub(super) bytes: Vec<u8>,
}

struct Master {
    name: String,
    key: Seal,
}

impl MasterSource {
    /// Reads it.
    ///
    /// # Errors
    /// When it is missing, exposed or no key; the text says what to do about it.
    pub(super) fn check(&self) -> Result<(), LedgerError> {
        Master::read(self).map(drop)
    }
}

impl Masters {
    /// Reads all of them; the file of the current one is made where there is none, if that `may_make` it.
    pub(super) fn open(
        current: &MasterSource,
        old: &[MasterSource],
        may_make: bool,
    ) -> Result<Self, LedgerError> {
        if let (MasterSource::File(path), true) = (current, may_make) {
            key_file::open(path)?;
        }
        let old = old.iter().map(Master::read).collect::<Result<_, _>>()?;
        Ok(Self { current: Ok(Master::read(current)?), old })
    }

    /// None, for this reason: enough to write decisions.
    pub(super) fn none(why: &LedgerError) -> Self {
        Self { current: Err(why.to_string()), old: Vec::new() }
    }

    /// The name of the one that wraps.
    pub(super) fn current(&self) -> Result<&str, LedgerError> {
        self.master().map(|master| &*master.name)
    }

    /// Wraps a key.
    pub(super) fn wrap(&self, owner: Owner<'_>, key: &SubjectKey) -> Result<Wrapped, LedgerError> {
        let master = self.master()?;
        let bytes = master.wrap(owner, key).ok_or_else(|| {
            LedgerError::SubjectKey("a subject's key can't be wrapped: no random numbers".to_owned())
        })?;
        Ok(Wrapped { master: master.name.clone(), bytes })
    }

    /// Unwraps a key, or says in words why it can't be.
    pub(super) fn unwrap(&self, owner: Owner<'_>, wrapped: &Wrapped) -> Result<SubjectKey, String> {
        let Wrapped { master: name, bytes } = wrapped;
        let mut masters = self.current.iter().chain(&self.old);
        let Some(master) = masters.find(|master| master.name == *name) else {
            return Err(format!(
                "a subject's key was wrapped by the master key {name}, which is not at hand; name it under `old_master_keys`"
            ));
        };
        master.unwrap(owner, bytes).ok_or_else(|| {
            format!(
                "a subject's key is not as the master key {name} wrapped it; restore the ledger from a backup"
            )
        })
    }

    fn master(&self) -> Result<&Master, LedgerError> {
        self.current.as_ref().map_err(|why| LedgerError::SubjectKey(why.clone()))
    }
}

impl Master {
    fn read(source: &MasterSource) -> Result<Self, LedgerError> {
        match source {
            MasterSource::File(path) => {
                let missing = || path.try_exists().is_ok_and(|exists| !exists);
                if missing() {
                    return Err(LedgerError::MasterMissing(path.clone()));
                }
                Self::new(&key_file::read(path)?).ok_or_else(|| LedgerError::MasterMalformed(shown(path)))
            }
            MasterSource::Env(name) => {
                let value = env::var_os(name).ok_or_else(|| LedgerError::MasterUnset(name.clone()))?;
                let value = Zeroizing::new(value.into_encoded_bytes());
                // As it is, 32 bytes would be a pass phrase, which is no key.
                let sound = Some(&value).filter(|value| value.len() != LENGTH);
                sound
                    .and_then(|value| Self::new(value))
                    .ok_or_else(|| LedgerError::MasterMalformed(format!("${name}")))
            }
        }
    }

    fn new(written: &[u8]) -> Option<Self> {
        let bytes = decoded(written)?;
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"assentry master key name 1");
        context.update(&bytes);
        let name = data_encoding::HEXLOWER.encode(context.finish().as_ref().get(..8)?);
        Some(Self { name, key: Seal::new(&bytes)? })
    }

    fn wrap(&self, owner: Owner<'_>, key: &SubjectKey) -> Option<Vec<u8>> {
        self.key.seal(&owner.bytes(), key.bytes())
    }

    fn unwrap(&self, owner: Owner<'_>, wrapped: &[u8]) -> Option<SubjectKey> {
        SubjectKey::from_bytes(&self.key.open(&owner.bytes(), wrapped)?)
    }
}

impl Owner<'_> {
    /// With lengths, so that no two owners are the same bytes.
    fn bytes(self) -> Vec<u8> {
        let parts = [b"assentry subject key 1".as_slice(), self.subject, self.policy.as_bytes()];
        parts.iter().flat_map(|part| [&(part.len() as u64).to_be_bytes(), *part].concat()).collect()
    }
}

impl fmt::Debug for Masters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masters").finish_non_exhaustive()
    }
}

/// 32 bytes as they are, in hexadecimal, or in Base64; a line break at the end does not count.
fn decoded(written: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if written.len() == LENGTH {
        return Some(Zeroizing::new(written.to_vec()));
    }
    let written = written.trim_ascii_end();
    let decoded = match written.len() {
        64 => HEXLOWER_PERMISSIVE.decode(written),
        _ => BASE64.decode(written),
    };
    decoded.ok().map(Zeroizing::new).filter(|bytes| bytes.len() == LENGTH)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    const ADA: Owner<'static> = Owner { subject: &[1; 32], policy: "shop" };

    fn file(folder: &Path, name: &str, contents: &[u8]) -> MasterSource {
        let path = folder.join(name);
        fs::write(&path, contents).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        MasterSource::File(path)
    }

    #[test]
    fn a_wrapped_key_can_not_be_moved_to_another_person_or_policy() {
        let folder = tempfile::tempdir().unwrap();
        let masters = Masters::open(&file(folder.path(), "a", &[7; 32]), &[], false).unwrap();
        let key = SubjectKey::random().unwrap();
        let wrapped = masters.wrap(ADA, &key).unwrap();
        assert_eq!(wrapped.bytes.len(), 92);
        assert_eq!(masters.unwrap(ADA, &wrapped), Ok(key.clone()));
        assert!(masters.unwrap(Owner { subject: &[2; 32], ..ADA }, &wrapped).is_err());
        assert!(masters.unwrap(Owner { policy: "bank", ..ADA }, &wrapped).is_err());
        assert_ne!(masters.wrap(ADA, &key).unwrap().bytes, wrapped.bytes);
        assert!(!wrapped.bytes.windows(8).any(|bytes| key.bytes().windows(8).any(|part| part == bytes)));
    }

    #[test]
    fn an_old_master_key_still_opens_what_it_wrapped_and_an_unknown_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = [7, 8].map(|byte| file(folder.path(), &byte.to_string(), &[byte; 32]));
        let wrapped =
            Masters::open(&one, &[], false).unwrap().wrap(ADA, &SubjectKey::random().unwrap()).unwrap();
        assert!(Masters::open(&two, &[one], false).unwrap().unwrap(ADA, &wrapped).is_ok());
        let words = Masters::open(&two, &[], false).unwrap().unwrap(ADA, &wrapped).unwrap_err();
        assert!(words.contains(&wrapped.master) && words.contains("`old_master_keys`"), "{words}");
    }

    #[test]
    fn a_master_key_can_be_written_in_three_ways_and_in_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let name =
            |contents: &[u8]| Master::read(&file(folder.path(), "key", contents)).map(|master| master.name);
        let raw = name(&[0xab; 32]).unwrap();
        assert_eq!(name("ab".repeat(32).as_bytes()).unwrap(), raw);
        assert_eq!(name(format!("{}\n", "AB".repeat(32)).as_bytes()).unwrap(), raw);
        assert_eq!(name(format!("{}\r\n", BASE64.encode(&[0xab; 32])).as_bytes()).unwrap(), raw);
        for wrong in [&b""[..], &[7; 31], &[7; 33], &[7; 300], b"hunter2", "ab".repeat(31).as_bytes()] {
            assert!(matches!(name(wrong), Err(LedgerError::MasterMalformed(_))));
        }
    }

    #[test]
    fn a_master_key_that_others_can_read_or_that_is_missing_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let source = file(folder.path(), "a", &[7; 32]);
        let path = folder.path().join("a");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(source.check(), Err(LedgerError::KeyExposed(_))));
        fs::remove_file(&path).unwrap();
        assert!(matches!(Masters::open(&source, &[], false), Err(LedgerError::MasterMissing(_))));
        assert!(Masters::open(&source, &[], true).is_ok());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let unset = MasterSource::Env("ASSENTRY_TEST_MASTER_KEY_THAT_NOBODY_SETS".to_owned());
        assert!(matches!(unset.check(), Err(LedgerError::MasterUnset(_))));
    }
}
