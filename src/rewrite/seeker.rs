//! What is found in a whole text, by our own detectors and by those that are asked.
//!
//! The rule: findings that overlap become one, of all their kinds, whoever found them. A token of ours stands for something and is
//! nothing itself: what somebody takes for a name there is none, and of a finding that covers more, the rest stays one. What would
//! defeat it: a text whose answers are not all there; so nothing but refusals comes of it, and those are good without them.

use std::{cell::Cell, ops::Range};

use super::{
    asked::{Answer, Told},
    speech::Speech,
};
use crate::{
    detect::{Certainty, Detector, Kinds, Scan, Sighting, Tuning},
    policy::{Inquiry, action::Action},
    text::{Edge, Found, Scanner},
};

/// Looks through one whole text.
pub(super) struct Seeker<'s, 'r> {
    scan: Option<Scan<&'r Detector>>,
    speech: &'s Speech<'r>,
    /// Of what it is not known whether it is there, since nobody answered.
    unanswered: &'s Cell<Kinds>,
}

impl<'s, 'r> Seeker<'s, 'r> {
    pub(super) fn new(
        scan: Option<Scan<&'r Detector>>,
        speech: &'s Speech<'r>,
        unanswered: &'s Cell<Kinds>,
    ) -> Self {
        Self { scan, speech, unanswered }
    }

    /// What those who are asked found; none where an answer is missing.
    fn told(&self, text: &str) -> Option<Vec<Found<Kinds>>> {
        let Self { speech, unanswered, .. } = self;
        let mut told = Vec::new();
        let mut is_complete = true;
        for need in speech.needs() {
            match speech.outside().said(text, *need) {
                None => is_complete = false,
                Some(Answer::Nothing { .. }) => {
                    unanswered.set(unanswered.get().union(need.inquiry.kinds()));
                }
                Some(Answer::Found(found)) => {
                    let counted = counted(found, need.inquiry, speech.kinds(), speech.tuning());
                    told.extend(counted.map(|Found { at, what }| Found { at, what: what.kinds }));
                }
            }
        }
        is_complete.then_some(told)
    }
}

impl Scanner for Seeker<'_, '_> {
    type What = Kinds;

    fn scan(&mut self, text: &str, edge: Edge, found: &mut Vec<Found<Kinds>>) -> usize {
        let decided = self.scan.scan(text, edge, found);
        if self.speech.needs().is_empty() || text.trim().is_empty() {
            return decided;
        }
        match self.told(text) {
            None => found.retain(|found| self.speech.does(found.what, &Action::Refuse)),
            Some(told) => {
                found.extend(told);
                if found.is_empty() {
                    return decided;
                }
                *found = without(std::mem::take(found), &self.speech.tokens(text), text);
                unite(found, Kinds::union);
                let ignored = &self.speech.tuning().ignored;
                found.retain(|found| !ignored.has(text.get(found.at.clone()).unwrap_or_default()));
            }
        }
        decided
    }
}

/// What of their findings counts: what is of kinds that are sought, as sure as the policy wants it.
pub(super) fn counted<'f>(
    found: &'f [Found<Told>],
    inquiry: &'f Inquiry,
    kinds: Kinds,
    tuning: &'f Tuning,
) -> impl Iterator<Item = Found<Sighting>> + 'f {
    found.iter().filter_map(move |found| {
        let Told { entity, percent } = found.what;
        let certainty = Certainty::of_model(percent);
        let asked = inquiry.entities.get(entity)?.kinds.intersection(kinds);
        let kinds = tuning.least.sure(asked, certainty);
        (!kinds.is_empty()).then(|| Found { at: found.at.clone(), what: Sighting { kinds, certainty } })
    })
}

/// The findings without what is in these places, which are in order.
pub(super) fn without<W: Copy>(found: Vec<Found<W>>, tokens: &[Range<usize>], text: &str) -> Vec<Found<W>> {
    if tokens.is_empty() {
        return found;
    }
    let mut rest = Vec::new();
    for Found { at, what } in found {
        let mut from = at.start;
        for token in tokens.iter().filter(|token| token.start < at.end && at.start < token.end) {
            rest.extend(trimmed(from..token.start, text).map(|at| Found { at, what }));
            from = token.end;
        }
        let last = if from == at.start { Some(at) } else { trimmed(from..at.end, text) };
        rest.extend(last.map(|at| Found { at, what }));
    }
    rest
}

/// What of a place says something, from the first such character to the last.
fn trimmed(at: Range<usize>, text: &str) -> Option<Range<usize>> {
    let inner = text.get(at.clone())?;
    let start = inner.find(char::is_alphanumeric)?;
    let (last, c) = inner.char_indices().rfind(|(_, c)| c.is_alphanumeric())?;
    Some(at.start + start..at.start + last + c.len_utf8())
}

/// Brings findings in order; those that overlap become one.
pub(super) fn unite<W: Copy>(found: &mut Vec<Found<W>>, both: impl Fn(W, W) -> W) {
    found.sort_by_key(|found| found.at.start);
    found.dedup_by(|next, last| {
        let overlap = next.at.start < last.at.end;
        if overlap {
            last.at.end = last.at.end.max(next.at.end);
            last.what = both(last.what, next.what);
        }
        overlap
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Kind;

    fn found(at: Range<usize>, kind: Kind) -> Found<Kinds> {
        Found { at, what: kind.into() }
    }

    #[test]
    fn findings_that_overlap_are_one_and_those_that_touch_are_two() {
        let mut all = vec![
            found(9..12, Kind::Email),
            found(4..8, Kind::Phone),
            found(0..5, Kind::PersonName),
            found(8..9, Kind::Url),
            found(10..11, Kind::Phone),
        ];
        unite(&mut all, Kinds::union);
        let both = |one: Kind, other: Kind| Kinds::of(&[one, other]);
        let expected = [
            Found { at: 0..8, what: both(Kind::PersonName, Kind::Phone) },
            found(8..9, Kind::Url),
            Found { at: 9..12, what: both(Kind::Email, Kind::Phone) },
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn of_a_finding_over_a_token_what_stands_beside_it_stays() {
        let text = "Dear TOKEN, and TOKEN Miller of TOKEN";
        let tokens = [5..10, 16..21, 32..37];
        let left = |at: Range<usize>| {
            let left = without(vec![found(at, Kind::PersonName)], &tokens, text);
            left.into_iter().map(|found| text.get(found.at).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(left(5..10), Vec::<&str>::new());
        assert_eq!(left(6..9), Vec::<&str>::new());
        assert_eq!(left(0..11), ["Dear"]);
        assert_eq!(left(16..28), ["Miller"]);
        assert_eq!(left(0..37), ["Dear", "and", "Miller of"]);
        assert_eq!(left(22..28), ["Miller"]);
    }
}
