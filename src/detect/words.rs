//! Seeks the words by which some kinds begin.
//!
//! The rule: each place where one of them stands is found, in order, also where two overlap, in capitals or not. Three bytes tell nearly
//! everywhere that none does, by one bit of a small table; where they don't, the few words that begin so are compared.
//! What would defeat it: words that begin with what every text is full of.

/// Words, each with the rules that it is the sign of, a bit for each.
#[derive(Clone, Debug)]
pub(super) struct Words {
    words: Vec<(&'static str, u64)>,
    longest: usize,
    /// Whether a word begins with this byte.
    first: [bool; 256],
    /// Whether a word begins with three bytes, a bit for each [`Three`].
    begin: Box<[u64; SIXTY_FOURS]>,
    /// Which words begin with them, in order. A word of less begins with whatever follows it.
    of: Vec<(Three, usize)>,
}

/// How many bits of each byte count: letters are alike in capitals and not.
const BITS: u32 = 5;

/// Three bytes, as far as they count.
type Three = u16;

/// Those bits of all three.
const ALL: Three = (1 << (3 * BITS)) - 1;

/// How many words hold a bit for each.
const SIXTY_FOURS: usize = 1 << (3 * BITS - 6);

impl Words {
    /// Words, each with the number of its rule.
    pub fn new(of_rules: Vec<(&'static str, usize)>) -> Self {
        let mut words: Vec<(&'static str, u64)> = Vec::new();
        for (word, rule) in of_rules {
            match words.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(word)) {
                Some((_, rules)) => *rules |= 1 << rule,
                None => words.push((word, 1 << rule)),
            }
        }
        let longest = words.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
        let mut first = [false; 256];
        let firsts = words.iter().filter_map(|(word, _)| word.bytes().next());
        for byte in firsts.flat_map(|byte| [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]) {
            if let Some(is_first) = first.get_mut(usize::from(byte)) {
                *is_first = true;
            }
        }
        let all = words.iter().enumerate();
        let mut of: Vec<_> =
            all.flat_map(|(n, (word, _))| beginnings(word).map(move |three| (three, n))).collect();
        of.sort_unstable();
        let mut begin = Box::new([0; SIXTY_FOURS]);
        for (three, _) in &of {
            if let Some(bits) = begin.get_mut(usize::from(three / 64)) {
                *bits |= 1_u64 << (three % 64);
            }
        }
        Self { words, longest, first, begin, of }
    }

    /// The next place from one on where words begin, and the rules of all that begin there.
    pub fn next(&self, text: &str, mut from: usize) -> Option<(usize, u64)> {
        let bytes = text.as_bytes();
        loop {
            let (at, three) = self.candidate(bytes, from)?;
            match self.at(bytes.get(at..)?, three) {
                0 => from = at + 1,
                rules => return Some((at, rules)),
            }
        }
    }

    /// The next place from one on where the first three bytes are those of a word; behind the end stands nothing.
    fn candidate(&self, bytes: &[u8], from: usize) -> Option<(usize, Three)> {
        let (lead, rest) = bytes.get(from..)?.split_at_checked(2).unwrap_or_default();
        let mut three = lead.iter().fold(0, |three, byte| and(three, *byte));
        let mut next = |byte| {
            three = and(three, byte);
            self.may_begin(three).then_some(three)
        };
        let whole = rest.iter().enumerate().find_map(|(n, byte)| Some((from + n, next(*byte)?)));
        let found = whole.or_else(|| self.cut(bytes, from));
        #[cfg(any(test, fuzzing))]
        super::steps::count_many(found.map_or(bytes.len(), |(at, _)| at) - from);
        found
    }

    /// The same where fewer than three are left.
    fn cut(&self, bytes: &[u8], from: usize) -> Option<(usize, Three)> {
        let from = from.max(bytes.len().saturating_sub(2));
        (from..bytes.len()).find_map(|at| {
            let rest = bytes.get(at..)?.iter().chain(&[0; 2]).take(3);
            let three = rest.fold(0, |three, byte| and(three, *byte));
            self.may_begin(three).then_some((at, three))
        })
    }

    #[inline]
    fn may_begin(&self, three: Three) -> bool {
        self.begin.get(usize::from((three & ALL) / 64)).is_some_and(|bits| bits >> (three % 64) & 1 != 0)
    }

    /// The rules of all words that a text begins with, of those that begin so.
    fn at(&self, text: &[u8], three: Three) -> u64 {
        let from = self.of.partition_point(|(known, _)| *known < three);
        let alike = self.of.get(from..).unwrap_or_default().iter().take_while(|(known, _)| *known == three);
        let words = alike.filter_map(|(_, n)| self.words.get(*n));
        words.fold(0, |all, (word, rules)| {
            #[cfg(any(test, fuzzing))]
            super::steps::count();
            if starts_with(text, word) { all | rules } else { all }
        })
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
}

/// The last two of three bytes, and one more.
#[inline]
fn and(three: Three, byte: u8) -> Three {
    (three << BITS | Three::from(byte & ((1 << BITS) - 1))) & ALL
}

/// The three bytes that a text can begin with which begins with a word.
fn beginnings(word: &str) -> impl Iterator<Item = Three> {
    let bytes = word.as_bytes();
    let known = bytes.iter().take(3).fold(0, |three, byte| and(three, *byte));
    let open = BITS as usize * 3_usize.saturating_sub(bytes.len());
    (0..1 << open).map(move |rest: Three| (known << open | rest) & ALL)
}

fn starts_with(text: &[u8], word: &str) -> bool {
    text.get(..word.len()).is_some_and(|begun| begun.eq_ignore_ascii_case(word.as_bytes()))
}

fn begins(word: &str, beginning: &[u8]) -> bool {
    let begun = word.as_bytes().get(..beginning.len());
    word.len() > beginning.len() && begun.is_some_and(|begun| begun.eq_ignore_ascii_case(beginning))
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

    /// Where each word stands that is sought alone.
    fn each(words: &[(&'static str, usize)], text: &str) -> Vec<(usize, u64)> {
        let here = |at: usize| {
            let rest = text.as_bytes().get(at..).unwrap();
            words.iter().filter(|(word, _)| starts_with(rest, word)).fold(0, |all, (_, rule)| all | 1 << rule)
        };
        (0..text.len()).map(|at| (at, here(at))).filter(|(_, rules)| *rules != 0).collect()
    }

    proptest! {
        #[test]
        fn words_sought_together_are_found_where_each_is_found(text in "([abcABC;{é]|\\[){0,30}") {
            let known = vec![("ab", 1), ("abc", 2), ("ca", 3), ("bb", 4), ("abca", 5), ("[", 6), ("c;b", 7)];
            prop_assert_eq!(all(&Words::new(known.clone()), &text), each(&known, &text));
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
