//! Addresses of accounts in crypto currencies, and keys to spend from them.
//!
//! The rule: Bitcoin and those made after it by their checksum, in base 58 (four bytes of a double SHA-256) or in base 32 (BIP 173, BIP 350,
//! whatever name stands before); Stellar by its own; Ethereum by `0x` and forty hexadecimal digits; Monero by its length and its first letters; Solana, whose
//! addresses are plain keys, where a word beside one says so. What would defeat it: a currency that is not listed.

mod base_32;
mod base_58;

use smallvec::SmallVec;

use super::{
    Kind, Kinds,
    certainty::Certainty,
    context,
    cursor::{Cursor, Limit},
    ids,
    rule::Sightings,
    site::Site,
};

/// The longest address that is read.
const LONGEST: usize = 112;

/// How many characters an address has at least.
const SHORTEST: usize = 25;

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
    let mut address = SmallVec::<[u8; 128]>::new();
    while address.len() <= LONGEST
        && let Some(c) = cursor.next_if(|c| c.is_ascii_alphanumeric())
    {
        address.push(c as u8);
    }
    let end = cursor.at();
    // Of one that is still coming nothing can be told, and to reckon takes long.
    if (SHORTEST..=LONGEST).contains(&address.len())
        && cursor.limit() == Limit::None
        && let Some(certainty) = certainty(cursor, start, &address)
    {
        out.push((start..end, Kind::CryptoWallet, certainty));
    }
}

/// How sure it is that this is an address.
fn certainty(cursor: &mut Cursor<'_>, start: usize, address: &[u8]) -> Option<Certainty> {
    if is_ethereum(address) || is_monero(address) {
        return Some(Certainty::FORM);
    }
    if base_58::is_checked(address) || base_32::is_checked(address) || base_32::is_stellar(address) {
        return Some(Certainty::CHECKSUM);
    }
    let is_announced = base_58::is_key(address) && {
        let said = context::before(cursor, start);
        said.all.contains(Kind::CryptoWallet)
            || said.is_nothing() && context::after(cursor).contains(Kind::CryptoWallet)
    };
    is_announced.then_some(Certainty::CONTEXT)
}

/// Where a word begins that ends at a place and has no digit yet.
pub(super) fn lead(site: &Site<'_>, floor: usize, at: usize) -> Option<usize> {
    ids::lead(site, floor, at)
}

fn is_ethereum(address: &[u8]) -> bool {
    address.strip_prefix(b"0x").is_some_and(|hex| hex.len() == 40 && hex.iter().all(u8::is_ascii_hexdigit))
}

/// An address, one of a part of an account, or one with a number of a payment. Its checksum is of a kind that nothing else here needs.
fn is_monero(address: &[u8]) -> bool {
    let begins = matches!(address, [b'4', b'0'..=b'9' | b'A' | b'B', ..] | [b'8', ..]);
    begins && matches!(address.len(), 95 | 106) && base_58::is_written_so(address)
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
            "tz1VSUr8wwNhLAzempoch5d6hLRiTh8Cjcjb",
            "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8",
        ] {
            assert!(base_58::is_checked(good.as_bytes()), "{good}");
            let (last, body) = good.as_bytes().split_last().unwrap();
            let bad = [body, &[if *last == b'b' { b'c' } else { b'b' }]].concat();
            assert!(!base_58::is_checked(&bad), "{good}");
        }
        for good in [
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
            "addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3n0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgse35a3x",
        ] {
            assert!(base_32::is_checked(good.as_bytes()), "{good}");
            assert!(!base_32::is_checked(good.replace('5', "6").as_bytes()), "{good}");
        }
        let stellar = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ";
        assert!(base_32::is_stellar(stellar.as_bytes()));
        assert!(!base_32::is_stellar(stellar.replace('7', "6").as_bytes()));
        assert!(base_58::is_key(b"8xiaGUp2U8Zc5XsuD23VmQNcHpcX3N9NohvsJMHFRVXQ"));
        assert!(is_monero(format!("4A{}", "b".repeat(93)).as_bytes()));
        assert!(!is_monero(format!("4A{}", "b".repeat(92)).as_bytes()));
        assert!(is_ethereum(b"0x52908400098527886E0F7030069857D2E4169EE7"));
    }
}
