//! What the bot is told about the purposes that are allowed: `Assentry-Purposes`.
//!
//! The rule: the field at the bot is ours or is not there. What would defeat it is a client that writes it, in whatever
//! spelling; so the rewrite takes it out of every request and its trailers, also where the bot is told nothing. (With `_` for
//! `-` it goes like every such name.) Its value depends on the verdict alone.

use std::fmt::Write as _;

use http::{HeaderName, HeaderValue};

use super::Rewritten;
use crate::policy::{Plan, Verdict};

/// The field: a list of Structured Fields (RFC 9651, section 3.1).
pub const ASSENTRY_PURPOSES: HeaderName = HeaderName::from_static("assentry-purposes");

impl Rewritten {
    /// Tells the bot which purposes are allowed; nothing where none is (RFC 9651, section 3.1: an empty list is no field).
    pub fn told(mut self, plan: &Plan, verdict: &Verdict) -> Self {
        if let Ok(value) = HeaderValue::try_from(purposes(plan, verdict))
            && !value.is_empty()
        {
            self.headers.insert(ASSENTRY_PURPOSES, value);
        }
        self
    }
}

/// The allowed purposes, in the order of the policy.
fn purposes(plan: &Plan, verdict: &Verdict) -> String {
    let states = plan.policy.purposes.iter().zip(&verdict.states);
    let allowed = states.filter(|(_, state)| state.allowed).map(|(purpose, _)| item(&purpose.name));
    allowed.collect::<Vec<_>>().join(", ")
}

/// A name as a token where it is one, else as a string, or a display string where it has other letters than ASCII
/// (RFC 9651, sections 3.3.3, 3.3.4 and 3.3.8). A purpose's name has nothing in it that needs an escape.
fn item(name: &str) -> String {
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.is_ascii() {
        return name.to_owned();
    }
    if name.is_ascii() {
        return format!("\"{name}\"");
    }
    let mut text = "%\"".to_owned();
    for byte in name.bytes() {
        if byte.is_ascii() {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02x}");
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_structured_fields_have_them() {
        for (name, written) in [
            ("support", "support"),
            ("follow-up", "follow-up"),
            ("a.b_c9", "a.b_c9"),
            ("2fa", "\"2fa\""),
            ("-x", "\"-x\""),
            ("qualität", "%\"qualit%c3%a4t\""),
            ("ü", "%\"%c3%bc\""),
        ] {
            assert_eq!(item(name), written);
        }
    }
}
