//! Texts that were made to be much work: what is asked for grows with them and no faster, and each byte may take so much.
//!
//! The rule: four times the text takes four times the steps, or up to eight where the next sign is sought anew behind each thing that is too
//! long, as far ahead as is gone through at once: a short text has half as much ahead. Squared, it would be sixteen. And no text
//! takes more for a byte than twice what the worst takes that a search for bad ones came upon: 248 when it is there as a whole, 6,800
//! letter by letter. That is so much more because what is held back is read again with each piece, and the smallest piece is a letter.
//! What would defeat it: work that is not counted (`steps.rs`).

use proptest::prelude::*;

use super::{ALL, in_pieces, scrap, steps, unkind::unkind};
use crate::{
    detect::Kinds,
    text::{Edge, HELD_BACK, Scanner},
};

/// What a byte may take. The fuzz targets have the same.
const STEPS: u64 = 2 * HELD_BACK as u64;
const STEPS_BY_LETTER: u64 = 54 * HELD_BACK as u64;

/// What any text may take, however short.
const STEPS_AT_ALL: u64 = 4_000;

/// How long a text is of which one four times as long is searched, too: about as much as is gone through at once.
const LENGTH: usize = 3_600;

/// A text of about so many bytes, of whole parts.
fn repeated(part: &str, length: usize) -> String {
    part.repeat(length.div_ceil(part.len()))
}

fn steps_of(take: impl FnOnce()) -> u64 {
    let before = steps::taken();
    take();
    steps::taken() - before
}

fn bounded(taken: u64, most: u64, text: &str) -> bool {
    taken <= most * text.len() as u64 + STEPS_AT_ALL
}

#[test]
fn four_times_a_text_takes_four_times_the_steps() {
    for part in unkind() {
        let (text, long) = (repeated(&part, LENGTH), repeated(&part, LENGTH).repeat(4));
        let once = steps_of(|| drop(ALL.find(&text, Kinds::all())));
        let more = steps_of(|| drop(ALL.find(&long, Kinds::all())));
        assert!(more <= once * 8 + STEPS_AT_ALL, "{part:?}: {once} steps, and {more} for four times as much");
        assert!(bounded(more, STEPS, &long), "{part:?}: {more} steps for {} bytes", long.len());
    }
}

/// A text that comes letter by letter is gone through again with each, as far as it is held back.
#[test]
fn no_letter_takes_more_because_more_came_before() {
    for part in unkind() {
        let (letters, before) = (repeated(&part, 100), repeated(&part, 2 * HELD_BACK));
        let mut scan = ALL.scanner(Kinds::all());
        let mut pending = String::new();
        let mut come = |piece: &str| {
            pending.push_str(piece);
            let decided = scan.scan(&pending, Edge::Open, &mut Vec::new());
            pending.drain(..decided);
        };
        let [once, more] = [1, 4].map(|times| {
            (0..times).for_each(|_| come(&before));
            steps_of(|| letters.split_inclusive(|_| true).for_each(&mut come))
        });
        assert!(more <= once * 2 + STEPS_AT_ALL, "{part:?}: {once} steps, and {more} when more came before");
        assert!(
            bounded(more, STEPS_BY_LETTER, &letters),
            "{part:?}: {more} steps for {} bytes",
            letters.len()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn the_work_grows_with_the_text(scraps in prop::collection::vec(scrap(), 1..12), letters in any::<bool>()) {
        let text = repeated(&scraps.concat(), 800);
        let work = |text: &str| steps_of(|| {
            if letters {
                in_pieces(&text.split_inclusive(|_| true).collect::<Vec<_>>(), Kinds::all());
            } else {
                ALL.find(text, Kinds::all());
            }
        });
        let (once, twice) = (work(&text), work(&text.repeat(2)));
        prop_assert!(twice <= once * 3 + STEPS_AT_ALL, "{once} steps, and {twice} for twice as much");
        let most = if letters { STEPS_BY_LETTER } else { STEPS };
        prop_assert!(bounded(once, most, &text), "{once} steps for {} bytes", text.len());
    }
}
