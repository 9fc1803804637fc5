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
        // These can change.
        routes: _,
        subjects: _,
        limits: _,
        timeouts: _,
        reload: _,
        path: _,
    } = now;
    let key = |name: &str, differs: bool| differs.then(|| name.to_owned());
    key("ledger", *ledger != new.ledger)
        .or_else(|| key("receipts", *receipts != new.receipts))
        .or_else(|| key("listeners", listeners.len() != new.listeners.len()))
        .or_else(|| {
            let pairs = listeners.iter().zip(&new.listeners).enumerate();
            pairs
                .into_iter()
                .find_map(|(n, (now, new))| Some(format!("listeners[{n}].{}", now.differs(new)?)))
        })
        .or_else(|| match (admin, &new.admin) {
            (Some(now), Some(new)) => {
                now.listener().differs(&new.listener()).map(|key| format!("admin.{key}"))
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => Some("admin".to_owned()),
        })
}
