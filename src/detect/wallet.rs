//! Addresses of accounts in crypto currencies.
//!
//! The rule: Bitcoin and those made after it by their checksum, in base 58 (four bytes of a double SHA-256) or in base 32 (BIP 173, BIP 350);
//! Ethereum by `0x` and forty hexadecimal digits; Tron and Ripple as Bitcoin, each with its alphabet. What would defeat it: a
//! currency that is not listed, such as those whose addresses are plain keys.

use aws_lc_rs::digest::{SHA256, digest};
use smallvec::SmallVec;

use super::{Kind, Kinds, certainty::Certainty, cursor::Cursor, ids, rule::Sightings, site::Site};

/// The longest address that is read.
const LONGEST: usize = 90;

/// The alphabets of base 58: of Bitcoin, and of Ripple.
const BITCOIN: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const RIPPLE: &[u8; 58] = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

/// The alphabet of base 32, and how such addresses begin.
const BASE_32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const BEGINNINGS: &[&[u8]] = &[b"bc1", b"tb1", b"ltc1", b"addr1", b"cosmos1", b"osmo1", b"bnb1"];

pub(super) fn read(cursor: &mut Cursor<'_>, _: Kinds, out: &mut Sightings) {
    if !cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
        return;
    }
    let start = match ids::token(cursor.site(), cursor.floor(), cursor.at()) {
        Some((_, true)) => return,
        Some((start, false)) => start,
        None => cursor.at(),
    };
    cursor.restart(start);
    let before = cursor.before();
    if !before.is_edge() || matches!(before.0, '_' | '+') {
        return;
    }
    let mut address = SmallVec::<[u8; 96]>::new();
    while address.len() <= LONGEST
        && let Some(c) = cursor.next_if(|c| c.is_ascii_alphanumeric())
    {
        address.push(c as u8);
    }
    let end = start..cursor.at();
    if is_ethereum(&address) {
        out.push((end, Kind::CryptoWallet, Certainty::FORM));
    } else if is_base_58(&address) || is_base_32(&address) {
        out.push((end, Kind::CryptoWallet, Certainty::CHECKSUM));
    }
}

/// Where a word begins that ends at a place and has no digit yet.
pub(super) fn lead(site: &Site<'_>, floor: usize, at: usize) -> Option<usize> {
    ids::lead(site, floor, at)
}

fn is_ethereum(address: &[u8]) -> bool {
    address.strip_prefix(b"0x").is_some_and(|hex| hex.len() == 40 && hex.iter().all(u8::is_ascii_hexdigit))
}

/// One byte of version, twenty of the account, four of the checksum.
fn is_base_58(address: &[u8]) -> bool {
    let begins = address.first().is_some_and(|first| b"13LMD9ATrX".contains(first));
    if !begins || !(25..=35).contains(&address.len()) {
        return false;
    }
    let alphabet = if address.first() == Some(&b'r') { RIPPLE } else { BITCOIN };
    let Some(bytes) = base_58(address, alphabet) else { return false };
    let (body, check) = bytes.split_at(21);
    let sum = digest(&SHA256, digest(&SHA256, body).as_ref());
    sum.as_ref().starts_with(check)
}

fn base_58(address: &[u8], alphabet: &[u8; 58]) -> Option<[u8; 25]> {
    let mut bytes = [0_u8; 25];
    for byte in address {
        let mut carry = alphabet.iter().position(|letter| letter == byte)?;
        for place in bytes.iter_mut().rev() {
            carry += usize::from(*place) * 58;
            *place = (carry & 0xff) as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return None;
        }
    }
    Some(bytes)
}

/// A checksum of six characters over all of it.
fn is_base_32(address: &[u8]) -> bool {
    let lower: SmallVec<[u8; 96]> = address.iter().map(u8::to_ascii_lowercase).collect();
    let Some(begins) = BEGINNINGS.iter().find(|begins| lower.starts_with(begins)) else { return false };
    let is_mixed = address.iter().any(u8::is_ascii_uppercase) && address.iter().any(u8::is_ascii_lowercase);
    let (head, data) = lower.split_at(begins.len());
    let Some((_, name)) = head.split_last() else { return false };
    if is_mixed || data.len() < 14 {
        return false;
    }
    let values = data.iter().map(|byte| BASE_32.iter().position(|letter| letter == byte));
    let values: Option<SmallVec<[u8; 96]>> =
        values.map(|value| value.and_then(|value| u8::try_from(value).ok())).collect();
    let Some(values) = values else { return false };
    let high = name.iter().map(|byte| byte >> 5);
    let low = name.iter().map(|byte| byte & 31);
    let sum = high.chain([0]).chain(low).chain(values).fold(1, step);
    matches!(sum, 1 | 0x2bc8_30a3)
}

fn step(sum: u32, value: u8) -> u32 {
    const GENERATORS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let shifted = (sum & 0x1ff_ffff) << 5 ^ u32::from(value);
    GENERATORS
        .iter()
        .enumerate()
        .filter(|(n, _)| sum >> (25 + n) & 1 == 1)
        .fold(shifted, |sum, (_, generator)| sum ^ generator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_known_by_their_checksums() {
        for good in [
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
            "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8",
            "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh",
        ] {
            assert!(is_base_58(good.as_bytes()), "{good}");
            assert!(!is_base_58(good.replace('J', "K").replace('G', "H").as_bytes()), "{good}");
        }
        for good in [
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ] {
            assert!(is_base_32(good.as_bytes()), "{good}");
            assert!(!is_base_32(good.replace('5', "6").as_bytes()), "{good}");
        }
        assert!(is_ethereum(b"0x52908400098527886E0F7030069857D2E4169EE7"));
    }
}
