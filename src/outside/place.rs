//! Where another system is, taken apart.
//!
//! The rule: TLS always, except to this very machine. Only so much as a name may say: what it resolves to is looked at again when
//! connecting (`client.rs`).

use std::net::IpAddr;

use http::{Uri, uri::Scheme};

use crate::tls::{ClientTls, ClientTlsSettings};

/// Where a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name or address, as it is resolved.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What the `Host` field says.
    pub authority: String,
    /// With the query, where there is one.
    pub path: String,
    /// Whether over TLS.
    pub secure: bool,
}

impl Place {
    /// Where an address leads; none for one that can't be used.
    pub fn of(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let authority = uri.authority()?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let secure = uri.scheme() == Some(&Scheme::HTTPS);
        let plain = uri.scheme() == Some(&Scheme::HTTP) && is_this_machine(&host);
        if authority.as_str().contains('@') || host.is_empty() || !(secure || plain) {
            return None;
        }
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Some(Self { host, port, authority: authority.to_string(), path, secure })
    }

    /// Whom to trust there, where anybody has to be; or what is wrong.
    pub fn trust(&self, tls: Option<&ClientTlsSettings>) -> Result<Option<ClientTls>, String> {
        if !self.secure {
            return match tls {
                None => Ok(None),
                Some(_) => Err("`tls` needs an address that begins with `https://`".to_owned()),
            };
        }
        let tls = ClientTls::load(&tls.cloned().unwrap_or_default(), &[b"http/1.1"]);
        let tls = tls.map_err(|error| error.to_string())?;
        tls.name_for(&self.host).map_err(|error| error.to_string())?;
        Ok(Some(tls))
    }
}

/// An address without what could be a password.
pub fn shown(url: &str) -> String {
    url.rsplit('@').next().unwrap_or_default().to_owned()
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
