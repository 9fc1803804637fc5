//! What the words beside a number say that it is.
//!
//! The rule: the nearest words before it count, as far back as a number, the end of a sentence, or [`FAR`] words; or else the one word that
//! follows. A word that says it is something else, such as an amount or an order, ends the search. What would defeat it: a
//! language whose words are not listed (`context_words.rs`).

use std::sync::LazyLock;

use smallvec::SmallVec;

use super::{
    Kind, Kinds,
    context_words::{ABBREVIATIONS, OTHERS, PLACES, WORDS},
    cursor::Cursor,
    number::Gap,
};

/// How many words before a number are looked at.
const FAR: usize = 8;

/// How many of them are near.
const NEAR: usize = 3;

/// The longest word that is looked up, in characters.
const WORD: usize = 24;

/// The words, in order, with what they announce.
static TABLE: LazyLock<Vec<(&'static str, Kinds)>> = LazyLock::new(|| {
    let announced =
        WORDS.iter().flat_map(|(kinds, words)| words.split(' ').map(|word| (word, Kinds::of(kinds))));
    let others = OTHERS.split(' ').map(|word| (word, Kinds::NONE));
    let mut table: Vec<_> = announced.chain(others).collect();
    table.sort_by_key(|(word, _)| *word);
    table.dedup_by(|next, last| {
        let same = next.0 == last.0;
        if same {
            last.1 = last.1.union(next.1);
        }
        same
    });
    table
});

/// Makes the table, so that nothing need be made while a text is looked through.
pub(super) fn prepare() {
    LazyLock::force(&TABLE);
}

/// What the words before a number say that it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said {
    /// All of them.
    pub all: Kinds,
    /// The nearest.
    pub near: Kinds,
    /// Whether they say that it is something else.
    other: bool,
}

impl Said {
    /// Whether they say nothing, so that the word that follows may.
    pub fn is_nothing(self) -> bool {
        self.all.is_empty() && !self.other
    }
}

/// What the words before a place announce.
pub(super) fn before(cursor: &Cursor<'_>, at: usize) -> Said {
    let window = cursor.site().window(at);
    let (mut said, mut rest) = (Said::default(), window.chars());
    for number in 0..FAR {
        let Some((meaning, left)) = nearest(rest) else { break };
        match meaning {
            Meaning::Other => {
                said.other = said.all.is_empty();
                break;
            }
            Meaning::Place if number > 0 => {}
            Meaning::Nothing => {}
            // A number that is announced as something is no telephone number because somebody calls about it.
            Meaning::Is(kinds) if !said.all.is_empty() => {
                said.all = said.all.union(kinds.without(Kind::Phone))
            }
            Meaning::Is(kinds) => said.all = kinds,
            Meaning::Place => said.all = said.all.union(Kind::Phone.into()),
        }
        if number < NEAR {
            said.near = said.all;
        }
        rest = left;
    }
    said
}

/// What the word that follows says, if one follows at once.
pub(super) fn after(cursor: &mut Cursor<'_>) -> Kinds {
    match meaning(&word_after(cursor)) {
        Meaning::Is(kinds) => kinds,
        Meaning::Place => Kind::Phone.into(),
        Meaning::Other | Meaning::Nothing => Kinds::NONE,
    }
}

/// The word that follows at once.
fn word_after(cursor: &mut Cursor<'_>) -> SmallVec<[char; WORD]> {
    cursor.ahead(|cursor| {
        let mut word = SmallVec::new();
        let gap = |c: char| matches!(c, '(' | '[') || Gap::of(c).is_some();
        if cursor.run_of_at_most(3, gap) == 0 {
            return word;
        }
        while word.len() < WORD
            && let Some(c) = cursor.next_if(is_of_word)
        {
            word.push(c);
        }
        word
    })
}

/// Whether one of some words, in small letters, stands beside what begins at a place and ends at the cursor: before it, as far back as
/// words count, or at once behind it.
pub(super) fn is_beside(cursor: &mut Cursor<'_>, at: usize, words: &[Box<str>]) -> bool {
    let window = cursor.site().window(at);
    let mut rest = window.chars();
    for _ in 0..FAR {
        let Some((word, left)) = last_word(rest) else { break };
        if is_one_of(words, word) {
            return true;
        }
        rest = left;
    }
    is_one_of(words, &word_after(cursor))
}

fn is_one_of(words: &[Box<str>], word: &[char]) -> bool {
    let word = lower(word);
    words.iter().any(|known| known.as_bytes() == word.as_slice())
}

/// The last word of some text, and what stands before it; none where a number comes first, or a sentence ends.
fn last_word(text: &[char]) -> Option<(&[char], &[char])> {
    let end = text.iter().rposition(|c| is_of_word(*c) || c.is_ascii_digit())? + 1;
    let (text, gap) = text.split_at_checked(end)?;
    let start = text.iter().rposition(|c| !is_of_word(*c)).map_or(0, |at| at + 1);
    let (rest, word) = text.split_at_checked(start)?;
    let ends = ends_sentence(gap) && !is_abbreviation(word);
    (!word.is_empty() && !ends).then_some((word, rest))
}

/// What a word says about the number beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Nothing,
    Is(Kinds),
    /// A place where there is a telephone; it says so only at once beside the number.
    Place,
    /// It is something that nobody seeks.
    Other,
}

/// What the last word of some text says, and what stands before it; none where nothing more counts.
fn nearest(text: &[char]) -> Option<(Meaning, &[char])> {
    let end = text.iter().rposition(|c| is_of_word(*c) || c.is_ascii_digit() || is_money(*c))? + 1;
    let (text, gap) = text.split_at_checked(end)?;
    let last = text.last()?;
    if last.is_ascii_digit() {
        return None;
    }
    if is_money(*last) {
        return Some((Meaning::Other, &[]));
    }
    let start = text.iter().rposition(|c| !is_of_word(*c)).map_or(0, |at| at + 1);
    let (rest, word) = text.split_at_checked(start)?;
    let meaning = meaning(word);
    if ends_sentence(gap) && meaning == Meaning::Nothing && !is_abbreviation(word) {
        return None;
    }
    Some((meaning, rest))
}

fn ends_sentence(gap: &[char]) -> bool {
    let ends = gap.windows(2).any(|pair| matches!(pair, ['.' | '!' | '?' | ';', ' ' | '\n']));
    ends || gap.contains(&'。') || gap.iter().filter(|c| **c == '\n').count() > 2
}

fn is_money(c: char) -> bool {
    matches!(c, '$' | '€' | '£' | '¥' | '₹' | '₽' | '₺')
}

fn is_of_word(c: char) -> bool {
    c.is_alphabetic()
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{93a}'..='\u{94f}' | '\u{e31}' | '\u{e34}'..='\u{e4e}')
}

fn is_abbreviation(word: &[char]) -> bool {
    let word: Lower = lower(word);
    ABBREVIATIONS.split(' ').any(|known| known.as_bytes() == word.as_slice())
}

type Lower = SmallVec<[u8; 4 * WORD]>;

/// In small letters.
fn lower(word: &[char]) -> Lower {
    let mut bytes = Lower::new();
    for c in word.iter().flat_map(|c| c.to_lowercase()) {
        bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    bytes
}

fn meaning(word: &[char]) -> Meaning {
    if word.is_empty() || word.len() > WORD {
        return Meaning::Nothing;
    }
    let is_spaced = word.iter().all(|c| u32::from(*c) < 0xe00);
    if is_spaced {
        return listed(word);
    }
    // Scripts that put no spaces between words: any part may be one.
    let parts =
        (0..word.len()).flat_map(|start| (2..=8).filter_map(move |length| word.get(start..start + length)));
    parts.map(listed).fold(Meaning::Nothing, Meaning::or)
}

impl Meaning {
    /// Both, of two parts of one word.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Is(kinds), Self::Is(more)) => Self::Is(kinds.union(more)),
            (Self::Is(kinds), _) | (_, Self::Is(kinds)) => Self::Is(kinds),
            (Self::Nothing, other) => other,
            (some, _) => some,
        }
    }
}

fn listed(word: &[char]) -> Meaning {
    let word = lower(word);
    let found = TABLE.binary_search_by(|(known, _)| known.as_bytes().cmp(word.as_slice()));
    if PLACES.split(' ').any(|place| place.as_bytes() == word.as_slice()) {
        return Meaning::Place;
    }
    match found.ok().and_then(|at| TABLE.get(at)) {
        Some((_, kinds)) if kinds.is_empty() => Meaning::Other,
        Some((_, kinds)) => Meaning::Is(*kinds),
        None => Meaning::Nothing,
    }
}
