//! Selectors → automaton.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::{
    ACCEPTS, ANY, BELOW, BodySelector, ELEMENTS, NAMES, Node, NodeId, Paths, Step, Symbol, WHICH, edge,
};
use crate::json::NameHasher;

/// Where the same steps from the same node lead, however often they are written.
type Shared = HashMap<(NodeId, Vec<Step>, bool), NodeId>;

impl Paths {
    /// The automaton of these selectors, each with the number of its entry. Of one that looks ahead, it only knows the
    /// names, so that they can be told.
    ///
    /// `hasher` must be the one whose hashes [`Paths::member`] is given.
    pub fn new<'a>(
        selectors: impl IntoIterator<Item = (&'a BodySelector, u32)>,
        hasher: &NameHasher,
    ) -> Self {
        let mut paths = Self { nodes: vec![Node::default()], hasher: hasher.clone(), ..Self::default() };
        let mut shared = Shared::new();
        for (selector, entry) in selectors {
            if selector.looks_ahead() {
                paths.know_names(selector);
            } else {
                paths.add(selector, entry, &mut shared);
            }
        }
        paths.seal();
        paths
    }

    fn add(&mut self, selector: &BodySelector, entry: u32, shared: &mut Shared) {
        let mut at = self.root;
        for segment in &selector.segments {
            if segment.descend {
                at = self.below(at);
            }
            at = self.child(at, &segment.steps, selector.ignore_case, shared);
        }
        if let Some(node) = self.node_mut(at)
            && !node.accepts.contains(&entry)
        {
            node.accepts.push(entry);
        }
    }

    /// Learns the names that a selector asks for, so that they can be told, and nothing else.
    pub fn know_names(&mut self, selector: &BodySelector) {
        for step in selector.segments.iter().flat_map(|segment| &segment.steps) {
            if let Step::Name(name) = step {
                self.symbol(name, selector.ignore_case);
            }
        }
    }

    fn below(&mut self, at: NodeId) -> NodeId {
        if let Some(below) = self.node_mut(at).and_then(|node| node.below) {
            return below;
        }
        let below = self.push();
        if let Some(node) = self.node_mut(at) {
            node.below = Some(below);
        }
        below
    }

    /// The node that these steps lead to.
    fn child(&mut self, at: NodeId, steps: &[Step], ignore_case: bool, shared: &mut Shared) -> NodeId {
        let mut steps = if steps.contains(&Step::Any) { vec![Step::Any] } else { steps.to_vec() };
        steps.sort();
        steps.dedup();
        let key = (at, steps, ignore_case);
        if let Some(child) = shared.get(&key) {
            return *child;
        }
        let child = self.push();
        for step in &key.1 {
            self.lead(at, step, ignore_case, child);
        }
        shared.insert(key, child);
        child
    }

    fn lead(&mut self, at: NodeId, step: &Step, ignore_case: bool, child: NodeId) {
        if let Step::Name(name) = step {
            let symbol = self.symbol(name, ignore_case);
            let number = self.edge(at, symbol);
            if let Some(targets) = self.targets.get_mut(number) {
                targets.push(child);
            }
        }
        let Some(node) = self.node_mut(at) else { return };
        match step {
            Step::Any => node.any = Some(child),
            Step::Name(_) => node.has_names = true,
            Step::Elements { .. } => node.elements.push((step.clone(), child)),
            Step::Slice(_) | Step::Filter(_) => {} // Looked up beforehand.
        }
    }

    fn symbol(&mut self, name: &str, ignore_case: bool) -> Symbol {
        let names = if ignore_case { &mut self.folded } else { &mut self.exact };
        let hash = self.hasher.hash(name.as_bytes());
        if let Some(symbol) = names.get(hash) {
            return symbol;
        }
        let symbol = number(self.texts.len());
        names.insert(hash, symbol);
        self.texts.push(name.to_owned());
        symbol
    }

    /// The number of the targets of an edge.
    fn edge(&mut self, at: NodeId, symbol: Symbol) -> usize {
        let key = edge(at, symbol);
        if let Some(known) = self.edges.get(key) {
            return known as usize;
        }
        self.edges.insert(key, number(self.targets.len()));
        self.targets.push(SmallVec::new());
        self.targets.len() - 1
    }

    fn push(&mut self) -> NodeId {
        self.nodes.push(Node::default());
        number(self.nodes.len() - 1)
    }

    fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id as usize)
    }

    /// Writes what each node is good for wherever it is named.
    fn seal(&mut self) {
        let good_for: Vec<NodeId> = self.nodes.iter().map(Node::good_for).collect();
        let sealed = |id: &mut NodeId| *id |= good_for.get(*id as usize).copied().unwrap_or(0);
        sealed(&mut self.root);
        self.targets.iter_mut().flatten().for_each(sealed);
        for node in &mut self.nodes {
            node.any.iter_mut().chain(&mut node.below).for_each(sealed);
            node.elements.iter_mut().for_each(|(_, target)| sealed(target));
        }
    }
}

impl Node {
    fn good_for(&self) -> NodeId {
        let bit = |is: bool, bit: NodeId| if is { bit } else { 0 };
        bit(!self.accepts.is_empty(), ACCEPTS)
            | bit(self.has_names, NAMES)
            | bit(!self.elements.is_empty(), ELEMENTS)
            | bit(self.any.is_some(), ANY)
            | bit(self.below.is_some(), BELOW)
    }
}

/// Numbers stay below what the upper bits of a [`NodeId`] are for. The bound is a hundred million, which no file has.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(WHICH).min(WHICH)
}
