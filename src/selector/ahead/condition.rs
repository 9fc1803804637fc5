//! Whether a condition is true of a candidate (RFC 9535, section 2.3.5).

use super::search::{Search, remember};
use crate::selector::filter::Filter;

impl<'a> Search<'a, '_> {
    /// Whether the condition is true of this node.
    pub(super) fn holds(&mut self, filter: &'a Filter, candidate: u32) -> bool {
        match filter {
            Filter::Or(parts) => parts.iter().any(|part| self.holds(part, candidate)),
            Filter::And(parts) => parts.iter().all(|part| self.holds(part, candidate)),
            Filter::Not(part) => !self.holds(part, candidate),
            Filter::Exists(query) => self.count(query, candidate) > 0,
            Filter::Compare(left, comparison, right) => {
                let (left, right) = (self.worth(left, candidate), self.worth(right, candidate));
                left.compares(*comparison, &right, self.document)
            }
            Filter::Matches(value, pattern) => {
                self.worth(value, candidate).text().is_some_and(|text| pattern.matches(&text))
            }
            Filter::Once(number, condition) => {
                if let Some(known) = self.conditions.get(*number).copied().flatten() {
                    return known;
                }
                let answer = self.holds(condition, candidate);
                remember(&mut self.conditions, *number, answer);
                answer
            }
        }
    }
}
