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
mod table;

pub use matching::{Mark, Matching, Set};
use smallvec::SmallVec;

use table::Table;

use super::{BodySelector, Step, folded};
use crate::json::NameHasher;

/// A position in the automaton. Its highest bits say what it is good for, so that most steps need not look at the node.
pub type NodeId = u32;

/// Places reached here belong to entries.
const ACCEPTS: NodeId = 1 << 31;
/// Members of some name lead on.
const NAMES: NodeId = 1 << 30;
/// Some elements lead on.
const ELEMENTS: NodeId = 1 << 29;
/// Every member and element leads on.
const ANY: NodeId = 1 << 28;
/// There is a node for "anywhere below here".
const BELOW: NodeId = 1 << 27;
/// The bits that say which node it is.
const WHICH: NodeId = BELOW - 1;

/// A member name that some selector asks for.
pub type Symbol = u32;

/// The automaton.
#[derive(Debug, Default)]
pub struct Paths {
    root: NodeId,
    nodes: Vec<Node>,
    /// Where a member of some name leads from some node, by [`edge`].
    edges: Table,
    targets: Vec<SmallVec<[NodeId; 2]>>,
    /// Names by their hashes.
    exact: Table,
    folded: Table,
    texts: Vec<String>,
    hasher: NameHasher,
}

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
    has_names: bool,
}

impl Paths {
    /// Begins a document: the active set of its root.
    pub fn root(&self, matching: &mut Matching) {
        matching.clear();
        self.enter(matching, 0, self.root);
    }

    /// Adds the active set of a member of the container with this set. The symbol is the member's name, if some selector
    /// asks for it.
    #[inline(always)]
    pub fn member(&self, matching: &mut Matching, set: Set, name: &[u8], hash: u64) -> Option<Symbol> {
        let exact = self.exact.get(hash);
        if exact.is_none() && self.folded.is_empty() && !set.has(ANY) {
            matching.begin(); // Most names: nobody asks for this one.
            return None;
        }
        self.asked_for(matching, set, name, exact)
    }

    #[inline(never)]
    fn asked_for(
        &self,
        matching: &mut Matching,
        set: Set,
        name: &[u8],
        exact: Option<Symbol>,
    ) -> Option<Symbol> {
        let exact = exact.filter(|symbol| self.is(*symbol, name));
        let folded = if self.folded.is_empty() { None } else { self.fold(name) };
        let base = matching.begin();
        for n in 0..set.len() {
            let id = matching.get(set, n);
            if id & NAMES != 0 {
                exact.into_iter().for_each(|symbol| self.follow(matching, base, id, symbol));
                folded.into_iter().for_each(|symbol| self.follow(matching, base, id, symbol));
            }
            self.pass_on(matching, base, id);
        }
        exact.or(folded)
    }

    /// Adds the active set of an element of the container with this set.
    #[inline]
    pub fn element(&self, matching: &mut Matching, set: Set, index: u64) {
        let base = matching.begin();
        if !set.has(ELEMENTS | ANY) {
            return;
        }
        for n in 0..set.len() {
            let id = matching.get(set, n);
            for (step, target) in self.node(id).map(|node| &node.elements).into_iter().flatten() {
                if step.has(index) {
                    self.enter(matching, base, *target);
                }
            }
            self.pass_on(matching, base, id);
        }
    }

    /// The entries that the place whose set begins here, the newest, belongs to; one may come more than once.
    #[inline]
    pub fn accepted<'a>(&'a self, matching: &'a Matching, from: Mark) -> impl Iterator<Item = u32> + 'a {
        let nodes = matching.entered(from).iter().filter_map(|id| self.node(*id));
        nodes.flat_map(|node| node.accepts.iter().copied())
    }

    /// The symbol of a name, if some selector asks for it.
    pub fn symbol_of(&self, name: &[u8], hash: u64) -> Option<Symbol> {
        let exact = self.exact.get(hash).filter(|symbol| self.is(*symbol, name));
        exact.or_else(|| if self.folded.is_empty() { None } else { self.fold(name) })
    }

    /// The name that a symbol stands for.
    pub fn name(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol as usize).map_or("*", String::as_str)
    }

    #[inline]
    fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get((id & WHICH) as usize)
    }

    fn is(&self, symbol: Symbol, name: &[u8]) -> bool {
        self.texts.get(symbol as usize).is_some_and(|text| text.as_bytes() == name)
    }

    /// The symbol of a name that is asked for in any case.
    fn fold(&self, name: &[u8]) -> Option<Symbol> {
        let name = folded(std::str::from_utf8(name).ok()?);
        let symbol = self.folded.get(self.hasher.hash(name.as_bytes()));
        symbol.filter(|symbol| self.is(*symbol, name.as_bytes()))
    }

    #[inline]
    fn follow(&self, matching: &mut Matching, base: usize, id: NodeId, symbol: Symbol) {
        let Some(number) = self.edges.get(edge(id, symbol)) else { return };
        for target in self.targets.get(number as usize).into_iter().flatten() {
            self.enter(matching, base, *target);
        }
    }

    #[inline]
    fn pass_on(&self, matching: &mut Matching, base: usize, id: NodeId) {
        if id & ANY != 0
            && let Some(any) = self.node(id).and_then(|node| node.any)
        {
            self.enter(matching, base, any);
        }
    }

    #[inline]
    fn enter(&self, matching: &mut Matching, base: usize, id: NodeId) {
        let is_new = matching.enter(base, id);
        if is_new
            && id & BELOW != 0
            && let Some(below) = self.node(id).and_then(|node| node.below)
        {
            matching.stay(below);
        }
    }
}

/// The key of an edge: no two have the same, and the low bits are mixed.
#[inline]
fn edge(from: NodeId, symbol: Symbol) -> u64 {
    let key = u64::from(from & WHICH) << 32 | u64::from(symbol);
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32)
}
