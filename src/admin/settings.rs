//! What the configuration says about the operator's listener.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    server::{ListenerSettings, Live, Prepared, ServerError, ServerLimits, ServerTimeouts},
    tls::{ClientCertificate, TlsSettings},
};

/// Connections at a time: a scraper or two, a prober or two, a person.
const CONNECTIONS: usize = 64;

/// Where an operator may ask for metrics and health.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminSettings {
    /// IP address and port, such as `127.0.0.1:9464`.
    #[schemars(with = "String")]
    pub address: SocketAddr,
    /// Certificates; needed, together with `client_authority` and `client_certificate: required`, where other machines
    /// can reach the address.
    #[serde(default)]
    pub tls: Option<TlsSettings>,
}

/// Why the operator's listener can't be served.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Anybody could ask.
    #[error(
        "`admin` on `{0}` can be asked from other machines by anybody; choose a loopback address, or add `tls` with `client_authority` and `client_certificate: required`"
    )]
    OpenToAll(SocketAddr),
    /// The listener itself.
    #[error("`admin`: {0}")]
    Server(#[from] ServerError),
}

impl AdminSettings {
    /// Reads the certificates and checks the settings.
    ///
    /// # Errors
    /// [`AdminError`] says what to do.
    pub fn prepare(&self) -> Result<Prepared, AdminError> {
        self.check()?;
        let (limits, timeouts) = Self::bounds();
        Ok(Live::prepare(&[self.listener()], &limits, &timeouts)?)
    }

    /// Whether anybody could ask.
    pub(super) fn check(&self) -> Result<(), AdminError> {
        let guarded = |tls: &TlsSettings| tls.client_certificate == Some(ClientCertificate::Required);
        if self.address.ip().is_loopback() || self.tls.as_ref().is_some_and(guarded) {
            return Ok(());
        }
        Err(AdminError::OpenToAll(self.address))
    }

    /// The same as a listener.
    pub fn listener(&self) -> ListenerSettings {
        let (address, tls) = (self.address, self.tls.clone());
        ListenerSettings { name: Some("admin".to_owned()), address, tls, plain: false, proxy_protocol: None }
    }

    pub(super) fn bounds() -> (ServerLimits, ServerTimeouts) {
        (ServerLimits { connections: CONNECTIONS, ..ServerLimits::default() }, ServerTimeouts::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_may_ask() {
        let check = |text: &str| serde_saphyr::from_str::<AdminSettings>(text).unwrap().check();
        for good in ["127.0.0.1:9464", "[::1]:9464"] {
            assert!(check(&format!("address: '{good}'")).is_ok());
        }
        let tls = "certificates: [], client_authority: ca.pem";
        for open in ["", "tls: {certificates: []}", &format!("tls: {{{tls}, client_certificate: optional}}")]
        {
            let error = check(&format!("address: 0.0.0.0:9464\n{open}")).unwrap_err().to_string();
            assert!(error.contains("0.0.0.0:9464") && error.contains("loopback"), "{error}");
        }
        let guarded = format!("address: 0.0.0.0:9464\ntls: {{{tls}, client_certificate: required}}");
        assert!(check(&guarded).is_ok());
    }
}
