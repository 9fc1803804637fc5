//! All selectors for fields of one kind, looked up by a field's name.
//!
//! The rule: exact names cost one look-up, beginnings one look-up for each different length that some selector has,
//! however many selectors there are.

use std::collections::{BTreeMap, HashMap};

use smallvec::SmallVec;

use super::{FieldSelector, folded};

/// The entries that ask for fields of one kind.
#[derive(Debug, Default)]
pub struct Fields {
    exact: Table,
    folded: Table,
}

#[derive(Debug, Default)]
struct Table {
    names: HashMap<String, Found, foldhash::fast::RandomState>,
    beginnings: BTreeMap<usize, HashMap<String, Found, foldhash::fast::RandomState>>,
}

/// Entries, each with the selector that found it.
type Found = SmallVec<[(u32, u32); 1]>;

impl Fields {
    /// Adds a selector; `entry` and `selector` are the numbers to give back when it matches.
    pub fn add(&mut self, field: &FieldSelector, entry: u32, selector: u32) {
        let table = if field.ignore_case { &mut self.folded } else { &mut self.exact };
        let names = if field.prefix {
            table.beginnings.entry(field.name.len()).or_default()
        } else {
            &mut table.names
        };
        names.entry(field.name.clone()).or_default().push((entry, selector));
    }

    /// The entries that ask for the field of this (decoded) name, each with its selector.
    pub fn find(&self, name: &str) -> SmallVec<[(u32, u32); 2]> {
        let mut found = SmallVec::new();
        self.exact.find(name, &mut found);
        if !self.folded.is_empty() {
            self.folded.find(&folded(name), &mut found);
        }
        found
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.folded.is_empty()
    }
}

impl Table {
    fn find(&self, name: &str, found: &mut SmallVec<[(u32, u32); 2]>) {
        found.extend(self.names.get(name).into_iter().flatten().copied());
        for (length, names) in &self.beginnings {
            let beginning = name.get(..*length).and_then(|beginning| names.get(beginning));
            found.extend(beginning.into_iter().flatten().copied());
        }
    }

    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.beginnings.is_empty()
    }
}
