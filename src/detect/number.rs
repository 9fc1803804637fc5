//! What all numbers share: how they are kept apart from what stands around them, and how their groups are.

use super::{cursor::Cursor, site::Before};

/// What stands between two groups of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    Space,
    Dash,
    Dot,
}

impl Gap {
    pub(super) fn of(c: char) -> Option<Self> {
        match c {
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' => Some(Self::Space),
            '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' => Some(Self::Dash),
            '.' => Some(Self::Dot),
            _ => None,
        }
    }

    /// Whether digits on both sides of it belong to one number, whatever the number is.
    fn joins(self) -> bool {
        match self {
            Self::Space => false,
            Self::Dash | Self::Dot => true,
        }
    }
}

/// Steps over a gap.
pub(super) fn gap(cursor: &mut Cursor<'_>) -> Option<Gap> {
    let gap = Gap::of(cursor.peek()?)?;
    cursor.next_if(|_| true);
    Some(gap)
}

/// Whether a number can begin here with a digit: not inside of a word, nor of a longer number.
pub(super) fn begins(before: Before) -> bool {
    let Before(nearer, farther) = before;
    let joined = farther.is_ascii_digit() && Gap::of(nearer).is_some_and(Gap::joins);
    before.is_edge() && nearer != '_' && nearer != '+' && !joined
}

/// Whether a number that is written in groups can end here: no digit follows.
pub(super) fn group_ends(cursor: &mut Cursor<'_>) -> bool {
    !cursor.peek().is_some_and(|c| c.is_ascii_digit()) && !goes_on_behind_gap(cursor)
}

/// Whether a bare run of digits can end here: no digit follows, and no letter, as in something hexadecimal.
pub(super) fn run_ends(cursor: &mut Cursor<'_>) -> bool {
    !cursor.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') && !goes_on_behind_gap(cursor)
}

fn goes_on_behind_gap(cursor: &mut Cursor<'_>) -> bool {
    cursor.ahead(|cursor| {
        cursor.next_if(|c| Gap::of(c).is_some_and(Gap::joins)).is_some()
            && cursor.peek().is_some_and(|c| c.is_ascii_digit())
    })
}
