//! What holds a text together (RFC 8259, sections 2 to 5): brackets, commas, colons, and the white space around them.

use super::{Container, Expect, Fault, HELD_MAX, NumberState, Piece, Scalar, Tokeniser, Visitor, scan};

impl Tokeniser {
    /// Reads what stands between values, and then, in the order in which a member is written and as far as all of it is in
    /// the piece, comma, name, colon and value: the state is asked for once a member, not once a token.
    #[inline(always)]
    pub(super) fn structural<V: Visitor>(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        visitor: &mut V,
    ) -> Result<usize, Fault> {
        let (mut at, mut byte) = match piece.at(at) {
            Some(byte) if byte > b' ' => (at, byte),
            _ => match self.after_blanks(piece, at)? {
                (at, Some(byte)) => (at, byte),
                (at, None) => return Ok(at),
            },
        };
        self.blank = 0;
        if self.expect == Expect::Next && byte == b',' {
            let in_object = self.stack.last() == Some(&Container::Object);
            self.expect = if in_object { Expect::Name } else { Expect::Value };
            let Some(next) = piece.next(at + 1) else { return Ok(at + 1) };
            (at, byte) = next;
        }
        if matches!(self.expect, Expect::FirstName | Expect::Name) && byte == b'"' {
            at = self.name(piece, at, visitor)?;
            let Some(next) = piece.next(at) else { return Ok(at) };
            (at, byte) = next;
        }
        if self.expect == Expect::Colon && byte == b':' {
            self.expect = Expect::Value;
            let Some(next) = piece.next(at + 1) else { return Ok(at + 1) };
            (at, byte) = next;
        }
        match (self.expect, byte) {
            (Expect::FirstElement | Expect::Next, b']') => self.close(Container::Array, piece, at, visitor),
            (Expect::FirstName | Expect::Next, b'}') => self.close(Container::Object, piece, at, visitor),
            (Expect::Value | Expect::FirstElement, _) => self.value(piece, at, byte, visitor),
            _ => Err(self.unexpected(piece, at)),
        }
    }

    #[cold]
    fn unexpected(&self, piece: Piece<'_>, at: usize) -> Fault {
        let what = match self.expect {
            Expect::End => "text after the end of the document",
            Expect::FirstName | Expect::Name => "expected a member name",
            Expect::Colon => "expected `:`",
            Expect::Next
            | Expect::Value
            | Expect::FirstElement
            | Expect::Key
            | Expect::Text
            | Expect::Number
            | Expect::Literal => "expected `,` or the end of the container",
        };
        piece.fault(what, at)
    }

    /// Where the white space ends that begins here, and what comes then, if that is in the piece.
    fn after_blanks(&mut self, piece: Piece<'_>, at: usize) -> Result<(usize, Option<u8>), Fault> {
        let run = scan::blank_run(piece.from(at));
        self.blank += run;
        if self.blank > HELD_MAX {
            return Err(piece.fault("more white space than can be held", at + run));
        }
        Ok((at + run, piece.at(at + run)))
    }

    #[inline(always)]
    fn value<V: Visitor>(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        byte: u8,
        visitor: &mut V,
    ) -> Result<usize, Fault> {
        let position = piece.base + at;
        let literal: &'static [u8] = match byte {
            b'"' => {
                visitor.scalar(piece, Scalar::Text, position);
                return self.string(piece, at, visitor);
            }
            b'{' => return self.open(Container::Object, Expect::FirstName, piece, at, visitor),
            b'[' => return self.open(Container::Array, Expect::FirstElement, piece, at, visitor),
            b'-' | b'0'..=b'9' => {
                visitor.scalar(piece, Scalar::Number, position);
                return self.number(piece, at, NumberState::Start, visitor);
            }
            b't' => b"true",
            b'f' => b"false",
            b'n' => b"null",
            0xef => return Err(piece.fault("a byte-order mark or other text before the value", at)),
            _ => return Err(piece.fault("expected a value", at)),
        };
        visitor.scalar(piece, if byte == b'n' { Scalar::Null } else { Scalar::Bool }, position);
        self.literal(piece, at, literal, visitor)
    }

    fn open<V: Visitor>(
        &mut self,
        container: Container,
        expect: Expect,
        piece: Piece<'_>,
        at: usize,
        visitor: &mut V,
    ) -> Result<usize, Fault> {
        if self.stack.len() >= self.max_depth {
            return Err(piece.fault("nested deeper than allowed", at));
        }
        self.stack.push(container);
        if container == Container::Object {
            self.names.open();
        }
        self.expect = expect;
        visitor.open(piece, container, piece.base + at);
        Ok(at + 1)
    }

    fn close<V: Visitor>(
        &mut self,
        container: Container,
        piece: Piece<'_>,
        at: usize,
        visitor: &mut V,
    ) -> Result<usize, Fault> {
        if self.stack.last() != Some(&container) {
            return Err(piece.fault("the bracket does not match the one that opened", at));
        }
        self.stack.pop();
        if container == Container::Object {
            self.names.close();
        }
        self.value_is_over();
        visitor.close(piece, piece.base + at);
        Ok(at + 1)
    }

    pub(super) fn literal<V: Visitor>(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        rest: &'static [u8],
        visitor: &mut V,
    ) -> Result<usize, Fault> {
        let same = piece.from(at).iter().zip(rest).take_while(|(found, expected)| found == expected).count();
        let left = rest.get(same..).unwrap_or_default();
        if left.is_empty() {
            self.value_is_over();
            visitor.scalar_end(piece, piece.base + at + same);
        } else if at + same < piece.bytes.len() {
            return Err(piece.fault("expected a value", at + same));
        } else {
            (self.expect, self.literal) = (Expect::Literal, left);
        }
        Ok(at + same)
    }

    #[inline]
    pub(super) fn value_is_over(&mut self) {
        self.expect = if self.stack.is_empty() { Expect::End } else { Expect::Next };
    }
}
