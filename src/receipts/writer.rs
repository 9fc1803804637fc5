//! The one task that writes receipts.
//!
//! The rule: a page is written everywhere before anybody is told, and the next is not taken until then. What would
//! defeat it is giving up on a page: that happens only while closing, and is said aloud with a count.
//!
//! Before a page is taken, everyone else who is ready has a turn, so that receipts that are about to come are written
//! together. A page for a file is written where it is, because waking a thread costs more than the disk's cache does;
//! once the disk has been slow, on a thread, until it is quick again.

use std::{fmt::Display, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::json;
use tokio::{
    sync::{Notify, mpsc, oneshot},
    task::{spawn_blocking, yield_now},
    time::{Instant, sleep},
};

use super::{
    Entry, Told,
    lines::Lines,
    receipt::{Receipt, day_number},
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
    receipts: Vec<Receipt>,
    /// The day on which they are put down.
    day: i64,
    to_table: bool,
    to_lines: bool,
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
            page.put_into_words(Timestamp::now());
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
            page.goes_on(Timestamp::now());
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
        let count = entries.size_hint().0;
        let mut page = Self {
            receipts: Vec::with_capacity(count),
            day: 0,
            to_table,
            to_lines,
            rows: Vec::new(),
            text: Vec::new(),
            done: 0,
            in_table: !to_table,
            in_lines: !to_lines,
            waiting: Vec::with_capacity(count),
        };
        for Entry { receipt, written } in entries {
            page.receipts.push(receipt);
            page.waiting.push(written);
        }
        page
    }

    /// It is written today.
    fn put_into_words(&mut self, now: Timestamp) {
        self.day = day_number(now);
        self.rows.clear();
        self.text.clear();
        self.text.reserve(self.receipts.len().min(32) * USUAL_RECEIPT);
        for mut receipt in std::mem::take(&mut self.receipts) {
            receipt.put_down(now);
            self.add(&receipt);
            self.receipts.push(receipt);
        }
    }

    /// It could not be written yet. What was not begun is of the day on which it will be: a day that is over never changes.
    fn goes_on(&mut self, now: Timestamp) {
        if self.done == 0 && day_number(now) != self.day {
            self.put_into_words(now);
        }
    }

    /// The text holds each receipt once; where there are no lines to be written, only as long as it takes to make its row.
    fn add(&mut self, receipt: &Receipt) {
        let begin = self.text.len();
        if let Err(error) = words::write(receipt, &mut self.text) {
            tracing::error!(%error, "a receipt can't be put into words");
            self.text.truncate(begin);
            let least = json!({"exchange": receipt.exchange, "time": receipt.time});
            self.text.extend_from_slice(least.to_string().as_bytes());
        }
        if self.to_table {
            let body = self.text.get(begin..).unwrap_or_default();
            self.rows.push(Row {
                body: String::from_utf8_lossy(body).into_owned(),
                subject: receipt.subject.as_ref().and_then(|subject| subject.reference.clone()),
                exchange: receipt.exchange.clone(),
            });
        }
        if self.to_lines { self.text.push(b'\n') } else { self.text.truncate(begin) }
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::receipts::tests::receipt;

    fn page(begun: &str) -> Page {
        let mut receipt = receipt(1);
        receipt.time = begun.parse().unwrap();
        let written = Told(None, Arc::new(AtomicUsize::new(1)));
        Page::of([Entry { receipt, written }].into_iter(), true, true)
    }

    fn over(text: &[u8]) -> Option<String> {
        let receipt: serde_json::Value = serde_json::from_slice(text).unwrap();
        receipt.get("over").map(|over| over.as_str().unwrap().to_owned())
    }

    #[test]
    fn a_receipt_is_of_the_day_on_which_it_can_be_written() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let mut page = page("2026-11-21T12:00:00Z");
        page.put_into_words(at("2026-11-21T23:59:59Z"));
        assert_eq!(over(&page.text), None, "most begin and end on one day, and don't say so");
        page.goes_on(at("2026-11-21T23:59:59.9Z"));
        assert_eq!(over(&page.text), None);
        page.goes_on(at("2026-11-22T00:00:01Z"));
        let next = Some("2026-11-22T00:00:01Z".to_owned());
        assert_eq!((over(&page.text), over(page.rows[0].body.as_bytes())), (next.clone(), next.clone()));
        page.goes_on(at("2026-11-22T00:00:03Z"));
        assert_eq!(over(&page.text), next);
        page.done = 5;
        page.goes_on(at("2026-11-23T00:00:03Z"));
        assert_eq!(over(&page.text), next, "what was begun goes on as it was begun");
    }

    #[test]
    fn a_clock_that_was_set_back_counts_nothing_on_a_day_that_was_told_of() {
        let mut page = page("2026-11-22T00:00:00Z");
        page.put_into_words("2026-11-21T23:59:00Z".parse().unwrap());
        assert_eq!(over(&page.text), None);
    }
}
