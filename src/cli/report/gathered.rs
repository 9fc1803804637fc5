//! Receipts, gathered by day and route, and what may be said of them.
//!
//! The rule: memory grows with the days and routes asked for, not with receipts or people: each crowd is bounded, and so is the
//! number of different figures. What could not be read, or had no room, is counted and told.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, BufRead, Read as _},
};

use jiff::civil::Date;

use super::{
    crowd::{Crowd, Person},
    groups::{self, Group},
    read::{Figure, Line},
};

/// A line may be so long.
const LONGEST: u64 = 16 << 20;
/// Different figures; a policy has far fewer.
const MOST_FIGURES: usize = 4_096;
/// Different routes in one day.
const MOST_CROWDS: usize = 366 * 1_000;

/// Which receipts are asked for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) from: Date,
    pub(super) to: Date,
    pub(super) route: Option<String>,
}

/// All that was read.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    crowds: BTreeMap<(Date, String), Crowd>,
    numbers: HashMap<Figure, usize>,
    figures: Vec<Figure>,
    pub(super) unread: Unread,
}

/// What was not counted, in lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Unread {
    /// They are no receipts, or damaged.
    pub(super) damaged: u64,
    /// There was no room for another figure or route.
    pub(super) crowded_out: u64,
}

/// A day on a route, as far as anything may be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) day: Date,
    pub(super) route: String,
    /// At least so many people.
    pub(super) people: u64,
    pub(super) figures: Vec<(Figure, Group)>,
}

impl Asked {
    fn wants(&self, day: Date, route: &str) -> bool {
        (self.from..=self.to).contains(&day) && self.route.as_ref().is_none_or(|asked| asked == route)
    }
}

impl Gathered {
    /// Takes in every line of a file.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(super) fn file(&mut self, mut file: impl BufRead, asked: &Asked) -> io::Result<()> {
        let mut line = Vec::new();
        loop {
            line.clear();
            if file.by_ref().take(LONGEST).read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            if line.last() != Some(&b'\n') && line.len() as u64 == LONGEST {
                file.skip_until(b'\n')?;
                self.unread.damaged += 1;
            } else if !line.trim_ascii().is_empty() {
                self.line(line.trim_ascii(), asked);
            }
        }
    }

    /// Takes in one receipt.
    pub(super) fn line(&mut self, line: &[u8], asked: &Asked) {
        let Some(receipt) = Line::read(line) else {
            self.unread.damaged += 1;
            return;
        };
        let (day, Some(route), Some(person)) = (receipt.day(), receipt.route(), receipt.person()) else {
            return;
        };
        if !asked.wants(day, route) {
            return;
        }
        let (person, place) = (Person::of(person), (day, route.to_owned()));
        if self.crowds.len() >= MOST_CROWDS && !self.crowds.contains_key(&place) {
            self.unread.crowded_out += 1;
            return;
        }
        let figures = receipt.figures();
        let numbers: Vec<usize> = figures.into_iter().filter_map(|figure| self.number(figure)).collect();
        self.crowds.entry(place).or_default().met(person, &numbers);
    }

    fn number(&mut self, figure: Figure) -> Option<usize> {
        if let Some(number) = self.numbers.get(&figure) {
            return Some(*number);
        }
        if self.figures.len() >= MOST_FIGURES {
            self.unread.crowded_out += 1;
            return None;
        }
        let number = self.figures.len();
        self.figures.push(figure.clone());
        self.numbers.insert(figure, number);
        Some(number)
    }

    /// What may be said, by day and route, with the figures in an order that does not depend on who came first.
    pub(super) fn told(&self, k: u64) -> Vec<Told> {
        let tell = |((day, route), crowd): (&(Date, String), &Crowd)| {
            let people = groups::size(crowd.all(), k)?;
            let parts = groups::parts(crowd, self.figures.len(), k).into_iter();
            let mut figures: Vec<(Figure, Group)> = parts
                .filter_map(|(number, group)| Some((self.figures.get(number)?.clone(), group)))
                .collect();
            figures.sort_by(|(one, _), (other, _)| one.cmp(other));
            Some(Told { day: *day, route: route.clone(), people, figures })
        };
        self.crowds.iter().filter_map(tell).collect()
    }
}

/// The sums of what is said, by route: people counted once for each day.
pub(super) fn totals(told: &[Told]) -> BTreeMap<String, (u64, BTreeMap<Figure, u64>)> {
    let mut totals: BTreeMap<String, (u64, BTreeMap<Figure, u64>)> = BTreeMap::new();
    for Told { route, people, figures, .. } in told {
        let (all, parts) = totals.entry(route.clone()).or_default();
        *all += people;
        for (figure, group) in figures {
            *parts.entry(figure.clone()).or_default() += group.people;
        }
    }
    totals
}
