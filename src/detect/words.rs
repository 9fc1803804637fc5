//! Seeks the words by which some kinds begin.
//!
//! The rule: each place where one of them stands is found, in order, also where two overlap. The words are sought all at once; where
//! they can't be compiled for that, one by one.

use aho_corasick::{AhoCorasick, Input, MatchKind};

/// Words, each with the rule that it is the sign of.
#[derive(Clone, Debug)]
pub(super) struct Words {
    words: Vec<(&'static str, usize)>,
    longest: usize,
    /// Whether a word begins with this byte.
    first: [bool; 256],
    together: Option<AhoCorasick>,
}

impl Words {
    pub fn new(words: Vec<(&'static str, usize)>) -> Self {
        let mut first = [false; 256];
        for byte in words.iter().filter_map(|(word, _)| word.bytes().next()) {
            if let Some(is_first) = first.get_mut(usize::from(byte)) {
                *is_first = true;
            }
        }
        let longest = words.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
        let together = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(words.iter().map(|(word, _)| word))
            .ok()
            .filter(|_| !words.is_empty());
        Self { words, longest, first, together }
    }

    /// The next word from a place on: where it begins, and the number of its rule.
    pub fn next(&self, text: &str, from: usize) -> Option<(usize, usize)> {
        let (at, word) = match &self.together {
            Some(together) => {
                let found = together.find(Input::new(text).range(from..))?;
                (found.start(), found.pattern().as_usize())
            }
            None => self.next_of_each(text.get(from..)?).map(|(at, word)| (from + at, word))?,
        };
        self.words.get(word).map(|(_, rule)| (at, *rule))
    }

    /// Where words could begin that the end of the text cuts off.
    pub fn begun(&self, text: &str) -> impl Iterator<Item = (usize, usize)> {
        let bytes = text.as_bytes();
        let from = (bytes.len() + 1).saturating_sub(self.longest);
        let tail = bytes.get(from..).unwrap_or_default().iter().enumerate();
        let starts = tail.filter(|(_, byte)| self.first.get(usize::from(**byte)) == Some(&true));
        starts.flat_map(move |(n, _)| {
            let rest = bytes.get(from + n..).unwrap_or_default();
            let begun = self
                .words
                .iter()
                .filter(move |(word, _)| word.len() > rest.len() && word.as_bytes().starts_with(rest));
            begun.map(move |(_, rule)| (from + n, *rule))
        })
    }

    fn next_of_each(&self, text: &str) -> Option<(usize, usize)> {
        let places = self.words.iter().enumerate().filter_map(|(n, (word, _))| Some((text.find(word)?, n)));
        places.min()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(words: &Words, text: &str) -> Vec<(usize, usize)> {
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
        fn words_sought_together_are_found_where_each_is_found(text in "[abc]{0,30}") {
            let together = Words::new(vec![("ab", 1), ("abc", 2), ("ca", 3), ("bb", 4)]);
            let apart = Words { together: None, ..together.clone() };
            prop_assert!(together.together.is_some());
            prop_assert_eq!(all(&together, &text), all(&apart, &text));
        }
    }

    #[test]
    fn a_word_that_the_end_cuts_off_is_known_by_its_beginning() {
        let words = Words::new(vec![("AKIA", 1), ("KIX", 2)]);
        let begun = |text: &str| words.begun(text).collect::<Vec<_>>();
        assert_eq!(begun("so AKI"), [(3, 1), (4, 2)]);
        assert_eq!(begun("so AKIA"), [(6, 1)]);
        assert_eq!(begun("A"), [(0, 1)]);
        assert_eq!(begun(""), []);
        assert_eq!(begun("é"), []);
    }
}
