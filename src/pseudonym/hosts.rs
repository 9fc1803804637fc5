//! Hosts in whose links a value may be restored.

use std::collections::BTreeSet;

/// A list of hosts, each without scheme and port, compared whole and without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(BTreeSet<String>);

impl Hosts {
    /// Whether a URL's authority (RFC 3986, section 3.2) is one of them, with any port. Whatever is not plainly a name and a
    /// port is none: user information, percent-encoding, letters beyond ASCII.
    pub(super) fn list(&self, authority: &str) -> bool {
        let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        digits && self.0.contains(&host.to_ascii_lowercase())
    }
}

impl<T: AsRef<str>> FromIterator<T> for Hosts {
    fn from_iter<I: IntoIterator<Item = T>>(hosts: I) -> Self {
        Self(hosts.into_iter().map(|host| host.as_ref().to_ascii_lowercase()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_name_counts() {
        let hosts: Hosts = ["Shop.test"].into_iter().collect();
        for listed in ["shop.test", "SHOP.test:8443", "shop.test:"] {
            assert!(hosts.list(listed), "{listed}");
        }
        for other in
            ["", "shop.test.", "a.shop.test", "shop.test@evil.test", "shop.test:80@evil.test", "shop%2Etest"]
        {
            assert!(!hosts.list(other), "{other}");
        }
    }
}
