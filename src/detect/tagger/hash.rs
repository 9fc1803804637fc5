//! Numbers that stand for words and for what is said of them.
//!
//! The rule: the same on every machine and for ever, because the model is made of them.

/// Where the number of a word begins.
pub(super) const START: u32 = 0x811c_9dc5;

/// The number of a word, one character longer.
#[inline]
pub(super) const fn step(so_far: u32, c: char) -> u32 {
    (so_far ^ c as u32).wrapping_mul(0x0100_0193)
}

/// One number for several.
#[inline]
pub(super) fn of(parts: &[u32]) -> u32 {
    let mixed = parts.iter().fold(0x9e37_79b9_7f4a_7c15_u64, |sum, part| mix(sum, *part));
    (mixed >> 32) as u32
}

/// A long number for what is said and of what.
#[inline]
pub(super) fn mix(sum: u64, part: u32) -> u64 {
    let sum = (sum ^ u64::from(part)).wrapping_mul(0x2127_599b_f432_5c37);
    sum ^ (sum >> 29)
}
