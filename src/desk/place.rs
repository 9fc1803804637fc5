//! Where people reach the desk: its origin.

use std::net::IpAddr;

use http::{Uri, uri::Scheme};

/// The desk's address, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `https://privacy.example.com`: what browsers write into `Origin`.
    pub origin: String,
    /// The host name, in lower case.
    pub host: String,
    /// The port, also where it is not written.
    pub port: u16,
    /// Whether it is reached over TLS.
    pub secure: bool,
}

impl Place {
    /// Reads an address without path and query.
    pub(super) fn read(text: &str) -> Option<Self> {
        Self::origin(text.strip_suffix('/').unwrap_or(text))
    }

    /// Reads an origin (RFC 6454, section 6.2): nothing behind host and port.
    pub(super) fn origin(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let authority = uri.authority()?;
        let host = authority.host().to_ascii_lowercase();
        let secure = uri.scheme() == Some(&Scheme::HTTPS);
        let plain = uri.scheme() == Some(&Scheme::HTTP) && is_this_machine(&host);
        let rest = text.split_once("://")?.1;
        let is_bare =
            rest.eq_ignore_ascii_case(authority.as_str()) && !rest.contains('@') && !rest.contains('*');
        if host.is_empty() || !is_bare || !(secure || plain) {
            return None;
        }
        let default = if secure { 443 } else { 80 };
        let port = authority.port_u16().unwrap_or(default);
        let scheme = if secure { "https" } else { "http" };
        let shown = if port == default { String::new() } else { format!(":{port}") };
        Some(Self { origin: format!("{scheme}://{host}{shown}"), host, port, secure })
    }

    /// A page of the desk.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Whether a browser would leave the port out.
    pub(super) fn has_default_port(&self) -> bool {
        self.port == if self.secure { 443 } else { 80 }
    }

    /// Whether a name as routes write it (`*.example.com` for every name one level below) covers the host.
    pub(super) fn is_at(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        match name.strip_prefix("*.") {
            Some(parent) => self.host.split_once('.').is_some_and(|(_, above)| above == parent),
            None => self.host == name,
        }
    }
}

/// Only so much as a name may say.
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_and_nothing_else() {
        for (text, origin) in [
            ("https://Privacy.Example.com/", Some("https://privacy.example.com")),
            ("https://privacy.example.com:443", Some("https://privacy.example.com")),
            ("https://privacy.example.com:8445/", Some("https://privacy.example.com:8445")),
            ("http://127.0.0.1:8445/", Some("http://127.0.0.1:8445")),
            ("http://[::1]:80/", Some("http://[::1]")),
            ("http://localhost", Some("http://localhost")),
            ("http://localhost.example.com/", None),
            ("https://a@b/", None),
            ("https://a/b", None),
            ("https://a/?b", None),
            ("https://a//", None),
            ("ftp://a/", None),
            ("a.example", None),
            ("https://*.a/", None),
            ("", None),
        ] {
            assert_eq!(Place::read(text).map(|place| place.origin).as_deref(), origin, "{text}");
        }
    }

    #[test]
    fn a_route_for_every_name_one_level_below_covers_the_desk() {
        let place = Place::read("https://privacy.example.com/").unwrap();
        for (name, covers) in
            [("privacy.example.com", true), ("*.example.com", true), ("*.com", false), ("example.com", false)]
        {
            assert_eq!(place.is_at(name), covers, "{name}");
        }
    }
}
