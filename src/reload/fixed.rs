//! What can't change while the proxy serves.
//!
//! The rule: a change that would not take effect is refused by its key, never passed over. What would defeat it is a new
//! key of the configuration that nobody thought of here, so all of them are named.

use crate::config::Config;

/// The first key whose change needs a restart; none when all can be done now.
pub(super) fn changed(now: &Config, new: &Config) -> Option<String> {
    let Config {
        listeners,
        ledger,
        receipts,
        admin,
        desk,
        // These can change.
        routes: _,
        subjects: _,
        detectors: _,
        retention: _,
        limits: _,
        timeouts: _,
        reload: _,
        path: _,
    } = now;
    let within = |room: &str, key: Option<&str>| key.map(|key| format!("{room}.{key}"));
    within("ledger", ledger.differs(&new.ledger))
        .or_else(|| within("receipts", receipts.differs(&new.receipts)))
        .or_else(|| (listeners.len() != new.listeners.len()).then(|| "listeners".to_owned()))
        .or_else(|| {
            let mut pairs = listeners.iter().zip(&new.listeners).enumerate();
            pairs.find_map(|(n, (now, new))| within(&format!("listeners[{n}]"), now.differs(new)))
        })
        .or_else(|| match (admin, &new.admin) {
            (Some(now), Some(new)) => within("admin", now.differs(new)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => Some("admin".to_owned()),
        })
        .or_else(|| match (desk, &new.desk) {
            (Some(now), Some(new)) => within("desk", now.differs(new)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => Some("desk".to_owned()),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "
listeners: [{address: 127.0.0.1:1}, {address: 127.0.0.1:2, name: two}]
routes: []
ledger: {path: a.db}
receipts: {queue: 9}
admin: {address: 127.0.0.1:3}
desk: {address: 127.0.0.1:5, url: 'https://desk.test/'}
";

    #[test]
    fn what_needs_a_restart_is_named_by_its_key_and_the_rest_does_not() {
        let config = |text: &str| crate::yaml::typed::<Config>(text).unwrap();
        let key = |from: &str, to: &str| {
            assert!(NOW.contains(from));
            changed(&config(NOW), &config(&NOW.replace(from, to))).unwrap_or_default()
        };
        for (from, to, expected) in [
            ("a.db", "b.db", "ledger.path"),
            ("path: a.db", "path: a.db, cache: 7", "ledger.cache"),
            ("path: a.db", "path: a.db, http: {url: 'http://[::1]:1/'}", "ledger.http"),
            ("path: a.db", "path: a.db, veto: {url: 'http://[::1]:1/'}", "ledger.veto"),
            ("path: a.db", "path: a.db, postgres: 'postgres://db/a'", "ledger.postgres"),
            ("path: a.db", "path: a.db, stale_after: 9s", "ledger.stale_after"),
            ("path: a.db", "path: a.db, master_key: {env: KEY}", "ledger.master_key"),
            ("path: a.db", "path: a.db, old_master_keys: [{file: old}]", "ledger.old_master_keys"),
            ("queue: 9", "queue: 10", "receipts.queue"),
            ("127.0.0.1:2", "127.0.0.1:4", "listeners[1].address"),
            ("name: two", "name: three", "listeners[1].name"),
            ("127.0.0.1:1}", "127.0.0.1:1, tls: {certificates: []}}", "listeners[0].tls"),
            ("{address: 127.0.0.1:1}, ", "", "listeners"),
            ("127.0.0.1:3", "127.0.0.1:4", "admin.address"),
            (
                "127.0.0.1:3}",
                "127.0.0.1:3, token: {algorithm: EdDSA, key: {file: k}, issuer: i, audience: a}}",
                "admin.token",
            ),
            ("admin:", "#", "admin"),
            ("desk.test", "desks.test", "desk.url"),
            ("127.0.0.1:5", "127.0.0.1:6", "desk.address"),
            ("test/'", "test/', signing_key: other.key", "desk.signing_key"),
            ("test/'", "test/', old_keys: [desk.key]", "desk.old_keys"),
            ("test/'", "test/', webhook: {url: 'https://bot.test/', key_file: k}", "desk.webhook"),
            ("test/'", "test/', session: 5m, links: 2m, contact: a, languages: [de]", ""),
            ("desk: {", "# {", "desk"),
            (
                "routes: []",
                "routes: []\nretention: {receipts: 90d}\nlimits: {connections: 3}\nreload: {watch: off}\ndetectors: {names: {url: 'http://[::1]:1/'}}",
                "",
            ),
        ] {
            assert_eq!(key(from, to), expected, "{to}");
        }
    }
}
