//! Checks UTF-8 (RFC 3629) over pieces cut anywhere, also inside a character.

/// What is left unread of a character that the last piece began.
#[derive(Debug, Default)]
pub(super) struct Utf8 {
    begun: [u8; 4],
    len: usize,
}

impl Utf8 {
    /// Reads one more piece; the error is the offset in the piece at which it stops being UTF-8.
    #[inline]
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), usize> {
        if self.len == 0 { self.rest(piece, 0) } else { self.complete(piece) }
    }

    /// Whether the text may end here.
    pub(super) fn is_complete(&self) -> bool {
        self.len == 0
    }

    fn complete(&mut self, piece: &[u8]) -> Result<(), usize> {
        for (used, byte) in piece.iter().enumerate() {
            if let Some(slot) = self.begun.get_mut(self.len) {
                *slot = *byte;
            }
            self.len += 1;
            let begun = self.begun.get(..self.len).unwrap_or_default();
            match std::str::from_utf8(begun) {
                Ok(_) => {
                    self.len = 0;
                    return self.rest(piece, used + 1);
                }
                Err(error) if error.error_len().is_some() || self.len >= 4 => return Err(used),
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn rest(&mut self, piece: &[u8], from: usize) -> Result<(), usize> {
        let rest = piece.get(from..).unwrap_or_default();
        if simdutf8::basic::from_utf8(rest).is_ok() {
            return Ok(());
        }
        match simdutf8::compat::from_utf8(rest) {
            Ok(_) => Ok(()),
            Err(error) if error.error_len().is_some() => Err(from + error.valid_up_to()),
            Err(error) => {
                let begun = rest.get(error.valid_up_to()..).unwrap_or_default();
                self.len = begun.len();
                self.begun.iter_mut().zip(begun).for_each(|(slot, byte)| *slot = *byte);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_are_judged_like_the_whole(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xe2), Just(0x82), Just(0xac), Just(b'a')], 0..12), cut in 0..12usize, cut2 in 0..12usize) {
            let mut cuts = [cut.min(bytes.len()), cut2.min(bytes.len())];
            cuts.sort_unstable();
            let mut utf8 = Utf8::default();
            let pieces = [&bytes[..cuts[0]], &bytes[cuts[0]..cuts[1]], &bytes[cuts[1]..]];
            let valid = pieces.iter().all(|piece| utf8.push(piece).is_ok()) && utf8.is_complete();
            prop_assert_eq!(valid, std::str::from_utf8(&bytes).is_ok());
        }
    }
}
