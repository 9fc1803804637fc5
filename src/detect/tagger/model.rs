//! The weights of what is said of tokens.
//!
//! The rule: everything that is said has one place, four rows that lie together in memory; one of them is its own or it has no weight.
//! What would defeat it: a row that belongs to two; hence a row carries the number that it is known by.

use super::{
    features::{self, History, Window},
    label::Label,
    lexicon::{self, Lexicon},
};

/// How many rows there are.
pub(super) const ROWS: usize = 1 << 17;

/// How many rows are looked at.
pub(super) const NEAR: usize = 4;

/// The labels' weights, and by what a row is known.
pub(super) const ROW: usize = 16;

/// A weight of one is written as this.
pub(super) const SCALE: f32 = 16.0;

/// The row of what has none.
static NO_WEIGHT: [u8; ROW] = [0; ROW];

static BYTES: &[u8] = include_bytes!("model.bin");

/// Where something that is said has its row, and by what it is known there.
#[inline]
pub(super) fn place(saying: u64) -> (usize, u32) {
    let group = (saying >> 32) as usize & (ROWS / NEAR - 1);
    (group, saying as u32 | 1)
}

/// How well each label fits.
pub(super) type Scores = [i16; Label::CHOICES.len()];

/// What was learnt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Model {
    pub lexicon: Lexicon,
    groups: &'static [[u8; ROW * NEAR]],
}

impl Model {
    /// The model that is part of the program.
    pub fn shipped() -> Self {
        Self::new(BYTES)
    }

    /// A model as the trainer writes it: first the words, then the weights.
    pub fn new(bytes: &'static [u8]) -> Self {
        let (words, weights) =
            bytes.split_at_checked(lexicon::SLOTS * lexicon::ENTRY).unwrap_or((bytes, &[]));
        Self { lexicon: Lexicon::new(words), groups: weights.as_chunks().0 }
    }

    /// How well each label fits the token in the middle.
    pub fn scores(&self, window: &Window, history: History) -> Scores {
        // As many as a row is long, so that a row is added at once; what comes of the numbers that rows are known by is of no use.
        let mut sums = [0i16; ROW];
        features::each(window, history, |saying| {
            let (group, mark) = place(saying);
            let Some(group) = self.groups.get(group) else { return };
            // Whether a row is there cannot be foreseen: to choose one without a jump and to add it anyway is faster.
            let mut own = &NO_WEIGHT;
            for row in group.as_chunks::<ROW>().0 {
                let [.., a, b, c, d] = row;
                own = if u32::from_le_bytes([*a, *b, *c, *d]) == mark { row } else { own };
            }
            for (sum, weight) in sums.iter_mut().zip(own) {
                *sum = sum.wrapping_add(i16::from(*weight as i8));
            }
        });
        let mut scores = Scores::default();
        scores.iter_mut().zip(sums).for_each(|(score, sum)| *score = sum);
        scores
    }

    /// The label that fits best, and by how much; `lean` speaks against a token's belonging to nothing.
    pub fn best(&self, window: &Window, history: History, lean: i16) -> (Label, u16) {
        let mut best = (Label::Other, i16::MIN);
        let mut second = i16::MIN;
        for (label, score) in Label::CHOICES.into_iter().zip(self.scores(window, history)) {
            let score = if label == Label::Other { score - lean } else { score };
            if !label.may_follow(history.last) {
                continue;
            }
            if score > best.1 {
                second = best.1;
                best = (label, score);
            } else {
                second = second.max(score);
            }
        }
        (best.0, best.1.abs_diff(second))
    }
}
