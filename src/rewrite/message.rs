//! Rewrites one message of a conversation: what a socket carries, or an event of a stream.
//!
//! The rule: a message is a row of parts. JSON is read and rewritten; what the protocol writes around it passes as it is;
//! anything else is a body that can't be read, and passes only where the policy says nothing about bodies or the route
//! lists it. What would defeat it is a text that calls itself no JSON and that a forgiving bot reads as such, so a text that
//! begins like an object, an array or a string is JSON or is refused.

use bytes::{Bytes, BytesMut};

use super::{
    Cleared, Rules, Stamp,
    account::Account,
    media::{self, BodyKind},
    plain, whole_json,
};
use crate::refusal::Refusal;

/// The media type that stands for a text that is not JSON.
const TEXT: &str = "text/plain";
/// The media type that stands for bytes that are not a text.
const BINARY: &str = "application/octet-stream";

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// What the protocol writes around documents, such as the number of a packet.
    Frame(Bytes),
    /// A document that must be JSON.
    Json(Bytes),
    /// A text that may be JSON.
    Text(Bytes),
    /// Bytes that are not a text.
    Binary(Bytes),
}

/// A message as it may be sent on.
#[derive(Debug)]
pub struct RewrittenMessage(Bytes);

/// Rewrites a message; what is done is noted in `account`. `others` lists the media types that may pass unread.
///
/// # Errors
/// When it must not be sent on in any form.
pub fn message(
    parts: &[Part],
    rules: &Rules<'_>,
    others: &[String],
    account: &mut Account,
) -> Result<RewrittenMessage, Refusal> {
    if media::is_silent(rules.plan) && !rules.touches_texts() {
        return Ok(unread(parts));
    }
    let parts = parts.iter().map(|part| part.rewrite(rules, others, account));
    parts.collect::<Result<Vec<_>, _>>().map(|parts| RewrittenMessage(joined(&parts)))
}

/// A message about whose direction no policy says anything.
pub fn unread(parts: &[Part]) -> RewrittenMessage {
    let parts: Vec<Bytes> = parts.iter().map(|part| part.bytes().clone()).collect();
    RewrittenMessage(joined(&parts))
}

impl RewrittenMessage {
    /// Its bytes, for what is sent on in something else.
    pub(super) fn into_bytes(self) -> Bytes {
        self.0
    }

    /// Clears the message for whoever sends it.
    pub fn clear(self, stamp: Stamp) -> Cleared<Bytes> {
        Cleared { message: self.0, stamp }
    }
}

impl Part {
    fn bytes(&self) -> &Bytes {
        match self {
            Self::Frame(bytes) | Self::Json(bytes) | Self::Text(bytes) | Self::Binary(bytes) => bytes,
        }
    }

    fn rewrite(&self, rules: &Rules<'_>, others: &[String], account: &mut Account) -> Result<Bytes, Refusal> {
        let bytes = self.bytes();
        let media_type = match self {
            Self::Frame(_) => return Ok(bytes.clone()),
            Self::Json(_) => "application/json",
            Self::Text(text) if is_json(text) => "application/json",
            Self::Text(_) => TEXT,
            Self::Binary(_) => BINARY,
        };
        match media::kind_of(media_type, rules.plan, others)? {
            BodyKind::Json => {
                match whole_json(bytes, None, rules, account) {
                    // Nothing would be withheld from it, so nobody need read it.
                    Err(Refusal::Unreadable { .. }) if media::is_silent(rules.plan) => Ok(bytes.clone()),
                    made => Ok(made?.map_or_else(|| bytes.clone(), Bytes::from)),
                }
            }
            BodyKind::Text => {
                Ok(plain::whole(bytes, rules, account)?.map_or_else(|| bytes.clone(), Bytes::from))
            }
            BodyKind::None
            | BodyKind::Form
            | BodyKind::Multipart
            | BodyKind::Events(_)
            | BodyKind::Unread => Ok(bytes.clone()),
        }
    }
}

/// Whether a text is JSON, or would be taken for it by somebody.
pub fn is_json(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text).trim_ascii();
    let is_scalar = || serde_json::from_slice::<serde_json::Value>(text).is_ok();
    matches!(text.first(), Some(b'{' | b'[' | b'"')) || is_scalar()
}

/// One part is handed on without a copy.
fn joined(parts: &[Bytes]) -> Bytes {
    if let [only] = parts {
        return only.clone();
    }
    let mut all = BytesMut::with_capacity(parts.iter().map(Bytes::len).sum());
    parts.iter().for_each(|part| all.extend_from_slice(part));
    all.freeze()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        complaint::Source,
        consent::Consent,
        policy::{Plan, Policy},
        rewrite::{Outside, leaf::Keys},
        signal::Signals,
    };

    const SPEAKING: &str = "data:\n  mail: {at: $..email, otherwise: drop}\n";

    fn rewritten(data: &str, parts: &[Part], others: &[&str]) -> Result<Bytes, Refusal> {
        let text = format!("policy: p\nversion: 1\nundeclared: forward\n{data}");
        let plan = Plan::new(Policy::parse(Source::new("p.yaml", text)).unwrap());
        let verdict = plan.verdict(&Consent::default(), &Signals::default(), Timestamp::UNIX_EPOCH, false);
        let rules = Rules {
            plan: &plan,
            verdict: &verdict,
            key: &Keys::new(&[0; 32]),
            max_depth: 128,
            outside: Outside::NOBODY,
        };
        let others: Vec<String> = others.iter().map(|other| (*other).to_owned()).collect();
        message(parts, &rules, &others, &mut Account::default()).map(|message| message.0)
    }

    fn text(text: &'static str) -> Part {
        Part::Text(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn documents_are_rewritten_and_what_is_around_them_stays() {
        let json = |text: &'static str| Part::Json(Bytes::from_static(text.as_bytes()));
        let frame = |text: &'static str| Part::Frame(Bytes::from_static(text.as_bytes()));
        let parts =
            [frame("42"), json(r#"["say",{"email":1,"a":2}]"#), frame("\u{1e}"), json(r#"{"email":1}"#)];
        assert_eq!(rewritten(SPEAKING, &parts, &[]).unwrap(), "42[\"say\",{\"a\":2}]\u{1e}{}");
    }

    #[test]
    fn what_can_not_be_read_passes_where_the_route_lists_it_or_the_policy_is_silent() {
        let binary = Part::Binary(Bytes::from_static(b"\xff"));
        for (part, media_type) in
            [(text("hello"), TEXT), (text(""), TEXT), (text("12 apples"), TEXT), (binary, BINARY)]
        {
            let parts = [part];
            assert!(matches!(rewritten(SPEAKING, &parts, &[]), Err(Refusal::MediaType(_))), "{parts:?}");
            assert_eq!(rewritten(SPEAKING, &parts, &[media_type]).unwrap(), parts[0].bytes());
            assert_eq!(rewritten("", &parts, &[]).unwrap(), parts[0].bytes());
        }
    }

    #[test]
    fn a_text_that_a_forgiving_reader_takes_for_json_is_json_or_refused() {
        for odd in
            ["{\"email\":1,}", " {email:1}", "\u{feff}{\"email\":1}", "[1,]", "\"x", "{\"a\":1,\"a\":2}"]
        {
            assert!(
                matches!(rewritten(SPEAKING, &[text(odd)], &[TEXT]), Err(Refusal::Unreadable { .. })),
                "{odd}"
            );
        }
        for plain in ["7", " true", "null "] {
            assert_eq!(rewritten(SPEAKING, &[text(plain)], &[]).unwrap(), plain);
        }
    }
}
