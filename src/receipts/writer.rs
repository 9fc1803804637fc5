//! The one task that writes receipts.
//!
//! The rule: a page is written everywhere before anybody is told, and the next is not taken until then. What would
//! defeat it is giving up on a page: that happens only while closing, and is said aloud with a count.
//!
//! Before a page is taken, everyone else who is ready has a turn, so that receipts that are about to come are written
//! together. A page for a file is written where it is, because waking a thread costs more than the disk's cache does;
//! once the disk has been slow, on a thread, until it is quick again.

use std::{fmt::Display, sync::Arc, time::Duration};

use serde_json::json;
use tokio::{
    sync::{Notify, mpsc, oneshot},
    task::{spawn_blocking, yield_now},
    time::{Instant, sleep},
};

use super::{
    Entry, Told,
    lines::Lines,
    receipt::Receipt,
    table::{Row, Table},
    words,
};

/// The most receipts written at once.
const PAGE: usize = 1_024;
/// Bytes that a receipt seldom exceeds.
const USUAL_RECEIPT: usize = 2_048;
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long a page takes to write at most where the disk's cache takes it.
const QUICK: Duration = Duration::from_millis(10);
/// How long to go on trying once Assentry is stopping.
const LAST_TRIES: Duration = Duration::from_secs(5);

/// Somebody wants the file turned over, and hears how that went.
pub(super) type Turn = oneshot::Sender<Result<(), String>>;

/// The writer's end of the queue, and where it writes.
pub(super) struct Writer {
    entries: mpsc::Receiver<Entry>,
    turning: mpsc::Receiver<Turn>,
    table: Option<Table>,
    lines: Option<Lines>,
    to_lines: bool,
    closing: Arc<Notify>,
    stopping: bool,
    /// Whether the disk was slow the last time.
    slow: bool,
}

/// Receipts that are written together, and how far that has got.
struct Page {
    rows: Vec<Row>,
    text: Vec<u8>,
    done: usize,
    in_table: bool,
    in_lines: bool,
    waiting: Vec<Told>,
}

impl Writer {
    pub(super) fn new(
        (entries, turning): (mpsc::Receiver<Entry>, mpsc::Receiver<Turn>),
        table: Option<Table>,
        lines: Option<Lines>,
        closing: Arc<Notify>,
    ) -> Self {
        let to_lines = lines.is_some();
        Self { entries, turning, table, to_lines, lines, closing, stopping: false, slow: false }
    }

    /// Writes until the queue is closed and empty.
    pub(super) async fn run(mut self) {
        let mut entries = Vec::new();
        while self.take(&mut entries).await {
            let mut page = Page::of(entries.drain(..), self.table.is_some(), self.to_lines);
            if self.insist(&mut page).await {
                page.waiting.into_iter().for_each(Told::tell);
            } else {
                tracing::error!(count = page.waiting.len(), "stopping with receipts unwritten");
            }
        }
    }

    /// Everything that waits; false when nothing will come any more.
    async fn take(&mut self, entries: &mut Vec<Entry>) -> bool {
        loop {
            tokio::select! {
                count = self.entries.recv_many(entries, PAGE) => {
                    if count == 0 {
                        return false;
                    }
                    break;
                }
                Some(turn) = self.turning.recv() => {
                    let turned = self.lines.as_mut().map_or(Ok(()), Lines::turn_over);
                    let _ = turn.send(turned.map_err(text)); // who asked may have gone
                }
                () = self.closing.notified() => self.begin_closing(),
            }
        }
        yield_now().await;
        while entries.len() < PAGE
            && let Ok(entry) = self.entries.try_recv()
        {
            entries.push(entry);
        }
        true
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
            tracing::error!(%error, count = page.waiting.len(), "receipts can't be written; trying again");
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

    async fn write_lines(&mut self, page: &mut Page) -> Result<bool, String> {
        match &mut self.lines {
            Some(lines) if lines.are_quick() && !self.slow => {
                let begun = Instant::now();
                let result = lines.write(&page.text, &mut page.done);
                self.slow = begun.elapsed() > QUICK;
                result.map(|()| true).map_err(text)
            }
            Some(_) | None => self.write_lines_aside(page).await,
        }
    }

    /// On a thread of its own, because a full pipe can hold it up for as long as it likes. Should that thread break,
    /// there are no lines any more, and the page never counts as written.
    async fn write_lines_aside(&mut self, page: &mut Page) -> Result<bool, String> {
        let begun = Instant::now();
        let mut lines = self.lines.take().ok_or("the thread that wrote them broke")?;
        let (whole, mut done) = (std::mem::take(&mut page.text), page.done);
        let written = spawn_blocking(move || {
            let result = lines.write(&whole, &mut done);
            (lines, whole, done, result)
        });
        let (lines, whole, done, result) = written.await.map_err(text)?;
        (self.lines, page.text, page.done) = (Some(lines), whole, done);
        self.slow = begun.elapsed() > QUICK;
        result.map(|()| true).map_err(text)
    }
}

impl Page {
    fn of(entries: impl Iterator<Item = Entry>, to_table: bool, to_lines: bool) -> Self {
        let mut page = Self {
            rows: Vec::new(),
            text: Vec::new(),
            done: 0,
            in_table: !to_table,
            in_lines: !to_lines,
            waiting: Vec::with_capacity(entries.size_hint().0),
        };
        page.text.reserve(page.waiting.capacity().min(32) * USUAL_RECEIPT);
        for Entry { receipt, written } in entries {
            page.add(receipt, to_table, to_lines);
            page.waiting.push(written);
        }
        page
    }

    /// The text holds each receipt once; where there are no lines to be written, only as long as it takes to make its row.
    fn add(&mut self, receipt: Receipt, to_table: bool, to_lines: bool) {
        let begin = self.text.len();
        if let Err(error) = words::write(&receipt, &mut self.text) {
            tracing::error!(%error, "a receipt can't be put into words");
            self.text.truncate(begin);
            let least = json!({"exchange": receipt.exchange, "time": receipt.time});
            self.text.extend_from_slice(least.to_string().as_bytes());
        }
        if to_table {
            let body = self.text.get(begin..).unwrap_or_default();
            self.rows.push(Row {
                body: String::from_utf8_lossy(body).into_owned(),
                subject: receipt.subject.and_then(|subject| subject.reference),
                exchange: receipt.exchange,
            });
        }
        if to_lines { self.text.push(b'\n') } else { self.text.truncate(begin) }
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}
