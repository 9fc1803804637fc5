//! Key material that never prints.
//!
//! The rule: a secret goes from the file to the verifier and nowhere else. What would defeat it is a `Debug` of the
//! settings, or a deserialiser's "found `…`, expected a string", so both say `<withheld>` or nothing.

use std::{borrow::Cow, fmt, io::ErrorKind, path::Path};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::identify::{fault::Fault, settings::SecretKey};

/// The shortest secret for HMAC with SHA-256 (RFC 7518, section 3.2).
const LEAST_BYTES: usize = 32;

/// Key material as written in the configuration.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text as key material.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<withheld>")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The error of the deserialiser may quote what it found, so it is replaced.
        String::deserialize(deserializer)
            .map(Self)
            .map_err(|_| de::Error::custom("a key must be a text; put it in quotes"))
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "writeOnly": true})
    }
}

/// The bytes of a secret that signs, long enough to be one.
pub(super) fn load(key: &SecretKey, base_dir: &Path) -> Result<Vec<u8>, Fault> {
    match key {
        SecretKey::Inline(secret) => sound(secret.bytes()),
        SecretKey::File(path) => sound(without_line_break(&read(path, base_dir)?)),
    }
}

/// Refuses what can't be a secret: too short, or a key that others may know.
pub(super) fn sound(secret: &[u8]) -> Result<Vec<u8>, Fault> {
    if secret.windows(10).any(|window| window == b"-----BEGIN") {
        return Err(Fault::SecretIsPem);
    }
    if secret.len() < LEAST_BYTES {
        return Err(Fault::ShortSecret { bytes: secret.len() });
    }
    Ok(secret.to_vec())
}

/// Editors and `echo` end a file with a line break that nobody means.
pub(super) fn without_line_break(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.strip_suffix(b"\r").unwrap_or(text)
}

/// A file named in the configuration; relative names start at the configuration's own folder.
pub(super) fn read(path: &Path, base_dir: &Path) -> Result<Vec<u8>, Fault> {
    std::fs::read(base_dir.join(path)).map_err(|error| {
        let reason = match error.kind() {
            ErrorKind::NotFound => "there is no such file".to_owned(),
            ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
            other => other.to_string(),
        };
        Fault::Unreadable { path: path.to_owned(), reason }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_nowhere() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "<withheld>");
        for wrong in ["[hunter2]", "{hunter2: 1}"] {
            let error = serde_saphyr::from_str::<Secret>(wrong).unwrap_err();
            assert!(error.to_string().contains("put it in quotes"), "{error}");
            assert!(!error.without_snippet().to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_secret_has_32_bytes_and_no_line_break() {
        assert_eq!(without_line_break(b"abc\r\n"), b"abc");
        assert_eq!(without_line_break(b"abc\n\n"), b"abc\n");
        assert!(sound(&[b'x'; 32]).is_ok());
        assert!(matches!(sound(&[b'x'; 31]), Err(Fault::ShortSecret { bytes: 31 })));
    }
}
