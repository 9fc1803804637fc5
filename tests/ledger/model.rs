//! Random stories of links, partings and decisions, held against a model that is small enough to believe; and what is deleted
//! because it was superseded changes none of them.

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use assentry::{
    consent::{Consent, DecisionKind},
    ledger::Ledger,
    subject::Subject,
};

use super::{
    GROUP, Home, about_all,
    links::{by_operator, visitor},
    on_both, to,
};

on_both! {
    random_stories_end_as_the_model_says_also_after_what_was_superseded_is_deleted
}

const IDS: usize = 4;
const KINDS: [DecisionKind; 6] = DecisionKind::ALL;
const SLOTS: [Option<&str>; 3] = [Some("p"), Some("q"), None];

/// One id's decision on one purpose, or on processing.
#[derive(Clone)]
struct Said {
    slot: Option<&'static str>,
    no: bool,
    via: Option<usize>,
    lapsed: bool,
}

#[derive(Default)]
struct Model {
    said: [Vec<Said>; IDS],
    links: BTreeSet<(usize, usize)>,
}

impl Model {
    fn person(&self, id: usize) -> BTreeSet<usize> {
        let mut ids = BTreeSet::from([id]);
        for _ in 0..IDS {
            for (one, other) in &self.links {
                if ids.contains(one) || ids.contains(other) {
                    ids.extend([*one, *other]);
                }
            }
        }
        ids
    }

    fn decide(&mut self, id: usize, slot: Option<&'static str>, no: bool) {
        for one in self.person(id) {
            let via = (one != id).then_some(id);
            self.said[one].push(Said { slot, no, via, lapsed: false });
        }
    }

    fn unlink(&mut self, link: (usize, usize)) {
        self.links.remove(&link);
        for id in 0..IDS {
            let person = self.person(id);
            for said in &mut self.said[id] {
                said.lapsed |= !said.no && said.via.is_some_and(|via| !person.contains(&via));
            }
        }
    }

    /// For each slot: nothing, or whether it is a no.
    fn state(&self, id: usize) -> Vec<Option<bool>> {
        let of = |one: usize, slot| {
            self.said[one].iter().rev().find(|said| said.slot == slot && !said.lapsed).map(|said| said.no)
        };
        let person = self.person(id);
        SLOTS.iter().map(|slot| person.iter().filter_map(|one| of(*one, *slot)).max()).collect()
    }
}

/// One story, and whose.
struct Story {
    number: usize,
    model: Model,
    told: Vec<String>,
}

impl Story {
    fn who(&self, id: usize) -> Subject {
        visitor(&format!("{}-{id}", self.number))
    }

    async fn go_on(&mut self, ledger: &Ledger, dice: &mut Dice) {
        let (one, other) = (dice.roll(IDS), dice.roll(IDS));
        let link = (one.min(other), one.max(other));
        if one == other || dice.roll(3) > 0 {
            let kind = KINDS[dice.roll(KINDS.len())];
            let slot = kind.needs_purpose().then(|| ["p", "q"][dice.roll(2)]);
            let new = slot.map_or_else(|| about_all(kind), |purpose| to(kind, purpose));
            self.told.push(format!("{one} {} {slot:?}", kind.as_str()));
            ledger.decide(&self.who(one), GROUP, new).await.unwrap();
            self.model.decide(one, slot, kind.is_a_no());
            for id in self.model.person(one) {
                let at = SLOTS.iter().position(|known| *known == slot).unwrap();
                assert_eq!(
                    self.model.state(id)[at],
                    Some(kind.is_a_no()),
                    "a decision is the whole person's"
                );
            }
        } else if self.model.links.contains(&link) {
            self.told.push(format!("unlink {link:?}"));
            ledger.unlink(&self.who(one), &self.who(other), by_operator()).await.unwrap();
            self.model.unlink(link);
        } else {
            self.told.push(format!("link {link:?}"));
            ledger.link(&self.who(one), &self.who(other), by_operator()).await.unwrap();
            self.model.links.insert(link);
        }
    }

    async fn is_as_the_model_says(&self, ledger: &Ledger, seed: u64) {
        for id in 0..IDS {
            let held = ledger.consent(&self.who(id), GROUP).await.unwrap();
            let read = ledger.show(&self.who(id), GROUP).await.unwrap().unwrap();
            let expected = self.model.state(id);
            assert_eq!(state(&read), flat(&expected), "id {id} after {:?} (seed {seed})", self.told);
            assert_eq!((&held.decisions, held.restricted), (&read.decisions, read.restricted), "seed {seed}");
        }
    }
}

/// A restriction that was lifted is told as none.
fn flat(state: &[Option<bool>]) -> (Option<bool>, Option<bool>, bool) {
    (state[0], state[1], state[2] == Some(true))
}

fn state(consent: &Consent) -> (Option<bool>, Option<bool>, bool) {
    let of = |purpose| consent.decisions.get(purpose).map(|decision| decision.kind.is_a_no());
    (of("p"), of("q"), consent.restricted)
}

/// Random enough (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).unwrap()
    }
}

/// Makes everything that was decided so far ten days older, past the ledger, which would not let us.
async fn grow_old(home: &Home) {
    let (off, on) = match home.settings.postgres {
        None => (
            "DROP TRIGGER decision_stays; DROP TRIGGER decision_stays_in_place",
            "CREATE TRIGGER decision_stays BEFORE UPDATE ON decision WHEN OLD.moment IS NOT NULL
             BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END",
        ),
        Some(_) => (
            "ALTER TABLE decision DISABLE TRIGGER decision_stays",
            "ALTER TABLE decision ENABLE TRIGGER decision_stays",
        ),
    };
    home.alter(off).await;
    home.alter("UPDATE decision SET at = at - 864000000000, moment = moment - 864000000000").await;
    home.alter(on).await;
}

async fn random_stories_end_as_the_model_says_also_after_what_was_superseded_is_deleted(home: Home) {
    let ledger = Ledger::open(&home.settings).await.unwrap();
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let seed = u64::try_from(since.as_nanos() % u128::from(u64::MAX)).unwrap();
    let mut dice = Dice(seed);
    let mut stories: Vec<Story> =
        (0..12).map(|number| Story { number, model: Model::default(), told: Vec::new() }).collect();
    for story in &mut stories {
        for _ in 0..14 {
            story.go_on(&ledger, &mut dice).await;
            story.is_as_the_model_says(&ledger, seed).await;
        }
    }
    grow_old(&home).await;
    let mut count = 0;
    ledger.forget_superseded(Duration::from_secs(5 * 86_400), &mut count).await.unwrap();
    assert!(count > 0, "something was superseded (seed {seed})");
    for story in &mut stories {
        story.is_as_the_model_says(&ledger, seed).await;
        for _ in 0..8 {
            story.go_on(&ledger, &mut dice).await;
            story.is_as_the_model_says(&ledger, seed).await;
        }
        for link in story.model.links.clone() {
            ledger.unlink(&story.who(link.0), &story.who(link.1), by_operator()).await.unwrap();
            story.model.unlink(link);
            story.is_as_the_model_says(&ledger, seed).await;
        }
    }
}
