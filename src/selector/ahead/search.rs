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

/// What a query finds: how much, and the last of it.
#[derive(Clone, Copy, Default)]
struct Tally {
    count: u64,
    last: u32,
}

/// One selector's search through one document.
pub(super) struct Search<'a, 'd> {
    pub(super) document: &'a Document<'d>,
    /// How much each `..` of a query finds below each node, by the number of the segment.
    below: Vec<Option<Vec<Tally>>>,
    /// Answers that hold for the whole document.
    pub(super) conditions: Vec<Option<bool>>,
    pub(super) values: Vec<Option<Worth<'a>>>,
    /// How many children were looked at.
    #[cfg(test)]
    pub(super) looked: usize,
}

impl<'a, 'd> Search<'a, 'd> {
    pub(super) fn new(document: &'a Document<'d>) -> Self {
        Self {
            document,
            below: Vec::new(),
            conditions: Vec::new(),
            values: Vec::new(),
            #[cfg(test)]
            looked: 0,
        }
    }

    /// The nodes that a selector finds.
    pub(super) fn nodes(&mut self, selector: &'a BodySelector) -> Vec<u32> {
        let mut nodes = vec![0];
        for segment in &selector.segments {
            if segment.descend {
                nodes = self.and_below(&nodes);
            }
            let mut next = Vec::new();
            for node in nodes {
                self.each_selected(segment, selector.ignore_case, node, |_, child, _| next.push(child));
            }
            next.sort_unstable();
            nodes = next;
        }
        nodes
    }

    /// How many places a query finds, seen from a candidate.
    pub(super) fn count(&mut self, query: &'a Query, candidate: u32) -> u64 {
        self.tally(query, candidate).count
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
        let Tally { count, last } = self.tally(query, candidate);
        (count == 1).then_some(last)
    }

    fn tally(&mut self, query: &'a Query, candidate: u32) -> Tally {
        self.tally_on(&query.segments, query.number, from(query, candidate))
    }

    fn tally_on(&mut self, segments: &'a [Segment], number: usize, node: u32) -> Tally {
        match segments.split_first() {
            None => Tally { count: 1, last: node },
            Some((first, rest)) if first.descend => self.tally_below(first, rest, number, node),
            Some((first, rest)) => self.tally_step(first, rest, number, node),
        }
    }

    fn tally_step(&mut self, first: &'a Segment, rest: &'a [Segment], number: usize, node: u32) -> Tally {
        let mut tally = Tally::default();
        self.each_selected(first, false, node, |search, child, times| {
            tally.add(times, search.tally_on(rest, number + 1, child));
        });
        tally
    }

    /// What a `..` finds below a node; the first to ask has it found for all nodes, from the last to the first.
    fn tally_below(&mut self, first: &'a Segment, rest: &'a [Segment], number: usize, node: u32) -> Tally {
        let known = |search: &Self| search.below.get(number)?.as_ref()?.get(node as usize).copied();
        if let Some(tally) = known(self) {
            return tally;
        }
        let mut below = vec![Tally::default(); self.document.len() as usize];
        for node in (0..self.document.len()).rev() {
            let here = self.tally_step(first, rest, number, node);
            let Some(own) = below.get_mut(node as usize) else { continue };
            own.add(1, here);
            let own = *own;
            let parent = self.document.parent(node).and_then(|parent| below.get_mut(parent as usize));
            parent.into_iter().for_each(|parent| parent.add(1, own));
        }
        remember(&mut self.below, number, below);
        known(self).unwrap_or_default()
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
                if is_array { Within::Array { index, length } } else { Within::Object { ignore_case } };
            let selecting = segment.steps.iter().filter(|step| self.selects(step, child, place)).count();
            if selecting > 0 {
                found(self, child, selecting as u64);
            }
        }
    }

    fn selects(&mut self, step: &'a Step, child: u32, within: Within) -> bool {
        match (step, within) {
            (Step::Any, _) => true,
            (Step::Filter(filter), _) => self.holds(filter, child),
            (Step::Name(name), Within::Object { ignore_case }) => {
                let theirs = self.document.name(child);
                if ignore_case { folded(&theirs) == *name } else { theirs == Cow::Borrowed(name.as_str()) }
            }
            (Step::Elements { .. }, Within::Array { index, .. }) => step.has(index as u64),
            (Step::Slice(slice), Within::Array { index, length }) => {
                slice.selects(signed(index), signed(length))
            }
            (Step::Name(_), Within::Array { .. })
            | (Step::Elements { .. } | Step::Slice(_), Within::Object { .. }) => false,
        }
    }

    /// The nodes together with everything below them.
    fn and_below(&self, nodes: &[u32]) -> Vec<u32> {
        let mut all = Vec::new();
        let mut upto = 0;
        for node in nodes {
            let after = self.document.after(*node);
            all.extend((*node).max(upto)..after);
            upto = upto.max(after);
        }
        all
    }
}

impl Tally {
    fn add(&mut self, times: u64, found: Self) {
        if found.count > 0 {
            self.count = self.count.saturating_add(times.saturating_mul(found.count));
            self.last = found.last;
        }
    }
}

/// What a child stands in.
#[derive(Clone, Copy)]
enum Within {
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
pub(super) fn remember<T>(answers: &mut Vec<Option<T>>, number: usize, answer: T) {
    if answers.len() <= number {
        answers.resize_with(number + 1, || None);
    }
    if let Some(place) = answers.get_mut(number) {
        *place = Some(answer);
    }
}
