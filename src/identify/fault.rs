//! What can be wrong with a subject source as written, in words that say what to do.
//!
//! The rule: a text names keys, files and header names from the configuration, never key material.

use std::path::PathBuf;

/// A subject source that can't be used.
#[derive(Debug, thiserror::Error)]
#[error("subject source {number} (`{kind}`): {fault}")]
pub struct IdentifyError {
    /// Which source, counted from 1 in the order of the configuration.
    pub number: usize,
    /// Its key in the configuration.
    pub kind: &'static str,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a subject source.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A file can't be read.
    #[error("can't read `{}`: {reason}; a relative path starts at the configuration's folder", path.display())]
    Unreadable {
        /// The path as written.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// `key` names none or several places.
    #[error("`key` names {found} places; write exactly one of `inline`, `file`, `jwks_file` and `jwks_url`")]
    KeyPlaces {
        /// How many were written.
        found: usize,
    },
    /// `refresh` or `keep` without an address to fetch from.
    #[error("`refresh` and `keep` are for `jwks_url`; remove them")]
    NothingToRefresh,
    /// Times that make no sense together.
    #[error("`refresh` must be 30s or more, and `keep` no shorter than `refresh`")]
    Pace,
    /// A secret that should never travel.
    #[error("`HS256` needs a secret, and secrets are not fetched; write `inline`, `file` or `jwks_file`")]
    FetchedSecret,
    /// The secret can be guessed.
    #[error(
        "the secret has {bytes} bytes; use 32 random ones or more (RFC 7518, section 3.2), such as from `openssl rand -hex 32`"
    )]
    ShortSecret {
        /// How many it has.
        bytes: usize,
    },
    /// A public key or certificate where a secret belongs: whoever knows it could sign.
    #[error("the secret is a PEM file; write a random secret, or the `algorithm` that belongs to the key")]
    SecretIsPem,
    /// No public key in the PEM text, or more than one.
    #[error(
        "the key has {found} `PUBLIC KEY` blocks; write exactly one, such as from `openssl pkey -pubout`"
    )]
    PublicKeys {
        /// How many blocks were found.
        found: usize,
    },
    /// A key of another kind than the algorithm needs.
    #[error("the public key does not fit `{algorithm}`; it needs {needs}")]
    WrongKey {
        /// The algorithm as written.
        algorithm: &'static str,
        /// Which keys fit.
        needs: &'static str,
    },
    /// The file is no JSON Web Key Set.
    #[error("`{}` is not a JSON Web Key Set; it must be an object with a list `keys` (RFC 7517, section 5)", path.display())]
    NoKeySet {
        /// The path as written.
        path: PathBuf,
    },
    /// No key in the set can be used.
    #[error("`{}` has no key that fits `{algorithm}`; check each key's `kty`, `crv`, `alg`, `use` and size", path.display())]
    NoFittingKey {
        /// The path as written.
        path: PathBuf,
        /// The algorithm as written.
        algorithm: &'static str,
    },
    /// The address of the key set can't be used.
    #[error(
        "`jwks_url` must be an `https` address without user name, or an `http` one on `localhost`, `127.0.0.1` or `[::1]`"
    )]
    KeyAddress,
    /// The system trusts no authority, so that no `https` address can be checked.
    #[error("no trusted certificate authorities found on this system; install them or set `SSL_CERT_FILE`")]
    NoAuthorities,
    /// A consent token that a login token could pass for, or the other way round.
    #[error(
        "its `{shared}` is that of a `jwt` source, so that one token could pass for the other; give it its own"
    )]
    SharedToken {
        /// The key in question.
        shared: &'static str,
    },
    /// A consent token for subjects that no source proves.
    #[error("no source proves ids of `{namespace}`; {advice}")]
    NobodyProven {
        /// The namespace as written.
        namespace: String,
        /// Which ones are proven.
        advice: String,
    },
    /// A consent token at the place of a credential.
    #[error("it can't come in `Authorization`; write another `header`, or a `cookie`")]
    NoPlaceForToken,
    /// Both a header and a cookie for the token.
    #[error("the token comes in a `header` or in a `cookie`; remove one")]
    TwoCarriers,
    /// Clocks that differ by more than clocks do.
    #[error("`leeway` is more than 5m; set the clocks instead")]
    Leeway,
    /// A text that must not be empty.
    #[error("`{key}` is empty; fill it in")]
    Empty {
        /// Its key in the configuration.
        key: &'static str,
    },
    /// No HTTP header has this name.
    #[error("`{name}` is not a header name; use letters, digits and `-`")]
    HeaderName {
        /// The name as written.
        name: String,
    },
    /// A header that has another job.
    #[error("`{name}` can't name a subject; choose a header that says nothing else")]
    HeaderTaken {
        /// The name as written.
        name: String,
    },
    /// A cookie that no browser would send.
    #[error("`{name}` is not a cookie name; use letters, digits, `-` and `_` (RFC 6265, section 4.1.1)")]
    CookieName {
        /// The name as written.
        name: String,
    },
    /// Nobody may set the header.
    #[error("`from` is empty; list the networks of the peers that set this header")]
    NobodyTrusted,
    /// A selector with more than names and indexes.
    #[error("`{at}` is not a path to one place; use names and indexes only, such as `$.user.id`")]
    Place {
        /// The selector as written.
        at: String,
    },
    /// A namespace that could be misread in a receipt.
    #[error(
        "`{namespace}` is not a namespace; use up to 64 letters, digits, `.`, `-` and `_`, beginning with a letter"
    )]
    Namespace {
        /// The namespace as written.
        namespace: String,
    },
    /// Two sources whose ids would be mixed up.
    #[error(
        "its ids are called `{namespace}` like those of source {other}; give both a `namespace`, the same only if one id is one person in both"
    )]
    SharedNamespace {
        /// The namespace in question.
        namespace: String,
        /// The other source's number.
        other: usize,
    },
}
