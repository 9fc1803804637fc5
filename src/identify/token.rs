//! Reading a signed token (RFC 7519, RFC 7515): from the request to the claim that names the subject.
//!
//! The rule: the configuration says which algorithm, issuer, audience and keys there are; the token may only choose
//! among the keys, by `kid`. What would defeat it is believing the token about itself, so one that brings its own key
//! or asks for an extension (`jku`, `jwk`, `x5u`, `x5c`, `crit`, …) is refused before anything else is looked at, and
//! so are names that stand twice in its header or claims (RFC 8725, section 2.4).

use std::{fmt, path::Path};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, header};
use jsonwebtoken::{DecodingKey, Validation, errors::ErrorKind};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use crate::{
    identify::{
        Strip,
        credential::{Shown, only_cookie, only_header},
        fault::Fault,
        keys::Keys,
        names,
        settings::{Algorithm, Jwt},
    },
    quantity::Span,
    refusal::Refusal,
};

const MALFORMED: Refusal = Refusal::Credential("the token is malformed");

/// Header parameters that bring a key, change what is signed, or ask for more than is done here.
const BANNED: [&str; 8] = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "enc", "zip"];

/// Clocks further apart than this are broken.
const MOST_LEEWAY: Span = Span::seconds(300);

/// A source of verified tokens.
pub(super) struct TokenReader {
    pub(super) carrier: Carrier,
    pub(super) keys: Keys,
    algorithm: Algorithm,
    validation: Validation,
    claim: String,
}

/// What brings the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// `Authorization: Bearer TOKEN` (RFC 6750, section 2.1).
    Bearer,
    /// A header whose whole value is the token.
    Header(HeaderName),
    /// A cookie whose whole value is the token.
    Cookie(String),
}

impl TokenReader {
    pub(super) fn new(settings: &Jwt, base_dir: &Path) -> Result<Self, Fault> {
        if settings.leeway > MOST_LEEWAY {
            return Err(Fault::Leeway);
        }
        for (key, text) in
            [("issuer", &settings.issuer), ("audience", &settings.audience), ("claim", &settings.claim)]
        {
            names::filled(key, text)?;
        }
        Ok(Self {
            carrier: Carrier::new(settings)?,
            keys: Keys::load(&settings.key, settings.algorithm, base_dir)?,
            algorithm: settings.algorithm,
            validation: validation(settings),
            claim: settings.claim.clone(),
        })
    }

    /// What the token says, or none if there is none.
    pub(super) fn read(&self, headers: &HeaderMap) -> Result<Option<Shown>, Refusal> {
        self.carrier.token(headers)?.map(|token| self.verify(token)).transpose()
    }

    fn verify(&self, token: &[u8]) -> Result<Shown, Refusal> {
        let claims = self.verified(token)?;
        // The second from which the library would not take the token any more. It has seen that there is an `exp`.
        let void_from = claims.second("exp").unwrap_or_default().saturating_add(self.validation.leeway);
        Ok(Shown::until(self.id(&claims)?, void_from))
    }

    /// The claims of a token whose signature, issuer, audience and times hold.
    pub(super) fn verified(&self, token: &[u8]) -> Result<Strict, Refusal> {
        let kid = self.kid(token)?;
        let claims = self.keys.with(kid.as_deref(), |key| self.claims(token, key))?;
        if !matches!(claims.0.get("iss"), Some(Value::String(_))) {
            return Err(Refusal::Credential("the token is from another issuer"));
        }
        Ok(claims)
    }

    /// The bytes of the id that a token names.
    pub(super) fn id(&self, claims: &Strict) -> Result<Vec<u8>, Refusal> {
        match claims.0.get(&self.claim) {
            Some(Value::String(text)) => Ok(text.clone().into_bytes()),
            Some(Value::Number(number)) if !number.is_f64() => Ok(number.to_string().into_bytes()),
            Some(_) => Err(Refusal::Credential("the token's claim that names the subject is not a text")),
            None => Err(Refusal::Credential("the token lacks the claim that names the subject")),
        }
    }

    /// The same reader for tokens that say something also when they have expired.
    pub(super) fn also_expired(mut self) -> Self {
        self.validation.validate_exp = false;
        self
    }

    /// Judges the token's header, which nobody has verified yet, and takes nothing from it but `kid`.
    fn kid(&self, token: &[u8]) -> Result<Option<String>, Refusal> {
        let header = token.split(|byte| *byte == b'.').next().unwrap_or_default();
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| MALFORMED)?;
        let Strict(mut header) = serde_json::from_slice(&header).map_err(|_| MALFORMED)?;
        if BANNED.iter().any(|name| header.contains_key(*name)) {
            return Err(Refusal::Credential("the token's header brings a key or an extension of its own"));
        }
        if header.get("alg").and_then(Value::as_str) != Some(self.algorithm.name()) {
            return Err(Refusal::Credential("the token is signed with another algorithm"));
        }
        match header.remove("kid") {
            None => Ok(None),
            Some(Value::String(kid)) => Ok(Some(kid)),
            Some(_) => Err(MALFORMED),
        }
    }

    fn claims(&self, token: &[u8], key: &DecodingKey) -> Result<Strict, Refusal> {
        let verified = jsonwebtoken::decode::<Strict>(token, key, &self.validation);
        verified.map(|verified| verified.claims).map_err(|error| {
            Refusal::Credential(match error.kind() {
                ErrorKind::InvalidSignature => "the token's signature does not verify",
                ErrorKind::ExpiredSignature => "the token has expired",
                ErrorKind::ImmatureSignature => "the token is not good yet",
                ErrorKind::InvalidIssuer => "the token is from another issuer",
                ErrorKind::InvalidAudience => "the token is for another audience",
                ErrorKind::MissingRequiredClaim(_) => "the token lacks `exp`, `iss` or `aud`",
                _ => "the token is malformed",
            })
        })
    }
}

impl Carrier {
    fn new(settings: &Jwt) -> Result<Self, Fault> {
        match (&settings.header, &settings.cookie) {
            (Some(_), Some(_)) => Err(Fault::TwoCarriers),
            (None, Some(cookie)) => Ok(Self::Cookie(names::cookie(cookie)?)),
            (None, None) => Ok(Self::Bearer),
            (Some(name), None) if name.eq_ignore_ascii_case("authorization") => Ok(Self::Bearer),
            (Some(name), None) => Ok(Self::Header(names::header(name)?)),
        }
    }

    /// Notes what the bot must not get.
    pub(super) fn strip(&self, strip: &mut Strip) {
        match self {
            Self::Bearer => strip.headers.push(header::AUTHORIZATION),
            Self::Header(name) => strip.headers.push(name.clone()),
            Self::Cookie(name) => strip.cookies.push(name.as_str().into()),
        }
    }

    pub(super) fn token<'a>(&self, headers: &'a HeaderMap) -> Result<Option<&'a [u8]>, Refusal> {
        match self {
            Self::Bearer => only_header(headers, &header::AUTHORIZATION)?.map_or(Ok(None), bearer),
            Self::Header(name) => only_header(headers, name),
            Self::Cookie(name) => only_cookie(headers, name),
        }
    }
}

/// The token after `Bearer`. Another scheme is somebody else's credential; something that is no scheme at all, or
/// `Bearer` without exactly one token, might be read as a token by the bot and is refused.
fn bearer(value: &[u8]) -> Result<Option<&[u8]>, Refusal> {
    let end = value.iter().position(|byte| !names::is_token(*byte)).unwrap_or(value.len());
    let (scheme, rest) = value.split_at_checked(end).unwrap_or_default();
    if scheme.is_empty() {
        return Err(Refusal::Credential("the `Authorization` header names no scheme"));
    }
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return Ok(None);
    }
    let token = rest.trim_ascii_start();
    let alone = !token.is_empty() && token.iter().all(|byte| is_token68(*byte));
    let spaced = rest.first() == Some(&b' ');
    (alone && spaced).then_some(Some(token)).ok_or(MALFORMED)
}

/// RFC 9110, section 11.2.
fn is_token68(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

fn validation(settings: &Jwt) -> Validation {
    let mut validation = Validation::new(settings.algorithm.library());
    validation.set_issuer(&[&settings.issuer]);
    validation.set_audience(&[&settings.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.validate_nbf = true;
    validation.leeway = settings.leeway.0.as_secs();
    validation
}

/// A JSON object in which no name stands twice.
pub(super) struct Strict(pub(super) Map<String, Value>);

impl Strict {
    /// A moment, in seconds since 1970.
    pub(super) fn second(&self, claim: &str) -> Option<u64> {
        self.0.get(claim).and_then(|second| second.as_u64().or_else(|| Some(second.as_f64()? as u64)))
    }
}

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(StrictVisitor)
    }
}

struct StrictVisitor;

impl<'de> de::Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut access: A) -> Result<Strict, A::Error> {
        let mut map = Map::new();
        while let Some((name, value)) = access.next_entry::<String, Value>()? {
            if map.insert(name, value).is_some() {
                return Err(de::Error::custom("a name stands twice"));
            }
        }
        Ok(Strict(map))
    }
}
