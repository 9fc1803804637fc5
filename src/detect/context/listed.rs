//! The words that say what a number beside them is.
//!
//! The rule: a word is known in capitals and not. Most words of any text are not listed, and how they begin and end and how long they are tells so
//! before they are looked up. What would defeat it: a word that is listed in capitals.

use std::{collections::HashMap, sync::LazyLock};

use foldhash::fast::FixedState;
use smallvec::SmallVec;

use super::super::{
    Kinds, Languages,
    context_words::{ABBREVIATIONS, BETWEEN, LANGUAGES, NUMBERS, OTHERS, OWNERS, PLACES, REFERRING, WORDS},
};

/// The longest word that is looked up, in characters; one bit of [`Table::lengths`] each.
pub(super) const LONGEST: usize = 31;

/// A word in small letters.
pub(super) type Small = SmallVec<[u8; 128]>;

/// What the words say that are listed.
#[derive(Debug)]
struct Table {
    words: HashMap<&'static [u8], Listed, FixedState>,
    /// Of those of plain letters: which lengths the words have that begin and end so, a bit for each.
    lengths: Box<[u32; 1 << (2 * BITS)]>,
}

/// How many bits of a letter count.
const BITS: usize = 5;

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

/// What is known of a word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Listed {
    /// What it announces.
    pub kinds: Kinds,
    /// Whether it says that a number beside it is something else.
    pub is_other: bool,
    /// Whether it is a place where there is a telephone.
    pub is_place: bool,
    /// Whether it is a word for a number.
    pub is_number: bool,
    /// Whether it says whose something is.
    pub is_owner: bool,
    /// Whether it may stand between a number and the word that says what it is.
    pub is_between: bool,
    /// Whether a full stop follows it within a sentence.
    pub is_abbreviation: bool,
    /// Whether a sentence that begins so speaks of what the one before did.
    pub is_referring: bool,
    /// The languages that it is of, a bit for each; none where it is of all.
    pub languages: u64,
}

/// Makes the table, so that nothing need be made while a text is looked through.
pub(in super::super) fn prepare() {
    LazyLock::force(&TABLE);
}

/// What is known of a word, if it is listed.
pub(super) fn known(word: &[char]) -> Option<&'static Listed> {
    if word.len() > LONGEST || word.iter().all(char::is_ascii) && !TABLE.may_have(word) {
        return None;
    }
    let mut small = Small::new();
    lower(word, &mut small);
    TABLE.words.get(small.as_slice())
}

/// Writes a word in small letters behind others.
pub(super) fn lower(word: &[char], small: &mut Small) {
    for c in word {
        if c.is_ascii() {
            small.push(c.to_ascii_lowercase() as u8);
        } else {
            c.to_lowercase().for_each(|c| small.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()));
        }
    }
}

/// The same for one of plain letters.
pub(super) fn known_plain(word: &[u8]) -> Option<&'static Listed> {
    known(&word.iter().take(LONGEST + 1).map(|byte| char::from(*byte)).collect::<SmallVec<[char; LONGEST]>>())
}

impl Table {
    fn new() -> Self {
        let mut words: HashMap<_, Listed, _> = HashMap::default();
        let mut mark = |list: &'static str, mark: &dyn Fn(&mut Listed)| {
            list.split(' ').for_each(|word| mark(words.entry(word.as_bytes()).or_default()));
        };
        for (kinds, list) in WORDS {
            mark(list, &|listed| listed.kinds = listed.kinds.union(Kinds::of(kinds)));
        }
        mark(OTHERS, &|listed| listed.is_other = true);
        mark(PLACES, &|listed| listed.is_place = true);
        mark(NUMBERS, &|listed| listed.is_number = true);
        mark(OWNERS, &|listed| listed.is_owner = true);
        mark(BETWEEN, &|listed| listed.is_between = true);
        mark(ABBREVIATIONS, &|listed| listed.is_abbreviation = true);
        mark(REFERRING, &|listed| listed.is_referring = true);
        for (language, list) in LANGUAGES {
            mark(list, &|listed| listed.languages |= Languages::bit(language));
        }
        let mut lengths = Box::new([0; 1 << (2 * BITS)]);
        for word in words.keys().filter(|word| word.is_ascii() && word.len() <= LONGEST) {
            if let Some(lengths) = ends(word.first(), word.last()).and_then(|ends| lengths.get_mut(ends)) {
                *lengths |= 1 << word.len();
            }
        }
        Self { words, lengths }
    }

    /// Whether a word of plain letters may be listed.
    fn may_have(&self, word: &[char]) -> bool {
        let byte = |c: Option<&char>| c.map(|c| *c as u8);
        let ends = ends(byte(word.first()).as_ref(), byte(word.last()).as_ref());
        let lengths = ends.and_then(|ends| self.lengths.get(ends)).copied().unwrap_or(0);
        lengths >> word.len() & 1 != 0
    }
}

/// How a word begins and ends, as far as it counts.
fn ends(first: Option<&u8>, last: Option<&u8>) -> Option<usize> {
    let few = |byte: &u8| usize::from(*byte) & ((1 << BITS) - 1);
    Some(few(first?) << BITS | few(last?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_word_that_is_of_a_language_is_listed_and_every_language_has_some() {
        for (language, words) in LANGUAGES {
            for word in words.split_whitespace() {
                let listed = TABLE.words.get(word.as_bytes()).unwrap();
                let says = listed.is_other || listed.is_place || listed.is_number || listed.is_owner;
                let says = says || listed.is_between || !listed.kinds.is_empty();
                assert!(says && listed.languages & Languages::bit(language) != 0, "{language}: {word}");
            }
        }
        let has_words = |language: &str| LANGUAGES.iter().any(|(known, _)| *known == language);
        assert!(Languages::KNOWN.iter().all(|language| has_words(language)));
        assert_eq!(LANGUAGES.len(), Languages::KNOWN.len());
    }

    proptest! {
        #[test]
        fn no_word_that_is_listed_is_passed_by(n in 0..usize::MAX, capitals: Vec<bool>, end in "[a-zé]?") {
            let listed = TABLE.words.keys().nth(n % TABLE.words.len()).unwrap();
            let word = String::from_utf8(listed.to_vec()).unwrap() + &end;
            let capitals = capitals.iter().chain(std::iter::repeat(&false));
            let written: Vec<char> = word
                .chars()
                .zip(capitals)
                .map(|(c, capital)| if *capital { c.to_ascii_uppercase() } else { c })
                .collect();
            let is_listed = TABLE.words.contains_key(word.as_bytes());
            prop_assert_eq!(known(&written).is_some(), is_listed && written.len() <= LONGEST, "{}", word);
        }
    }
}
