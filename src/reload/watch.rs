//! When the files are worth reading again.
//!
//! The rule: a change counts when two looks in a row see the same, so that nobody's half-written file is read while it is
//! being written; and what was tried, with whatever outcome, is not tried again until something changes. What would
//! defeat it is a writer who pauses for longer than it takes to look twice: then the half is read, refused, and the whole read when it
//! is there.

use std::{collections::BTreeSet, path::PathBuf};

use tokio::task::spawn_blocking;

use super::stamps::Stamps;

/// Looks at files again and again.
pub(super) struct Watch {
    files: BTreeSet<PathBuf>,
    /// What they were like when they were read last.
    tried: Stamps,
    /// What they were like at the last look.
    seen: Stamps,
}

impl Watch {
    /// Watches files that have just been read.
    pub(super) fn new(files: BTreeSet<PathBuf>) -> Self {
        let stamps = Stamps::of(&files);
        Self { files, tried: stamps.clone(), seen: stamps }
    }

    /// The files were read as they were then; these are the ones to watch, and those that were looked at where the reading
    /// failed: they may be what it takes to succeed.
    pub(super) fn tried(&mut self, files: BTreeSet<PathBuf>, mut stamps: Stamps) {
        stamps.extend(files);
        self.files = stamps.files();
        (self.tried, self.seen) = (stamps.clone(), stamps);
    }

    /// Looks; says whether it is time to read.
    pub(super) async fn look(&mut self) -> bool {
        let files = self.files.clone();
        // On a thread where it may wait: the files may lie on a network.
        match spawn_blocking(move || Stamps::of(&files)).await {
            Ok(now) => self.sees(now),
            Err(_) => false,
        }
    }

    fn sees(&mut self, now: Stamps) -> bool {
        let at_rest = now == self.seen;
        self.seen = now;
        at_rest && self.seen != self.tried
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn a_change_counts_when_it_has_come_to_rest_and_then_once() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&path, "1").unwrap();
        let files = BTreeSet::from([path.clone()]);
        let mut watch = Watch::new(files.clone());
        assert!(!watch.look().await, "nothing happened");
        for text in ["12", "123"] {
            fs::write(&path, text).unwrap();
            assert!(!watch.look().await, "it is being written");
        }
        assert!(watch.look().await && watch.look().await, "until somebody reads it");
        let mut read = Stamps::of(&files);
        read.extend(BTreeSet::from([other.clone()]));
        watch.tried(files, read);
        assert!(!watch.look().await && !watch.look().await, "what failed is not tried again");
        fs::write(&other, "what was missing").unwrap();
        assert!(!watch.look().await);
        assert!(watch.look().await);
    }
}
