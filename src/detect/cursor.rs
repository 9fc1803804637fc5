//! Reads one candidate.
//!
//! The rule: whoever asks for a character that has not come yet, or that is farther away than can be held back, is told that the
//! text ends, and the cursor remembers that it was asked. So what a reader answers counts only where it never asked so.

use std::ops::Range;

use smallvec::SmallVec;

use crate::text::Edge;

use super::{
    Kinds,
    unit::{self, Next, Unit},
};

/// A place in a text, from which a candidate is read.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    site: &'a Site<'a>,
    /// Before this, everything of this kind is found.
    floor: usize,
    start: usize,
    at: usize,
    room: usize,
    limit: Limit,
}

/// The two characters that stand before a place, the nearer first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before(pub char, pub char);

/// What a reader was kept from seeing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// Nothing.
    None,
    /// What has not come yet.
    Unseen,
    /// What is too far away to be held back.
    TooFar,
}

/// What is being searched, for a candidate to begin in.
#[derive(Clone, Debug)]
pub(super) struct Site<'a> {
    pub text: &'a str,
    pub edge: Edge,
    /// How many characters may be held back.
    pub room: usize,
    /// What stands before the text.
    pub before: Before,
    /// What was found in it so far.
    pub found: SmallVec<[Finding; 4]>,
}

/// Something found, which may become one with something else.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub at: Range<usize>,
    pub what: Kinds,
    /// From where on the text must be seen again to find it again: the announcement, where there is one.
    pub since: usize,
}

impl Site<'_> {
    /// Where that begins which is held back as long as a candidate is that begins here: with what was found and overlaps it.
    pub fn held_from(&self, start: usize) -> usize {
        let last = self.found.iter().rev().take_while(|found| found.at.end > start);
        last.fold(start, |from, found| from.min(found.since))
    }

    /// How many characters there are between two places.
    pub fn chars(&self, at: Range<usize>) -> usize {
        self.text.get(at).map_or(0, |text| text.chars().count())
    }
}

impl Default for Before {
    fn default() -> Self {
        Self('\n', '\n')
    }
}

impl Before {
    /// What stands before a place in a text that these stand before.
    pub fn at(self, text: &str, at: usize) -> Self {
        match unit::last(text, at) {
            None => self,
            Some(nearer) => Self(nearer.c, unit::last(text, at - nearer.len).map_or(self.0, |unit| unit.c)),
        }
    }

    /// Whether a word begins behind these.
    pub fn is_edge(self) -> bool {
        !self.0.is_ascii_alphanumeric() || is_escape(self.1, self.0)
    }
}

/// Whether a letter belongs to no word but to an escape such as `\n`: texts within texts keep theirs.
pub(super) fn is_escape(before: char, letter: char) -> bool {
    before == '\\' && matches!(letter, 'n' | 'r' | 't')
}

impl<'a> Cursor<'a> {
    /// A cursor at a sign.
    pub fn new(site: &'a Site<'a>, at: usize, floor: usize) -> Self {
        let mut cursor = Self { site, floor, start: at, at, room: site.room, limit: Limit::None };
        cursor.begin(at);
        cursor
    }

    /// Where it stands.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Where the candidate begins.
    pub fn start(&self) -> usize {
        self.start
    }

    /// What the reader was kept from seeing.
    pub fn limit(&self) -> Limit {
        self.limit
    }

    /// Before this, everything of this kind is found.
    pub fn floor(&self) -> usize {
        self.floor
    }

    /// What is being searched.
    pub fn site(&self) -> &'a Site<'a> {
        self.site
    }

    /// What stands before the cursor.
    pub fn before(&self) -> Before {
        self.site.before.at(self.site.text, self.at)
    }

    /// The candidate begins here, before the cursor, and not at the sign.
    pub fn begin(&mut self, start: usize) {
        self.start = start;
        self.room = self.site.room.saturating_sub(self.site.chars(self.site.held_from(start)..self.at));
    }

    /// The character that comes next.
    pub fn peek(&mut self) -> Option<char> {
        self.unit().map(|unit| unit.c)
    }

    /// Steps over the next character if it is one of these.
    pub fn next_if(&mut self, wanted: impl FnOnce(char) -> bool) -> Option<char> {
        let unit = self.unit().filter(|unit| wanted(unit.c))?;
        self.at += unit.len;
        self.room -= unit.chars;
        Some(unit.c)
    }

    /// Steps over a decimal digit.
    pub fn digit(&mut self) -> Option<u8> {
        self.next_if(|c| c.is_ascii_digit()).map(|c| c as u8 - b'0')
    }

    /// Steps over so many digits, and says which number they make.
    pub fn digits(&mut self, count: usize) -> Option<u32> {
        (0..count).try_fold(0, |number, _| Some(number * 10 + u32::from(self.digit()?)))
    }

    /// Steps over all that come of these characters, and says how many there were.
    pub fn run(&mut self, wanted: impl Fn(char) -> bool) -> usize {
        self.run_of_at_most(usize::MAX, wanted)
    }

    /// The same, but no farther than so many.
    pub fn run_of_at_most(&mut self, most: usize, wanted: impl Fn(char) -> bool) -> usize {
        (0..most).take_while(|_| self.next_if(&wanted).is_some()).count()
    }

    /// Steps over a word, if it is what comes.
    pub fn word(&mut self, word: &str) -> bool {
        word.chars().all(|wanted| self.next_if(|c| c == wanted).is_some())
    }

    /// What a reader would say that went on from here, without going there.
    pub fn ahead<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let (at, room) = (self.at, self.room);
        let answer = read(self);
        (self.at, self.room) = (at, room);
        answer
    }

    /// Goes back to where it stood. What it asked for in between, it has asked for.
    pub fn back_to(&mut self, at: usize) {
        self.room += self.site.chars(at..self.at);
        self.at = at;
    }

    fn unit(&mut self) -> Option<Unit> {
        #[cfg(test)]
        super::tests::count_step();
        let seen = match unit::next(self.site.text, self.at) {
            // An escape has room or has not, whether or not all of it has come.
            _ if self.room < 3 && self.site.text.as_bytes().get(self.at) == Some(&b'%') => Limit::TooFar,
            Next::Unit(unit) if unit.chars <= self.room => return Some(unit),
            Next::Unit(_) => Limit::TooFar,
            Next::Cut | Next::End if self.site.edge == Edge::End => Limit::None,
            Next::Cut | Next::End => Limit::Unseen,
        };
        if self.limit == Limit::None {
            self.limit = seen;
        }
        None
    }
}
