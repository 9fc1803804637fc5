//! A pattern as it can be matched: bounded, and over characters as they are meant.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Literal, Look, Repetition};

use super::super::fold;

/// The same pattern with `\b` as the automaton knows it, and without what no character of a text reads as.
///
/// # Errors
/// In words, where it can't be matched in texts that come in pieces.
pub(super) fn plain(hir: Hir) -> Result<Hir, String> {
    Ok(match hir.into_kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(Literal(bytes)) => literal(&bytes)?,
        HirKind::Class(class) => Hir::class(Class::Unicode(meant(class)?)),
        HirKind::Look(look) => Hir::look(edge(look)?),
        HirKind::Repetition(Repetition { max: None, .. }) => {
            return Err(
                "`*`, `+` and `{2,}` have no bound; say how many at most, such as `{1,20}`".to_owned()
            );
        }
        HirKind::Repetition(repetition) => {
            let sub = Box::new(plain(*repetition.sub)?);
            Hir::repetition(Repetition { sub, ..repetition })
        }
        HirKind::Capture(capture) => plain(*capture.sub)?,
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(plain).collect::<Result<_, _>>()?),
        HirKind::Alternation(parts) => {
            Hir::alternation(parts.into_iter().map(plain).collect::<Result<_, _>>()?)
        }
    })
}

/// How many characters it matches at most.
pub(super) fn longest(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 0,
        HirKind::Literal(Literal(bytes)) => String::from_utf8_lossy(bytes).chars().count(),
        HirKind::Class(_) => 1,
        HirKind::Repetition(Repetition { max, sub, .. }) => {
            let most = max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
            longest(sub).saturating_mul(most)
        }
        HirKind::Capture(capture) => longest(&capture.sub),
        HirKind::Concat(parts) => parts.iter().map(longest).fold(0, usize::saturating_add),
        HirKind::Alternation(parts) => parts.iter().map(longest).max().unwrap_or(0),
    }
}

fn literal(bytes: &[u8]) -> Result<Hir, String> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| "a pattern is of characters, not of bytes".to_owned())?;
    match text.chars().find(|c| fold::is_invisible(*c) || fold::plain(*c) != *c) {
        None => Ok(Hir::literal(bytes)),
        Some(c) if fold::is_invisible(c) => {
            Err(format!("nobody sees `{}`, and it is passed over in texts; leave it out", c.escape_unicode()))
        }
        Some(c) => Err(format!("`{c}` reads as `{}`, however it is written; write that", fold::plain(c))),
    }
}

/// Without the characters that read as others.
fn meant(class: Class) -> Result<ClassUnicode, String> {
    let mut class = match class {
        Class::Unicode(class) => class,
        Class::Bytes(class) => {
            class.to_unicode_class().ok_or("a pattern is of characters, not of bytes".to_owned())?
        }
    };
    let read_otherwise = fold::READ_OTHERWISE.map(|(first, last)| ClassUnicodeRange::new(first, last));
    let digits = fold::digits().map(|(first, last)| ClassUnicodeRange::new(first, last));
    class.difference(&ClassUnicode::new(read_otherwise.into_iter().chain(digits)));
    if class.ranges().is_empty() {
        return Err("a class has only characters that read as others, such as digits of another width; write plain ones".to_owned());
    }
    Ok(class)
}

fn edge(look: Look) -> Result<Look, String> {
    match look {
        Look::WordUnicode | Look::WordAscii => Ok(Look::WordAscii),
        Look::WordUnicodeNegate | Look::WordAsciiNegate => Ok(Look::WordAsciiNegate),
        Look::WordStartUnicode | Look::WordStartAscii => Ok(Look::WordStartAscii),
        Look::WordEndUnicode | Look::WordEndAscii => Ok(Look::WordEndAscii),
        Look::WordStartHalfUnicode | Look::WordStartHalfAscii => Ok(Look::WordStartHalfAscii),
        Look::WordEndHalfUnicode | Look::WordEndHalfAscii => Ok(Look::WordEndHalfAscii),
        Look::Start | Look::End | Look::StartLF | Look::EndLF | Look::StartCRLF | Look::EndCRLF => {
            Err("a pattern finds a part of a text, so `^` and `$` mean nothing; for the edge of a word write `\\b`"
                .to_owned())
        }
    }
}
