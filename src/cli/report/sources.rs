//! Where the receipts come from: files that are named, else the ledger's database, else the configured file and those that it was
//! turned over to.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use super::{
    failed,
    gathered::{Asked, Gathered},
};
use crate::{
    cli::Trouble,
    config::Config,
    ledger::{Ledger, LedgerError},
    receipts::{Archive, turned_over},
};

/// Reads them; gives back the ledger, where there is one.
pub(super) async fn gather(
    config: &Config,
    files: &[PathBuf],
    asked: &Asked,
    gathered: &mut Gathered,
) -> Result<Option<Ledger>, Trouble> {
    let ledger = match Ledger::open_existing(&config.ledger).await {
        Ok(ledger) => Some(ledger),
        Err(LedgerError::Missing(_)) => None,
        Err(error) => return Err(failed(error)),
    };
    if !files.is_empty() {
        files.iter().try_for_each(|path| read(path, asked, gathered))?;
    } else if let Some(ledger) = ledger.as_ref().filter(|_| config.receipts.database) {
        pages(ledger, asked, gathered).await?;
    } else if let Some(path) = config.receipts.file.as_deref().filter(|path| path.as_os_str() != "-") {
        let older = turned_over(path).map_err(|error| unreadable(path, error))?;
        let paths = older.into_iter().map(|older| older.path).chain([path.to_owned()]);
        paths.filter(|path| path.exists()).try_for_each(|path| read(&path, asked, gathered))?;
    } else {
        return Err(failed(
            "the configuration keeps receipts in no file that could be read; name files of them",
        ));
    }
    Ok(ledger)
}

fn read(path: &Path, asked: &Asked, gathered: &mut Gathered) -> Result<(), Trouble> {
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    gathered.file(BufReader::new(file), asked).map_err(|error| unreadable(path, error))
}

async fn pages(ledger: &Ledger, asked: &Asked, gathered: &mut Gathered) -> Result<(), Trouble> {
    let mut archive = Archive::of(ledger, asked.from, asked.to);
    loop {
        let page = archive.page().await.map_err(failed)?;
        if page.is_empty() {
            return Ok(());
        }
        page.iter().for_each(|receipt| gathered.line(receipt.as_bytes(), asked));
    }
}

fn unreadable(path: &Path, error: std::io::Error) -> Trouble {
    failed(format!("can't read the receipts in `{}`: {error}", path.display()))
}
