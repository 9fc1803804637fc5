//! Sessions of operators in a browser: a cookie that says, sealed, until when its bearer may look.
//!
//! The rule: nobody but the holder of the ledger's key can make a session or read one, and it ends when the token that began it is
//! void, or after half an hour, whichever comes first; signing out ends it at once. It names nobody, and the token is not in it.
//! The key is made anew from what tokens must be like, so that sessions from before end when that is changed.
//!
//! What would defeat it: a browser that sends the cookie for another site's page; it is `SameSite=Strict`, and what changes
//! something asks [`super::origin`], too.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use aws_lc_rs::rand;
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, HeaderValue, header::COOKIE};
use jiff::{SignedDuration, Timestamp};

use crate::{cookie, seal::Seal};

/// The cookie's name: only this host can set it, over TLS or on the machine itself, for all its paths (RFC 6265bis, section 4.1.3).
const NAME: &str = "__Host-assentry-operator";
/// What the key is made under.
pub(super) const LABEL: &str = "operator session";
const PLACE: &[u8] = b"assentry operator session 1";

/// No session lasts longer.
const LONGEST: SignedDuration = SignedDuration::from_mins(30);
/// Bytes of a session's random id.
const ID: usize = 16;
/// Sessions that were ended and are not void yet are remembered, so many at most; then nobody can sign in until some are void.
const MOST_ENDED: usize = 4_096;

/// Makes and reads sessions.
pub(super) struct Sessions {
    key: Seal,
    ended: Mutex<HashMap<[u8; ID], Timestamp>>,
}

/// One that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Session {
    id: [u8; ID],
    pub(super) until: Timestamp,
}

impl Sessions {
    /// Those made with this key; none for a key that is none.
    pub(super) fn new(key: &[u8; 32]) -> Option<Self> {
        Some(Self { key: Seal::new(key)?, ended: Mutex::default() })
    }

    /// Begins one with a token that is good until then; gives the `Set-Cookie`. None when the system gives no random numbers or
    /// too many were ended.
    pub(super) fn begin(&self, token_until: Timestamp, now: Timestamp) -> Option<HeaderValue> {
        if self.ended(now).len() >= MOST_ENDED {
            return None;
        }
        let until = token_until.min(now.checked_add(LONGEST).ok()?);
        let seconds = until.as_second().checked_sub(now.as_second())?.max(0);
        let mut id = [0; ID];
        rand::fill(&mut id).ok()?;
        let value = self.seal(&Session { id, until })?;
        let cookie = format!("{NAME}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict");
        HeaderValue::try_from(cookie).ok()
    }

    /// The session that a request shows, if it shows one that is open.
    pub(super) fn shown(&self, headers: &HeaderMap, now: Timestamp) -> Option<Session> {
        let lines = headers.get_all(COOKIE).iter();
        let mut found =
            lines.flat_map(|line| cookie::pairs(line.as_bytes())).filter(|pair| pair.name == NAME.as_bytes());
        let (one, another) = (found.next()?, found.next());
        let session = self.open(one.value).filter(|session| another.is_none() && now < session.until)?;
        (!self.ended(now).contains_key(&session.id)).then_some(session)
    }

    /// Ends one, whoever shows its cookie again; gives the `Set-Cookie` that takes it away.
    pub(super) fn end(&self, session: Option<Session>, now: Timestamp) -> HeaderValue {
        if let Some(Session { id, until }) = session {
            self.ended(now).insert(id, until);
        }
        HeaderValue::from_static(
            "__Host-assentry-operator=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict",
        )
    }

    /// Those that were ended and are not void.
    fn ended(&self, now: Timestamp) -> std::sync::MutexGuard<'_, HashMap<[u8; ID], Timestamp>> {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.retain(|_, until| now < *until);
        ended
    }

    fn seal(&self, session: &Session) -> Option<String> {
        let session = [&session.id[..], &session.until.as_second().to_be_bytes()].concat();
        Some(BASE64URL_NOPAD.encode(&self.key.seal(PLACE, &session)?))
    }

    fn open(&self, value: &[u8]) -> Option<Session> {
        let sealed = BASE64URL_NOPAD.decode(value).ok()?;
        let opened = self.key.open(PLACE, &sealed)?;
        let (id, until) = opened.split_first_chunk::<ID>()?;
        let until = i64::from_be_bytes(until.try_into().ok()?);
        Some(Session { id: *id, until: Timestamp::from_second(until).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;

    fn sessions(byte: u8) -> Sessions {
        Sessions::new(&[byte; 32]).unwrap()
    }

    /// The headers of a browser that keeps the cookie.
    fn kept(cookie: &HeaderValue) -> HeaderMap {
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        [(COOKIE, HeaderValue::try_from(pair).unwrap())].into_iter().collect()
    }

    #[test]
    fn a_session_ends_with_its_token_and_after_half_an_hour_at_the_latest() {
        let (sessions, now) = (sessions(1), Timestamp::from_second(1_800_000_000).unwrap());
        let cookie = sessions.begin(now + 5.minutes(), now).unwrap();
        assert!(cookie.to_str().unwrap().ends_with("Max-Age=300; Secure; HttpOnly; SameSite=Strict"));
        assert!(sessions.shown(&kept(&cookie), now + 299.seconds()).is_some());
        assert!(sessions.shown(&kept(&cookie), now + 300.seconds()).is_none(), "the token is void");
        let cookie = sessions.begin(now + 5.hours(), now).unwrap();
        assert!(sessions.shown(&kept(&cookie), now + 30.minutes() - 1.second()).is_some());
        assert!(sessions.shown(&kept(&cookie), now + 30.minutes()).is_none());
    }

    #[test]
    fn nobody_can_change_a_session_or_show_one_of_another_key_or_two_at_once() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let cookie = sessions(1).begin(now + 5.minutes(), now).unwrap();
        let mut headers = kept(&cookie);
        assert!(sessions(2).shown(&headers, now).is_none());
        let text = headers[COOKIE].to_str().unwrap().split_once('=').unwrap().1.to_owned();
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(sessions(1).open(BASE64URL_NOPAD.encode(&changed).as_bytes()), None, "byte {at}");
        }
        headers.append(COOKIE, headers[COOKIE].clone());
        assert!(sessions(1).shown(&headers, now).is_none());
    }

    #[test]
    fn one_that_was_ended_opens_nothing_more_though_its_cookie_was_kept() {
        let (sessions, now) = (sessions(1), Timestamp::from_second(1_800_000_000).unwrap());
        let [one, other] = [(); 2].map(|()| kept(&sessions.begin(now + 5.minutes(), now).unwrap()));
        sessions.end(sessions.shown(&one, now), now);
        assert!(sessions.shown(&one, now).is_none() && sessions.shown(&other, now).is_some());
        assert_eq!(sessions.ended(now).len(), 1);
        assert_eq!(sessions.ended(now + 5.minutes()).len(), 0, "what is void needn't be remembered");
    }
}
