//! The way to places in an event: names, and every element of an array.

use crate::selector::{BodySelector, Document, Kind, Step};

/// A way from the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way(Vec<Turn>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Turn {
    Name(String),
    Elements,
}

impl Way {
    /// The way that a selector describes; none where it takes more than names and `[*]`.
    pub(super) fn of(selector: &BodySelector) -> Option<Self> {
        let turns = selector.segments.iter().map(|segment| match segment.steps.as_slice() {
            [Step::Name(name)] if !segment.descend && !selector.ignore_case => Some(Turn::Name(name.clone())),
            [Step::Any] if !segment.descend => Some(Turn::Elements),
            _ => None,
        });
        turns.collect::<Option<Vec<Turn>>>().map(Self)
    }

    /// Whether it leads to one place at most.
    pub(super) fn is_single(&self) -> bool {
        self.0.iter().all(|turn| matches!(turn, Turn::Name(_)))
    }

    /// The one place it leads to.
    pub(super) fn only(&self, document: &Document<'_>) -> Option<u32> {
        self.only_from(document, 0)
    }

    /// The name that is all of it.
    pub(super) fn only_name(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Turn::Name(name)] => Some(name),
            _ => None,
        }
    }

    /// The one place it leads to from another than the root.
    pub(super) fn only_from(&self, document: &Document<'_>, from: u32) -> Option<u32> {
        self.0.iter().try_fold(from, |node, turn| match turn {
            Turn::Name(name) => document.member(node, name),
            Turn::Elements => None,
        })
    }

    /// Goes to every place, with the elements on the way there, outermost first.
    pub(super) fn go(&self, document: &Document<'_>, mut arrive: impl FnMut(u32, &[u32])) {
        go(&self.0, document, 0, &mut Vec::new(), &mut arrive);
    }

    /// The names on the way.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|turn| match turn {
            Turn::Name(name) => Some(name.as_str()),
            Turn::Elements => None,
        })
    }
}

fn go(
    turns: &[Turn],
    document: &Document<'_>,
    node: u32,
    elements: &mut Vec<u32>,
    arrive: &mut impl FnMut(u32, &[u32]),
) {
    match turns.split_first() {
        None => arrive(node, elements),
        Some((Turn::Name(name), rest)) => {
            if let Some(member) = document.member(node, name) {
                go(rest, document, member, elements, arrive);
            }
        }
        Some((Turn::Elements, rest)) if document.kind(node) == Kind::Array => {
            for element in document.children(node) {
                elements.push(element);
                go(rest, document, element, elements, arrive);
                elements.pop();
            }
        }
        Some((Turn::Elements, _)) => {}
    }
}
