//! Goes through a text token by token and says what each belongs to.
//!
//! The rule: from left to right, and a token is decided when the three after it are known, or when so much has come that a date that
//! begins with it would have ended. What was decided of the tokens before it is all that is remembered. Tokens that something else
//! was found in are passed by, and none is decided before it is known whether something else is. A part that is still going on
//! is shown again from its beginning, and no part is longer than [`LONGEST`] characters; so no more is held back than that and
//! four tokens with what stands between them.

use std::ops::Range;

use crate::text::Edge;

use super::{
    date,
    features::{History, REACH, Window},
    label::Label,
    lexicon::Lexicon,
    part::{LONGEST, Part},
    past::Past,
    phrase::{self, Phrase},
    token::{self, Gap, Next, Token},
    word::{Shape, Word},
};

/// How far the beginning of a part may lie behind a place up to which it is not known whether something else is found.
pub const BEHIND: usize = LONGEST + token::WIDEST + token::LONGEST;

/// Decides about one token.
pub(super) trait Judge {
    /// The words that are known.
    fn lexicon(&self) -> &Lexicon;

    /// What the token in the middle belongs to, and how sure that is.
    fn judge(&mut self, token: &Token, window: &Window, history: History) -> (Label, u16);
}

/// What was gone through.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gone {
    /// Up to where all is decided.
    pub decided: usize,
    /// What is remembered there.
    pub past: Past,
}

/// Goes through a text, behind some past.
pub(super) struct Walk<'t, J> {
    judge: J,
    text: &'t str,
    edge: Edge,
    others: Others<'t>,
    past: Past,
    /// Up to where tokens were read.
    read: usize,
    ahead: Ahead,
    open: Option<(Part, Gone)>,
    /// Up to where a date goes that was read.
    date: usize,
    /// How many words of a phrase are still to come.
    phrase: usize,
}

/// Where something else was found, in order, and up to where that is known.
#[derive(Clone, Copy, Debug)]
pub struct Others<'t> {
    pub found: &'t [Range<usize>],
    pub upto: usize,
}

impl Others<'_> {
    /// Whether some of a token belongs to something else.
    fn meet(&mut self, token: &Token) -> bool {
        while let Some((first, rest)) = self.found.split_first()
            && first.end <= token.start
        {
            self.found = rest;
        }
        self.found.first().is_some_and(|first| first.start < token.end)
    }
}

/// The next tokens; where something else begins, or the text ends, there are fewer.
#[derive(Clone, Copy, Debug, Default)]
struct Ahead {
    tokens: [Token; REACH + 1],
    words: [Word; REACH + 1],
    count: usize,
    ended: bool,
}

impl<'t, J: Judge> Walk<'t, J> {
    /// Goes through a text that comes behind what is remembered.
    pub fn new(judge: J, past: Past, text: &'t str, edge: Edge, others: Others<'t>) -> Self {
        let ahead = Ahead::default();
        Self { judge, text, edge, others, past, read: 0, ahead, open: None, date: 0, phrase: 0 }
    }

    /// Goes as far as can be decided, and shows each part when it ends.
    pub fn run(mut self, mut show: impl FnMut(Part)) -> Gone {
        let mut here = Gone { decided: 0, past: self.past };
        while let Some((token, word)) = self.next() {
            if token.gap == Gap::Break {
                self.past.forget();
                self.lose();
            }
            let Some((label, surety)) = self.decide(&token, &word) else {
                return self.hold(here);
            };
            self.put(&token, label, surety, here, &mut show);
            self.past = self.past.behind(&word, label);
            self.ahead.step();
            here = Gone { decided: token.end, past: self.past };
        }
        self.finish(here, show)
    }

    /// Nothing more can be decided.
    fn finish(mut self, here: Gone, mut show: impl FnMut(Part)) -> Gone {
        let is_all = self.ahead.ended && self.ahead.count == 0;
        if !is_all {
            return self.hold(here);
        }
        if let Some((part, _)) = self.open.take() {
            show(part);
        }
        let is_apart = self.read < self.text.len();
        let mut past = here.past;
        past.wide |= is_apart;
        Gone { decided: self.text.len(), past }
    }

    fn hold(&self, here: Gone) -> Gone {
        self.open.map_or(here, |(_, before)| before)
    }

    /// The next token, if it is known.
    fn next(&mut self) -> Option<(Token, Word)> {
        self.look_ahead(1);
        self.ahead.first()
    }

    /// Sees to it that so many tokens are known, if there are so many, and says whether they are.
    fn look_ahead(&mut self, count: usize) -> bool {
        while !self.ahead.ended && self.ahead.count < count {
            let wide = self.read == 0 && self.past.wide;
            match token::next(self.text, self.read, wide, self.edge) {
                Next::Token(token) => {
                    let last = self.ahead.last().unwrap_or(self.past.last());
                    let word = Word::new(self.text, &token, &last, self.judge.lexicon());
                    self.ahead.push(token, word);
                    self.read = token.end;
                }
                Next::Apart | Next::End => self.ahead.ended = true,
                Next::Unseen => return false,
            }
        }
        true
    }

    /// A date or a phrase that something else stands in ends before it: what comes behind may be gone through anew, without either.
    fn lose(&mut self) {
        (self.date, self.phrase) = (0, 0);
    }

    /// What the next token belongs to; nothing if more has to come.
    fn decide(&mut self, token: &Token, word: &Word) -> Option<(Label, u16)> {
        if self.others.meet(token) {
            self.lose();
            return Some((Label::Other, 0));
        }
        if self.edge == Edge::Open && token.end > self.others.upto {
            return None;
        }
        if token.start < self.date {
            return Some((Label::DateOn, u16::MAX));
        }
        match date::read(self.text, token, word, &self.past.last(), self.edge) {
            date::Answer::Unseen => return None,
            date::Answer::Date(end) => {
                self.date = end;
                return Some((Label::Date, u16::MAX));
            }
            date::Answer::None => {}
        }
        match self.phrase() {
            Phrase::Unseen => return None,
            Phrase::Of(words) => return Some((self.word_of_phrase(words), u16::MAX)),
            Phrase::None => {}
        }
        if self.past.history.last == Label::Other && word.begins_nothing() {
            return Some((Label::Other, 0));
        }
        if !self.look_ahead(REACH + 1) && !self.ahead.is_enough() {
            return None;
        }
        let together = self.ahead.together();
        let window = self.past.window(&together);
        let (label, surety) = self.judge.judge(token, &window, self.past.history);
        let is_free = match label {
            Label::Other | Label::Organisation | Label::OrganisationOn => true,
            // Names of people and places that begin so go on with a capital.
            Label::Person | Label::Location => {
                let [_, next, ..] = together;
                !matches!(next.shape, Shape::Title | Shape::Capitals)
            }
            _ => false,
        };
        Some(if is_free && word.is_nationality() { (Label::Nationality, u16::MAX) } else { (label, surety) })
    }

    /// Whether the next token begins a phrase by which an address does.
    fn phrase(&mut self) -> Phrase {
        if self.phrase > 0 {
            return Phrase::Of(self.phrase);
        }
        let mut all = false;
        for count in 1..=phrase::WORDS {
            all |= self.look_ahead(count) && self.ahead.count < count;
            let read = phrase::read(self.ahead.words(), all);
            if read != Phrase::Unseen || self.ahead.count < count {
                return read;
            }
        }
        Phrase::None
    }

    /// What the next word of a phrase of so many more is.
    fn word_of_phrase(&mut self, words: usize) -> Label {
        let goes_on = self.phrase > 0;
        self.phrase = words.saturating_sub(1);
        if goes_on { Label::AddressOn } else { Label::Address }
    }

    /// Adds a token to the part that it goes on with, or ends that and begins another.
    fn put(&mut self, token: &Token, label: Label, surety: u16, here: Gone, show: &mut impl FnMut(Part)) {
        if let Some((part, _)) = &mut self.open {
            let is_elsewhere = self.others.meet(token);
            if !is_elsewhere && part.take(self.text, token, label, surety) {
                return;
            }
            show(*part);
        }
        let part = Part::new(token, label, surety, self.past.is_of_birth());
        let is_one = label != Label::Other || Part::may_begin(token) && !self.others.meet(token);
        self.open = is_one.then_some((part, here));
    }
}

impl Ahead {
    fn first(&self) -> Option<(Token, Word)> {
        let ([token, ..], [word, ..]) = (self.tokens, self.words);
        (self.count > 0).then_some((token, word))
    }

    fn last(&self) -> Option<Word> {
        self.words.get(self.count.checked_sub(1)?).copied()
    }

    /// The words that are known.
    fn words(&self) -> &[Word] {
        self.words.get(..self.count).unwrap_or_default()
    }

    fn push(&mut self, token: Token, word: Word) {
        if let (Some(a), Some(b)) = (self.tokens.get_mut(self.count), self.words.get_mut(self.count)) {
            (*a, *b) = (token, word);
            self.count += 1;
        }
    }

    fn step(&mut self) {
        self.tokens.rotate_left(1);
        self.words.rotate_left(1);
        self.count -= 1;
    }

    /// The first token and those that belong to the same.
    fn together(&self) -> [Word; REACH + 1] {
        let mut words = self.words;
        let mut is_apart = false;
        for (n, (word, token)) in words.iter_mut().zip(&self.tokens).enumerate() {
            is_apart |= n >= self.count || n > 0 && token.gap == Gap::Break;
            if is_apart {
                *word = Word::default();
            }
        }
        words
    }

    /// Whether what comes first can be decided without more: something else begins behind it.
    fn is_enough(&self) -> bool {
        self.tokens.iter().take(self.count).skip(1).any(|token| token.gap == Gap::Break)
    }
}
