//! Reads some characters of a text from a place on.
//!
//! The rule: whoever asks for a character that has not come yet is told that the text ends, and it is remembered that it was asked;
//! what is farther away than may be looked at is the end as well, and final.

use smallvec::SmallVec;

use crate::text::Edge;

use super::{token, word};

/// The longest word that is read.
const LONGEST_WORD: usize = 16;

/// A folded word.
#[derive(Clone, Debug, Default)]
pub(super) struct Name(SmallVec<[u8; 2 * LONGEST_WORD]>);

impl Name {
    /// Its letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// A place in a text, from which it is read on.
#[derive(Clone, Debug)]
pub(super) struct Reader<'t> {
    text: &'t str,
    at: usize,
    room: usize,
    edge: Edge,
    asked_too_far: bool,
}

impl<'t> Reader<'t> {
    /// Reads from a place on, and no farther than so many characters.
    pub fn new(text: &'t str, at: usize, edge: Edge, room: usize) -> Self {
        Self { text, at, room, edge, asked_too_far: false }
    }

    /// Where it has come to.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Whether it was asked for what has not come yet.
    pub fn asked_too_far(&self) -> bool {
        self.asked_too_far
    }

    /// The character that comes next.
    pub fn peek(&mut self) -> Option<char> {
        #[cfg(any(test, fuzzing))]
        super::super::steps::count();
        if self.room == 0 {
            return None;
        }
        let next = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        self.asked_too_far |= next.is_none() && self.edge == Edge::Open;
        next
    }

    /// Steps over the next character if it is one of these.
    pub fn next_if(&mut self, wanted: impl FnOnce(char) -> bool) -> Option<char> {
        let c = self.peek().filter(|c| wanted(*c))?;
        self.at += c.len_utf8();
        self.room -= 1;
        Some(c)
    }

    /// What a reading says; where it says nothing, it has not been.
    pub fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let (at, room) = (self.at, self.room);
        let answer = read(self);
        if answer.is_none() {
            (self.at, self.room) = (at, room);
        }
        answer
    }

    /// Steps over blanks within a line, as many as may stand within one thing.
    pub fn space(&mut self) {
        let mut left = token::WIDEST;
        while left > 0 && self.next_if(|c| c == ' ' || c == '\u{a0}').is_some() {
            left -= 1;
        }
    }

    /// Steps over digits.
    pub fn run_of_digits(&mut self) {
        while self.next_if(|c| c.is_ascii_digit()).is_some() {}
    }

    /// A number, and how many digits it has; at most nine.
    pub fn number(&mut self) -> Option<(u32, usize)> {
        let (mut number, mut digits) = (0, 0);
        while let Some(c) = self.next_if(|c| c.is_ascii_digit()) {
            digits += 1;
            if digits > 9 {
                return None;
            }
            number = number * 10 + (c as u32 - '0' as u32);
        }
        (digits > 0).then_some((number, digits))
    }

    /// The same, of at most so many digits.
    pub fn number_of_at_most(&mut self, most: usize) -> Option<(u32, usize)> {
        self.number().filter(|(_, digits)| *digits <= most)
    }

    /// A whole word.
    pub fn word(&mut self) -> Option<Name> {
        let mut name = Name::default();
        let mut letters = 0;
        while let Some(c) = self.next_if(char::is_alphabetic) {
            letters += 1;
            if letters > LONGEST_WORD {
                return None;
            }
            for c in word::fold(c).into_iter().flatten() {
                name.0.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        (letters > 0).then_some(name)
    }

    /// One of these words: where it ends.
    pub fn word_of(&mut self, words: &[&str]) -> Option<usize> {
        let word = self.word()?;
        words.contains(&word.as_str()).then_some(self.at)
    }

    /// Whether neither a letter nor a number goes on here.
    pub fn is_edge(&mut self) -> bool {
        match self.peek() {
            Some(c) if c.is_alphanumeric() || c == '_' => false,
            Some('-' | '/' | '.') => {
                let mut ahead = self.clone();
                ahead.next_if(|_| true);
                let goes_on = ahead.peek().is_some_and(|c| c.is_ascii_digit());
                self.asked_too_far |= ahead.asked_too_far;
                !goes_on
            }
            _ => true,
        }
    }

    /// Whether it is an edge, or goes on with this letter.
    pub fn is_edge_or(&mut self, letter: char) -> bool {
        self.peek() == Some(letter) || self.is_edge()
    }
}
