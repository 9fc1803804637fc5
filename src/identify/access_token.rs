//! A token with which an operator may look at Assentry's own pages: a JWT like those that say who a person is, with an audience of
//! its own and claims that it must have.
//!
//! The rule: it is checked by the rules of [`super::token`], and then for every claim that is required. What would defeat it is a
//! token of the people who chat that opens the operator's pages; so the audience must be another one.

use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    sync::{Mutex, PoisonError},
};

use http::HeaderMap;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio::task::JoinSet;

use super::{Algorithm, Jwt, TokenKey, fault::Fault, names, token::TokenReader};
use crate::{quantity::Span, refusal::Refusal};

/// Which tokens open the operator's pages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessTokenSettings {
    /// The only algorithm that is accepted.
    pub algorithm: Algorithm,
    /// What the signature is checked with.
    pub key: TokenKey,
    /// What the token's `iss` must be.
    pub issuer: String,
    /// What the token's `aud` must be or contain; no audience of tokens that people bring.
    pub audience: String,
    /// Claims that it must have, each with this value; a claim that is a list must contain it. `scope` is a list with spaces.
    #[serde(default)]
    pub require: BTreeMap<String, Required>,
    /// How far clocks may differ; default `30s`, at most `5m`.
    #[serde(default = "leeway")]
    pub leeway: Span,
}

/// What a claim must be or contain.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Required {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
}

/// Checks such tokens.
pub struct AccessTokens {
    reader: TokenReader,
    require: BTreeMap<String, Required>,
    followers: Mutex<JoinSet<()>>,
}

/// Why a token opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAccess {
    /// It does not hold, or there is no key to check it with.
    #[error("{}", .0.detail())]
    Refused(Refusal),
    /// It holds and is not enough.
    #[error("the token's `{claim}` is not, or does not contain, `{value}`; sign in again so that it does")]
    Lacks {
        /// The claim.
        claim: String,
        /// What it must be or contain.
        value: Required,
    },
}

impl AccessTokenSettings {
    /// The files it names.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.key.file, &self.key.jwks_file].into_iter().filter_map(Option::as_deref)
    }

    /// What tokens must be like, in one text: another where they must be otherwise.
    pub fn mark(&self) -> String {
        let Self { algorithm, issuer, audience, require, key: _, leeway: _ } = self;
        format!("{algorithm:?} {issuer:?} {audience:?} {require:?}")
    }

    /// Whether tokens that people bring to this audience could pass for these.
    ///
    /// # Errors
    /// [`Fault::PeoplesAudience`] when they could.
    pub fn apart_from<'a>(&self, mut audiences: impl Iterator<Item = &'a str>) -> Result<(), Fault> {
        if audiences.any(|audience| audience == self.audience) { Err(Fault::PeoplesAudience) } else { Ok(()) }
    }

    fn as_jwt(&self) -> Jwt {
        let Self { algorithm, key, issuer, audience, leeway, require: _ } = self.clone();
        Jwt {
            header: None,
            cookie: None,
            algorithm,
            key,
            issuer,
            audience,
            claim: "sub".to_owned(),
            leeway,
            namespace: None,
            forward: false,
        }
    }
}

impl AccessTokens {
    /// Loads the keys. A key set that is fetched is not there before [`Self::start`].
    ///
    /// # Errors
    /// [`Fault`] says what is wrong.
    pub fn new(settings: &AccessTokenSettings) -> Result<Self, Fault> {
        settings.require.keys().try_for_each(|claim| names::filled("require", claim))?;
        let reader = TokenReader::new(&settings.as_jwt(), Path::new(""))?;
        Ok(Self { reader, require: settings.require.clone(), followers: Mutex::default() })
    }

    /// Takes over what another fetched from the same address.
    pub fn take_over(&self, other: &Self) {
        if let (Some(ours), Some(theirs)) = (self.reader.keys.remote(), other.reader.keys.remote()) {
            ours.take_over(theirs);
        }
    }

    /// Fetches the key set, if it is one that is fetched, and keeps it fresh until this is dropped. Needs a Tokio runtime.
    pub fn start(&self) {
        let Some(remote) = self.reader.keys.remote() else { return };
        let remote = std::sync::Arc::clone(remote);
        let mut followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
        *followers = JoinSet::new();
        followers.spawn(async move {
            if remote.current().is_none() {
                remote.refresh().await;
            }
            remote.follow().await;
        });
    }

    /// Until when the token in `Authorization` is good; none where there is none.
    ///
    /// # Errors
    /// [`NoAccess`] when it opens nothing.
    pub fn bearer(&self, headers: &HeaderMap) -> Result<Option<Timestamp>, NoAccess> {
        let token = self.reader.carrier.token(headers).map_err(NoAccess::Refused)?;
        token.map(|token| self.verify(token)).transpose()
    }

    /// Until when this token is good.
    ///
    /// # Errors
    /// [`NoAccess`] when it opens nothing.
    pub fn verify(&self, token: &[u8]) -> Result<Timestamp, NoAccess> {
        let claims = self.reader.verified(token).map_err(NoAccess::Refused)?;
        for (claim, value) in &self.require {
            if !claims.0.get(claim).is_some_and(|found| value.is_met(claim, found)) {
                return Err(NoAccess::Lacks { claim: claim.clone(), value: value.clone() });
            }
        }
        Ok(self.reader.void_from(&claims))
    }
}

impl Required {
    fn is_met(&self, claim: &str, found: &Value) -> bool {
        match (self, found) {
            (_, Value::Array(several)) => several.iter().any(|one| self.is(one)),
            // RFC 8693, section 4.2.
            (Self::Text(text), Value::String(scopes)) if claim == "scope" => {
                scopes.split(' ').any(|scope| scope == text)
            }
            (_, one) => self.is(one),
        }
    }

    fn is(&self, found: &Value) -> bool {
        match self {
            Self::Flag(flag) => found.as_bool() == Some(*flag),
            Self::Number(number) => found.as_i64() == Some(*number),
            Self::Text(text) => found.as_str() == Some(text),
        }
    }
}

impl fmt::Display for Required {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessTokens").field("require", &self.require).finish_non_exhaustive()
    }
}

fn leeway() -> Span {
    Span::seconds(30)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_is_met_by_its_value_or_by_a_list_that_contains_it_and_by_nothing_else() {
        let text = |text: &str| Required::Text(text.to_owned());
        for (required, claim, found, met) in [
            (text("mfa"), "amr", json!(["pwd", "mfa"]), true),
            (text("mfa"), "amr", json!("mfa"), true),
            (text("mfa"), "amr", json!(["pwd"]), false),
            (text("mfa"), "amr", json!("pwd mfa"), false),
            (text("mfa"), "amr", json!([["mfa"]]), false),
            (text("mfa"), "amr", json!({"mfa": true}), false),
            (text("mfa"), "amr", json!(null), false),
            (text("read"), "scope", json!("openid read"), true),
            (text("read"), "scope", json!("openid reader"), false),
            (text("1"), "acr", json!(1), false),
            (Required::Number(1), "acr", json!(1), true),
            (Required::Number(1), "acr", json!("1"), false),
            (Required::Flag(true), "staff", json!(true), true),
            (Required::Flag(true), "staff", json!("true"), false),
        ] {
            assert_eq!(required.is_met(claim, &found), met, "{claim}: {required:?} in {found}");
        }
    }

    #[test]
    fn what_is_required_is_read_as_it_is_written() {
        let text = "{algorithm: HS256, key: {file: k}, issuer: i, audience: a, require: {amr: mfa, acr: 2, staff: true}}";
        let settings: AccessTokenSettings = crate::yaml::typed(text).unwrap();
        let required = [Required::Number(2), Required::Text("mfa".to_owned()), Required::Flag(true)];
        assert_eq!(settings.require.into_values().collect::<Vec<_>>(), required);
    }
}
