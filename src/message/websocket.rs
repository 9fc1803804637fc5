//! The opening handshake of a WebSocket (RFC 6455, section 4; RFC 8441 over HTTP/2) and its one extension (RFC 7692).
//!
//! The rule: a handshake is made anew on each side. What one side asked for in `Connection`, `Upgrade` and the
//! `Sec-WebSocket-*` fields never crosses, but for `Sec-WebSocket-Protocol`, which bot and client agree on. What would defeat
//! it is a request that only looks like a handshake, so everything that section 4.2.1 demands is demanded; any other
//! upgrade is none, and its fields are stripped like those of every request.

use std::fmt;

use aws_lc_rs::{digest, rand};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Version,
    header::{
        CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
        UPGRADE,
    },
    request::Parts,
};
use hyper::ext::Protocol;

use super::hop;

/// What the accept value is made with (RFC 6455, section 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const DEFLATE: &str = "permessage-deflate";
/// Fields of one side's handshake.
const ONE_SIDE: [HeaderName; 4] =
    [SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_ACCEPT];
/// Window sizes that can be kept to, as powers of two. 8 is one that the usual library can't.
const WINDOWS: std::ops::RangeInclusive<u8> = 9..=15;

/// A client's handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// What the answer is made of; none over HTTP/2, where none is needed.
    pub key: Option<HeaderValue>,
    /// How messages may be compressed, if the client offers what can be kept to.
    pub deflate: Option<Deflate>,
}

/// What is agreed about compressing messages (RFC 7692, section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deflate {
    /// Whether the server begins each message with an empty window.
    server_fresh: bool,
    /// Whether the client does.
    client_fresh: bool,
    /// The server's window, as a power of two.
    server_window: Option<u8>,
}

impl Handshake {
    /// Takes a client's handshake out of the head, which is an ordinary `GET` from then on; none where it is no handshake.
    pub fn take(head: &mut Parts) -> Option<Self> {
        let over_http2 = head.method == Method::CONNECT
            && head.extensions.get::<Protocol>().is_some_and(|protocol| protocol.as_str() == "websocket");
        let over_http1 = head.method == Method::GET && asks_to_upgrade(head);
        if !over_http1 && !over_http2 {
            return None;
        }
        let key = only(&head.headers, &SEC_WEBSOCKET_KEY).cloned();
        let version = only(&head.headers, &SEC_WEBSOCKET_VERSION)?;
        if version != "13" || !over_http2 && !key.as_ref().is_some_and(is_key) {
            return None;
        }
        head.method = Method::GET;
        head.extensions.remove::<Protocol>();
        let deflate = offers(&head.headers).find_map(Deflate::accepting);
        strip(&mut head.headers);
        Some(Self { key: key.filter(|_| !over_http2), deflate })
    }

    /// The fields of the answer to the client.
    pub fn answer(&self, headers: &mut HeaderMap) {
        if let Some(key) = &self.key {
            headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(SEC_WEBSOCKET_ACCEPT, accept(key));
        }
        if let Some(value) = self.deflate.and_then(Deflate::value) {
            headers.insert(SEC_WEBSOCKET_EXTENSIONS, value);
        }
    }
}

/// Our own handshake with a bot.
#[derive(Clone, Debug)]
pub struct Opening {
    key: HeaderValue,
    deflate: bool,
}

impl Opening {
    /// A handshake with a new key; `deflate` is whether to offer compression.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn new(deflate: bool) -> Result<Self, aws_lc_rs::error::Unspecified> {
        let mut nonce = [0; 16];
        rand::fill(&mut nonce)?;
        let key = HeaderValue::try_from(STANDARD.encode(nonce)).map_err(|_| aws_lc_rs::error::Unspecified)?;
        Ok(Self { key, deflate })
    }

    /// The fields of the request over HTTP/1.1.
    pub fn ask_http1(&self, headers: &mut HeaderMap) {
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_KEY, self.key.clone());
        self.ask_http2(headers);
    }

    /// The fields of the request over HTTP/2.
    pub fn ask_http2(&self, headers: &mut HeaderMap) {
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        let offer = Deflate { server_fresh: true, client_fresh: true, server_window: None };
        if let Some(offer) = Some(offer).filter(|_| self.deflate).and_then(Deflate::value) {
            headers.insert(SEC_WEBSOCKET_EXTENSIONS, offer);
        }
    }

    /// What is agreed, taken out of an answer that takes up the handshake.
    ///
    /// # Errors
    /// When the answer is not one to this handshake (section 4.1): with words about why.
    pub fn agreed(&self, headers: &mut HeaderMap, over_http2: bool) -> Result<Option<Deflate>, &'static str> {
        if !over_http2 {
            let upgrade = only(headers, &UPGRADE);
            if !upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket")) {
                return Err("it changes to another protocol");
            }
            if only(headers, &SEC_WEBSOCKET_ACCEPT) != Some(&accept(&self.key)) {
                return Err("its `Sec-WebSocket-Accept` does not answer our key");
            }
        }
        let deflate =
            self.extension(headers).map_err(|()| "it agrees to an extension that was not offered")?;
        strip(headers);
        Ok(deflate)
    }

    fn extension(&self, headers: &HeaderMap) -> Result<Option<Deflate>, ()> {
        let mut answers = offers(headers);
        match (answers.next(), answers.next()) {
            (None, _) => Ok(None),
            (Some(answer), None) if self.deflate => Deflate::answered(answer).map(Some),
            (Some(_), _) => Err(()),
        }
    }
}

impl Deflate {
    /// What we answer to an offer that can be kept to. Each message begins with an empty window, so that a socket that
    /// is silent keeps none.
    fn accepting(offer: &str) -> Option<Self> {
        let mut agreed = Self { server_fresh: true, client_fresh: true, server_window: None };
        for parameter in Self::parameters(offer)? {
            match parameter {
                ("server_no_context_takeover" | "client_no_context_takeover", None) => {}
                ("client_max_window_bits", _) => {}
                ("server_max_window_bits", Some(bits)) => agreed.server_window = Some(window(bits)?),
                _ => return None,
            }
        }
        Some(agreed)
    }

    /// What a server made of our offer.
    fn answered(answer: &str) -> Result<Self, ()> {
        let mut agreed = Self { server_fresh: false, client_fresh: false, server_window: None };
        for parameter in Self::parameters(answer).ok_or(())? {
            match parameter {
                ("server_no_context_takeover", None) => agreed.server_fresh = true,
                ("client_no_context_takeover", None) => agreed.client_fresh = true,
                ("server_max_window_bits", Some(bits)) => {
                    agreed.server_window = Some(window(bits).ok_or(())?)
                }
                _ => return Err(()),
            }
        }
        Ok(agreed)
    }

    /// The parameters of an offer or answer of this extension; none where it is of another, or one stands twice.
    fn parameters(text: &str) -> Option<Vec<(&str, Option<&str>)>> {
        let mut parts = text.split(';').map(str::trim);
        parts.next().filter(|name| *name == DEFLATE)?;
        let mut all: Vec<(&str, Option<&str>)> = Vec::new();
        for part in parts {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
                None => (part, None),
            };
            if all.iter().any(|(known, _)| *known == name) {
                return None;
            }
            all.push((name, value));
        }
        Some(all)
    }

    fn value(self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.to_string()).ok()
    }
}

impl fmt::Display for Deflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(DEFLATE)?;
        if self.server_fresh {
            f.write_str("; server_no_context_takeover")?;
        }
        if self.client_fresh {
            f.write_str("; client_no_context_takeover")?;
        }
        self.server_window.map_or(Ok(()), |bits| write!(f, "; server_max_window_bits={bits}"))
    }
}

fn window(bits: &str) -> Option<u8> {
    bits.parse().ok().filter(|bits| WINDOWS.contains(bits))
}

fn asks_to_upgrade(head: &Parts) -> bool {
    head.version == Version::HTTP_11
        && names(&head.headers, &UPGRADE, b"websocket")
        && names(&head.headers, &CONNECTION, b"upgrade")
}

/// Whether a list field names something, in any case.
fn names(headers: &HeaderMap, field: &HeaderName, wanted: &[u8]) -> bool {
    let mut items =
        headers.get_all(field).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    items.any(|item| item.trim_ascii().eq_ignore_ascii_case(wanted))
}

/// Sixteen bytes in base64.
fn is_key(value: &HeaderValue) -> bool {
    STANDARD.decode(value.as_bytes()).is_ok_and(|nonce| nonce.len() == 16)
}

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

fn accept(key: &HeaderValue) -> HeaderValue {
    let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    context.update(key.as_bytes());
    context.update(GUID.as_bytes());
    let text = STANDARD.encode(context.finish());
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn offers(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(SEC_WEBSOCKET_EXTENSIONS).iter();
    lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(',')).map(str::trim)
}

fn strip(headers: &mut HeaderMap) {
    hop::keep(headers, |name| !ONE_SIDE.contains(name));
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const ASKED: [(&str, &str); 5] = [
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "WebSocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-protocol", "chat"),
    ];

    fn head(fields: &[(&str, &str)]) -> Parts {
        let mut builder = Request::get("/chat");
        for (name, value) in fields {
            builder = builder.header(*name, *value);
        }
        builder.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_handshake_is_answered_as_the_rfc_answers_it() {
        let mut head = head(&ASKED);
        let handshake = Handshake::take(&mut head).unwrap();
        assert_eq!(head.headers.keys().count(), 3, "connection and upgrade are left to be stripped as ever");
        let mut answer = HeaderMap::new();
        handshake.answer(&mut answer);
        assert_eq!(answer[SEC_WEBSOCKET_ACCEPT], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn what_only_looks_like_a_handshake_is_none() {
        for (name, value) in [
            ("connection", "close"),
            ("upgrade", "h2c"),
            ("sec-websocket-version", "8"),
            ("sec-websocket-key", "c2hvcnQ="),
        ] {
            let fields = ASKED.map(|field| if field.0 == name { (name, value) } else { field });
            assert_eq!(Handshake::take(&mut head(&fields)), None, "{name}: {value}");
            let twice = [&ASKED[..], &[(name, value)]].concat();
            let more = Handshake::take(&mut head(&twice));
            assert_eq!(more.is_some(), matches!(name, "connection" | "upgrade"), "{name} twice");
        }
        let mut post = head(&ASKED);
        post.method = Method::POST;
        assert_eq!(Handshake::take(&mut post), None);
    }

    #[test]
    fn the_first_offer_that_can_be_kept_to_is_agreed_to() {
        const FRESH: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
        for (offer, agreed) in [
            ("permessage-deflate", Some(FRESH.to_owned())),
            ("permessage-deflate; client_max_window_bits", Some(FRESH.to_owned())),
            (
                "permessage-deflate; server_max_window_bits=\"10\"",
                Some(format!("{FRESH}; server_max_window_bits=10")),
            ),
            ("permessage-deflate; server_max_window_bits=8, permessage-deflate", Some(FRESH.to_owned())),
            ("x-webkit-deflate-frame, permessage-deflate", Some(FRESH.to_owned())),
            ("permessage-deflate; what=1", None),
            ("permessage-deflate; server_max_window_bits", None),
            ("permessage-deflate; client_max_window_bits; client_max_window_bits", None),
            ("permessage-bzip2", None),
        ] {
            let mut head = head(&[&ASKED[..], &[("sec-websocket-extensions", offer)]].concat());
            let deflate = Handshake::take(&mut head).unwrap().deflate;
            assert_eq!(deflate.map(|deflate| deflate.to_string()), agreed, "{offer}");
        }
    }

    fn agreed(offered: bool, fields: &[(&'static str, &str)]) -> Result<Option<String>, &'static str> {
        let opening = Opening::new(offered).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept(&opening.key));
        for (name, value) in fields {
            headers.insert(*name, value.parse().unwrap());
        }
        opening.agreed(&mut headers, false).map(|deflate| deflate.map(|deflate| deflate.to_string()))
    }

    #[test]
    fn an_answer_must_be_one_to_our_own_handshake() {
        let extensions = |value| ("sec-websocket-extensions", value);
        assert_eq!(agreed(true, &[]), Ok(None));
        let compressed = "permessage-deflate; server_no_context_takeover";
        assert_eq!(agreed(true, &[extensions(compressed)]), Ok(Some(compressed.to_owned())));
        for fields in [
            ("upgrade", "h2c"),
            ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            extensions("permessage-bzip2"),
            extensions("permessage-deflate; client_max_window_bits=9"),
            extensions("permessage-deflate, permessage-deflate"),
        ] {
            assert!(agreed(true, &[fields]).is_err(), "{fields:?}");
        }
        assert!(agreed(false, &[extensions("permessage-deflate")]).is_err(), "not offered");
    }

    #[test]
    fn no_two_handshakes_have_one_key() {
        assert_ne!(Opening::new(false).unwrap().key, Opening::new(false).unwrap().key);
    }
}
