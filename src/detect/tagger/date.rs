//! Reads a date, from its first token on.
//!
//! The rule: a date is read from its own characters and the word before it, and no farther than [`LONGEST`] characters. Where what has
//! come ends before that, and it was asked for more, nothing is decided.

use crate::text::Edge;

use super::{
    calendar::{
        AMBIGUOUS, BEFORE_TIMES, BEFORE_YEARS, BEHIND_TIMES, MONTHS, ORDINALS, SHORT_WEEKDAYS, WEEKDAYS,
        WITHIN,
    },
    hash,
    lexicon::known,
    reader::Reader,
    token::{Class, Gap, Token},
    word::{self, Shape, Word},
};

/// How many characters a date may have.
pub(super) const LONGEST: usize = 64;

/// What there is at a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A date, up to here.
    Date(usize),
    None,
    /// More has to come.
    Unseen,
}

/// Whether a date begins with a token, which the word `last` stands before.
pub(super) fn read(text: &str, token: &Token, word: &Word, last: &Word, edge: Edge) -> Answer {
    let may_begin = match token.class {
        Class::Number => token.chars <= 4,
        Class::Word => word.known & known::CALENDAR != 0,
        Class::Mark => false,
    };
    if !may_begin || token.gap == Gap::None && is_glue(last) {
        return Answer::None;
    }
    let mut reader = Reader::new(text, token.start, edge, LONGEST);
    let date = match token.class {
        Class::Number => numeric(&mut reader, last),
        Class::Word => written(&mut reader, last, word.shape),
        Class::Mark => None,
    };
    match date {
        _ if reader.asked_too_far() => Answer::Unseen,
        Some(end) => Answer::Date(end),
        None => Answer::None,
    }
}

/// Whether a number right behind this goes on with something.
fn is_glue(last: &Word) -> bool {
    const GLUE: [char; 12] = ['-', '/', '.', '#', '$', '€', '£', '@', '_', '+', '\\', '%'];
    last.is_word()
        || last.is_number()
        || GLUE.into_iter().any(|mark| last.id == hash::step(hash::START, mark))
}

/// A date that begins with a number.
fn numeric(reader: &mut Reader<'_>, last: &Word) -> Option<usize> {
    let (number, digits) = reader.number()?;
    let date = match digits {
        4 if (1000..2200).contains(&number) => {
            reader.attempt(|reader| year_first(reader)).or_else(|| bare_year(reader, number, last))
        }
        1 | 2 => reader
            .attempt(|reader| in_numbers(reader, number))
            .or_else(|| reader.attempt(|reader| day_first(reader, number))),
        _ => None,
    }?;
    Some(with_time(reader, date))
}

/// `1984-03-12`, `1984/3/12`, `1984年3月12日`
fn year_first(reader: &mut Reader<'_>) -> Option<usize> {
    let mark = reader.next_if(|c| matches!(c, '-' | '/' | '.' | '年'))?;
    let (month, _) = reader.number_of_at_most(2)?;
    let second = if mark == '年' { '月' } else { mark };
    reader.next_if(|c| c == second)?;
    let (day, _) = reader.number_of_at_most(2)?;
    if mark == '年' {
        reader.next_if(|c| c == '日');
    }
    let fits = (1..=12).contains(&month) && (1..=31).contains(&day) && reader.is_edge_or('T');
    fits.then(|| reader.at())
}

/// `12/3/1984`, `12.03.84`, `12. 3. 1984`, `03/1984`
fn in_numbers(reader: &mut Reader<'_>, first: u32) -> Option<usize> {
    let mark = reader.next_if(|c| matches!(c, '-' | '/' | '.'))?;
    if mark == '.' {
        reader.next_if(|c| c == ' ');
    }
    let (second, digits) = reader.number()?;
    if digits == 4 && mark != '.' {
        let fits = (1..=12).contains(&first) && (1900..2100).contains(&second) && reader.is_edge();
        return fits.then(|| reader.at());
    }
    reader.next_if(|c| c == mark)?;
    if mark == '.' {
        reader.next_if(|c| c == ' ');
    }
    let (year, year_digits) = reader.number()?;
    let is_day = |number| (1..=31).contains(&number);
    let fits = is_day(first) && is_day(second) && first.min(second) <= 12 && digits <= 2;
    let is_year = year_digits == 2 || year_digits == 4 && (1000..2200).contains(&year);
    (fits && is_year && reader.is_edge()).then(|| reader.at())
}

/// `12 March 1984`, `12th of March`, `12-Mar-84`, `12. März`
fn day_first(reader: &mut Reader<'_>, day: u32) -> Option<usize> {
    if !(1..=31).contains(&day) {
        return None;
    }
    if reader.next_if(|c| matches!(c, '.' | 'º' | 'ª' | '°')).is_none() {
        reader.attempt(|reader| reader.word_of(ORDINALS));
    }
    let is_dashed = reader.next_if(|c| c == '-' || c == '/').is_some();
    if !is_dashed {
        reader.space();
        if reader.attempt(|reader| reader.word_of(WITHIN)).is_some() {
            reader.space();
        }
    }
    month(reader)?;
    let end = reader.at();
    Some(reader.attempt(|reader| year_behind(reader, is_dashed)).unwrap_or(end))
}

/// The year of a month that was read.
fn year_behind(reader: &mut Reader<'_>, is_dashed: bool) -> Option<usize> {
    if is_dashed {
        reader.next_if(|c| c == '-' || c == '/')?;
    } else {
        reader.next_if(|c| matches!(c, ',' | '.'));
        reader.space();
        if reader.attempt(|reader| reader.word_of(WITHIN)).is_some() {
            reader.space();
        }
    }
    let is_short = reader.next_if(|c| matches!(c, '\'' | '’')).is_some() || is_dashed;
    let (year, digits) = reader.number()?;
    let fits = digits == 4 && (1000..2200).contains(&year) || digits == 2 && is_short;
    (fits && reader.is_edge()).then(|| reader.at())
}

/// A date that begins with a word: `March 12, 1984`, `March 1984`, `Monday, 12 March`, `Sunday`
fn written(reader: &mut Reader<'_>, last: &Word, shape: Shape) -> Option<usize> {
    let date = match reader.attempt(weekday) {
        Some(is_short) => {
            let end = reader.at();
            match reader.attempt(behind_weekday) {
                Some(end) => end,
                None if is_short => return None,
                None => end,
            }
        }
        None => {
            let end = reader.attempt(month)?;
            match reader.attempt(behind_month) {
                Some(end) => end,
                None if shape == Shape::Small || !is_before_years(last) => return None,
                None => end,
            }
        }
    };
    Some(with_time(reader, date))
}

/// A day of the week: whether it is shortened.
fn weekday(reader: &mut Reader<'_>) -> Option<bool> {
    let name = reader.word()?;
    let is_short = SHORT_WEEKDAYS.contains(&name.as_str());
    (is_short || WEEKDAYS.contains(&name.as_str())).then_some(is_short)
}

fn behind_weekday(reader: &mut Reader<'_>) -> Option<usize> {
    reader.next_if(|c| matches!(c, ',' | '.'));
    reader.space();
    if reader.attempt(|reader| reader.word_of(&["the", "le", "den", "der", "el", "de"])).is_some() {
        reader.space();
    }
    if reader.peek().is_some_and(|c| c.is_ascii_digit()) {
        return numeric(reader, &Word::default());
    }
    month(reader)?;
    behind_month(reader)
}

/// The name of a month: where it ends.
fn month(reader: &mut Reader<'_>) -> Option<usize> {
    let is_small = reader.peek().is_some_and(char::is_lowercase);
    let name = reader.word()?;
    let name = name.as_str();
    let known = MONTHS.contains(&name) && !(is_small && AMBIGUOUS.contains(&name));
    known.then(|| reader.at())
}

/// The day and the year of a month that was read, or its year.
fn behind_month(reader: &mut Reader<'_>) -> Option<usize> {
    if reader.next_if(|c| c == '-').is_none() {
        reader.next_if(|c| c == '.');
        reader.space();
        if reader.attempt(|reader| reader.word_of(&["the", "de", "of"])).is_some() {
            reader.space();
        }
    }
    let (number, digits) = reader.number()?;
    match digits {
        4 if (1000..2200).contains(&number) && reader.is_edge() => Some(reader.at()),
        1 | 2 if (1..=31).contains(&number) => {
            reader.attempt(|reader| reader.word_of(ORDINALS));
            let end = reader.is_edge().then(|| reader.at())?;
            Some(reader.attempt(|reader| year_behind(reader, false)).unwrap_or(end))
        }
        _ => None,
    }
}

/// A year by itself: `in 1984`
fn bare_year(reader: &mut Reader<'_>, year: u32, last: &Word) -> Option<usize> {
    let fits = (1900..2100).contains(&year) && reader.is_edge() && is_before_years(last);
    fits.then(|| reader.at())
}

fn is_before_years(last: &Word) -> bool {
    BEFORE_YEARS.iter().any(|word| word::id(word) == last.id)
}

/// The end of a date, with the time of day behind it if there is one.
fn with_time(reader: &mut Reader<'_>, end: usize) -> usize {
    reader.attempt(time).unwrap_or(end)
}

/// `, 14:30`, ` at 2:30 pm`, `T14:30:22.123+01:00`
fn time(reader: &mut Reader<'_>) -> Option<usize> {
    reader.next_if(|c| c == ',');
    reader.space();
    if reader.attempt(|reader| reader.word_of(BEFORE_TIMES)).is_some() {
        reader.space();
    }
    let (hour, _) = reader.number_of_at_most(2)?;
    let with_minutes = reader.next_if(|c| c == ':').is_some();
    if hour > 24 || with_minutes && reader.number_of_at_most(2)?.0 > 59 {
        return None;
    }
    if with_minutes && reader.next_if(|c| c == ':').is_some() {
        reader.number_of_at_most(2)?;
        if reader.next_if(|c| c == '.').is_some() {
            reader.run_of_digits();
        }
    }
    let end = reader.at();
    let behind = |reader: &mut Reader<'_>| {
        reader.space();
        reader.word_of(BEHIND_TIMES)
    };
    match reader.attempt(behind) {
        Some(end) => Some(end),
        None if with_minutes => Some(reader.attempt(offset).unwrap_or(end)),
        None => None,
    }
}

/// `+01:00`
fn offset(reader: &mut Reader<'_>) -> Option<usize> {
    reader.next_if(|c| c == '+' || c == '-')?;
    reader.number_of_at_most(2)?;
    reader.next_if(|c| c == ':')?;
    reader.number_of_at_most(2)?;
    Some(reader.at())
}
