//! What is a keyword: in whole requests, and in the messages of conversations.
//!
//! The rule: a keyword is all that a person said. In JSON it stands where the profile says; in a form, in the one field with what
//! people write; a message that is no JSON is a text itself. What would defeat it is a word that is found in something more: a
//! list of parts, a form with a file, one argument among several that say something.

use bytes::Bytes;
use http::request::Parts;

use super::{Keyword, Keywords, Word};
use crate::{
    exchange::reading::Reading,
    json::{NameHasher, Tokeniser},
    profile::{Form as _, Said, Socket},
    rewrite::{
        fields::Fields,
        message::{self, Part},
        multipart::Boundary,
    },
    selector::{Document, Kind},
};

impl Keywords {
    /// The keyword that a request with this body is.
    pub(super) fn in_body(&self, head: &Parts, body: &Reading, depth: usize) -> Option<Keyword> {
        match body.form() {
            Some((kind, held)) => {
                let fields = Fields::of(kind, Boundary::read(&head.headers).as_ref(), held)?;
                self.in_fields(&fields, depth)
            }
            None => self.in_json(body.json()?, Socket::Plain, depth),
        }
    }

    /// The keyword that a part of a message is, in the framing of its socket.
    pub(in crate::exchange) fn in_part(&self, part: &Part, framing: Socket, depth: usize) -> Option<Keyword> {
        match part {
            Part::Frame(_) => None,
            Part::Json(json) => self.in_json(json, framing, depth),
            Part::Text(bytes) | Part::Binary(bytes) => self.in_text(bytes, depth),
        }
    }

    fn in_fields(&self, fields: &Fields<'_>, depth: usize) -> Option<Keyword> {
        let field = self.field.as_deref()?;
        let said = match self.turn.field() == Some(field) {
            true => self.turn.said_in(fields),
            // A field that the route names, beside a profile that knows another or none.
            false => fields.only(field).map(|text| Said { text: text.into_owned(), streams: false }),
        };
        match said {
            Some(said) => self.keyword(&said),
            None => self.in_json(fields.document()?, Socket::Plain, depth),
        }
    }

    fn in_text(&self, bytes: &Bytes, depth: usize) -> Option<Keyword> {
        if message::is_json(bytes) {
            return self.in_json(bytes, Socket::Plain, depth);
        }
        let text = std::str::from_utf8(bytes).ok()?.to_owned();
        self.keyword(&Said { text, streams: false })
    }

    /// One that can't be read is refused by the rewrite.
    fn in_json(&self, json: &[u8], framing: Socket, depth: usize) -> Option<Keyword> {
        let mut tokeniser = Tokeniser::new(NameHasher::default(), depth);
        let document = Document::read(json, &mut tokeniser).ok()?;
        self.keyword(&self.turn.said_at(&document, said_at(&document, framing)?)?)
    }

    fn keyword(&self, said: &Said) -> Option<Keyword> {
        let word = Word::new(&said.text);
        let yes = match (self.yes.words.contains(&word), self.no.words.contains(&word)) {
            (true, _) => true,
            (false, true) => false,
            (false, false) => return None,
        };
        Some(Keyword { yes, streams: said.streams })
    }
}

/// Where the message stands in a document of a framing: the one argument of a Socket.IO event, behind its name, or of a `SignalR`
/// invocation.
fn said_at(document: &Document<'_>, framing: Socket) -> Option<u32> {
    let only = |list: u32, behind: usize| {
        let mut elements = document.children(list).skip(behind);
        let (Some(only), None) = (elements.next(), elements.next()) else { return None };
        Some(only)
    };
    match framing {
        Socket::Plain => Some(0),
        Socket::EngineIo => only(Some(0).filter(|root| document.kind(*root) == Kind::Array)?, 1),
        Socket::SignalR => {
            let list = document.member(0, "arguments").filter(|list| document.kind(*list) == Kind::Array)?;
            only(list, 0)
        }
    }
}
