//! Decisions on their way from one ledger to another: lines of JSON, one decision each, in the order in which they count.
//!
//! The rule: a no is never lost on the way, nor overtaken by a yes from before it. Every decision keeps its moment, where it
//! stands in time among all that the person decided; of two the later one counts, wherever and whenever it was written down, and of
//! two at one moment the no. So what is imported never wins over a later decision that was there. What was damaged, is from the
//! future or names people by another key is found before the first line is taken over: the file is read whole, then its noes are
//! written, then its yeses. Wherever that breaks off, what is allowed is less than it would be at the end, never more; and since a
//! line that is there already is passed over, importing the file again does the rest.
//!
//! What would defeat it: a moment from a clock that is ahead, against which a later no could not stand; so those are refused.

mod line;
mod rows;

use std::{
    io::{self, BufRead, Read as _, Seek},
    mem,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

pub(super) use self::line::{Line, latest, written};
use self::{line::Header, rows::After};
use super::{DEADLINE, Ledger, LedgerError, service::Exporting};

/// The longest line.
const LONGEST: u64 = 16 << 10;

/// How many decisions are written at a time: few enough that nobody has to wait long for their turn.
const BATCH: usize = 250;

/// What came of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Decisions in the file.
    pub decisions: u64,
    /// Those of them that were not there before.
    pub added: u64,
}

/// An export under way.
#[derive(Debug)]
pub struct Export<'l> {
    ledger: &'l Ledger,
    group: Option<String>,
    from: From<'l>,
}

/// Where the next lines come from.
#[derive(Debug)]
enum From<'l> {
    Start,
    Database { up_to: i64, after: After },
    Service(Exporting<'l>),
    Done,
}

impl Ledger {
    /// Begins an export: of one group, or of all.
    pub fn export(&self, group: Option<&str>) -> Export<'_> {
        Export { ledger: self, group: group.map(str::to_owned), from: From::Start }
    }

    /// Whether ids are linked here: an export does not say so.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer.
    pub async fn has_links(&self) -> Result<bool, LedgerError> {
        match self.0.keeper() {
            Some(_) => Ok(false),
            None => timeout(DEADLINE, self.0.database.has_links()).await?,
        }
    }

    /// Takes over what an export wrote. When this returns, also with an error, nothing that was read here before is current.
    ///
    /// # Errors
    /// [`LedgerError::Line`] when the file can't be taken over, and then nothing of it was; [`LedgerError::HalfImported`] when
    /// writing broke off.
    pub async fn import(&self, file: &mut (impl BufRead + Seek)) -> Result<Imported, LedgerError> {
        let decisions = self.validate(file)?;
        let mut added = 0;
        let written = async {
            for noes in [true, false] {
                self.import_half(file, noes, &mut added).await?;
            }
            Ok(())
        };
        let written = written.await;
        self.overtake_all();
        match written {
            Ok(()) => Ok(Imported { decisions, added }),
            Err(why) => Err(LedgerError::HalfImported { added, why: Box::new(why) }),
        }
    }

    /// Nothing that was read before is current any more.
    pub fn overtake_all(&self) {
        self.0.service.iter().for_each(super::Service::overtake_all);
        self.0.cache.overtake_all();
    }

    /// How many decisions there are, if all of them can be taken over.
    fn validate(&self, file: &mut impl BufRead) -> Result<u64, LedgerError> {
        let fingerprint = self.0.key.fingerprint();
        let mut text = Vec::new();
        let first = next(file, &mut text, 1)?.ok_or(LedgerError::NoHeader)?;
        Header::read(first)?.check(&fingerprint)?;
        let latest = latest(Timestamp::now());
        let mut number = 1;
        while let Some(bytes) = next(file, &mut text, number + 1)? {
            number += 1;
            Line::read(bytes, latest).map_err(|what| LedgerError::Line { number, what })?;
        }
        Ok(number - 1)
    }

    async fn import_half(
        &self,
        file: &mut (impl BufRead + Seek),
        noes: bool,
        added: &mut u64,
    ) -> Result<(), LedgerError> {
        file.rewind().map_err(LedgerError::Input)?;
        let (mut text, mut batch, mut number) = (Vec::new(), Vec::new(), 1);
        let latest = latest(Timestamp::now());
        next(file, &mut text, number)?;
        while let Some(bytes) = next(file, &mut text, number + 1)? {
            number += 1;
            let line = Line::read(bytes, latest).map_err(|what| LedgerError::Line { number, what })?;
            if line.is_no() == noes {
                batch.push(line);
            }
            if batch.len() == BATCH {
                *added += self.write(mem::take(&mut batch)).await?;
            }
        }
        *added += self.write(batch).await?;
        Ok(())
    }

    /// Writes those that are not there yet; how many these were.
    async fn write(&self, batch: Vec<Line>) -> Result<u64, LedgerError> {
        match (batch.is_empty(), self.0.keeper()) {
            (true, _) => Ok(0),
            (false, Some(service)) => service.import(&batch).await,
            (false, None) => self.0.database.import(&batch).await,
        }
    }
}

impl Export<'_> {
    /// The next lines, with their line ends; none when that was all.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the ledger does not answer, or not with decisions.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, LedgerError> {
        let group = self.group.as_deref();
        let lines = match &mut self.from {
            From::Done => return Ok(None),
            From::Start => return self.begin().await.map(Some),
            From::Service(exporting) => exporting.next().await?,
            From::Database { up_to, after } => {
                let page = self.ledger.0.database.page(group, *up_to, after).await?;
                Some(page).filter(|page| !page.is_empty())
            }
        };
        match lines {
            Some(lines) => written(&lines).map(Some),
            None => {
                self.from = From::Done;
                Ok(None)
            }
        }
    }

    async fn begin(&mut self) -> Result<Vec<u8>, LedgerError> {
        let ledger = self.ledger;
        self.from = match ledger.0.keeper() {
            Some(service) => From::Service(service.export(self.group.as_deref()).await?),
            None => From::Database { up_to: ledger.0.database.newest().await?, after: After::default() },
        };
        written(&[Header::new(ledger.0.key.fingerprint())])
    }
}

/// The next line without its end; none when there is no more.
fn next<'t>(
    file: &mut impl BufRead,
    text: &'t mut Vec<u8>,
    number: u64,
) -> Result<Option<&'t [u8]>, LedgerError> {
    text.clear();
    file.take(LONGEST).read_until(b'\n', text).map_err(|source| match source.kind() {
        io::ErrorKind::InvalidData => LedgerError::Line { number, what: "it can't be read" },
        _ => LedgerError::Input(source),
    })?;
    match text.split_last() {
        None => Ok(None),
        Some((b'\n', line)) => Ok(Some(line)),
        Some(_) => Err(LedgerError::Line { number, what: "it is cut off, or longer than 16 KiB" }),
    }
}
