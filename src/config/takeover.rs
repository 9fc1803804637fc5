//! What new routes take over from those that they replace.
//!
//! The rule: a bot about which nothing changed keeps its connections, its queue and what is known of its health; keys that
//! were fetched stay, with their age. What would defeat it is two routes that come to share what was one's own, so each
//! old bot is taken over once.

use crate::{
    exchange::Served,
    route::{Routes, Takes},
};

/// Lets new routes go on with what the old ones had. A bot is looked for under its route's name first, so that routes with
/// bots that are alike each keep their own; then under any, since a route may have another name now.
pub(super) fn take_over(made: &mut [(Takes, Served)], before: &Routes<Served>) {
    let mut left: Vec<&Served> = before.all().map(|old| &**old).collect();
    let mut unmatched = Vec::new();
    for (_, new) in made {
        before.all().for_each(|old| new.take_over_keys(old));
        match left.iter().position(|old| old.name == new.name && old.upstream.is_like(&new.upstream)) {
            Some(at) => new.upstream = left.swap_remove(at).upstream.clone(),
            None => unmatched.push(new),
        }
    }
    for new in unmatched {
        if let Some(at) = left.iter().position(|old| old.upstream.is_like(&new.upstream)) {
            new.upstream = left.swap_remove(at).upstream.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use crate::{
        cli::certs, config::Config, exchange::Served, metrics::Metrics, route::Routes, upstream::Upstream,
    };

    /// A folder whose configuration is written anew, and what was made of it last.
    struct Desk {
        folder: TempDir,
        routes: Option<Routes<Served>>,
    }

    impl Desk {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("p.yaml"), "policy: p\nversion: 1\nundeclared: forward\n").unwrap();
            Self { folder, routes: None }
        }

        /// Serves these routes, in place of those before; the bot of each, in the order of their names.
        fn serve(&mut self, routes: &[(&str, &str)]) -> Vec<Upstream> {
            let route = |(name, upstream): &(&str, &str)| {
                format!("- {{name: {name}, path: /{name}, policy: p.yaml, upstream: {upstream}}}\n")
            };
            let routes: String = routes.iter().map(route).collect();
            let path = self.folder.path().join("assentry.yaml");
            fs::write(&path, format!("listeners: []\nroutes:\n{routes}")).unwrap();
            let config = Config::load(&path).unwrap();
            let made = config.routes_after(self.routes.as_ref(), &Metrics::new()).unwrap();
            let mut named: Vec<_> =
                made.all().map(|route| (route.name.clone(), route.upstream.clone())).collect();
            named.sort_by(|one, other| one.0.cmp(&other.0));
            self.routes = Some(made);
            named.into_iter().map(|(_, upstream)| upstream).collect()
        }
    }

    const ONE: &str = "'http://127.0.0.1:1'";
    const TWO: &str = "'http://127.0.0.1:2'";

    #[test]
    fn a_bot_about_which_nothing_changed_goes_on() {
        let mut desk = Desk::new();
        let before = desk.serve(&[("a", ONE), ("b", TWO)]);
        let after = desk.serve(&[("b", TWO), ("a", ONE)]);
        assert!(after[0].is_same(&before[0]) && after[1].is_same(&before[1]), "in another order");
        let after = desk.serve(&[("a", TWO), ("c", "{addresses: 'http://127.0.0.1:1', queue: 7}")]);
        assert!(after[0].is_same(&before[1]), "under another name");
        assert!(!after[1].is_same(&before[0]), "another queue is another bot");
    }

    #[test]
    fn two_routes_never_come_to_share_one_bot() {
        let mut desk = Desk::new();
        let before = desk.serve(&[("a", ONE)]);
        let after = desk.serve(&[("0", ONE), ("a", ONE)]);
        assert!(after[1].is_same(&before[0]) && !after[0].is_same(&before[0]));
        let again = desk.serve(&[("a", ONE), ("0", ONE)]);
        assert!(again[0].is_same(&after[0]) && again[1].is_same(&after[1]), "each keeps its own");
    }

    #[test]
    fn a_bot_whose_authority_is_another_is_another() {
        let mut desk = Desk::new();
        let [one, other] = ["one", "other"].map(|name| {
            certs::make(&desk.folder.path().join(name), &["localhost".to_owned()]).unwrap().authority
        });
        let roots = desk.folder.path().join("roots.pem");
        fs::copy(&one, &roots).unwrap();
        let bot = format!("{{addresses: 'https://localhost', tls: {{roots: '{}'}}}}", roots.display());
        let before = desk.serve(&[("a", &bot)]);
        assert!(desk.serve(&[("a", &bot)])[0].is_same(&before[0]));
        fs::copy(&other, &roots).unwrap();
        assert!(!desk.serve(&[("a", &bot)])[0].is_same(&before[0]));
    }
}
