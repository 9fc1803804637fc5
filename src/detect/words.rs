//! Seeks the words by which some kinds begin.
//!
//! The rule: each place where one of them stands is found, in order, also where two overlap, in capitals or not. The words are sought all at once; where
//! they can't be compiled for that, one by one.

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};

/// Words, each with the rules that it is the sign of, a bit for each.
#[derive(Clone, Debug)]
pub(super) struct Words {
    words: Vec<(&'static str, u64)>,
    /// For each word, the others that may begin where it does: one is the beginning of the other.
    alike: Vec<Vec<usize>>,
    longest: usize,
    /// Whether a word begins with this byte.
    first: [bool; 256],
    together: Option<AhoCorasick>,
}

impl Words {
    /// Words, each with the number of its rule.
    pub fn new(of_rules: Vec<(&'static str, usize)>) -> Self {
        let mut first = [false; 256];
        let mut words: Vec<(&'static str, u64)> = Vec::new();
        for (word, rule) in of_rules {
            for byte in
                word.bytes().take(1).flat_map(|byte| [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()])
            {
                if let Some(is_first) = first.get_mut(usize::from(byte)) {
                    *is_first = true;
                }
            }
            match words.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(word)) {
                Some((_, rules)) => *rules |= 1 << rule,
                None => words.push((word, 1 << rule)),
            }
        }
        let longest = words.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
        let together = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .match_kind(MatchKind::LeftmostFirst)
            .ascii_case_insensitive(true)
            .build(words.iter().map(|(word, _)| word))
            .ok()
            .filter(|_| !words.is_empty());
        let are_alike =
            |one: &str, other: &str| starts_with(one.as_bytes(), other) || starts_with(other.as_bytes(), one);
        let others = |(n, (word, _)): (usize, &(&str, u64))| {
            let all = words.iter().enumerate();
            all.filter(|(m, (other, _))| n != *m && are_alike(word, other)).map(|(m, _)| m).collect()
        };
        let alike = words.iter().enumerate().map(others).collect();
        Self { words, alike, longest, first, together }
    }

    /// The next place from one on where words begin, and the rules of all that begin there.
    pub fn next(&self, text: &str, from: usize) -> Option<(usize, u64)> {
        let (at, word) = match &self.together {
            Some(together) => {
                let found = together.find(Input::new(text).range(from..));
                #[cfg(any(test, fuzzing))]
                super::steps::count_many(found.map_or(text.len(), |found| found.end()) - from);
                let found = found?;
                (found.start(), found.pattern().as_usize())
            }
            None => self.next_of_each(text.get(from..)?).map(|(at, word)| (from + at, word))?,
        };
        let (_, rules) = self.words.get(word)?;
        let others = self.alike.get(word).map_or(&[][..], Vec::as_slice).iter();
        let others = others.filter_map(|other| self.words.get(*other));
        let here =
            others.filter(|(word, _)| starts_with(text.as_bytes().get(at..).unwrap_or_default(), word));
        Some((at, here.fold(*rules, |all, (_, rules)| all | rules)))
    }

    /// Where words could begin that the end of the text cuts off.
    pub fn begun(&self, text: &str) -> impl Iterator<Item = (usize, u64)> {
        let bytes = text.as_bytes();
        let from = (bytes.len() + 1).saturating_sub(self.longest);
        let tail = bytes.get(from..).unwrap_or_default().iter().enumerate();
        let starts = tail.filter(|(_, byte)| self.first.get(usize::from(**byte)) == Some(&true));
        starts.flat_map(move |(n, _)| {
            let rest = bytes.get(from + n..).unwrap_or_default();
            let begun = self.words.iter().filter(move |(word, _)| begins(word, rest));
            begun.map(move |(_, rules)| (from + n, *rules))
        })
    }

    fn next_of_each(&self, text: &str) -> Option<(usize, usize)> {
        let places = self.words.iter().enumerate().filter_map(|(n, (word, _))| Some((find(text, word)?, n)));
        places.min()
    }
}

fn starts_with(text: &[u8], word: &str) -> bool {
    text.get(..word.len()).is_some_and(|begun| begun.eq_ignore_ascii_case(word.as_bytes()))
}

fn begins(word: &str, beginning: &[u8]) -> bool {
    let begun = word.as_bytes().get(..beginning.len());
    word.len() > beginning.len() && begun.is_some_and(|begun| begun.eq_ignore_ascii_case(beginning))
}

fn find(text: &str, word: &str) -> Option<usize> {
    text.as_bytes().windows(word.len()).position(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(words: &Words, text: &str) -> Vec<(usize, u64)> {
        let mut from = 0;
        std::iter::from_fn(|| {
            let found = words.next(text, from)?;
            from = found.0 + 1;
            Some(found)
        })
        .collect()
    }

    proptest! {
        #[test]
        fn words_sought_together_are_found_where_each_is_found(text in "[abcABC]{0,30}") {
            let together = Words::new(vec![("ab", 1), ("abc", 2), ("ca", 3), ("bb", 4), ("abca", 5)]);
            let apart = Words { together: None, ..together.clone() };
            prop_assert!(together.together.is_some());
            prop_assert_eq!(all(&together, &text), all(&apart, &text));
        }
    }

    #[test]
    fn a_word_that_the_end_cuts_off_is_known_by_its_beginning() {
        let words = Words::new(vec![("AKIA", 1), ("KIX", 2)]);
        let begun = |text: &str| words.begun(text).collect::<Vec<_>>();
        assert_eq!(begun("so AKI"), [(3, 2), (4, 4)]);
        assert_eq!(begun("so AKIA"), [(6, 2)]);
        assert_eq!(begun("a"), [(0, 2)]);
        assert_eq!(begun(""), []);
        let shared = Words::new(vec![("key", 1), ("KEY", 3)]);
        assert_eq!(shared.next("a Key", 0), Some((2, 0b1010)));
        let within = Words::new(vec![("secret", 1), ("secret_key", 2), ("secretary", 3)]);
        assert_eq!(within.next("a secret_key", 0), Some((2, 0b110)));
        assert_eq!(begun("é"), []);
    }
}
