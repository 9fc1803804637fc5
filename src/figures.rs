//! Figures without people, from receipts and the ledger: who was asked and said yes, what passed, what was withheld, what was
//! refused. And how often each entry of a policy was met.
//!
//! The rule: `figures/groups.rs` says what may be told about groups; everything that a [`Report`] holds has been through it, or is
//! a sum of what has. Only days that are over are told of, because of a day that is not over two reports could be subtracted; and what
//! is told of such a day never changes, because an exchange counts on the day on which its receipt is put down. Were it counted on that
//! on which it began, a socket that stays open over night would change a day that was told of already, and the difference is one person.
//! What would defeat it: a number counted anew for the report at hand, over days or routes of its own choice.

mod crowd;
mod entries;
mod gathered;
mod groups;
mod opted;
mod printed;
mod read;
mod sources;

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

pub use self::{
    entries::{Entries, MOST, Met, Times},
    gathered::{Asked, Told, Unread, totals},
    groups::{Group, LEAST},
    opted::OptIn,
    read::{Figure, Way},
    sources::Kept,
};

use crate::{
    ledger::{Ledger, LedgerError},
    policy::Policy,
};

/// The fewest people that are told of as a group, where nobody says otherwise.
pub const USUAL_K: u64 = 10;

/// Days told of where none are named.
const USUAL_DAYS: i64 = 30;
/// How long a day must be over: receipts of its last moment are still being written, by nodes whose clocks may differ.
const SETTLED: SignedDuration = SignedDuration::from_mins(5);
/// Days told of at most.
const MOST_DAYS: i32 = 366;

/// All that is told.
#[derive(Debug)]
pub struct Report {
    /// Of which days and routes.
    pub asked: Asked,
    /// The fewest people that are told of as a group.
    pub k: u64,
    /// Who says yes, now.
    pub opt_in: Vec<OptIn>,
    /// What was met, by day and route.
    pub told: Vec<Told>,
    /// What was not counted.
    pub unread: Unread,
}

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum FiguresError {
    /// The ledger does not answer.
    #[error("{0}")]
    Ledger(#[from] LedgerError),
    /// Receipts can't be read.
    #[error("can't read the receipts in `{path}`: {source}")]
    Unreadable {
        /// Where they are.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// Receipts are nowhere.
    #[error("the configuration keeps receipts in no file that could be read; name files of them")]
    Nowhere,
    /// We are at fault.
    #[error("reading the receipts broke off; the log says where")]
    Broken,
}

/// Why days can't be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DaysFault {
    /// The last is not over.
    #[error(
        "{to} has not been over for five minutes; choose {yesterday} or a day before it (UTC): reports of a day that goes on could be subtracted from each other"
    )]
    NotOver {
        /// The last day.
        to: Date,
        /// The newest that can be told of.
        yesterday: Date,
    },
    /// They are the wrong way round.
    #[error("the first day, {from}, comes after the last, {to}; exchange them")]
    Reversed {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
    /// They are too many.
    #[error("from {from} to {to} are {days} days; ask for {MOST_DAYS} at most")]
    TooMany {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
        /// How many there are.
        days: i32,
    },
}

impl Report {
    /// Reads the receipts, and asks the ledger who says yes to the purposes of these policies.
    ///
    /// # Errors
    /// When one of them can't be read.
    pub async fn make(
        (ledger, kept): (Option<&Ledger>, &Kept),
        policies: impl IntoIterator<Item = &Policy>,
        asked: Asked,
        k: u64,
    ) -> Result<Self, FiguresError> {
        let gathered = sources::gather(ledger, kept, &asked).await?;
        let opt_in = match ledger {
            Some(ledger) => opted::opt_in(ledger, policies, k, Timestamp::now()).await?,
            None => Vec::new(),
        };
        Ok(Self { k, opt_in, told: gathered.told(k), unread: gathered.unread, asked })
    }
}

/// The days that are told of: 30 up to yesterday, where nothing else is asked.
///
/// # Errors
/// [`DaysFault`] says what to ask instead.
pub fn days(from: Option<Date>, to: Option<Date>, now: Timestamp) -> Result<(Date, Date), DaysFault> {
    let settled = now.checked_sub(SETTLED).unwrap_or(now);
    let yesterday = settled.to_zoned(TimeZone::UTC).date().saturating_sub(1.day());
    let to = to.unwrap_or(yesterday);
    if to > yesterday {
        return Err(DaysFault::NotOver { to, yesterday });
    }
    let from = from.unwrap_or_else(|| to.saturating_sub((USUAL_DAYS - 1).days()));
    match (to - from).get_days() + 1 {
        days if days < 1 => Err(DaysFault::Reversed { from, to }),
        days if days > MOST_DAYS => Err(DaysFault::TooMany { from, to, days }),
        _ => Ok((from, to)),
    }
}

impl Unread {
    /// What was not counted, in words; none where all was.
    pub fn words(self) -> Option<String> {
        let Self { damaged, crowded_out } = self;
        let lines = |count: u64| if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
        let damaged = (damaged > 0).then(|| format!("{} could not be read as receipts", lines(damaged)));
        let crowded_out = (crowded_out > 0).then(|| {
            format!("{} had too many different names and are not counted whole", lines(crowded_out))
        });
        let words: Vec<String> = [damaged, crowded_out].into_iter().flatten().collect();
        (!words.is_empty()).then(|| words.join("; "))
    }
}

#[cfg(test)]
mod tests;
