//! Two accounts side by side.
//!
//! The rule: as often as a place is met under both policies, so often the two deeds are set against each other; equal ones
//! are no difference, in whosever name. What one account does not speak of lies within something it withholds, or passed.
//! What would defeat it: a place inside one that is withheld is in no account, so the places around it are asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Change, Difference, Fate,
    remainder::{Apart, Part},
};
use crate::{
    policy::{
        Plan, Undeclared,
        action::{self, Action},
    },
    rewrite::account::{Actor, Deed, Fact},
};

/// What is done, the mildest first.
type Name = (u8, String);

/// The way to a place.
type Path = Vec<String>;

/// Where the two differ.
pub(super) fn differences(sides: [(&Plan, &[Fact]); 2], apart: Apart, same_key: bool) -> Vec<Difference> {
    let [old, new] = sides.map(|(plan, facts)| Side::of(plan, facts));
    let paths: BTreeSet<&Path> = old.places.keys().chain(new.places.keys()).collect();
    let mut found = Vec::new();
    for path in paths {
        let by_deeds = found.len();
        opposed(&old, &new, path, &mut found);
        // Equal deeds may still write other bytes; where no byte differs, they did not.
        if found.len() == by_deeds && apart.has(Part::of(path)) {
            settings(&old, &new, path, same_key, &mut found);
        }
    }
    found
}

/// One account, by place.
struct Side {
    places: BTreeMap<Path, BTreeMap<Name, Done>>,
    undeclared: Undeclared,
}

/// One deed at one place.
#[derive(Clone, Debug, Default)]
struct Done {
    count: u64,
    data: BTreeSet<Arc<str>>,
    settings: Vec<Action>,
}

impl Side {
    fn of(plan: &Plan, facts: &[Fact]) -> Self {
        let mut places: BTreeMap<Path, BTreeMap<Name, Done>> = BTreeMap::new();
        for Fact { path, actor, deed, count } in facts {
            let done = places.entry(path.clone()).or_default().entry(name(*deed)).or_default();
            done.data.insert(actor.name(plan));
            match deed {
                Deed::Acted(action) if *action != "keep" => {
                    done.count += count;
                    done.settings.extend(setting(plan, *actor, action));
                }
                // Each entry speaks for itself of a place that passes.
                Deed::Acted(_) | Deed::Passed | Deed::Would(_) | Deed::Unanswered => {
                    done.count = done.count.max(*count)
                }
            }
        }
        Self { places, undeclared: plan.undeclared }
    }

    fn at(&self, path: &[String]) -> impl Iterator<Item = (&Name, &Done)> {
        self.places.get(path).into_iter().flatten()
    }

    fn fate(&self, path: &[String], name: &Name) -> Fate {
        let data = self.at(path).find(|(other, _)| *other == name).map(|(_, done)| done.data.clone());
        Fate { action: name.1.clone(), data: data.into_iter().flatten().collect(), within: None }
    }

    /// What became of a place that the account does not speak of.
    fn unspoken(&self, path: &[String]) -> (Name, Fate) {
        for length in (1..path.len()).rev() {
            let around = path.get(..length).unwrap_or_default();
            let withheld = self.at(around).find(|((_, action), _)| matches!(&**action, "drop" | "redact"));
            if let Some((name, _)) = withheld {
                return (name.clone(), Fate { within: Some(around.concat()), ..self.fate(around, name) });
            }
        }
        let name = if self.loses_all_below(path) { dropped() } else { passed() };
        let data = if name == dropped() { vec!["undeclared".into()] } else { Vec::new() };
        (name.clone(), Fate { data, ..self.fate(path, &name) })
    }

    /// Whether what no entry names is dropped below a place: then what is left of it is told there.
    fn loses_all_below(&self, path: &[String]) -> bool {
        let below = self.places.range(path.to_vec()..).skip_while(|(other, _)| *other == path);
        let mut below = below.take_while(|(other, _)| other.starts_with(path));
        self.undeclared == Undeclared::Drop && below.any(|(_, deeds)| deeds.contains_key(&dropped()))
    }
}

/// Sets deeds that differ against each other.
fn opposed(old: &Side, new: &Side, path: &Path, found: &mut Vec<Difference>) {
    let mut ours = left(old, new, path);
    let mut theirs = left(new, old, path);
    let total = |deeds: &[(Name, Fate, u64)]| deeds.iter().map(|(_, _, count)| count).sum::<u64>();
    let (here, there) = (total(&ours), total(&theirs));
    pad(&mut ours, old, path, there.saturating_sub(here));
    pad(&mut theirs, new, path, here.saturating_sub(there));
    let (mut ours, mut theirs) = (ours.into_iter().peekable(), theirs.into_iter().peekable());
    while let (Some(one), Some(other)) = (ours.peek_mut(), theirs.peek_mut()) {
        let count = one.2.min(other.2);
        if one.0 != other.0 {
            let change = change(&one.0, &other.0);
            let (old, new) = (one.1.clone(), other.1.clone());
            found.push(Difference { place: path.concat(), change, count, old, new });
        }
        one.2 -= count;
        other.2 -= count;
        let (ours_done, theirs_done) = (one.2 == 0, other.2 == 0);
        ours_done.then(|| ours.next());
        theirs_done.then(|| theirs.next());
    }
}

/// The deeds at a place without those that the other side does as well, the mildest first.
fn left(side: &Side, other: &Side, path: &Path) -> Vec<(Name, Fate, u64)> {
    let shared =
        |name: &Name| other.at(path).find(|(known, _)| *known == name).map_or(0, |(_, done)| done.count);
    let deeds = side.at(path).map(|(name, done)| (name, done.count.saturating_sub(shared(name))));
    deeds
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| (name.clone(), side.fate(path, name), count))
        .collect()
}

/// Adds what became of the places that the account does not speak of.
fn pad(deeds: &mut Vec<(Name, Fate, u64)>, side: &Side, path: &Path, missing: u64) {
    if missing > 0 {
        let (name, fate) = side.unspoken(path);
        deeds.push((name, fate, missing));
        deeds.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    }
}

/// Equal deeds under other settings.
fn settings(old: &Side, new: &Side, path: &Path, same_key: bool, found: &mut Vec<Difference>) {
    for (name, ours) in old.at(path) {
        let Some((_, theirs)) = new.at(path).find(|(known, _)| *known == name) else { continue };
        let other_key = name.1 == "hash" && !same_key;
        let equal = ours.settings.iter().all(|one| theirs.settings.contains(one))
            && theirs.settings.iter().all(|one| ours.settings.contains(one));
        if equal && !other_key {
            continue;
        }
        let change = match (ours.settings.as_slice(), theirs.settings.as_slice()) {
            ([one], [other]) if one != other => coarser(one, other),
            _ => Change::Otherwise,
        };
        found.push(Difference {
            place: path.concat(),
            change,
            count: ours.count.min(theirs.count),
            old: old.fate(path, name),
            new: new.fate(path, name),
        });
    }
}

fn coarser(old: &Action, new: &Action) -> Change {
    match action::stricter(old, new) {
        both if both == *new => Change::WithholdsMore,
        both if both == *old => Change::RevealsMore,
        _ => Change::Otherwise,
    }
}

/// The action with its settings, or what stands in for one that did not fit.
fn setting(plan: &Plan, actor: Actor, done: &str) -> Option<Action> {
    let Actor::Entry(number) = actor else { return None };
    let action = &plan.entry(number)?.otherwise;
    Some(match done {
        done if done == action.name() => action.clone(),
        "redact" => Action::Redact(None),
        _ => Action::Drop,
    })
}

fn change(old: &Name, new: &Name) -> Change {
    match old.0.cmp(&new.0) {
        std::cmp::Ordering::Less => Change::WithholdsMore,
        std::cmp::Ordering::Greater => Change::RevealsMore,
        std::cmp::Ordering::Equal => Change::Otherwise,
    }
}

fn name(deed: Deed) -> Name {
    match deed {
        Deed::Passed | Deed::Unanswered | Deed::Acted("keep") => passed(),
        Deed::Would(_) => (0, deed.to_string()),
        Deed::Acted(action) => (Action::strictness_of(action), action.to_owned()),
    }
}

fn passed() -> Name {
    (0, "passed".to_owned())
}

fn dropped() -> Name {
    (Action::Drop.strictness(), "drop".to_owned())
}
