//! What the desk needs of the rest of the configuration.

use super::{Config, ConfigError};
use crate::{
    desk::{DeskSettings, Rules},
    identify::Identifier,
    ledger::OutboxSettings,
};

impl Config {
    /// What can be known of the desk before it is served, but for its certificates.
    pub(super) fn check_desk(&self) -> Result<(), ConfigError> {
        let Some(desk) = &self.desk else { return Ok(()) };
        desk.check_keys()?;
        desk.webhook.as_ref().map_or(Ok(()), OutboxSettings::check)?;
        self.desk_identifier(desk).map(drop)
    }

    /// Who is told of withdrawals and erasures, where anybody is.
    pub fn webhook(&self) -> Option<&OutboxSettings> {
        self.desk.as_ref()?.webhook.as_ref()
    }

    /// Routes come and go; none may be of the desk's origin.
    pub(super) fn check_desk_origin(&self) -> Result<(), ConfigError> {
        let Some(desk) = &self.desk else { return Ok(()) };
        let routes = self.routes.iter().map(|route| (&*route.name, route.host.as_deref()));
        let ports: Vec<u16> = self.listeners.iter().map(|listener| listener.address.port()).collect();
        Ok(desk.check_origin(routes, &ports)?)
    }

    /// What the desk goes by; none where there is none.
    ///
    /// # Errors
    /// The first source that can't be used.
    pub fn desk_rules(&self) -> Result<Option<Rules>, ConfigError> {
        let rules = |desk| Ok(Rules::new(desk, self.desk_identifier(desk)?));
        self.desk.as_ref().map(rules).transpose()
    }

    fn desk_identifier(&self, desk: &DeskSettings) -> Result<Identifier, ConfigError> {
        let folder = self.path.parent().unwrap_or(std::path::Path::new(""));
        Ok(desk.identifier(&self.subjects, folder)?)
    }
}
