//! What the configuration says about listeners, limits and timeouts.

use std::net::SocketAddr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Deserialize;

use super::ServerError;
use crate::{
    quantity::{Size, Span},
    tls::TlsSettings,
};

/// Below this HTTP/1 can't be read at all.
pub(super) const MIN_HEADER: Size = Size::kib(8);

/// One address to listen on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenerSettings {
    /// How logs call it.
    #[serde(default)]
    pub name: Option<String>,
    /// IP address and port, such as `0.0.0.0:8443` or `[::]:8443`.
    #[schemars(with = "String")]
    pub address: SocketAddr,
    /// Certificates; without them the listener is plain HTTP.
    #[serde(default)]
    pub tls: Option<TlsSettings>,
    /// Allows a listener without `tls` that other machines can reach; on a loopback address it needn't be said.
    #[serde(default)]
    pub plain: bool,
    /// Whoever connects is a load balancer that says in the PROXY protocol, version 2, whom it connects for.
    #[serde(default)]
    pub proxy_protocol: Option<ProxyProtocol>,
}

/// Who may say whom it connects for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProxyProtocol {
    /// Networks of the load balancers, such as `10.0.0.0/8`; every other connection is dropped.
    #[schemars(with = "Vec<String>")]
    pub from: Vec<IpNet>,
}

/// How much clients may take up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServerLimits {
    /// Connections at a time, over all listeners; more wait to be accepted.
    pub connections: usize,
    /// Bytes of a request's header section, its target included.
    pub header: Size,
    /// Fields of a request's header section.
    pub headers: usize,
    /// Exchanges at a time on one HTTP/2 connection.
    pub streams: u32,
}

/// How long clients may take.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServerTimeouts {
    /// From accept to the end of the TLS handshake.
    pub handshake: Span,
    /// From the first byte of a header section to its last.
    pub header: Span,
    /// Between two exchanges on a connection.
    pub idle: Span,
    /// For a client to take some bytes of a reply.
    pub write: Span,
    /// For exchanges under way to finish when the server stops.
    pub drain: Span,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self { connections: 10_000, header: Size::kib(32), headers: 100, streams: 128 }
    }
}

impl Default for ServerTimeouts {
    fn default() -> Self {
        Self {
            handshake: Span::seconds(10),
            header: Span::seconds(10),
            idle: Span::seconds(75),
            write: Span::seconds(60),
            drain: Span::seconds(30),
        }
    }
}

impl ListenerSettings {
    /// The first of these keys in which two listeners differ; none when they differ in their certificates at most.
    pub fn differs(&self, other: &Self) -> Option<&'static str> {
        let Self { name, address, tls, plain, proxy_protocol } = self;
        let differences = [
            ("address", *address != other.address),
            ("name", *name != other.name),
            ("plain", *plain != other.plain),
            ("proxy_protocol", *proxy_protocol != other.proxy_protocol),
            ("tls", tls.is_some() != other.tls.is_some()),
        ];
        differences.into_iter().find(|(_, differ)| *differ).map(|(key, _)| key)
    }

    /// Plain HTTP is fine within the machine; anywhere else somebody must have meant it.
    pub(super) fn check_plain(&self) -> Result<(), ServerError> {
        match (&self.tls, self.plain) {
            (Some(_), true) => Err(ServerError::PlainAndTls(self.address)),
            (None, false) if !self.address.ip().is_loopback() => Err(ServerError::Plain(self.address)),
            (Some(_), false) | (None, true | false) => Ok(()),
        }
    }
}
