//! Words of a policy's own beside what its patterns find.

use super::{
    super::cursor::Cursor,
    FAR, ends_sentence, is_of_word, known,
    listed::{Small, lower},
    word_ahead,
};

/// Whether one of some words, in small letters, stands beside what begins at a place and ends at the cursor: before it, as far back as
/// words count, or at once behind it.
pub(in super::super) fn is_beside(cursor: &mut Cursor<'_>, at: usize, words: &[Box<str>]) -> bool {
    let is_before = cursor.site().look_back(at, |chars| {
        let mut back = std::iter::successors(last_word(chars), |(_, rest)| last_word(rest)).take(FAR);
        back.any(|(word, _)| is_one_of(words, word))
    });
    is_before || cursor.ahead(word_ahead).is_some_and(|word| is_one_of(words, &word))
}

fn is_one_of(words: &[Box<str>], word: &[char]) -> bool {
    let mut small = Small::new();
    lower(word, &mut small);
    words.iter().any(|known| known.as_bytes() == small.as_slice())
}

/// The last word of some text, and what stands before it; none where a number comes first, or a sentence ends.
fn last_word(text: &[char]) -> Option<(&[char], &[char])> {
    let end = text.iter().rposition(|c| is_of_word(*c) || c.is_ascii_digit())? + 1;
    let (text, gap) = text.split_at_checked(end)?;
    let start = text.iter().rposition(|c| !is_of_word(*c)).map_or(0, |at| at + 1);
    let (rest, word) = text.split_at_checked(start)?;
    let ends = ends_sentence(gap) && !known(word).is_some_and(|listed| listed.is_abbreviation);
    (!word.is_empty() && !ends).then_some((word, rest))
}
