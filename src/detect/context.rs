//! What the words beside a number say that it is.
//!
//! The rule: the nearest words before it count, as far back as a number, the end of a sentence, or [`FAR`] words; or else the one word that
//! follows. A word that says it is something else, such as an amount or an order, ends the search. What would defeat it: a
//! language whose words are not listed (`context_words.rs`).

mod beside;
mod listed;

use smallvec::SmallVec;

use super::{Kind, Kinds, Languages, cursor::Cursor, number::Gap};
pub(super) use beside::is_beside;
pub(super) use listed::prepare;
use listed::{LONGEST, Listed, known, known_plain};

/// How many words before a number are looked at.
const FAR: usize = 8;

/// How many of them are near.
const NEAR: usize = 3;

/// How many words such as `is my` are passed by behind a number.
const FEW: usize = 3;

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
    /// Whether they say that it is something that nobody seeks.
    pub fn is_other(self) -> bool {
        self.other
    }

    /// Whether they say nothing, so that the word that follows may.
    pub fn is_nothing(self) -> bool {
        self.all.is_empty() && !self.other
    }
}

/// What the words before a place announce.
pub(super) fn before(cursor: &Cursor<'_>, at: usize) -> Said {
    let site = cursor.site();
    site.said(at, || site.look_back(at, |chars| read_before(chars, site.tuning.languages)))
}

fn read_before(mut rest: &[char], languages: Languages) -> Said {
    let mut said = Said::default();
    let mut goes_on = false;
    for number in 0..FAR {
        let Some(Nearest { meaning, refers, left, ends }) = nearest(rest, languages) else { break };
        if ends && !goes_on {
            break;
        }
        goes_on = refers;
        match meaning {
            Meaning::Number if number == 0 && is_somebodys(left) => {
                said.all = Kind::Phone.into();
            }
            Meaning::Other => {
                said.other = said.all.is_empty();
                break;
            }
            Meaning::Place if number > 0 => {}
            Meaning::Nothing | Meaning::Number => {}
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

/// Whether a word for a number is that of somebody's own: `my number`, or `number:` and nothing before it.
fn is_somebodys(before: &[char]) -> bool {
    let near = before
        .iter()
        .rposition(|c| !c.is_whitespace())
        .map_or(&[][..], |at| before.get(..=at).unwrap_or_default());
    let start = near.iter().rposition(|c| !is_of_word(*c)).map_or(0, |at| at + 1);
    let word = near.get(start..).unwrap_or_default();
    match near.last() {
        None | Some('.' | '!' | '?' | ':' | ',' | ';' | '\n') => true,
        Some(_) => known(word).is_some_and(|listed| listed.is_owner),
    }
}

/// What the word that follows says, if one follows at once, or behind a few such as `is my`.
pub(super) fn after(cursor: &mut Cursor<'_>) -> Kinds {
    let languages = cursor.site().tuning.languages;
    cursor.ahead(|cursor| {
        for _ in 0..=FEW {
            let Some(word) = word_ahead(cursor) else { break };
            let listed = known(&word);
            match meaning(&word, listed, languages) {
                Meaning::Is(kinds) => return kinds,
                Meaning::Place => return Kind::Phone.into(),
                Meaning::Nothing if listed.is_some_and(|listed| listed.is_between) => {}
                Meaning::Nothing | Meaning::Other | Meaning::Number => break,
            }
        }
        Kinds::NONE
    })
}

/// Steps over the word that follows at once.
fn word_ahead(cursor: &mut Cursor<'_>) -> Option<SmallVec<[char; LONGEST]>> {
    let gap = |c: char| matches!(c, '(' | '[') || Gap::of(c).is_some();
    if cursor.run_of_at_most(3, gap) == 0 {
        return None;
    }
    let mut word = SmallVec::new();
    while word.len() < LONGEST
        && let Some(c) = cursor.next_if(is_of_word)
    {
        word.push(c);
    }
    Some(word)
}

/// What a word says about the number beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Nothing,
    Is(Kinds),
    /// A place where there is a telephone; it says so only at once beside the number.
    Place,
    /// A word for a number of any kind; somebody's own is a telephone's where nothing else is said.
    Number,
    /// It is something that nobody seeks.
    Other,
}

/// The last word of some text.
struct Nearest<'t> {
    /// What it says.
    meaning: Meaning,
    /// Whether a sentence that begins with it speaks of what the one before did.
    refers: bool,
    /// What stands before it.
    left: &'t [char],
    /// Whether a sentence ends behind it that says nothing.
    ends: bool,
}

/// The last word of some text; none where nothing more counts.
fn nearest(text: &[char], languages: Languages) -> Option<Nearest<'_>> {
    let end = text.iter().rposition(|c| is_of_word(*c) || c.is_ascii_digit() || is_money(*c))? + 1;
    let (text, gap) = text.split_at_checked(end)?;
    let last = text.last()?;
    if last.is_ascii_digit() {
        return None;
    }
    if is_money(*last) {
        return Some(Nearest { meaning: Meaning::Other, refers: false, left: &[], ends: false });
    }
    let start = text.iter().rposition(|c| !is_of_word(*c)).map_or(0, |at| at + 1);
    let (left, word) = text.split_at_checked(start)?;
    let listed = known(word);
    let meaning = meaning(word, listed, languages);
    let ends = meaning == Meaning::Nothing
        && ends_sentence(gap)
        && !listed.is_some_and(|listed| listed.is_abbreviation);
    Some(Nearest { meaning, refers: listed.is_some_and(|listed| listed.is_referring), left, ends })
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

/// Words that announce something and are names, too.
const NAMES: [&str; 8] = ["NINO", "NIR", "RUT", "BEL", "SOL", "VIN", "FIN", "ARA"];

/// Whether a word in capitals announces something, such as `IBAN`: it is nobody's name.
pub(super) fn is_announcement(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_uppercase())
        && !NAMES.contains(&word)
        && known_plain(word.as_bytes()).is_some_and(|listed| !listed.kinds.is_empty())
}

/// What a word says of which this is known.
fn meaning(word: &[char], listed: Option<&Listed>, languages: Languages) -> Meaning {
    let is_spaced = word.iter().all(|c| u32::from(*c) < 0xe00);
    if listed.is_some() || is_spaced || word.len() > LONGEST {
        return listed.map_or(Meaning::Nothing, |listed| listed.meaning(languages));
    }
    // Scripts that put no spaces between words: any part may be one.
    let parts =
        (0..word.len()).flat_map(|start| (2..=8).filter_map(move |length| word.get(start..start + length)));
    parts.filter_map(known).map(|part| part.meaning(languages)).fold(Meaning::Nothing, Meaning::or)
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

impl Listed {
    /// What it says in some languages.
    fn meaning(&self, languages: Languages) -> Meaning {
        if !languages.count(self.languages) {
            return Meaning::Nothing;
        }
        match self {
            _ if self.is_place => Meaning::Place,
            _ if !self.kinds.is_empty() => Meaning::Is(self.kinds),
            _ if self.is_other => Meaning::Other,
            _ if self.is_number => Meaning::Number,
            _ => Meaning::Nothing,
        }
    }
}
