//! Selectors that ask for more than the way from the root: filters, and elements counted from the end.
//!
//! The rule: the places they find are known before the rewriter comes by, and are handed to it as offsets in the body; the
//! rewriter itself stays the one that reads everything and decides everything. A body is indexed only where the policy has
//! such a selector, and what it then costs is the body times the length of the selectors, never a power of either.
//! What would defeat that: looking twice at what lies below a place (so counts are kept for every `..` in a filter), and
//! asking the root again for every candidate (so what does not depend on `@` is answered once).

mod condition;
mod document;
mod search;
mod worth;

use smallvec::SmallVec;

pub use document::Document;
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
    places: Vec<Place>,
    /// The first that has not been passed yet.
    next: usize,
    /// Whether it begins where the rewriter is.
    is_here: bool,
}

/// A place that was found, or a container around one.
#[derive(Debug)]
struct Place {
    at: usize,
    /// Whether something lies below it.
    leads_on: bool,
    entries: SmallVec<[u32; 2]>,
}

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
        let mut found: Vec<(u32, Option<u32>)> = Vec::new();
        for (selector, entry) in &self.selectors {
            let nodes = Search::new(document).places(selector);
            found.extend(nodes.into_iter().map(|node| (node, Some(*entry))));
        }
        let around = document.around(found.iter().map(|(node, _)| *node));
        found.extend(around.into_iter().map(|node| (node, None)));
        found.sort_unstable();
        let mut places: Vec<Place> = Vec::new();
        for (node, entry) in found {
            let at = document.at(node);
            if places.last().is_none_or(|last| last.at != at) {
                places.push(Place { at, leads_on: false, entries: SmallVec::new() });
            }
            let Some(place) = places.last_mut() else { continue };
            place.leads_on |= entry.is_none();
            place.entries.extend(entry);
        }
        Foreseen { places, next: 0, is_here: false }
    }
}

/// How many children are looked at in search of what a selector finds.
#[cfg(test)]
pub(super) fn looked(document: &Document<'_>, selector: &BodySelector) -> usize {
    let mut search = Search::new(document);
    search.places(selector);
    search.looked
}

impl Foreseen {
    /// Goes on to the value that begins at this byte.
    #[inline]
    pub fn reach(&mut self, at: usize) {
        if self.next < self.places.len() {
            self.go_to(at);
        }
    }

    #[inline(never)]
    fn go_to(&mut self, at: usize) {
        let rest = self.places.get(self.next..).unwrap_or_default();
        self.next += rest.iter().take_while(|place| place.at < at).count();
        self.is_here = self.places.get(self.next).is_some_and(|place| place.at == at);
    }

    /// Whether a selector found the value.
    #[inline]
    pub fn is_found(&self) -> bool {
        self.is_here && !self.entries().is_empty()
    }

    /// Whether something below it was found.
    #[inline]
    pub fn leads_on(&self) -> bool {
        self.is_here && self.places.get(self.next).is_some_and(|place| place.leads_on)
    }

    /// The entries whose selectors found the value.
    pub fn entries(&self) -> &[u32] {
        let here = self.places.get(self.next).filter(|_| self.is_here);
        here.map_or(&[], |place| &place.entries)
    }
}
