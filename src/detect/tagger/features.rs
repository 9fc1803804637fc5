//! What is said of a token, to decide what it belongs to.
//!
//! The rule: the token, three before it, three after it, and what the two before it were decided to be; nothing else. That is what
//! makes a decision the same however the text was cut. The numbers made here are what the model is made of: a change needs a
//! new model.

use super::{
    hash,
    label::Label,
    word::{Shape, Word},
};

/// How many tokens are looked at on each side.
pub(super) const REACH: usize = 3;

/// What was decided before a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct History {
    pub last: Label,
    pub before_last: Label,
    /// How many tokens the last one's part has so far.
    pub length: u32,
}

impl History {
    /// What was decided before the next token.
    #[must_use]
    pub fn then(self, label: Label) -> Self {
        // The model knows nothing of them.
        let label = if label == Label::Nationality { Label::Other } else { label };
        let length = if label.goes_on() { self.length.saturating_add(1) } else { 1 };
        Self { last: label, before_last: self.last, length }
    }
}

/// A token among its neighbours; where there is none, the text ends or something else begins.
pub(super) type Window = [Word; 2 * REACH + 1];

/// Collects what is said.
struct Sayings<F> {
    emit: F,
    number: u32,
}

impl<F: FnMut(u64)> Sayings<F> {
    #[inline]
    fn say(&mut self, parts: &[u32]) {
        self.number += 1;
        let start = hash::mix(0x9e37_79b9_7f4a_7c15, self.number);
        (self.emit)(parts.iter().fold(start, |sum, part| hash::mix(sum, *part)));
    }
}

/// Everything that is said of the token in the middle.
///
/// What is done with each saying belongs into the loops that make them: called from there instead, all of it takes a quarter longer.
#[inline]
pub(super) fn each(window: &Window, history: History, emit: impl FnMut(u64)) {
    let mut sayings = Sayings { emit, number: 0 };
    sayings.say(&[]);
    spelling(&mut sayings, window);
    looks(&mut sayings, window);
    knowledge(&mut sayings, window);
    past(&mut sayings, window, history);
}

#[inline(always)]
fn spelling<F: FnMut(u64)>(sayings: &mut Sayings<F>, [w3, w2, w1, w, n1, n2, n3]: &Window) {
    for word in [w3, w2, w1, w, n1, n2, n3] {
        sayings.say(&[word.id]);
    }
    sayings.say(&[w1.id, w.id]);
    sayings.say(&[w.id, n1.id]);
    sayings.say(&[w2.id, w1.id]);
    sayings.say(&[n1.id, n2.id]);
    sayings.say(&[w1.id, n1.id]);
    sayings.say(&[w3.id, w2.id, w1.id]);
    sayings.say(&[w.prefix]);
    for word in [w1, w, n1] {
        sayings.say(&[word.suffix3]);
    }
    sayings.say(&[w.suffix2]);
    sayings.say(&[w.suffix4]);
}

#[inline(always)]
fn looks<F: FnMut(u64)>(sayings: &mut Sayings<F>, [_, w2, w1, w, n1, n2, _]: &Window) {
    let look = |word: &Word| word.shape as u32 * 4 + word.gap as u32;
    let (l2, l1, l, m1, m2) = (look(w2), look(w1), look(w), look(n1), look(n2));
    sayings.say(&[l]);
    sayings.say(&[l1, l]);
    sayings.say(&[l, m1]);
    sayings.say(&[l1, l, m1]);
    sayings.say(&[l2, l1, l]);
    sayings.say(&[l, m1, m2]);
    sayings.say(&[w1.id, l, m1]);
    sayings.say(&[l, n1.id]);
    sayings.say(&[w2.id, w1.id, l]);
    sayings.say(&[w.suffix3, l]);
}

#[inline(always)]
fn knowledge<F: FnMut(u64)>(sayings: &mut Sayings<F>, [w3, w2, w1, w, n1, n2, n3]: &Window) {
    let known = |word: &Word| u32::from(word.known);
    let look = w.shape as u32;
    sayings.say(&[known(w), look]);
    sayings.say(&[known(w1), known(w)]);
    sayings.say(&[known(w), known(n1)]);
    sayings.say(&[known(w1), look]);
    sayings.say(&[known(n1), look]);
    sayings.say(&[known(w2), look]);
    sayings.say(&[known(n2), look]);
    sayings.say(&[known(w3), look]);
    sayings.say(&[known(n3), look]);
    sayings.say(&[known(w), look, n1.id]);
    sayings.say(&[known(w), look, w1.id]);
    sayings.say(&[known(w), look, known(n1), n1.shape as u32, known(w1), w1.shape as u32]);
    sayings.say(&[u32::from(w.known_pair), u32::from(n1.known_pair), look]);
    // Each hint by itself: what two words have in common may be one of several.
    for (bit, number) in (0..16).zip(100u32..) {
        if w.known >> bit & 1 == 1 {
            sayings.say_apart(&[number, look]);
        }
    }
}

#[inline(always)]
fn past<F: FnMut(u64)>(sayings: &mut Sayings<F>, [_, _, w1, w, n1, n2, _]: &Window, history: History) {
    let (last, before) = (history.last as u32, history.before_last as u32);
    let (look, known) = (w.shape as u32 * 4 + w.gap as u32, u32::from(w.known));
    sayings.number = 80;
    sayings.say(&[last]);
    sayings.say(&[last, before]);
    sayings.say(&[last, before, look]);
    sayings.say(&[last, w.id]);
    sayings.say(&[last, look, known]);
    sayings.say(&[last, w1.id, look]);
    sayings.say(&[last, look, n1.shape as u32 * 4 + n1.gap as u32]);
    sayings.say(&[last, w.id, n1.id]);
    sayings.say(&[last, known, u32::from(n1.known), n2.shape as u32]);
    sayings.say(&[last, history.length.min(6), look]);
    sayings.say(&[last, w.suffix3]);
    if w.shape == Shape::Mark {
        sayings.say(&[last, w.id, n1.shape as u32, u32::from(n1.known)]);
    }
}

impl<F: FnMut(u64)> Sayings<F> {
    /// Says something that is said of some tokens only.
    fn say_apart(&mut self, parts: &[u32]) {
        let number = self.number;
        self.number = 60;
        self.say(parts);
        self.number = number;
    }
}
