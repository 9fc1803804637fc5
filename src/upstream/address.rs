//! Where a backend is: `http://host:port` or `https://host[:port]`, and nothing else.

use std::{borrow::Cow, fmt, str::FromStr};

use http::{
    Uri,
    uri::{Authority, Scheme},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// Where a backend is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    scheme: Scheme,
    authority: Authority,
    port: u16,
}

impl Address {
    /// Whether it is reached over TLS.
    pub fn is_tls(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Host and port as they were written.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The host; an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        self.authority.host().trim_start_matches('[').trim_end_matches(']')
    }

    /// The port, said or implied.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| {
            format!(
                "`{text}` {what}; write an upstream like `http://127.0.0.1:5005` or `https://bot.example.com`"
            )
        };
        let uri: Uri = text.parse().map_err(|_| wrong("is not an address"))?;
        let scheme = uri.scheme().ok_or_else(|| wrong("does not say `http://` or `https://`"))?;
        let default = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return Err(wrong("is neither `http://` nor `https://`")),
        };
        let authority = uri.authority().ok_or_else(|| wrong("names no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("carries a user name; send credentials as a header"));
        }
        if uri.path() != "/" || uri.query().is_some() || text.ends_with('/') {
            return Err(wrong("has a path; requests keep their own"));
        }
        // The library takes a port that is not a number below 65,536 for none at all.
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            None if authority.as_str() != authority.host() => return Err(wrong("has no valid port")),
            None => default,
        };
        Ok(Self { scheme: scheme.clone(), authority: authority.clone(), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Address {
    fn schema_name() -> Cow<'static, str> {
        "Address".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^https?://[^/]+$", "examples": ["http://127.0.0.1:5005"]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_scheme_host_and_port() {
        for (text, host, port, tls) in [
            ("http://127.0.0.1:5005", "127.0.0.1", 5005, false),
            ("https://bot.example.com", "bot.example.com", 443, true),
            ("http://[::1]:80", "::1", 80, false),
            ("http://bot", "bot", 80, false),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.host(), address.port(), address.is_tls()), (host, port, tls), "{text}");
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn anything_more_than_an_address_is_an_error_that_says_what() {
        for (text, what) in [
            ("127.0.0.1:5005", "does not say"),
            ("ftp://bot", "is neither"),
            ("http://bot/chat", "has a path"),
            ("http://bot/", "has a path"),
            ("http://bot?x=1", "has a path"),
            ("http://a:b@bot", "user name"),
            ("http://bot:99999", "no valid port"),
            ("http://bot:", "no valid port"),
            ("", "is not an address"),
        ] {
            let error = text.parse::<Address>().unwrap_err();
            assert!(error.contains(what), "{text}: {error}");
        }
    }
}
