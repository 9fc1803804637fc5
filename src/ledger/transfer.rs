//! Decisions and links on their way from one ledger to another: lines of JSON, one each, in the order in which they count.
//!
//! The rule: a no is never lost on the way, nor overtaken by a yes from before it. Every decision keeps its moment, where it
//! stands in time among all that the person decided; of two the later one counts, wherever and whenever it was written down, and of
//! two at one moment the no. So what is imported never wins over a later decision that was there. What was damaged, is from the
//! future or names people by another key is found before the first line is taken over: the file is read whole, then its noes are
//! written, then its links (`transfer/links.rs`), then its yeses. Wherever that breaks off, what is allowed is less than it would be at the end, never more; and since a
//! line that is there already is passed over, importing the file again does the rest.
//!
//! What would defeat it: a moment from a clock that is ahead, against which a later no could not stand; so those are refused.

mod line;
mod links;
mod rows;

use std::{
    io::{self, BufRead, Read as _, Seek},
    mem,
    ops::AddAssign,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(super) use self::line::{Line, latest, written};
use self::{
    line::{Entry, Header, Turn},
    rows::After,
};
use super::{Ledger, LedgerError, database::Newest, service::Exporting};

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
    /// Those of them that were left out: yeses through a link that does not hold here, or not any more.
    pub ended: u64,
    /// Links in the file, made and undone.
    pub links: u64,
    /// Those of them that were neither there before nor overtaken by a later one.
    pub linked: u64,
}

impl AddAssign for Imported {
    fn add_assign(&mut self, more: Self) {
        self.decisions += more.decisions;
        self.added += more.added;
        self.ended += more.ended;
        self.links += more.links;
        self.linked += more.linked;
    }
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
    Database { up_to: Newest, after: After },
    Links { up_to: Newest, after: i64 },
    Service(Exporting<'l>),
    Done,
}

impl Ledger {
    /// Begins an export: of one group, or of all.
    pub fn export(&self, group: Option<&str>) -> Export<'_> {
        Export { ledger: self, group: group.map(str::to_owned), from: From::Start }
    }

    /// Whether ids can be linked here; else an import leaves out the links of its file, and each yes that came through one.
    pub fn keeps_links(&self) -> bool {
        self.0.keeper().is_none()
    }

    /// Takes over what an export wrote. When this returns, also with an error, nothing that was read here before is current.
    ///
    /// # Errors
    /// [`LedgerError::Line`] when the file can't be taken over, and then nothing of it was; [`LedgerError::HalfImported`] when
    /// writing broke off.
    pub async fn import(&self, file: &mut (impl BufRead + Seek)) -> Result<Imported, LedgerError> {
        let mut imported = self.validate(file)?;
        let written = async {
            for turn in Turn::ALL {
                self.import_turn(file, turn, &mut imported).await?;
            }
            Ok(())
        };
        let written = written.await;
        self.overtake_all();
        match written {
            Ok(()) => Ok(imported),
            Err(why) => Err(LedgerError::HalfImported { added: imported.added, why: Box::new(why) }),
        }
    }

    /// Nothing that was read before is current any more.
    pub fn overtake_all(&self) {
        self.0.service.iter().for_each(super::Service::overtake_all);
        self.0.cache.overtake_all();
    }

    /// How many decisions and links there are, if all of them can be taken over.
    fn validate(&self, file: &mut impl BufRead) -> Result<Imported, LedgerError> {
        let fingerprint = self.0.key.fingerprint();
        let mut text = Vec::new();
        let first = next(file, &mut text, 1)?.ok_or(LedgerError::NoHeader)?;
        Header::read(first)?.check(&fingerprint)?;
        let latest = latest(Timestamp::now());
        let (mut number, mut found) = (1, Imported::default());
        while let Some(bytes) = next(file, &mut text, number + 1)? {
            number += 1;
            match Entry::read(bytes, latest).map_err(|what| LedgerError::Line { number, what })? {
                Entry::Decision(_) => found.decisions += 1,
                Entry::Link(_) => found.links += 1,
            }
        }
        Ok(found)
    }

    async fn import_turn(
        &self,
        file: &mut (impl BufRead + Seek),
        turn: Turn,
        imported: &mut Imported,
    ) -> Result<(), LedgerError> {
        file.rewind().map_err(LedgerError::Input)?;
        let (mut text, mut batch, mut number) = (Vec::new(), Vec::new(), 1);
        let latest = latest(Timestamp::now());
        next(file, &mut text, number)?;
        while let Some(bytes) = next(file, &mut text, number + 1)? {
            number += 1;
            let entry = Entry::read(bytes, latest).map_err(|what| LedgerError::Line { number, what })?;
            if entry.turn() == turn {
                batch.push(entry);
            }
            if batch.len() == BATCH {
                *imported += self.write(mem::take(&mut batch)).await?;
            }
        }
        *imported += self.write(batch).await?;
        Ok(())
    }

    /// Writes those that are not there yet; how many these were.
    async fn write(&self, batch: Vec<Entry>) -> Result<Imported, LedgerError> {
        match (batch.is_empty(), self.0.keeper()) {
            (true, _) => Ok(Imported::default()),
            (false, Some(service)) => {
                let (own, ended) = without_links(batch);
                let added = if own.is_empty() { 0 } else { service.import(&own).await? };
                Ok(Imported { added, ended, ..Imported::default() })
            }
            (false, None) => self.0.database.import(&batch).await,
        }
    }
}

/// What somebody can be given who knows nothing of links, and how many yeses are not among it because nothing would end them.
fn without_links(batch: Vec<Entry>) -> (Vec<Line>, u64) {
    let (mut own, mut lent) = (Vec::new(), 0);
    for entry in batch {
        match entry {
            Entry::Decision(line) if line.is_lent() => lent += 1,
            Entry::Decision(line) => own.push(line),
            Entry::Link(_) => {}
        }
    }
    (own, lent)
}

impl Export<'_> {
    /// The next lines, with their line ends; none when that was all.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the ledger does not answer, or not with decisions.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, LedgerError> {
        let group = self.group.as_deref();
        loop {
            let database = &self.ledger.0.database;
            self.from = match &mut self.from {
                From::Start => return self.begin().await.map(Some),
                From::Done => return Ok(None),
                From::Database { up_to, after } => match database.page(group, *up_to, after).await? {
                    lines if lines.is_empty() => From::Links { up_to: *up_to, after: 0 },
                    lines => return written(&lines).map(Some),
                },
                From::Links { up_to, after } => match database.link_lines(up_to.linked, after).await? {
                    lines if lines.is_empty() => From::Done,
                    lines => return written(&lines).map(Some),
                },
                From::Service(exporting) => match exporting.next().await? {
                    None => From::Done,
                    Some(lines) => return written(&lines).map(Some),
                },
            };
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
