//! The server name that a client asks for → a certificate.
//!
//! The rule: a name is matched exactly, then by a wildcard for its first label only (RFC 9525, section 6.3); the first
//! certificate answers whatever else is asked. A certificate never widens what is served: the exchange compares the
//! name with `Host`.

use std::{collections::HashMap, path::Path, sync::Arc};

use rustls::{
    crypto::CryptoProvider,
    pki_types::CertificateDer,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use x509_parser::{extensions::GeneralName, parse_x509_certificate};

use super::{CertificateFiles, TlsError, pem};

/// The certificates of a listener, by the names they are for.
#[derive(Debug)]
pub(super) struct CertificatesByName {
    first: Arc<CertifiedKey>,
    /// Lower-case names; a wildcard is kept as what follows its `*`, dot included.
    names: HashMap<String, Arc<CertifiedKey>>,
}

impl CertificatesByName {
    pub(super) fn load(files: &[CertificateFiles], provider: &CryptoProvider) -> Result<Self, TlsError> {
        let mut first = None;
        let mut names = HashMap::new();
        for pair in files {
            let (certified, found) = load_pair(pair, provider)?;
            for name in found {
                names.entry(name).or_insert_with(|| Arc::clone(&certified));
            }
            first.get_or_insert(certified);
        }
        Ok(Self { first: first.ok_or(TlsError::NoCertificates)?, names })
    }

    fn find(&self, name: &str) -> &Arc<CertifiedKey> {
        let name = name.to_ascii_lowercase();
        let wildcard =
            || name.find('.').and_then(|dot| name.get(dot..)).and_then(|rest| self.names.get(rest));
        self.names.get(&name).or_else(wildcard).unwrap_or(&self.first)
    }
}

impl ResolvesServerCert for CertificatesByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(hello.server_name().map_or(&self.first, |name| self.find(name))))
    }
}

/// A certificate with its key, and the names it is for.
fn load_pair(
    files: &CertificateFiles,
    provider: &CryptoProvider,
) -> Result<(Arc<CertifiedKey>, Vec<String>), TlsError> {
    let chain = pem::certificates(&files.certificate)?;
    let names = match chain.first() {
        Some(leaf) => dns_names(leaf, &files.certificate)?,
        None => Vec::new(),
    };
    let key = provider
        .key_provider
        .load_private_key(pem::key(&files.key)?)
        .map_err(|_| TlsError::BadKey(files.key.clone()))?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        // Unknown: the signer can't tell; the handshake would.
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {
            Ok((Arc::new(certified), names))
        }
        Err(_) => Err(TlsError::Mismatch { certificate: files.certificate.clone(), key: files.key.clone() }),
    }
}

fn dns_names(leaf: &CertificateDer<'_>, path: &Path) -> Result<Vec<String>, TlsError> {
    let bad = |why: String| TlsError::BadCertificate { path: path.to_owned(), why };
    let (_, parsed) =
        parse_x509_certificate(leaf).map_err(|_| bad("it is not an X.509 certificate".into()))?;
    let names = parsed.subject_alternative_name().map_err(|_| bad("its names can't be read".into()))?;
    let Some(names) = names else { return Ok(Vec::new()) };
    Ok(names
        .value
        .general_names
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(name.strip_prefix('*').unwrap_or(name).to_ascii_lowercase()),
            _ => None,
        })
        .collect())
}
