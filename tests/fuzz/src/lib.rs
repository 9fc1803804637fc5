//! What holds for every text in which something is sought.
//!
//! The rule: whatever bytes come, nothing panics; what is found is found alike however the text is cut; findings stand on whole characters,
//! in order and apart; no more is held back than may be; and the work grows with the text. What would defeat it: a text that is
//! so short that nothing grows, so small inputs count with something added.

mod policy;

use std::sync::Arc;

use assentry::{
    detect::{Detector, Kinds, Pattern, steps},
    text::{Edge, Found, HELD_BACK, Scanner},
};
pub use policy::written;

/// How many characters may be asked for, for each byte of a text that is there as a whole, and of one that comes letter by letter: what the
/// tests of growth allow (`src/detect/tests/growth.rs`).
const STEPS: u64 = 2 * HELD_BACK as u64;
const STEPS_BY_LETTER: u64 = 54 * HELD_BACK as u64;

/// What each pattern of a policy's own adds to these: it is read from every place as far as a match can go, and each character is
/// looked at before it is stepped over.
const OWN_STEPS: u64 = 4 * Pattern::LONGEST as u64;
const OWN_STEPS_BY_LETTER: u64 = 20 * Pattern::LONGEST as u64;

/// What any text may take.
const STEPS_AT_ALL: u64 = 4_000;

/// A text, what is sought in it, and how it is cut.
#[derive(Debug)]
pub struct Case {
    pub text: String,
    pub kinds: Kinds,
    pub cuts: u8,
}

impl Case {
    /// Two bytes say what is sought and how the text is cut; the rest is the text, as far as it is one.
    pub fn of(bytes: &[u8], among: Kinds) -> Option<Self> {
        let ([sought, cuts], text) = bytes.split_first_chunk()?;
        let kinds = match sought.checked_sub(128) {
            None => among,
            Some(number) => {
                let all: Vec<Kinds> = among.each().collect();
                let at = |n: usize| all[n % all.len()];
                // One alone, or two that have little to do with each other.
                let other = usize::from(*cuts) / 4;
                at(number.into()).union(at(if cuts % 2 == 0 { number.into() } else { other }))
            }
        };
        Some(Self { text: String::from_utf8_lossy(text).into_owned(), kinds, cuts: *cuts })
    }

    /// The text in pieces of lengths that `cuts` stands for.
    fn pieces(&self) -> Vec<&str> {
        let mut seed = u64::from(self.cuts);
        let (mut pieces, mut rest) = (Vec::new(), self.text.as_str());
        while !rest.is_empty() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let length =
                rest.char_indices().nth(1 + (seed >> 33) as usize % 40).map_or(rest.len(), |(at, _)| at);
            let (piece, left) = rest.split_at(length);
            pieces.push(piece);
            rest = left;
        }
        pieces
    }
}

/// Holds a detector to the rule.
pub fn hold(detector: &Detector, case: &Case) {
    let Case { text, kinds, cuts } = case;
    let own = detector.tuning().own.kinds().intersection(*kinds).each().count() as u64;
    let before = steps::taken();
    let whole = detector.find(text, *kinds);
    bounded(before, STEPS + own * OWN_STEPS, text);
    let mut last = 0;
    for Found { at, what } in &whole {
        assert!(last <= at.start && at.start < at.end, "{whole:?} out of order");
        assert!(text.get(at.clone()).is_some(), "{at:?} is within a character");
        assert!(!what.is_empty() && what.intersection(*kinds) == *what, "{what:?} was not sought");
        last = at.end;
    }
    if cuts % 2 == 0 {
        let before = steps::taken();
        let letters: Vec<&str> = text.split_inclusive(|_| true).collect();
        assert_eq!(in_pieces(detector, &letters, *kinds), whole, "letter by letter");
        bounded(before, STEPS_BY_LETTER + own * OWN_STEPS_BY_LETTER, text);
    } else {
        let pieces = case.pieces();
        assert_eq!(in_pieces(detector, &pieces, *kinds), whole, "in {pieces:?}");
    }
    if cuts % 16 == 1 {
        let tuning = Arc::new(detector.tuning().clone());
        assert_eq!(Detector::tuned(*kinds, tuning).find(text, *kinds), whole, "by a detector of these alone");
    }
}

fn bounded(before: u64, most: u64, text: &str) {
    let taken = steps::taken() - before;
    assert!(taken <= most * text.len() as u64 + STEPS_AT_ALL, "{taken} steps for {} bytes", text.len());
}

fn in_pieces(detector: &Detector, pieces: &[&str], kinds: Kinds) -> Vec<Found<Kinds>> {
    let mut scan = detector.scanner(kinds);
    let (mut all, mut base, mut pending) = (Vec::new(), 0, String::new());
    let ends = pieces.iter().copied().map(|piece| (piece, Edge::Open)).chain([("", Edge::End)]);
    for (piece, edge) in ends {
        pending.push_str(piece);
        let mut found = Vec::new();
        let decided = scan.scan(&pending, edge, &mut found);
        for Found { at, what } in found {
            assert!(at.end <= decided, "{at:?} is not decided");
            all.push(Found { at: at.start + base..at.end + base, what });
        }
        pending.drain(..decided);
        base += decided;
        assert!(pending.chars().count() <= HELD_BACK, "too much is held back");
        assert!(edge == Edge::Open || pending.is_empty(), "something is left");
    }
    all
}
