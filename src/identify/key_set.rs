//! A JSON Web Key Set (RFC 7517): several keys, of which a token names one.
//!
//! The rule: a key that does not fit (`kty`, `crv`, `alg`, `use`, `key_ops`, size) is as if it weren't there, and so is
//! one that can't be read (section 5); the others stay usable. A token without `kid` is taken only if one key fits;
//! a `kid` that two keys share picks neither. What would defeat this is trying one key after the other.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    identify::{keys::RSA_BYTES, secret, settings::Algorithm},
    refusal::Refusal,
};

/// The keys of a set that fit one algorithm.
pub(super) struct KeySet(Vec<(Option<String>, DecodingKey)>);

/// Why no key was picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unpicked {
    /// No key of that name, or none at all.
    Unknown,
    /// More than one.
    Ambiguous,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// One key as it is written (RFC 7518, section 6).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    r#use: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    k: Option<String>,
}

impl KeySet {
    /// The fitting keys of a set; none if the text is no key set.
    pub(super) fn parse(text: &[u8], algorithm: Algorithm) -> Option<Self> {
        let document: Document = serde_json::from_slice(text).ok()?;
        let keys = document.keys.into_iter().filter_map(|key| Jwk::deserialize(key).ok());
        Some(Self(keys.filter_map(|key| Some((key.kid.clone(), key.fitting(algorithm)?))).collect()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one key that a token's `kid`, or its absence, stands for.
    pub(super) fn pick(&self, kid: Option<&str>) -> Result<&DecodingKey, Unpicked> {
        let mut named = self.0.iter().filter(|(name, _)| kid.is_none() || name.as_deref() == kid);
        match (named.next(), named.next()) {
            (None, _) => Err(Unpicked::Unknown),
            (Some((_, key)), None) => Ok(key),
            (Some(_), Some(_)) => Err(Unpicked::Ambiguous),
        }
    }
}

impl Unpicked {
    pub(super) fn refusal(self) -> Refusal {
        Refusal::Credential(match self {
            Self::Unknown => "the token is signed with an unknown key",
            Self::Ambiguous => "the token does not say which key it is signed with",
        })
    }
}

impl Jwk {
    fn fitting(&self, algorithm: Algorithm) -> Option<DecodingKey> {
        let meant = self.alg.as_deref().is_none_or(|alg| alg == algorithm.name())
            && self.r#use.as_deref().is_none_or(|usage| usage == "sig")
            && self.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|op| op == "verify"));
        if !meant {
            return None;
        }
        match (algorithm, self.kty.as_str(), self.crv.as_deref()) {
            (Algorithm::HS256, "oct", None) => {
                let secret = secret::sound(&bytes(self.k.as_ref())?).ok()?;
                Some(DecodingKey::from_secret(&secret))
            }
            (Algorithm::RS256, "RSA", None) => self.rsa(),
            (Algorithm::ES256, "EC", Some("P-256")) => {
                let (x, y) = (bytes(self.x.as_ref())?, bytes(self.y.as_ref())?);
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                algorithm.takes(&point).then(|| DecodingKey::from_ec_der(&point))
            }
            (Algorithm::EdDSA, "OKP", Some("Ed25519")) => {
                let point = bytes(self.x.as_ref())?;
                algorithm.takes(&point).then(|| DecodingKey::from_ed_der(&point))
            }
            _ => None,
        }
    }

    fn rsa(&self) -> Option<DecodingKey> {
        let (n, e) = (bytes(self.n.as_ref())?, bytes(self.e.as_ref())?);
        RsaPublicKeyComponents { n: &n, e: &e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok()?;
        RSA_BYTES.contains(&n.len()).then(|| DecodingKey::from_rsa_raw_components(&n, &e))
    }
}

fn bytes(text: Option<&String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}
