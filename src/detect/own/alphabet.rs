//! The characters that a pattern tells apart, a byte for each sort.
//!
//! The rule: characters that every class of the pattern has or has not alike are of one sort. Sorts of letters and digits are given bytes
//! that are letters and digits in ASCII, and other sorts other bytes; so the edge of a word is one in every script, and the
//! automaton is small, whatever classes the pattern has.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use regex_syntax::hir::{
    Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Literal, Repetition,
};

/// Where characters begin, or cease, to belong to words.
static EDGES: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut before = false;
    let mut is_edge = |c: &char| std::mem::replace(&mut before, is_of_word(*c)) != is_of_word(*c);
    ('\0'..=char::MAX).filter(|c| is_edge(c)).collect()
});

/// Which byte stands for a character.
#[derive(Clone, Debug)]
pub(super) struct Alphabet {
    ascii: [u8; 128],
    /// From each character on, up to the next.
    beyond: Vec<(char, u8)>,
}

/// Which of the pattern's classes have a character, and whether it is of a word.
type Sort = (Vec<bool>, bool);

impl Alphabet {
    /// Those that a pattern tells apart; nothing where there are too many.
    pub fn of(hir: &Hir) -> Option<Self> {
        let mut classes = Vec::new();
        collect(hir, &mut classes);
        let mut sorts: BTreeMap<Sort, u8> = BTreeMap::new();
        let (mut word_bytes, mut other_bytes) = (bytes(true), bytes(false));
        let mut alphabet = Self { ascii: [b' '; 128], beyond: Vec::new() };
        for c in cuts(&classes) {
            let sort: Sort = (classes.iter().map(|class| has(class, c)).collect(), is_of_word(c));
            let byte = match sorts.get(&sort) {
                Some(byte) => *byte,
                None => {
                    let byte = if sort.1 { word_bytes.next() } else { other_bytes.next() }?;
                    *sorts.entry(sort).or_insert(byte)
                }
            };
            match alphabet.ascii.get_mut(c as usize) {
                Some(place) => *place = byte,
                None => alphabet.beyond.push((c, byte)),
            }
        }
        Some(alphabet)
    }

    /// The byte that stands for a character.
    pub fn byte(&self, c: char) -> u8 {
        match self.ascii.get(c as usize) {
            Some(byte) => *byte,
            None => {
                let behind = self.beyond.partition_point(|(from, _)| *from <= c);
                behind.checked_sub(1).and_then(|at| self.beyond.get(at)).map_or(b' ', |(_, byte)| *byte)
            }
        }
    }

    /// The same pattern over bytes.
    pub fn spelled(&self, hir: &Hir) -> Hir {
        let all = |parts: &[Hir]| parts.iter().map(|part| self.spelled(part)).collect();
        match hir.kind() {
            HirKind::Empty => Hir::empty(),
            HirKind::Literal(Literal(bytes)) => {
                let text = String::from_utf8_lossy(bytes);
                Hir::literal(text.chars().map(|c| self.byte(c)).collect::<Vec<_>>())
            }
            HirKind::Class(Class::Unicode(class)) => Hir::class(Class::Bytes(self.class(class))),
            HirKind::Class(Class::Bytes(class)) => Hir::class(Class::Bytes(class.clone())),
            HirKind::Look(look) => Hir::look(*look),
            HirKind::Repetition(repetition) => {
                let sub = Box::new(self.spelled(&repetition.sub));
                Hir::repetition(Repetition { sub, ..repetition.clone() })
            }
            HirKind::Capture(capture) => self.spelled(&capture.sub),
            HirKind::Concat(parts) => Hir::concat(all(parts)),
            HirKind::Alternation(parts) => Hir::alternation(all(parts)),
        }
    }

    fn class(&self, class: &ClassUnicode) -> ClassBytes {
        let ascii = ('\0'..='\x7f').map(|c| (c, self.byte(c)));
        let all = ascii.chain(self.beyond.iter().copied()).filter(|(c, _)| has(class, *c));
        ClassBytes::new(all.map(|(_, byte)| ClassBytesRange::new(byte, byte)))
    }
}

/// Whether a character belongs to a word.
pub(super) fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Every plain character, and those from which on others belong, or not, to some class or to words.
fn cuts(classes: &[ClassUnicode]) -> BTreeSet<char> {
    let ranges = classes.iter().flat_map(ClassUnicode::ranges);
    let cuts = ranges.flat_map(|range| [Some(range.start()), next(range.end())]).flatten();
    ('\0'..='\u{80}').chain(EDGES.iter().copied()).chain(cuts).collect()
}

/// Bytes that are of a word in ASCII, or those that are not.
fn bytes(of_word: bool) -> impl Iterator<Item = u8> {
    (0..=u8::MAX).filter(move |byte| (byte.is_ascii_alphanumeric() || *byte == b'_') == of_word)
}

/// Every class of a pattern, and each character that it names, once.
fn collect(hir: &Hir, classes: &mut Vec<ClassUnicode>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(Class::Bytes(_)) => {}
        HirKind::Literal(Literal(bytes)) => {
            for c in String::from_utf8_lossy(bytes).chars() {
                add(ClassUnicode::new([ClassUnicodeRange::new(c, c)]), classes);
            }
        }
        HirKind::Class(Class::Unicode(class)) => add(class.clone(), classes),
        HirKind::Repetition(repetition) => collect(&repetition.sub, classes),
        HirKind::Capture(capture) => collect(&capture.sub, classes),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().for_each(|part| collect(part, classes));
        }
    }
}

fn add(class: ClassUnicode, classes: &mut Vec<ClassUnicode>) {
    if !classes.contains(&class) {
        classes.push(class);
    }
}

fn has(class: &ClassUnicode, c: char) -> bool {
    let ranges = class.ranges();
    let behind = ranges.partition_point(|range| range.start() <= c);
    behind.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|range| c <= range.end())
}

/// The character behind another.
fn next(c: char) -> Option<char> {
    match c {
        '\u{d7ff}' => Some('\u{e000}'),
        c => char::from_u32(u32::from(c) + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_told_apart_where_the_pattern_does() {
        let hir = regex_syntax::parse(r"\bE-\d{3}[äö]\w").unwrap();
        let alphabet = Alphabet::of(&hir).unwrap();
        let same = |one: char, two: char| alphabet.byte(one) == alphabet.byte(two);
        assert!(same('1', '7') && same('ä', 'ö') && same('x', 'я') && same(' ', '!') && same('。', ' '));
        for (one, two) in [('E', 'F'), ('-', ' '), ('1', 'x'), ('ä', 'x'), ('谢', '。'), ('\u{fffd}', 'x')]
        {
            assert!(!same(one, two), "{one} {two}");
        }
        for c in ['E', '1', 'ä', 'я', '谢', '_', '-', '。', '\u{80}', char::MAX] {
            let byte = alphabet.byte(c);
            assert_eq!(byte.is_ascii_alphanumeric() || byte == b'_', is_of_word(c), "{c}");
        }
    }

    #[test]
    fn more_sorts_than_there_are_bytes_are_too_many() {
        let of = |count: usize| {
            let letters: String = ('\u{4e00}'..).take(count).collect();
            Alphabet::of(&Hir::literal(letters.into_bytes()))
        };
        assert!(of(64).is_none() && of(60).is_some());
    }
}
