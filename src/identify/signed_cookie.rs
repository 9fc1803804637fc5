//! A cookie that carries its own signature: `ID.EXPIRY.SIGNATURE`.
//!
//! `ID` is the id's UTF-8 in base64url without padding, `EXPIRY` the second (since 1970, decimal) from which the cookie is
//! void, and `SIGNATURE` the base64url of HMAC-SHA256 over the cookie as it stands in the header up to the last dot,
//! `NAME=ID.EXPIRY`. In a shell:
//!
//! ```sh
//! printf '%s' "$NAME=$ID.$EXPIRY" | openssl dgst -sha256 -hmac "$KEY" -binary | basenc --base64url | tr -d =
//! ```
//!
//! The rule: the signature is checked first, in constant time, and covers the name, so that a cookie signed for one use
//! can't be renamed into another. What would defeat it is a name with `=` or an id with `.`; neither can occur.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::credential::Shown;
use crate::refusal::Refusal;

/// What a cookie is checked with.
pub(super) struct Seal {
    name: String,
    key: hmac::Key,
}

/// The value of a signed cookie for an id, void from `expires` on (seconds since 1970).
pub fn sign_cookie(key: &[u8], name: &str, id: &str, expires: u64) -> String {
    let signed = format!("{name}={}.{expires}", URL_SAFE_NO_PAD.encode(id));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes());
    let value = signed.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')).unwrap_or_default();
    format!("{value}.{}", URL_SAFE_NO_PAD.encode(tag))
}

impl Seal {
    pub(super) fn new(name: &str, key: &[u8]) -> Self {
        Self { name: name.to_owned(), key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What the cookie says, if it is genuine and still good at `now` (seconds since 1970).
    pub(super) fn open(&self, value: &[u8], now: u64) -> Result<Shown, Refusal> {
        let malformed = Refusal::Credential("the signed cookie is malformed");
        let mut parts = value.rsplitn(2, |byte| *byte == b'.');
        let (Some(signature), Some(signed)) = (parts.next(), parts.next()) else { return Err(malformed) };
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed.clone())?;
        let message = [self.name.as_bytes(), b"=", signed].concat();
        hmac::verify(&self.key, &message, &signature)
            .map_err(|_| Refusal::Credential("the cookie's signature does not verify"))?;
        let (id, expiry) = split(signed).ok_or(malformed.clone())?;
        if expiry <= now {
            return Err(Refusal::Credential("the signed cookie has expired"));
        }
        let id = URL_SAFE_NO_PAD.decode(id).map_err(|_| malformed)?;
        Ok(Shown::until(id, expiry))
    }
}

fn split(signed: &[u8]) -> Option<(&str, u64)> {
    let (id, expiry) = std::str::from_utf8(signed).ok()?.split_once('.')?;
    let decimal = expiry.bytes().all(|byte| byte.is_ascii_digit());
    decimal.then_some(())?;
    Some((id, expiry.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

    #[test]
    fn a_cookie_we_signed_opens() {
        let value = sign_cookie(KEY, "session", "ada.l=é", 1_000);
        let shown = Seal::new("session", KEY).open(value.as_bytes(), 999).unwrap();
        assert_eq!(shown.id, "ada.l=é".as_bytes());
        assert_eq!(shown.until.map(|until| until.as_second()), Some(1_000));
    }

    #[test]
    fn the_format_stays_as_documented() {
        let value = sign_cookie(KEY, "session", "ada", 2_000_000_000);
        insta::assert_snapshot!(value, @"YWRh.2000000000.yqg7ona3RdPVT4DhDsaEw5iFL1KJ7bMnzvfSn_IxGy4");
    }

    #[test]
    fn any_other_cookie_stays_shut() {
        let good = sign_cookie(KEY, "session", "ada", 1_000);
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let (id, expiry) = signed.split_once('.').unwrap();
        let table = [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            id.to_owned(),
            signed.to_owned(),
            format!("{signed}."),
            format!("{id}.9999.{signature}"),
            format!("YWRi.{expiry}.{signature}"),
            format!("{signed}.{signature}="),
            format!("{signed}.{}", signature.split_at(1).1),
            format!("\"{good}\""),
            format!("{good}.{signature}"),
            sign_cookie(KEY, "other", "ada", 1_000),
            sign_cookie(b"another key of some thirty-two bytes", "session", "ada", 1_000),
        ];
        for value in table {
            let opened = Seal::new("session", KEY).open(value.as_bytes(), 10);
            assert!(matches!(opened, Err(Refusal::Credential(_))), "{value}");
        }
        assert!(Seal::new("session", KEY).open(good.as_bytes(), 1_000).is_err(), "expired");
    }

    #[test]
    fn a_genuine_signature_over_nonsense_stays_shut() {
        for signed in
            ["YWRh", "YWRh.", "YWRh.+5000", "YWRh.5000.5000", "YW R.5000", "YWRh.99999999999999999999"]
        {
            let message = format!("session={signed}");
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, KEY), message.as_bytes());
            let value = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag));
            assert!(Seal::new("session", KEY).open(value.as_bytes(), 10).is_err(), "{signed}");
        }
    }
}
