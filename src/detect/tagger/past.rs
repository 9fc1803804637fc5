//! What is remembered of a text that was gone through.

use super::{
    calendar::BIRTH,
    features::{History, REACH, Window},
    label::Label,
    lexicon::known,
    word::Word,
};

/// How many tokens behind a word of birth a date is that of a birth.
const NEAR_BIRTH: u8 = 12;

/// The last words, and what was decided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Past {
    words: [Word; REACH],
    pub history: History,
    /// Whether so much white space stands just before that what comes has nothing to do with it.
    pub wide: bool,
    /// How many tokens it may still take to the date of a birth.
    birth: u8,
}

impl Default for Past {
    fn default() -> Self {
        Self { words: Default::default(), history: History::default(), wide: true, birth: 0 }
    }
}

impl Past {
    /// The last word.
    pub fn last(&self) -> Word {
        let [.., last] = self.words;
        last
    }

    /// Something else begins.
    pub fn forget(&mut self) {
        *self = Self { wide: self.wide, ..Self::default() };
    }

    /// What is remembered behind a word that was decided.
    #[must_use]
    pub fn behind(self, word: &Word, label: Label) -> Self {
        let [_, second, last] = self.words;
        let is_of_birth =
            word.known & known::CALENDAR != 0 && BIRTH.iter().any(|birth| super::word::id(birth) == word.id);
        let birth = if is_of_birth { NEAR_BIRTH } else { self.birth.saturating_sub(1) };
        Self { words: [second, last, *word], history: self.history.then(label), wide: false, birth }
    }

    /// Whether a birth was spoken of not long ago.
    pub fn is_of_birth(&self) -> bool {
        self.birth > 0
    }

    /// What is remembered, and what comes.
    pub fn window(&self, ahead: &[Word; REACH + 1]) -> Window {
        let ([a, b, c], [d, e, f, g]) = (self.words, *ahead);
        [a, b, c, d, e, f, g]
    }
}
