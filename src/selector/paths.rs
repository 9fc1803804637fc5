//! All body selectors of a policy as one automaton, followed while the body is read.
//!
//! The rule: the set of active nodes at a place is exactly the set of selector positions that lead there, so a place is
//! matched when an active node accepts. Selectors that begin alike share nodes, a name is looked up once however many
//! selectors ask for it, and nothing is built while a request is under way: the cost of a step does not grow with the
//! number of entries. What would defeat that: active sets that grow, so a node enters a set once, and a `..` is one
//! node that stays, kept apart, so that it is not entered again at every place below.

mod build;
mod covers;
mod matching;

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

pub use matching::{Mark, Matching, Set};
use smallvec::SmallVec;

use super::{BodySelector, Step};
use crate::json::NameHasher;

/// A position in the automaton.
pub type NodeId = u32;

/// A member name that some selector asks for.
pub type Symbol = u32;

const ROOT: NodeId = 0;

/// The automaton.
#[derive(Debug, Default)]
pub struct Paths {
    nodes: Vec<Node>,
    edges: HashMap<(NodeId, Symbol), SmallVec<[NodeId; 2]>, BuildHasherDefault<Mixed>>,
    exact: Names,
    folded: Names,
    texts: Vec<String>,
    hasher: NameHasher,
}

/// The names of one kind: hash → symbol.
type Names = HashMap<u64, Symbol, BuildHasherDefault<Mixed>>;

#[derive(Debug, Default)]
struct Node {
    /// The entries that a place reached here belongs to.
    accepts: SmallVec<[u32; 2]>,
    /// Where every member and element leads.
    any: Option<NodeId>,
    /// Where elements lead.
    elements: Vec<(Step, NodeId)>,
    /// The node for "anywhere below here", which stays active all the way down.
    below: Option<NodeId>,
    /// Whether members of some name lead on.
    has_names: bool,
}

impl Paths {
    /// Begins a document: the active set of its root.
    pub fn root(&self, matching: &mut Matching) {
        matching.clear();
        self.enter(matching, 0, ROOT);
    }

    /// Adds the active set of a member of the container with this set. The symbol is the member's name, if some selector asks for it.
    #[inline]
    pub fn member(&self, matching: &mut Matching, set: Set, name: &[u8], hash: u64) -> Option<Symbol> {
        let exact = self.exact.get(&hash).copied().filter(|symbol| self.is(*symbol, name));
        let folded = if self.folded.is_empty() { None } else { self.fold(name) };
        let base = matching.begin();
        for n in 0..set.len() {
            let Some((id, node)) = self.active(matching, set, n) else { continue };
            if node.has_names {
                self.follow(matching, base, id, exact);
                self.follow(matching, base, id, folded);
            }
            if let Some(any) = node.any {
                self.enter(matching, base, any);
            }
        }
        exact.or(folded)
    }

    /// Adds the active set of an element of the container with this set.
    #[inline]
    pub fn element(&self, matching: &mut Matching, set: Set, index: u64) {
        let base = matching.begin();
        for n in 0..set.len() {
            let Some((_, node)) = self.active(matching, set, n) else { continue };
            for (step, target) in &node.elements {
                if step.has(index) {
                    self.enter(matching, base, *target);
                }
            }
            if let Some(any) = node.any {
                self.enter(matching, base, any);
            }
        }
    }

    /// The entries that the place whose set begins here, the newest, belongs to; one may come more than once.
    #[inline]
    pub fn accepted<'a>(&'a self, matching: &'a Matching, from: Mark) -> impl Iterator<Item = u32> + 'a {
        let nodes = matching.entered(from).iter().filter_map(|id| self.nodes.get(*id as usize));
        nodes.flat_map(|node| node.accepts.iter().copied())
    }

    /// The name that a symbol stands for.
    pub fn name(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol as usize).map_or("*", String::as_str)
    }

    #[inline]
    fn active(&self, matching: &Matching, set: Set, n: usize) -> Option<(NodeId, &Node)> {
        let id = matching.get(set, n)?;
        Some((id, self.nodes.get(id as usize)?))
    }

    fn is(&self, symbol: Symbol, name: &[u8]) -> bool {
        self.texts.get(symbol as usize).is_some_and(|text| text.as_bytes() == name)
    }

    /// The symbol of a name that is asked for in any case.
    fn fold(&self, name: &[u8]) -> Option<Symbol> {
        let name = std::str::from_utf8(name).ok()?.to_lowercase();
        let symbol = self.folded.get(&self.hasher.hash(name.as_bytes())).copied();
        symbol.filter(|symbol| self.is(*symbol, name.as_bytes()))
    }

    #[inline]
    fn follow(&self, matching: &mut Matching, base: usize, id: NodeId, symbol: Option<Symbol>) {
        let Some(symbol) = symbol else { return };
        for target in self.edges.get(&(id, symbol)).into_iter().flatten() {
            self.enter(matching, base, *target);
        }
    }

    #[inline]
    fn enter(&self, matching: &mut Matching, base: usize, id: NodeId) {
        let Some(node) = self.nodes.get(id as usize) else { return };
        matching.enter(base, id, !node.accepts.is_empty(), node.below);
    }
}

impl Step {
    /// Whether the element at `index` is selected.
    #[inline]
    pub fn has(&self, index: u64) -> bool {
        match self {
            Self::Any => true,
            Self::Name(_) => false,
            Self::Elements { start, end, step } => {
                index >= *start && end.is_none_or(|end| index < end) && (index - start).is_multiple_of(*step)
            }
        }
    }
}

/// Mixes the few bits of a node and a symbol, or passes a name's hash on, which is mixed already.
#[derive(Debug, Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, value: u32) {
        self.0 = (self.0 ^ u64::from(value)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
