//! Who asks: by a session, or by the credential that the chat itself takes.
//!
//! The rule: only a proven person is somebody here, and who that is comes from nothing but the session or the credential; no
//! parameter names a person. A session or credential that is present and does not hold is refused, never passed over. The
//! session names the ledger's reference, which an erasure changes, and so ends all sessions. What would defeat the rule for browsers, which
//! show cookies and certificates to every page's requests, is another site's page that asks: `origin.rs` turns those away.

use std::time::Duration;

use http::{
    HeaderMap, HeaderValue,
    header::{AUTHORIZATION, COOKIE},
    request::Parts,
};
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep_until};

use super::{clerk::Clerk, problem::Problem, rules::Rules};
use crate::{
    cookie,
    identify::{Found, PeerView},
    pass::{Door, Pass},
    refusal::Refusal,
    server::Peer,
    subject::{Standing, Subject},
};

/// What the session cookie is called where it goes over TLS: browsers take that name from the host itself only, for all of it.
const SECURE_COOKIE: &str = "__Host-assentry-desk";
/// What it is called on a desk without TLS, which is on this machine.
const PLAIN_COOKIE: &str = "assentry-desk";

/// What tells a session in `Authorization` from a credential of the chat.
const SESSION: &str = "desk.";

/// When a link that does not hold is refused: later than the database usually answers, so that nobody can tell by the time whether
/// it was asked.
const LINK_REFUSED: Duration = Duration::from_millis(150);

/// Somebody who entered.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    pub(super) subject: Subject,
    /// What forms are bound to.
    pub(super) bound: [u8; 32],
    /// Whether a browser shows the proof by itself, to whatever page's request.
    pub(super) by_cookie: bool,
}

/// A session, as it is handed out.
pub(super) struct Session {
    pub(super) token: String,
    pub(super) expires: Timestamp,
}

impl Clerk {
    /// Who asks.
    pub(super) async fn visitor(&self, head: &Parts, peer: &Peer, rules: &Rules) -> Result<Visitor, Problem> {
        if let Some(token) = bearer(&head.headers)? {
            let pass = self.session(token.as_bytes()).await?;
            return Ok(self.holder(&pass, false));
        }
        if !head.headers.contains_key(AUTHORIZATION)
            && let Some(token) = self.cookie(&head.headers)?
        {
            let pass = self.session(token).await?;
            return Ok(self.holder(&pass, true));
        }
        self.credential(head, peer, rules)
    }

    fn credential(&self, head: &Parts, peer: &Peer, rules: &Rules) -> Result<Visitor, Problem> {
        let view = PeerView { address: peer.remote.ip(), certificate: peer.certificate.as_deref() };
        let identified = rules.identifier.identify(head, view, |_| Found::Absent);
        let identified = identified.map_err(|refusal| match refusal {
            Refusal::KeysUnreachable => Problem::KeysUnreachable,
            Refusal::Target(what) => Problem::Parameter(what),
            _ => Problem::Credential,
        })?;
        let subject = identified.subject.ok_or(Problem::NotEntered)?;
        match subject.standing() {
            Standing::Claimed => Err(Problem::NotProven),
            Standing::Proven => {
                let whose = [subject.namespace().as_bytes(), subject.id().as_bytes()];
                let bound = self.site.ledger.derive_key("desk form", &whose);
                Ok(Visitor { subject, bound, by_cookie: !identified.strip.cookies.is_empty() })
            }
        }
    }

    fn holder(&self, pass: &Pass, by_cookie: bool) -> Visitor {
        let bound = self.site.ledger.derive_key("desk form of a session", &[&pass.id]);
        Visitor { subject: pass.subject(), bound, by_cookie }
    }

    async fn session(&self, token: &[u8]) -> Result<Pass, Problem> {
        let pass = self.passes.open(Door::Session, token, Timestamp::now()).ok_or(Problem::Credential)?;
        self.is_still(&pass).await?.then_some(pass).ok_or(Problem::Credential)
    }

    /// Whether the ledger still calls the person as it did when the pass was made.
    async fn is_still(&self, pass: &Pass) -> Result<bool, Problem> {
        Ok(self.site.ledger.reference(&pass.subject()).await? == pass.reference)
    }

    /// Uses a link up and makes a session of it. Every way in which a link can fail to hold gives one answer, after the same time.
    pub(super) async fn enter(&self, token: &[u8], rules: &Rules) -> Result<Session, Problem> {
        let begun = Instant::now();
        let entered = self.entered(token, rules).await;
        if matches!(entered, Err(Problem::Link)) {
            sleep_until(begun + LINK_REFUSED).await;
        }
        entered
    }

    async fn entered(&self, token: &[u8], rules: &Rules) -> Result<Session, Problem> {
        let pass = self.passes.open(Door::Link, token, Timestamp::now()).ok_or(Problem::Link)?;
        if !self.site.ledger.use_link(&pass.id, pass.until()).await? || !self.is_still(&pass).await? {
            return Err(Problem::Link);
        }
        let life = SignedDuration::try_from(rules.session).unwrap_or(SignedDuration::ZERO);
        let expires = Timestamp::now().checked_add(life).unwrap_or(Timestamp::MAX);
        let session = Pass::new(&pass.subject(), pass.reference, expires)?;
        Ok(Session { token: self.passes.seal(Door::Session, &session)?, expires: session.until() })
    }

    /// The cookie that holds a session; one that ends at once where there is none.
    pub(super) fn set_cookie(&self, session: Option<&Session>) -> Result<HeaderValue, Problem> {
        let seconds = session.map_or(0, |session| (session.expires - Timestamp::now()).get_seconds().max(0));
        let token = session.map_or("", |session| &session.token);
        let (name, secure) = (self.cookie_name(), if self.place.secure { "; Secure" } else { "" });
        let text = format!("{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
        HeaderValue::try_from(text).map_err(|_| Problem::Internal)
    }

    fn cookie<'h>(&self, headers: &'h HeaderMap) -> Result<Option<&'h [u8]>, Problem> {
        let lines = headers.get_all(COOKIE).iter().flat_map(|line| cookie::pairs(line.as_bytes()));
        let mut values =
            lines.filter(|pair| pair.name == self.cookie_name().as_bytes()).map(|pair| pair.value);
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => Ok(Some(value)),
            (Some(_), Some(_)) => Err(Problem::Credential),
        }
    }

    fn cookie_name(&self) -> &'static str {
        if self.place.secure { SECURE_COOKIE } else { PLAIN_COOKIE }
    }
}

impl Session {
    /// As it goes into `Authorization`.
    pub(super) fn bearer(&self) -> String {
        format!("{SESSION}{}", self.token)
    }
}

/// The session in `Authorization`, if it is one of ours.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, another) = (values.next(), values.next());
    let Some((scheme, token)) = value.and_then(|value| value.to_str().ok()?.split_once(' ')) else {
        return Ok(None);
    };
    let token = token.trim().strip_prefix(SESSION).filter(|_| scheme.eq_ignore_ascii_case("bearer"));
    match (token, another) {
        (Some(_), Some(_)) => Err(Problem::Credential),
        (token, _) => Ok(token),
    }
}
