//! Content codings (RFC 9110, section 8.4): what was done to a body before it was sent, and how to undo it.
//!
//! The rule: codings are undone in the reverse of the order in which they are listed, and one that is not known here is
//! never passed over. What would defeat it is a body that is read in another coding than the bot reads it in; so who
//! reads a decoded body sends it on decoded.

mod accepted;
mod brotli;
mod decoder;
mod encoder;
mod inflate;
mod zstd;

use std::{fmt, str::FromStr};

use http::{HeaderMap, header::CONTENT_ENCODING};
use smallvec::SmallVec;

pub use self::{
    accepted::Accepted,
    decoder::{Decoder, Fault},
    encoder::Encoder,
};

/// The codings that are known here, as `Accept-Encoding` lists them (RFC 9110, section 15.5.16).
pub const KNOWN: &str = "gzip, deflate, br, zstd";

/// More codings than this on one body are nobody's need.
const MOST: usize = 2;

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 1950; or RFC 1951 alone, as some senders understand the word and browsers take it.
    Deflate,
    /// RFC 7932.
    Brotli,
    /// RFC 8878, with a window of at most 8 MiB (RFC 9659).
    Zstd,
}

/// The codings of one body, in the order in which they were applied.
pub type Codings = SmallVec<[Coding; MOST]>;

/// A coding that is not known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown(&'static str);

/// The codings that were applied to the body of a message with these fields; `identity` is none.
///
/// # Errors
/// When one of them is not known, or there are too many.
pub fn applied(headers: &HeaderMap) -> Result<Codings, Unknown> {
    let mut codings = Codings::new();
    for line in headers.get_all(CONTENT_ENCODING) {
        let line = line.to_str().map_err(|_| Unknown("the content encoding is malformed"))?;
        for name in line.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if name.eq_ignore_ascii_case("identity") {
                continue;
            }
            codings.push(name.parse()?);
        }
    }
    if codings.len() > MOST {
        return Err(Unknown("the body has more than two content encodings"));
    }
    Ok(codings)
}

impl Unknown {
    /// What is wrong.
    pub fn what(self) -> &'static str {
        self.0
    }
}

impl FromStr for Coding {
    type Err = Unknown;

    fn from_str(name: &str) -> Result<Self, Unknown> {
        let names = [
            ("gzip", Self::Gzip),
            ("x-gzip", Self::Gzip),
            ("deflate", Self::Deflate),
            ("br", Self::Brotli),
            ("zstd", Self::Zstd),
        ];
        let known = names.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known
            .map(|(_, coding)| *coding)
            .ok_or(Unknown("the body has a content encoding that is not known here"))
    }
}

impl Coding {
    /// Its name in header fields.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }
}

impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
