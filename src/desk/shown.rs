//! What is served, as the desk shows it: groups of policies that share their consents.

use std::sync::Arc;

use crate::{
    exchange::Served,
    policy::{Policy, Purpose},
    route::Routes,
};

/// The routes whose policies share their consents.
pub(super) struct Group {
    /// The name under which decisions are kept.
    pub(super) name: Arc<str>,
    /// One route for each policy.
    pub(super) routes: Vec<Arc<Served>>,
    /// Every route under one of them.
    all: Vec<Arc<Served>>,
}

/// Every group, in the order of the routes.
pub(super) fn groups(routes: &Routes<Served>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for route in routes.all() {
        let policy = &route.plan.policy;
        let group = match groups.iter_mut().position(|group| group.name == policy.group) {
            Some(at) => groups.get_mut(at),
            None => {
                groups.push(Group { name: Arc::clone(&policy.group), routes: Vec::new(), all: Vec::new() });
                groups.last_mut()
            }
        };
        let Some(group) = group else { continue };
        group.all.push(Arc::clone(route));
        if !group.routes.iter().any(|known| known.plan.policy.digest == policy.digest) {
            group.routes.push(Arc::clone(route));
        }
    }
    groups
}

/// The group of this name.
pub(super) fn group(routes: &Routes<Served>, name: &str) -> Option<Group> {
    groups(routes).into_iter().find(|group| &*group.name == name)
}

impl Group {
    /// Each purpose with its policy.
    pub(super) fn purposes(&self) -> impl Iterator<Item = (&Policy, &Purpose)> {
        let policies = self.routes.iter().map(|route| &*route.plan.policy);
        policies.flat_map(|policy| policy.purposes.iter().map(move |purpose| (policy, purpose)))
    }

    /// What a purpose is called.
    pub(super) fn title(&self, name: &str) -> Option<String> {
        let mut purposes = self.purposes();
        purposes.find(|(_, known)| *known.name == *name).map(|(_, known)| known.title.clone())
    }

    /// Every route under one of its policies.
    pub(super) fn all_routes(&self) -> impl Iterator<Item = &Arc<Served>> {
        self.all.iter()
    }
}
