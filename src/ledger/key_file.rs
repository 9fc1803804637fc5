//! Files that hold a key.
//!
//! The rule: only its owner may read such a file, and it is made whole or not at all. What would defeat it: writing the key to
//! its place, where another process that starts at the same time could read half of it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use aws_lc_rs::rand;
use zeroize::Zeroizing;

use super::LedgerError;

/// How long a key is.
pub(super) const LENGTH: usize = 32;

/// No file with a key is longer, in whatever way it is written.
const LONGEST: u64 = 256;

/// What is in the file; it is made with a random key where there is none.
pub(super) fn open(path: &Path) -> Result<Zeroizing<Vec<u8>>, LedgerError> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create(path).map_err(LedgerError::unwritable(path))?;
            read(path)
        }
        file => contents(path, file),
    }
}

/// What is in the file.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, LedgerError> {
    contents(path, File::open(path))
}

/// A random name, in lower-case hexadecimal.
pub(super) fn random_name() -> io::Result<String> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| io::Error::other("no random numbers"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Makes the entry of a new file durable.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

fn contents(path: &Path, file: io::Result<File>) -> Result<Zeroizing<Vec<u8>>, LedgerError> {
    let unreadable = |source| LedgerError::KeyUnreadable { path: path.to_owned(), source };
    let file = file.map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.mode() & 0o077 != 0 {
        return Err(LedgerError::KeyExposed(path.to_owned()));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST as usize + 1));
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// Writes a whole key aside and links it into place, so that of two processes that start together both use one key.
fn create(path: &Path) -> io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}", random_name()?));
    let aside = PathBuf::from(aside);
    let linked = fill(&aside).and_then(|()| match fs::hard_link(&aside, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    fs::remove_file(&aside)?;
    linked.and_then(|()| sync_directory(path))
}

fn fill(path: &Path) -> io::Result<()> {
    let mut bytes = Zeroizing::new([0; LENGTH]);
    rand::fill(&mut *bytes).map_err(|_| io::Error::other("no random numbers"))?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&*bytes)?;
    file.sync_all()
}
