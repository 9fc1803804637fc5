//! Whose page asks.
//!
//! The rule: what changes something comes from the desk's own pages, or from no browser at all. A browser says in `Sec-Fetch-Site`
//! (W3C Fetch Metadata) or `Origin` (RFC 6454) whose page asks; a request that says it is another's is refused, whoever it
//! is of, and one that says nothing is refused where the proof is a cookie. What would defeat it: taking the host's other ports for
//! the desk (`same-site`), so only `same-origin` passes.

use http::{
    HeaderMap, HeaderName,
    header::{HOST, ORIGIN},
    request::Parts,
};

use super::{entering::Visitor, place::Place, problem::Problem};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

impl Place {
    /// Refuses a request from another site's page.
    pub(super) fn is_asked_from_here(&self, headers: &HeaderMap) -> Result<Option<()>, Problem> {
        let only = |name: HeaderName| {
            let mut values = headers.get_all(name).iter();
            match (values.next(), values.next()) {
                (value, None) => Ok(value.map(|value| value.as_bytes())),
                (_, Some(_)) => Err(Problem::CrossSite),
            }
        };
        let (site, origin) = (only(FETCH_SITE)?, only(ORIGIN)?);
        if origin.is_some_and(|origin| origin != self.origin.as_bytes()) {
            return Err(Problem::CrossSite);
        }
        match site {
            Some(b"same-origin") => Ok(Some(())),
            Some(_) => Err(Problem::CrossSite),
            None => Ok(origin.map(|_| ())),
        }
    }

    /// Refuses a change that another site's page asks for, or might.
    pub(super) fn may_change(&self, headers: &HeaderMap, visitor: &Visitor) -> Result<(), Problem> {
        match self.is_asked_from_here(headers)? {
            None if visitor.by_cookie => Err(Problem::CrossSite),
            _ => Ok(()),
        }
    }

    /// Refuses a request for another host: a page elsewhere could have had its own name lead to us.
    pub(super) fn is_asked(&self, head: &Parts) -> Result<(), Problem> {
        let authority = head.uri.authority().map(|authority| authority.as_str());
        let mut hosts = head.headers.get_all(HOST).iter();
        let (host, another) = (hosts.next().and_then(|host| host.to_str().ok()), hosts.next());
        let asked = authority.or(host).filter(|_| another.is_none()).ok_or(Problem::Misdirected)?;
        let name = match asked.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => asked,
        };
        if name.eq_ignore_ascii_case(&self.host) { Ok(()) } else { Err(Problem::Misdirected) }
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;
    use crate::subject::{Standing, Subject};

    #[test]
    fn a_change_is_asked_for_from_the_desks_own_pages_or_by_a_program_that_shows_no_cookie() {
        let place = Place::read("https://desk.test:8445/").unwrap();
        let changes = |by_cookie, fields: &[(&str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in fields {
                headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
            }
            let subject = Subject::new("login", "ada", Standing::Proven);
            place.may_change(&headers, &Visitor { subject, bound: [0; 32], by_cookie }).is_ok()
        };
        let (site, origin) = ("sec-fetch-site", "origin");
        for by_cookie in [false, true] {
            assert!(changes(by_cookie, &[(site, "same-origin")]));
            assert!(changes(by_cookie, &[(origin, "https://desk.test:8445")]));
            assert!(changes(by_cookie, &[(site, "same-origin"), (origin, "https://desk.test:8445")]));
            for foreign in ["cross-site", "same-site", "none", "Same-Origin"] {
                assert!(!changes(by_cookie, &[(site, foreign)]), "{foreign}");
            }
            for foreign in ["https://desk.test", "http://desk.test:8445", "null", "https://evil.test"] {
                assert!(!changes(by_cookie, &[(origin, foreign)]), "{foreign}");
                assert!(!changes(by_cookie, &[(site, "same-origin"), (origin, foreign)]), "{foreign}");
            }
            assert!(!changes(by_cookie, &[(site, "same-origin"), (site, "cross-site")]));
        }
        assert!(!changes(true, &[]));
        assert!(changes(false, &[]));
    }

    #[test]
    fn a_request_names_the_desk() {
        let place = Place::read("https://desk.test:8445/").unwrap();
        let asked = |uri: &str, hosts: &[&str]| {
            let mut request = Request::get(uri);
            for host in hosts {
                request = request.header(HOST, *host);
            }
            place.is_asked(&request.body(()).unwrap().into_parts().0).is_ok()
        };
        assert!(
            asked("/", &["desk.test:8445"])
                && asked("/", &["DESK.test"])
                && asked("https://desk.test:1/", &[])
        );
        assert!(!asked("/", &["evil.test"]) && !asked("/", &[]) && !asked("/", &["desk.test", "desk.test"]));
        assert!(!asked("https://evil.test/", &["desk.test"]));
    }
}
