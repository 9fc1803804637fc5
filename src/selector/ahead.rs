//! Selectors that ask for more than the way from the root: filters, and elements counted from the end.
//!
//! The rule: the places they find are known before the rewriter comes by, and are handed to it as offsets in the body; the
//! rewriter itself stays the one that reads everything and decides everything. A body is indexed only where the policy has
//! such a selector, and what it then costs is the body times the length of the selectors, never a power of either.
//! What would defeat that: looking twice at what lies below a place (so counts are kept for every `..` in a filter),
//! asking the root again for every candidate (so what does not depend on `@` is answered once), and reading a long value
//! again for every short one it is compared with (so long values are decoded once, and no comparison reads more than the shorter).
//! A pattern costs the text times the size it is compiled to, which has its own bound.

mod condition;
mod document;
mod place;
mod search;
mod worth;

pub use document::{Document, Kind};
use search::Search;

use super::BodySelector;

/// The selectors of a policy that look ahead, each with the number of its entry.
#[derive(Debug, Default)]
pub struct LookAhead {
    selectors: Vec<(BodySelector, u32)>,
}

/// What was found, to be met in the order of the document.
#[derive(Debug, Default)]
pub struct Foreseen {
    /// Where a value begins, and an entry whose selector found it, or [`LEADS_ON`]. In order.
    found: Vec<(u32, u32)>,
    /// The first that has not been passed yet.
    next: usize,
    /// Up to where they begin where the rewriter is.
    upto: usize,
}

/// In the place of an entry: something below the value was found.
const LEADS_ON: u32 = u32::MAX;

impl LookAhead {
    /// Those of the selectors that look ahead.
    pub fn new<'a>(selectors: impl IntoIterator<Item = (&'a BodySelector, u32)>) -> Self {
        let ahead = selectors.into_iter().filter(|(selector, _)| selector.looks_ahead());
        Self { selectors: ahead.map(|(selector, entry)| (selector.clone(), entry)).collect() }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.selectors.is_empty()
    }

    /// Everything they find in a document.
    pub fn find(&self, document: &Document<'_>) -> Foreseen {
        let mut found: Vec<(u32, u32)> = Vec::new();
        for (selector, entry) in &self.selectors {
            found.extend(Search::new(document).nodes(selector).into_iter().map(|node| (node, *entry)));
        }
        let around = document.containers_around(found.iter().map(|(node, _)| *node));
        found.extend(around.into_iter().map(|node| (node, LEADS_ON)));
        found.sort_unstable();
        // Nodes are numbered in the order in which they begin.
        found.iter_mut().for_each(|(node, _)| *node = document.at(*node));
        Foreseen { found, next: 0, upto: 0 }
    }
}

/// How many children are looked at in search of what a selector finds.
#[cfg(test)]
pub(super) fn looked(document: &Document<'_>, selector: &BodySelector) -> usize {
    let mut search = Search::new(document);
    search.nodes(selector);
    search.looked
}

impl Foreseen {
    /// Goes on to the value that begins at this byte.
    #[inline]
    pub fn reach(&mut self, at: usize) {
        if self.next < self.found.len() {
            self.go_to(at);
        }
    }

    #[inline(never)]
    fn go_to(&mut self, at: usize) {
        let rest = self.found.get(self.next..).unwrap_or_default();
        let passed = rest.iter().take_while(|(begin, _)| (*begin as usize) < at).count();
        let here = rest.iter().skip(passed).take_while(|(begin, _)| *begin as usize == at).count();
        self.next += passed;
        self.upto = self.next + here;
    }

    /// Whether a selector found the value.
    #[inline]
    pub fn is_found(&self) -> bool {
        self.next < self.upto && self.entries().next().is_some()
    }

    /// Whether something below it was found.
    #[inline]
    pub fn leads_on(&self) -> bool {
        self.next < self.upto && self.here().any(|entry| *entry == LEADS_ON)
    }

    /// The entries whose selectors found the value; one may come more than once.
    #[inline]
    pub fn entries(&self) -> impl Iterator<Item = u32> + '_ {
        self.here().filter(|entry| **entry != LEADS_ON).copied()
    }

    fn here(&self) -> impl Iterator<Item = &u32> + '_ {
        self.found.get(self.next..self.upto).unwrap_or_default().iter().map(|(_, entry)| entry)
    }
}
