//! Values that are nobody's: the address of a help desk, the number of an order.
//!
//! The rule: they are compared as they are meant, so neither case nor width nor encoding matters, and with the whole of what was found.
//! Where nothing is listed, nothing is compared.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, Look};

use super::unit::{self, Next};

/// What a compiled pattern may take up, in bytes.
const LARGEST: usize = 1 << 20;

/// What findings are not.
#[derive(Clone, Debug, Default)]
pub struct Ignored {
    values: Vec<Box<str>>,
    patterns: Vec<Arc<Regex>>,
}

impl Ignored {
    /// This value.
    pub fn add_value(&mut self, value: &str) {
        self.values.push(meant(value).to_lowercase().into());
        self.values.sort_unstable();
    }

    /// What this pattern matches as a whole.
    ///
    /// # Errors
    /// In words, when it is no regular expression or too large.
    pub fn add_pattern(&mut self, pattern: &str) -> Result<(), String> {
        // By itself: what would end the group that it is put into is wrong, and a comment must not swallow its end.
        let hir = regex_syntax::parse(pattern).map_err(|error| match error {
            regex_syntax::Error::Parse(error) => error.kind().to_string(),
            regex_syntax::Error::Translate(error) => error.kind().to_string(),
            _ => "it is no regular expression".to_owned(),
        })?;
        let whole = Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)]);
        let built = RegexBuilder::new(&whole.to_string()).size_limit(LARGEST).build();
        let pattern = built.map_err(|_| "it is too large when compiled".to_owned())?;
        self.patterns.push(Arc::new(pattern));
        Ok(())
    }

    /// Whether what was found is one of them.
    pub fn has(&self, found: &str) -> bool {
        if self.values.is_empty() && self.patterns.is_empty() {
            return false;
        }
        let found = meant(found);
        self.patterns.iter().any(|pattern| pattern.is_match(&found))
            || self.values.binary_search(&found.to_lowercase().into()).is_ok()
    }
}

/// The characters of a text as they are meant.
fn meant(text: &str) -> String {
    let (mut meant, mut at) = (String::with_capacity(text.len()), 0);
    loop {
        match unit::next(text, at) {
            Next::Unit(unit) => {
                meant.push(unit.c);
                at += unit.len();
            }
            Next::Cut => {
                let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { return meant };
                meant.push(c);
                at += c.len_utf8();
            }
            Next::End => return meant,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_as_they_are_meant() {
        let mut ignored = Ignored::default();
        assert!(!ignored.has("support@example.com"));
        ignored.add_value("Support@example.com");
        ignored.add_value("１１０");
        ignored.add_pattern(r"ORD-\d{6}").unwrap();
        for one in [
            "support@example.com",
            "SUPPORT%40example.com",
            "ｓupport@ex\u{200b}ample.com",
            "110",
            "ORD-123456",
        ] {
            assert!(ignored.has(one), "{one}");
        }
        for other in ["xsupport@example.com", "1100", "ORD-1234567", "ord-123456", ""] {
            assert!(!ignored.has(other), "{other}");
        }
        assert_eq!(ignored.add_pattern("(").unwrap_err(), "unclosed group");
        assert_eq!(ignored.add_pattern("a)|(?:b").unwrap_err(), "unopened group");
        assert!(
            ignored.add_pattern("(?x) ab|abc # of two").is_ok() && ignored.has("abc") && !ignored.has("abcd")
        );
        assert_eq!(ignored.add_pattern(r"(\w{100}){500}").unwrap_err(), "it is too large when compiled");
    }
}
