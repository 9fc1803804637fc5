//! Candidates of a policy's own patterns.
//!
//! The rule: they are read where they begin, in the order in which they and signs stand, as the candidates of rules are.

use super::{
    super::{
        cursor::{Cursor, Limit},
        own,
        scan::Within,
        site::Finding,
    },
    Search, TooLong,
};

impl Search<'_> {
    /// The next place where some can begin, which, and from where to seek the one after it.
    pub(super) fn own(&self, from: usize) -> Option<(usize, u64, usize)> {
        let own = &self.detector.tuning.own;
        if self.wanted.own == 0 { None } else { own.next(self.wanted.own, self.site.text, from) }
    }

    /// Every one of them that can begin here has its say.
    pub(super) fn own_candidates(&mut self, at: usize, mut patterns: u64) {
        while patterns != 0 {
            self.own_candidate(at, patterns.trailing_zeros() as usize);
            patterns &= patterns - 1;
        }
    }

    fn own_candidate(&mut self, at: usize, number: usize) {
        let tuning = &self.detector.tuning;
        let Some((kinds, pattern)) = tuning.own.get(number) else { return };
        let Some(floor) = self.own_floors.get_mut(number).filter(|floor| **floor <= at) else { return };
        let mut cursor = Cursor::new(&self.site, at, *floor);
        let found = pattern.read(&mut cursor);
        let (end, limit, refused) = (cursor.at(), cursor.limit(), cursor.refused());
        let within = Within { rule: &own::RULE, kinds: *kinds };
        match limit {
            Limit::None => {
                let sure = found.filter(|(_, certainty)| !tuning.least.sure(*kinds, *certainty).is_empty());
                if let Some((at, certainty)) = sure {
                    *floor = at.end;
                    let since = at.start;
                    self.site.found.push(Finding { at, what: *kinds, certainty, since });
                }
            }
            Limit::Unseen => {
                // All that is behind will be seen again.
                *floor = self.site.text.len();
                self.hold(at, within);
            }
            Limit::TooFar => {
                *floor = self.site.text.len();
                self.end_within(TooLong { at: at..end, within, by: refused });
            }
        }
    }
}
