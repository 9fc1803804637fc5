//! Whether characters look as if chance had chosen them.

/// How many bits a character carries, by how often each stands there (Shannon); of plain characters only.
pub(super) fn bits(text: &[u8]) -> f64 {
    let mut counts = [0_u32; 128];
    for byte in text {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let all = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    let shares = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / all);
    -shares.map(|share| share * share.log2()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_itself_carries_little() {
        assert!(bits(b"aaaaaaaaaaaaaaaa") < 0.1);
        assert!(bits(b"aXq9Lm2Zr7Tk4Vb8") > 3.5);
    }
}
