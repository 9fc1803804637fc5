//! A place in a message, as a policy names it: a JSONPath (RFC 9535) into the body, or a named field beside it.
//!
//! The rule: a selector either matches exactly what its standard says or is an error when it is loaded; one that plainly can't match
//! anything is an error too, because a rule that silently matches nothing lets data through. Grammar, types and matching
//! are ours: no library we know keeps to the standard in all three. Selectors that need nothing but the way from the root
//! are followed while the body is read ([`Paths`]); those that ask for a value or for the end of an array are looked up
//! beforehand ([`LookAhead`]).

mod ahead;
mod decimal;
mod field;
mod fields;
mod filter;
mod parse;
mod path;
mod paths;
mod regexp;

pub use ahead::{Document, Foreseen, Kind, LookAhead};
pub use field::{FieldKind, FieldSelector, MediaRange};
pub use fields::Fields;
pub use path::{BodySelector, Segment, Step};
pub use paths::{Mark, Matching, Paths, Set, Symbol};

/// Where a policy entry finds data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selector {
    /// Places in a JSON body.
    Body(BodySelector),
    /// Fields beside the body, or the fields of a form.
    Field(FieldSelector),
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
                "a selector is a JSONPath that begins with `$`, or one of `header:`, `cookie:`, `query:`, `form:`, `path:`, `file:`, `filename:` and a name",
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

/// A name as it compares where case does not matter: character by character, first upper, then lower case, so that `ſ`
/// and `K` (Kelvin) meet `s` and `k`, as they do in readers that fold case.
fn folded(name: &str) -> String {
    name.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

fn fault<T>(at: usize, what: impl Into<String>) -> Result<T, SelectorFault> {
    Err(SelectorFault { what: what.into(), at })
}

#[cfg(test)]
pub(crate) mod tests;
