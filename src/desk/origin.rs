//! Whose page asks.
//!
//! The rule: what changes something comes from the desk's own pages, or from no browser at all. A request that says it is another's
//! page's is refused, whoever it is of, and one that says nothing is refused where the proof is a cookie. [`crate::origin`] says whose
//! page it is. What would defeat it: an origin that the desk shares with somebody.

use http::{HeaderMap, header::HOST, request::Parts};

use super::{entering::Visitor, place::Place, problem::Problem};
use crate::origin::Asker;

impl Place {
    /// Refuses a request from another site's page; says whether it came from ours.
    pub(super) fn is_asked_from_here(&self, headers: &HeaderMap) -> Result<Asker, Problem> {
        match Asker::of(headers, |origin| origin == self.origin.as_bytes()) {
            Asker::Theirs => Err(Problem::CrossSite),
            asker @ (Asker::Ours | Asker::Unsaid) => Ok(asker),
        }
    }

    /// Refuses a change that another site's page asks for, or might.
    pub(super) fn may_change(&self, headers: &HeaderMap, visitor: &Visitor) -> Result<(), Problem> {
        match self.is_asked_from_here(headers)? {
            Asker::Unsaid if visitor.by_cookie => Err(Problem::CrossSite),
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
    use http::{HeaderName, Request};

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
