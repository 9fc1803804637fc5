//! Reads one candidate.
//!
//! The rule: whoever asks for a character that has not come yet, or that is farther away than can be held back, is told that the
//! text ends, and the cursor remembers that it was asked. So what a reader answers counts only where it never asked so.

use crate::text::Edge;

use super::{
    site::{Before, Site},
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
    /// Of another width than the place, which is written apart: read together the two would have to wait for each other.
    room: u32,
    limit: Limit,
    /// Where that is which the reader was kept from seeing first.
    refused: usize,
}

/// The most characters that one can be written in.
const LONGEST: usize = 32;

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

impl<'a> Cursor<'a> {
    /// A cursor at a sign.
    pub fn new(site: &'a Site<'a>, at: usize, floor: usize) -> Self {
        let mut cursor = Self { site, floor, start: at, at, room: 0, limit: Limit::None, refused: at };
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

    /// Where that is which the reader was kept from seeing first.
    pub fn refused(&self) -> usize {
        self.refused
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
        self.site.before(self.at)
    }

    /// The candidate begins here, and is read from here on.
    pub fn restart(&mut self, start: usize) {
        self.at = start;
        self.begin(start);
    }

    /// The candidate begins here, before the cursor, and not at the sign.
    pub fn begin(&mut self, start: usize) {
        self.start = start;
        let taken = self.site.chars(self.site.held_from(start)..self.at);
        self.room = short(self.site.room.saturating_sub(taken));
    }

    /// The character that comes next.
    pub fn peek(&mut self) -> Option<char> {
        self.unit().map(|unit| unit.c)
    }

    /// Steps over the next character if it is one of these.
    pub fn next_if(&mut self, wanted: impl FnOnce(char) -> bool) -> Option<char> {
        let unit = self.unit().filter(|unit| wanted(unit.c))?;
        self.at += unit.len();
        self.room -= short(unit.chars());
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
    pub fn run(&mut self, wanted: impl FnMut(char) -> bool) -> usize {
        self.run_of_at_most(usize::MAX, wanted)
    }

    /// The same, but no farther than so many.
    pub fn run_of_at_most(&mut self, most: usize, mut wanted: impl FnMut(char) -> bool) -> usize {
        (0..most).take_while(|_| self.next_if(&mut wanted).is_some()).count()
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
        self.room += short(self.site.chars(at..self.at));
        self.at = at;
    }

    /// Goes back before backslashes that belong to the quotation mark that comes: in a text within a text it ends the inner one.
    /// Says how many there are.
    pub fn leave_escape(&mut self, start: usize) -> usize {
        if !matches!(self.peek(), Some('"' | '\'')) {
            return 0;
        }
        let read = self.site.text.get(start..self.at).unwrap_or_default();
        let marks = read.len() - read.trim_end_matches('\\').len();
        self.back_to(self.at - marks);
        marks
    }

    /// How many characters the next one can take, where it can take more than one.
    fn most(&self) -> usize {
        match unit::most(self.site.text, self.at) {
            1 => 0,
            most => most,
        }
    }

    #[inline]
    fn unit(&mut self) -> Option<Unit> {
        match unit::plain_at(self.site.text, self.at) {
            Some(unit) if self.room > 0 => Some(unit),
            _ => self.unit_written_otherwise(),
        }
    }

    /// The same, where it is not written plainly, or not there.
    #[inline(never)]
    fn unit_written_otherwise(&mut self) -> Option<Unit> {
        let room = self.room as usize;
        let seen = match unit::next(self.site.text, self.at) {
            // An escape has room or has not, whether or not all of it has come.
            _ if room < LONGEST && room < self.most() => Limit::TooFar,
            Next::Unit(unit) if unit.chars() <= room => return Some(unit),
            Next::Unit(_) => Limit::TooFar,
            Next::Cut | Next::End if self.site.edge == Edge::End => Limit::None,
            Next::Cut | Next::End => Limit::Unseen,
        };
        if self.limit == Limit::None {
            (self.limit, self.refused) = (seen, self.at);
        }
        None
    }
}

/// What is never more than can be held back.
fn short(chars: usize) -> u32 {
    u32::try_from(chars).unwrap_or(u32::MAX)
}
