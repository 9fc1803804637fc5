//! Words, numbers and marks of a text.
//!
//! The rule: where a token ends depends on its own characters and the one after it, and none has more than [`LONGEST`]
//! characters; of the white space before it no more than [`WIDEST`] counts. So a token is known when a bounded number of
//! characters has come. What would defeat it: a token that depends on where the text before it began.

use crate::text::Edge;

/// How many characters a token may have. What is longer is several.
pub(super) const LONGEST: usize = 24;

/// How many characters of white space may stand between two tokens that belong together.
pub(super) const WIDEST: usize = 8;

/// What stands between a token and the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing.
    None,
    /// White space within a line.
    Space,
    /// The end of a line.
    Line,
    /// So much that the two have nothing to do with each other; or there is none before it.
    #[default]
    Break,
}

/// What a token is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Class {
    /// Letters.
    Word,
    /// Digits.
    Number,
    /// One mark, however often it is repeated.
    #[default]
    Mark,
}

/// A token, in bytes of the text that was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Token {
    pub start: usize,
    pub end: usize,
    pub gap: Gap,
    pub class: Class,
    /// How many characters it has.
    pub chars: usize,
    /// How many characters stand between it and the token before it, at most [`WIDEST`].
    pub apart: usize,
}

/// What there is from a place on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Token(Token),
    /// More has to come before it is known.
    Unseen,
    /// White space that goes on to the end of what has come and is already too wide.
    Apart,
    End,
}

/// The token after a place at which one ends. `wide` says that too much white space stands just before.
pub(super) fn next(text: &str, from: usize, wide: bool, edge: Edge) -> Next {
    let rest = text.get(from..).unwrap_or_default();
    let Some((gap, apart, skipped)) = gap(rest, wide) else {
        return match edge {
            Edge::End => Next::End,
            Edge::Open if wide || is_wide(rest) => Next::Apart,
            Edge::Open => Next::Unseen,
        };
    };
    let Some((class, chars, len)) = read(rest.get(skipped..).unwrap_or_default(), edge) else {
        return Next::Unseen;
    };
    let start = from + skipped;
    Next::Token(Token { start, end: start + len, gap, class, chars, apart })
}

/// Letters that don't count: they are not seen.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

fn is_wide(space: &str) -> bool {
    space.chars().nth(WIDEST).is_some()
}

fn gap(rest: &str, wide: bool) -> Option<(Gap, usize, usize)> {
    if let Some(byte) = rest.as_bytes().first()
        && byte.is_ascii_graphic()
    {
        return Some((if wide { Gap::Break } else { Gap::None }, 0, 0));
    }
    let (mut chars, mut line) = (0, false);
    for (at, c) in rest.char_indices() {
        if !c.is_whitespace() {
            let gap = match chars {
                _ if wide || chars > WIDEST => Gap::Break,
                0 => Gap::None,
                _ if line => Gap::Line,
                _ => Gap::Space,
            };
            return Some((gap, chars.min(WIDEST), at));
        }
        chars += 1;
        line |= c == '\n';
    }
    None
}

fn class(c: char) -> Class {
    if c.is_alphabetic() || is_invisible(c) {
        Class::Word
    } else if c.is_numeric() {
        Class::Number
    } else {
        Class::Mark
    }
}

/// What the token at the beginning is made of, and how long it is: in characters, and in bytes.
fn read(rest: &str, edge: Edge) -> Option<(Class, usize, usize)> {
    let first = rest.chars().next()?;
    let class = class(first);
    let belongs = |c: char| match class {
        Class::Word => c.is_alphabetic() || is_accent(c) || is_invisible(c),
        Class::Number => c.is_numeric(),
        Class::Mark => c == first,
    };
    let mut chars = 0;
    for (at, c) in rest.char_indices() {
        if chars == LONGEST || !belongs(c) {
            return Some((class, chars, at));
        }
        chars += 1;
    }
    (chars == LONGEST || edge == Edge::End).then_some((class, chars, rest.len()))
}

fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(&str, Gap)> {
        let mut from = 0;
        std::iter::from_fn(|| match next(text, from, from == 0, Edge::End) {
            Next::Token(token) => {
                from = token.end;
                Some((text.get(token.start..token.end)?, token.gap))
            }
            Next::Unseen | Next::Apart | Next::End => None,
        })
        .collect()
    }

    #[test]
    fn words_numbers_and_marks_are_tokens_with_what_stands_between_them() {
        let tokens = all("Zoë's  no.12b\n--- 東京");
        let expected = [
            ("Zoë", Gap::Break),
            ("'", Gap::None),
            ("s", Gap::None),
            ("no", Gap::Space),
            (".", Gap::None),
            ("12", Gap::None),
            ("b", Gap::None),
            ("---", Gap::Line),
            ("東京", Gap::Space),
        ];
        assert_eq!(tokens, expected);
    }

    #[test]
    fn a_long_word_is_several_and_wide_space_divides() {
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(all(&long).len(), 2);
        let apart = format!("a{}b", " ".repeat(WIDEST + 1));
        assert_eq!(all(&apart), [("a", Gap::Break), ("b", Gap::Break)]);
    }

    #[test]
    fn a_token_is_known_when_the_character_after_it_is() {
        assert_eq!(next("abc", 0, true, Edge::Open), Next::Unseen);
        assert!(matches!(next("abc ", 0, true, Edge::Open), Next::Token(_)));
        assert!(matches!(next(&"x".repeat(LONGEST), 0, true, Edge::Open), Next::Token(_)));
        assert_eq!(next("a  ", 1, false, Edge::Open), Next::Unseen);
        assert_eq!(next(&" ".repeat(WIDEST + 1), 0, false, Edge::Open), Next::Apart);
    }
}
