//! Zstandard: one frame or several (RFC 8878, section 3), each with a window of at most 8 MiB (RFC 9659, section 3).

use std::fmt;

use zstd::stream::raw::Operation as _;
use zstd::{
    stream::raw,
    zstd_safe::{DParameter, InBuffer, OutBuffer},
};

use super::decoder::{Fault, Gauge};

/// 8 MiB, as the exponent of 2.
const WINDOW: u32 = 23;

/// A stream being decoded.
pub(super) struct Zstd {
    machine: raw::Decoder<'static>,
    /// Whether the last thing that was read is an end.
    ended: bool,
}

impl Zstd {
    pub(super) fn new() -> Result<Self, Fault> {
        let mut machine = raw::Decoder::new().map_err(|_| Fault::NoMemory)?;
        machine.set_parameter(DParameter::WindowLogMax(WINDOW)).map_err(|_| Fault::NoMemory)?;
        Ok(Self { machine, ended: false })
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    pub(super) fn push(&mut self, piece: &[u8], out: &mut Vec<u8>, gauge: &mut Gauge) -> Result<(), Fault> {
        let mut input = InBuffer::around(piece);
        let mut filled = false;
        while input.pos < piece.len() || filled {
            filled = gauge.step(out, |room| {
                let mut output = OutBuffer::around(room);
                let wanted = self.machine.run(&mut input, &mut output).map_err(|_| Fault::Damaged)?;
                self.ended = wanted == 0;
                Ok(output.pos())
            })? && !self.ended;
        }
        Ok(())
    }
}

impl fmt::Debug for Zstd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zstd").field("ended", &self.ended).finish_non_exhaustive()
    }
}
