//! One source, ready to be asked.
//!
//! The rule: absent, present and good, or refused; there is no fourth answer. What would defeat it is mending a
//! credential on the way, so a value is taken as it stands or not at all.

use std::{
    borrow::Cow,
    fmt,
    net::IpAddr,
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use http::{HeaderName, request::Parts};
use jiff::Timestamp;

use crate::{
    identify::{
        BodyPath, Found, PeerView, Strip, certificate,
        credential::{self, Shown},
        fault::Fault,
        keys::Keys,
        names,
        network::Network,
        place, secret,
        settings::{San, SubjectSource},
        signed_cookie::Seal,
        token::TokenReader,
    },
    refusal::Refusal,
    subject::{Standing, Subject},
};

/// Where ids of one namespace come from.
pub(super) struct Source {
    namespace: String,
    standing: Standing,
    forward: bool,
    kind: Kind,
}

enum Kind {
    Token(Box<TokenReader>),
    Certificate(San),
    Header { name: HeaderName, from: Vec<Network> },
    Seal(Box<Seal>),
    Cookie(Arc<str>),
    Parameter(Arc<str>),
    Body { path: BodyPath, at: String },
}

impl Source {
    /// What it calls those it identifies.
    pub(super) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Checks the settings and loads the keys; `earlier` are the sources before this one.
    pub(super) fn new(
        settings: &SubjectSource,
        earlier: &[SubjectSource],
        base_dir: &Path,
    ) -> Result<Self, Fault> {
        Ok(Self {
            namespace: names::namespace(settings, earlier)?,
            standing: settings.standing(),
            forward: settings.forward(),
            kind: Kind::new(settings, BodyPath(earlier.len()), base_dir)?,
        })
    }

    /// The person, if this source's credential is present, and when the credential is void.
    pub(super) fn subject(
        &self,
        head: &Parts,
        peer: PeerView<'_>,
        body: impl Fn(&BodyPath) -> Found,
    ) -> Result<Option<(Subject, Option<Timestamp>)>, Refusal> {
        let Some(shown) = self.shown(head, peer, body)? else { return Ok(None) };
        let id = credential::id(&shown.id)?;
        Ok(Some((Subject::new(self.namespace.clone(), id, self.standing), shown.until)))
    }

    /// Notes what the bot must not get, once this source has decided.
    pub(super) fn strip(&self, strip: &mut Strip) {
        if self.forward {
            return;
        }
        match &self.kind {
            Kind::Token(reader) => reader.carrier.strip(strip),
            Kind::Header { name, .. } => strip.headers.push(name.clone()),
            Kind::Seal(seal) => strip.cookies.push(seal.name().into()),
            Kind::Cookie(name) => strip.cookies.push(name.clone()),
            Kind::Parameter(name) => strip.parameters.push(name.clone()),
            Kind::Body { path, .. } => strip.body = Some(*path),
            Kind::Certificate(_) => {}
        }
    }

    /// The place in the body that it looks at.
    pub(super) fn place(&self) -> Option<(BodyPath, &str)> {
        if let Kind::Body { path, at } = &self.kind { Some((*path, at)) } else { None }
    }

    /// The header that it reads, and whether this peer may set it.
    pub(super) fn header(&self, peer: IpAddr) -> Option<(&HeaderName, bool)> {
        if let Kind::Header { name, from } = &self.kind { Some((name, trusts(from, peer))) } else { None }
    }

    /// The keys that it checks tokens with.
    pub(super) fn keys(&self) -> Option<&Keys> {
        if let Kind::Token(reader) = &self.kind { Some(&reader.keys) } else { None }
    }

    fn shown(
        &self,
        head: &Parts,
        peer: PeerView<'_>,
        body: impl Fn(&BodyPath) -> Found,
    ) -> Result<Option<Shown>, Refusal> {
        let headers = &head.headers;
        let id = match &self.kind {
            Kind::Token(reader) => return reader.read(headers),
            Kind::Certificate(san) => {
                return peer.certificate.map(|leaf| certificate::read(leaf, *san)).transpose();
            }
            Kind::Seal(seal) => {
                let value = credential::only_cookie(headers, seal.name())?;
                return value.map(|value| seal.open(value, now())).transpose();
            }
            Kind::Header { name, from } if trusts(from, peer.address) => {
                credential::only_header(headers, name)?.map(<[u8]>::to_vec)
            }
            Kind::Header { .. } => None,
            Kind::Cookie(name) => credential::only_cookie(headers, name)?.map(<[u8]>::to_vec),
            Kind::Parameter(name) => {
                let query = head.uri.query().unwrap_or_default();
                credential::only_parameter(query, name)?.map(Cow::into_owned)
            }
            Kind::Body { path, .. } => match body(path) {
                Found::Absent => None,
                Found::Text(text) => Some(text.into_bytes()),
                Found::Unfit => {
                    return Err(Refusal::Credential(
                        "the body names the subject with something that is no id",
                    ));
                }
            },
        };
        Ok(id.map(Shown::lasting))
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.namespace, self.standing)
    }
}

impl Kind {
    fn new(settings: &SubjectSource, path: BodyPath, base_dir: &Path) -> Result<Self, Fault> {
        Ok(match settings {
            SubjectSource::Jwt(source) => Self::Token(Box::new(TokenReader::new(source, base_dir)?)),
            SubjectSource::ClientCertificate(source) => Self::Certificate(source.san),
            SubjectSource::Header(source) if source.from.is_empty() => return Err(Fault::NobodyTrusted),
            SubjectSource::Header(source) => {
                Self::Header { name: names::header(&source.name)?, from: source.from.clone() }
            }
            SubjectSource::SignedCookie(source) => {
                let name = names::cookie(&source.name)?;
                Self::Seal(Box::new(Seal::new(&name, &secret::load(&source.key, base_dir)?)))
            }
            SubjectSource::Cookie(source) => Self::Cookie(names::cookie(&source.name)?.into()),
            SubjectSource::Query(source) => {
                names::filled("name", &source.name)?;
                Self::Parameter(source.name.as_str().into())
            }
            SubjectSource::Body(source) => {
                place::check(&source.at)?;
                Self::Body { path, at: source.at.clone() }
            }
        })
    }
}

fn trusts(from: &[Network], peer: IpAddr) -> bool {
    from.iter().any(|network| network.contains(peer))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(u64::MAX, |since| since.as_secs())
}
