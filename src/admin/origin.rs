//! Whose page asks.
//!
//! The rule: what is sent with `POST` comes from our own pages, or from no browser at all. A browser says in `Sec-Fetch-Site` (W3C
//! Fetch Metadata) or `Origin` (RFC 6454) whose page asks; a request that says it is another's is refused, and one that
//! says nothing is refused where the proof is a cookie. What would defeat it: taking the host's other ports for us (`same-site`),
//! so only `same-origin` passes.

use http::{
    HeaderMap, HeaderName,
    header::{HOST, ORIGIN},
    request::Parts,
};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whose page asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// One of ours.
    Ours,
    /// It doesn't say: programs don't.
    Unsaid,
    /// Somebody else's.
    Theirs,
}

impl Origin {
    /// As the request says.
    pub(super) fn of(head: &Parts, tls: bool) -> Self {
        let (Ok(site), Ok(origin)) = (only(&head.headers, &FETCH_SITE), only(&head.headers, &ORIGIN)) else {
            return Self::Theirs;
        };
        let said_ours = |origin: &[u8]| ours(head, tls).is_some_and(|ours| ours.as_bytes() == origin);
        match (site, origin) {
            (_, Some(origin)) if !said_ours(origin) => Self::Theirs,
            (Some(b"same-origin"), _) | (None, Some(_)) => Self::Ours,
            (Some(_), _) => Self::Theirs,
            (None, None) => Self::Unsaid,
        }
    }
}

/// Our origin, as the request names us.
fn ours(head: &Parts, tls: bool) -> Option<String> {
    let host = only(&head.headers, &HOST).ok()?.and_then(|host| std::str::from_utf8(host).ok());
    let authority = head.uri.authority().map(|authority| authority.as_str()).or(host)?;
    Some(format!("{}://{}", if tls { "https" } else { "http" }, authority.to_ascii_lowercase()))
}

/// The header's value, if it is there once or not at all.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a [u8]>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value.map(|value| value.as_bytes())),
        (_, Some(_)) => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn only_our_own_origin_is_ours() {
        let said = |fields: &[(&str, &str)]| {
            let mut request = Request::post("/sign-in").header("host", "proxy.test:9464");
            for (name, value) in fields {
                request = request.header(*name, *value);
            }
            Origin::of(&request.body(()).unwrap().into_parts().0, true)
        };
        let (site, origin) = ("sec-fetch-site", "origin");
        assert_eq!(said(&[]), Origin::Unsaid);
        assert_eq!(said(&[(site, "same-origin")]), Origin::Ours);
        assert_eq!(said(&[(origin, "https://proxy.test:9464")]), Origin::Ours);
        for theirs in [
            &[(site, "cross-site")][..],
            &[(site, "same-site")],
            &[(site, "none")],
            &[(origin, "https://proxy.test")],
            &[(origin, "http://proxy.test:9464")],
            &[(origin, "https://evil.test")],
            &[(origin, "null")],
            &[(site, "same-origin"), (origin, "https://evil.test")],
            &[(site, "same-origin"), (site, "cross-site")],
            &[(origin, "https://proxy.test:9464"), (site, "same-site")],
        ] {
            assert_eq!(said(theirs), Origin::Theirs, "{theirs:?}");
        }
    }
}
