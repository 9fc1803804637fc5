//! Which text a piece belongs to.
//!
//! The rule: two pieces are of one text when their places have the same names, the elements they stand in say the same
//! of themselves, and the values that a profile keys them by are the same. A key is bytes, so that it costs little to make one
//! for every piece: each component ends with a byte that no UTF-8 has.

use smallvec::SmallVec;

use crate::selector::{Document, Kind};

/// Tells one text of a stream from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextKey {
    /// Values and elements, and then names.
    bytes: Bytes,
    /// How many of the bytes are the values and elements that an [`Ending`] can speak of.
    head: usize,
}

/// Texts that end: those whose values and elements begin like this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending(Bytes);

type Bytes = SmallVec<[u8; 64]>;

const END: u8 = 0xff;

impl Ending {
    /// Whether this text ends.
    pub fn ends(&self, text: &TextKey) -> bool {
        text.bytes.get(..text.head).is_some_and(|head| head.starts_with(&self.0))
    }
}

/// A key in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Making(Bytes);

impl Making {
    /// Adds a value; `null` and nothing are the same.
    pub(super) fn value(&mut self, document: &Document<'_>, node: Option<u32>) {
        match node.map(|node| (node, document.kind(node))) {
            Some((node, Kind::Text)) => self.component(b's', document.text(node).as_bytes()),
            Some((_, Kind::Null)) | None => self.component(b'-', b""),
            Some((node, Kind::Object | Kind::Array | Kind::Number | Kind::True | Kind::False)) => {
                self.component(b'v', document.raw(node));
            }
        }
    }

    /// Adds an element of an array: what it says of itself in `member`, or where it stands.
    pub(super) fn element(&mut self, document: &Document<'_>, node: u32, member: Option<&str>) {
        let own = member.and_then(|member| document.member(node, member));
        match own.filter(|own| document.kind(*own) != Kind::Null) {
            Some(own) => self.value(document, Some(own)),
            None => {
                let position = document.position(node).unwrap_or(0);
                self.component(b'v', position.to_string().as_bytes());
            }
        }
    }

    /// Adds a name.
    pub(super) fn name(&mut self, name: &str) {
        self.component(b'n', name.as_bytes());
    }

    /// What is made so far is what can end.
    pub(super) fn ending(&self) -> Ending {
        Ending(self.0.clone())
    }

    /// How much is made.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The key, of which the first `head` bytes are values and elements.
    pub(super) fn key(self, head: usize) -> TextKey {
        TextKey { bytes: self.0, head }
    }

    fn component(&mut self, kind: u8, bytes: &[u8]) {
        self.0.push(kind);
        self.0.extend_from_slice(bytes);
        self.0.push(END);
    }
}
