//! gzip and deflate.
//!
//! The rule: a gzip body is one member or several, one after the other (RFC 1952, section 2.2), a deflate body exactly one
//! stream. Sums and lengths at the end are checked.

use std::fmt;

use flate2::{Decompress, FlushDecompress, Status};

use super::decoder::{Fault, Gauge};

/// The largest window there is, as the exponent of 2.
const WINDOW: u8 = 15;

/// A stream being inflated.
pub(super) struct Inflate {
    /// None before the first byte of a member: that byte tells what it is.
    machine: Option<Decompress>,
    is_gzip: bool,
    /// Whether the last thing that was read is an end.
    ended: bool,
}

impl Inflate {
    pub(super) fn gzip() -> Self {
        Self { machine: None, is_gzip: true, ended: false }
    }

    pub(super) fn deflate() -> Self {
        Self { machine: None, is_gzip: false, ended: false }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    pub(super) fn push(&mut self, piece: &[u8], out: &mut Vec<u8>, gauge: &mut Gauge) -> Result<(), Fault> {
        let mut rest = piece;
        while let Some(first) = rest.first() {
            if self.ended && !self.is_gzip {
                return Err(Fault::GoesOn);
            }
            self.ended = false;
            let is_gzip = self.is_gzip;
            let machine = self.machine.get_or_insert_with(|| begin(is_gzip, *first));
            loop {
                let before = machine.total_in();
                let mut status = Status::Ok;
                let filled = gauge.step(out, |room| {
                    let made = machine.total_out();
                    status =
                        machine.decompress(rest, room, FlushDecompress::None).map_err(|_| Fault::Damaged)?;
                    Ok(usize::try_from(machine.total_out() - made).unwrap_or_default())
                })?;
                let taken = usize::try_from(machine.total_in() - before).unwrap_or(rest.len());
                rest = rest.get(taken..).unwrap_or_default();
                if status == Status::StreamEnd {
                    self.ended = true;
                    self.machine = None;
                    break;
                }
                if rest.is_empty() && !filled {
                    return Ok(());
                }
                if taken == 0 && !filled {
                    return Err(Fault::Damaged);
                }
            }
        }
        Ok(())
    }
}

/// The low half of a zlib stream's first byte is 8 (RFC 1950, section 2.2). A bare deflate stream that begins so would have to
/// begin with a stored block whose padding is not empty, which nothing writes.
fn begin(is_gzip: bool, first: u8) -> Decompress {
    if is_gzip { Decompress::new_gzip(WINDOW) } else { Decompress::new(first & 0x0f == 8) }
}

impl fmt::Debug for Inflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflate").field("is_gzip", &self.is_gzip).finish_non_exhaustive()
    }
}
