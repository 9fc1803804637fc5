//! Whose page asks the operator's listener.
//!
//! The rule: what is sent with `POST` comes from our own pages, or from no browser at all; one that says nothing is refused where the
//! proof is a cookie. [`crate::origin`] says whose page it is. What would defeat it: an origin of ours that is not the one by
//! which the request names us.

use http::{header::HOST, request::Parts};

use crate::origin::{Asker, only};

/// Whose page asks.
pub(super) fn asker(head: &Parts, tls: bool) -> Asker {
    Asker::of(&head.headers, |origin| ours(head, tls).is_some_and(|ours| ours.as_bytes() == origin))
}

/// Our origin, as the request names us.
fn ours(head: &Parts, tls: bool) -> Option<String> {
    let host = only(&head.headers, &HOST).ok()?.and_then(|host| std::str::from_utf8(host).ok());
    let authority = head.uri.authority().map(|authority| authority.as_str()).or(host)?;
    Some(format!("{}://{}", if tls { "https" } else { "http" }, authority.to_ascii_lowercase()))
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
            asker(&request.body(()).unwrap().into_parts().0, true)
        };
        let (site, origin) = ("sec-fetch-site", "origin");
        assert_eq!(said(&[]), Asker::Unsaid);
        assert_eq!(said(&[(site, "same-origin")]), Asker::Ours);
        assert_eq!(said(&[(origin, "https://proxy.test:9464")]), Asker::Ours);
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
            assert_eq!(said(theirs), Asker::Theirs, "{theirs:?}");
        }
    }
}
