//! Many contrasts in sum.

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;

use super::{Change, Contrast};

/// What two policies do to many requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// How many requests were compared.
    pub exchanges: u64,
    /// Of these, how many come to the same in every respect.
    pub same: u64,
    /// How many reveal more to the bot, somewhere. A request may count here and among the next.
    pub reveal_more: u64,
    /// How many withhold more, somewhere.
    pub withhold_more: u64,
    /// How many differ, and neither reveal nor withhold more.
    pub otherwise: u64,
    /// How many would be refused, and are not.
    pub newly_refused: u64,
    /// How many are refused, and would not be.
    pub no_longer_refused: u64,
    /// How many places changed in each data entry's name, under either policy.
    pub data: BTreeMap<Arc<str>, Tally>,
}

/// How many places changed in one data entry's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// So that the bot learns more.
    pub reveals_more: u64,
    /// So that the bot learns less.
    pub withholds_more: u64,
    /// Neither.
    pub otherwise: u64,
}

impl Sum {
    /// Counts one more.
    pub fn add(&mut self, contrast: &Contrast) {
        let count = |is: bool| u64::from(is);
        let (reveals, withholds) = (contrast.has(Change::RevealsMore), contrast.has(Change::WithholdsMore));
        self.exchanges += 1;
        self.same += count(!contrast.differs());
        self.reveal_more += count(reveals);
        self.withhold_more += count(withholds);
        self.otherwise += count(contrast.differs() && !reveals && !withholds);
        self.newly_refused += count(contrast.newly_refused());
        self.no_longer_refused += count(contrast.no_longer_refused());
        for difference in &contrast.differences {
            let mut names: Vec<_> = difference.old.data.iter().chain(&difference.new.data).collect();
            names.sort();
            names.dedup();
            for name in names {
                self.data.entry(Arc::clone(name)).or_default().add(difference.change, difference.count);
            }
        }
    }
}

impl Tally {
    fn add(&mut self, change: Change, count: u64) {
        match change {
            Change::RevealsMore => self.reveals_more += count,
            Change::WithholdsMore => self.withholds_more += count,
            Change::Otherwise => self.otherwise += count,
        }
    }
}
