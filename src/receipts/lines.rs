//! Receipts as lines of JSON, in a file or on standard output.
//!
//! The rule: a line is never half written and then begun anew. After an error, writing goes on where it stopped. A file that was moved
//! away (as log rotation does) or deleted is made again at its place, before a page and never within one.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Where lines go.
pub(super) enum Lines {
    /// Standard output.
    Output,
    /// A file, appended to.
    File {
        /// Where it is.
        path: PathBuf,
        /// What was there when it was opened.
        file: File,
    },
}

impl Lines {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        match path.to_str() {
            Some("-") => Ok(Self::Output),
            _ => Ok(Self::File { path: path.to_owned(), file: open(path)? }),
        }
    }

    /// Writes what is left of the text, counting in `done` how far it got.
    pub(super) fn write(&mut self, text: &[u8], done: &mut usize) -> io::Result<()> {
        match self {
            Self::Output => push(&mut io::stdout().lock(), text, done),
            Self::File { path, file } => {
                if *done == 0 && moved(path, file)? {
                    *file = open(path)?;
                }
                push(file, text, done)
            }
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

fn moved(path: &Path, file: &File) -> io::Result<bool> {
    let ours = file.metadata()?;
    match fs::metadata(path) {
        Ok(found) => Ok((found.dev(), found.ino()) != (ours.dev(), ours.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

fn push(to: &mut impl Write, text: &[u8], done: &mut usize) -> io::Result<()> {
    while let Some(rest) = text.get(*done..).filter(|rest| !rest.is_empty()) {
        match to.write(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => *done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes three bytes, fails, takes three more, and so on.
    struct Flaky(Vec<u8>, bool);

    impl Write for Flaky {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if !self.1 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.0.extend(bytes.iter().take(3));
            Ok(bytes.len().min(3))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn after_an_error_writing_goes_on_where_it_stopped() {
        let (mut flaky, mut done) = (Flaky(Vec::new(), false), 0);
        while push(&mut flaky, b"{\"a\":1}\n{\"b\":2}\n", &mut done).is_err() {}
        assert_eq!(flaky.0, b"{\"a\":1}\n{\"b\":2}\n");
    }

    #[test]
    fn a_file_that_was_rotated_away_is_made_again_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, old) = (folder.path().join("r.jsonl"), folder.path().join("r.jsonl.1"));
        let mut lines = Lines::open(&path).unwrap();
        lines.write(b"1\n", &mut 0).unwrap();
        fs::rename(&path, &old).unwrap();
        lines.write(b"2\n", &mut 0).unwrap();
        assert_eq!(fs::read(&old).unwrap(), b"1\n");
        assert_eq!(fs::read(&path).unwrap(), b"2\n");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }
}
