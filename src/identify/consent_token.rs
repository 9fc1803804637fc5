//! A token in which somebody who may says what a person consents to: a JWT like those that say who the person is, with an
//! audience and a key of its own.
//!
//! The rule: a token that is present must be genuine, and a yes in it is for the proven person whom it names. What would
//! defeat it is a login token that passes for a consent token, or one person's yes taken for another's; so keys and audiences
//! differ, and a token with another `sub` than the request's proven subject is refused. For somebody who is not proven only its
//! denials count. It is checked by the rules of [`super::token`]; that it has expired ends its yes and not its no.

use std::path::Path;

use http::HeaderMap;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Algorithm, Jwt, Strip, SubjectSource, TokenKey,
    fault::Fault,
    keys::Keys,
    token::{Carrier, Strict, TokenReader},
};
use crate::{
    complaint::Listed,
    quantity::Span,
    refusal::Refusal,
    signal::ConsentToken,
    subject::{Standing, Subject},
};

/// Where consent tokens are, and who may sign them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentTokenSettings {
    /// The header whose whole value is the token; default `assentry-consent`.
    pub header: Option<String>,
    /// The cookie whose whole value is the token, instead of a header.
    pub cookie: Option<String>,
    /// The only algorithm that is accepted.
    pub algorithm: Algorithm,
    /// What the signature is checked with; not the key of a `jwt` source.
    pub key: TokenKey,
    /// What the token's `iss` must be.
    pub issuer: String,
    /// What the token's `aud` must be or contain; not the audience of a `jwt` source.
    pub audience: String,
    /// Whose ids `sub` is one of: the namespace of a source that proves them.
    pub namespace: String,
    /// Whether a yes in the token counts; default `false`: then it can only say no.
    #[serde(default)]
    pub grants: bool,
    /// How far clocks may differ; default `5s`, at most `5m`. A yes counts as given so much earlier than the token says.
    #[serde(default = "leeway")]
    pub leeway: Span,
    /// Whether the bot gets the token too.
    #[serde(default)]
    pub forward: bool,
}

/// Reads consent tokens.
pub(super) struct ConsentTokenReader {
    reader: TokenReader,
    namespace: String,
    grants: bool,
    leeway: u64,
    forward: bool,
}

const MALFORMED: Refusal = Refusal::Credential("the consent token's claims are malformed");

impl ConsentTokenReader {
    pub(super) fn new(
        settings: &ConsentTokenSettings,
        sources: &[SubjectSource],
        base_dir: &Path,
    ) -> Result<Self, Fault> {
        settings.check(sources)?;
        let reader = TokenReader::new(&settings.as_jwt(), base_dir)?.also_expired();
        if reader.carrier == Carrier::Bearer {
            return Err(Fault::NoPlaceForToken);
        }
        let ConsentTokenSettings { namespace, grants, leeway, forward, .. } = settings;
        let leeway = leeway.0.as_secs();
        Ok(Self { reader, namespace: namespace.clone(), grants: *grants, leeway, forward: *forward })
    }

    /// The keys that it checks tokens with.
    pub(super) fn keys(&self) -> &Keys {
        &self.reader.keys
    }

    /// Notes what the bot must not get.
    pub(super) fn strip(&self, strip: &mut Strip) {
        if !self.forward {
            self.reader.carrier.strip(strip);
        }
    }

    /// What the token says to this subject; none where there is no token.
    pub(super) fn read(
        &self,
        headers: &HeaderMap,
        subject: Option<&Subject>,
    ) -> Result<Option<ConsentToken>, Refusal> {
        let Some(token) = self.reader.carrier.token(headers)? else { return Ok(None) };
        let claims = self.reader.verified(token)?;
        let token = self.token(&claims)?;
        let proven = subject.filter(|subject| subject.standing() == Standing::Proven);
        let Some(subject) = proven else { return Ok(Some(token.without_grants())) };
        if subject.namespace() != self.namespace || subject.id().as_bytes() != self.reader.id(&claims)? {
            return Err(Refusal::Credential("the consent token is somebody else's"));
        }
        Ok(Some(if self.grants { token } else { token.without_grants() }))
    }

    fn token(&self, claims: &Strict) -> Result<ConsentToken, Refusal> {
        let moment = |claim| claims.second(claim).and_then(timestamp);
        let issued = moment("iat").ok_or(Refusal::Credential("the consent token lacks `iat`"))?;
        let until = moment("exp").ok_or(MALFORMED)?;
        let leeway = jiff::SignedDuration::try_from(std::time::Duration::from_secs(self.leeway));
        let earlier =
            leeway.ok().and_then(|leeway| issued.checked_sub(leeway).ok()).unwrap_or(Timestamp::MIN);
        if earlier > Timestamp::now() {
            return Err(Refusal::Credential("the consent token is not good yet"));
        }
        Ok(ConsentToken {
            grants: names(claims, "grant")?,
            denies: names(claims, "deny")?,
            notice: match claims.0.get("notice") {
                None => None,
                Some(Value::String(notice)) => Some(notice.clone()),
                Some(_) => return Err(MALFORMED),
            },
            issued: earlier,
            until,
        })
    }
}

impl ConsentTokenSettings {
    /// The files it names, as they are written.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.key.file, &self.key.jwks_file].into_iter().filter_map(Option::as_deref)
    }

    fn as_jwt(&self) -> Jwt {
        let Self { header, cookie, algorithm, key, issuer, audience, leeway, .. } = self.clone();
        let header = header.or_else(|| cookie.is_none().then(|| "assentry-consent".to_owned()));
        Jwt {
            header,
            cookie,
            algorithm,
            key,
            issuer,
            audience,
            claim: "sub".to_owned(),
            leeway,
            namespace: None,
            forward: self.forward,
        }
    }

    /// No token of one use passes for one of the other, and there are people whom it can speak for.
    fn check(&self, sources: &[SubjectSource]) -> Result<(), Fault> {
        for source in sources {
            if let SubjectSource::Jwt(jwt) = source {
                let same = [("audience", jwt.audience == self.audience), ("key", jwt.key == self.key)];
                if let Some((shared, _)) = same.into_iter().find(|(_, same)| *same) {
                    return Err(Fault::SharedToken { shared });
                }
            }
        }
        let proven = sources.iter().filter(|source| source.standing() == Standing::Proven);
        let namespaces: Vec<&str> = proven.map(SubjectSource::namespace).collect();
        if namespaces.contains(&&*self.namespace) {
            return Ok(());
        }
        let advice = match namespaces.as_slice() {
            [] => "list a source that proves them under `subjects`".to_owned(),
            known => format!("proven here: {}", Listed(known)),
        };
        Err(Fault::NobodyProven { namespace: self.namespace.clone(), advice })
    }
}

/// A list of purposes.
fn names(claims: &Strict, claim: &str) -> Result<Vec<String>, Refusal> {
    let name = |value: &Value| value.as_str().map(str::to_owned).ok_or(MALFORMED);
    match claims.0.get(claim) {
        None => Ok(Vec::new()),
        Some(Value::Array(values)) => values.iter().map(name).collect(),
        Some(_) => Err(MALFORMED),
    }
}

fn timestamp(second: u64) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(second).ok()?).ok()
}

fn leeway() -> Span {
    Span::seconds(5)
}
