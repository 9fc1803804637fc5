//! The characters of a text, percent-encoded ones among them (RFC 3986, section 2.1).
//!
//! The rule: `%` and two hexadecimal digits are one character wherever they stand, so that it can be told from any place, forwards
//! and backwards, where one begins. What would defeat it is a text cut inside an escape; hence [`Next::Cut`].

/// One character, as it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// What it stands for. A byte beyond ASCII that is written encoded reads as [`FOREIGN`].
    pub c: char,
    /// How many bytes it takes in the text.
    pub len: usize,
    /// How many characters it takes in the text.
    pub chars: usize,
}

/// Stands for every byte of an encoded character beyond ASCII: nearly always a letter.
pub(super) const FOREIGN: char = '\u{fffd}';

/// What comes next in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Unit(Unit),
    /// The text ends inside of what could be an escape.
    Cut,
    End,
}

/// The character that begins at a place.
pub(super) fn next(text: &str, at: usize) -> Next {
    let bytes = text.as_bytes();
    match bytes.get(at) {
        None => Next::End,
        Some(b'%') => escape(bytes, at),
        Some(byte) if byte.is_ascii() => Next::Unit(plain(char::from(*byte))),
        Some(_) => {
            text.get(at..).and_then(|rest| rest.chars().next()).map_or(Next::End, |c| Next::Unit(plain(c)))
        }
    }
}

/// The character that ends at a place.
pub(super) fn last(text: &str, at: usize) -> Option<Unit> {
    let bytes = text.as_bytes();
    if let Some(begin) = at.checked_sub(3)
        && let Next::Unit(unit) = next_escape(bytes, begin)
    {
        return Some(unit);
    }
    match bytes.get(at.checked_sub(1)?) {
        Some(byte) if byte.is_ascii() => Some(plain(char::from(*byte))),
        _ => text.get(..at)?.chars().next_back().map(plain),
    }
}

/// Where an escape begins that the end of the text cuts off; the end where there is none.
pub(super) fn cut_escape(text: &str) -> usize {
    let bytes = text.as_bytes();
    (1..=2)
        .filter_map(|back| bytes.len().checked_sub(back))
        .find(|at| bytes.get(*at) == Some(&b'%') && next(text, *at) == Next::Cut)
        .unwrap_or(bytes.len())
}

fn plain(c: char) -> Unit {
    Unit { c, len: c.len_utf8(), chars: 1 }
}

fn escape(bytes: &[u8], at: usize) -> Next {
    match (bytes.get(at + 1), bytes.get(at + 2)) {
        (None, _) => Next::Cut,
        (Some(high), None) if high.is_ascii_hexdigit() => Next::Cut,
        _ => match next_escape(bytes, at) {
            Next::End | Next::Cut => Next::Unit(plain('%')),
            unit @ Next::Unit(_) => unit,
        },
    }
}

fn next_escape(bytes: &[u8], at: usize) -> Next {
    let Some([b'%', high, low]) = bytes.get(at..at + 3) else { return Next::End };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (Some(high), Some(low)) = (digit(*high), digit(*low)) else { return Next::End };
    let c = char::from_u32(high << 4 | low).filter(char::is_ascii).unwrap_or(FOREIGN);
    Next::Unit(Unit { c, len: 3, chars: 3 })
}
