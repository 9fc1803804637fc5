//! A request in the form it has on the wire: target, host and framing.
//!
//! The rule: the target is what the request says, in origin-form over HTTP/1.1 (RFC 9112, section 3.2.1) and split
//! into pseudo-fields over HTTP/2; the host is the one in the target, else in `Host`; the length is the body's,
//! whatever the fields say. What would defeat it is a length left over from the body as it came: a backend would wait
//! for bytes that were withheld, or take the next request for them.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version,
    header::{CONNECTION, CONTENT_LENGTH, HOST, TE, TRAILER, TRANSFER_ENCODING},
    uri::{Authority, PathAndQuery},
};
use http_body::Body as _;

use super::{Address, HostField};
use crate::{
    message::{Body, hop},
    refusal::Refusal,
};

/// A tunnel would carry what nobody cleared.
pub(super) fn check(request: &Request<Body>) -> Result<(), Refusal> {
    if request.method() == Method::CONNECT {
        return Err(Refusal::Target("CONNECT asks for a tunnel"));
    }
    Ok(())
}

/// The request as HTTP/1.1 writes it. Whether it came in this form or the other makes no difference.
pub(super) fn for_http1(request: &mut Request<Body>, address: &Address, host: HostField) {
    if let Some(value) = host_value(request, address, host) {
        request.headers_mut().insert(HOST, value);
    }
    if request.uri().authority().is_some() {
        *request.uri_mut() = Uri::from(path(request.uri()));
    }
    *request.version_mut() = Version::HTTP_11;
    frame(request);
    chunk(request);
    // Whoever sends `TE` must name it as a field of this connection (RFC 9110, section 10.1.4).
    if request.headers().contains_key(TE) {
        request.headers_mut().insert(CONNECTION, HeaderValue::from_static("te"));
    }
}

/// The request as HTTP/2 writes it. Whether it came in this form or the other makes no difference.
pub(super) fn for_http2(request: &mut Request<Body>, address: &Address, host: HostField) {
    let authority = host_value(request, address, host)
        .as_ref()
        .or_else(|| request.headers().get(HOST))
        .and_then(|value| Authority::try_from(value.as_bytes()).ok())
        .unwrap_or_else(|| address.authority().clone());
    let target = Uri::builder()
        .scheme(address.scheme().clone())
        .authority(authority)
        .path_and_query(path(request.uri()))
        .build();
    if let Ok(target) = target {
        *request.uri_mut() = target;
    }
    *request.version_mut() = Version::HTTP_2;
    frame(request);
    let gone = [HOST, CONNECTION, TRANSFER_ENCODING];
    if request.headers().keys().any(|name| gone.contains(name)) {
        hop::keep(request.headers_mut(), |name| !gone.contains(name));
    }
}

/// What `Host` must be set to, if it is not that already.
fn host_value(request: &Request<Body>, address: &Address, host: HostField) -> Option<HeaderValue> {
    let said = request.headers().get(HOST);
    let wanted = match host {
        HostField::Upstream => address.authority().as_str(),
        HostField::Preserve => match request.uri().authority() {
            // What stands before an `@` is for the client only (RFC 9110, section 4.2.4).
            Some(authority) => authority.as_str().rsplit('@').next().unwrap_or_default(),
            None if said.is_some() => return None,
            None => address.authority().as_str(),
        },
    };
    if said.is_some_and(|said| said == wanted) { None } else { HeaderValue::from_str(wanted).ok() }
}

fn path(uri: &Uri) -> PathAndQuery {
    uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"))
}

/// The length is the body's. An existing field keeps its place among the others.
fn frame(request: &mut Request<Body>) {
    let length = request.body().size_hint().exact();
    let expected = matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH);
    let headers = request.headers_mut();
    let said = headers.get(CONTENT_LENGTH);
    match length {
        Some(length) if said.is_some() || (expected && length == 0) => {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        None if said.is_some() => hop::keep(headers, |name| name != CONTENT_LENGTH),
        Some(_) | None => {}
    }
}

/// Over HTTP/1.1 a body of unknown length, or with trailers, must be chunked; said here because otherwise a GET would
/// lose its body on the way, and any request its trailers.
fn chunk(request: &mut Request<Body>) {
    let trailers = request.body().trailers().map(names);
    let unknown = !request.body().is_end_stream() && request.body().size_hint().exact().is_none();
    if trailers.is_none() && !unknown {
        return;
    }
    let headers = request.headers_mut();
    headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    if let Some(names) = trailers {
        hop::keep(headers, |name| name != CONTENT_LENGTH);
        if !headers.contains_key(TRAILER)
            && let Ok(names) = HeaderValue::from_str(&names)
        {
            headers.insert(TRAILER, names);
        }
    }
}

fn names(trailers: &HeaderMap) -> String {
    trailers.keys().map(HeaderName::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, uri: &str, fields: &[(&str, &str)], body: Body) -> Request<Body> {
        let mut builder = Request::builder().method(method).uri(uri);
        for (name, value) in fields {
            builder = builder.header(*name, *value);
        }
        builder.body(body).unwrap()
    }

    fn shown(request: &Request<Body>) -> String {
        let fields =
            request.headers().iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
        format!("{} | {}", request.uri(), fields.collect::<Vec<_>>().join(", "))
    }

    fn address() -> Address {
        "http://bot:5005".parse().unwrap()
    }

    #[test]
    fn a_request_is_the_same_on_the_wire_in_whichever_form_it_came() {
        for (uri, fields) in [
            ("/chat?a=1", &[("host", "shop.test"), ("accept", "*/*")][..]),
            ("https://shop.test/chat?a=1", &[("host", "shop.test"), ("accept", "*/*")]),
            ("https://me@shop.test/chat?a=1", &[("host", "other.test"), ("accept", "*/*")]),
        ] {
            let mut sent = request("GET", uri, fields, Body::empty());
            for_http1(&mut sent, &address(), HostField::Preserve);
            assert_eq!(shown(&sent), "/chat?a=1 | host: shop.test, accept: */*");
            for_http2(&mut sent, &address(), HostField::Preserve);
            assert_eq!(shown(&sent), "http://shop.test/chat?a=1 | accept: */*");
            for_http1(&mut sent, &address(), HostField::Preserve);
            assert_eq!(shown(&sent), "/chat?a=1 | accept: */*, host: shop.test");
        }
    }

    #[test]
    fn the_backend_is_told_its_own_host_where_that_is_asked_for() {
        let mut sent = request("GET", "/", &[("host", "shop.test")], Body::empty());
        for_http1(&mut sent, &address(), HostField::Upstream);
        assert_eq!(shown(&sent), "/ | host: bot:5005");
    }

    #[test]
    fn the_length_is_the_bodys_whatever_the_fields_say() {
        let mut shorter = request("POST", "/", &[("content-length", "99"), ("a", "1")], Body::whole("abc"));
        for_http1(&mut shorter, &address(), HostField::Upstream);
        assert_eq!(shown(&shorter), "/ | content-length: 3, a: 1, host: bot:5005");
        let mut emptied = request("GET", "/", &[("content-length", "99")], Body::empty());
        for_http1(&mut emptied, &address(), HostField::Upstream);
        assert_eq!(shown(&emptied), "/ | content-length: 0, host: bot:5005");
    }

    #[test]
    fn trailers_are_announced_so_that_they_arrive() {
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", HeaderValue::from_static("1"));
        let body = Body::with_trailers("abc".into(), Some(trailers));
        let mut sent = request("POST", "/", &[("content-length", "3")], body);
        for_http1(&mut sent, &address(), HostField::Upstream);
        assert_eq!(shown(&sent), "/ | host: bot:5005, transfer-encoding: chunked, trailer: x-sum");
    }

    #[test]
    fn no_tunnel_is_opened() {
        assert!(check(&request("CONNECT", "shop.test:443", &[], Body::empty())).is_err());
    }
}
