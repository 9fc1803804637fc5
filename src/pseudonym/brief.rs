//! Tokens like `[email-1]`, which mean something in one exchange only.
//!
//! The rule: values of one kind are numbered as they come, the same value always alike. A number says nothing about the
//! value, so these have no key, and can't be told from what somebody typed; hence what a client typed that looks like one
//! is replaced by one of its own (see [`super::Lookalikes`]).

use std::collections::HashMap;

use super::Kind;

/// The tokens made so far. It holds values, so it can't be printed.
#[derive(Default)]
pub(super) struct Numbered(HashMap<Kind, OfKind>);

#[derive(Default)]
struct OfKind {
    numbers: HashMap<String, u32>,
    values: Vec<String>,
}

impl Numbered {
    /// The token of a value.
    pub(super) fn token(&mut self, kind: &Kind, value: &str) -> String {
        let known = self.0.entry(kind.clone()).or_default();
        let number = known.numbers.get(value).copied().unwrap_or_else(|| {
            known.values.push(value.to_owned());
            let number = u32::try_from(known.values.len()).unwrap_or(u32::MAX);
            known.numbers.insert(value.to_owned(), number);
            number
        });
        format!("[{kind}-{number}]")
    }

    /// What a token stands for; none for a number that was not given.
    pub(super) fn value(&self, kind: &str, number: u32) -> Option<String> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        self.0.get(&Kind::of(kind))?.values.get(place).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_as_they_come_and_equal_ones_alike() {
        let (mut numbered, email, phone) = (Numbered::default(), Kind::of("email"), Kind::of("phone"));
        let mut token = |kind, value| numbered.token(kind, value);
        assert_eq!(token(&email, "a@example.com"), "[email-1]");
        assert_eq!(token(&email, "b@example.com"), "[email-2]");
        assert_eq!(token(&phone, "a@example.com"), "[phone-1]");
        assert_eq!(token(&email, "a@example.com"), "[email-1]");
        assert_eq!(numbered.value("email", 2).as_deref(), Some("b@example.com"));
        for (kind, number) in [("email", 0), ("email", 3), ("card", 1)] {
            assert_eq!(numbered.value(kind, number), None);
        }
    }
}
