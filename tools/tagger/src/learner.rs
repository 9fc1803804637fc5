//! Learns the weights: a multinomial logistic regression over what is said of a token, its own past decisions among it.
//!
//! Steps are adapted to each weight (AdaGrad); the order is shuffled with a fixed seed, so that the same texts give the same model.

use std::{
    cmp::Reverse,
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use super::{
    NOTHING_ELSE,
    features::{self, History, Window},
    label::Label,
    lexicon::Lexicon,
    model::{NEAR, ROW, ROWS, SCALE, place},
    past::Past,
    rows::{Gold, Row},
    token::Token,
    walk::{Judge, Walk},
};
use crate::text::Edge;

const LABELS: usize = Label::CHOICES.len();
const EPOCHS: usize = 6;
/// How many times as much as there is room for is kept after each pass, so that what is kept learns to do without the rest.
const KEPT: [usize; EPOCHS] = [usize::MAX, 3, 2, 1, 1, 1];
const STEP: f32 = 0.12;
const DECAY: f32 = 1e-6;
/// How often something must be said for it to have a weight.
const LEAST: u32 = 6;
/// How many texts in a hundred are read as if names of persons and places were not known.
const BLIND: u64 = 30;
/// How many sayings in a hundred are left out when a token is learnt, so that none is relied on alone.
const UNSAID: u64 = 20;

type Weights = [f32; LABELS];

/// What is said is a number that is spread well already.
#[derive(Default)]
pub struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

type Sayings<T> = HashMap<u64, T, BuildHasherDefault<Spread>>;

#[derive(Clone, Copy, Debug, Default)]
struct Learnt {
    weights: Weights,
    squares: Weights,
    sum: Weights,
    count: u32,
}

/// Learns from texts.
pub struct Learner {
    all: Lexicon,
    closed: Lexicon,
    is_blind: bool,
    numbers: Sayings<u32>,
    learnt: Vec<Learnt>,
    random: Random,
    phase: Phase,
    gold: Gold,
    own: u64,
    said: Vec<u32>,
    right: u64,
    wrong: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Count,
    Learn,
}

/// Numbers that look random (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33
    }
}

impl Learner {
    pub fn new(all: Lexicon, closed: Lexicon) -> Self {
        Self {
            all,
            closed,
            is_blind: false,
            numbers: Sayings::default(),
            learnt: Vec::new(),
            random: Random(0x5eed),
            phase: Phase::Count,
            gold: Gold::default(),
            own: 0,
            said: Vec::new(),
            right: 0,
            wrong: 0,
        }
    }

    /// Learns from all texts, several times.
    pub fn learn(&mut self, rows: &[Row]) {
        let mut counts: Sayings<u32> = Sayings::default();
        for row in rows {
            self.read(row, Some(&mut counts));
        }
        self.numbers.clear();
        let mut often: Vec<(u64, u32)> = counts.into_iter().filter(|(_, count)| *count >= LEAST).collect();
        often.sort_unstable();
        for (number, (saying, count)) in often.into_iter().enumerate() {
            self.numbers.insert(saying, number as u32);
            self.learnt.push(Learnt { count, ..Learnt::default() });
        }
        eprintln!("{} texts, {} sayings", rows.len(), self.learnt.len());
        self.phase = Phase::Learn;
        let mut order: Vec<usize> = (0..rows.len()).collect();
        for epoch in 0..EPOCHS {
            for n in (1..order.len()).rev() {
                order.swap(n, self.random.next() as usize % (n + 1));
            }
            self.own = [0, 30, 50, 60, 60, 60][epoch];
            (self.right, self.wrong) = (0, 0);
            for at in &order {
                self.read(&rows[*at], None);
            }
            for learnt in &mut self.learnt {
                for n in 0..LABELS {
                    learnt.sum[n] += if epoch + 2 >= EPOCHS { learnt.weights[n] } else { 0.0 };
                }
            }
            self.keep(KEPT[epoch]);
            eprintln!("pass {epoch}: {} of {} tokens wrong", self.wrong, self.right + self.wrong);
        }
    }

    fn read(&mut self, row: &Row, counts: Option<&mut Sayings<u32>>) {
        self.is_blind = self.random.next() % 100 < BLIND;
        self.gold = row.gold();
        match counts {
            Some(counts) => {
                Walk::new(
                    Counter { learner: self, counts },
                    Past::default(),
                    &row.text,
                    Edge::End,
                    NOTHING_ELSE,
                )
                .run(|_| {});
            }
            None => {
                Walk::new(&mut *self, Past::default(), &row.text, Edge::End, NOTHING_ELSE).run(|_| {});
            }
        }
    }

    fn step(&mut self, gold: Label, window: &Window, history: History) -> Label {
        let mut said = std::mem::take(&mut self.said);
        said.clear();
        let (numbers, random) = (&self.numbers, &mut self.random);
        features::each(window, history, |saying| {
            if random.next() % 100 >= UNSAID {
                said.extend(numbers.get(&saying));
            }
        });
        let mut scores = [0f32; LABELS];
        for number in &said {
            for (score, weight) in scores.iter_mut().zip(&self.learnt[*number as usize].weights) {
                *score += weight;
            }
        }
        let most = scores.iter().copied().fold(f32::MIN, f32::max);
        let mut odds = scores.map(|score| (score - most).exp());
        let sum: f32 = odds.iter().sum();
        odds.iter_mut().for_each(|odd| *odd /= sum);
        let gold_at = Label::CHOICES.iter().position(|label| *label == gold).unwrap_or(0);
        let mut best = (Label::Other, f32::MIN);
        for (label, score) in Label::CHOICES.into_iter().zip(scores) {
            if label.may_follow(history.last) && score > best.1 {
                best = (label, score);
            }
        }
        if best.0 == gold {
            self.right += 1
        } else {
            self.wrong += 1
        }
        for number in &said {
            let learnt = &mut self.learnt[*number as usize];
            for n in 0..LABELS {
                let slope = odds[n] - if n == gold_at { 1.0 } else { 0.0 } + DECAY * learnt.weights[n];
                if slope.abs() > 1e-4 {
                    learnt.squares[n] += slope * slope;
                    learnt.weights[n] -= STEP * slope / (learnt.squares[n].sqrt() + 1e-3);
                }
            }
        }
        self.said = said;
        if self.random.next() % 100 < self.own { best.0 } else { gold }
    }

    /// Keeps those that say most, so many times as many as there is room for where they belong.
    fn keep(&mut self, times: usize) {
        let worth = |number: u32| {
            let learnt = &self.learnt[number as usize];
            learnt.weights.iter().map(|weight| weight.abs()).fold(0.0, f32::max)
                * (learnt.count as f32).sqrt()
        };
        let mut ranked: Vec<(u64, u32)> =
            self.numbers.iter().map(|(saying, number)| (*saying, *number)).collect();
        ranked.sort_by(|a, b| worth(b.1).total_cmp(&worth(a.1)).then(a.0.cmp(&b.0)));
        let mut taken = vec![0; ROWS / NEAR];
        ranked.retain(|(saying, _)| {
            let taken = &mut taken[place(*saying).0];
            *taken += 1;
            *taken <= times.saturating_mul(NEAR)
        });
        eprintln!("{} of {} sayings are kept", ranked.len(), self.numbers.len());
        self.numbers = ranked.into_iter().collect();
    }

    /// The weights, as the product reads them.
    pub fn rows(&self) -> Vec<u8> {
        let mut table = vec![0u8; ROWS * ROW];
        let mut kept: Vec<(u64, u32)> =
            self.numbers.iter().map(|(saying, number)| (*saying, *number)).collect();
        // Always in the same order, so that the same texts give the same file; what is said most often never lacks room.
        kept.sort_by_key(|(saying, number)| (Reverse(self.learnt[*number as usize].count), *saying));
        for (saying, number) in kept {
            let (group, mark) = place(saying);
            let group = &mut table[group * NEAR * ROW..][..NEAR * ROW];
            let Some(row) = group.chunks_mut(ROW).find(|row| row[ROW - 4..] == [0; 4]) else { continue };
            for (byte, sum) in row.iter_mut().zip(self.learnt[number as usize].sum) {
                *byte = (sum / 2.0 * SCALE).round().clamp(-127.0, 127.0) as i8 as u8;
            }
            row[ROW - 4..].copy_from_slice(&mark.to_le_bytes());
        }
        table
    }
}

impl Judge for &mut Learner {
    fn lexicon(&self) -> &Lexicon {
        if self.is_blind { &self.closed } else { &self.all }
    }

    fn judge(&mut self, token: &Token, window: &Window, history: History) -> (Label, u16) {
        let mut gold = self.gold.label(token);
        if !gold.may_follow(history.last) {
            gold = gold.part();
        }
        (self.step(gold, window, history), 0)
    }
}

/// Counts what is said.
struct Counter<'a> {
    learner: &'a mut Learner,
    counts: &'a mut Sayings<u32>,
}

impl Judge for Counter<'_> {
    fn lexicon(&self) -> &Lexicon {
        if self.learner.is_blind { &self.learner.closed } else { &self.learner.all }
    }

    fn judge(&mut self, token: &Token, window: &Window, history: History) -> (Label, u16) {
        features::each(window, history, |saying| *self.counts.entry(saying).or_default() += 1);
        let gold = self.learner.gold.label(token);
        (if gold.may_follow(history.last) { gold } else { gold.part() }, 0)
    }
}
