//! What was done in each exchange: exactly one receipt, in the ledger's database, in a file, or both.
//!
//! The rule: an exchange reserves a [`Slot`] before anything is forwarded, and its reply ends only when the receipt is
//! written, so that after `kill -9` only exchanges in flight are missing. One task writes: it takes all that waits, writes it
//! at once and then tells each that it is done. When writing fails it keeps what it has and tries again; meanwhile slots
//! run out and new exchanges are refused, so nothing is dropped.
//!
//! What would defeat it: forwarding without a slot, or ending a reply without waiting for [`Written`].

pub mod messages;
pub mod receipt;
pub mod retention;

mod archive;
mod lines;
mod table;
mod turned;
mod words;
mod writer;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    task::JoinHandle,
};

pub use self::{
    archive::Archive,
    turned::{TurnedOver, turned_over},
};
use self::{
    lines::Lines,
    receipt::Receipt,
    table::Table,
    writer::{Turn, Writer},
};
use crate::ledger::{Ledger, LedgerError, can_write};

/// Where receipts are kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReceiptSettings {
    /// Whether to keep them in the ledger's database.
    pub database: bool,
    /// A file to append them to, one JSON document a line; `-` is standard output.
    pub file: Option<PathBuf>,
    /// How many exchanges may be under way with their receipt unwritten; more are refused.
    pub queue: usize,
}

impl Default for ReceiptSettings {
    fn default() -> Self {
        Self { database: true, file: None, queue: 4096 }
    }
}

impl ReceiptSettings {
    /// Whether receipts could be kept; opens nothing.
    ///
    /// # Errors
    /// As [`Receipts::open`].
    pub fn check(&self) -> Result<(), ReceiptError> {
        self.sound()?;
        match self.file.as_deref().filter(|path| path.as_os_str() != "-") {
            Some(path) => can_write(path).map_err(unwritable(path)),
            None => Ok(()),
        }
    }

    /// The first of these keys in which two settings differ.
    pub fn differs(&self, other: &Self) -> Option<&'static str> {
        let Self { database, file, queue } = self;
        let differences = [
            ("database", *database != other.database),
            ("file", *file != other.file),
            ("queue", *queue != other.queue),
        ];
        differences.into_iter().find(|(_, differ)| *differ).map(|(key, _)| key)
    }

    fn sound(&self) -> Result<(), ReceiptError> {
        if !(1..=1_000_000).contains(&self.queue) {
            return Err(ReceiptError::Queue(self.queue));
        }
        if !self.database && self.file.is_none() {
            return Err(ReceiptError::Nowhere);
        }
        Ok(())
    }
}

/// Why receipts can't be kept.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// Neither database nor file.
    #[error("receipts would be kept nowhere; set `database: true` or name a `file`")]
    Nowhere,
    /// The database is asked for and there is no ledger.
    #[error("receipts can't be kept in the ledger's database, since there is no ledger; name a `file`")]
    NoLedger,
    /// No exchange could ever get a slot.
    #[error("`queue: {0}` leaves no room for receipts; write a number from 1 to 1000000")]
    Queue(usize),
    /// The file can't be opened.
    #[error(
        "can't write receipts to `{path}`: {source}; name a place where the user who runs assentry may write"
    )]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Keeps receipts. Share it behind an `Arc`.
pub struct Receipts {
    queue: mpsc::Sender<Entry>,
    table: Option<Table>,
    /// The file, if it is one that can be turned over.
    file: Option<PathBuf>,
    /// For how many days they are kept; none for all.
    days: watch::Sender<Option<i64>>,
    turns: mpsc::Sender<Turn>,
    waiting: Arc<AtomicUsize>,
    closing: Arc<Notify>,
    writer: std::sync::Mutex<Option<JoinHandle<()>>>,
}

/// A receipt on its way to the writer, and whom to tell.
struct Entry {
    receipt: Receipt,
    written: Told,
}

/// Whom to tell, and a count of all who are not told yet.
struct Told(Option<oneshot::Sender<()>>, Arc<AtomicUsize>);

/// Room for one receipt; dropping it gives the room back.
pub struct Slot(mpsc::OwnedPermit<Entry>, Arc<AtomicUsize>);

/// There is no room for another receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no room for another receipt")]
pub struct NoRoom;

/// The receipt was lost: Assentry stopped while it could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the receipt could not be written")]
pub struct Unwritten;

/// Resolves when the receipt is written. It is written whether or not anybody waits.
#[must_use = "a reply ends when its receipt is written"]
pub struct Written(oneshot::Receiver<()>);

impl Receipts {
    /// Opens what the settings name and starts writing. Needs a Tokio runtime.
    ///
    /// # Errors
    /// When receipts would be kept nowhere, or the file can't be opened.
    pub fn open(settings: &ReceiptSettings, ledger: Option<&Ledger>) -> Result<Self, ReceiptError> {
        settings.sound()?;
        let table = match (settings.database, ledger) {
            (true, None) => return Err(ReceiptError::NoLedger),
            (true, Some(ledger)) => Some(Table::of(ledger)),
            (false, _) => None,
        };
        let days = watch::Sender::new(None);
        let open = |path| open_lines(path, days.subscribe());
        let lines = settings.file.as_deref().map(open).transpose()?;
        let file = settings.file.clone().filter(|_| lines.as_ref().is_some_and(Lines::are_quick));
        let (queue, entries) = mpsc::channel(settings.queue);
        let (turns, turning) = mpsc::channel(1);
        let closing = Arc::new(Notify::new());
        let writer = Writer::new((entries, turning), table.clone(), lines, Arc::clone(&closing));
        let writer = std::sync::Mutex::new(Some(tokio::spawn(writer.run())));
        Ok(Self { queue, table, file, days, turns, waiting: Arc::default(), closing, writer })
    }

    /// Keeps them for so many days from now on, none for always: [`retention::keep`] deletes the older ones. A file is then turned
    /// over every day.
    pub fn keep_for(&self, days: Option<i64>) {
        self.days.send_if_modified(|kept| std::mem::replace(kept, days) != days);
    }

    /// Has a file that holds receipts of an earlier day put by, also where nothing is to be written.
    async fn turn_over(&self) -> Result<(), String> {
        let (turn, turned) = oneshot::channel();
        match self.turns.send(turn).await {
            Ok(()) => turned.await.unwrap_or(Ok(())),
            Err(_) => Ok(()), // it is stopping
        }
    }

    /// Room for the receipt of an exchange that is about to begin.
    ///
    /// # Errors
    /// [`NoRoom`] when too many are unwritten, or after [`Self::close`].
    pub fn reserve(&self) -> Result<Slot, NoRoom> {
        let permit = self.queue.clone().try_reserve_owned().map_err(|_| NoRoom)?;
        Ok(Slot(permit, Arc::clone(&self.waiting)))
    }

    /// How many receipts were handed over and are not written yet.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Relaxed)
    }

    /// Ends reservations as soon as the page being written is done, waits for every slot that is out, and writes
    /// everything. Gives up on what still can't be written after a few seconds of trying. The caller bounds how long
    /// to wait for exchanges that hold a slot, and for a standard output that nobody reads.
    pub async fn close(&self) {
        self.closing.notify_one();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let _ = writer.await; // a writer that broke has told so
        }
    }

    /// The newest receipts in the database, newest first; none when they are not kept there.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer.
    pub async fn list(&self, limit: u32) -> Result<Vec<serde_json::Value>, LedgerError> {
        match &self.table {
            Some(table) => table.newest(limit).await,
            None => Ok(Vec::new()),
        }
    }
}

impl Slot {
    /// Hands the receipt over. It will be written; the result tells when.
    pub fn write(self, receipt: Receipt) -> Written {
        let (written, told) = oneshot::channel();
        self.1.fetch_add(1, Relaxed);
        self.0.send(Entry { receipt, written: Told(Some(written), self.1) });
        Written(told)
    }
}

impl Told {
    fn tell(mut self) {
        if let Some(written) = self.0.take() {
            let _ = written.send(()); // nobody need wait
        }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Relaxed);
    }
}

impl Future for Written {
    type Output = Result<(), Unwritten>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_err(|_| Unwritten)
    }
}

impl fmt::Debug for Receipts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipts").field("room", &self.queue.capacity()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

fn open_lines(path: &Path, days: watch::Receiver<Option<i64>>) -> Result<Lines, ReceiptError> {
    Lines::open(path, days).map_err(unwritable(path))
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> ReceiptError + use<> {
    let path = path.to_owned();
    move |source| ReceiptError::Unwritable { path, source }
}

#[cfg(test)]
mod tests;
