//! Consents in memory, and how a no reaches them before it is acknowledged.
//!
//! The rule: once one of the `overtake` methods has returned, nothing read from the database before it
//! was called is ever found here. The danger is a fill: it reads an old yes, is overtaken by a withdrawal, and then
//! puts the yes back. So a fill notes the epoch *before* it reads, and [`Cache::admit`] takes the result only if the
//! epoch has not moved. Overtaking moves the epoch first and removes the entry second, and both `admit` and the removal
//! go through moka's `and_compute_with`, which serialises them for each key. Hence either `admit` sees the moved epoch, or its
//! entry is there in time to be removed.
//!
//! Where an outside service was asked, the answer that was asked for last stays, whichever came last.
//!
//! A reading also carries the database's number at that moment. One whose number is below what this process has already
//! seen, in whatever way, began before a change that nobody told of yet, or comes from a server that lags behind. It is not taken
//! in, whatever the epoch says: of two fills under way at once the older must not come last.
//!
//! What would defeat it: removing with `Cache::invalidate`, which does not wait for a computation under way; moving
//! the epoch after the removal; reading the epoch after the database; moka's `invalidate_all`, which a late insertion
//! survives. Everything is overtaken by a floor instead: entries read under an epoch below it are not found.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::SeqCst},
};

use moka::{
    ops::compute::{CompResult, Op},
    policy::EvictionPolicy,
    sync::Cache as Map,
};

use crate::consent::{Consent, ConsentKey, Reading};

/// The consents that were read lately.
pub(super) struct Cache {
    map: Map<ConsentKey, Arc<Consent>, foldhash::quality::RandomState>,
    epoch: AtomicU64,
    floor: AtomicU64,
    seen: AtomicU64,
}

impl Cache {
    pub(super) fn new(entries: u64) -> Self {
        // Least recently used, because moka's default may turn a new entry away, and the door looks for it here.
        let map = Map::builder().max_capacity(entries).eviction_policy(EvictionPolicy::lru());
        Self {
            map: map.build_with_hasher(foldhash::quality::RandomState::default()),
            epoch: AtomicU64::new(1),
            floor: AtomicU64::new(0),
            seen: AtomicU64::new(0),
        }
    }

    /// The epoch to note before reading the database.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(SeqCst)
    }

    /// The consent held for this key, which is then the newest that this process knows of.
    pub(super) fn get(&self, key: &ConsentKey) -> Option<Arc<Consent>> {
        let consent = self.map.get(key)?;
        let read = consent.reading.as_ref()?.epoch;
        (read >= self.floor.load(SeqCst)).then_some(consent)
    }

    /// Whether a consent still holds: nothing at all has changed since it was read, or neither this subject's decisions nor
    /// keys, nor any link.
    pub(super) fn is_current(&self, consent: &Consent) -> bool {
        match &consent.reading {
            None => true,
            Some(Reading { epoch, number, .. })
                if *epoch == self.epoch() && *number == self.seen.load(SeqCst) =>
            {
                true
            }
            Some(reading) => self.get(&reading.key).is_some_and(|held| is_as_new(&held, reading, consent)),
        }
    }

    /// Takes in what was read, unless something changed meanwhile; then it must be read again.
    pub(super) fn admit(&self, consent: Consent) -> Option<Arc<Consent>> {
        let consent = Arc::new(consent);
        let reading = consent.reading.as_ref()?;
        self.saw(reading.number);
        let outcome = self.map.entry_by_ref(&reading.key).and_compute_with(|held| {
            let newest = self.epoch() == reading.epoch && reading.number >= self.seen.load(SeqCst);
            let younger = held.is_none_or(|held| !was_asked_later(held.value(), reading));
            if newest && younger { Op::Put(Arc::clone(&consent)) } else { Op::Nop }
        });
        match outcome {
            CompResult::Inserted(_) | CompResult::ReplacedWith(_) => Some(consent),
            CompResult::StillNone(_) | CompResult::Unchanged(_) | CompResult::Removed(_) => None,
        }
    }

    /// The database has got as far as this number; older readings come too late from now on.
    pub(super) fn saw(&self, number: u64) {
        self.seen.fetch_max(number, SeqCst);
    }

    /// Forgets one subject's consent, and every fill under way.
    pub(super) fn overtake(&self, key: &ConsentKey) {
        self.epoch.fetch_add(1, SeqCst);
        self.map.entry_by_ref(key).and_compute_with(|_| Op::Remove);
    }

    /// Forgets one subject's consent if it was read before this decision, and every fill under way. So a decision that
    /// this process made itself, and then sees in the database, disturbs nobody.
    pub(super) fn overtake_older(&self, key: &ConsentKey, generation: u64) {
        self.epoch.fetch_add(1, SeqCst);
        self.map.entry_by_ref(key).and_compute_with(|held| match held {
            Some(held) if held.value().generation < generation => Op::Remove,
            Some(_) | None => Op::Nop,
        });
    }

    /// Forgets everything.
    pub(super) fn overtake_all(&self) {
        let before = self.epoch.fetch_add(1, SeqCst);
        self.floor.fetch_max(before + 1, SeqCst);
        self.map.invalidate_all();
    }
}

/// Whether an outside service was asked for what is held after it was asked for this: answers may overtake each other.
fn was_asked_later(held: &Consent, reading: &Reading) -> bool {
    let held = held.reading.as_ref().and_then(|held| held.lease);
    matches!((held, reading.lease), (Some(held), Some(ours)) if held.since > ours.since)
}

/// Whether what is held says the same: no later decision, no key destroyed, and no link that makes another person of the subject.
fn is_as_new(held: &Consent, reading: &Reading, consent: &Consent) -> bool {
    let links = held.reading.as_ref().map(|held| held.links);
    links == Some(reading.links) && held.generation == consent.generation && consent.keys.all_in(&held.keys)
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, Ordering::SeqCst},
        thread,
    };

    use super::*;

    fn key(n: u8) -> ConsentKey {
        ConsentKey { subject: [n; 32], group: "shop".into() }
    }

    fn read(cache: &Cache, key: ConsentKey, generation: u64) -> Consent {
        Consent {
            generation,
            reading: Some(Reading { key, epoch: cache.epoch(), number: 0, links: 0, lease: None }),
            ..Consent::default()
        }
    }

    #[test]
    fn a_fill_that_a_withdrawal_overtook_is_thrown_away() {
        let cache = Cache::new(10);
        let old_yes = read(&cache, key(1), 1);
        cache.overtake(&key(1));
        assert_eq!(cache.admit(old_yes), None);
        assert_eq!(cache.get(&key(1)), None);
    }

    #[test]
    fn of_two_fills_under_way_at_once_the_older_is_thrown_away() {
        let cache = Cache::new(10);
        let numbered = |number| {
            let mut consent = read(&cache, key(1), 1);
            consent.reading.as_mut().unwrap().number = number;
            consent
        };
        let older = cache.admit(numbered(6)).unwrap();
        assert!(cache.is_current(&older));
        let newer = Consent { generation: 2, ..numbered(7) };
        assert!(cache.admit(newer).is_some());
        assert_eq!(cache.admit(numbered(6)), None);
        assert!(!cache.is_current(&older));
        cache.saw(8);
        assert_eq!(cache.admit(numbered(7)), None, "a server that lags behind");
    }

    #[test]
    fn a_fill_that_a_flush_overtook_is_thrown_away_even_if_it_was_inserted() {
        let cache = Cache::new(10);
        let late = read(&cache, key(1), 1);
        cache.overtake_all();
        assert_eq!(cache.admit(late.clone()), None);
        cache.map.insert(key(1), Arc::new(late)); // as if the check had come just before the flush
        assert_eq!(cache.get(&key(1)), None);
    }

    #[test]
    fn other_peoples_decisions_do_not_disturb() {
        let cache = Cache::new(10);
        let ada = cache.admit(read(&cache, key(1), 1)).unwrap();
        cache.overtake(&key(2));
        assert!(cache.is_current(&ada));
        cache.overtake(&key(1));
        assert!(!cache.is_current(&ada));
        cache.admit(read(&cache, key(1), 2)).unwrap();
        assert!(!cache.is_current(&ada));
    }

    #[test]
    fn a_consent_that_already_knows_of_a_decision_is_not_overtaken_by_it() {
        let cache = Cache::new(10);
        let consent = cache.admit(read(&cache, key(1), 7)).unwrap();
        let under_way = read(&cache, key(1), 6);
        cache.overtake_older(&key(1), 7);
        assert!(cache.is_current(&consent));
        assert_eq!(cache.admit(under_way), None);
        cache.overtake_older(&key(1), 8);
        assert!(!cache.is_current(&consent));
    }

    #[test]
    fn a_consent_from_before_a_link_is_not_current_though_its_generation_is_the_same() {
        let cache = Cache::new(10);
        let linked = |links| {
            let mut consent = read(&cache, key(1), 3);
            consent.reading.as_mut().unwrap().links = links;
            consent
        };
        let before = cache.admit(linked(0)).unwrap();
        cache.overtake_all();
        assert!(!cache.is_current(&before));
        cache.admit(linked(1)).unwrap();
        assert!(!cache.is_current(&before));
    }

    #[test]
    fn nobody_is_always_current() {
        let cache = Cache::new(10);
        cache.overtake_all();
        assert!(cache.is_current(&Consent::default()));
    }

    #[test]
    fn no_reader_ever_finds_what_was_overtaken() {
        let cache = Cache::new(10);
        let (committed, acknowledged, over) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !over.load(SeqCst) {
                        let least = acknowledged.load(SeqCst);
                        let draft = read(&cache, key(1), 0);
                        let draft = Consent { generation: committed.load(SeqCst), ..draft };
                        let admitted = cache.admit(draft);
                        for found in [admitted, cache.get(&key(1))].into_iter().flatten() {
                            assert!(found.generation >= least, "an old yes came back");
                        }
                    }
                });
            }
            for generation in 1..20_000 {
                committed.store(generation, SeqCst);
                if generation % 3 == 0 {
                    cache.overtake_all()
                } else {
                    cache.overtake(&key(1))
                }
                acknowledged.store(generation, SeqCst);
            }
            over.store(true, SeqCst);
        });
    }
}
