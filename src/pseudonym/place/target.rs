//! The target of a Markdown link or picture: what stands between `](` and the matching `)` (CommonMark, section 6.3).
//!
//! It may also hold a title, and ends at the latest at an empty line, as every paragraph does.

/// Where we are in a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Target {
    /// In none.
    #[default]
    Outside,
    /// Behind `]`.
    Bracket,
    /// In one.
    Inside(Inside),
}

/// What is open there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inside {
    /// Brackets, this target's own among them.
    depth: u32,
    /// What ends a title, or an address in angle brackets.
    closing: Option<char>,
    /// The character before.
    before: char,
    /// Whether this line was empty so far, and not the first.
    empty: bool,
}

impl Target {
    pub(super) fn read(&mut self, c: char) {
        *self = match (*self, c) {
            (Self::Outside | Self::Bracket, ']') => Self::Bracket,
            (Self::Bracket, '(') => {
                Self::Inside(Inside { depth: 1, closing: None, before: '(', empty: false })
            }
            (Self::Outside | Self::Bracket, _) => Self::Outside,
            (Self::Inside(inside), c) => inside.read(c).map_or(Self::Outside, Self::Inside),
        };
    }

    /// Whether this is in a target.
    pub(super) fn is_inside(self) -> bool {
        matches!(self, Self::Inside(_))
    }
}

impl Inside {
    /// None at the end.
    fn read(self, c: char) -> Option<Self> {
        if c == '\n' && self.empty {
            return None;
        }
        let escaped = self.before == '\\';
        let first = self.before == '(' && self.depth == 1;
        let (depth, closing) = match (c, self.closing) {
            _ if escaped => (self.depth, self.closing),
            ('\n', Some('>')) => (self.depth, None),
            (c, Some(closing)) => (self.depth, Some(closing).filter(|closing| *closing != c)),
            ('<', None) if first || self.before.is_whitespace() => (self.depth, Some('>')),
            ('"' | '\'', None) if self.before.is_whitespace() => (self.depth, Some(c)),
            ('(', None) => (self.depth.saturating_add(1), None),
            (')', None) => (self.depth - 1, None),
            (_, None) => (self.depth, None),
        };
        let empty = c == '\n' || self.empty && c.is_whitespace();
        let before = if escaped && c == '\\' { ' ' } else { c };
        (depth > 0).then_some(Self { depth, closing, before, empty })
    }
}
