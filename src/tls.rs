//! Certificates → what the listeners accept with, and what the upstream is reached with.
//!
//! The rule: TLS 1.2 and 1.3 only, hybrid post-quantum key exchange first (X25519MLKEM768), no early data (RFC 8446,
//! section 8: it can be replayed), and a client certificate counts only if the authority given here signed it. What
//! would defeat it is a configuration that outlives its files: [`Tls::take_over`] swaps in a new one whole, with new
//! ticket keys, so that no session resumes under an authority that is gone.

mod client;
mod names;
mod pem;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use arc_swap::ArcSwap;
use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    server::{ServerSessionMemoryCache, WebPkiClientVerifier, danger::ClientCertVerifier},
};
use schemars::JsonSchema;
use serde::Deserialize;

pub use self::client::{ClientTls, ClientTlsSettings};
use self::names::CertificatesByName;

/// Sessions remembered for clients that resume without tickets (TLS 1.2).
const SESSIONS: usize = 4096;

/// The certificates of one listener, and whose clients it trusts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// Chosen by the server name that the client asks for; the first also answers every other name, and none.
    pub certificates: Vec<CertificateFiles>,
    /// PEM file with the authorities that sign client certificates.
    #[serde(default)]
    pub client_authority: Option<PathBuf>,
    /// Whether a client must show a certificate; only together with `client_authority`.
    #[serde(default)]
    pub client_certificate: Option<ClientCertificate>,
}

/// One certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateFiles {
    /// PEM file: the certificate, then the intermediates.
    pub certificate: PathBuf,
    /// PEM file with the private key, not encrypted.
    pub key: PathBuf,
}

/// Whether a client must show a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClientCertificate {
    /// The handshake fails without one.
    Required,
    /// One is verified when it is shown.
    #[default]
    Optional,
}

/// Why TLS can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("can't read `{}`: {source}; check the path and its permissions", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is not PEM.
    #[error("`{}` is not PEM; give a file with `-----BEGIN …-----` lines", .0.display())]
    NotPem(PathBuf),
    /// A file holds no certificate.
    #[error("`{}` holds no certificate; give the PEM file with the certificate and its intermediates", .0.display())]
    NoCertificate(PathBuf),
    /// A file holds no key.
    #[error("`{}` holds no private key; give the PEM file with the key in PKCS #8, SEC 1 or PKCS #1", .0.display())]
    NoKey(PathBuf),
    /// A key is encrypted.
    #[error("the key in `{}` is encrypted; decrypt it first: `openssl pkey -in FILE -out PLAIN`", .0.display())]
    EncryptedKey(PathBuf),
    /// A certificate can't be parsed, or is of a kind that can't be used.
    #[error("the certificate in `{}` can't be used: {why}", path.display())]
    BadCertificate {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A key can't be parsed, or is of a kind that can't be used.
    #[error("the key in `{}` can't be used; give an RSA, ECDSA or Ed25519 key", .0.display())]
    BadKey(PathBuf),
    /// A key and a certificate don't belong together.
    #[error(
        "the key in `{}` does not belong to the certificate in `{}`; give the pair that was made together",
        key.display(),
        certificate.display()
    )]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// No certificate at all.
    #[error("`certificates` is empty; name at least one pair of `certificate` and `key`")]
    NoCertificates,
    /// Client certificates are asked for and nobody is trusted to sign them.
    #[error(
        "`client_certificate` needs a `client_authority`; name the PEM file of the authority that signs them"
    )]
    NoAuthority,
    /// Only half of a client certificate and key.
    #[error("`certificate` and `key` go together; give both or neither")]
    HalfPair,
    /// The system trusts nobody.
    #[error("the system has no root certificates; install them, or name a PEM file under `roots`")]
    NoSystemRoots,
    /// A name that can't be a server's.
    #[error("`{0}` is not a server name; write a host name or an IP address")]
    BadServerName(String),
    /// The library refuses the combination.
    #[error("tls can't be set up: {0}")]
    Refused(#[from] rustls::Error),
}

/// What a listener accepts with; it can be exchanged while connections are open.
#[derive(Debug)]
pub struct Tls(ArcSwap<Loaded>);

/// What was read from the files.
#[derive(Debug)]
struct Loaded {
    config: Arc<ServerConfig>,
    settings: TlsSettings,
    digest: Vec<u8>,
    certificates: Vec<Shown>,
}

/// A certificate as a person may compare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The file it was read from.
    pub file: PathBuf,
    /// SHA-256 of the certificate, in lower-case hexadecimal.
    pub fingerprint: String,
}

impl Tls {
    /// Reads the files and makes a configuration of them.
    ///
    /// # Errors
    /// [`TlsError`] names the file and says what to do about it.
    pub fn load(settings: &TlsSettings) -> Result<Self, TlsError> {
        let config = server_config(settings)?;
        let shown = |pair: &CertificateFiles| {
            let fingerprint = pem::fingerprint(&pair.certificate)?;
            Ok(Shown { file: pair.certificate.clone(), fingerprint })
        };
        Ok(Self(ArcSwap::from_pointee(Loaded {
            config: Arc::new(config),
            settings: settings.clone(),
            digest: pem::digest(settings.files())?,
            certificates: settings.certificates.iter().map(shown).collect::<Result<_, TlsError>>()?,
        })))
    }

    /// Handshakes from now on use what the other loaded. Where that is the same, nothing changes, so that sessions go on
    /// being resumed.
    pub fn take_over(&self, other: &Self) {
        let (ours, theirs) = (self.0.load(), other.0.load_full());
        if ours.digest != theirs.digest || ours.settings != theirs.settings {
            self.0.store(theirs);
        }
    }

    /// The configuration for the next handshake.
    pub fn current(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0.load().config)
    }

    /// The certificates that the next handshake chooses from.
    pub fn certificates(&self) -> Vec<Shown> {
        self.0.load().certificates.clone()
    }
}

impl TlsSettings {
    /// The files it names.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let pairs = self.certificates.iter().flat_map(|pair| [&pair.certificate, &pair.key]);
        pairs.chain(&self.client_authority).map(PathBuf::as_path)
    }
}

fn server_config(settings: &TlsSettings) -> Result<ServerConfig, TlsError> {
    let provider = provider();
    let certificates = CertificatesByName::load(&settings.certificates, &provider)?;
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(rustls::ALL_VERSIONS)?
        .with_client_cert_verifier(client_verifier(settings, provider)?)
        .with_cert_resolver(Arc::new(certificates));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    // A second ticket would only serve clients that open several connections at once, and each costs every handshake.
    config.send_tls13_tickets = 1;
    config.max_early_data_size = 0;
    Ok(config)
}

fn client_verifier(
    settings: &TlsSettings,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let Some(path) = &settings.client_authority else {
        return match settings.client_certificate {
            None => Ok(WebPkiClientVerifier::no_client_auth()),
            Some(ClientCertificate::Required | ClientCertificate::Optional) => Err(TlsError::NoAuthority),
        };
    };
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots(path)?), provider);
    let verifier = match settings.client_certificate.unwrap_or_default() {
        ClientCertificate::Required => verifier,
        ClientCertificate::Optional => verifier.allow_unauthenticated(),
    };
    verifier.build().map_err(|why| TlsError::BadCertificate { path: path.clone(), why: why.to_string() })
}

/// The authorities in a PEM file.
fn roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    for certificate in pem::certificates(path)? {
        store
            .add(certificate)
            .map_err(|why| TlsError::BadCertificate { path: path.to_owned(), why: why.to_string() })?;
    }
    Ok(store)
}

/// AWS-LC; with the feature `prefer-post-quantum` its first key exchange group is X25519MLKEM768.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
