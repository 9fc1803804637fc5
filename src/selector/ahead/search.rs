//! Where a path leads, and how many places a query finds.
//!
//! The rule: a path is a set of places, followed segment by segment. A query in a filter is a number: a place that is found
//! in two ways counts twice (RFC 9535, section 2.1.2). What lies below a node is counted once for each `..`, for all nodes together, from
//! the leaves up.

use std::borrow::Cow;

use super::{
    document::{Document, Kind},
    worth::Worth,
};
use crate::selector::{
    BodySelector,
    filter::Query,
    folded,
    path::{Segment, Step},
};

/// One selector's search through one document.
pub(super) struct Search<'a> {
    pub(super) document: &'a Document<'a>,
    /// How much each `..` of a query finds below each node, by the number of the segment.
    below: Vec<Option<Vec<u64>>>,
    /// Answers that hold for the whole document.
    pub(super) conditions: Vec<Option<bool>>,
    pub(super) values: Vec<Option<Worth<'a>>>,
    /// How many children were looked at.
    #[cfg(test)]
    pub(super) looked: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(document: &'a Document<'a>) -> Self {
        Self {
            document,
            below: Vec::new(),
            conditions: Vec::new(),
            values: Vec::new(),
            #[cfg(test)]
            looked: 0,
        }
    }

    /// The places that a selector finds.
    pub(super) fn places(&mut self, selector: &'a BodySelector) -> Vec<u32> {
        let mut places = vec![0];
        for segment in &selector.segments {
            if segment.descend {
                places = self.and_below(&places);
            }
            let mut next = Vec::new();
            for place in places {
                self.each_selected(segment, selector.ignore_case, place, |_, child, _| next.push(child));
            }
            next.sort_unstable();
            places = next;
        }
        places
    }

    /// How many places a query finds, seen from a candidate.
    pub(super) fn count(&mut self, query: &'a Query, candidate: u32) -> u64 {
        self.count_on(&query.segments, query.number, from(query, candidate))
    }

    /// The place that a singular query finds.
    pub(super) fn at(&mut self, query: &'a Query, candidate: u32) -> Option<u32> {
        query.segments.iter().try_fold(from(query, candidate), |node, segment| {
            let mut selected = None;
            self.each_selected(segment, false, node, |_, child, _| selected = Some(child));
            selected
        })
    }

    /// The place that a query finds, if it finds exactly one.
    pub(super) fn only(&mut self, query: &'a Query, candidate: u32) -> Option<u32> {
        let mut at = from(query, candidate);
        let (mut segments, mut number) = (query.segments.as_slice(), query.number);
        if self.count_on(segments, number, at) != 1 {
            return None;
        }
        while let Some((first, rest)) = segments.split_first() {
            let mut found = None;
            self.each_selected(first, false, at, |search, child, times| {
                if times == 1 && found.is_none() && search.count_on(rest, number + 1, child) == 1 {
                    found = Some(child);
                }
            });
            match found {
                Some(child) => (at, segments, number) = (child, rest, number + 1),
                None if first.descend => {
                    at = self.document.children(at).find(|child| self.counted_below(number, *child) == 1)?;
                }
                None => return None,
            }
        }
        Some(at)
    }

    fn count_on(&mut self, segments: &'a [Segment], number: usize, node: u32) -> u64 {
        match segments.split_first() {
            None => 1,
            Some((first, rest)) if first.descend => {
                self.count_below(first, rest, number);
                self.counted_below(number, node)
            }
            Some((first, rest)) => self.count_step(first, rest, number, node),
        }
    }

    fn count_step(&mut self, first: &'a Segment, rest: &'a [Segment], number: usize, node: u32) -> u64 {
        let mut count = 0u64;
        self.each_selected(first, false, node, |search, child, times| {
            let found = search.count_on(rest, number + 1, child);
            count = count.saturating_add(times.saturating_mul(found));
        });
        count
    }

    /// Counts what a `..` finds below every node, from the last to the first.
    fn count_below(&mut self, first: &'a Segment, rest: &'a [Segment], number: usize) {
        if self.below.get(number).is_some_and(Option::is_some) {
            return;
        }
        let mut below = vec![0u64; self.document.len() as usize];
        for node in (0..self.document.len()).rev() {
            let here = self.count_step(first, rest, number, node);
            let parent = self.document.parent(node);
            let Some(own) = below.get_mut(node as usize) else { continue };
            *own = own.saturating_add(here);
            let own = *own;
            if let Some(parent) = parent.and_then(|parent| below.get_mut(parent as usize)) {
                *parent = parent.saturating_add(own);
            }
        }
        put(&mut self.below, number, below);
    }

    fn counted_below(&self, number: usize, node: u32) -> u64 {
        let below = self.below.get(number).and_then(Option::as_ref);
        below.and_then(|below| below.get(node as usize)).copied().unwrap_or(0)
    }

    /// Calls back for each child that a segment selects, and says in how many ways.
    fn each_selected(
        &mut self,
        segment: &'a Segment,
        ignore_case: bool,
        node: u32,
        mut found: impl FnMut(&mut Self, u32, u64),
    ) {
        let document = self.document;
        let is_array = match document.kind(node) {
            Kind::Array => true,
            Kind::Object => false,
            Kind::Text | Kind::Number | Kind::True | Kind::False | Kind::Null => return,
        };
        let counts = segment.steps.iter().any(|step| matches!(step, Step::Slice(_)));
        let length = if counts { document.children(node).count() } else { 0 };
        for (index, child) in document.children(node).enumerate() {
            #[cfg(test)]
            {
                self.looked += 1;
            }
            let place =
                if is_array { Around::Array { index, length } } else { Around::Object { ignore_case } };
            let selecting = segment.steps.iter().filter(|step| self.selects(step, child, place)).count();
            if selecting > 0 {
                found(self, child, selecting as u64);
            }
        }
    }

    fn selects(&mut self, step: &'a Step, child: u32, around: Around) -> bool {
        match (step, around) {
            (Step::Any, _) => true,
            (Step::Filter(filter), _) => self.holds(filter, child),
            (Step::Name(name), Around::Object { ignore_case }) => {
                let theirs = self.document.name(child);
                if ignore_case { folded(&theirs) == *name } else { theirs == Cow::Borrowed(name.as_str()) }
            }
            (Step::Elements { .. }, Around::Array { index, .. }) => step.has(index as u64),
            (Step::Slice(slice), Around::Array { index, length }) => slice.has(signed(index), signed(length)),
            (Step::Name(_), Around::Array { .. })
            | (Step::Elements { .. } | Step::Slice(_), Around::Object { .. }) => false,
        }
    }

    /// The places together with everything below them.
    fn and_below(&self, places: &[u32]) -> Vec<u32> {
        let mut all = Vec::new();
        let mut upto = 0;
        for place in places {
            let after = self.document.after(*place);
            all.extend((*place).max(upto)..after);
            upto = upto.max(after);
        }
        all
    }
}

/// What a child stands in.
#[derive(Clone, Copy)]
enum Around {
    Object { ignore_case: bool },
    Array { index: usize, length: usize },
}

fn from(query: &Query, candidate: u32) -> u32 {
    if query.absolute { 0 } else { candidate }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Keeps an answer under its number.
pub(super) fn put<T>(answers: &mut Vec<Option<T>>, number: usize, answer: T) {
    if answers.len() <= number {
        answers.resize_with(number + 1, || None);
    }
    if let Some(place) = answers.get_mut(number) {
        *place = Some(answer);
    }
}
