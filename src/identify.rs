//! Request → subject: whose data is this?
//!
//! The rule: the sources are asked in the order of the configuration, and the first whose credential is *present*
//! decides. A credential that is present and does not hold is refused (401), never passed over for the next source:
//! that would let a person with a bad token become whoever the next source believes. What would defeat the rule is a
//! header from somebody who may not set it, so it is taken away from everyone but the listed peers, whichever source
//! decides. Nothing here prints an id, a token or a key.

mod certificate;
mod consent_token;
mod credential;
mod fault;
mod fetch;
mod key_set;
mod keys;
mod names;
mod network;
mod place;
mod remote;
mod secret;
mod settings;
mod signed_cookie;
mod source;
mod token;

#[cfg(test)]
mod tests;

use std::{
    fmt,
    net::IpAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use http::{HeaderName, request::Parts};
use jiff::Timestamp;
use tokio::task::JoinSet;

use self::{consent_token::ConsentTokenReader, keys::Keys, remote::Remote, source::Source};
pub use self::{
    consent_token::ConsentTokenSettings,
    credential::check_id,
    fault::{Fault, IdentifyError},
    network::Network,
    secret::Secret,
    settings::{
        Algorithm, BodyField, ClientCertificate, Cookie, Jwt, Query, San, SecretKey, SignedCookie,
        SubjectSource, TokenKey, TrustedHeader,
    },
    signed_cookie::sign_cookie,
};
use crate::{refusal::Refusal, signal::ConsentToken, subject::Subject};

/// Finds out whose data a request carries.
pub struct Identifier {
    sources: Vec<Source>,
    consent_token: Option<ConsentTokenReader>,
    followers: Mutex<JoinSet<()>>,
}

/// What a request says about its subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// The person, if any source knows one.
    pub subject: Option<Subject>,
    /// When the credential is void; none for one that does not say so.
    pub until: Option<Timestamp>,
    /// What the bot must not get.
    pub strip: Strip,
}

/// Credentials to take out of the request before it is forwarded; from its trailers too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strip {
    /// Header fields: every line of that name.
    pub headers: Vec<HeaderName>,
    /// Cookies: every cookie of that name, compared as sent.
    pub cookies: Vec<Arc<str>>,
    /// Query parameters: every one of that name, compared after decoding.
    pub parameters: Vec<Arc<str>>,
    /// A place in the body.
    pub body: Option<BodyPath>,
    /// Whether `Sec-GPC` stays; else it goes from every request, there or not.
    pub keeps_gpc: bool,
}

/// Keys that could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfetched {
    /// The host that was asked.
    pub host: String,
    /// Whether it was asked by an identifier before this one, too: then nothing has become worse.
    pub known: bool,
}

/// The other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct PeerView<'a> {
    /// Who wrote the HTTP: the source that a PROXY header names where the listener takes one, else the socket's peer.
    pub address: IpAddr,
    /// The leaf of the client certificate that the TLS handshake verified, in DER.
    pub certificate: Option<&'a [u8]>,
}

/// A place in the body that a source asks for: the number of the source, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BodyPath(pub usize);

/// What is at a place in the body.
#[derive(Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing; also when there is no body, or none that is JSON.
    Absent,
    /// A string, unescaped, or a number, as it is written.
    Text(String),
    /// An object, an array, a boolean or null: no id, and no absence either.
    Unfit,
}

impl Identifier {
    /// Checks the sources and loads their keys. Relative paths start at `base_dir`. Key sets that are fetched are not
    /// there before [`Identifier::start`].
    ///
    /// # Errors
    /// [`IdentifyError`] names the first source that can't be used, and why.
    pub fn new(sources: &[SubjectSource], base_dir: &Path) -> Result<Self, IdentifyError> {
        let source = |(index, settings): (usize, &SubjectSource)| {
            let earlier = sources.get(..index).unwrap_or_default();
            Source::new(settings, earlier, base_dir).map_err(|fault| IdentifyError {
                number: index + 1,
                kind: settings.kind(),
                fault,
            })
        };
        let sources = sources.iter().enumerate().map(source).collect::<Result<_, _>>()?;
        Ok(Self { sources, consent_token: None, followers: Mutex::default() })
    }

    /// The same, with tokens that say what the subject consents to. `sources` are those it was made from.
    ///
    /// # Errors
    /// [`Fault`] when they can't be used, or could be mistaken for tokens that say who the subject is.
    pub fn with_consent_token(
        self,
        settings: &ConsentTokenSettings,
        sources: &[SubjectSource],
        base_dir: &Path,
    ) -> Result<Self, Fault> {
        let consent_token = Some(ConsentTokenReader::new(settings, sources, base_dir)?);
        Ok(Self { consent_token, ..self })
    }

    /// What the request's consent token says, if it has one.
    ///
    /// # Errors
    /// [`Refusal::Credential`] when it does not hold, or is another person's; [`Refusal::KeysUnreachable`] when there is no
    /// key to check it with.
    pub fn consent_token(
        &self,
        head: &Parts,
        subject: Option<&Subject>,
    ) -> Result<Option<ConsentToken>, Refusal> {
        self.consent_token.as_ref().map_or(Ok(None), |reader| reader.read(&head.headers, subject))
    }

    /// Takes over the key sets that another identifier fetched from the same addresses, before [`Identifier::start`].
    pub fn take_over(&self, other: &Self) {
        for remote in self.remotes() {
            other.remotes().for_each(|other| remote.take_over(other));
        }
    }

    /// Fetches the key sets that are fetched and not there yet, and keeps them fresh until the identifier is dropped.
    /// Returns after the first attempt, at most some ten seconds, with those that failed; a failure is logged, and tokens
    /// are refused until a later one succeeds.
    pub async fn start(&self) -> Vec<Unfetched> {
        let mut first = JoinSet::new();
        for remote in self.remotes().filter(|remote| remote.current().is_none()) {
            let remote = remote.clone();
            first.spawn(async move {
                let failed = !remote.refresh().await;
                failed.then(|| Unfetched { host: remote.host().to_owned(), known: remote.is_known() })
            });
        }
        let failed = first.join_all().await.into_iter().flatten().collect();
        self.follow();
        failed
    }

    fn follow(&self) {
        let mut followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
        *followers = JoinSet::new();
        for remote in self.remotes() {
            let remote = remote.clone();
            followers.spawn(async move { remote.follow().await });
        }
    }

    /// Whether a source looks into the body, so that the whole of it must be there first.
    pub fn needs_body(&self) -> bool {
        self.body_paths().next().is_some()
    }

    /// Whether anybody is identified in this namespace.
    pub fn knows(&self, namespace: &str) -> bool {
        self.sources.iter().any(|source| source.namespace() == namespace)
    }

    /// The places that sources look for in the body, with their selectors.
    pub fn body_paths(&self) -> impl Iterator<Item = (BodyPath, &str)> {
        self.sources.iter().filter_map(Source::place)
    }

    /// Whose data the request carries, and which credentials the bot must not get. `body` is asked only when no earlier
    /// source decides.
    ///
    /// # Errors
    /// [`Refusal::Credential`] when a credential is present and does not hold, [`Refusal::Target`] when the query can't
    /// be read, [`Refusal::KeysUnreachable`] when there is a token and no key to check it with.
    pub fn identify(
        &self,
        head: &Parts,
        peer: PeerView<'_>,
        body: impl Fn(&BodyPath) -> Found,
    ) -> Result<Identified, Refusal> {
        let mut strip = Strip { headers: self.untrusted(peer.address), ..Strip::default() };
        if let Some(reader) = &self.consent_token {
            reader.strip(&mut strip);
        }
        for source in &self.sources {
            if let Some((subject, until)) = source.subject(head, peer, &body)? {
                source.strip(&mut strip);
                return Ok(Identified { subject: Some(subject), until, strip });
            }
        }
        Ok(Identified { subject: None, until: None, strip })
    }

    /// Headers that this peer may not set. A name that some source takes from the peer stays.
    fn untrusted(&self, peer: IpAddr) -> Vec<HeaderName> {
        let headers = || self.sources.iter().filter_map(|source| source.header(peer));
        let trusted = |name| headers().any(|(other, trusted)| trusted && other == name);
        headers().map(|(name, _)| name).filter(|name| !trusted(*name)).cloned().collect()
    }

    fn remotes(&self) -> impl Iterator<Item = &Arc<Remote>> {
        let keys = self.sources.iter().filter_map(Source::keys);
        keys.chain(self.consent_token.as_ref().map(ConsentTokenReader::keys)).filter_map(Keys::remote)
    }
}

impl Strip {
    /// Whether something may be taken out that a signature over the message could cover. `Sec-GPC` is none of it: it goes
    /// from every request, and a signature that covers it says so itself.
    pub fn takes_something(&self) -> bool {
        let Self { headers, cookies, parameters, body, keeps_gpc: _ } = self;
        !headers.is_empty() || !cookies.is_empty() || !parameters.is_empty() || body.is_some()
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.sources).finish()
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::Text(_) => "Text(<withheld>)",
            Self::Unfit => "Unfit",
        })
    }
}
