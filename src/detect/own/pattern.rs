//! One pattern, with what else is known of what it finds.

use std::{ops::Range, sync::Arc};

use regex_syntax::{Error, ParserBuilder};
use smallvec::SmallVec;

use super::{
    super::{certainty::Certainty, context, cursor::Cursor},
    automaton::Automaton,
    checked::Check,
    plain,
};

/// How deep groups may be nested.
const DEEPEST: u32 = 64;

/// A pattern of a policy's own kind.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: Arc<str>,
    automaton: Automaton,
    check: Option<Check>,
    /// Words beside it that say what it is, in small letters.
    words: Arc<[Box<str>]>,
}

/// Why a pattern can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// In words.
    pub what: String,
    /// Which bytes of the pattern; none for all of it.
    pub at: Option<Range<usize>>,
}

impl Pattern {
    /// How many characters what it finds may have: so much can be held back, with the word that follows.
    pub const LONGEST: usize = 96;

    /// Compiles a regular expression.
    ///
    /// # Errors
    /// What is wrong with it, or that it has no bound.
    pub fn new(text: &str) -> Result<Self, Fault> {
        let whole = |what: &str| Fault { what: what.to_owned(), at: None };
        let hir =
            ParserBuilder::new().nest_limit(DEEPEST).build().parse(text).map_err(|error| fault(&error))?;
        let hir = plain::plain(hir).map_err(|what| whole(&what))?;
        match hir.properties().minimum_len() {
            None => return Err(whole("it matches nothing; write what is to be found")),
            Some(0) => return Err(whole("it matches an empty text, too; say at least one character")),
            Some(_) => {}
        }
        let longest = plain::longest(&hir);
        if longest > Self::LONGEST {
            let most = Self::LONGEST;
            return Err(whole(&format!(
                "it can match {longest} characters, and no more than {most} are held back; make it shorter"
            )));
        }
        let automaton = Automaton::new(&hir).ok_or_else(|| {
            whole("it is too large when compiled; allow fewer lengths, or tell fewer characters apart")
        })?;
        Ok(Self { text: text.into(), automaton, check: None, words: Arc::default() })
    }

    /// Only what fits this formula.
    #[must_use]
    pub fn checked(self, check: Check) -> Self {
        Self { check: Some(check), ..self }
    }

    /// Words beside it make it surer.
    #[must_use]
    pub fn announced_by<'w>(self, words: impl IntoIterator<Item = &'w str>) -> Self {
        Self { words: words.into_iter().map(|word| word.to_lowercase().into()).collect(), ..self }
    }

    /// The regular expression.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a match can begin with this character.
    pub(super) fn begins_with(&self, c: char) -> bool {
        self.automaton.begins_with(c)
    }

    /// Reads what begins at the cursor: the longest that fits, and how sure it is.
    pub(in super::super) fn read(&self, cursor: &mut Cursor<'_>) -> Option<(Range<usize>, Certainty)> {
        let start = cursor.at();
        let mut compact = SmallVec::new();
        let ends = self.automaton.ends(cursor, &mut compact);
        let fits = |count: usize| {
            self.check.is_none_or(|check| check.fits(compact.get(..count).unwrap_or_default()))
        };
        let (end, _) = ends.into_iter().rev().find(|(_, count)| fits(*count))?;
        cursor.back_to(end);
        let announced = !self.words.is_empty() && context::is_beside(cursor, start, &self.words);
        let certainty = match (announced, self.check) {
            (true, Some(_)) => Certainty::ANNOUNCED,
            (false, Some(_)) => Certainty::CHECKSUM,
            (true, None) => Certainty::CONTEXT,
            (false, None) => Certainty::PATTERN,
        };
        Some((start..end, certainty))
    }
}

fn fault(error: &Error) -> Fault {
    let (what, span) = match error {
        Error::Parse(error) => (error.kind().to_string(), error.span()),
        Error::Translate(error) => (error.kind().to_string(), error.span()),
        _ => return Fault { what: "it is no regular expression".to_owned(), at: None },
    };
    Fault { what, at: Some(span.start.offset..span.end.offset) }
}
