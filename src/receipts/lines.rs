//! Receipts as lines of JSON, in a file or on standard output.
//!
//! The rule: a line is never half written and then begun anew. After an error, writing goes on where it stopped. A file that was moved
//! away (as log rotation does) or deleted is made again at its place, before a page and never within one. Where receipts are
//! kept for some days only, the file is put by under its day before the first page of another. What would defeat it is a file that is another although its device and number are the same; a file that is open keeps its number.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use jiff::{Timestamp, civil::Date};
use tokio::sync::watch;

use super::turned;

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
        /// Its device and number.
        identity: (u64, u64),
        /// Whether it is a file on a disk, not a pipe or a terminal behind which somebody may not read.
        regular: bool,
        /// For how many days receipts are kept; none for all.
        days: watch::Receiver<Option<i64>>,
        /// The days of its first and last receipt; none while it is empty.
        holds: Option<(Date, Date)>,
    },
}

impl Lines {
    pub(super) fn open(path: &Path, days: watch::Receiver<Option<i64>>) -> io::Result<Self> {
        match path.to_str() {
            Some("-") => Ok(Self::Output),
            _ => Self::at(path.to_owned(), days),
        }
    }

    fn at(path: PathBuf, days: watch::Receiver<Option<i64>>) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
        let found = file.metadata()?;
        let (identity, regular) = (identity(&found), found.is_file());
        let holds = if regular { held(&path, &found)? } else { None };
        Ok(Self::File { path, file, identity, regular, days, holds })
    }

    /// Puts a file by that holds receipts of an earlier day, where they are kept for some days only.
    pub(super) fn turn_over(&mut self) -> io::Result<()> {
        let Self::File { path, identity, regular: true, days, holds, .. } = self else { return Ok(()) };
        let Some((first, last)) = *holds else { return Ok(()) };
        let is_due = days.borrow().is_some() && first < turned::day_at(Timestamp::now());
        if is_due && !moved(path, *identity)? {
            turned::put_by(path, last)?;
            *self = Self::at(path.clone(), days.clone())?; // when this fails, the next page finds the file gone
        }
        Ok(())
    }

    /// Whether writing takes no longer than the disk does.
    pub(super) fn are_quick(&self) -> bool {
        match self {
            Self::Output => false,
            Self::File { regular, .. } => *regular,
        }
    }

    /// Writes what is left of the text, counting in `done` how far it got.
    pub(super) fn write(&mut self, text: &[u8], done: &mut usize) -> io::Result<()> {
        if *done == 0 {
            let _ = self.turn_over(); // that it can't be done is told by whoever deletes, not page by page
        }
        if let Self::File { path, identity, days, .. } = self
            && *done == 0
            && moved(path, *identity)?
        {
            *self = Self::at(path.clone(), days.clone())?; // when this fails, all stays as it was
        }
        match self {
            Self::Output => push(&mut io::stdout().lock(), text, done),
            Self::File { file, holds, .. } => {
                let today = turned::day_at(Timestamp::now());
                *holds = Some((holds.map_or(today, |(first, _)| first), today));
                push(file, text, done)
            }
        }
    }
}

/// The days of a file's first and last receipt.
fn held(path: &Path, found: &Metadata) -> io::Result<Option<(Date, Date)>> {
    if found.len() == 0 {
        return Ok(None);
    }
    let last = Timestamp::from_second(found.mtime()).unwrap_or_else(|_| Timestamp::now());
    let last = turned::day_at(last);
    Ok(Some((turned::first_day(path)?.unwrap_or(last).min(last), last)))
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

fn moved(path: &Path, ours: (u64, u64)) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(found) => Ok(identity(&found) != ours),
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
        let mut lines = Lines::open(&path, watch::Sender::new(None).subscribe()).unwrap();
        lines.write(b"1\n", &mut 0).unwrap();
        fs::rename(&path, &old).unwrap();
        lines.write(b"2\n", &mut 0).unwrap();
        assert_eq!(fs::read(&old).unwrap(), b"1\n");
        assert_eq!(fs::read(&path).unwrap(), b"2\n");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }
}
