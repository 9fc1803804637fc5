//! What a token looks like, apart from where it stands.
//!
//! The rule: everything is read in one pass over the token's characters, folded to small letters without accents, so that
//! `PERIĆ`, `Peric` and `perić` are one word. What would defeat it: a look that the model was not trained with; the trainer
//! therefore uses this very file.

use super::{
    hash,
    lexicon::{Lexicon, known},
    token::{self, Class, Gap, Token},
};

/// How a token is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Shape {
    /// There is none: the text begins or ends here.
    #[default]
    Nothing,
    Small,
    Title,
    Capitals,
    /// One capital alone.
    Initial,
    Mixed,
    /// Letters without capitals.
    Caseless,
    /// A number of one digit; those of two to six follow.
    Digit,
    Digits2,
    Digits3,
    Digits4,
    Digits5,
    Digits6,
    DigitsMore,
    Mark,
}

/// What is known of one token.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Word {
    /// The folded word.
    pub id: u32,
    pub prefix: u32,
    pub suffix2: u32,
    pub suffix3: u32,
    pub suffix4: u32,
    pub shape: Shape,
    pub gap: Gap,
    /// What the lexicon knows of it.
    pub known: u16,
    /// What the lexicon knows of it and the word before it together.
    pub known_pair: u16,
}

/// What the folded word `word` is called in the lexicon and the model.
pub(super) fn id(word: &str) -> u32 {
    word.chars().fold(hash::START, |id, c| fold(c).into_iter().flatten().fold(id, hash::step))
}

impl Word {
    /// Looks at a token of a text, and at the word before it.
    pub fn new(text: &str, token: &Token, last: &Self, lexicon: &Lexicon) -> Self {
        let written = text.get(token.start..token.end).unwrap_or_default();
        let mut word = Self { id: hash::START, gap: token.gap, ..Self::default() };
        let (mut tail, mut count) = ([0u32; 4], 0usize);
        for c in written.chars().flat_map(fold).flatten() {
            word.id = hash::step(word.id, c);
            tail = [c as u32, tail[0], tail[1], tail[2]];
            count += 1;
            if count == 3 {
                word.prefix = word.id;
            }
        }
        word.suffix2 = hash::of(&[2, tail[0], tail[1]]);
        word.suffix3 = hash::of(&[3, tail[0], tail[1], tail[2]]);
        word.suffix4 = hash::of(&[4, tail[0], tail[1], tail[2], tail[3]]);
        word.shape = shape(written, token);
        if token.class == Class::Word {
            word.known = lexicon.get(word.id);
            if matches!(token.gap, Gap::None | Gap::Space) && last.is_word() {
                word.known_pair = lexicon.get(pair(last.id, word.id));
            }
        }
        word
    }

    /// Whether it is somebody or something from a country. Written small, some are also other words.
    pub fn is_nationality(&self) -> bool {
        self.known & known::NATIONALITY != 0
            && (self.shape != Shape::Small || self.known & known::EVERYDAY == 0)
    }

    /// Whether nothing begins with it, whatever stands around: most words are of everyday language and written small.
    pub fn begins_nothing(&self) -> bool {
        self.shape == Shape::Mark
            || self.shape == Shape::Small && self.known == known::EVERYDAY && self.known_pair == 0
    }

    /// Whether it is made of letters.
    pub fn is_word(&self) -> bool {
        !matches!(self.shape, Shape::Nothing | Shape::Mark) && !self.is_number()
    }

    /// Whether it is made of digits.
    pub fn is_number(&self) -> bool {
        self.shape as u8 >= Shape::Digit as u8 && self.shape as u8 <= Shape::DigitsMore as u8
    }
}

/// What two words, one after the other, are called in the lexicon.
pub(super) fn pair(first: u32, second: u32) -> u32 {
    hash::of(&[5, first, second])
}

/// A small letter without its accent; sometimes two.
pub(super) fn fold(c: char) -> [Option<char>; 2] {
    if c.is_ascii() {
        return [Some(c.to_ascii_lowercase()), None];
    }
    match c {
        '\u{300}'..='\u{36f}' => [None, None],
        _ if token::is_invisible(c) => [None, None],
        'ß' | 'ẞ' => [Some('s'), Some('s')],
        'æ' | 'Æ' => [Some('a'), Some('e')],
        'œ' | 'Œ' => [Some('o'), Some('e')],
        'þ' | 'Þ' => [Some('t'), Some('h')],
        'À'..='ſ' => [Some(without_accent(c)), None],
        '‘' | '’' | 'ʼ' => [Some('\''), None],
        '“' | '”' | '„' => [Some('"'), None],
        '–' | '—' | '‑' => [Some('-'), None],
        _ => [c.to_lowercase().next(), None],
    }
}

/// The letters from U+00C0 to U+017F, without what stands above or below them.
fn without_accent(c: char) -> char {
    const PLAIN: &[u8] = b"aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo/ouuuuyty\
        aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllllllln\
        nnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
    let plain = (c as usize).checked_sub(0xc0).and_then(|at| PLAIN.get(at));
    plain.map_or(c, |byte| char::from(*byte))
}

fn shape(written: &str, token: &Token) -> Shape {
    match token.class {
        Class::Mark => Shape::Mark,
        Class::Number => match token.chars {
            1 => Shape::Digit,
            2 => Shape::Digits2,
            3 => Shape::Digits3,
            4 => Shape::Digits4,
            5 => Shape::Digits5,
            6 => Shape::Digits6,
            _ => Shape::DigitsMore,
        },
        Class::Word => shape_of_word(written),
    }
}

fn shape_of_word(written: &str) -> Shape {
    let (mut first_is_capital, mut capitals, mut small) = (false, 0usize, 0usize);
    for c in written.chars() {
        if c.is_uppercase() {
            first_is_capital |= capitals + small == 0;
            capitals += 1;
        } else if c.is_lowercase() {
            small += 1;
        }
    }
    match (capitals, small) {
        (0, 0) => Shape::Caseless,
        (0, _) => Shape::Small,
        (1, 0) => Shape::Initial,
        (_, 0) => Shape::Capitals,
        (1, _) if first_is_capital => Shape::Title,
        _ => Shape::Mixed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_the_same_with_and_without_accents_and_capitals() {
        for (one, other) in [
            ("PERIĆ", "peric"),
            ("Łódź", "lodz"),
            ("Straße", "STRASSE"),
            ("Ærø", "aero"),
            ("Þór", "thor"),
            ("ŠĐŽŻŒŇŸ", "sdzzoeny"),
            ("Zo\u{308}e", "zoe"),
            ("Sa\u{200b}rah", "sarah"),
        ] {
            assert_eq!(id(one), id(other), "{one}");
        }
        assert_ne!(id("sara"), id("sarah"));
    }

    #[test]
    fn shapes_tell_names_from_words_and_numbers() {
        let shapes = ["the", "Anna", "USA", "A", "McDonald", "東京"].map(shape_of_word);
        use Shape::{Capitals, Caseless, Initial, Mixed, Small, Title};
        assert_eq!(shapes, [Small, Title, Capitals, Initial, Mixed, Caseless]);
    }
}
