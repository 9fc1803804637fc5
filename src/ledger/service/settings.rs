//! What an operator may say about an outside consent service.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::webhook::WebhookKey;
use crate::{
    ledger::LedgerError,
    outside::{Client, Place, shown},
    quantity::Span,
    tls::{ClientTls, ClientTlsSettings},
};

/// A service of one's own that keeps decisions, or may only say no.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceSettings {
    /// Where it is: `https://consent.example/`. What is asked is appended: `consents`, `decisions`, `history`, `export`, `import`.
    /// Plain `http://` for loopback addresses only.
    pub url: String,
    /// Whom to trust there, and what to show.
    #[serde(default)]
    pub tls: Option<ClientTlsSettings>,
    /// How long an answer may take, connecting and waiting for a turn included.
    #[serde(default = "half_a_second")]
    pub timeout: Span,
    /// How long an answer counts, from the moment its question was sent. A no in the service that nobody pushed is obeyed within
    /// this time.
    #[serde(default = "five_seconds")]
    pub max_age: Span,
    /// Questions at a time; more wait for their turn, as long as `timeout` lets them.
    #[serde(default = "sixty_four")]
    pub max_in_flight: usize,
    /// Whether the service is told a person's id, or only its digest under the ledger's key.
    #[serde(default = "yes")]
    pub send_ids: bool,
    /// How the service may say that somebody's consents changed: signed, to `POST /consents/changed` on the admin listener.
    #[serde(default)]
    pub webhook: Option<WebhookSettings>,
}

/// How pushes are told from forgeries.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// The file with the key that both sides sign with: `whsec_` and 24 to 64 bytes in Base64. Readable by its owner only.
    pub key: PathBuf,
}

impl ServiceSettings {
    /// The settings for a service at this address, all else as it is by default.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            tls: None,
            timeout: half_a_second(),
            max_age: five_seconds(),
            max_in_flight: sixty_four(),
            send_ids: true,
            webhook: None,
        }
    }

    /// Whether it could be used; asks nobody.
    ///
    /// # Errors
    /// When something in it can't be used as it is; the text says what to do about it.
    pub(in crate::ledger) fn check(&self) -> Result<(), LedgerError> {
        let place = self.place()?;
        self.pace()?;
        self.trust(&place)?;
        self.webhook.as_ref().map_or(Ok(()), |webhook| WebhookKey::read(&webhook.key).map(drop))
    }

    /// The files it names: they are read again when one of them changes.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let tls = self.tls.iter().flat_map(|tls| [&tls.roots, &tls.certificate, &tls.key]).flatten();
        tls.chain(self.webhook.iter().map(|webhook| &webhook.key)).map(PathBuf::as_path)
    }

    /// The same, to be changed.
    pub fn files_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let tls = self.tls.iter_mut();
        let tls = tls.flat_map(|tls| [&mut tls.roots, &mut tls.certificate, &mut tls.key]).flatten();
        tls.chain(self.webhook.iter_mut().map(|webhook| &mut webhook.key))
    }

    pub(super) fn client(&self) -> Result<Client, LedgerError> {
        let place = self.place()?;
        self.pace()?;
        let tls = self.trust(&place)?;
        Ok(Client::to(place, tls, self.timeout.0, self.max_in_flight))
    }

    pub(super) fn pace(&self) -> Result<(), LedgerError> {
        let wrong = |what: &str| Err(self.wrong(what.to_owned()));
        if self.timeout.0.is_zero() || self.max_in_flight == 0 {
            return wrong("`timeout` and `max_in_flight` must be more than nothing");
        }
        if self.timeout >= self.max_age {
            return wrong(
                "`timeout` must be shorter than `max_age`, or answers would be too old when they arrive",
            );
        }
        Ok(())
    }

    pub(super) fn place(&self) -> Result<Place, LedgerError> {
        let wrong = || {
            self.wrong("write an address such as `https://consent.example/`; plain `http://` goes to loopback addresses only".to_owned())
        };
        let place = Place::of(&self.url).filter(|place| !place.path.contains('?')).ok_or_else(wrong)?;
        let slash = if place.path.ends_with('/') { "" } else { "/" };
        Ok(Place { path: format!("{}{slash}", place.path), ..place })
    }

    /// Whom to trust, where anybody has to be.
    pub(super) fn trust(&self, place: &Place) -> Result<Option<ClientTls>, LedgerError> {
        place.trust(self.tls.as_ref()).map_err(|what| self.wrong(what))
    }

    fn wrong(&self, what: String) -> LedgerError {
        LedgerError::Service { url: shown(&self.url), what }
    }
}

fn half_a_second() -> Span {
    Span(std::time::Duration::from_millis(500))
}

fn five_seconds() -> Span {
    Span::seconds(5)
}

fn sixty_four() -> usize {
    64
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        let settings: ServiceSettings = serde_saphyr::from_str(text).unwrap();
        settings.check().map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn what_can_not_be_used_says_what_to_do() {
        let texts = [
            "url: https://consent.example/",
            "url: http://127.0.0.1:9/v1",
            "url: http://consent.example/",
            "url: http://localhost.example/",
            "url: consent.example",
            "url: https://who:secret@consent.example/",
            "url: https://consent.example/?key=1",
            "url: http://[::1]:9/\ntimeout: 0s",
            "url: http://[::1]:9/\nmax_in_flight: 0",
            "url: http://[::1]:9/\ntimeout: 5s",
            "url: http://[::1]:9/\ntls: {roots: a.pem}",
            "url: https://consent.example/\ntls: {roots: missing.pem}",
            "url: http://[::1]:9/\nwebhook: {key: missing.key}",
        ];
        let told: Vec<String> = texts.iter().map(|text| format!("{text}\n  {}", check(text))).collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
