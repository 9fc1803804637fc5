//! Pushes: the service says whose consents changed, signed as the Standard Webhooks specification says.
//!
//! The rule: a push counts only if its signature (HMAC-SHA256 over `id.timestamp.body`) is right, its timestamp is within five
//! minutes of ours, and the same attempt was not seen before. An attempt is an id with a timestamp: an honest sender that tries
//! again keeps the id and signs a later timestamp. It is acknowledged only once everything it names has been overtaken.
//!
//! What would defeat it: an id with a dot, since `a.1` + `2` and `a` + `1.2` would be signed alike; comparing signatures other
//! than in constant time; forgetting attempts before they are too old to count. So when there is no room to remember one more,
//! it is turned away and nothing is forgotten.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Mutex, PoisonError},
};

use aws_lc_rs::hmac;
use data_encoding::BASE64;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use crate::ledger::{LedgerError, key_file};

/// How far the sender's clock may be from ours, in seconds.
const TOLERANCE: i64 = 300;

/// How many attempts are remembered; this many in ten minutes is more than anybody sends.
const ATTEMPTS: usize = 100_000;

/// The key that both sides sign with.
pub(super) struct WebhookKey(hmac::Key);

/// Why a push is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushFault {
    /// Nobody is expected to push.
    #[error("no webhook is expected here; name its key under `webhook` in the configuration")]
    Unexpected,
    /// A header is missing, twice there or no text.
    #[error(
        "`webhook-id`, `webhook-timestamp` and `webhook-signature` are needed, each once and well-formed"
    )]
    Headers,
    /// Too old, or from the future.
    #[error("`webhook-timestamp` is more than five minutes from now; check both clocks")]
    Stale,
    /// Not signed with the key.
    #[error("no signature is right")]
    Signature,
    /// Seen before.
    #[error("this attempt was seen before; sign a later timestamp to try again")]
    Replayed,
    /// No room to remember it.
    #[error("too many pushes; try again later")]
    Crowded,
    /// The body is not what it should be.
    #[error(
        "the body is not a JSON object with `type`, `timestamp` and `data: {{subjects}}`; see the documentation"
    )]
    Body,
}

/// The attempts that were seen and could come again.
#[derive(Default)]
pub(super) struct Attempts(Mutex<BTreeSet<(i64, String)>>);

impl PushFault {
    /// What the sender is answered.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Unexpected => StatusCode::NOT_FOUND,
            Self::Headers | Self::Stale | Self::Signature | Self::Replayed => StatusCode::UNAUTHORIZED,
            Self::Crowded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Body => StatusCode::BAD_REQUEST,
        }
    }
}

impl WebhookKey {
    /// Reads the file.
    pub(super) fn read(path: &Path) -> Result<Self, LedgerError> {
        let text = key_file::read(path)?;
        let malformed = || LedgerError::WebhookKey(path.to_owned());
        let text = str::from_utf8(&text).map_err(|_| malformed())?.trim();
        Self::parse(text).ok_or_else(malformed)
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = zeroize::Zeroizing::new(BASE64.decode(text.strip_prefix("whsec_")?.as_bytes()).ok()?);
        (24..=64).contains(&bytes.len()).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// Whether this is a push that counts, which it then does once.
    pub(super) fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
        seen: &Attempts,
    ) -> Result<(), PushFault> {
        let (id, timestamp) = (only(headers, "webhook-id")?, only(headers, "webhook-timestamp")?);
        let signatures = only(headers, "webhook-signature")?;
        let digits = !timestamp.is_empty() && timestamp.bytes().all(|byte| byte.is_ascii_digit());
        if id.is_empty() || id.len() > 256 || id.contains('.') || !digits {
            return Err(PushFault::Headers);
        }
        let at: i64 = timestamp.parse().map_err(|_| PushFault::Headers)?;
        if at.abs_diff(now.as_second()) > TOLERANCE.unsigned_abs() {
            return Err(PushFault::Stale);
        }
        let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
        let right = |signature: &str| {
            let bytes = signature.strip_prefix("v1,").and_then(|text| BASE64.decode(text.as_bytes()).ok());
            bytes.is_some_and(|bytes| hmac::verify(&self.0, &signed, &bytes).is_ok())
        };
        if !signatures.split(' ').any(right) {
            return Err(PushFault::Signature);
        }
        seen.remember(at, id, now)
    }
}

impl Attempts {
    fn remember(&self, at: i64, id: &str, now: Timestamp) -> Result<(), PushFault> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that would be too old by now anyway.
        *seen = seen.split_off(&(now.as_second().saturating_sub(TOLERANCE), String::new()));
        if seen.contains(&(at, id.to_owned())) {
            return Err(PushFault::Replayed);
        }
        if seen.len() >= ATTEMPTS {
            return Err(PushFault::Crowded);
        }
        seen.insert((at, id.to_owned()));
        Ok(())
    }
}

fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<&'h str, PushFault> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| PushFault::Headers),
        _ => Err(PushFault::Headers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification (`spec/standard-webhooks.md`), which its libraries test themselves with.
    const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIMESTAMP: &str = "1614265330";
    const BODY: &str = r#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn push(fields: &[(&'static str, &str)], body: &str, now: i64, seen: &Attempts) -> Result<(), PushFault> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        WebhookKey::parse(KEY).unwrap().verify(&headers, body.as_bytes(), at(now), seen)
    }

    fn fields<'a>(id: &'a str, timestamp: &'a str, signature: &'a str) -> [(&'static str, &'a str); 3] {
        [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)]
    }

    fn signed(id: &str, timestamp: &str, body: &str) -> String {
        let key = WebhookKey::parse(KEY).unwrap().0;
        let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", BASE64.encode(tag.as_ref()))
    }

    const NOW: i64 = 1_614_265_330;

    #[test]
    fn the_example_of_the_specification_is_taken_once() {
        let seen = Attempts::default();
        let example = fields(ID, TIMESTAMP, SIGNATURE);
        assert_eq!(push(&example, BODY, NOW, &seen), Ok(()));
        assert_eq!(push(&example, BODY, NOW, &seen), Err(PushFault::Replayed));
        let later = (NOW + 1).to_string();
        let again = signed(ID, &later, BODY);
        assert_eq!(
            push(&fields(ID, &later, &again), BODY, NOW, &seen),
            Ok(()),
            "an honest sender tries again"
        );
    }

    #[test]
    fn one_right_signature_among_several_is_enough() {
        let several = format!("v1a,AAAA v1,AAAA {SIGNATURE}");
        assert_eq!(push(&fields(ID, TIMESTAMP, &several), BODY, NOW, &Attempts::default()), Ok(()));
    }

    #[test]
    fn five_minutes_are_tolerated_and_no_more() {
        for (now, expected) in [
            (NOW + 300, Ok(())),
            (NOW - 300, Ok(())),
            (NOW + 301, Err(PushFault::Stale)),
            (NOW - 301, Err(PushFault::Stale)),
        ] {
            assert_eq!(
                push(&fields(ID, TIMESTAMP, SIGNATURE), BODY, now, &Attempts::default()),
                expected,
                "{now}"
            );
        }
    }

    #[test]
    fn what_is_signed_otherwise_or_not_at_all_is_refused() {
        let refused = |fields: &[(&'static str, &str)], body: &str| {
            push(fields, body, NOW, &Attempts::default()).unwrap_err()
        };
        let other = "v1,AAhM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(refused(&fields(ID, TIMESTAMP, other), BODY), PushFault::Signature);
        assert_eq!(refused(&fields("msg_other", TIMESTAMP, SIGNATURE), BODY), PushFault::Signature);
        assert_eq!(refused(&fields(ID, "1614265331", SIGNATURE), BODY), PushFault::Signature);
        assert_eq!(refused(&fields(ID, TIMESTAMP, SIGNATURE), "{}"), PushFault::Signature);
        let (version, bare) = (SIGNATURE.replace("v1,", "v2,"), SIGNATURE.trim_start_matches("v1,"));
        for unsigned in ["", "v1,", "v1", "v1,?", bare, &version] {
            assert_eq!(refused(&fields(ID, TIMESTAMP, unsigned), BODY), PushFault::Signature, "{unsigned}");
        }
        let [id, timestamp, signature] = fields(ID, TIMESTAMP, SIGNATURE);
        for some in
            [&[id, timestamp][..], &[id, signature], &[timestamp, signature], &[id, id, timestamp, signature]]
        {
            assert_eq!(refused(some, BODY), PushFault::Headers);
        }
        for timestamp in ["", "+1614265330", "1614265330.0", "1e9", "99999999999999999999"] {
            assert_eq!(refused(&fields(ID, timestamp, SIGNATURE), BODY), PushFault::Headers, "{timestamp}");
        }
    }

    #[test]
    fn an_id_can_not_borrow_from_the_timestamp_nor_the_timestamp_from_the_body() {
        let right = signed("a", TIMESTAMP, "7.{}");
        assert_eq!(push(&fields("a", TIMESTAMP, &right), "7.{}", NOW, &Attempts::default()), Ok(()));
        let moved = format!("a.{TIMESTAMP}");
        assert_eq!(
            push(&fields(&moved, "7", &right), "{}", 7, &Attempts::default()),
            Err(PushFault::Headers)
        );
    }

    #[test]
    fn attempts_are_forgotten_only_when_they_are_too_old_to_come_again() {
        let seen = Attempts::default();
        for n in 0..ATTEMPTS {
            seen.remember(NOW, &n.to_string(), at(NOW)).unwrap();
        }
        assert_eq!(seen.remember(NOW, "one more", at(NOW + 300)), Err(PushFault::Crowded));
        assert_eq!(seen.remember(NOW, "7", at(NOW + 300)), Err(PushFault::Replayed));
        assert_eq!(seen.remember(NOW + 301, "one more", at(NOW + 301)), Ok(()));
    }

    #[test]
    fn a_key_is_written_as_the_specification_says() {
        let bytes = |n: usize| format!("whsec_{}", BASE64.encode(&vec![7; n]));
        for (text, fits) in [
            (bytes(24), true),
            (bytes(64), true),
            (bytes(23), false),
            (bytes(65), false),
            (bytes(32).replace("whsec_", ""), false),
            ("whsec_?".to_owned(), false),
        ] {
            assert_eq!(WebhookKey::parse(&text).is_some(), fits, "{text}");
        }
    }
}
