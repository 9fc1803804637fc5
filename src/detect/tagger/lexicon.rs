//! Words that are known: names, places, kinds of street.
//!
//! The rule: a word is looked up by its number in a fixed number of steps, and nothing is kept of how it is spelt. A word that is
//! not known is taken for one that is known once in some ten thousand times; the model weighs more than one hint.

/// What a word may be known as; bits. The model learns by itself what each says, so that only a few have a meaning here: from the
/// lowest on they are a given name, a family name that many or that few have, a city, a town, a country, a region, a word of
/// a place's name, a kind of street, a form of address, a nationality, a kind of company, a word of everyday language, a word of
/// calendars, a part of a building, a particle of names.
pub(super) mod known {
    /// Someone or something from a country.
    pub const NATIONALITY: u16 = 1 << 10;
    /// A word of everyday language.
    pub const EVERYDAY: u16 = 1 << 12;
    /// A word of calendars: a month, a day of the week, a birth.
    pub const CALENDAR: u16 = 1 << 13;
}

/// How many words there is room for.
pub(super) const SLOTS: usize = 1 << 18;

/// How far from its place a word may be.
pub(super) const REACH: usize = 64;

/// How many bytes a word takes: two that it is known by, two of what it is known as.
pub(super) const ENTRY: usize = 4;

/// The place of a word, and what it is known by there.
pub(super) fn place(id: u32) -> (usize, u16) {
    let spread = id.wrapping_mul(0x9e37_79b1);
    ((spread >> 14) as usize, (spread & 0x3fff) as u16 | ((id >> 30) << 14) as u16)
}

/// The words that are known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexicon {
    entries: &'static [[u8; ENTRY]],
}

impl Lexicon {
    /// Reads what the trainer wrote.
    pub fn new(bytes: &'static [u8]) -> Self {
        Self { entries: bytes.as_chunks().0 }
    }

    /// What a word is known as; nothing if it isn't.
    pub fn get(&self, id: u32) -> u16 {
        let (place, mark) = place(id);
        for at in place..place + REACH {
            let Some([a, b, c, d]) = self.entries.get(at & (SLOTS - 1)) else { return 0 };
            let known = u16::from_le_bytes([*c, *d]);
            if known == 0 || u16::from_le_bytes([*a, *b]) == mark {
                return known;
            }
        }
        0
    }
}
