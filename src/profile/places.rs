//! Whether a value stands in one of many places.
//!
//! The rule: the answer is that of asking selector by selector; those that end in another name are not asked.

use std::collections::HashMap;

use crate::selector::{BodySelector, Document, Step};

/// Places, by the names in which they end.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    named: HashMap<String, Vec<BodySelector>, foldhash::fast::RandomState>,
    /// Those that don't end in a name: the whole, elements, `*`.
    others: Vec<BodySelector>,
}

impl Places {
    pub(super) fn of<'a>(selectors: impl IntoIterator<Item = &'a BodySelector>) -> Self {
        let mut places = Self::default();
        for selector in selectors {
            let steps = selector.segments.last().map(|segment| segment.steps.as_slice()).unwrap_or_default();
            for step in steps {
                if let Step::Name(name) = step {
                    places.named.entry(name.clone()).or_default().push(selector.clone());
                }
            }
            if steps.is_empty() || steps.iter().any(|step| !matches!(step, Step::Name(_))) {
                places.others.push(selector.clone());
            }
        }
        places
    }

    /// Whether a node stands in one of them.
    pub(super) fn has(&self, document: &Document<'_>, node: u32) -> bool {
        let is_found = |selector: &BodySelector| document.is_found_by(selector, node);
        // An element has no name; what is asked in vain then says so.
        let named = self.named.get(&*document.name(node));
        named.is_some_and(|selectors| selectors.iter().any(is_found)) || self.others.iter().any(is_found)
    }

    /// Whether it, or a container around it, does.
    pub(super) fn has_around(&self, document: &Document<'_>, node: u32) -> bool {
        let is_empty = self.named.is_empty() && self.others.is_empty();
        !is_empty
            && std::iter::successors(Some(node), |node| document.parent(*node))
                .any(|node| self.has(document, node))
    }
}
