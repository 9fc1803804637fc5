//! Fields that belong to one connection and must not travel further (RFC 9110, section 7.6.1).
//!
//! The rule: `Connection`, every field it names, and the fields below never cross, in either direction; every other
//! field stays, in its order. What would defeat it is `Connection: host` or `Connection: content-length`: what frames
//! and addresses the message can't be named away. These functions are idempotent: strip early, so that a client can't
//! name away a field that is added later, and again at the door.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{ALT_SVC, CONNECTION, CONTENT_LENGTH, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE},
};
use http_body::Frame;
use smallvec::SmallVec;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Never forwarded, whether `Connection` names them or not.
const ONE_HOP: [HeaderName; 6] = [CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, TE, TRANSFER_ENCODING, UPGRADE];

/// Never forwarded on the way back: an alternative service would lead the client past this proxy (RFC 7838).
const REPLY_ONLY: [HeaderName; 1] = [ALT_SVC];

/// Never removed because `Connection` names them.
const UNNAMEABLE: [HeaderName; 3] = [HOST, CONTENT_LENGTH, TRAILER];

/// Takes the one-hop fields out of a request; `TE: trailers` stays, as trailers do pass here (section 10.1.4).
pub fn strip_request(headers: &mut HeaderMap) {
    if !holds_any(headers, &ONE_HOP) {
        return;
    }
    let trailers = headers.get_all(TE).iter().any(accepts_trailers);
    remove(headers, &[]);
    if trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
}

/// Takes the one-hop fields and `Alt-Svc` out of a reply.
pub fn strip_reply(headers: &mut HeaderMap) {
    if holds_any(headers, &ONE_HOP) || holds_any(headers, &REPLY_ONLY) {
        remove(headers, &REPLY_ONLY);
    }
}

/// How long the peer says it keeps an unused connection: `Keep-Alive: timeout=5`.
pub fn keep_alive_seconds(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(KEEP_ALIVE)?.to_str().ok()?;
    let (_, seconds) =
        text.split(',').filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim() == "timeout")?;
    seconds.trim().parse().ok()
}

/// Keeps the fields that `stays` names, in their order: [`HeaderMap::remove`] would move the last field into the gap.
pub(crate) fn keep(headers: &mut HeaderMap, stays: impl Fn(&HeaderName) -> bool) {
    let old = std::mem::take(headers);
    headers.reserve(old.keys_len());
    let mut current = None;
    for (name, value) in old {
        if name.is_some() {
            current = name.filter(&stays);
        }
        if let Some(name) = &current {
            headers.append(name, value);
        }
    }
}

/// The same frame; if it carries trailers, without those that belong to one connection.
pub(super) fn clean_trailers(mut frame: Frame<Bytes>) -> Frame<Bytes> {
    if let Some(fields) = frame.trailers_mut()
        && holds_any(fields, &ONE_HOP)
    {
        remove(fields, &[]);
    }
    frame
}

fn holds_any(headers: &HeaderMap, names: &[HeaderName]) -> bool {
    headers.keys().any(|name| names.contains(name))
}

fn remove(headers: &mut HeaderMap, also: &[HeaderName]) {
    let named = named_by_connection(headers);
    keep(headers, |name| !(ONE_HOP.contains(name) || also.contains(name) || named.contains(name)));
}

fn named_by_connection(headers: &HeaderMap) -> SmallVec<[HeaderName; 2]> {
    headers
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .filter(|name| !UNNAMEABLE.contains(name))
        .collect()
}

fn accepts_trailers(value: &HeaderValue) -> bool {
    value.as_bytes().split(|&byte| byte == b',').any(|item| {
        let name = item.split(|&byte| byte == b';').next().unwrap_or_default();
        name.trim_ascii().eq_ignore_ascii_case(b"trailers")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Fields<'a> = &'a [(&'a str, &'a str)];

    fn map(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    fn listed(headers: &HeaderMap) -> Vec<(&str, &str)> {
        headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect()
    }

    #[test]
    fn fields_of_one_connection_do_not_travel_further() {
        let table: [(Fields<'_>, Fields<'_>); 6] = [
            (&[("host", "a"), ("accept", "*/*")], &[("host", "a"), ("accept", "*/*")]),
            (
                &[
                    ("connection", "keep-alive, X-One"),
                    ("x-one", "1"),
                    ("keep-alive", "timeout=5"),
                    ("a", "1"),
                ],
                &[("a", "1")],
            ),
            (
                &[("upgrade", "websocket"), ("connection", "upgrade"), ("b", "1"), ("a", "2")],
                &[("b", "1"), ("a", "2")],
            ),
            (&[("te", "gzip, Trailers;q=1"), ("a", "1")], &[("a", "1"), ("te", "trailers")]),
            (&[("te", "gzip"), ("transfer-encoding", "chunked"), ("proxy-connection", "close")], &[]),
            (
                &[("connection", "host, content-length"), ("host", "a"), ("content-length", "3")],
                &[("host", "a"), ("content-length", "3")],
            ),
        ];
        for (sent, arrives) in table {
            let sent: Vec<_> = sent.iter().map(|&(name, value)| (leak(name), leak(value))).collect();
            let mut headers = map(&sent);
            strip_request(&mut headers);
            assert_eq!(listed(&headers), arrives);
        }
    }

    fn leak(text: &str) -> &'static str {
        Box::leak(text.to_owned().into_boxed_str())
    }

    #[test]
    fn the_other_fields_keep_their_order_and_their_repetitions() {
        let mut headers = map(&[
            ("a", "1"),
            ("connection", "close"),
            ("b", "2"),
            ("set-cookie", "x"),
            ("set-cookie", "y"),
            ("c", "3"),
        ]);
        strip_reply(&mut headers);
        let expected = [("a", "1"), ("b", "2"), ("set-cookie", "x"), ("set-cookie", "y"), ("c", "3")];
        assert_eq!(listed(&headers), expected);
    }

    #[test]
    fn a_reply_does_not_lead_the_client_past_the_proxy() {
        let mut headers = map(&[("alt-svc", "h3=\":443\""), ("a", "1")]);
        strip_reply(&mut headers);
        assert_eq!(listed(&headers), [("a", "1")]);
    }

    #[test]
    fn the_time_a_peer_keeps_a_connection_is_read() {
        assert_eq!(keep_alive_seconds(&map(&[("keep-alive", "timeout=5, max=100")])), Some(5));
        assert_eq!(keep_alive_seconds(&map(&[("keep-alive", "max=100")])), None);
        assert_eq!(keep_alive_seconds(&map(&[])), None);
    }
}
