//! All body selectors of a policy as one automaton, followed while the body is read.
//!
//! The rule: the set of active nodes at a place is exactly the set of selector positions that lead there, so a place is
//! matched when an active node accepts. Selectors that begin alike share nodes, a name is looked up once however many
//! selectors ask for it, and nothing is built while a request is under way: the cost of a step does not grow with the
//! number of entries. What would defeat that: active sets that grow, so a node enters a set once, and a `..` is one
//! node that stays.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

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
    shared: HashMap<(NodeId, Vec<Step>, bool), NodeId>,
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
    /// The node for "anywhere below here".
    below: Option<NodeId>,
    /// Whether this node stays active all the way down.
    stays: bool,
    /// Whether members of some name lead on.
    has_names: bool,
}

/// A stack of active sets, one per open container and one for the place at hand.
#[derive(Debug, Default)]
pub struct Matching {
    active: Vec<NodeId>,
    /// Whether a node of the newest set accepts.
    found: bool,
}

impl Paths {
    /// The automaton of these selectors, each with the number of its entry.
    ///
    /// `hasher` must be the one whose hashes [`Paths::member`] is given.
    pub fn new<'a>(
        selectors: impl IntoIterator<Item = (&'a BodySelector, u32)>,
        hasher: &NameHasher,
    ) -> Self {
        let mut paths = Self { nodes: vec![Node::default()], hasher: hasher.clone(), ..Self::default() };
        for (selector, entry) in selectors {
            paths.add(selector, entry);
        }
        paths.shared = HashMap::new();
        paths
    }

    /// Begins a document: the active set of its root.
    pub fn root(&self, matching: &mut Matching) {
        matching.active.clear();
        matching.found = false;
        self.enter(matching, 0, ROOT);
    }

    /// Adds the active set of a member of the container whose set is `from..to`.
    #[inline]
    pub fn member(
        &self,
        matching: &mut Matching,
        from: usize,
        to: usize,
        name: &[u8],
        hash: u64,
    ) -> Option<Symbol> {
        let symbol = self.exact.get(&hash).copied().filter(|symbol| self.is(*symbol, name));
        let folded = if self.folded.is_empty() { None } else { self.fold(name) };
        let base = matching.active.len();
        matching.found = false;
        for n in from..to {
            let Some((id, node)) =
                matching.active.get(n).and_then(|id| Some((*id, self.nodes.get(*id as usize)?)))
            else {
                continue;
            };
            if node.has_names {
                self.follow(matching, base, id, symbol);
                self.follow(matching, base, id, folded);
            }
            self.pass_on(matching, base, id, node);
        }
        symbol.or(folded)
    }

    /// Adds the active set of an element of the container whose set is `from..to`.
    #[inline]
    pub fn element(&self, matching: &mut Matching, from: usize, to: usize, index: u64) {
        let base = matching.active.len();
        matching.found = false;
        for n in from..to {
            let Some((id, node)) =
                matching.active.get(n).and_then(|id| Some((*id, self.nodes.get(*id as usize)?)))
            else {
                continue;
            };
            for (step, target) in &node.elements {
                if step.has(index) {
                    self.enter(matching, base, *target);
                }
            }
            self.pass_on(matching, base, id, node);
        }
    }

    /// The entries that the place with the active set from `from` on belongs to.
    #[inline]
    pub fn accepted<'a>(&'a self, matching: &'a Matching, from: usize) -> impl Iterator<Item = u32> + 'a {
        let active = matching.active.get(from..).unwrap_or_default();
        active
            .iter()
            .filter_map(|id| self.nodes.get(*id as usize))
            .flat_map(|node| node.accepts.iter().copied())
    }

    /// The name that a symbol stands for.
    pub fn name(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol as usize).map_or("*", String::as_str)
    }

    /// Whether every place that `other` can match is matched here, or lies below a place that is. Never says yes
    /// where it is not so; may say no where it is.
    pub fn covers(&self, other: &BodySelector) -> bool {
        let mut matching = Matching::default();
        self.root(&mut matching);
        for segment in &other.segments {
            if self.accepted(&matching, 0).next().is_some() {
                return true;
            }
            if segment.descend {
                matching.active.retain(|id| self.nodes.get(*id as usize).is_some_and(|node| node.stays));
            }
            self.through_all(&mut matching, &segment.steps);
        }
        self.accepted(&matching, 0).next().is_some()
    }

    /// Keeps what is active whichever of the steps was taken.
    fn through_all(&self, matching: &mut Matching, steps: &[Step]) {
        let width = matching.active.len();
        let mut kept: Option<Vec<NodeId>> = None;
        for step in steps {
            match step {
                Step::Any => {
                    for n in 0..width {
                        let Some(id) = matching.active.get(n).copied() else { continue };
                        if let Some(node) = self.nodes.get(id as usize) {
                            self.pass_on(matching, width, id, node);
                        }
                    }
                }
                Step::Name(name) => {
                    self.member(matching, 0, width, name.as_bytes(), self.hasher.hash(name.as_bytes()));
                }
                Step::Elements { start, .. } => self.element(matching, 0, width, *start),
            }
            let reached = matching.active.split_off(width);
            kept = Some(match kept {
                None => reached,
                Some(kept) => kept.into_iter().filter(|id| reached.contains(id)).collect(),
            });
        }
        matching.active = kept.unwrap_or_default();
    }

    fn add(&mut self, selector: &BodySelector, entry: u32) {
        let mut at = ROOT;
        for segment in &selector.segments {
            if segment.descend {
                at = self.below(at);
            }
            at = self.child(at, &segment.steps, selector.ignore_case);
        }
        if let Some(node) = self.nodes.get_mut(at as usize)
            && !node.accepts.contains(&entry)
        {
            node.accepts.push(entry);
        }
    }

    fn below(&mut self, at: NodeId) -> NodeId {
        if let Some(below) = self.nodes.get(at as usize).and_then(|node| node.below) {
            return below;
        }
        let below = self.push(Node { stays: true, ..Node::default() });
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.below = Some(below);
        }
        below
    }

    /// The node that these steps lead to; the same steps from the same node lead to the same node.
    fn child(&mut self, at: NodeId, steps: &[Step], ignore_case: bool) -> NodeId {
        let mut steps = if steps.contains(&Step::Any) { vec![Step::Any] } else { steps.to_vec() };
        steps.sort();
        steps.dedup();
        if let Some(child) = self.shared.get(&(at, steps.clone(), ignore_case)) {
            return *child;
        }
        let child = self.push(Node::default());
        for step in &steps {
            match step {
                Step::Any => {
                    if let Some(node) = self.nodes.get_mut(at as usize) {
                        node.any = Some(child);
                    }
                }
                Step::Name(name) => {
                    let symbol = self.symbol(name, ignore_case);
                    self.edges.entry((at, symbol)).or_default().push(child);
                    if let Some(node) = self.nodes.get_mut(at as usize) {
                        node.has_names = true;
                    }
                }
                Step::Elements { .. } => {
                    if let Some(node) = self.nodes.get_mut(at as usize) {
                        node.elements.push((step.clone(), child));
                    }
                }
            }
        }
        self.shared.insert((at, steps, ignore_case), child);
        child
    }

    fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId::try_from(self.nodes.len() - 1).unwrap_or(NodeId::MAX)
    }

    fn symbol(&mut self, name: &str, ignore_case: bool) -> Symbol {
        let names = if ignore_case { &mut self.folded } else { &mut self.exact };
        *names.entry(self.hasher.hash(name.as_bytes())).or_insert_with(|| {
            self.texts.push(name.to_owned());
            Symbol::try_from(self.texts.len() - 1).unwrap_or(Symbol::MAX)
        })
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
        let targets = symbol.and_then(|symbol| self.edges.get(&(id, symbol)));
        targets.into_iter().flatten().for_each(|target| self.enter(matching, base, *target));
    }

    #[inline]
    fn pass_on(&self, matching: &mut Matching, base: usize, id: NodeId, node: &Node) {
        if let Some(any) = node.any {
            self.enter(matching, base, any);
        }
        if node.stays {
            self.enter(matching, base, id);
        }
    }

    #[inline]
    fn enter(&self, matching: &mut Matching, base: usize, id: NodeId) {
        if matching.active.get(base..).unwrap_or_default().contains(&id) {
            return;
        }
        matching.active.push(id);
        let Some(node) = self.nodes.get(id as usize) else { return };
        matching.found |= !node.accepts.is_empty();
        if let Some(below) = node.below {
            self.enter(matching, base, below);
        }
    }
}

impl Matching {
    /// How many nodes are active in all the sets together: where the next set will begin.
    #[inline]
    pub fn len(&self) -> usize {
        self.active.len()
    }

    /// Whether there is no set at all.
    pub fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    /// Whether the place of the newest set belongs to some entry.
    #[inline]
    pub fn found(&self) -> bool {
        self.found
    }

    /// Forgets the sets from `from` on.
    #[inline]
    pub fn truncate(&mut self, from: usize) {
        self.active.truncate(from);
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
