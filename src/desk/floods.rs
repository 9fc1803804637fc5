//! How much one person may ask in a minute.
//!
//! The rule: what is written is bounded more tightly than what is read, each person for themselves, so that nobody's flood of
//! decisions fills the ledger or keeps others waiting. What would defeat it is a count kept per connection; it is kept per person, on
//! each node for itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use moka::sync::Cache;

use super::problem::Problem;

/// How long a count lasts.
pub(super) const WINDOW: Duration = Duration::from_secs(60);
/// People counted at a time; those who asked longest ago are forgotten first.
const PEOPLE: u64 = 100_000;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Something is looked at.
    Read,
    /// Something is written down.
    Write,
    /// Everything is gathered.
    Gather,
}

/// Counts what each person asks.
#[derive(Debug)]
pub(super) struct Floods(Cache<([u8; 32], Kind), Arc<AtomicU32>>);

impl Floods {
    pub(super) fn new() -> Self {
        Self(Cache::builder().max_capacity(PEOPLE).time_to_live(WINDOW).build())
    }

    /// Counts one more of this person, who is named by a keyed digest.
    pub(super) fn count(&self, person: [u8; 32], kind: Kind) -> Result<(), Problem> {
        let count = self.0.get_with((person, kind), Arc::default);
        if count.fetch_add(1, Relaxed) < kind.most() { Ok(()) } else { Err(Problem::Flood) }
    }
}

impl Kind {
    /// How often in a minute.
    fn most(self) -> u32 {
        match self {
            Self::Read => 600,
            Self::Write => 60,
            Self::Gather => 10,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_one_kind_by_one_person_is_stopped_and_nothing_else() {
        let floods = Floods::new();
        let asked = |person: u8, kind| floods.count([person; 32], kind);
        assert!((0..60).all(|_| asked(1, Kind::Write).is_ok()));
        assert_eq!(asked(1, Kind::Write), Err(Problem::Flood));
        assert_eq!((asked(1, Kind::Read), asked(2, Kind::Write)), (Ok(()), Ok(())));
    }
}
