//! What the file system says about files, so that a change is noticed without reading them.
//!
//! The rule: symbolic links are followed, so that a link which now leads elsewhere is a change; and the time of the last
//! status change counts too, because a tool can set the time of the last modification back. What would defeat it are two
//! changes of one size within a tick of the file system's clock, of which the second is missed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::MetadataExt as _,
    path::PathBuf,
};

/// The stamps of some files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamps(BTreeMap<PathBuf, Option<Stamp>>);

/// Which file it is, and its state; none for one that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamps {
    /// Looks at each of these files.
    pub(super) fn of(files: &BTreeSet<PathBuf>) -> Self {
        Self(files.iter().map(|path| (path.clone(), Stamp::of(path))).collect())
    }

    /// Looks at those of these files that were not looked at yet.
    pub(super) fn extend(&mut self, files: BTreeSet<PathBuf>) {
        for path in files {
            self.0.entry(path).or_insert_with_key(Stamp::of);
        }
    }

    /// Which files these are of.
    pub(super) fn files(&self) -> BTreeSet<PathBuf> {
        self.0.keys().cloned().collect()
    }
}

impl Stamp {
    fn of(path: &PathBuf) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self {
            device: found.dev(),
            inode: found.ino(),
            size: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn every_way_of_changing_a_file_shows() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("one")).unwrap();
        fs::create_dir(path("two")).unwrap();
        fs::write(path("one/file"), "a").unwrap();
        fs::write(path("two/file"), "a").unwrap();
        symlink("one", path("now")).unwrap();
        let files = BTreeSet::from([path("now/file"), path("missing")]);
        let mut last = Stamps::of(&files);
        assert_eq!(last, Stamps::of(&files));
        let mut changes = |what: &str, change: &dyn Fn()| {
            change();
            let now = Stamps::of(&files);
            assert_ne!(now, last, "{what}");
            last = now;
        };
        changes("longer", &|| fs::write(path("one/file"), "ab").unwrap());
        changes("replaced", &|| {
            fs::write(path("next"), "ab").unwrap();
            fs::rename(path("next"), path("one/file")).unwrap();
        });
        changes("the folder is another", &|| {
            symlink("two", path("next")).unwrap();
            fs::rename(path("next"), path("now")).unwrap();
        });
        changes("removed", &|| fs::remove_file(path("two/file")).unwrap());
        changes("there at last", &|| fs::write(path("missing"), "").unwrap());
    }
}
