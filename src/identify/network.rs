//! Networks whose word is taken.
//!
//! The rule: an address is compared in its own family, after `::ffff:10.0.0.1` has become `10.0.0.1`, because a socket
//! that listens on `::` reports IPv4 peers that way. What would defeat the list is a network of everybody, so a prefix
//! of length zero is refused.

use std::{borrow::Cow, net::IpAddr, str::FromStr};

use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// A network, written `10.1.0.0/16`, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Whether the address lies in the network.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let single = text.parse::<IpAddr>().map(IpNet::from);
        let net = single.or_else(|_| text.parse::<IpNet>()).map_err(|_| {
            format!("`{text}` is not a network; write it like `10.1.0.0/16`, `fd00::/8` or `10.1.2.3`")
        })?;
        if net.prefix_len() == 0 {
            return Err(format!("`{text}` is everybody; list the networks of the peers you trust"));
        }
        if net.addr().to_canonical() != net.addr() {
            return Err(format!("`{text}` is an IPv4 network in IPv6 form; write it as IPv4"));
        }
        Ok(Self(net))
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Network {
    fn schema_name() -> Cow<'static, str> {
        "Network".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "examples": ["10.1.0.0/16", "fd00::/8", "10.1.2.3"]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_a_network_or_not() {
        let table = [
            ("10.1.0.0/16", "10.1.2.3", true),
            ("10.1.0.0/16", "10.2.0.1", false),
            ("10.1.0.0/16", "::ffff:10.1.2.3", true),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "10.1.2.3", false),
            ("::1", "::1", true),
        ];
        for (network, address, expected) in table {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), expected, "{network:?} {address}");
        }
    }

    #[test]
    fn what_is_not_a_network_says_how_to_write_one() {
        insta::assert_snapshot!("10.1".parse::<Network>().unwrap_err(), @"`10.1` is not a network; write it like `10.1.0.0/16`, `fd00::/8` or `10.1.2.3`");
        insta::assert_snapshot!("0.0.0.0/0".parse::<Network>().unwrap_err(), @"`0.0.0.0/0` is everybody; list the networks of the peers you trust");
        insta::assert_snapshot!("::ffff:10.0.0.0/104".parse::<Network>().unwrap_err(), @"`::ffff:10.0.0.0/104` is an IPv4 network in IPv6 form; write it as IPv4");
    }
}
