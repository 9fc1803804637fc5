//! The keys that tokens are verified with, and where they come from.
//!
//! The rule: a key is used with the configured algorithm or not at all, and it is checked at load that it can be. What
//! would defeat this is a public key taken for an HMAC secret: everybody knows it, so everybody could sign.

use std::{ops::RangeInclusive, path::Path, sync::Arc};

use aws_lc_rs::{
    rsa::PublicKey,
    signature::{self, ParsedPublicKey},
};
use jsonwebtoken::DecodingKey;
use rustls::pki_types::{SubjectPublicKeyInfoDer, pem::PemObject as _};
use x509_parser::{
    oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_PKCS1_RSAENCRYPTION, OID_SIG_ED25519},
    prelude::{FromDer as _, SubjectPublicKeyInfo},
};

use crate::{
    identify::{
        fault::Fault,
        key_set::{KeySet, Unpicked},
        remote::Remote,
        secret,
        settings::{Algorithm, TokenKey},
    },
    refusal::Refusal,
};

/// How long the modulus of an RSA key may be: 2,048 to 8,192 bits (RFC 7518, section 3.3).
pub(super) const RSA_BYTES: RangeInclusive<usize> = 256..=1_024;

/// One key, a set, or a set that is fetched.
pub(super) enum Keys {
    One(DecodingKey),
    Set(KeySet),
    Remote(Arc<Remote>),
}

impl Keys {
    pub(super) fn load(settings: &TokenKey, algorithm: Algorithm, base_dir: &Path) -> Result<Self, Fault> {
        let TokenKey { inline, file, jwks_file, jwks_url, refresh, keep } = settings;
        if jwks_url.is_none() && (refresh.is_some() || keep.is_some()) {
            return Err(Fault::NothingToRefresh);
        }
        match (inline, file, jwks_file, jwks_url) {
            (Some(text), None, None, None) => one(text.bytes(), algorithm).map(Self::One),
            (None, Some(path), None, None) => {
                let text = secret::read(path, base_dir)?;
                one(secret::without_line_break(&text), algorithm).map(Self::One)
            }
            (None, None, Some(path), None) => {
                let set = KeySet::parse(&secret::read(path, base_dir)?, algorithm)
                    .ok_or_else(|| Fault::NoKeySet { path: path.clone() })?;
                let fitting = !set.is_empty();
                let none = || Fault::NoFittingKey { path: path.clone(), algorithm: algorithm.name() };
                fitting.then_some(Self::Set(set)).ok_or_else(none)
            }
            (None, None, None, Some(url)) => {
                Remote::new(url, algorithm, *refresh, *keep).map(|remote| Self::Remote(Arc::new(remote)))
            }
            _ => {
                let written = [inline.is_some(), file.is_some(), jwks_file.is_some(), jwks_url.is_some()];
                Err(Fault::KeyPlaces { found: written.into_iter().filter(|written| *written).count() })
            }
        }
    }

    /// The key set that is fetched.
    pub(super) fn remote(&self) -> Option<&Arc<Remote>> {
        if let Self::Remote(remote) = self { Some(remote) } else { None }
    }

    /// Hands the key that the token asks for to `verify`. A single key has no name, so the token's `kid` says nothing.
    pub(super) fn with<T>(
        &self,
        kid: Option<&str>,
        verify: impl FnOnce(&DecodingKey) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        match self {
            Self::One(key) => verify(key),
            Self::Set(set) => verify(set.pick(kid).map_err(Unpicked::refusal)?),
            Self::Remote(remote) => {
                let set = remote.current().ok_or(Refusal::KeysUnreachable)?;
                match set.pick(kid) {
                    Ok(key) => verify(key),
                    Err(Unpicked::Unknown) if remote.may_be_behind() => Err(Refusal::KeysUnreachable),
                    Err(unpicked) => Err(unpicked.refusal()),
                }
            }
        }
    }
}

/// A key written as such: the secret itself, or one public key in PEM (RFC 7468, section 13).
fn one(text: &[u8], algorithm: Algorithm) -> Result<DecodingKey, Fault> {
    if algorithm == Algorithm::HS256 {
        return Ok(DecodingKey::from_secret(&secret::sound(text)?));
    }
    let blocks: Vec<_> = SubjectPublicKeyInfoDer::pem_slice_iter(text).collect();
    let found = blocks.len();
    let [Ok(block)] = blocks.as_slice() else { return Err(Fault::PublicKeys { found }) };
    let wrong = || Fault::WrongKey { algorithm: algorithm.name(), needs: algorithm.needs() };
    let (_, info) = SubjectPublicKeyInfo::from_der(block).map_err(|_| wrong())?;
    let key: &[u8] = &info.subject_public_key.data;
    let kind = &info.algorithm.algorithm;
    let curve = || info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
    let (fits, decoding) = match algorithm {
        Algorithm::HS256 => (false, DecodingKey::from_secret(key)),
        Algorithm::RS256 => (*kind == OID_PKCS1_RSAENCRYPTION, DecodingKey::from_rsa_der(key)),
        Algorithm::ES256 => {
            let p256 = *kind == OID_KEY_TYPE_EC_PUBLIC_KEY && curve() == Some(OID_EC_P256);
            (p256, DecodingKey::from_ec_der(key))
        }
        Algorithm::EdDSA => (*kind == OID_SIG_ED25519, DecodingKey::from_ed_der(key)),
    };
    if fits && algorithm.takes(key) { Ok(decoding) } else { Err(wrong()) }
}

impl Algorithm {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }

    pub(super) fn library(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::HS256 => jsonwebtoken::Algorithm::HS256,
            Self::RS256 => jsonwebtoken::Algorithm::RS256,
            Self::ES256 => jsonwebtoken::Algorithm::ES256,
            Self::EdDSA => jsonwebtoken::Algorithm::EdDSA,
        }
    }

    /// Whether a public key in the form that the verifier takes is a sound one.
    pub(super) fn takes(self, key: &[u8]) -> bool {
        match self {
            Self::HS256 => false,
            Self::RS256 => PublicKey::from_der(key).is_ok_and(|key| RSA_BYTES.contains(&key.modulus_len())),
            Self::ES256 => ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, key).is_ok(),
            Self::EdDSA => ParsedPublicKey::new(&signature::ED25519, key).is_ok(),
        }
    }

    fn needs(self) -> &'static str {
        match self {
            Self::HS256 => "a secret",
            Self::RS256 => "an RSA key of 2,048 to 8,192 bits",
            Self::ES256 => "a P-256 key",
            Self::EdDSA => "an Ed25519 key",
        }
    }
}
