//! A run of letters and digits, in groups with single marks or spaces between.
//!
//! The rule: it goes on behind a space only with a digit or a capital, behind a mark with any letter or digit; so a sentence ends it soon.

use smallvec::SmallVec;

use super::{
    super::{cursor::Cursor, fold::latin, number::Gap, unit::FOREIGN},
    is_alphanumeric,
};

/// The most letters and digits that are read.
pub(super) const LONGEST: usize = 24;

/// The most groups that are read.
const GROUPS: usize = 8;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Letters and digits only, capitals.
    compact: SmallVec<[u8; 32]>,
    /// With what stands between groups, every space and dash as the plain one.
    written: SmallVec<[u8; 64]>,
    groups: SmallVec<[Group; GROUPS]>,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    compact: usize,
    written: usize,
    /// Where it ends in the text.
    end: usize,
    /// Whether the run could end here: no digit follows behind a mark.
    ends: bool,
}

/// The first groups of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'r> {
    pub compact: &'r [u8],
    pub written: &'r [u8],
    pub end: usize,
    /// What stands behind it.
    rest: &'r [u8],
}

impl Part<'_> {
    /// Whether nothing stands between its characters.
    pub fn is_joined(&self) -> bool {
        self.compact.len() == self.written.len()
    }

    /// Whether digits follow that are kept apart as its own groups are.
    pub fn goes_on(&self) -> bool {
        let apart = || self.written.iter().rev().find(|byte| !byte.is_ascii_alphanumeric());
        match self.rest {
            [gap, next, ..] => next.is_ascii_digit() && apart() == Some(gap),
            _ => false,
        }
    }
}

/// Whether a run can begin here: not inside of a word, nor of a longer number.
pub(super) fn begins(cursor: &Cursor<'_>) -> bool {
    let before = cursor.before();
    let joined = before.1.is_ascii_digit() && matches!(Gap::of(before.0), Some(Gap::Dash | Gap::Dot));
    let is_in_word = before.0.is_alphabetic() && !before.0.is_ascii();
    before.is_edge() && before.0 != '_' && before.0 != '+' && !is_in_word && !joined
}

impl Run {
    /// Reads into one that is empty: it is too large to be handed about.
    pub fn read(&mut self, cursor: &mut Cursor<'_>) {
        while self.groups.len() < GROUPS && self.group(cursor) && self.gap(cursor) {}
    }

    /// The first groups, the most first.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.groups.iter().rev().filter(|group| group.ends).filter_map(|group| {
            let (written, rest) = self.written.split_at_checked(group.written)?;
            Some(Part { compact: self.compact.get(..group.compact)?, written, end: group.end, rest })
        })
    }

    /// Reads one group; says whether the run may go on.
    fn group(&mut self, cursor: &mut Cursor<'_>) -> bool {
        while self.compact.len() <= LONGEST
            && let Some(c) = cursor.next_if(is_alphanumeric)
        {
            let byte = latin(c).to_ascii_uppercase() as u8;
            self.compact.push(byte);
            self.written.push(byte);
        }
        if self.compact.len() > LONGEST {
            return false;
        }
        let ends = !cursor.peek().is_some_and(|c| c == '_' || c == FOREIGN || c.is_alphanumeric());
        self.groups.push(Group {
            compact: self.compact.len(),
            written: self.written.len(),
            end: cursor.at(),
            ends,
        });
        ends
    }

    /// Steps over what stands between two groups, if another follows.
    fn gap(&mut self, cursor: &mut Cursor<'_>) -> bool {
        let Some((gap, c)) = cursor.peek().and_then(mark) else { return false };
        cursor.next_if(|_| true);
        let next = cursor.peek().map(latin);
        let follows = match gap {
            b' ' => next.is_some_and(|c| c.is_ascii_digit() || c.is_ascii_uppercase()),
            _ => next.is_some_and(|c| c.is_ascii_alphanumeric()),
        };
        if follows && matches!(c, Some(Gap::Dash | Gap::Dot)) && next.is_some_and(|c| c.is_ascii_digit()) {
            self.goes_on();
        }
        self.written.push(gap);
        follows
    }

    /// What follows the last group belongs to it.
    fn goes_on(&mut self) {
        if let Some(group) = self.groups.last_mut() {
            group.ends = false;
        }
    }
}

/// How a mark between groups is written.
fn mark(c: char) -> Option<(u8, Option<Gap>)> {
    let gap = Gap::of(c);
    match (gap, c) {
        (Some(Gap::Space), _) => Some((b' ', gap)),
        (Some(Gap::Dash), _) => Some((b'-', gap)),
        (Some(Gap::Dot), _) => Some((b'.', gap)),
        (None, '/') => Some((b'/', gap)),
        (None, '+') => Some((b'+', gap)),
        (None, _) => None,
    }
}
