//! What the configuration says about the operator's listener.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::guard::Keys;
use crate::{
    identify::{AccessTokenSettings, AccessTokens, Fault},
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
    /// Certificates; needed where other machines can reach the address, together with a `token` or with `client_authority` and
    /// `client_certificate: required`.
    #[serde(default)]
    pub tls: Option<TlsSettings>,
    /// Tokens that open the operator's pages, and let programs write decisions.
    #[serde(default)]
    pub token: Option<AccessTokenSettings>,
}

/// What was read and checked for a listener that serves already.
#[derive(Debug)]
pub struct AdminPrepared {
    /// Its certificates.
    pub listener: Prepared,
    /// Its tokens' keys.
    pub tokens: Option<AccessTokens>,
}

/// Why the operator's listener can't be served.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Anybody could ask.
    #[error(
        "`admin` on `{0}` can be asked from other machines by anybody; choose a loopback address, or add `tls` with a `token`, or with `client_authority` and `client_certificate: required`"
    )]
    OpenToAll(SocketAddr),
    /// Tokens would cross a network in the clear.
    #[error(
        "`admin` on `{0}` would get tokens over plain HTTP, where they can be read; add `tls`, or choose a loopback address"
    )]
    ClearTokens(SocketAddr),
    /// Tokens can't be checked.
    #[error("`admin`: `token`: {0}")]
    Token(#[from] Fault),
    /// The listener itself.
    #[error("`admin`: {0}")]
    Server(#[from] ServerError),
}

impl AdminSettings {
    /// Reads the certificates and checks the settings.
    ///
    /// # Errors
    /// [`AdminError`] says what to do.
    pub fn prepare(&self) -> Result<AdminPrepared, AdminError> {
        self.check()?;
        let (limits, timeouts) = Self::bounds();
        let listener = Live::prepare(&[self.listener()], &limits, &timeouts)?;
        Ok(AdminPrepared { listener, tokens: self.tokens()? })
    }

    /// What checks tokens.
    pub(super) fn keys(&self) -> Result<Keys, AdminError> {
        Ok(Keys::new(self.tokens()?))
    }

    fn tokens(&self) -> Result<Option<AccessTokens>, Fault> {
        self.token.as_ref().map(AccessTokens::new).transpose()
    }

    /// The first of these keys in which two settings differ; none when they differ in their certificates at most.
    pub fn differs(&self, other: &Self) -> Option<&'static str> {
        self.listener().differs(&other.listener()).or((self.token != other.token).then_some("token"))
    }

    /// Whether anybody could ask.
    pub(super) fn check(&self) -> Result<(), AdminError> {
        let guarded = |tls: &TlsSettings| tls.client_certificate == Some(ClientCertificate::Required);
        match (&self.tls, &self.token) {
            _ if self.address.ip().is_loopback() => Ok(()),
            (Some(tls), _) if guarded(tls) => Ok(()),
            (Some(_), Some(_)) => Ok(()),
            (None, Some(_)) => Err(AdminError::ClearTokens(self.address)),
            (_, None) => Err(AdminError::OpenToAll(self.address)),
        }
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
        let token = "token: {algorithm: HS256, key: {file: k}, issuer: i, audience: a}";
        assert!(check(&format!("address: 0.0.0.0:9464\n{token}\ntls: {{certificates: []}}")).is_ok());
        assert!(check(&format!("address: 127.0.0.1:9464\n{token}")).is_ok());
        let clear = check(&format!("address: 0.0.0.0:9464\n{token}")).unwrap_err().to_string();
        assert!(clear.contains("tokens over plain HTTP"), "{clear}");
    }
}
