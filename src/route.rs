//! Which route a request takes.
//!
//! The rule: the most specific route takes a request, and a request that could be read as two (dot segments, empty
//! segments, encoded slashes, a second host) takes none. What would defeat it is a backend that tidies a path after we
//! chose by it, so that a path under an open route becomes one under a guarded one.

mod pattern;
mod target;

use std::{collections::HashMap, ops::Range, sync::Arc};

use http::{Method, request::Parts};

pub use pattern::{Pattern, PatternFault};

use crate::refusal::Refusal;

/// The named segments of a path, with their places in it.
pub type Segments = Vec<(Arc<str>, Range<usize>)>;

/// All routes, ready to be chosen from.
#[derive(Debug)]
pub struct Routes<R> {
    hosts: HashMap<String, Vec<Listed<R>>>,
    /// `*.example.com`, by what follows the star.
    families: HashMap<String, Vec<Listed<R>>>,
    anywhere: Vec<Listed<R>>,
}

/// A route and what it takes.
#[derive(Debug)]
struct Listed<R> {
    pattern: Pattern,
    methods: Vec<Method>,
    route: Arc<R>,
}

/// What a route takes.
#[derive(Clone, Debug)]
pub struct Takes {
    /// The host name; `*.` and a name for every name below it; none for any.
    pub host: Option<String>,
    /// The path.
    pub pattern: Pattern,
    /// The methods; none for all.
    pub methods: Vec<Method>,
}

impl<R> Routes<R> {
    /// Makes the table.
    pub fn new(routes: impl IntoIterator<Item = (Takes, Arc<R>)>) -> Self {
        let mut table = Self { hosts: HashMap::new(), families: HashMap::new(), anywhere: Vec::new() };
        for (takes, route) in routes {
            let list = match takes.host.as_deref().map(|host| (host.strip_prefix("*."), host)) {
                None => &mut table.anywhere,
                Some((Some(family), _)) => table.families.entry(family.to_ascii_lowercase()).or_default(),
                Some((None, host)) => table.hosts.entry(host.to_ascii_lowercase()).or_default(),
            };
            list.push(Listed { pattern: takes.pattern, methods: takes.methods, route });
        }
        let lists = table.hosts.values_mut().chain(table.families.values_mut());
        for list in lists.chain([&mut table.anywhere]) {
            list.sort_by_key(|listed| std::cmp::Reverse(listed.pattern.specificity()));
        }
        table
    }

    /// The route that a request takes; `server_name` is what the TLS handshake asked for.
    ///
    /// # Errors
    /// When there is none, or the request can be read in two ways.
    pub fn find(&self, head: &Parts, server_name: Option<&str>) -> Result<(&Arc<R>, Segments), Refusal> {
        let host = target::host(head)?;
        let path = target::path(head)?;
        if let (Some(asked), Some(host)) = (server_name, &host)
            && asked != host
        {
            return Err(Refusal::Misdirected);
        }
        let mut allowed: Vec<&Method> = Vec::new();
        for listed in self.lists(host.as_deref()).into_iter().flatten().flatten() {
            let Some(segments) = listed.pattern.matches(path) else { continue };
            if listed.methods.is_empty() || listed.methods.contains(&head.method) {
                return Ok((&listed.route, segments));
            }
            allowed
                .extend(listed.methods.iter().filter(|method| !allowed.contains(method)).collect::<Vec<_>>());
        }
        if allowed.is_empty() {
            return Err(Refusal::NoRoute);
        }
        let allowed: Vec<&str> = allowed.into_iter().map(Method::as_str).collect();
        Err(Refusal::Method(allowed.join(", ")))
    }

    /// All routes, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Arc<R>> {
        let lists = self.hosts.values().chain(self.families.values()).chain([&self.anywhere]);
        lists.flatten().map(|listed| &listed.route)
    }

    /// The lists that can hold a route for this host, the most specific first.
    fn lists(&self, host: Option<&str>) -> [Option<&Vec<Listed<R>>>; 3] {
        let family =
            host.and_then(|host| host.split_once('.')).and_then(|(_, family)| self.families.get(family));
        [host.and_then(|host| self.hosts.get(host)), family, Some(&self.anywhere)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes<&'static str> {
        let take = |host: Option<&str>, pattern, methods: &[Method], name| {
            let takes = Takes { host: host.map(str::to_owned), pattern, methods: methods.to_vec() };
            (takes, Arc::new(name))
        };
        let exact = |text| Pattern::exact(text).unwrap();
        let below = |text| Pattern::prefix(text).unwrap();
        Routes::new([
            take(None, below("/"), &[], "rest"),
            take(None, below("/api"), &[], "api"),
            take(None, exact("/api/chat"), &[Method::POST], "chat"),
            take(None, exact("/api/{session}"), &[], "session"),
            take(Some("bot.example.com"), below("/"), &[Method::GET], "bot"),
            take(Some("*.example.com"), below("/"), &[], "family"),
        ])
    }

    fn found(method: &str, target: &str, host: &str, server_name: Option<&str>) -> Result<String, Refusal> {
        let request =
            http::Request::builder().method(method).uri(target).header("host", host).body(()).unwrap();
        let (head, ()) = request.into_parts();
        let routes = routes();
        let (route, segments) = routes.find(&head, server_name)?;
        let shown = segments
            .iter()
            .map(|(name, place)| format!(" {name}={}", head.uri.path().get(place.clone()).unwrap()));
        Ok(format!("{route}{}", shown.collect::<String>()))
    }

    #[test]
    fn the_most_specific_route_takes_a_request() {
        for (method, target, host, expected) in [
            ("GET", "/", "x", Ok("rest")),
            ("GET", "/apis", "x", Ok("rest")),
            ("GET", "/api", "x", Ok("api")),
            ("GET", "/api/a/b", "x", Ok("api")),
            ("GET", "/api/7?x=1", "x", Ok("session session=7")),
            ("POST", "/api/chat", "x:8443", Ok("chat")),
            ("GET", "/api/chat", "x", Ok("session session=chat")),
            ("POST", "/api/%63h%61t", "x", Ok("chat")),
            ("POST", "/api/chat/", "x", Ok("chat")),
            ("POST", "/api/chat", "bot.EXAMPLE.com.", Ok("family")),
            ("GET", "/api/chat", "BOT.example.com", Ok("bot")),
            ("PUT", "/other", "bot.example.com", Ok("family")),
            ("GET", "/other", "a.example.com", Ok("family")),
            ("GET", "/other", "a.b.example.com", Ok("rest")),
        ] {
            assert_eq!(
                found(method, target, host, None),
                expected.map(str::to_owned),
                "{method} {target} at {host}"
            );
        }
    }

    #[test]
    fn a_request_for_another_host_than_the_connection_is_misdirected() {
        assert_eq!(found("GET", "/", "a.example.com", Some("b.example.com")), Err(Refusal::Misdirected));
        assert_eq!(found("GET", "/", "A.example.com:443", Some("a.example.com")), Ok("family".to_owned()));
    }

    #[test]
    fn a_method_that_no_route_takes_here_is_answered_with_those_that_one_does() {
        let takes =
            Takes { host: None, pattern: Pattern::exact("/chat").unwrap(), methods: vec![Method::POST] };
        let routes = Routes::new([(takes, Arc::new(()))]);
        let head = |target: &str| http::Request::builder().uri(target).body(()).unwrap().into_parts().0;
        assert_eq!(routes.find(&head("/chat"), None).unwrap_err(), Refusal::Method("POST".into()));
        assert_eq!(routes.find(&head("/chats"), None).unwrap_err(), Refusal::NoRoute);
    }

    #[test]
    fn a_target_that_can_be_read_in_two_ways_takes_no_route() {
        for target in [
            "/a/../api/chat",
            "/a/%2e%2E/b",
            "/./a",
            "/a/.",
            "//api",
            "/api//chat",
            "/a%2fb",
            "/a%5Cb",
            "/a%00b",
            "/%zz",
        ] {
            assert!(matches!(found("GET", target, "x", None), Err(Refusal::Target(_))), "{target}");
        }
        assert!(matches!(found("GET", "http://a/", "b", None), Err(Refusal::Header(_))));
        assert!(matches!(found("GET", "/", "ada:secret@b", None), Err(Refusal::Header(_))));
        assert_eq!(found("GET", "/a...b/..c/%20", "x", None), Ok("rest".to_owned()));
    }
}
