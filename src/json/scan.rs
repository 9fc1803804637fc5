//! Finds the end of a run of plain string characters, in blocks.
//!
//! The rule: [`plain_run`] stops at the first byte that means something inside a JSON string (RFC 8259, section 7): the
//! quotation mark, the backslash, a control character. What would defeat it is a byte class forgotten here, so the
//! tests compare it with the definition for every byte at every offset.

use wide::{u8x16, u8x32};

/// How many bytes at the start of `bytes` stand for themselves inside a string.
#[inline]
pub fn plain_run(bytes: &[u8]) -> usize {
    // Most strings are short: their end is in the first block.
    if let Some((block, rest)) = bytes.split_first_chunk::<16>() {
        let mask = special_of_16(*block);
        return if mask != 0 { mask.trailing_zeros() as usize } else { 16 + long_run(rest) };
    }
    bytes.iter().position(|byte| is_special(*byte)).unwrap_or(bytes.len())
}

fn long_run(bytes: &[u8]) -> usize {
    let (blocks, tail) = bytes.as_chunks::<32>();
    for (n, block) in blocks.iter().enumerate() {
        let mask = special_of_32(*block);
        if mask != 0 {
            return n * 32 + mask.trailing_zeros() as usize;
        }
    }
    blocks.len() * 32 + tail.iter().position(|byte| is_special(*byte)).unwrap_or(tail.len())
}

/// How many bytes at the start of `bytes` are insignificant white space (RFC 8259, section 2).
#[inline]
pub fn blank_run(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).unwrap_or(bytes.len())
}

fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// A bit for each byte that means something.
#[inline]
fn special_of_16(block: [u8; 16]) -> u32 {
    let block = u8x16::new(block);
    let quote = block.simd_eq(u8x16::splat(b'"'));
    let slash = block.simd_eq(u8x16::splat(b'\\'));
    let control = block.min(u8x16::splat(0x1f)).simd_eq(block);
    (quote | slash | control).to_bitmask()
}

#[inline]
fn special_of_32(block: [u8; 32]) -> u32 {
    let block = u8x32::new(block);
    let quote = block.simd_eq(u8x32::splat(b'"'));
    let slash = block.simd_eq(u8x32::splat(b'\\'));
    let control = block.min(u8x32::splat(0x1f)).simd_eq(block);
    (quote | slash | control).to_bitmask()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_at_every_offset_is_judged_by_the_definition() {
        for byte in 0..=255u8 {
            for offset in 0..200 {
                let mut text = [b'a'; 200];
                text[offset] = byte;
                let expected = if is_special(byte) { offset } else { 200 };
                assert_eq!(plain_run(&text), expected, "byte {byte:#04x} at {offset}");
            }
        }
    }

    #[test]
    fn blanks_are_the_four_of_the_standard() {
        assert_eq!(blank_run(b" \t\r\n x"), 5);
        assert_eq!(blank_run(b"\x0b"), 0);
        assert_eq!(blank_run("\u{a0}".as_bytes()), 0);
    }
}
