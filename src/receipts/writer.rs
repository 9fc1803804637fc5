//! The one task that writes receipts.
//!
//! The rule: a page is written everywhere before anybody is told, and the next is not taken until then. What would
//! defeat it is giving up on a page: that happens only while closing, and is said aloud with a count.

use std::{fmt::Display, sync::Arc, time::Duration};

use serde_json::json;
use tokio::{
    sync::{Notify, mpsc},
    task::spawn_blocking,
    time::{Instant, sleep},
};

use super::{
    Entry, Told,
    lines::Lines,
    receipt::Receipt,
    table::{Row, Table},
};

/// The most receipts written at once.
const PAGE: usize = 1_024;
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long to go on trying once Assentry is stopping.
const LAST_TRIES: Duration = Duration::from_secs(5);

/// The writer's end of the queue, and where it writes.
pub(super) struct Writer {
    entries: mpsc::Receiver<Entry>,
    table: Option<Table>,
    lines: Option<Lines>,
    to_lines: bool,
    closing: Arc<Notify>,
    stopping: bool,
}

/// Receipts that are written together, and how far that has got.
struct Page {
    rows: Vec<Row>,
    text: String,
    done: usize,
    in_table: bool,
    in_lines: bool,
    waiting: Vec<Told>,
}

impl Writer {
    pub(super) fn new(
        entries: mpsc::Receiver<Entry>,
        table: Option<Table>,
        lines: Option<Lines>,
        closing: Arc<Notify>,
    ) -> Self {
        Self { entries, table, to_lines: lines.is_some(), lines, closing, stopping: false }
    }

    /// Writes until the queue is closed and empty.
    pub(super) async fn run(mut self) {
        let mut entries = Vec::new();
        while self.take(&mut entries).await {
            let mut page = Page::of(entries.drain(..), self.to_lines);
            if self.insist(&mut page).await {
                page.waiting.into_iter().for_each(Told::tell);
            } else {
                tracing::error!(count = page.rows.len(), "stopping with receipts unwritten");
            }
        }
    }

    /// Everything that waits; false when nothing will come any more.
    async fn take(&mut self, entries: &mut Vec<Entry>) -> bool {
        loop {
            tokio::select! {
                count = self.entries.recv_many(entries, PAGE) => return count > 0,
                () = self.closing.notified() => self.begin_closing(),
            }
        }
    }

    fn begin_closing(&mut self) {
        self.entries.close();
        self.stopping = true;
    }

    /// Writes a page, however often it takes; false when it was given up.
    async fn insist(&mut self, page: &mut Page) -> bool {
        let mut pause = FIRST_PAUSE;
        let mut end = None;
        while let Err(error) = self.write(page).await {
            tracing::error!(%error, count = page.rows.len(), "receipts can't be written; trying again");
            if self.stopping && Instant::now() >= *end.get_or_insert_with(|| Instant::now() + LAST_TRIES) {
                return false;
            }
            tokio::select! {
                () = sleep(pause) => {}
                () = self.closing.notified() => self.begin_closing(),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        true
    }

    async fn write(&mut self, page: &mut Page) -> Result<(), String> {
        if let Some(table) = self.table.as_ref().filter(|_| !page.in_table) {
            table.write(&page.rows).await.map_err(text)?;
            page.in_table = true;
        }
        if !page.in_lines {
            page.in_lines = self.write_lines(page).await?;
        }
        Ok(())
    }

    /// On a thread of its own, because a full pipe can hold it up for as long as it likes. Should that thread break,
    /// there are no lines any more, and the page never counts as written.
    async fn write_lines(&mut self, page: &mut Page) -> Result<bool, String> {
        let mut lines = self.lines.take().ok_or("the thread that wrote them broke")?;
        let (whole, mut done) = (std::mem::take(&mut page.text), page.done);
        let written = spawn_blocking(move || {
            let result = lines.write(whole.as_bytes(), &mut done);
            (lines, whole, done, result)
        });
        let (lines, whole, done, result) = written.await.map_err(text)?;
        (self.lines, page.text, page.done) = (Some(lines), whole, done);
        result.map(|()| true).map_err(text)
    }
}

impl Page {
    fn of(entries: impl Iterator<Item = Entry>, to_lines: bool) -> Self {
        let (rows, waiting): (Vec<Row>, _) =
            entries.map(|Entry { receipt, written }| (row(receipt), written)).unzip();
        let text =
            if to_lines { rows.iter().flat_map(|row| [&row.body, "\n"]).collect() } else { String::new() };
        Self { rows, text, done: 0, in_table: false, in_lines: !to_lines, waiting }
    }
}

fn row(receipt: Receipt) -> Row {
    let body = serde_json::to_string(&receipt).unwrap_or_else(|error| {
        tracing::error!(%error, "a receipt can't be put into words");
        json!({"exchange": receipt.exchange, "time": receipt.time}).to_string()
    });
    let subject = receipt.subject.and_then(|subject| subject.reference);
    Row { exchange: receipt.exchange, subject, body }
}

fn text(error: impl Display) -> String {
    error.to_string()
}
