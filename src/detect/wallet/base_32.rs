//! Base 32 with a checksum: as Bitcoin writes it (BIP 173, BIP 350), and as Stellar does (SEP-23).

use smallvec::SmallVec;

/// The alphabet of Bitcoin.
const BITCOIN: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// How many characters stand before the data at most, and how many belong to the data at least.
const NAME: usize = 16;
const DATA: usize = 32;

/// Whether a name, a `1` and the data have the right checksum of six characters.
pub fn is_checked(address: &[u8]) -> bool {
    let is_mixed = address.iter().any(u8::is_ascii_uppercase) && address.iter().any(u8::is_ascii_lowercase);
    let Some(one) = address.iter().rposition(|byte| *byte == b'1') else { return false };
    let (name, data) = (address.get(..one).unwrap_or_default(), address.get(one + 1..).unwrap_or_default());
    if is_mixed || !(1..=NAME).contains(&name.len()) || data.len() < DATA {
        return false;
    }
    let value = |byte: &u8| BITCOIN.iter().position(|letter| *letter == byte.to_ascii_lowercase());
    let values = data.iter().map(|byte| value(byte).and_then(|value| u8::try_from(value).ok()));
    let Some(values) = values.collect::<Option<SmallVec<[u8; 128]>>>() else { return false };
    let name = || name.iter().map(u8::to_ascii_lowercase);
    let all = name().map(|byte| byte >> 5).chain([0]).chain(name().map(|byte| byte & 31)).chain(values);
    matches!(all.fold(1, step), 1 | 0x2bc8_30a3)
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

/// Whether it is a public or secret key of Stellar: 35 bytes, of which two are a checksum (CRC-16/XMODEM).
pub fn is_stellar(address: &[u8]) -> bool {
    let begins = address.first().is_some_and(|first| b"GSM".contains(first));
    if !begins || address.len() != 56 {
        return false;
    }
    let Ok(bytes) = data_encoding::BASE32_NOPAD.decode(address) else { return false };
    bytes.split_last_chunk::<2>().is_some_and(|(body, check)| crc(body) == u16::from_le_bytes(*check))
}

fn crc(bytes: &[u8]) -> u16 {
    let shift = |sum: u16, _| if sum & 0x8000 == 0 { sum << 1 } else { sum << 1 ^ 0x1021 };
    bytes.iter().fold(0, |sum, byte| (0..8).fold(sum ^ u16::from(*byte) << 8, shift))
}
