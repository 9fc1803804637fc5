//! What is being searched, and what stood before it.
//!
//! The rule: of what is decided, the last [`Tail::CHARS`] characters stay known, and nobody looks farther back from any place. So what
//! stands before a place is the same whether it came with it or long ago.

mod findings;

use std::{cell::Cell, ops::Range};

use crate::text::Edge;

use super::{
    Kinds, Tuning,
    certainty::Certainty,
    context::Said,
    unit::{self, Next},
};
pub(super) use findings::Findings;

/// What is being searched, for a candidate to begin in.
#[derive(Clone, Debug)]
pub(super) struct Site<'a> {
    pub text: &'a str,
    pub edge: Edge,
    /// How many characters may be held back.
    pub room: usize,
    /// What the policy says.
    pub tuning: &'a Tuning,
    /// What stands before the text.
    pub tail: &'a Tail,
    /// What was found in it so far.
    pub found: Findings,
    /// The place before which words were read last, and what they say: several rules ask for the same.
    pub said: Cell<Option<(usize, Said)>>,
}

/// Something found, which may become one with something else.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub at: Range<usize>,
    pub what: Kinds,
    pub certainty: Certainty,
    /// From where on the text must be seen again to find it again: the announcement, where there is one.
    pub since: usize,
}

/// The two characters that stand before a place, the nearer first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before(pub char, pub char);

impl Before {
    /// Whether a word begins behind these.
    pub fn is_edge(self) -> bool {
        !self.0.is_ascii_alphanumeric() || is_escape(self.1, self.0)
    }
}

/// Whether a letter belongs to no word but to an escape such as `\n`: texts within texts keep theirs.
pub(super) fn is_escape(before: char, letter: char) -> bool {
    before == '\\' && matches!(letter, 'n' | 'r' | 't')
}

impl Site<'_> {
    /// Where that begins which is held back as long as a candidate is that begins here: with what was found and overlaps it.
    pub fn held_from(&self, start: usize) -> usize {
        self.found.since(start)
    }

    /// How many characters there are between two places.
    pub fn chars(&self, at: Range<usize>) -> usize {
        self.text.get(at).map_or(0, |text| text.chars().count())
    }

    /// How many such characters stand before the text that are decided and that nothing was found in.
    ///
    /// Whoever looks back from a sign to where its candidate begins may come upon the beginning of the text, while the candidate began
    /// before it, and was read and is none.
    pub fn decided(&self, is_one: impl Fn(char) -> bool) -> usize {
        if self.tail.is_empty() { 0 } else { self.tail.ends_in(is_one) }
    }

    /// The two characters before a place; line ends where there are none.
    pub fn before(&self, at: usize) -> Before {
        if let Some(plain) = plain_before(self.text.as_bytes(), at) {
            return plain;
        }
        if at >= Tail::BYTES / 2 || self.tail.is_empty() {
            return before(self.text, at);
        }
        let joined = self.tail.and(self.text.get(..at).unwrap_or_default());
        before(joined.as_str(), joined.len)
    }

    /// What the words before a place say, read once.
    pub fn said(&self, at: usize, read: impl FnOnce() -> Said) -> Said {
        match self.said.get() {
            Some((place, said)) if place == at => said,
            Some(_) | None => {
                let said = read();
                self.said.set(Some((at, said)));
                said
            }
        }
    }

    /// Reads what stands before a place, the nearest last, as far back as anybody looks.
    pub fn look_back<T>(&self, at: usize, read: impl FnOnce(&[char]) -> T) -> T {
        self.look_back_over(Tail::CHARS, at, read)
    }

    /// The same, where it is enough to look back over so many characters that are written plainly.
    pub fn look_back_over<T>(&self, chars: usize, at: usize, read: impl FnOnce(&[char]) -> T) -> T {
        let mut window = Window::default();
        match self.plain(at, chars) {
            Some(plain) => window.read_plain(plain),
            None => window.read(self.tail.and(self.text.get(..at).unwrap_or_default()).as_str()),
        }
        read(window.chars())
    }

    /// What stands before a place, where nothing is written otherwise than it is.
    fn plain(&self, at: usize, chars: usize) -> Option<&[u8]> {
        let begin = match at.checked_sub(chars) {
            Some(begin) => begin,
            None if self.tail.is_empty() => 0,
            None => return None,
        };
        let near = self.text.as_bytes().get(begin..at)?;
        let is_plain = |plain: bool, byte: &u8| plain & byte.is_ascii() & (*byte != b'%') & (*byte != b'&');
        near.iter().fold(true, is_plain).then_some(near)
    }
}

/// The same, where nothing is written otherwise than it is.
fn plain_before(bytes: &[u8], at: usize) -> Option<Before> {
    let near @ [_, _, farther, nearer] = bytes.get(at.checked_sub(4)?..at)? else { return None };
    let is_plain = near.iter().all(|byte| byte.is_ascii() && !matches!(byte, b'%' | b';'));
    is_plain.then(|| Before(char::from(*nearer), char::from(*farther)))
}

fn before(text: &str, at: usize) -> Before {
    let Some(nearer) = unit::last(text, at) else { return Before('\n', '\n') };
    Before(nearer.c, unit::last(text, at - nearer.len()).map_or('\n', |unit| unit.c))
}

/// The end of what is decided.
#[derive(Clone, Copy)]
pub(super) struct Tail {
    bytes: [u8; Self::BYTES],
    len: usize,
    /// How many of its characters lie behind everything that was found.
    free: usize,
}

impl Tail {
    /// How many characters are kept.
    pub const CHARS: usize = 64;
    const BYTES: usize = 4 * Self::CHARS;

    /// The end of this, with a text behind it.
    pub fn and(&self, text: &str) -> Self {
        let cut = last_chars(text);
        let near = text.get(cut..).unwrap_or_default();
        let count = near.chars().count();
        let mut tail = Self::default();
        if cut == 0 {
            let ours = self.as_str();
            let room = Self::CHARS.saturating_sub(count);
            let skipped = ours.chars().count().saturating_sub(room);
            let from = ours.char_indices().nth(skipped).map_or(ours.len(), |(at, _)| at);
            tail.push(ours.get(from..).unwrap_or_default());
        }
        tail.push(near);
        tail.free = (self.free + count).min(Self::CHARS);
        tail
    }

    /// The same, where it ends in something that was found.
    pub fn taken(self) -> Self {
        Self { free: 0, ..self }
    }

    /// How many of such characters it ends in, as far back as nothing was found.
    fn ends_in(&self, is_one: impl Fn(char) -> bool) -> usize {
        let text = self.as_str();
        let (mut at, mut free, mut count) = (text.len(), self.free, 0);
        while let Some(unit) = unit::last(text, at).filter(|unit| unit.chars() <= free && is_one(unit.c)) {
            (at, free, count) = (at - unit.len(), free - unit.chars(), count + 1);
        }
        count
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.len).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    fn push(&mut self, text: &str) {
        if let Some(room) = self.bytes.get_mut(self.len..self.len + text.len()) {
            room.copy_from_slice(text.as_bytes());
            self.len += text.len();
        }
    }
}

/// Where the last characters of a text begin, as many as are kept.
fn last_chars(text: &str) -> usize {
    text.char_indices().rev().nth(Tail::CHARS - 1).map_or(0, |(at, _)| at)
}

impl Default for Tail {
    fn default() -> Self {
        Self { bytes: [0; Self::BYTES], len: 0, free: 0 }
    }
}

/// It may hold what is withheld.
impl std::fmt::Debug for Tail {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Tail({})", self.len)
    }
}

/// What stands before a place, read: the nearest last.
#[derive(Debug)]
struct Window {
    chars: [char; Tail::CHARS],
    len: usize,
}

impl Default for Window {
    fn default() -> Self {
        Self { chars: ['\0'; Tail::CHARS], len: 0 }
    }
}

impl Window {
    fn read(&mut self, text: &str) {
        let mut at = 0;
        for place in &mut self.chars {
            let Next::Unit(unit) = unit::next(text, at) else { break };
            *place = unit.c;
            at += unit.len();
            self.len += 1;
        }
        self.pass_escapes();
    }

    fn read_plain(&mut self, text: &[u8]) {
        for (place, byte) in self.chars.iter_mut().zip(text) {
            *place = char::from(*byte);
        }
        self.len = text.len().min(Tail::CHARS);
        if text.contains(&b'\\') {
            self.pass_escapes();
        }
    }

    /// What an escape such as `\n` stands for is no letter of the word behind it.
    fn pass_escapes(&mut self) {
        let mut before = '\n';
        for c in self.chars.iter_mut().take(self.len) {
            if is_escape(before, *c) {
                *c = '\n';
            }
            before = *c;
        }
    }

    fn chars(&self) -> &[char] {
        self.chars.get(..self.len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_tail_is_the_end_of_all_that_was_shown(pieces in prop::collection::vec("[aé谢 ]{0,80}", 0..5)) {
            let tail = pieces.iter().fold(Tail::default(), |tail, piece| tail.and(piece));
            let whole: Vec<char> = pieces.concat().chars().collect();
            let end: String = whole[whole.len().saturating_sub(Tail::CHARS)..].iter().collect();
            prop_assert_eq!(tail.as_str(), end);
        }
    }
}
