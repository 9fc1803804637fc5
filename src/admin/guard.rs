//! Who may look, and who may write.
//!
//! The rule: figures, policies and requests of people are for whoever shows a client certificate or a token; in a browser a
//! session stands for the token. A credential that is there and does not hold is refused, whatever else is there. Metrics and health
//! are open to the machine itself, on a loopback address, and to nobody else.
//!
//! What would defeat it: a token in an address, where logs and histories keep it. Such a request is refused, whoever sends it.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use http::{HeaderMap, Request, StatusCode, Uri, request::Parts};
use jiff::Timestamp;

use super::{
    origin::asker,
    session::{LABEL, Session, Sessions},
    settings::AdminSettings,
};
use crate::{
    identify::{AccessTokens, NoAccess},
    ledger::Ledger,
    origin::Asker,
    query,
    server::Peer,
};

/// What opens the operator's pages beside certificates; can be changed while they are served.
#[derive(Debug, Default)]
pub struct Keys(ArcSwapOption<AccessTokens>);

/// Stands before everything.
pub(super) struct Guard {
    keys: Arc<Keys>,
    sessions: Option<Sessions>,
    /// Whether every program of the machine may ask for metrics and health.
    open_to_machine: bool,
    /// Whether anybody could show a certificate.
    certificates: bool,
}

/// How somebody came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entrance {
    /// With a client certificate.
    Certificate,
    /// With a token.
    Token,
    /// With a session, which a token began.
    Session(Session),
}

/// Why somebody was not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Denied {
    /// Nobody can be.
    #[error(
        "these pages are for people who show who they are, and nobody can: give `admin` a `tls` with `client_authority`, or a `token`"
    )]
    NoWay,
    /// A certificate is the only way.
    #[error("show a client certificate that `client_authority` signed")]
    NoCertificate,
    /// Nothing was shown.
    #[error("show a client certificate, or a token in `Authorization: Bearer …`")]
    Nothing,
    /// It does not hold.
    #[error("{0}")]
    Token(NoAccess),
    /// Another site's page asks.
    #[error("another site's page asks for this; open the page here and send it from there")]
    CrossSite,
    /// The token stands where it is kept.
    #[error(
        "a token in an address stays in logs and histories; hold that one for lost, and send another in `Authorization: Bearer …`"
    )]
    InAddress,
}

impl Denied {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NoWay | Self::NoCertificate | Self::CrossSite | Self::Token(NoAccess::Lacks { .. }) => {
                StatusCode::FORBIDDEN
            }
            Self::Nothing => StatusCode::UNAUTHORIZED,
            Self::Token(NoAccess::Refused(refusal)) => refusal.status(),
            Self::InAddress => StatusCode::BAD_REQUEST,
        }
    }

    /// A word for machines.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::NoWay | Self::NoCertificate => "certificate-missing",
            Self::Nothing => "credential-missing",
            Self::Token(_) => "token",
            Self::CrossSite => "cross-site",
            Self::InAddress => "token-in-address",
        }
    }
}

impl Keys {
    /// Those of the settings.
    pub(super) fn new(tokens: Option<AccessTokens>) -> Self {
        Self(ArcSwapOption::new(tokens.map(Arc::new)))
    }

    /// Takes these tokens from now on. Needs a Tokio runtime.
    pub fn adopt(&self, tokens: Option<AccessTokens>) {
        let before = self.0.load_full();
        if let (Some(tokens), Some(before)) = (&tokens, &before) {
            tokens.take_over(before);
        }
        self.0.store(tokens.map(Arc::new));
        self.start();
    }

    /// Begins to fetch keys that are fetched.
    pub(super) fn start(&self) {
        self.0.load().iter().for_each(|tokens| tokens.start());
    }
}

impl Guard {
    pub(super) fn new(settings: &AdminSettings, keys: Arc<Keys>, ledger: &Ledger) -> Self {
        let authority = settings.tls.as_ref().and_then(|tls| tls.client_authority.as_ref());
        let key = settings.token.as_ref().map(|token| ledger.derive_key(LABEL, &[token.mark().as_bytes()]));
        Self {
            keys,
            sessions: key.and_then(|key| Sessions::new(&key)),
            open_to_machine: settings.address.ip().is_loopback(),
            certificates: authority.is_some(),
        }
    }

    /// Where a session can begin.
    pub(super) fn sessions(&self) -> Option<&Sessions> {
        self.sessions.as_ref()
    }

    /// Until when a token is good that somebody wants to begin a session with.
    pub(super) fn token(&self, token: &[u8]) -> Result<Timestamp, Denied> {
        match &*self.keys.0.load() {
            Some(tokens) => tokens.verify(token).map_err(Denied::Token),
            None => Err(self.nothing()),
        }
    }

    /// Lets in every program of this machine where nobody else can ask, and else as [`Self::program`].
    pub(super) fn machine<T>(&self, request: &Request<T>, peer: &Peer) -> Result<(), Denied> {
        no_token_in(request.uri())?;
        if self.open_to_machine { Ok(()) } else { self.shown(request.headers(), peer).map(drop) }
    }

    /// Lets in whoever shows a certificate or a token: a program, or a person with one.
    pub(super) fn program(&self, head: &Parts, peer: &Peer) -> Result<Entrance, Denied> {
        no_token_in(&head.uri)?;
        self.shown(&head.headers, peer)
    }

    fn shown(&self, headers: &HeaderMap, peer: &Peer) -> Result<Entrance, Denied> {
        let token = match &*self.keys.0.load() {
            Some(tokens) => tokens.bearer(headers).map_err(Denied::Token)?,
            None => None,
        };
        match (token, &peer.certificate) {
            (Some(_), _) => Ok(Entrance::Token),
            (None, Some(_)) => Ok(Entrance::Certificate),
            (None, None) => Err(self.nothing()),
        }
    }

    /// Lets in a browser with a session, too.
    pub(super) fn person(&self, head: &Parts, peer: &Peer, now: Timestamp) -> Result<Entrance, Denied> {
        let session = self.sessions().and_then(|sessions| sessions.shown(&head.headers, now));
        match (self.program(head, peer), session) {
            (Err(Denied::Nothing), Some(session)) => Ok(Entrance::Session(session)),
            (entrance, _) => entrance,
        }
    }

    fn nothing(&self) -> Denied {
        match (self.sessions.is_some(), self.certificates) {
            (true, _) => Denied::Nothing,
            (false, true) => Denied::NoCertificate,
            (false, false) => Denied::NoWay,
        }
    }
}

/// Refuses what another site's page sends, or might.
pub(super) fn may_send(head: &Parts, peer: &Peer, entrance: Option<Entrance>) -> Result<(), Denied> {
    match (asker(head, peer.tls), entrance) {
        (Asker::Ours, _) => Ok(()),
        (Asker::Unsaid, None | Some(Entrance::Certificate | Entrance::Token)) => Ok(()),
        (Asker::Unsaid, Some(Entrance::Session(_))) | (Asker::Theirs, _) => Err(Denied::CrossSite),
    }
}

/// Refuses a token in the address: under the names that tokens have, and what looks like one under any.
pub(super) fn no_token_in(uri: &Uri) -> Result<(), Denied> {
    let pairs = query::pairs(uri.query().unwrap_or_default().as_bytes());
    for pair in pairs {
        let (name, value) = (query::decode(pair.raw_name), query::decode(pair.raw_value));
        let named = name.is_ok_and(|name| {
            [&b"token"[..], b"access_token", b"id_token"].iter().any(|token| name.eq_ignore_ascii_case(token))
        });
        let looks = value.is_ok_and(|value| {
            value.starts_with(b"eyJ") && value.iter().filter(|byte| **byte == b'.').count() == 2
        });
        if named || looks {
            return Err(Denied::InAddress);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_an_address_is_seen_under_whatever_name() {
        for bad in [
            "/?access_token=x",
            "/report?from=2026-01-01&Token=",
            "/?a=eyJh.eyJb.c",
            "/?%74oken=x",
            "/?a=eyJ%68.b.c",
        ] {
            assert_eq!(no_token_in(&bad.parse().unwrap()), Err(Denied::InAddress), "{bad}");
        }
        for good in ["/", "/report?from=2026-01-01", "/policy?name=eyJ", "/explain?route=tokens"] {
            assert_eq!(no_token_in(&good.parse().unwrap()), Ok(()), "{good}");
        }
    }
}
