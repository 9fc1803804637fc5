//! Base 58: numbers written with letters and digits that can't be taken for each other.

use aws_lc_rs::digest::{SHA256, digest};
use smallvec::SmallVec;

/// The alphabets of Bitcoin, and of Ripple.
const BITCOIN: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const RIPPLE: &[u8; 58] = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

/// How many bytes there are at least: a version, an account, and a checksum of four.
const SHORTEST: usize = 25;

type Bytes = SmallVec<[u8; 96]>;

/// Whether the last four bytes are the beginning of a double SHA-256 of the others: accounts, and keys to spend from them.
pub fn is_checked(address: &[u8]) -> bool {
    let alphabet = if address.first() == Some(&b'r') { RIPPLE } else { BITCOIN };
    let Some(bytes) = bytes(address, alphabet).filter(|bytes| bytes.len() >= SHORTEST) else { return false };
    bytes.split_last_chunk::<4>().is_some_and(|(body, check)| {
        digest(&SHA256, digest(&SHA256, body).as_ref()).as_ref().starts_with(check)
    })
}

/// Whether it is a plain key of 32 bytes.
pub fn is_key(address: &[u8]) -> bool {
    (43..=44).contains(&address.len()) && bytes(address, BITCOIN).is_some_and(|bytes| bytes.len() == 32)
}

/// Whether all of it are letters and digits of the alphabet.
pub fn is_written_so(address: &[u8]) -> bool {
    address.iter().all(|byte| BITCOIN.contains(byte))
}

fn bytes(address: &[u8], alphabet: &[u8; 58]) -> Option<Bytes> {
    let zero = alphabet.first()?;
    // The lowest byte first.
    let mut bytes = Bytes::new();
    for byte in address {
        let mut carry = alphabet.iter().position(|letter| letter == byte)?;
        for place in &mut bytes {
            carry += usize::from(*place) * 58;
            *place = (carry & 0xff) as u8;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push((carry & 0xff) as u8);
            carry >>= 8;
        }
    }
    bytes.extend(address.iter().take_while(|byte| *byte == zero).map(|_| 0));
    bytes.reverse();
    Some(bytes)
}
