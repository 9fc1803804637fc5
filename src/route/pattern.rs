//! The path of a route: literal segments and named ones.

use std::sync::Arc;

use super::{Segments, target};

/// A path that a route takes: exactly, or with anything below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    segments: Vec<Segment>,
    exact: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Named(Arc<str>),
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternFault {
    /// It does not begin with a slash.
    #[error("the path `{0}` does not begin with `/`")]
    NoSlash(String),
    /// A segment is neither literal nor named.
    #[error("the path segment `{0}` is neither plain nor a name in braces, such as `{{session}}`")]
    Segment(String),
    /// Two segments have one name.
    #[error("the path segment `{{{0}}}` stands twice")]
    Twice(String),
}

impl Pattern {
    /// A path that is taken as it stands.
    ///
    /// # Errors
    /// When the text is none.
    pub fn exact(text: &str) -> Result<Self, PatternFault> {
        Self::parse(text, true)
    }

    /// A path that is taken with everything below it.
    ///
    /// # Errors
    /// When the text is none.
    pub fn prefix(text: &str) -> Result<Self, PatternFault> {
        Self::parse(text.strip_suffix('/').unwrap_or(text), false)
    }

    /// The names of its segments.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Named(name) => Some(&**name),
        })
    }

    /// Higher is chosen first: exact before prefix, long before short, literal before named.
    pub(super) fn specificity(&self) -> (bool, usize, Vec<bool>) {
        let literal = self.segments.iter().map(|segment| matches!(segment, Segment::Literal(_))).collect();
        (self.exact, self.segments.len(), literal)
    }

    /// The named segments, if the path is taken.
    pub(super) fn matches(&self, path: &str) -> Option<Segments> {
        let mut named = Segments::new();
        let mut at = 0;
        let mut given = path.split('/').skip(1);
        for segment in &self.segments {
            let text = given.next()?;
            at += 1;
            match segment {
                Segment::Literal(literal) if !is(text, literal) => return None,
                Segment::Literal(_) => {}
                Segment::Named(_) if text.is_empty() => return None,
                Segment::Named(name) => named.push((Arc::clone(name), at..at + text.len())),
            }
            at += text.len();
        }
        // A slash at the end makes no other place of it: many a backend reads both alike.
        let is_over = matches!((given.next(), given.next()), (None | Some(""), None));
        (!self.exact || is_over).then_some(named)
    }

    fn parse(text: &str, exact: bool) -> Result<Self, PatternFault> {
        let is_root = text.is_empty() && !exact;
        if !text.starts_with('/') && !is_root {
            return Err(PatternFault::NoSlash(text.to_owned()));
        }
        let segments = text.split('/').skip(1).map(Segment::parse).collect::<Result<Vec<_>, _>>()?;
        let pattern = Self { segments, exact };
        let mut names: Vec<&str> = pattern.names().collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair.first() == pair.last()) {
            Some(pair) => Err(PatternFault::Twice(pair.first().copied().unwrap_or_default().to_owned())),
            None => Ok(pattern),
        }
    }
}

/// Whether a segment stands for a literal one, however it spells it.
fn is(segment: &str, literal: &str) -> bool {
    segment == literal
        || segment.contains('%') && target::decoded(segment).is_some_and(|bytes| bytes == literal.as_bytes())
}

impl Segment {
    fn parse(text: &str) -> Result<Self, PatternFault> {
        let is_name = |name: &str| {
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        };
        match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if is_name(name) => Ok(Self::Named(name.into())),
            None if !text.contains(['{', '}', '*', '?', '#']) => Ok(Self::Literal(text.to_owned())),
            Some(_) | None => Err(PatternFault::Segment(text.to_owned())),
        }
    }
}
