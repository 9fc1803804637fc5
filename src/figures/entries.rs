//! How often each data entry of a policy was met, by exchange: a tally of entries, not of people.
//!
//! The rule: it is counted from receipts, beside the exchanges and not within them, from the newest back, and no further than
//! [`MOST`] of them: what it costs does not grow with what is kept. What a refused exchange held was refused, whatever
//! its entries would have done.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom},
    path::Path,
};

use jiff::Timestamp;
use tokio::task::{spawn_blocking, yield_now};

use super::{
    FiguresError,
    read::{Line, Meeting},
    sources::{self, Kept},
};
use crate::{ledger::Ledger, receipts::Backwards};

/// Receipts that are counted at most.
pub const MOST: u64 = 200_000;
/// Bytes of one file that are read at most: those at its end.
const MOST_BYTES: u64 = 512 << 20;
/// Different entries; more are not counted.
const MOST_ENTRIES: usize = 16_384;

/// What was met.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    met: HashMap<(String, String), Met>,
    /// How many receipts were counted.
    pub receipts: u64,
    /// When the oldest of them was begun.
    pub oldest: Option<Timestamp>,
    /// Whether there are older ones that were not counted.
    pub cut: bool,
    /// How many lines are no receipts.
    pub damaged: u64,
}

/// How often one entry was met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// In all receipts that were counted.
    pub kept: Times,
    /// In those of exchanges that began since the moment asked for.
    pub since: Times,
    /// When it was last found.
    pub last: Option<Timestamp>,
}

/// How often something was found, and what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// At so many places.
    pub found: u64,
    /// It passed.
    pub passed: u64,
    /// It was withheld, or changed.
    pub withheld: u64,
    /// It would have been, had the route enforced.
    pub spared: u64,
    /// The exchange was refused.
    pub refused: u64,
}

impl Entries {
    /// Counts the receipts that are kept; those since a moment apart, too.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn count(ledger: &Ledger, kept: &Kept, since: Timestamp) -> Result<Self, FiguresError> {
        if let Kept::Database(_) = kept {
            return Self::of_database(ledger, since).await;
        }
        let paths = sources::paths(kept)?;
        let read = move || {
            let mut entries = Self::default();
            for path in paths.iter().rev() {
                if entries.receipts >= MOST {
                    entries.cut = true;
                    break;
                }
                entries.file(path, since).map_err(|error| sources::unreadable(path, error))?;
            }
            Ok(entries)
        };
        spawn_blocking(read).await.map_err(|_| FiguresError::Broken)?
    }

    /// How often an entry of a policy was met, under whatever version.
    pub fn of(&self, policy: &str, data: &str) -> Met {
        self.met.get(&(policy.to_owned(), data.to_owned())).copied().unwrap_or_default()
    }

    async fn of_database(ledger: &Ledger, since: Timestamp) -> Result<Self, FiguresError> {
        let (mut entries, mut archive) = (Self::default(), Backwards::of(ledger));
        loop {
            let page = archive.page().await?;
            if page.is_empty() {
                return Ok(entries);
            }
            if entries.receipts >= MOST {
                return Ok(Self { cut: true, ..entries });
            }
            page.iter().for_each(|receipt| entries.line(receipt.as_bytes(), since));
            yield_now().await; // exchanges come first
        }
    }

    fn file(&mut self, path: &Path, since: Timestamp) -> io::Result<()> {
        let mut file = BufReader::new(File::open(path)?);
        let length = file.get_ref().metadata()?.len();
        if length > MOST_BYTES {
            file.seek(SeekFrom::Start(length - MOST_BYTES))?;
            file.skip_until(b'\n')?;
            self.cut = true;
        }
        let mut line = Vec::new();
        while file.by_ref().take(MOST_BYTES).read_until(b'\n', &mut line)? > 0 {
            if !line.trim_ascii().is_empty() {
                self.line(line.trim_ascii(), since);
            }
            line.clear();
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8], since: Timestamp) {
        let Some(line) = Line::read(line) else {
            self.damaged += 1;
            return;
        };
        let Meeting { time, policy, refused, acts } = line.meeting();
        self.receipts += 1;
        self.oldest = self.oldest.into_iter().chain([time]).min();
        let Some(policy) = policy else { return };
        for (data, action, count) in acts {
            let key = (policy.clone(), data);
            if self.met.len() >= MOST_ENTRIES && !self.met.contains_key(&key) {
                continue;
            }
            let met = self.met.entry(key).or_default();
            met.kept.add(&action, refused, count);
            if time >= since {
                met.since.add(&action, refused, count);
            }
            met.last = met.last.max(Some(time));
        }
    }
}

impl Times {
    fn add(&mut self, action: &str, refused: bool, count: u64) {
        self.found += count;
        match action {
            _ if refused => self.refused += count,
            "passed" | "unanswered" => self.passed += count,
            "refuse" => self.refused += count,
            spared if spared.starts_with("would ") => self.spared += count,
            _ => self.withheld += count,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(time: &str, policy: &str, action: &str, refused: bool) -> String {
        let outcome = match refused {
            true => json!({"refused": {"problem": "consent-missing", "status": 403}}),
            false => json!({"forwarded": {"status": 200}}),
        };
        json!({
            "time": time, "route": "chat", "policy": {"name": policy, "version": 1, "digest": "d"},
            "to_bot": [{"data": "mail", "place": "$.m", "action": action, "count": 2}],
            "to_person": [{"data": "name", "place": "$.n", "action": "redact", "count": 1}], "outcome": outcome,
        })
        .to_string()
    }

    #[test]
    fn what_became_of_an_entry_is_told_apart_and_so_is_what_came_since_the_start() {
        let since = "2026-11-20T12:00:00Z".parse().unwrap();
        let mut entries = Entries::default();
        for (time, policy, action, refused) in [
            ("2026-11-20T11:00:00Z", "shop", "passed", false),
            ("2026-11-20T12:00:00Z", "shop", "drop", false),
            ("2026-11-20T13:00:00Z", "shop", "would drop", false),
            ("2026-11-20T12:30:00Z", "shop", "passed", true),
            ("2026-11-20T14:00:00Z", "bank", "passed", false),
        ] {
            entries.line(line(time, policy, action, refused).as_bytes(), since);
        }
        entries.line(b"half a {", since);
        let met = entries.of("shop", "mail");
        let times = Times { found: 8, passed: 2, withheld: 2, spared: 2, refused: 2 };
        assert_eq!(met.kept, times);
        assert_eq!(met.since, Times { found: 6, passed: 0, ..times });
        assert_eq!(met.last, Some("2026-11-20T13:00:00Z".parse().unwrap()));
        assert_eq!(entries.of("shop", "name").kept.withheld, 3, "in the other direction");
        assert_eq!(entries.of("shop", "never"), Met::default());
        assert_eq!((entries.receipts, entries.damaged, entries.cut), (5, 1, false));
        assert_eq!(entries.oldest, Some("2026-11-20T11:00:00Z".parse().unwrap()));
    }
}
