//! Brotli. The window is at most 16 MiB: what the format allows where nobody asked for a large one.

use std::fmt;

use brotli::{BrotliDecompressStream, BrotliResult, BrotliState, enc::StandardAlloc};

use super::decoder::{Fault, Gauge};

/// A stream being decoded.
pub(super) struct Brotli {
    state: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
    ended: bool,
}

impl Brotli {
    pub(super) fn new() -> Self {
        let alloc = StandardAlloc::default;
        Self { state: Box::new(BrotliState::new_strict(alloc(), alloc(), alloc())), ended: false }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    pub(super) fn push(&mut self, piece: &[u8], out: &mut Vec<u8>, gauge: &mut Gauge) -> Result<(), Fault> {
        let (mut left, mut at) = (piece.len(), 0);
        while !self.ended {
            let mut result = BrotliResult::ResultFailure;
            gauge.step(out, |room| {
                let (mut free, mut made, mut total) = (room.len(), 0, 0);
                let state = &mut self.state;
                result = BrotliDecompressStream(
                    &mut left, &mut at, piece, &mut free, &mut made, room, &mut total, state,
                );
                Ok(made)
            })?;
            match result {
                BrotliResult::ResultSuccess => self.ended = true,
                BrotliResult::NeedsMoreInput => return Ok(()),
                BrotliResult::NeedsMoreOutput => {}
                BrotliResult::ResultFailure => return Err(Fault::Damaged),
            }
        }
        if left > 0 { Err(Fault::GoesOn) } else { Ok(()) }
    }
}

impl fmt::Debug for Brotli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Brotli").finish_non_exhaustive()
    }
}
