//! Subject sources as people write them: one map key per source, in the order in which they are tried.
//!
//! The rule: what is written here is either used or an error; nothing is ignored. Files are read and names are
//! checked by [`super::Identifier::new`]. What would defeat the rule is a key that some sources take and don't need,
//! so `client_certificate` has no `forward`: a certificate never reaches the bot in the first place.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    identify::{network::Network, secret::Secret},
    quantity::Span,
    subject::Standing,
};

/// Where a subject's id comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectSource {
    /// A signed token (RFC 7519): proven.
    Jwt(Box<Jwt>),
    /// A name in the client certificate that the TLS handshake verified: proven.
    ClientCertificate(ClientCertificate),
    /// A header that a trusted peer sets: proven. From everyone else it is removed.
    Header(TrustedHeader),
    /// A cookie that carries its own signature: proven.
    SignedCookie(SignedCookie),
    /// A cookie as it comes: claimed.
    Cookie(Cookie),
    /// A query parameter: claimed.
    Query(Query),
    /// A value in the JSON body: claimed.
    Body(BodyField),
}

/// A token in a header or a cookie.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    /// The header that carries the token; default `authorization`, whose scheme must then be `Bearer` (RFC 6750).
    pub header: Option<String>,
    /// The cookie that carries the token, instead of a header.
    pub cookie: Option<String>,
    /// The only algorithm that is accepted.
    pub algorithm: Algorithm,
    /// What the signature is checked with.
    pub key: TokenKey,
    /// What the token's `iss` must be.
    pub issuer: String,
    /// What the token's `aud` must be or contain.
    pub audience: String,
    /// The claim that is the subject's id; default `sub`.
    #[serde(default = "sub")]
    pub claim: String,
    /// How far clocks may differ; default `30s`, at most `5m`.
    #[serde(default = "leeway")]
    pub leeway: Span,
    /// What to call ids of this source; default `jwt`.
    pub namespace: Option<String>,
    /// Whether the bot gets the token too.
    #[serde(default)]
    pub forward: bool,
}

/// A signature algorithm (RFC 7518, section 3.1; RFC 8037 for `EdDSA`, here with Ed25519).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Algorithm {
    /// HMAC with SHA-256: one secret signs and verifies.
    HS256,
    /// RSA with PKCS #1 v1.5 and SHA-256, 2,048 to 8,192 bits.
    RS256,
    /// ECDSA with P-256 and SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

/// Where the keys for tokens are: exactly one of `inline`, `file`, `jwks_file` and `jwks_url`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenKey {
    /// The secret (`HS256`) or the public key in PEM, here.
    pub inline: Option<Secret>,
    /// A file with the secret (`HS256`; one line break at its end is not part of it) or the public key in PEM.
    pub file: Option<PathBuf>,
    /// A file with a JSON Web Key Set (RFC 7517).
    pub jwks_file: Option<PathBuf>,
    /// The address of a JSON Web Key Set: `https`, or `http` on this machine.
    pub jwks_url: Option<String>,
    /// With `jwks_url`, how often the set is fetched; default `10m`, at least `30s`.
    pub refresh: Option<Span>,
    /// With `jwks_url`, how long the last set is good for when fetching fails; default `24h`.
    pub keep: Option<Span>,
}

/// A name in the client's certificate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientCertificate {
    /// Which kind of subject alternative name is the id; the certificate must have exactly one of it.
    pub san: San,
    /// What to call ids of this source; default `client_certificate`.
    pub namespace: Option<String>,
}

/// A kind of subject alternative name (RFC 5280, section 4.2.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum San {
    /// A `uniformResourceIdentifier`, such as a SPIFFE id.
    Uri,
    /// A `dNSName`.
    Dns,
    /// An `rfc822Name`.
    Email,
}

/// A header that only listed peers may set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustedHeader {
    /// The header's name.
    pub name: String,
    /// The networks whose word is taken, as `10.1.0.0/16` or a single address.
    pub from: Vec<Network>,
    /// What to call ids of this source; default `header`.
    pub namespace: Option<String>,
    /// Whether the bot gets the header too.
    #[serde(default)]
    pub forward: bool,
}

/// A cookie in the form `ID.EXPIRY.SIGNATURE`; [`super::sign_cookie`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedCookie {
    /// The cookie's name.
    pub name: String,
    /// The secret that signs it.
    pub key: SecretKey,
    /// What to call ids of this source; default `signed_cookie`.
    pub namespace: Option<String>,
    /// Whether the bot gets the cookie too.
    #[serde(default)]
    pub forward: bool,
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecretKey {
    /// Here.
    Inline(Secret),
    /// In a file; one line break at its end is not part of it.
    File(PathBuf),
}

/// A cookie that nobody signed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cookie {
    /// The cookie's name.
    pub name: String,
    /// What to call ids of this source; default `cookie`.
    pub namespace: Option<String>,
    /// Whether the bot gets the cookie too.
    #[serde(default)]
    pub forward: bool,
}

/// A query parameter.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The parameter's name, decoded.
    pub name: String,
    /// What to call ids of this source; default `query`.
    pub namespace: Option<String>,
    /// Whether the bot gets the parameter too.
    #[serde(default)]
    pub forward: bool,
}

/// A value in the body.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BodyField {
    /// A JSONPath of names and indexes, such as `$.user.id`, to a string or a number.
    pub at: String,
    /// What to call ids of this source; default `body`.
    pub namespace: Option<String>,
    /// Whether the bot gets the value too.
    #[serde(default)]
    pub forward: bool,
}

impl SubjectSource {
    /// The source's key in the configuration.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Jwt(_) => "jwt",
            Self::ClientCertificate(_) => "client_certificate",
            Self::Header(_) => "header",
            Self::SignedCookie(_) => "signed_cookie",
            Self::Cookie(_) => "cookie",
            Self::Query(_) => "query",
            Self::Body(_) => "body",
        }
    }

    /// What its ids are called: as written, else its kind.
    pub fn namespace(&self) -> &str {
        self.written_namespace().unwrap_or(self.kind())
    }

    /// Whether its ids are proven.
    pub fn standing(&self) -> Standing {
        match self {
            Self::Jwt(_) | Self::ClientCertificate(_) | Self::Header(_) | Self::SignedCookie(_) => {
                Standing::Proven
            }
            Self::Cookie(_) | Self::Query(_) | Self::Body(_) => Standing::Claimed,
        }
    }

    /// Whether the bot gets the credential too.
    pub fn forward(&self) -> bool {
        match self {
            Self::Jwt(source) => source.forward,
            Self::ClientCertificate(_) => false,
            Self::Header(source) => source.forward,
            Self::SignedCookie(source) => source.forward,
            Self::Cookie(source) => source.forward,
            Self::Query(source) => source.forward,
            Self::Body(source) => source.forward,
        }
    }

    /// The files it names, as they are written.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let files = match self {
            Self::Jwt(source) => [&source.key.file, &source.key.jwks_file].map(Option::as_deref),
            Self::SignedCookie(source) => match &source.key {
                SecretKey::File(path) => [Some(path.as_path()), None],
                SecretKey::Inline(_) => [None, None],
            },
            Self::ClientCertificate(_)
            | Self::Header(_)
            | Self::Cookie(_)
            | Self::Query(_)
            | Self::Body(_) => [None, None],
        };
        files.into_iter().flatten()
    }

    pub(super) fn written_namespace(&self) -> Option<&str> {
        match self {
            Self::Jwt(source) => &source.namespace,
            Self::ClientCertificate(source) => &source.namespace,
            Self::Header(source) => &source.namespace,
            Self::SignedCookie(source) => &source.namespace,
            Self::Cookie(source) => &source.namespace,
            Self::Query(source) => &source.namespace,
            Self::Body(source) => &source.namespace,
        }
        .as_deref()
    }
}

fn sub() -> String {
    "sub".to_owned()
}

fn leeway() -> Span {
    Span::seconds(30)
}
