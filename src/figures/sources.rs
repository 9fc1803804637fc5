//! Where the receipts come from: files that are named, the ledger's database, or the configured file and those that it was
//! turned over to.
//!
//! The rule: files are read on a thread of their own, so that nobody else waits for the disk.

use std::{
    fs::File,
    io::{self, BufReader},
    path::{Path, PathBuf},
};

use jiff::civil::Date;
use tokio::task::spawn_blocking;

use super::{
    FiguresError,
    gathered::{Asked, Gathered},
};
pub use crate::receipts::Kept;
use crate::{
    ledger::Ledger,
    receipts::{Archive, turned_over},
};

/// Reads them.
pub(super) async fn gather(
    ledger: Option<&Ledger>,
    kept: &Kept,
    asked: &Asked,
) -> Result<Gathered, FiguresError> {
    let days = (asked.from, asked.to);
    if let (Kept::Database(_), Some(ledger)) = (kept, ledger) {
        let mut gathered = Gathered::default();
        pages(ledger, days, |receipt| gathered.line(receipt.as_bytes(), asked)).await?;
        return Ok(gathered);
    }
    let (paths, asked) = (paths(kept)?, asked.clone());
    let read = move || {
        let mut gathered = Gathered::default();
        paths.iter().try_for_each(|path| {
            let read = File::open(path).and_then(|file| gathered.file(BufReader::new(file), &asked));
            read.map_err(|error| unreadable(path, error))
        })?;
        Ok(gathered)
    };
    spawn_blocking(read).await.map_err(|_| FiguresError::Broken)?
}

/// Hands over each receipt in the database of these days, and a few around them.
pub(super) async fn pages(
    ledger: &Ledger,
    (from, to): (Date, Date),
    mut take: impl FnMut(&str),
) -> Result<(), FiguresError> {
    let mut archive = Archive::of(ledger, from, to);
    loop {
        let page = archive.page().await?;
        if page.is_empty() {
            return Ok(());
        }
        page.iter().for_each(|receipt| take(receipt));
    }
}

/// The files that are there, oldest first.
pub(super) fn paths(kept: &Kept) -> Result<Vec<PathBuf>, FiguresError> {
    match kept {
        Kept::Files(paths) => Ok(paths.clone()),
        Kept::Database(Some(path)) | Kept::File(path) => {
            let older = turned_over(path).map_err(|error| unreadable(path, error))?;
            let paths = older.into_iter().map(|older| older.path).chain([path.clone()]);
            Ok(paths.filter(|path| path.exists()).collect())
        }
        Kept::Database(None) | Kept::Nowhere => Err(FiguresError::Nowhere),
    }
}

pub(super) fn unreadable(path: &Path, source: io::Error) -> FiguresError {
    FiguresError::Unreadable { path: path.display().to_string(), source }
}
