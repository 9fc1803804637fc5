//! Digits as somebody writes a telephone number: in groups, with what stands between.

use smallvec::SmallVec;

use super::{
    super::{cursor::Cursor, number::Gap},
    plans::Plan,
};

/// The most digits that are read: a prefix for other countries, and fifteen.
const DIGITS: usize = 18;

/// The most groups.
const GROUPS: usize = 9;

/// The most digits that an area has within parentheses, but for its last group.
const AREA: usize = 4;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Dialled {
    pub digits: SmallVec<[u8; 24]>,
    pub groups: SmallVec<[Group; GROUPS]>,
    /// Whether a plus sign stands before.
    plus: bool,
    /// Whether the first digits stand in parentheses.
    pub has_area: bool,
    /// Whether they stand behind a single digit that is dialled within the country: `8 (495) 123-45-67`.
    pub has_area_behind_trunk: bool,
    /// Whether some parenthesis is closed.
    is_closed: bool,
    /// The digit in parentheses that is dialled only within the country: `+44 (0)20`.
    trunk: Option<usize>,
}

/// So many digits, up to the end of a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// Which, from one.
    pub number: usize,
    /// How many digits there are, with those of the groups before.
    pub digits: usize,
    /// Where it ends in the text.
    pub end: usize,
    /// Whether the number can end here: what follows is no part of a word or of this number.
    pub ends: bool,
    /// What stands behind it, if another group does.
    gap: Option<Gap>,
}

impl Dialled {
    /// Reads into one that is empty: it is too large to be handed about.
    pub fn read(&mut self, cursor: &mut Cursor<'_>) {
        self.plus = cursor.next_if(|c| c == '+').is_some();
        let mut opened = cursor.next_if(|c| c == '(').is_some();
        if opened && cursor.next_if(|c| c == '+').is_some() {
            self.plus = true;
        }
        self.has_area = opened && !self.plus;
        while self.group(cursor) {
            match self.gap(cursor, opened) {
                Some(opens) => opened = opens,
                None => break,
            }
        }
        // A remark in parentheses is none of the number's.
        if self.has_area && !self.is_closed {
            self.groups.clear();
        }
    }

    /// Reads one group; says whether more can follow.
    fn group(&mut self, cursor: &mut Cursor<'_>) -> bool {
        let from = self.digits.len();
        while self.digits.len() <= DIGITS
            && let Some(digit) = cursor.digit()
        {
            self.digits.push(b'0' + digit);
        }
        if self.digits.len() > DIGITS {
            if let Some(group) = self.groups.last_mut() {
                group.ends &= group.gap == Some(Gap::Space);
            }
            return false;
        }
        if self.digits.len() == from {
            return false;
        }
        let next = cursor.peek();
        // An `x` may begin an extension.
        let ends =
            !next.is_some_and(|c| c.is_alphanumeric() && !matches!(c, 'x' | 'X') || c == '_' || c == '%');
        let number = self.groups.len() + 1;
        self.groups.push(Group { number, digits: self.digits.len(), end: cursor.at(), ends, gap: None });
        ends && number < GROUPS
    }

    /// Steps over what stands between two groups; says whether it opens a parenthesis.
    fn gap(&mut self, cursor: &mut Cursor<'_>, opened: bool) -> Option<bool> {
        let closed = opened && cursor.next_if(|c| c == ')').is_some();
        if opened && !closed {
            return self.within(cursor);
        }
        if closed {
            self.close(cursor.at());
        }
        let space = |c| Gap::of(c) == Some(Gap::Space);
        let spaced = cursor.next_if(space).is_some();
        let mark = cursor.next_if(|c| c == '/' || matches!(Gap::of(c), Some(Gap::Dash | Gap::Dot)));
        if mark.is_some() {
            cursor.next_if(space);
        }
        let opens = cursor.next_if(|c| c == '(').is_some();
        if !(closed || spaced || mark.is_some() || opens) || !cursor.peek()?.is_ascii_digit() {
            return None;
        }
        let gap = mark.map_or(Gap::Space, |mark| Gap::of(mark).unwrap_or(Gap::Dash));
        if let Some(group) = self.groups.last_mut() {
            group.gap = Some(gap);
            group.ends &= gap == Gap::Space;
        }
        Some(opens)
    }

    /// Where the country's code begins, and whether a plus sign says so.
    pub fn country_at(&self) -> Option<(usize, bool)> {
        if self.plus {
            return Some((0, true));
        }
        let from = |prefix: &[u8]| self.digits.starts_with(prefix).then_some((prefix.len(), false));
        from(b"00").or_else(|| from(b"011"))
    }

    /// An area may be in groups of its own: `(06 1) 234 5678`.
    fn within(&mut self, cursor: &mut Cursor<'_>) -> Option<bool> {
        if self.digits.len() > AREA || self.plus {
            return None;
        }
        let gap = cursor.next_if(|c| matches!(Gap::of(c), Some(Gap::Space | Gap::Dash)))?;
        if let Some(group) = self.groups.last_mut() {
            group.gap = Gap::of(gap);
            group.ends = false;
        }
        cursor.peek().is_some_and(|c| c.is_ascii_digit()).then_some(true)
    }

    /// The last group stands in parentheses.
    fn close(&mut self, end: usize) {
        self.is_closed = true;
        let behind_trunk =
            matches!(self.groups.as_slice(), [trunk, area] if (trunk.digits, area.digits > 3) == (1, true));
        self.has_area_behind_trunk |= behind_trunk && !self.plus;
        let from = self.groups.iter().rev().nth(1).map_or(0, |group| group.digits);
        if self.is_trunk(from) {
            self.trunk = Some(from);
        }
        if let Some(group) = self.groups.last_mut() {
            group.end = end;
        }
    }

    fn is_trunk(&self, from: usize) -> bool {
        self.plus && from > 0 && self.digits.get(from..) == Some(b"0")
    }

    /// A national number without what is dialled only within the country.
    pub fn without_trunk(&self, national: &[u8], group: &Group, plan: &Plan) -> SmallVec<[u8; 24]> {
        let code_end = group.digits - national.len();
        let mut digits = SmallVec::from_slice(national);
        let marked = self.trunk == Some(code_end) && !digits.is_empty();
        if marked || !plan.has(&digits) && digits.first() == Some(&b'0') && plan.has_prefix("0") {
            digits.remove(0);
        }
        digits
    }

    /// Whether there is more than one group.
    pub fn is_grouped(&self) -> bool {
        self.groups.len() > 1
    }

    /// Whether the same stands between all groups up to this one, the first gap excepted.
    pub fn is_even(&self, upto: &Group) -> bool {
        let gaps = self.groups.iter().take(upto.number.saturating_sub(1)).filter_map(|group| group.gap);
        let mut later = gaps.skip(1);
        later.next().is_none_or(|first| later.all(|gap| gap == first))
    }

    /// Whether its groups are those of a social security number.
    pub fn is_like_ssn(&self) -> bool {
        matches!(self.groups.as_slice(), [a, b, c, ..] if (a.digits, b.digits, c.digits) == (3, 5, 9))
    }

    /// Whether it begins as a date does: `2024-11-22`, `22.11.2024`, `11-22-2024`.
    pub fn is_date(&self) -> bool {
        let marked = self.groups.iter().take(2).all(|group| matches!(group.gap, Some(Gap::Dash | Gap::Dot)));
        marked && self.begins_as_date()
    }

    /// The same whatever stands between its groups.
    pub fn begins_as_date(&self) -> bool {
        let ends: SmallVec<[usize; GROUPS]> = self.groups.iter().map(|group| group.digits).collect();
        let value = |from: usize, to: usize| {
            super::super::check::number(self.digits.get(from..to).unwrap_or_default()).unwrap_or(0)
        };
        let (year, small) = (|n: u64| (1900..=2100).contains(&n), |n: u64| (1..=31).contains(&n));
        !self.plus
            && match ends.as_slice() {
                [4, 6, 8, ..] => year(value(0, 4)) && small(value(4, 6)) && small(value(6, 8)),
                [a @ (1 | 2), b, c, ..] if *b <= a + 2 && *c == b + 4 => {
                    small(value(0, *a)) && small(value(*a, *b)) && year(value(*b, *c))
                }
                _ => false,
            }
    }
}
