//! The key that signs consent receipts, and the keys that are published.
//!
//! The rule: the private key is in one file that only its owner can read, and made where there is none; its public half is published
//! under a name that is made from the key itself (RFC 7638), so that a receipt signed years ago finds its key as long as that is
//! listed. What would defeat it: a second algorithm. There is one, ECDSA with P-256 and SHA-256 (`ES256`, RFC 7518, section 3.4).

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use data_encoding::BASE64URL_NOPAD;
use rcgen::KeyPair;
use rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer, pem::PemObject as _};
use serde_json::{Value, json};

use crate::ledger::can_write;

/// A point on P-256 as it stands at the end of a public key: a tag and two coordinates.
const POINT: usize = 65;
const COORDINATE: usize = 32;

/// Signs.
pub struct Signer {
    key: EcdsaKeyPair,
    kid: String,
    published: Vec<Value>,
}

/// Why a key can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// It can't be read or made.
    #[error("can't use the signing key `{}`: {source}; check the path and its permissions", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others can read it.
    #[error("the signing key `{}` can be read by others; run `chmod 600` on it", .0.display())]
    Exposed(PathBuf),
    /// It is none.
    #[error(
        "`{}` is no key for `ES256`; remove it so that one is made, or give one with P-256 as PEM in PKCS #8",
        .0.display()
    )]
    NotOurs(PathBuf),
    /// An old one is none.
    #[error("`{}` is no key with P-256 in PEM, private or public; remove it from `old_keys`", .0.display())]
    Old(PathBuf),
}

impl Signer {
    /// Reads the keys; the one that signs is made where there is none.
    ///
    /// # Errors
    /// [`KeyFault`] says what to do.
    pub fn open(path: &Path, old: &[PathBuf]) -> Result<Self, KeyFault> {
        if !path.try_exists().map_err(unusable(path))? {
            make(path).map_err(unusable(path))?;
        }
        Self::read(path, old)
    }

    /// Whether the keys could be used; makes nothing.
    ///
    /// # Errors
    /// [`KeyFault`] says what to do.
    pub fn check(path: &Path, old: &[PathBuf]) -> Result<(), KeyFault> {
        if path.try_exists().map_err(unusable(path))? {
            return Self::read(path, old).map(drop);
        }
        old.iter().try_for_each(|old| published(old).map(drop))?;
        can_write(path).map_err(unusable(path))
    }

    fn read(path: &Path, old: &[PathBuf]) -> Result<Self, KeyFault> {
        if fs::metadata(path).map_err(unusable(path))?.mode() & 0o077 != 0 {
            return Err(KeyFault::Exposed(path.to_owned()));
        }
        let pem = fs::read(path).map_err(unusable(path))?;
        let not_ours = || KeyFault::NotOurs(path.to_owned());
        let key = pair(&pem).ok_or_else(not_ours)?;
        let jwk = jwk(key.public_key().as_ref()).ok_or_else(not_ours)?;
        let kid = jwk.get("kid").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut all = vec![jwk];
        for old in old {
            let jwk = published(old)?;
            if !all.contains(&jwk) {
                all.push(jwk);
            }
        }
        Ok(Self { key, kid, published: all })
    }

    /// What is published (RFC 7517).
    pub fn key_set(&self) -> Value {
        json!({"keys": self.published})
    }

    /// A document, signed, in the compact form (RFC 7515, section 7.1); none where the system gives no random numbers.
    pub fn sign(&self, content_type: &str, document: &Value) -> Option<String> {
        let head = json!({"alg": "ES256", "kid": self.kid, "typ": "JOSE", "cty": content_type});
        let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let text = format!("{}.{}", encode(&head), encode(document));
        let signature = self.key.sign(&SystemRandom::new(), text.as_bytes()).ok()?;
        Some(format!("{text}.{}", BASE64URL_NOPAD.encode(signature.as_ref())))
    }
}

fn pair(pem: &[u8]) -> Option<EcdsaKeyPair> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem).ok()?;
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.secret_pkcs8_der()).ok()
}

/// The public half of a key that signed once.
fn published(path: &Path) -> Result<Value, KeyFault> {
    let pem = fs::read(path).map_err(unusable(path))?;
    let point = match pair(&pem) {
        Some(key) => Some(key.public_key().as_ref().to_vec()),
        None => SubjectPublicKeyInfoDer::from_pem_slice(&pem).ok().and_then(|der| point_of(&der)),
    };
    point.and_then(|point| jwk(&point)).ok_or_else(|| KeyFault::Old(path.to_owned()))
}

/// The point in a `SubjectPublicKeyInfo` with P-256 (RFC 5480), which always begins alike.
fn point_of(der: &[u8]) -> Option<Vec<u8>> {
    const HEAD: [u8; 26] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
        0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    der.strip_prefix(&HEAD).filter(|point| point.len() == POINT).map(<[u8]>::to_vec)
}

/// A public key as a JSON Web Key, named by its thumbprint (RFC 7638: the members that make the key, in their order).
fn jwk(point: &[u8]) -> Option<Value> {
    let (4, coordinates) =
        point.split_first().filter(|_| point.len() == POINT).map(|(tag, rest)| (*tag, rest))?
    else {
        return None;
    };
    let (x, y) = coordinates.split_at_checked(COORDINATE)?;
    let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
    let thumbprint = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    let kid = BASE64URL_NOPAD.encode(digest::digest(&digest::SHA256, thumbprint.as_bytes()).as_ref());
    Some(json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "alg": "ES256", "use": "sig"}))
}

/// Written aside and linked into place, so that of two processes that start together both use one key.
fn make(path: &Path) -> io::Result<()> {
    let pair = KeyPair::generate().map_err(io::Error::other)?;
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}", uuid::Uuid::now_v7()));
    let aside = PathBuf::from(aside);
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
        file.write_all(pair.serialize_pem().as_bytes())?;
        file.sync_all()
    };
    let linked = write().and_then(|()| match fs::hard_link(&aside, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let _ = fs::remove_file(&aside); // it may never have been made
    linked
}

fn unusable(path: &Path) -> impl FnOnce(io::Error) -> KeyFault + use<> {
    let path = path.to_owned();
    move |source| KeyFault::Unusable { path, source }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("kid", &self.kid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::Jwk};

    use super::*;

    #[test]
    fn a_key_is_made_once_is_only_its_owners_and_signs_what_others_can_verify() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.key");
        let signer = Signer::open(&path, &[]).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left aside");
        assert_eq!(Signer::open(&path, &[]).unwrap().kid, signer.kid);

        let signed = signer.sign("application/ld+json", &json!({"a": 1})).unwrap();
        let set = signer.key_set();
        let key: Jwk = serde_json::from_value(set["keys"][0].clone()).unwrap();
        assert_eq!(key.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap(), signer.kid);
        let mut validation = Validation::new(Algorithm::ES256);
        validation.required_spec_claims.clear();
        let read = decode::<Value>(&signed, &DecodingKey::from_jwk(&key).unwrap(), &validation).unwrap();
        assert_eq!((read.claims, read.header.kid), (json!({"a": 1}), Some(signer.kid)));
        assert!(!set.to_string().contains("\"d\""));
    }

    #[test]
    fn keys_that_signed_earlier_stay_published_by_their_private_or_their_public_half() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let old = Signer::open(&file("old.key"), &[]).unwrap();
        let pair = KeyPair::generate().unwrap();
        fs::write(file("public.pem"), pair.public_key_pem()).unwrap();
        let listed = [file("old.key"), file("public.pem"), file("old.key")];
        let keys = Signer::open(&file("desk.key"), &listed).unwrap().key_set();
        let keys = keys["keys"].as_array().unwrap();
        assert_eq!((keys.len(), &keys[1]), (3, &old.key_set()["keys"][0]));
    }

    #[test]
    fn a_key_that_is_exposed_or_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.key");
        Signer::open(&path, &[]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Signer::open(&path, &[]), Err(KeyFault::Exposed(_))));
        fs::write(&path, "no key").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(Signer::check(&path, &[]), Err(KeyFault::NotOurs(_))));
        let new = folder.path().join("new.key");
        assert!(matches!(Signer::check(&new, std::slice::from_ref(&path)), Err(KeyFault::Old(_))));
        assert!(Signer::check(&new, &[]).is_ok() && !new.exists());
    }
}
