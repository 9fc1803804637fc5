//! The PROXY protocol, version 2: a load balancer says whom it connects for, before anything else.
//!
//! The rule: only listed networks are believed, and they must speak it. What would defeat it is believing whoever
//! sends the right twelve bytes, or reading on without a bound: the header is at most [`MAX_LENGTH`] bytes, and the
//! handshake timeout runs.

use std::{io, net::SocketAddr};

use ppp::v2::{Addresses, Command, Header};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::ProxyProtocol;

/// Signature, version, family and length.
const FIXED: usize = 16;
/// The longest address block (two UNIX paths) and room for its extensions.
const MAX_LENGTH: usize = 2048;

impl ProxyProtocol {
    /// Whether `from` may say whom it connects for.
    pub(super) fn trusts(&self, from: SocketAddr) -> bool {
        let ip = from.ip().to_canonical();
        self.from.iter().any(|network| network.contains(&ip))
    }
}

/// Reads one header and nothing after it: for whom the connection is; none when the balancer speaks for itself.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<SocketAddr>> {
    let mut buffer = vec![0; FIXED];
    stream.read_exact(&mut buffer).await?;
    let length = match buffer.as_slice() {
        [signature @ .., _, _, high, low] if signature == ppp::v2::PROTOCOL_PREFIX => {
            usize::from(u16::from_be_bytes([*high, *low]))
        }
        _ => return Err(invalid("no proxy protocol header")),
    };
    if length > MAX_LENGTH {
        return Err(invalid("the proxy protocol header is too long"));
    }
    buffer.resize(FIXED + length, 0);
    if let Some(rest) = buffer.get_mut(FIXED..) {
        stream.read_exact(rest).await?;
    }
    let header =
        Header::try_from(buffer.as_slice()).map_err(|_| invalid("the proxy protocol header is not valid"))?;
    match (header.command, header.addresses) {
        // A health check of the balancer's own.
        (Command::Local, _) => Ok(None),
        (Command::Proxy, Addresses::IPv4(ip)) => Ok(Some((ip.source_address, ip.source_port).into())),
        (Command::Proxy, Addresses::IPv6(ip)) => Ok(Some((ip.source_address, ip.source_port).into())),
        // The receiver must take the connection's own addresses then (section 2.2).
        (Command::Proxy, Addresses::Unspecified | Addresses::Unix(_)) => Ok(None),
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &[u8] = ppp::v2::PROTOCOL_PREFIX;

    async fn reading(bytes: &[u8]) -> io::Result<Option<SocketAddr>> {
        read(&mut &bytes[..]).await
    }

    #[tokio::test]
    async fn the_balancer_says_whom_it_connects_for() {
        let v4 = [PREFIX, &[0x21, 0x11, 0, 12, 192, 0, 2, 7, 10, 0, 0, 1, 0x12, 0x34, 1, 187]].concat();
        assert_eq!(reading(&v4).await.unwrap(), Some("192.0.2.7:4660".parse().unwrap()));
        let local = [PREFIX, &[0x20, 0x00, 0, 0]].concat();
        assert_eq!(reading(&local).await.unwrap(), None);
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        let too_long = [PREFIX, &[0x21, 0x11, 0xff, 0xff]].concat();
        let version_one = b"PROXY TCP4 192.0.2.7 10.0.0.1 4660 443\r\n";
        let short = [PREFIX, &[0x21, 0x11, 0, 4, 192, 0, 2, 7]].concat();
        let cut = [PREFIX, &[0x21, 0x11, 0, 12, 192]].concat();
        for bytes in [&too_long[..], version_one, &short, &cut, b""] {
            assert!(reading(bytes).await.is_err());
        }
    }
}
