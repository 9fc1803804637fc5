//! Selectors → automaton.

use std::collections::HashMap;

use super::{BodySelector, Node, NodeId, Paths, ROOT, Step, Symbol};
use crate::json::NameHasher;

/// Where the same steps from the same node lead, however often they are written.
type Shared = HashMap<(NodeId, Vec<Step>, bool), NodeId>;

impl Paths {
    /// The automaton of these selectors, each with the number of its entry.
    ///
    /// `hasher` must be the one whose hashes [`Paths::member`] is given.
    pub fn new<'a>(
        selectors: impl IntoIterator<Item = (&'a BodySelector, u32)>,
        hasher: &NameHasher,
    ) -> Self {
        let mut paths = Self { nodes: vec![Node::default()], hasher: hasher.clone(), ..Self::default() };
        let mut shared = Shared::new();
        for (selector, entry) in selectors {
            paths.add(selector, entry, &mut shared);
        }
        paths
    }

    fn add(&mut self, selector: &BodySelector, entry: u32, shared: &mut Shared) {
        let mut at = ROOT;
        for segment in &selector.segments {
            if segment.descend {
                at = self.below(at);
            }
            at = self.child(at, &segment.steps, selector.ignore_case, shared);
        }
        if let Some(node) = self.node(at)
            && !node.accepts.contains(&entry)
        {
            node.accepts.push(entry);
        }
    }

    fn below(&mut self, at: NodeId) -> NodeId {
        if let Some(below) = self.node(at).and_then(|node| node.below) {
            return below;
        }
        let below = self.push();
        if let Some(node) = self.node(at) {
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
            self.edges.entry((at, symbol)).or_default().push(child);
        }
        let Some(node) = self.node(at) else { return };
        match step {
            Step::Any => node.any = Some(child),
            Step::Name(_) => node.has_names = true,
            Step::Elements { .. } => node.elements.push((step.clone(), child)),
        }
    }

    fn symbol(&mut self, name: &str, ignore_case: bool) -> Symbol {
        let names = if ignore_case { &mut self.folded } else { &mut self.exact };
        *names.entry(self.hasher.hash(name.as_bytes())).or_insert_with(|| {
            self.texts.push(name.to_owned());
            Symbol::try_from(self.texts.len() - 1).unwrap_or(Symbol::MAX)
        })
    }

    fn push(&mut self) -> NodeId {
        self.nodes.push(Node::default());
        NodeId::try_from(self.nodes.len() - 1).unwrap_or(NodeId::MAX)
    }

    fn node(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id as usize)
    }
}
