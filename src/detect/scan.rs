//! Looks through one text, in as many pieces as it comes.
//!
//! The rule: a candidate that has not been decided holds back what stands from its beginning on; so does what was found and overlaps
//! it, because the two become one; and so does an end that could be the beginning of one. Nothing else does. A candidate
//! that is still not decided where the room ends that it may take is taken for what it could be, together with all that goes on as it did.

use std::borrow::Borrow;

use smallvec::SmallVec;

use crate::text::{Edge, Found, HELD_BACK};

use super::{
    Detector, Kinds, Sighting,
    certainty::Certainty,
    rule::Rule,
    search::{Search, Wanted},
    site::{Finding, Tail},
    unit::{self, Next},
};

/// Looks for what has a pattern in one text.
#[derive(Clone, Debug)]
pub(super) struct Patterns<D> {
    detector: D,
    wanted: Wanted,
    /// What stands before the first undecided place.
    tail: Tail,
    /// A candidate that was too long to be held back, while it goes on.
    within: Option<Within>,
}

/// A candidate that was too long to be held back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Within {
    pub rule: &'static Rule,
    /// What it was taken for.
    pub kinds: Kinds,
}

/// How much of a text is gone through at once, in bytes: many times what can be held back. So something that is too long, which ends a pass, does
/// not have the rest of a long text gone through for its next sign again and again.
const BLOCK: usize = 4 * HELD_BACK * char::MAX_LEN_UTF8;

/// What became of some text.
#[derive(Debug, Default)]
pub(super) struct Pass {
    pub found: SmallVec<[Finding; 4]>,
    pub decided: usize,
    pub within: Option<Within>,
    /// Whether there is more to be decided behind that.
    pub again: bool,
}

impl<D: Borrow<Detector>> Patterns<D> {
    /// Looks for those of some kinds that the detector was compiled for.
    pub fn new(detector: D, kinds: Kinds, room: usize) -> Self {
        let kinds = kinds.intersection(detector.borrow().kinds());
        let wanted = Wanted::of(detector.borrow(), kinds, room);
        Self { detector, wanted, tail: Tail::default(), within: None }
    }

    pub fn detector(&self) -> &Detector {
        self.detector.borrow()
    }

    fn pass(&self, text: &str, edge: Edge) -> Pass {
        match self.within {
            Some(within) => swallow(within, text, edge, self.wanted.room),
            None => Search::new(self.detector.borrow(), self.wanted, &self.tail, text, edge).run(),
        }
    }

    /// Looks at the text from the first undecided byte on, shows what is found, and says up to where everything is decided.
    pub fn look(&mut self, text: &str, edge: Edge, mut found: impl FnMut(Found<Sighting>)) -> usize {
        let mut base = 0;
        loop {
            let rest = text.get(base..).unwrap_or_default();
            if rest.is_empty() || self.wanted.kinds.is_empty() {
                return text.len();
            }
            let block = rest.get(..rest.floor_char_boundary(BLOCK)).unwrap_or(rest);
            let is_last = block.len() == rest.len();
            let pass = self.pass(block, if is_last { edge } else { Edge::Open });
            let taken = pass.found.last().map_or(0, |found| found.at.end);
            for Finding { at, what, certainty, .. } in pass.found {
                let at = at.start + base..at.end + base;
                found(Found { at, what: Sighting { kinds: what, certainty } });
            }
            self.within = pass.within;
            base += pass.decided;
            if edge == Edge::End && base == text.len() {
                return base;
            }
            if let Some(taken) = rest.get(..taken).filter(|taken| !taken.is_empty()) {
                self.tail = self.tail.and(taken).taken();
            }
            self.tail = self.tail.and(rest.get(taken..pass.decided).unwrap_or_default());
            if is_last && !pass.again {
                return base;
            }
        }
    }
}

/// What goes on as a candidate did that was too long belongs to it, in parts of what can be held back.
fn swallow(within: Within, text: &str, edge: Edge, room: usize) -> Pass {
    let Within { rule, kinds } = within;
    let (mut at, mut chars) = (0, 0);
    let full = loop {
        match unit::next(text, at) {
            Next::Unit(unit) if !(rule.goes_on)(unit.c) => break false,
            // By what it could take and not by what it does, which a cut would hide.
            Next::Unit(_) | Next::Cut if chars + unit::most(text, at) > room => break true,
            Next::Unit(unit) => (at, chars) = (at + unit.len(), chars + unit.chars()),
            Next::Cut | Next::End if edge == Edge::End => break false,
            Next::Cut | Next::End => return Pass { within: Some(within), ..Pass::default() },
        }
    };
    let mut found = SmallVec::new();
    if at > 0 {
        found.push(Finding { at: 0..at, what: kinds, certainty: Certainty::PATTERN, since: 0 });
    }
    Pass { found, decided: at, within: full.then_some(within), again: true }
}
