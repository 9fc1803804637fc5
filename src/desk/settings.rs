//! What the configuration says about the desk.
//!
//! The rule: what loads can be served safely. The desk is never of the same origin as a bot's page, whose scripts could ask it in
//! a person's name; it is reached over TLS, or from this machine, or through listed terminators of TLS.

use std::{net::SocketAddr, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    place::Place,
    signing::{KeyFault, Signer},
    texts,
};
use crate::{
    complaint::did_you_mean,
    identify::{Identifier, IdentifyError, Network, SubjectSource},
    ledger::{LedgerError, OutboxSettings},
    quantity::Span,
    server::{ListenerSettings, Live, Prepared, ProxyProtocol, ServerError, ServerLimits, ServerTimeouts},
    tls::TlsSettings,
};

/// Connections at a time.
const CONNECTIONS: usize = 1_024;

/// Where people see what is known about them, decide, and ask for what is theirs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeskSettings {
    /// IP address and port, such as `0.0.0.0:8445`.
    #[schemars(with = "String")]
    pub address: SocketAddr,
    /// Certificates; needed unless the address is a loopback address, or somebody else terminates TLS.
    #[serde(default)]
    pub tls: Option<TlsSettings>,
    /// Somebody else terminates TLS: those that `behind` or `proxy_protocol` lists.
    #[serde(default)]
    pub plain: bool,
    /// The networks of those who terminate TLS; nobody else is answered.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub behind: Vec<Network>,
    /// Whoever connects is a load balancer that says in the PROXY protocol, version 2, whom it connects for.
    #[serde(default)]
    pub proxy_protocol: Option<ProxyProtocol>,
    /// What people reach it by: `https://privacy.example.com/`. An origin of its own, never that of a bot.
    pub url: String,
    /// How to tell who asks, in place of what the configuration says for all. Only sources that prove an id open the desk.
    #[serde(default)]
    pub subjects: Option<Vec<SubjectSource>>,
    /// How long somebody stays entered.
    #[serde(default = "half_an_hour")]
    pub session: Span,
    /// For how long a single-use link can be used.
    #[serde(default = "quarter_of_an_hour")]
    pub links: Span,
    /// Origins whose pages may embed the panel.
    #[serde(default)]
    pub frame_ancestors: Vec<String>,
    /// Which languages it speaks; the first where somebody asks for none of them.
    #[serde(default = "every_language")]
    pub languages: Vec<String>,
    /// What is known about people outside of Assentry, and whom to ask for it.
    #[serde(default)]
    pub elsewhere: Vec<Elsewhere>,
    /// Whom people may write to.
    #[serde(default)]
    pub contact: Option<String>,
    /// The key that signs consent receipts; made where there is none.
    #[serde(default = "desk_key")]
    pub signing_key: PathBuf,
    /// Keys that signed earlier receipts, private or public, in PEM: their public halves stay published.
    #[serde(default)]
    pub old_keys: Vec<PathBuf>,
    /// Another system, usually the bot's, that is told when somebody withdraws a consent or is erased.
    #[serde(default)]
    pub webhook: Option<OutboxSettings>,
}

/// Something that is known about people outside of Assentry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// What it is.
    pub title: String,
    /// Whom to ask for it.
    pub contact: String,
}

/// Why the desk can't be served.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// Nobody can be sent there.
    #[error(
        "`desk`: `url` is an address such as `https://privacy.example.com/`, without path or query; plain `http://` is for loopback addresses only"
    )]
    Url,
    /// The bot's pages could ask in a person's name.
    #[error(
        "`desk`: `url` has the origin of route `{0}`, whose pages could then decide in a person's name; give the desk a host name or a port of its own"
    )]
    BotsOrigin(String),
    /// Everybody can listen.
    #[error(
        "`desk` on `{0}` has no `tls` and can be reached from other machines; add `tls`, or list who terminates TLS: `plain: true` and `behind: [10.0.0.0/8]`"
    )]
    Plain(SocketAddr),
    /// Not the list but everybody would be believed.
    #[error("`desk`: `behind` belongs to `plain: true`; remove it, or let somebody else terminate TLS")]
    BehindNobody,
    /// A span that is none.
    #[error("`desk`: `{0}` must be between `1m` and `24h`")]
    Time(&'static str),
    /// A page that may embed the panel, and is none.
    #[error(
        "`desk`: `{0}` is not an origin; write `frame_ancestors` like `https://shop.example`, without a path"
    )]
    Ancestor(String),
    /// A language there are no texts for.
    #[error("`desk`: there are no texts in `{word}`; {advice}")]
    Language {
        /// What was written.
        word: String,
        /// What there is.
        advice: String,
    },
    /// No language at all.
    #[error("`desk`: `languages` is empty; name at least one, such as `en`")]
    Speechless,
    /// A source of subjects.
    #[error("`desk`: {0}")]
    Identify(#[from] IdentifyError),
    /// The key that signs.
    #[error("`desk`: {0}")]
    Key(#[from] KeyFault),
    /// Another system can't be told.
    #[error("`desk`: `webhook`: {0}")]
    Webhook(LedgerError),
    /// The ledger's key makes none for the desk.
    #[error("`desk`: no key could be made for links and sessions; check the ledger's key")]
    NoPasses,
    /// The listener.
    #[error("`desk`: {0}")]
    Server(#[from] ServerError),
}

impl DeskSettings {
    /// Checks the settings and reads certificates and keys; listens nowhere and makes nothing.
    ///
    /// # Errors
    /// [`DeskError`] says what to do.
    pub fn prepare(&self) -> Result<Prepared, DeskError> {
        self.check()?;
        let (limits, timeouts) = Self::bounds();
        Ok(Live::prepare(&[self.listener()], &limits, &timeouts)?)
    }

    /// Whether the keys that sign, and the other system's, could be used; makes nothing.
    ///
    /// # Errors
    /// [`DeskError::Key`] or [`DeskError::Webhook`].
    pub fn check_keys(&self) -> Result<(), DeskError> {
        self.webhook.as_ref().map_or(Ok(()), OutboxSettings::check).map_err(DeskError::Webhook)?;
        Ok(Signer::check(&self.signing_key, &self.old_keys)?)
    }

    /// Whether it could be served.
    pub(super) fn check(&self) -> Result<(), DeskError> {
        self.place()?;
        let listed = self.proxy_protocol.is_some() || !self.behind.is_empty();
        if self.tls.is_none() && !self.address.ip().is_loopback() && !(self.plain && listed) {
            return Err(DeskError::Plain(self.address));
        }
        if !self.plain && !self.behind.is_empty() {
            return Err(DeskError::BehindNobody);
        }
        for (key, span) in [("session", self.session), ("links", self.links)] {
            if !(Span::seconds(60)..=Span::seconds(86_400)).contains(&span) {
                return Err(DeskError::Time(key));
            }
        }
        if let Some(wrong) = self.frame_ancestors.iter().find(|origin| Place::origin(origin).is_none()) {
            return Err(DeskError::Ancestor(wrong.clone()));
        }
        self.check_languages()
    }

    fn check_languages(&self) -> Result<(), DeskError> {
        let unknown = self.languages.iter().find(|word| !texts::LANGUAGES.contains(&word.as_str()));
        match unknown {
            _ if self.languages.is_empty() => Err(DeskError::Speechless),
            Some(word) => {
                Err(DeskError::Language { word: word.clone(), advice: did_you_mean(word, texts::LANGUAGES) })
            }
            None => Ok(()),
        }
    }

    /// Where people reach it.
    ///
    /// # Errors
    /// [`DeskError::Url`].
    pub fn place(&self) -> Result<Place, DeskError> {
        Place::read(&self.url).ok_or(DeskError::Url)
    }

    /// Whether a route's pages would be of the desk's origin; `hosts` are the routes' names with the host they answer to, `ports`
    /// those of the listeners. Where a port is mapped to another nobody can tell, so a host name of the desk's own is safest.
    ///
    /// # Errors
    /// [`DeskError::BotsOrigin`] names the route.
    pub fn check_origin<'a>(
        &self,
        hosts: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
        ports: &[u16],
    ) -> Result<(), DeskError> {
        let place = self.place()?;
        let same_port = ports.contains(&place.port);
        let of_bot = |host: Option<&str>| match host {
            None => same_port,
            Some(host) => (same_port || place.has_default_port()) && place.is_at(host),
        };
        match hosts.into_iter().find(|(_, host)| of_bot(*host)) {
            Some((name, _)) => Err(DeskError::BotsOrigin(name.to_owned())),
            None => Ok(()),
        }
    }

    /// How it tells who asks; `all` are the sources that the configuration names for all.
    ///
    /// # Errors
    /// The first source that can't be used.
    pub fn identifier(
        &self,
        all: &[SubjectSource],
        folder: &std::path::Path,
    ) -> Result<Identifier, DeskError> {
        Ok(Identifier::new(self.subjects.as_deref().unwrap_or(all), folder)?)
    }

    /// The same as a listener.
    pub fn listener(&self) -> ListenerSettings {
        let Self { address, tls, plain, proxy_protocol, .. } = self;
        ListenerSettings {
            name: Some("desk".to_owned()),
            address: *address,
            tls: tls.clone(),
            plain: *plain,
            proxy_protocol: proxy_protocol.clone(),
        }
    }

    /// The first key that can't change while it serves and differs.
    pub fn differs(&self, other: &Self) -> Option<&'static str> {
        let Self {
            url,
            signing_key,
            old_keys,
            webhook,
            // The listener's.
            address: _,
            tls: _,
            plain: _,
            proxy_protocol: _,
            // These can change.
            behind: _,
            subjects: _,
            session: _,
            links: _,
            frame_ancestors: _,
            languages: _,
            elsewhere: _,
            contact: _,
        } = self;
        let differences = [
            ("url", *url != other.url),
            ("signing_key", *signing_key != other.signing_key),
            ("old_keys", *old_keys != other.old_keys),
            ("webhook", *webhook != other.webhook),
        ];
        let ours = differences.into_iter().find(|(_, differ)| *differ).map(|(key, _)| key);
        self.listener().differs(&other.listener()).or(ours)
    }

    pub(super) fn bounds() -> (ServerLimits, ServerTimeouts) {
        (ServerLimits { connections: CONNECTIONS, ..ServerLimits::default() }, ServerTimeouts::default())
    }
}

fn half_an_hour() -> Span {
    Span::seconds(1_800)
}

fn quarter_of_an_hour() -> Span {
    Span::seconds(900)
}

fn every_language() -> Vec<String> {
    texts::LANGUAGES.map(str::to_owned).to_vec()
}

fn desk_key() -> PathBuf {
    PathBuf::from("desk.key")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let settings: DeskSettings = match serde_saphyr::from_str(text) {
            Ok(settings) => settings,
            Err(error) => return error.to_string(),
        };
        let routes = [("chat", Some("chat.example.com")), ("any", None)];
        let checked = settings.check().and_then(|()| settings.check_origin(routes, &[8443]));
        checked.map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn what_can_not_be_served_says_what_to_do() {
        let here = "address: 127.0.0.1:8445\nurl: https://privacy.example.com/";
        let far = "address: 0.0.0.0:8445\nurl: https://privacy.example.com/";
        let texts = [
            here.to_owned(),
            "address: 127.0.0.1:8445\nurl: http://127.0.0.1:8445".to_owned(),
            "address: 127.0.0.1:8445\nurl: http://privacy.example.com/".to_owned(),
            "address: 127.0.0.1:8445\nurl: https://privacy.example.com/desk".to_owned(),
            "address: 127.0.0.1:8445\nurl: https://ada:secret@privacy.example.com/".to_owned(),
            "address: 127.0.0.1:8445\nurl: https://chat.example.com/".to_owned(),
            "address: 127.0.0.1:8445\nurl: https://chat.example.com:8445/".to_owned(),
            "address: 127.0.0.1:8445\nurl: https://privacy.example.com:8443/".to_owned(),
            far.to_owned(),
            format!("{far}\nplain: true"),
            format!("{far}\nplain: true\nbehind: [10.0.0.0/8]"),
            format!("{far}\nplain: true\nbehind: [0.0.0.0/0]"),
            format!("{here}\nbehind: [10.0.0.0/8]"),
            format!("{here}\nsession: 10s"),
            format!("{here}\nlinks: 2d"),
            format!("{here}\nframe_ancestors: ['https://shop.example/page']"),
            format!("{here}\nframe_ancestors: ['*']"),
            format!("{here}\nlanguages: [en, dee]"),
            format!("{here}\nlanguages: []"),
        ];
        let told: Vec<String> = texts.iter().map(|text| format!("{text}\n  {}", told(text))).collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
