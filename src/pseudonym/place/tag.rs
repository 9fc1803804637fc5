//! HTML tags, as the HTML standard's tokeniser sees them (section 13.2.5). One that never ends goes on to the end of the text.

/// Where we are in a tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tag {
    /// In none.
    #[default]
    Outside,
    /// Behind `<`, which may be one.
    Opening,
    /// Among names.
    Names,
    /// Behind `=`.
    Assigned,
    /// In a value without quotes.
    Bare,
    /// In a value that this quote ends.
    Quoted(char),
    /// In a comment or declaration. It counts up to the first `>`; what follows in a comment nobody sees.
    Declaration,
}

impl Tag {
    pub(super) fn read(&mut self, c: char) {
        *self = match (*self, c) {
            (Self::Outside | Self::Opening, '<') => Self::Opening,
            (Self::Opening, c) if c.is_ascii_alphabetic() || c == '/' => Self::Names,
            (Self::Opening, '!' | '?') => Self::Declaration,
            (Self::Outside | Self::Opening, _) => Self::Outside,
            (Self::Names | Self::Assigned | Self::Bare | Self::Declaration, '>') => Self::Outside,
            (Self::Declaration, _) => Self::Declaration,
            (Self::Names, '=') => Self::Assigned,
            (Self::Names, _) => Self::Names,
            (Self::Assigned, '"' | '\'') => Self::Quoted(c),
            (Self::Assigned, c) if c.is_ascii_whitespace() => Self::Assigned,
            (Self::Bare, c) if c.is_ascii_whitespace() => Self::Names,
            (Self::Assigned | Self::Bare, _) => Self::Bare,
            (Self::Quoted(quote), c) if quote == c => Self::Names,
            (Self::Quoted(quote), _) => Self::Quoted(quote),
        };
    }

    /// Whether this is certainly or possibly in a tag.
    pub(super) fn is_inside(self) -> bool {
        match self {
            Self::Outside | Self::Opening => false,
            Self::Names | Self::Assigned | Self::Bare | Self::Quoted(_) | Self::Declaration => true,
        }
    }

    /// Whether the next letter begins a tag.
    pub(super) fn is_opening(self) -> bool {
        self == Self::Opening
    }

    /// Whether this is in the value of an attribute: what it links to ends with it.
    pub(super) fn is_in_value(self) -> bool {
        match self {
            Self::Assigned | Self::Bare | Self::Quoted(_) => true,
            Self::Outside | Self::Opening | Self::Names | Self::Declaration => false,
        }
    }
}
