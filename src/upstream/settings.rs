//! What the configuration says about a backend.

use std::fmt;

use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer,
    de::{self, SeqAccess, Visitor},
};

use super::{Address, UpstreamError};
use crate::{quantity::Span, tls::ClientTlsSettings};

/// A backend: one or several addresses that answer alike.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpstreamSettings {
    /// One address, or a list: `http://host:port` or `https://host[:port]`.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(with = "OneOrMany")]
    pub addresses: Vec<Address>,
    /// Whom to trust and what to show at `https://` addresses.
    #[serde(default)]
    pub tls: Option<ClientTlsSettings>,
    /// Which HTTP to speak.
    #[serde(default)]
    pub http: HttpVersion,
    /// Which host the backend is told was asked for.
    #[serde(default)]
    pub host: HostField,
    /// Exchanges at a time, until the end of their replies.
    #[serde(default = "a_thousand")]
    pub max_in_flight: usize,
    /// How many more may wait for their turn.
    #[serde(default = "a_thousand")]
    pub queue: usize,
    /// At how many addresses to try to connect for one request.
    #[serde(default = "three")]
    pub connect_attempts: usize,
    /// When to leave an address alone for a while.
    #[serde(default)]
    pub eject: EjectSettings,
    /// How long the backend may take.
    #[serde(default)]
    pub timeouts: UpstreamTimeouts,
}

/// Which HTTP to speak to a backend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HttpVersion {
    /// What TLS agrees on; HTTP/1.1 without TLS.
    #[default]
    Auto,
    /// HTTP/1.1.
    Http1,
    /// HTTP/2; without TLS by prior knowledge (RFC 9113, section 3.3).
    Http2,
}

/// Which host the backend is told was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HostField {
    /// The one that the client asked for.
    #[default]
    Preserve,
    /// The one in the backend's address.
    Upstream,
}

/// When to leave an address alone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EjectSettings {
    /// After so many failures in a row.
    pub failures: u32,
    /// For so long; if every address fails they are used all the same.
    #[serde(rename = "for")]
    pub span: Span,
}

/// How long a backend may take.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpstreamTimeouts {
    /// To accept a connection and finish its handshakes.
    pub connect: Span,
    /// To begin its reply, once it has the request.
    pub first_byte: Span,
    /// Between two pieces of its reply.
    pub idle: Span,
    /// For a request to wait for its turn.
    pub queue: Span,
    /// How long a connection is kept unused. A backend that closes it sooner loses the request that is just on its
    /// way, so this must be shorter than the backend's own; a `Keep-Alive: timeout=` in its replies is heeded.
    pub reuse: Span,
}

impl Default for EjectSettings {
    fn default() -> Self {
        Self { failures: 3, span: Span::seconds(10) }
    }
}

impl Default for UpstreamTimeouts {
    fn default() -> Self {
        Self {
            connect: Span::seconds(5),
            first_byte: Span::seconds(120),
            idle: Span::seconds(120),
            queue: Span::seconds(5),
            reuse: Span::seconds(4),
        }
    }
}

impl UpstreamSettings {
    /// A backend at these addresses, everything else as it is when nothing is said.
    pub fn at(addresses: Vec<Address>) -> Self {
        Self {
            addresses,
            tls: None,
            http: HttpVersion::default(),
            host: HostField::default(),
            max_in_flight: a_thousand(),
            queue: a_thousand(),
            connect_attempts: three(),
            eject: EjectSettings::default(),
            timeouts: UpstreamTimeouts::default(),
        }
    }

    pub(super) fn check(&self) -> Result<(), UpstreamError> {
        if self.addresses.is_empty() {
            return Err(UpstreamError::NoAddress);
        }
        if self.tls.is_some() && !self.addresses.iter().any(Address::is_tls) {
            return Err(UpstreamError::UnusedTls);
        }
        Ok(())
    }
}

fn a_thousand() -> usize {
    1024
}

fn three() -> usize {
    3
}

/// How `addresses` is written.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum OneOrMany {
    One(Address),
    Many(Vec<Address>),
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Address>, D::Error> {
    struct Addresses;

    impl<'de> Visitor<'de> for Addresses {
        type Value = Vec<Address>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an address such as `http://127.0.0.1:5005`, or a list of them")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<Address>, E> {
            text.parse().map(|address| vec![address]).map_err(E::custom)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Address>, A::Error> {
            let mut all = Vec::new();
            while let Some(address) = seq.next_element()? {
                all.push(address);
            }
            Ok(all)
        }
    }

    deserializer.deserialize_any(Addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_or_a_list_of_them_is_enough() {
        let one: UpstreamSettings = serde_saphyr::from_str("addresses: http://a:1").unwrap();
        let two: UpstreamSettings = serde_saphyr::from_str("addresses: [http://a:1, https://b]").unwrap();
        assert_eq!((one.addresses.len(), two.addresses.len()), (1, 2));
        assert_eq!((one.max_in_flight, one.eject.failures), (1024, 3));
    }

    #[test]
    fn a_bad_address_or_an_unknown_key_is_an_error() {
        for text in ["addresses: a:1", "addresses: [http://a/x]", "addresses: http://a\nadress: b"] {
            assert!(serde_saphyr::from_str::<UpstreamSettings>(text).is_err(), "{text}");
        }
    }
}
