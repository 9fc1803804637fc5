//! The characters of a text as they are meant: written plainly, encoded, in another width or script, or with invisible ones between.
//!
//! The rule: a percent-encoded byte (RFC 3986, section 2.1), a character reference of HTML, a digit of any script, a letter of full width each
//! read as the plain character, wherever they stand, so that it can be told from any place, forwards and backwards, where one
//! begins. Invisible characters are stepped over, at most [`INVISIBLE`] at once. What would defeat it is a text cut inside of
//! an escape; hence [`Next::Cut`].

use super::{entity, fold};

/// One character, as it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// What it stands for. A byte beyond ASCII that is written encoded reads as [`FOREIGN`].
    pub c: char,
    /// In two bytes each, so that all of it goes in one word: nothing is asked for as often.
    len: u16,
    chars: u16,
}

impl Unit {
    /// One that takes so much in the text; no escape is as long as could not be counted.
    pub fn new(c: char, len: usize, chars: usize) -> Self {
        let short = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        Self { c, len: short(len), chars: short(chars) }
    }

    /// How many bytes it takes in the text, with invisible characters before it.
    #[inline]
    pub fn len(self) -> usize {
        usize::from(self.len)
    }

    /// How many characters it takes in the text.
    #[inline]
    pub fn chars(self) -> usize {
        usize::from(self.chars)
    }

    /// The same, with invisible characters before it.
    fn behind(self, bytes: usize, chars: usize) -> Self {
        Self::new(self.c, self.len() + bytes, self.chars() + chars)
    }
}

/// Stands for every byte of an encoded character beyond ASCII: nearly always a letter.
pub(super) const FOREIGN: char = '\u{fffd}';

/// How many invisible characters may stand together inside of something.
const INVISIBLE: usize = 16;

/// What comes next in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Unit(Unit),
    /// The text ends inside of what could be an escape.
    Cut,
    End,
}

/// The character that begins at a place.
#[inline]
pub(super) fn next(text: &str, at: usize) -> Next {
    plain_at(text, at).map_or_else(|| next_written_otherwise(text, at), Next::Unit)
}

/// The same, where it is written plainly: nearly everywhere.
#[inline]
pub(super) fn plain_at(text: &str, at: usize) -> Option<Unit> {
    #[cfg(any(test, fuzzing))]
    super::steps::count();
    let byte = *text.as_bytes().get(at)?;
    let is_plain = byte.is_ascii() && !matches!(byte, b'%' | b'&');
    is_plain.then(|| Unit { c: char::from(byte), len: 1, chars: 1 })
}

fn next_written_otherwise(text: &str, at: usize) -> Next {
    let bytes = text.as_bytes();
    match bytes.get(at) {
        None => Next::End,
        Some(b'%') => escape(bytes, at),
        Some(b'&') => entity::next(bytes, at),
        Some(_) => beyond_ascii(text, at),
    }
}

/// The character that ends at a place.
pub(super) fn last(text: &str, at: usize) -> Option<Unit> {
    #[cfg(any(test, fuzzing))]
    super::steps::count();
    let bytes = text.as_bytes();
    if let Some(begin) = at.checked_sub(3)
        && let Next::Unit(unit) = next_escape(bytes, begin)
    {
        return Some(unit);
    }
    match bytes.get(at.checked_sub(1)?) {
        Some(b';') => entity::last(bytes, at).or(Some(plain(';'))),
        Some(byte) if byte.is_ascii() => Some(plain(char::from(*byte))),
        _ => last_beyond_ascii(text, at),
    }
}

/// How many characters the one that begins at a place can take at most, however the text goes on.
pub(super) fn most(text: &str, at: usize) -> usize {
    match text.as_bytes().get(at) {
        Some(b'%') => 3,
        Some(b'&') => entity::LONGEST,
        Some(byte) if byte.is_ascii() => 1,
        _ => match text.get(at..).and_then(|rest| rest.chars().next()) {
            Some(c) if fold::is_invisible(c) => INVISIBLE + entity::LONGEST,
            _ => 1,
        },
    }
}

/// Where a character begins that the end of the text cuts off, with invisible ones before it; the end where there is none.
pub(super) fn cut_escape(text: &str) -> usize {
    let bytes = text.as_bytes();
    let cut = (1..entity::LONGEST)
        .rev()
        .filter_map(|back| bytes.len().checked_sub(back))
        .find(|at| matches!(bytes.get(*at), Some(b'%' | b'&')) && next(text, *at) == Next::Cut)
        .unwrap_or(bytes.len());
    let before = text.get(..cut).unwrap_or_default().chars().rev();
    let hidden = before.take_while(|c| fold::is_invisible(*c)).take(INVISIBLE);
    cut - hidden.map(char::len_utf8).sum::<usize>()
}

/// Where the invisible characters begin that stand just before a place; the place itself where there are none, or too many.
pub(super) fn before_invisible(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default().chars().rev();
    let hidden = before.take_while(|c| fold::is_invisible(*c)).take(INVISIBLE + 1);
    let (count, bytes) = hidden.fold((0, 0), |(count, bytes), c| (count + 1, bytes + c.len_utf8()));
    if count > INVISIBLE { at } else { at - bytes }
}

fn plain(c: char) -> Unit {
    Unit::new(c, c.len_utf8(), 1)
}

fn beyond_ascii(text: &str, at: usize) -> Next {
    let rest = text.get(at..).unwrap_or_default();
    let Some(c) = rest.chars().next() else { return Next::End };
    if !fold::is_invisible(c) {
        return Next::Unit(Unit::new(fold::plain(c), c.len_utf8(), 1));
    }
    let hidden = rest.chars().take_while(|c| fold::is_invisible(*c)).take(INVISIBLE + 1);
    let (count, bytes) = hidden.fold((0, 0), |(count, bytes), c| (count + 1, bytes + c.len_utf8()));
    if count > INVISIBLE {
        return Next::Unit(plain(c));
    }
    match next(text, at + bytes) {
        Next::Unit(unit) => Next::Unit(unit.behind(bytes, count)),
        Next::Cut | Next::End => Next::Cut,
    }
}

fn last_beyond_ascii(text: &str, at: usize) -> Option<Unit> {
    let c = text.get(..at)?.chars().next_back()?;
    if !fold::is_invisible(c) {
        return Some(Unit::new(fold::plain(c), c.len_utf8(), 1));
    }
    let seen = before_invisible(text, at);
    if seen == at {
        return Some(plain(c));
    }
    let hidden = text.get(seen..at).map_or(0, |hidden| hidden.chars().count());
    let unit = last(text, seen)?;
    Some(unit.behind(at - seen, hidden))
}

fn escape(bytes: &[u8], at: usize) -> Next {
    match (bytes.get(at + 1), bytes.get(at + 2)) {
        (None, _) => Next::Cut,
        (Some(high), None) if high.is_ascii_hexdigit() => Next::Cut,
        _ => match next_escape(bytes, at) {
            Next::End | Next::Cut => Next::Unit(plain('%')),
            unit @ Next::Unit(_) => unit,
        },
    }
}

fn next_escape(bytes: &[u8], at: usize) -> Next {
    let Some([b'%', high, low]) = bytes.get(at..at + 3) else { return Next::End };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (Some(high), Some(low)) = (digit(*high), digit(*low)) else { return Next::End };
    let c = char::from_u32(high << 4 | low).filter(char::is_ascii).unwrap_or(FOREIGN);
    Next::Unit(Unit::new(c, 3, 3))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn forwards(text: &str) -> Vec<(usize, char)> {
        let mut at = 0;
        std::iter::from_fn(|| {
            let Next::Unit(unit) = next(text, at) else { return None };
            at += unit.len();
            Some((at, unit.c))
        })
        .collect()
    }

    fn backwards(text: &str) -> Vec<(usize, char)> {
        let mut at = text.len();
        let units = std::iter::from_fn(|| {
            let unit = last(text, at)?;
            let end = at;
            at -= unit.len();
            Some((before_invisible(text, end), unit.c))
        });
        let mut units: Vec<_> = units.collect();
        units.reverse();
        units
    }

    #[test]
    fn what_is_written_otherwise_reads_as_what_it_means() {
        let read = |text: &str| forwards(text).into_iter().map(|(_, c)| c).collect::<String>();
        assert_eq!(read("%40 %e9 100%2"), "@ \u{fffd} 100");
        assert_eq!(read("a&#64;b&commat;c&period;d&#x40;&nbsp;&amp;&copy;&#;"), "a@b@c.d@\u{a0}&&copy;&#;");
        assert_eq!(read("１２３＠ ٣٤ ۳ ४५ 𝟜 ①"), "123@ 34 3 45 4 1");
        assert_eq!(read("1\u{200b}2\u{2060}\u{feff}3"), "123");
        assert_eq!(read(&format!("1{}2", "\u{200b}".repeat(INVISIBLE))), "12");
        assert!(read(&format!("1{}2", "\u{200b}".repeat(INVISIBLE + 1))).starts_with("1\u{200b}"));
    }

    #[test]
    fn an_escape_that_the_end_cuts_off_is_known() {
        for (text, cut) in
            [("a%", 1), ("a%4", 1), ("a&", 1), ("a&#6", 1), ("&comm", 0), ("&#6%4", 3), ("a&b ", 4)]
        {
            assert_eq!(cut_escape(text), cut, "{text}");
        }
        let hidden = "\u{200b}".repeat(INVISIBLE);
        assert_eq!(cut_escape(&format!("a{hidden}")), 1);
        assert_eq!(cut_escape(&format!("a{hidden}%")), 1);
        assert_eq!(cut_escape(&format!("a\u{200b}{hidden}")), 4);
        assert_eq!(cut_escape(&format!("a{hidden}b")), 2 + hidden.len());
        assert_eq!(next("&#64", 0), Next::Cut);
        assert_eq!(next("\u{200b}", 0), Next::Cut);
    }

    proptest! {
        #[test]
        fn characters_are_the_same_from_both_sides(text in "([a1;&%#x4]|&#64;|&commat;|%40|%e9|１|é|\u{200b}){0,12} [.]") {
            prop_assert_eq!(forwards(&text), backwards(&text));
        }
    }
}
