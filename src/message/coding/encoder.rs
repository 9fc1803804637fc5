//! Applies a coding, piece by piece.
//!
//! The rule: nothing stays behind: each piece can be decoded to its last byte as soon as it has come, whatever that costs
//! in size. So an event of a stream is not held up by the ones that follow it.

use std::{
    fmt,
    io::{self, Write},
};

use brotli::CompressorWriter;
use bytes::Bytes;
use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};

use super::Coding;

/// How hard brotli tries, of 11: what servers use for what they make on the fly.
const BROTLI_EFFORT: u32 = 4;

/// Brotli's window, as the exponent of 2: more costs memory for each stream, and chats are short.
const BROTLI_WINDOW: u32 = 18;

const BROTLI_BUFFER: usize = 4 << 10;

/// How hard zstd tries, of 22; its window is then 2 MiB.
const ZSTD_EFFORT: i32 = 3;

/// Applies a coding to one body.
pub struct Encoder(Machine);

enum Machine {
    Gzip(GzEncoder<Vec<u8>>),
    Deflate(ZlibEncoder<Vec<u8>>),
    Brotli(Box<CompressorWriter<Vec<u8>>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
}

impl Encoder {
    /// An encoder for one body.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new(coding: Coding) -> io::Result<Self> {
        let out = Vec::new();
        Ok(Self(match coding {
            Coding::Gzip => Machine::Gzip(GzEncoder::new(out, Compression::fast())),
            Coding::Deflate => Machine::Deflate(ZlibEncoder::new(out, Compression::fast())),
            Coding::Brotli => Machine::Brotli(Box::new(CompressorWriter::new(
                out,
                BROTLI_BUFFER,
                BROTLI_EFFORT,
                BROTLI_WINDOW,
            ))),
            Coding::Zstd => Machine::Zstd(zstd::stream::write::Encoder::new(out, ZSTD_EFFORT)?),
        }))
    }

    /// Encodes the next piece, all of it.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn push(&mut self, piece: &[u8]) -> io::Result<Bytes> {
        if piece.is_empty() {
            return Ok(Bytes::new());
        }
        let writer: &mut dyn Write = match &mut self.0 {
            Machine::Gzip(writer) => writer,
            Machine::Deflate(writer) => writer,
            Machine::Brotli(writer) => writer,
            Machine::Zstd(writer) => writer,
        };
        writer.write_all(piece)?;
        writer.flush()?;
        Ok(std::mem::take(self.0.out()).into())
    }

    /// The body is over: gives its end.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn finish(self) -> io::Result<Bytes> {
        Ok(match self.0 {
            Machine::Gzip(writer) => writer.finish()?,
            Machine::Deflate(writer) => writer.finish()?,
            Machine::Brotli(writer) => writer.into_inner(),
            Machine::Zstd(writer) => writer.finish()?,
        }
        .into())
    }
}

impl Machine {
    /// What is made and not yet taken.
    fn out(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Gzip(writer) => writer.get_mut(),
            Self::Deflate(writer) => writer.get_mut(),
            Self::Brotli(writer) => writer.get_mut(),
            Self::Zstd(writer) => writer.get_mut(),
        }
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}
