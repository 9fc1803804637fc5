//! Which files hold something else than before. Only names are told: a digest of a short secret would give it away.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use aws_lc_rs::digest::{SHA256, digest};

/// What each file holds, as a digest that stays here; none for one that can't be read.
#[derive(PartialEq, Eq)]
pub(super) struct Contents(BTreeMap<PathBuf, Option<Vec<u8>>>);

impl Contents {
    /// Reads each of these files.
    pub(super) fn of(files: &BTreeSet<PathBuf>) -> Self {
        let held =
            |path: &PathBuf| fs::read(path).ok().map(|bytes| digest(&SHA256, &bytes).as_ref().to_vec());
        Self(files.iter().map(|path| (path.clone(), held(path))).collect())
    }

    /// The files of both that hold something else now.
    pub(super) fn changed<'a>(&'a self, now: &'a Self) -> impl Iterator<Item = &'a Path> {
        let changed = |path: &&PathBuf| self.0.get(*path).is_some_and(|held| now.0.get(*path) != Some(held));
        now.0.keys().filter(changed).map(PathBuf::as_path)
    }
}
