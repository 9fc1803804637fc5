//! How the upstream is reached over TLS: whom to trust, and what to show.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{TlsError, pem, provider, roots};

/// Whom to trust at the upstream, and what to show there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientTlsSettings {
    /// PEM file with the authorities to trust; default: those of the system.
    #[serde(default)]
    pub roots: Option<PathBuf>,
    /// PEM file with the certificate to show.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// PEM file with that certificate's key.
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// The name that the upstream's certificate must be for; default: the host in its address.
    #[serde(default)]
    pub server_name: Option<String>,
}

/// What connections to the upstream are made with.
#[derive(Clone, Debug)]
pub struct ClientTls {
    config: Arc<ClientConfig>,
    server_name: Option<ServerName<'static>>,
    digest: Vec<u8>,
}

impl ClientTlsSettings {
    /// The files it names.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.roots, &self.certificate, &self.key].into_iter().flatten().map(PathBuf::as_path)
    }
}

impl ClientTls {
    /// Reads the files; `alpn` is offered in this order.
    ///
    /// # Errors
    /// [`TlsError`] names the file and says what to do about it.
    pub fn load(settings: &ClientTlsSettings, alpn: &[&[u8]]) -> Result<Self, TlsError> {
        let trusted = match &settings.roots {
            Some(path) => roots(path)?,
            None => system_roots()?,
        };
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(rustls::ALL_VERSIONS)?
            .with_root_certificates(trusted);
        let mut config = match (&settings.certificate, &settings.key) {
            (Some(certificate), Some(key)) => builder
                .with_client_auth_cert(pem::certificates(certificate)?, pem::key(key)?)
                .map_err(|_| TlsError::Mismatch { certificate: certificate.clone(), key: key.clone() })?,
            (None, None) => builder.with_no_client_auth(),
            (Some(_), None) | (None, Some(_)) => return Err(TlsError::HalfPair),
        };
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let server_name = settings.server_name.as_deref().map(parse_name).transpose()?;
        let digest = pem::digest(settings.files())?;
        Ok(Self { config: Arc::new(config), server_name, digest })
    }

    /// The same, offering these protocols.
    pub fn offering(&self, alpn: &[&[u8]]) -> Self {
        let mut config = ClientConfig::clone(&self.config);
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        Self { config: Arc::new(config), ..self.clone() }
    }

    /// Whether both were read from files with the same contents.
    pub fn is_of_the_same_files(&self, other: &Self) -> bool {
        self.digest == other.digest
    }

    /// The configuration for the next handshake.
    pub fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }

    /// The name to ask for at `host`, and to hold the certificate to.
    ///
    /// # Errors
    /// [`TlsError::BadServerName`] when `host` can be neither a name nor an address.
    pub fn name_for(&self, host: &str) -> Result<ServerName<'static>, TlsError> {
        self.server_name.clone().map_or_else(|| parse_name(host), Ok)
    }
}

fn parse_name(text: &str) -> Result<ServerName<'static>, TlsError> {
    ServerName::try_from(text.to_owned()).map_err(|_| TlsError::BadServerName(text.to_owned()))
}

/// Single roots that can't be read are skipped: systems often carry a few that are broken or too old.
fn system_roots() -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if store.is_empty() { Err(TlsError::NoSystemRoots) } else { Ok(store) }
}
