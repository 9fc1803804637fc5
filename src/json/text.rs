//! Strings and member names (RFC 8259, section 7), which may be cut anywhere, also inside an escape.

use super::{Expect, Fault, HELD_MAX, Key, Piece, Tokeniser, Visitor, scan};

/// How far into an escape sequence we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    None,
    /// After the backslash.
    Begun,
    /// After `\u` and some digits; the high surrogate is what an escape before this one left open.
    Hex {
        digits: u8,
        value: u16,
        high: Option<u16>,
    },
    /// A high surrogate is open: `\` must follow.
    NeedBackslash(u16),
    /// A high surrogate is open: `u` must follow.
    NeedU(u16),
}

impl Tokeniser {
    /// Reads a member's name.
    #[inline(always)]
    pub(super) fn name<V: Visitor>(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        visitor: &mut V,
    ) -> Result<usize, Fault> {
        self.key_at = piece.base + at;
        let rest = piece.from(at + 1);
        let run = scan::plain_run(rest);
        if rest.get(run) == Some(&b'"') && run < HELD_MAX {
            self.named(piece, rest.get(..run).unwrap_or_default(), visitor)?;
            return Ok(at + run + 2);
        }
        self.expect = Expect::Key;
        self.key_is_split = false;
        self.text(piece, at + 1, visitor)
    }

    /// Reads a string from its first quotation mark on.
    #[inline(always)]
    pub(super) fn string<V: Visitor>(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        visitor: &mut V,
    ) -> Result<usize, Fault> {
        let end = at + 1 + scan::plain_run(piece.from(at + 1));
        if piece.at(end) == Some(b'"') {
            self.value_is_over();
            visitor.scalar_end(piece, piece.base + end + 1);
            return Ok(end + 1);
        }
        self.expect = Expect::Text;
        self.text(piece, end, visitor)
    }

    /// Reads the rest of a string or name.
    pub(super) fn text<V: Visitor>(
        &mut self,
        piece: Piece<'_>,
        mut at: usize,
        visitor: &mut V,
    ) -> Result<usize, Fault> {
        loop {
            if self.escape != Escape::None {
                at = self.escaped(piece, at)?;
                if at >= piece.bytes.len() {
                    return Ok(at);
                }
                continue;
            }
            let run = scan::plain_run(piece.from(at));
            if self.key_is_split && self.expect == Expect::Key {
                self.key_text.extend_from_slice(piece.bytes.get(at..at + run).unwrap_or_default());
            }
            at += run;
            match piece.at(at) {
                Some(b'"') => return self.end_text(piece, at, visitor),
                Some(b'\\') => at = self.backslash(piece, at),
                Some(_) => return Err(piece.fault("a control character in a string", at)),
                None => return Ok(at),
            }
        }
    }

    /// Reads a backslash, in a value together with what it escapes where that is here and whole.
    #[inline]
    fn backslash(&mut self, piece: Piece<'_>, at: usize) -> usize {
        if self.expect == Expect::Text
            && let Some(length) = whole_escape(piece.from(at + 1))
        {
            return at + 1 + length;
        }
        if self.expect == Expect::Key && !self.key_is_split {
            self.split_key(piece, at);
        }
        self.escape = Escape::Begun;
        at + 1
    }

    /// The name can't be taken from the piece as it stands: what was read so far is put aside.
    pub(super) fn split_key(&mut self, piece: Piece<'_>, upto: usize) {
        self.key_is_split = true;
        self.key_text.clear();
        self.key_text.extend_from_slice(piece.between(self.key_at + 1, piece.base + upto));
    }

    #[inline]
    fn end_text<V: Visitor>(&mut self, piece: Piece<'_>, at: usize, visitor: &mut V) -> Result<usize, Fault> {
        if self.expect == Expect::Text {
            self.value_is_over();
            visitor.scalar_end(piece, piece.base + at + 1);
            return Ok(at + 1);
        }
        if piece.base + at - self.key_at > HELD_MAX {
            return Err(Fault { what: "a member name longer than can be held", at: self.key_at });
        }
        if self.key_is_split {
            let name = std::mem::take(&mut self.key_text);
            self.named(piece, &name, visitor)?;
            self.key_text = name;
        } else {
            self.named(piece, piece.between(self.key_at + 1, piece.base + at), visitor)?;
        }
        Ok(at + 1)
    }

    /// A name is complete.
    #[inline(always)]
    fn named<V: Visitor>(&mut self, piece: Piece<'_>, name: &[u8], visitor: &mut V) -> Result<(), Fault> {
        let hash = self.hasher.hash(name);
        if !self.names.insert(hash) {
            return Err(self.second_name());
        }
        self.expect = Expect::Colon;
        visitor.key(piece, Key { name, hash, at: self.key_at });
        Ok(())
    }

    #[cold]
    fn second_name(&self) -> Fault {
        Fault { what: "two members of one name", at: self.key_at }
    }

    /// Reads one byte of an escape sequence.
    fn escaped(&mut self, piece: Piece<'_>, at: usize) -> Result<usize, Fault> {
        let Some(byte) = piece.bytes.get(at).copied() else { return Ok(at) };
        let lone = || piece.fault("a lone surrogate", at);
        match self.escape {
            Escape::None => return Ok(at),
            Escape::Begun if byte == b'u' => self.escape = Escape::Hex { digits: 0, value: 0, high: None },
            Escape::Begun => {
                let plain = simple(byte).ok_or_else(|| piece.fault("an unknown escape", at))?;
                self.escape = Escape::None;
                self.decoded(char::from(plain));
            }
            Escape::NeedBackslash(high) if byte == b'\\' => self.escape = Escape::NeedU(high),
            Escape::NeedU(high) if byte == b'u' => {
                self.escape = Escape::Hex { digits: 0, value: 0, high: Some(high) };
            }
            Escape::NeedBackslash(_) | Escape::NeedU(_) => return Err(lone()),
            Escape::Hex { digits, value, high } => {
                let digit = char::from(byte)
                    .to_digit(16)
                    .ok_or_else(|| piece.fault("not four hexadecimal digits", at))?;
                let value = value << 4 | u16::try_from(digit).unwrap_or(0);
                self.escape = if digits < 3 {
                    Escape::Hex { digits: digits + 1, value, high }
                } else {
                    self.unit(value, high).ok_or_else(lone)?
                };
            }
        }
        Ok(at + 1)
    }

    /// One UTF-16 code unit is complete.
    fn unit(&mut self, value: u16, high: Option<u16>) -> Option<Escape> {
        match (value, high) {
            (0xd800..=0xdbff, None) => Some(Escape::NeedBackslash(value)),
            (0xdc00..=0xdfff, None) => None,
            (_, high) => {
                let units = high.into_iter().chain([value]);
                let decoded = char::decode_utf16(units).next()?.ok()?;
                self.decoded(decoded);
                Some(Escape::None)
            }
        }
    }

    fn decoded(&mut self, decoded: char) {
        if self.expect == Expect::Key {
            self.key_text.extend_from_slice(decoded.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

/// How long the escape is that begins after this backslash, where all of it is here and it stands for one character.
#[inline]
fn whole_escape(rest: &[u8]) -> Option<usize> {
    let (kind, rest) = rest.split_first()?;
    if *kind != b'u' {
        return simple(*kind).map(|_| 1);
    }
    let digits = rest.first_chunk::<4>()?;
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let unit = digits.iter().try_fold(0, |unit, byte| Some(unit << 4 | digit(*byte)?))?;
    char::from_u32(unit).map(|_| 5)
}

fn simple(byte: u8) -> Option<u8> {
    Some(match byte {
        b'"' | b'\\' | b'/' => byte,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => return None,
    })
}

/// The characters of a string that has been through the tokeniser, given with or without its quotation marks; none if it has not.
pub fn unescape(raw: &[u8]) -> Option<String> {
    if raw.first() == Some(&b'"') {
        return serde_json::from_slice(raw).ok();
    }
    let quoted = [b"\"", raw, b"\""].concat();
    serde_json::from_slice(&quoted).ok()
}

/// Writes a text as a JSON string, quotation marks included.
pub fn escape_into(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let run = scan::plain_run(rest);
        let (plain, special) = rest.split_at_checked(run).unwrap_or((rest, &[]));
        out.extend_from_slice(plain);
        let Some((byte, after)) = special.split_first() else { break };
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => out.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
        }
        rest = after;
    }
    out.push(b'"');
}
