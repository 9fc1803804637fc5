//! A body, indexed: every value with its place in the text, in the order of the text.
//!
//! The rule: made by the tokeniser that the rewriter uses, so that both see one document. Nothing is copied but offsets; what
//! is long and must be decoded to be compared is decoded once.

use std::{borrow::Cow, cmp::Ordering, collections::HashMap};

use elsa::FrozenMap;

use crate::{
    json::{Container, Fault, Key, Piece, Scalar, Tokeniser, Visitor, unescape},
    selector::decimal::Decimal,
};

/// Values that take more bytes than this to write are decoded once.
const LONG: usize = 32;

/// An indexed body. Values are numbered in the order in which they begin; 0 is the whole.
pub struct Document<'a> {
    text: &'a [u8],
    nodes: Vec<Node>,
    /// Long texts with escapes, long numbers, and the members of objects, as far as somebody asked for them.
    texts: FrozenMap<u32, Box<str>>,
    numbers: FrozenMap<u32, Box<Decimal>>,
    members: FrozenMap<u32, Box<Members<'a>>>,
}

/// The members of an object by their names.
pub(super) type Members<'a> = HashMap<Cow<'a, str>, u32>;

/// A value. Offsets are bytes of the text.
#[derive(Clone, Copy, Debug)]
struct Node {
    at: u32,
    end: u32,
    /// The number of the first node that is not below this one.
    after: u32,
    parent: u32,
    /// Where a member's name begins and how long it is, with its quotation marks.
    name: (u32, u32),
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{ … }`
    Object,
    /// `[ … ]`
    Array,
    /// A string.
    Text,
    /// A number.
    Number,
    /// `true`
    True,
    /// `false`
    False,
    /// `null`
    Null,
}

impl<'a> Document<'a> {
    /// Indexes a body, with a tokeniser that has read nothing yet.
    ///
    /// # Errors
    /// When the body is not JSON as the tokeniser demands it, or longer than 4 GiB.
    pub fn read(text: &'a [u8], tokeniser: &mut Tokeniser) -> Result<Self, Fault> {
        if u32::try_from(text.len()).is_err() {
            return Err(Fault { what: "too long for a policy that looks ahead", at: text.len() });
        }
        let mut index = Index { text, nodes: Vec::new(), open: Vec::new(), name: (0, 0) };
        tokeniser.push(text, &mut index)?;
        tokeniser.finish(&mut index)?;
        let nodes = index.nodes;
        Ok(Self {
            text,
            nodes,
            texts: FrozenMap::new(),
            numbers: FrozenMap::new(),
            members: FrozenMap::new(),
        })
    }

    /// At which byte a node begins.
    pub fn at(&self, node: u32) -> u32 {
        self.node(node).map_or(0, |node| node.at)
    }

    pub(super) fn len(&self) -> u32 {
        number(self.nodes.len())
    }

    /// What a node is.
    pub fn kind(&self, node: u32) -> Kind {
        match self.text.get(self.at(node) as usize) {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::Text,
            Some(b't') => Kind::True,
            Some(b'f') => Kind::False,
            Some(b'n') | None => Kind::Null,
            Some(_) => Kind::Number,
        }
    }

    /// The container in which a node stands; none for the whole.
    pub fn parent(&self, node: u32) -> Option<u32> {
        self.node(node).filter(|_| node > 0).map(|node| node.parent)
    }

    /// The number of the first node that is not below this one.
    pub fn after(&self, node: u32) -> u32 {
        self.node(node).map_or(node, |node| node.after)
    }

    /// The children of a node, in order.
    pub fn children(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let after = self.after(node);
        let first = Some(node + 1).filter(|first| *first < after);
        std::iter::successors(first, move |child| Some(self.after(*child)).filter(|next| *next < after))
    }

    /// How many bytes a node takes to write.
    pub(super) fn length(&self, node: u32) -> usize {
        self.raw(node).len()
    }

    /// A text.
    pub fn text(&self, node: u32) -> Cow<'_, str> {
        if let Some(known) = self.texts.get(&node) {
            return Cow::Borrowed(known);
        }
        match unquoted(self.raw(node)) {
            Cow::Owned(text) if text.len() > LONG => Cow::Borrowed(self.texts.insert(node, text.into())),
            text => text,
        }
    }

    /// A number.
    pub(super) fn number(&self, node: u32) -> Cow<'_, Decimal> {
        if let Some(known) = self.numbers.get(&node) {
            return Cow::Borrowed(known);
        }
        let raw = self.raw(node);
        let number = Decimal::read(std::str::from_utf8(raw).unwrap_or("0"));
        if raw.len() > LONG {
            return Cow::Borrowed(self.numbers.insert(node, Box::new(number)));
        }
        Cow::Owned(number)
    }

    /// The members of an object.
    pub(super) fn members(&self, node: u32) -> &Members<'a> {
        match self.members.get(&node) {
            Some(known) => known,
            None => {
                let members = self.children(node).map(|child| (self.name(child), child)).collect();
                self.members.insert(node, Box::new(members))
            }
        }
    }

    /// A node as it is written.
    pub fn raw(&self, node: u32) -> &'a [u8] {
        let range = self.node(node).map(|node| node.at as usize..node.end as usize);
        range.and_then(|range| self.text.get(range)).unwrap_or_default()
    }

    /// The name of a member.
    pub fn name(&self, node: u32) -> Cow<'a, str> {
        unquoted(self.raw_name(node))
    }

    fn raw_name(&self, node: u32) -> &'a [u8] {
        let (at, length) = self.node(node).map_or((0, 0), |node| node.name);
        self.text.get(at as usize..(at + length) as usize).unwrap_or_default()
    }

    /// The member of an object with this name.
    pub fn member(&self, node: u32, name: &str) -> Option<u32> {
        let mut members = self.children(node).filter(|_| self.kind(node) == Kind::Object);
        members.find(|member| self.is_named(*member, name))
    }

    /// Whether a member has this name.
    pub fn is_named(&self, node: u32, name: &str) -> bool {
        let written = unquoted_raw(self.raw_name(node));
        // What is escaped takes more bytes than what it means.
        match written.len().cmp(&name.len()) {
            Ordering::Less => false,
            Ordering::Equal => written == name.as_bytes() && !written.contains(&b'\\'),
            Ordering::Greater => written.contains(&b'\\') && self.name(node) == name,
        }
    }

    /// Whether a node is an element of an array.
    pub fn is_element(&self, node: u32) -> bool {
        self.parent(node).is_some_and(|parent| self.kind(parent) == Kind::Array)
    }

    /// Which element of its array a node is, from 0; none where it stands in no array.
    pub fn position(&self, node: u32) -> Option<u64> {
        let array = self.parent(node).filter(|parent| self.kind(*parent) == Kind::Array)?;
        self.children(array).position(|element| element == node).and_then(|position| position.try_into().ok())
    }

    /// The containers around these nodes, each once.
    pub(super) fn containers_around(&self, nodes: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut is_around = vec![false; self.nodes.len()];
        for node in nodes {
            let mut at = self.parent(node);
            while let Some(parent) = at {
                match is_around.get_mut(parent as usize) {
                    Some(known) if !*known => *known = true,
                    Some(_) | None => break,
                }
                at = self.parent(parent);
            }
        }
        (0..self.len()).zip(is_around).filter(|(_, around)| *around).map(|(node, _)| node).collect()
    }

    fn node(&self, number: u32) -> Option<&Node> {
        self.nodes.get(number as usize)
    }
}

/// A string without its quotation marks and escapes.
fn unquoted(raw: &[u8]) -> Cow<'_, str> {
    if raw.contains(&b'\\') {
        return Cow::Owned(unescape(raw).unwrap_or_default());
    }
    Cow::Borrowed(std::str::from_utf8(unquoted_raw(raw)).unwrap_or_default())
}

/// What is written between the quotation marks.
fn unquoted_raw(raw: &[u8]) -> &[u8] {
    raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default()
}

/// What is known while the text is read.
struct Index<'a> {
    text: &'a [u8],
    nodes: Vec<Node>,
    open: Vec<u32>,
    name: (u32, u32),
}

impl Index<'_> {
    fn begin(&mut self, at: usize) -> u32 {
        let this = number(self.nodes.len());
        let parent = self.open.last().copied().unwrap_or(0);
        let at = number(at);
        self.nodes.push(Node { at, end: at, after: this + 1, parent, name: self.name });
        this
    }
}

impl Visitor for Index<'_> {
    fn key(&mut self, _: Piece<'_>, key: Key<'_>) {
        let rest = self.text.get(key.at..).unwrap_or_default();
        // Without escapes, the name is as long as it is written.
        let plain =
            rest.get(key.name.len() + 1) == Some(&b'"') && rest.get(1..=key.name.len()) == Some(key.name);
        let length = if plain { key.name.len() + 2 } else { quoted_length(rest) };
        self.name = (number(key.at), number(length));
    }

    fn open(&mut self, _: Piece<'_>, _: Container, at: usize) {
        let this = self.begin(at);
        self.open.push(this);
    }

    fn close(&mut self, _: Piece<'_>, at: usize) {
        let after = number(self.nodes.len());
        let this = self.open.pop().and_then(|this| self.nodes.get_mut(this as usize));
        if let Some(this) = this {
            (this.end, this.after) = (number(at + 1), after);
        }
    }

    fn scalar(&mut self, _: Piece<'_>, _: Scalar, at: usize) {
        self.begin(at);
    }

    fn scalar_end(&mut self, _: Piece<'_>, at: usize) {
        if let Some(this) = self.nodes.last_mut() {
            this.end = number(at);
        }
    }
}

/// How long a string with escapes is, quotation marks included.
fn quoted_length(text: &[u8]) -> usize {
    let mut escaped = false;
    let end = text.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

/// Offsets and numbers of nodes fit: the length was looked at first.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
