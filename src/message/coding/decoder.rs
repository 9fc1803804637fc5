//! Undoes codings, piece by piece.
//!
//! The rule: whatever can be decoded of a piece comes out with it, so that an event that was flushed arrives at once; a
//! coding ends where it says, and what is cut short, or goes on behind its end, is an error. What would defeat it is a
//! bomb: little that becomes very much. So every layer counts what goes in and what comes out, while it comes out.

use bytes::Bytes;
use smallvec::SmallVec;

use super::{Coding, brotli::Brotli, inflate::Inflate, zstd::Zstd};

/// So much may come out whatever went in: short texts of one letter shrink a thousandfold in good faith.
const FREELY: u64 = 1 << 20;

/// How many times as much as went in may come out beyond that.
const MOST_GROWTH: u64 = 100;

/// How much a layer makes at a time.
const STEP: usize = 16 << 10;

/// Undoes the codings of one body.
#[derive(Debug)]
pub struct Decoder {
    /// The coding that was applied last comes first.
    layers: SmallVec<[Layer; 1]>,
}

/// Why a body can't be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// These are not data of that coding.
    #[error("the encoded body is damaged")]
    Damaged,
    /// The end is missing.
    #[error("the encoded body is cut short")]
    CutShort,
    /// Something follows the end.
    #[error("something follows the end of the encoded body")]
    GoesOn,
    /// More comes out than is allowed.
    #[error("the decoded body is too large")]
    TooLarge,
    /// Far more comes out than went in.
    #[error("the decoded body is too large for what was sent")]
    Bomb,
    /// There is no memory for it.
    #[error("there is no memory to decode the body in")]
    NoMemory,
}

/// One coding being undone.
#[derive(Debug)]
struct Layer {
    machine: Machine,
    gauge: Gauge,
}

#[derive(Debug)]
enum Machine {
    Inflate(Inflate),
    Brotli(Brotli),
    Zstd(Zstd),
}

/// Where a layer puts what it makes, and what it may make.
#[derive(Debug)]
pub(super) struct Gauge {
    limit: u64,
    taken: u64,
    given: u64,
}

impl Decoder {
    /// A decoder for a body to which these codings were applied, in this order; at most `limit` bytes may come out.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new(codings: &[Coding], limit: u64) -> Result<Self, Fault> {
        let layers = codings.iter().rev().map(|coding| Layer::new(*coding, limit));
        Ok(Self { layers: layers.collect::<Result<_, _>>()? })
    }

    /// Decodes the next piece: everything that can be known by now.
    ///
    /// # Errors
    /// When the body is not what its codings say, or too large.
    pub fn push(&mut self, piece: &[u8]) -> Result<Bytes, Fault> {
        let mut layers = self.layers.iter_mut();
        let Some(first) = layers.next() else { return Ok(Bytes::copy_from_slice(piece)) };
        let made = layers.try_fold(first.push(piece)?, |made, layer| layer.push(&made))?;
        Ok(made.into())
    }

    /// The body is over. All of it has come out by now.
    ///
    /// # Errors
    /// When it can't end here.
    pub fn finish(self) -> Result<(), Fault> {
        let ended = self.layers.iter().all(|layer| layer.machine.has_ended());
        if ended { Ok(()) } else { Err(Fault::CutShort) }
    }

    /// Decodes a body that is all there.
    ///
    /// # Errors
    /// As [`Self::push`] and [`Self::finish`].
    pub fn whole(codings: &[Coding], limit: u64, body: &[u8]) -> Result<Bytes, Fault> {
        let mut decoder = Self::new(codings, limit)?;
        let made = decoder.push(body)?;
        decoder.finish()?;
        Ok(made)
    }
}

impl Layer {
    fn new(coding: Coding, limit: u64) -> Result<Self, Fault> {
        let machine = match coding {
            Coding::Gzip => Machine::Inflate(Inflate::gzip()),
            Coding::Deflate => Machine::Inflate(Inflate::deflate()),
            Coding::Brotli => Machine::Brotli(Brotli::new()),
            Coding::Zstd => Machine::Zstd(Zstd::new()?),
        };
        Ok(Self { machine, gauge: Gauge { limit, taken: 0, given: 0 } })
    }

    fn push(&mut self, piece: &[u8]) -> Result<Vec<u8>, Fault> {
        let Self { machine, gauge } = self;
        let mut out = Vec::new();
        gauge.taken += piece.len() as u64;
        match machine {
            Machine::Inflate(inflate) => inflate.push(piece, &mut out, gauge)?,
            Machine::Brotli(brotli) => brotli.push(piece, &mut out, gauge)?,
            Machine::Zstd(zstd) => zstd.push(piece, &mut out, gauge)?,
        }
        Ok(out)
    }
}

impl Machine {
    fn has_ended(&self) -> bool {
        match self {
            Self::Inflate(inflate) => inflate.has_ended(),
            Self::Brotli(brotli) => brotli.has_ended(),
            Self::Zstd(zstd) => zstd.has_ended(),
        }
    }
}

impl Gauge {
    /// Makes room at the end of `out`, has it filled and keeps what was made; says whether the room was used up.
    pub(super) fn step(
        &mut self,
        out: &mut Vec<u8>,
        fill: impl FnOnce(&mut [u8]) -> Result<usize, Fault>,
    ) -> Result<bool, Fault> {
        let start = out.len();
        out.resize(start + STEP, 0);
        let made = fill(out.get_mut(start..).unwrap_or_default())?;
        out.truncate(start + made);
        self.given += made as u64;
        if self.given > self.limit {
            return Err(Fault::TooLarge);
        }
        if self.given > FREELY.max(self.taken.saturating_mul(MOST_GROWTH)) {
            return Err(Fault::Bomb);
        }
        Ok(made == STEP)
    }
}
