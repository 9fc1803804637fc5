//! How old somebody is.
//!
//! The rule: up to three digits with words about them that say so: `34 years old`, `aged 34`, `she is 34.` What would defeat it: a number
//! that is written out, or a language whose words are not listed.

use super::{Kind, Kinds, certainty::Certainty, cursor::Cursor, number, number::Gap, rule::Sightings};

/// What follows an age.
const BEHIND: &[&str] = &[
    "year old",
    "years old",
    "year-old",
    "years-old",
    "yr old",
    "yrs old",
    "yr-old",
    "y/o",
    "yo ",
    "years of age",
    "year of age",
    "jahre alt",
    "jährig",
    "ans ",
    "años de edad",
    "años",
    "anni",
    "jaar oud",
    "anos de idade",
    "år gammal",
    "år gammel",
    "lat ",
    "лет",
    "года ",
    "岁",
    "歳",
    "歲",
    "살",
];

/// What stands before one. With `=`, nothing may follow but the end of a phrase.
const BEFORE: &[&str] = &[
    "aged",
    "age",
    "age of",
    "age is",
    "age:",
    "turn",
    "turned",
    "turning",
    "turns",
    "alter",
    "alter:",
    "edad",
    "edad:",
    "âge",
    "età",
    "idade",
    "leeftijd",
    "возраст",
    "年龄",
    "年齢",
    "=i am",
    "=i'm",
    "=i’m",
    "=he is",
    "=he was",
    "=he's",
    "=she is",
    "=she was",
    "=she's",
    "=who is",
    "=they are",
];

/// The most characters that are looked at before.
const FAR: usize = 16;

pub(super) fn read(cursor: &mut Cursor<'_>, _: Kinds, out: &mut Sightings) {
    if !number::begins(cursor.before()) {
        return;
    }
    let start = cursor.at();
    let length = cursor.run_of_at_most(4, |c| c.is_ascii_digit());
    let value = cursor.site().text.get(start..cursor.at()).and_then(|text| text.parse::<u32>().ok());
    let end = cursor.at();
    if !(1..=3).contains(&length) || value.is_some_and(|value| value > 125) {
        return;
    }
    let certainty = if is_behind(cursor) || is_before(cursor, start) { Certainty::CONTEXT } else { return };
    out.push((start..end, Kind::Age, certainty));
}

fn is_behind(cursor: &mut Cursor<'_>) -> bool {
    cursor.ahead(|cursor| {
        cursor.next_if(|c| Gap::of(c).is_some());
        let first = cursor.peek().map(small);
        let first = first.and_then(|first| first.encode_utf8(&mut [0; 4]).bytes().next());
        let may_be = |words: &&&str| words.bytes().next() == first;
        first.is_some()
            && BEHIND.iter().filter(may_be).any(|words| {
                let here = cursor.at();
                let matches = words.chars().all(|wanted| step(cursor, wanted));
                cursor.back_to(here);
                matches
            })
    })
}

fn small(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) }
}

/// A space stands for the end of a word.
fn step(cursor: &mut Cursor<'_>, wanted: char) -> bool {
    match wanted {
        ' ' => match cursor.peek() {
            Some(c) if Gap::of(c).is_some() => cursor.next_if(|_| true).is_some(),
            Some(c) => !c.is_alphanumeric(),
            None => true,
        },
        _ => cursor.next_if(|c| small(c) == wanted).is_some(),
    }
}

fn is_before(cursor: &mut Cursor<'_>, start: usize) -> bool {
    cursor.site().look_back_over(FAR, start, |chars| says(cursor, chars))
}

/// Whether some text ends in what stands before an age.
fn says(cursor: &mut Cursor<'_>, chars: &[char]) -> bool {
    let near = chars.get(chars.len().saturating_sub(FAR)..).unwrap_or_default();
    let near = near.strip_suffix(&[' ']).or(near.strip_suffix(&['\n'])).unwrap_or(near);
    let last = near.last().and_then(|c| small(*c).encode_utf8(&mut [0; 4]).bytes().next_back());
    let may_be = |words: &&&str| words.bytes().next_back() == last;
    let ends_with = |words: &str| {
        let mut near = near.iter().rev();
        words.chars().rev().all(|wanted| near.next().is_some_and(|c| small(*c) == wanted))
            && !near.next().is_some_and(|c| c.is_alphanumeric())
    };
    BEFORE.iter().filter(may_be).any(|words| match words.strip_prefix('=') {
        Some(words) => ends_with(words) && ends_phrase(cursor),
        None => ends_with(words) && !cursor.ahead(|cursor| is_measure(cursor)),
    })
}

/// What joins another phrase to one.
const JOINTS: &[&str] = &["and", "but", "now", "so"];

/// Whether a phrase ends here.
fn ends_phrase(cursor: &mut Cursor<'_>) -> bool {
    let is_joined = cursor.ahead(|cursor| {
        let here = cursor.at();
        JOINTS.iter().any(|joint| {
            cursor.back_to(here);
            let is_there = cursor.next_if(|c| c == ' ').is_some() && cursor.word(joint);
            is_there && !cursor.peek().is_some_and(char::is_alphanumeric)
        })
    });
    is_joined
        || cursor.ahead(|cursor| match cursor.next_if(|c| !c.is_alphanumeric()) {
            Some('.' | ',') => !cursor.peek().is_some_and(|c| c.is_ascii_digit()),
            Some('!' | '?' | ';' | ')' | '\n') => true,
            Some(_) => false,
            None => cursor.peek().is_none(),
        })
}

/// Whether it is an amount, a share or a time.
fn is_measure(cursor: &mut Cursor<'_>) -> bool {
    match cursor.next_if(|_| true) {
        Some('%' | ':' | '°' | '/') => true,
        Some('.' | ',') => cursor.peek().is_some_and(|c| c.is_ascii_digit()),
        Some(c) => c.is_alphanumeric(),
        None => false,
    }
}
