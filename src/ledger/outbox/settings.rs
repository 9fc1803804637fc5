//! What an operator may say about who is told of withdrawals and erasures.

use std::{path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    ledger::{LedgerError, service::webhook::WebhookKey},
    outside::{Client, Place, shown},
    quantity::Span,
    tls::ClientTlsSettings,
};

/// Another system, usually the bot's, that is told when somebody withdraws a consent or is erased: by Standard Webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutboxSettings {
    /// Where it is told: `https://bot.example/hooks`. Plain `http://` for loopback addresses only.
    pub url: String,
    /// The file with the key that messages are signed with: `whsec_` and 24 to 64 bytes in Base64. Readable by its owner only.
    pub key_file: PathBuf,
    /// Whom to trust there, and what to show.
    #[serde(default)]
    pub tls: Option<ClientTlsSettings>,
    /// How long an answer may take, connecting included.
    #[serde(default = "ten_seconds")]
    pub timeout: Span,
    /// How long to pause after the first attempt that failed; after each further one about twice as long.
    #[serde(default = "five_seconds")]
    pub pause: Span,
    /// The longest pause between two attempts. They go on until one succeeds.
    #[serde(default = "an_hour")]
    pub longest_pause: Span,
}

impl OutboxSettings {
    /// Whether messages could be sent; asks nobody.
    ///
    /// # Errors
    /// When something in it can't be used as it is; the text says what to do about it.
    pub fn check(&self) -> Result<(), LedgerError> {
        self.client().map(drop)?;
        self.key().map(drop)
    }

    /// The files it names. They are read once, at the start.
    pub fn files_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let tls = self.tls.iter_mut();
        let tls = tls.flat_map(|tls| [&mut tls.roots, &mut tls.certificate, &mut tls.key]).flatten();
        tls.chain([&mut self.key_file])
    }

    pub(super) fn client(&self) -> Result<Client, LedgerError> {
        if self.timeout.0.is_zero() || self.pause.0.is_zero() || self.longest_pause < self.pause {
            return Err(self.wrong(
                "`timeout` and `pause` must be more than nothing, and `longest_pause` no shorter than `pause`"
                    .to_owned(),
            ));
        }
        let place = Place::of(&self.url).ok_or_else(|| {
            self.wrong("write an address such as `https://bot.example/hooks`; plain `http://` goes to loopback addresses only".to_owned())
        })?;
        let tls = place.trust(self.tls.as_ref()).map_err(|what| self.wrong(what))?;
        Ok(Client::to(place, tls, self.timeout.0, 1))
    }

    pub(super) fn key(&self) -> Result<WebhookKey, LedgerError> {
        WebhookKey::read(&self.key_file)
    }

    fn wrong(&self, what: String) -> LedgerError {
        LedgerError::Webhook { url: shown(&self.url), what }
    }
}

fn five_seconds() -> Span {
    Span::seconds(5)
}

fn ten_seconds() -> Span {
    Span::seconds(10)
}

fn an_hour() -> Span {
    Span(Duration::from_secs(3_600))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        let settings: OutboxSettings = serde_saphyr::from_str(text).unwrap();
        settings.check().map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn what_can_not_be_used_says_what_to_do() {
        let texts = [
            "url: http://bot.example/hooks",
            "url: bot.example",
            "url: https://who:secret@bot.example/hooks",
            "url: http://[::1]:9/hooks\ntls: {roots: a.pem}",
            "url: http://[::1]:9/hooks\ntimeout: 0s",
            "url: http://[::1]:9/hooks\npause: 2h",
            "url: http://[::1]:9/hooks?a=b",
        ];
        let told =
            texts.map(|text| format!("{text}\n  {}", check(&format!("{text}\nkey_file: missing.key"))));
        insta::assert_snapshot!(told.join("\n"));
    }
}
