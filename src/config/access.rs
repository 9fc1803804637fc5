//! Tokens that open the operator's pages, beside those that people bring.
//!
//! The rule: no audience is that of both, on any route, because then everybody who may chat could look at the operator's pages.

use super::{Config, ConfigError};
use crate::{admin::AdminError, identify::SubjectSource};

impl Config {
    /// Whether a token that people bring could pass for an operator's.
    pub(super) fn check_access(&self) -> Result<(), ConfigError> {
        let Some(token) = self.admin.as_ref().and_then(|admin| admin.token.as_ref()) else { return Ok(()) };
        let sources = self.routes.iter().filter_map(|route| route.subjects.as_ref()).chain([&self.subjects]);
        let of_subjects = sources.flatten().filter_map(|source| match source {
            SubjectSource::Jwt(jwt) => Some(&*jwt.audience),
            _ => None,
        });
        let consent = self.routes.iter().filter_map(|route| route.consent_token.as_ref());
        let audiences = of_subjects.chain(consent.map(|token| &*token.audience));
        Ok(token.apart_from(audiences).map_err(AdminError::from)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn what_people_bring_never_opens_the_operators_pages() {
        let told = |audience: &str, place: &str| {
            let jwt = "{jwt: {algorithm: EdDSA, key: {file: k}, issuer: i, audience: shop}}";
            let token = format!("{{algorithm: EdDSA, key: {{file: k}}, issuer: i, audience: {audience}}}");
            let consent = "{algorithm: EdDSA, key: {file: k}, issuer: i, audience: consents, namespace: n}";
            let place = place.replace("JWT", jwt).replace("CONSENT", consent);
            let text = format!("listeners: []\nadmin: {{address: '127.0.0.1:1', token: {token}}}\n{place}");
            yaml::typed::<Config>(&text).unwrap().check_access().map_err(|error| error.to_string())
        };
        let route = "routes: [{name: a, path: /a, upstream: {addresses: 'http://[::1]:1'}, policy: p, ";
        for place in ["routes: []\nsubjects: [JWT]", &format!("{route}subjects: [JWT]}}]")] {
            assert_eq!(told("operators", place), Ok(()));
            let error = told("shop", place).unwrap_err();
            assert!(error.contains("would open the operator's pages; give it its own"), "{error}");
        }
        assert!(told("consents", &format!("{route}consent_token: CONSENT}}]")).is_err());
    }
}
