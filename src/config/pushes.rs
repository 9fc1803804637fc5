//! Where an outside consent service may push to.
//!
//! The rule: a key without a listener is an error, because its owner would believe that a no is obeyed at once.

use super::{Config, ConfigError};

impl Config {
    /// Whoever is told to push has somewhere to.
    pub(super) fn check_pushes(&self) -> Result<(), ConfigError> {
        let pushes = self.ledger.services().any(|service| service.webhook.is_some());
        if pushes && self.admin.is_none() { Err(ConfigError::NowhereToPush) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn a_webhook_needs_a_listener() {
        let told = |more: &str| {
            let service = "{url: 'https://consent.example/', webhook: {key: k}}";
            let text = format!("listeners: []\nroutes: []\nledger: {{veto: {service}}}\n{more}");
            yaml::typed::<Config>(&text).unwrap().check_pushes().map_err(|error| error.to_string())
        };
        assert_eq!(told("admin: {address: '127.0.0.1:1'}"), Ok(()));
        let error = told("").unwrap_err();
        assert!(error.contains("add `admin: {address: …}`, or leave `webhook` out"), "{error}");
    }
}
