//! E-mail addresses.
//!
//! The rule (RFC 5321 as it is lived): at most 64 characters before the `@`, of a longer run the last; then names with dots between, the
//! last of letters. A full stop or dash at the end belongs to the sentence. Letters are those of all scripts (RFC 6531); only
//! where a script puts no spaces between words, an address in another script ends where that script begins, as in
//! `请写信给ada@example.com谢谢`. Quoted local parts and addresses of numbers (`@[192.0.2.1]`) are not sought.

use std::ops::Range;

use super::{
    cursor::Cursor,
    site::{Site, is_escape},
    unit::{self, FOREIGN},
};

/// The longest local part, domain and name within it (RFC 5321, section 4.5.3.1; RFC 1035, section 2.3.4).
const LOCAL: usize = 64;
const DOMAIN: usize = 255;
const NAME: usize = 63;

pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    let start = local_start(cursor.site(), cursor.floor(), cursor.at())?;
    cursor.begin(start);
    cursor.next_if(|c| c == '@')?;
    Some(start..domain_end(cursor)?)
}

/// Where an address begins, if an `@` comes at a place.
pub(super) fn lead(site: &Site<'_>, floor: usize, at: usize) -> Option<usize> {
    local_start(site, floor, at)
}

/// What may follow in the domain of one that is too long.
pub(super) fn goes_on(c: char) -> bool {
    Part::of(c).is_some_and(Part::is_of_name) || c == '.'
}

/// Where a local part begins that ends just before a place.
///
/// It may overlap what was found before, and the two become one; but not where they would be too long to be held back together
/// while it is undecided whether an `@` comes.
pub(super) fn local_start(site: &Site<'_>, floor: usize, at: usize) -> Option<usize> {
    let start = run_start(site, floor, at)?;
    let overlapped = site.held_from(start);
    if overlapped == start || site.chars(overlapped..at) <= site.room / 2 {
        return Some(start);
    }
    let behind = site.found.last_end()?;
    run_start(site, behind.min(at), at)
}

/// Where a run of what a local part can be begins that ends just before a place.
fn run_start(site: &Site<'_>, floor: usize, at: usize) -> Option<usize> {
    let mut script = None;
    let mut start = None;
    let mut place = at;
    let mut chars = 0;
    for _ in 0..LOCAL {
        let Some(unit) = unit::last(site.text, place).filter(|unit| place >= floor + unit.len()) else {
            break;
        };
        chars += unit.chars();
        if chars > site.room / 4 * 3 {
            break;
        }
        let Some(part) = Part::of(unit.c) else { break };
        place -= unit.len();
        match part {
            Part::Letter(of) if *script.get_or_insert(of) != of => break,
            Part::Letter(_) if is_escape(site.before(place).0, unit.c) => break,
            Part::Letter(_) | Part::Digit => start = Some(place),
            Part::Dash | Part::Mark => {}
        }
    }
    start
}

/// Where the longest domain ends that begins here.
fn domain_end(cursor: &mut Cursor<'_>) -> Option<usize> {
    let mut script = None;
    let (mut end, mut length, mut names) = (None, 0, 0);
    loop {
        let name = Name::read(cursor, &mut script);
        length += name.length + 1;
        if !(1..=NAME).contains(&name.length) || length > DOMAIN {
            return end;
        }
        if names > 0 {
            end = name.end_of_last.or(end);
        }
        names += 1;
        if cursor.next_if(|c| c == '.').is_none() {
            return end;
        }
    }
}

/// One name of a domain.
#[derive(Debug, Default)]
struct Name {
    length: usize,
    /// Where it ends if it is the last: it is all letters up to there, or encodes some (RFC 3492).
    end_of_last: Option<usize>,
}

impl Name {
    fn read(cursor: &mut Cursor<'_>, script: &mut Option<Script>) -> Self {
        let mut name = Self::default();
        let encoded = cursor.ahead(|cursor| cursor.word("xn--"));
        let mut only_letters = true;
        loop {
            let end = cursor.at();
            let Some(part) = part_of_name(cursor, script, name.length == 0) else { break };
            name.length += 1;
            match part {
                Part::Letter(_) => {}
                Part::Dash if only_letters && name.length > 2 => {
                    name.end_of_last = Some(end);
                    only_letters = false;
                }
                Part::Dash | Part::Digit | Part::Mark => only_letters = false,
            }
            if encoded && name.length > 4 && part != Part::Dash {
                name.end_of_last = Some(cursor.at());
            }
        }
        if only_letters && name.length >= 2 {
            name.end_of_last = Some(cursor.at());
        }
        name
    }
}

/// Steps over one more character of a name.
fn part_of_name(cursor: &mut Cursor<'_>, script: &mut Option<Script>, first: bool) -> Option<Part> {
    let part = Part::of(cursor.peek()?).filter(|part| part.is_of_name())?;
    match part {
        Part::Letter(Script::Unspaced) if *script == Some(Script::Spaced) => return None,
        Part::Letter(of) => *script = script.or(Some(of)),
        Part::Dash if first => return None,
        Part::Dash | Part::Digit | Part::Mark => {}
    }
    cursor.next_if(|_| true);
    Some(part)
}

/// What a character is to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Letter(Script),
    /// A digit, or an underscore: neither a letter nor a mark.
    Digit,
    Dash,
    /// What can stand within a local part, but not begin it.
    Mark,
}

/// Whether a script puts spaces between words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Spaced,
    Unspaced,
}

impl Part {
    fn of(c: char) -> Option<Self> {
        match c {
            'a'..='z' | 'A'..='Z' | FOREIGN => Some(Self::Letter(Script::Spaced)),
            '0'..='9' | '_' => Some(Self::Digit),
            '-' => Some(Self::Dash),
            '.' | '+' | '\'' | '%' => Some(Self::Mark),
            _ if c.is_ascii() => None,
            _ if is_unspaced(c) => c.is_alphanumeric().then_some(Self::Letter(Script::Unspaced)),
            // An accent may be a character of its own.
            '\u{300}'..='\u{36f}' => Some(Self::Letter(Script::Spaced)),
            _ if c.is_alphabetic() => Some(Self::Letter(Script::Spaced)),
            _ => c.is_numeric().then_some(Self::Digit),
        }
    }

    fn is_of_name(self) -> bool {
        matches!(self, Self::Letter(_) | Self::Digit | Self::Dash)
    }
}

/// Thai, Lao, Tibetan, Burmese, Khmer, Chinese and Japanese; and Korean, whose particles follow a name without a space.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{a4cf}'
        | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
