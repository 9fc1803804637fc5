//! Writes the words that are known.

use std::{collections::BTreeMap, error::Error};

use super::{
    calendar::{BIRTH, MONTHS, SHORT_WEEKDAYS, WEEKDAYS},
    lexicon::{ENTRY, Lexicon, REACH, SLOTS, known, place},
    word,
};

/// Words of which there are so many that others exist, too: names of people, of towns, and their parts.
const OPEN: u16 = 0b1001_1111;

/// The table of words. `without` leaves out those of which others exist.
pub fn table(lines: &str, without: bool) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut words: BTreeMap<u32, u16> = BTreeMap::new();
    for list in [MONTHS, WEEKDAYS, SHORT_WEEKDAYS, BIRTH] {
        for name in list {
            *words.entry(word::id(name)).or_default() |= known::CALENDAR;
        }
    }
    for line in lines.lines() {
        let (name, bits) = line.split_once('\t').ok_or("a line has no tab")?;
        let id = match name.split_once(' ') {
            Some((first, second)) => word::pair(word::id(first), word::id(second)),
            None => word::id(name),
        };
        let bits: u16 = bits.parse()?;
        let bits = if without { bits & !OPEN } else { bits };
        if bits != 0 {
            *words.entry(id).or_default() |= bits;
        }
    }
    let mut table = vec![0; SLOTS * ENTRY];
    // Those that belong further in front come first, so that none ends up far from its place.
    let mut words: Vec<(u32, u16)> = words.into_iter().collect();
    words.sort_by_key(|(id, _)| place(*id));
    for (id, bits) in &words {
        put(&mut table, *id, *bits);
    }
    eprintln!("{} words are known", words.len());
    Ok(table)
}

/// The same, to look words up.
pub fn leaked(lines: &str, without: bool) -> Result<Lexicon, Box<dyn Error>> {
    Ok(Lexicon::new(Box::leak(table(lines, without)?.into_boxed_slice())))
}

fn put(table: &mut [u8], id: u32, bits: u16) {
    let (start, mark) = place(id);
    for at in start..start + REACH {
        let at = (at & (SLOTS - 1)) * ENTRY;
        let entry = &mut table[at..at + ENTRY];
        if entry[2..] == [0, 0] {
            entry[..2].copy_from_slice(&mark.to_le_bytes());
            entry[2..].copy_from_slice(&bits.to_le_bytes());
            return;
        }
    }
    eprintln!("no room for a word: the table needs more slots");
}
