//! Whether a file could be written, found out without making it.
//!
//! The rule: nothing stays behind and nothing that is there changes. What would defeat it is asking for permissions only: a
//! folder that looks writable may lie on a file system that is not.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use super::key_file::random_name;

/// Whether the file can be written or, where there is none, made.
pub(crate) fn can_write(path: &Path) -> io::Result<()> {
    if path.try_exists()? {
        return OpenOptions::new().append(true).open(path).map(drop);
    }
    let mut probe = path.as_os_str().to_owned();
    probe.push(format!(".{}", random_name()?));
    let probe = PathBuf::from(probe);
    OpenOptions::new().write(true).create_new(true).open(&probe)?;
    fs::remove_file(&probe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_written_is_told_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        assert!(can_write(&folder.path().join("new")).is_ok());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let there = folder.path().join("there");
        fs::write(&there, "text").unwrap();
        assert!(can_write(&there).is_ok());
        assert_eq!(fs::read_to_string(&there).unwrap(), "text");
        assert!(can_write(&folder.path().join("missing/new")).is_err());
        assert!(can_write(folder.path()).is_err());
    }
}
