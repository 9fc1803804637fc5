//! PEM files (RFC 7468) → certificates and keys, with errors that name the file.

use std::{fs, path::Path};

use aws_lc_rs::digest::{self, Context, SHA256};
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{Error as PemError, PemObject as _},
};

use super::TlsError;

/// How encrypted keys begin: PKCS #8 (RFC 5958), and the older header of RFC 1421.
const ENCRYPTED: [&str; 2] = ["BEGIN ENCRYPTED PRIVATE KEY", "Proc-Type: 4,ENCRYPTED"];

/// Every certificate in the file, in order; at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(path)?;
    let found = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| TlsError::NotPem(path.to_owned()))?;
    if found.is_empty() {
        return Err(TlsError::NoCertificate(path.to_owned()));
    }
    Ok(found)
}

/// The first key in the file.
pub(super) fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = read(path)?;
    let readable = String::from_utf8_lossy(&text);
    if ENCRYPTED.iter().any(|mark| readable.contains(mark)) {
        return Err(TlsError::EncryptedKey(path.to_owned()));
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        PemError::NoItemsFound => TlsError::NoKey(path.to_owned()),
        _ => TlsError::NotPem(path.to_owned()),
    })
}

/// SHA-256 of the first certificate in the file, in lower-case hexadecimal.
pub(super) fn fingerprint(path: &Path) -> Result<String, TlsError> {
    let all = certificates(path)?;
    let first = all.first().ok_or_else(|| TlsError::NoCertificate(path.to_owned()))?;
    Ok(digest::digest(&SHA256, first).as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What tells the contents of these files from others: SHA-256 over all of them. Not for show: it covers keys.
pub(super) fn digest<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<Vec<u8>, TlsError> {
    let mut digest = Context::new(&SHA256);
    for path in paths {
        let bytes = read(path)?;
        digest.update(&(bytes.len() as u64).to_be_bytes());
        digest.update(&bytes);
    }
    Ok(digest.finish().as_ref().to_vec())
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let bytes = fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })?;
    if bytes.windows(10).any(|window| window == b"-----BEGIN") {
        Ok(bytes)
    } else {
        Err(TlsError::NotPem(path.to_owned()))
    }
}
