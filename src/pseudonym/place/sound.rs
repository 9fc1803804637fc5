//! Whether a tag is one for every reader.
//!
//! A link in the attribute of a tag ends with it; but where Markdown sees no tag (CommonMark, section 6.6), it is text, and the link goes
//! on behind it. So only a tag that is beyond doubt ends what is in it: on one line, its values in quotes and plain.

/// Where we are in what was a plain tag so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sound {
    /// In no tag, or in one that is not plain.
    #[default]
    No,
    /// Behind a backslash, which takes the meaning from the next character.
    Escaped,
    /// Behind `<`.
    Opening,
    /// In its name.
    Name,
    /// Behind a space.
    Space,
    /// In an attribute's name.
    Attribute,
    /// Behind `=`.
    Assigned,
    /// In a value that this quote ends.
    Quoted(char),
    /// Behind a value.
    Closed,
    /// Behind the slash that closes it.
    Slash,
    /// Behind its `>`.
    Tag,
}

impl Sound {
    pub(super) fn read(&mut self, c: char) {
        *self = match (*self, c) {
            (Self::Quoted(quote), c) if quote == c => Self::Closed,
            (Self::Quoted(_), '<' | '>' | '`' | '\n' | '\\') => Self::No,
            (Self::Quoted(quote), _) => Self::Quoted(quote),
            (Self::No | Self::Tag, '\\') => Self::Escaped,
            (Self::No | Self::Tag | Self::Opening, '<') => Self::Opening,
            (Self::Opening, c) if c.is_ascii_alphabetic() || c == '/' => Self::Name,
            (Self::Name, c) if c.is_ascii_alphanumeric() || c == '-' => Self::Name,
            (Self::Name | Self::Attribute | Self::Closed | Self::Space, ' ') => Self::Space,
            (Self::Space, c) if c.is_ascii_alphabetic() => Self::Attribute,
            (Self::Attribute, c) if c.is_ascii_alphanumeric() || "-_.:".contains(c) => Self::Attribute,
            (Self::Attribute, '=') => Self::Assigned,
            (Self::Assigned, '"' | '\'') => Self::Quoted(c),
            (Self::Name | Self::Attribute | Self::Closed | Self::Space, '/') => Self::Slash,
            (Self::Name | Self::Attribute | Self::Closed | Self::Space | Self::Slash, '>') => Self::Tag,
            (
                Self::No
                | Self::Escaped
                | Self::Opening
                | Self::Name
                | Self::Space
                | Self::Attribute
                | Self::Assigned
                | Self::Closed
                | Self::Slash
                | Self::Tag,
                _,
            ) => Self::No,
        };
    }
}
