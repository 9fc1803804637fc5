//! A place in a message, as a policy names it: a JSONPath (RFC 9535) into the body, or a named field beside it.
//!
//! The rule: a selector either matches exactly what its standard says or is an error when it is loaded; one that can't match
//! anything is an error too, because a rule that silently matches nothing lets data through. The grammar is
//! `jsonpath-rust`'s; what that parser accepts beyond the standard is refused here, and the matching is ours.

mod fields;
mod paths;

pub use fields::Fields;
pub use paths::{Mark, Matching, NodeId, Paths, Set, Symbol};

use jsonpath_rust::parser::{
    model::{JpQuery, Segment as ParsedSegment, Selector as ParsedSelector},
    parse_json_path,
};

/// Where a policy entry finds data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selector {
    /// Places in a JSON body.
    Body(BodySelector),
    /// Fields beside the body, or the fields of a form.
    Field(FieldSelector),
}

/// Places in a JSON body.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BodySelector {
    /// The selector as it was written.
    pub text: String,
    /// Its segments, outermost first.
    pub segments: Vec<Segment>,
    /// Whether member names match in any case.
    pub ignore_case: bool,
}

/// One segment of a path: the children it selects, of one node or of everything below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Segment {
    /// Whether it also looks into every descendant (`..`).
    pub descend: bool,
    /// What it selects, in the order of the text.
    pub steps: Vec<Step>,
}

/// One way to choose children.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Every member or element.
    Any,
    /// The member of this name.
    Name(String),
    /// The elements from `start` up to, not including, `end`, each `step`-th.
    Elements {
        /// The first index.
        start: u64,
        /// The index to stop before; none for the end of the array.
        end: Option<u64>,
        /// The distance between two elements, at least 1.
        step: u64,
    },
}

/// Named fields of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldSelector {
    /// The selector as it was written.
    pub text: String,
    /// Which fields.
    pub kind: FieldKind,
    /// The name, or its beginning.
    pub name: String,
    /// Whether any name that begins so is meant (a trailing `*`).
    pub prefix: bool,
    /// Whether names match in any case. Header names always do.
    pub ignore_case: bool,
}

/// The kinds of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FieldKind {
    /// Header and trailer fields (RFC 9110, section 6.3).
    Header,
    /// Cookies (RFC 6265).
    Cookie,
    /// Parameters of the query.
    Query,
    /// Fields of an `application/x-www-form-urlencoded` body.
    Form,
    /// Named segments of the route's path.
    Path,
}

/// What is wrong with a selector, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorFault {
    /// What is wrong, and what to write instead.
    pub what: String,
    /// At which byte of the selector.
    pub at: usize,
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// When it is not one, or is one that this version can't honour.
    pub fn parse(text: &str, ignore_case: bool) -> Result<Self, SelectorFault> {
        if text.starts_with('$') {
            return BodySelector::parse(text, ignore_case).map(Self::Body);
        }
        let Some((kind, name)) = text.split_once(':') else {
            return fault(
                0,
                "a selector is a JSONPath that begins with `$`, or one of `header:`, `cookie:`, `query:`, `form:`, `path:` and a name",
            );
        };
        FieldSelector::parse(text, kind, name, ignore_case).map(Self::Field)
    }

    /// The selector as it was written.
    pub fn text(&self) -> &str {
        match self {
            Self::Body(body) => &body.text,
            Self::Field(field) => &field.text,
        }
    }
}

impl FieldKind {
    const ALL: [Self; 5] = [Self::Header, Self::Cookie, Self::Query, Self::Form, Self::Path];

    /// The word before the colon.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Query => "query",
            Self::Form => "form",
            Self::Path => "path",
        }
    }
}

impl FieldSelector {
    fn parse(text: &str, kind: &str, name: &str, ignore_case: bool) -> Result<Self, SelectorFault> {
        let Some(kind) = FieldKind::ALL.into_iter().find(|known| known.as_str() == kind) else {
            return match kind {
                "file" => fault(0, "`file:` selectors are not supported yet"),
                other => fault(
                    0,
                    format!(
                        "unknown kind of field `{other}`; use `header:`, `cookie:`, `query:`, `form:` or `path:`"
                    ),
                ),
            };
        };
        let name_at = kind.as_str().len() + 1;
        let (name, prefix) = name.strip_suffix('*').map_or((name, false), |start| (start, true));
        if let Some(star) = name.find('*') {
            return fault(name_at + star, "`*` may only stand at the end of a name");
        }
        if name.is_empty() && !prefix || name.trim() != name {
            return fault(name_at, "a name is missing, or has space around it");
        }
        if kind == FieldKind::Header && !name.is_empty() && http::HeaderName::try_from(name).is_err() {
            return fault(name_at, "not the name of a header field");
        }
        if kind == FieldKind::Header && name.contains('_') {
            return fault(name_at, "header names with `_` are always dropped, so no entry can find one");
        }
        let ignore_case = ignore_case || kind == FieldKind::Header;
        let name = if ignore_case { folded(name) } else { name.to_owned() };
        Ok(Self { text: text.to_owned(), kind, name, prefix, ignore_case })
    }
}

impl BodySelector {
    /// Reads a JSONPath.
    ///
    /// # Errors
    /// When RFC 9535 has no such path, or it uses what this version can't honour.
    pub fn parse(text: &str, ignore_case: bool) -> Result<Self, SelectorFault> {
        if text.trim_end() != text {
            return fault(text.trim_end().len(), "a selector does not end with white space");
        }
        let query = parse_json_path(text).map_err(|_| SelectorFault {
            what: "not a JSONPath (RFC 9535) from here on".to_owned(),
            at: longest_path(text),
        })?;
        let segments = query
            .segments
            .into_iter()
            .map(|parsed| segment(parsed, ignore_case))
            .collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), segments, ignore_case })
    }
}

/// How much of a text that is no path could begin one: where the caret goes.
fn longest_path(text: &str) -> usize {
    let is_path = |upto: usize| {
        let head = text.get(..upto);
        head.is_some_and(|head| head.trim_end() == head && parse_json_path(head).is_ok_and(|_: JpQuery| true))
    };
    (1..text.len()).rev().find(|upto| is_path(*upto)).unwrap_or(0)
}

fn segment(parsed: ParsedSegment, ignore_case: bool) -> Result<Segment, SelectorFault> {
    let (descend, parsed) = match parsed {
        ParsedSegment::Descendant(inner) => (true, *inner),
        child @ (ParsedSegment::Selector(_) | ParsedSegment::Selectors(_)) => (false, child),
    };
    let parsed = match parsed {
        ParsedSegment::Selector(one) => vec![one],
        ParsedSegment::Selectors(many) => many,
        ParsedSegment::Descendant(_) => return fault(0, "`..` can't follow `..`"),
    };
    let steps = parsed.into_iter().map(|selector| step(selector, ignore_case)).collect::<Result<_, _>>()?;
    Ok(Segment { descend, steps })
}

fn step(parsed: ParsedSelector, ignore_case: bool) -> Result<Step, SelectorFault> {
    match parsed {
        ParsedSelector::Name(name) if ignore_case => Ok(Step::Name(folded(&name))),
        ParsedSelector::Name(name) => Ok(Step::Name(name)),
        ParsedSelector::Wildcard => Ok(Step::Any),
        ParsedSelector::Index(index) => {
            let start = from_the_start(index)?;
            Ok(Step::Elements { start, end: Some(start + 1), step: 1 })
        }
        ParsedSelector::Slice(start, end, step) => {
            let start = from_the_start(start.unwrap_or(0))?;
            let end = end.map(from_the_start).transpose()?;
            let step = from_the_start(step.unwrap_or(1))?;
            if step == 0 || end.is_some_and(|end| end <= start) {
                return fault(0, "this slice selects nothing");
            }
            Ok(Step::Elements { start, end, step })
        }
        ParsedSelector::Filter(_) => fault(0, "filters (`[?…]`) are not supported yet"),
    }
}

/// A name as it compares where case does not matter: character by character, first upper, then lower case, so that `ſ`
/// and `K` (Kelvin) meet `s` and `k`, as they do in readers that fold case.
fn folded(name: &str) -> String {
    name.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

fn from_the_start(index: i64) -> Result<u64, SelectorFault> {
    u64::try_from(index).or_else(|_| fault(0, "counting from the end of an array is not supported yet"))
}

fn fault<T>(at: usize, what: impl Into<String>) -> Result<T, SelectorFault> {
    Err(SelectorFault { what: what.into(), at })
}

#[cfg(test)]
pub(crate) mod tests;
