//! The fields of a form of parts, read before it is rewritten.

use std::borrow::Cow;

use super::{
    boundary::Boundary,
    head::Head,
    splitter::{Splitter, Token},
};
use crate::rewrite::fields::Fields;

/// What a part is, as far as its fields are asked for.
#[derive(Default)]
enum Part {
    #[default]
    None,
    Field(String),
    Document,
    /// It may be nothing: browsers send an empty one where no file was chosen.
    File(String),
}

/// The fields of a form that is all there; none where it can't be read in one way only, or brings a file.
pub fn fields<'a>(boundary: &Boundary, body: &[u8]) -> Option<Fields<'a>> {
    let mut splitter = Splitter::new(boundary);
    let mut found = Fields::default();
    let (mut part, mut content) = (Part::None, Vec::new());
    let mut brings_a_file = false;
    let split = splitter.push(body, |token| {
        match token {
            Token::Head(raw) => part = Part::of(&Head::read(raw)?),
            Token::Data(data) => content.extend_from_slice(data),
            Token::End => {
                let content = std::mem::take(&mut content);
                match std::mem::take(&mut part) {
                    Part::None => {}
                    Part::Field(name) => found.add(name, content),
                    Part::Document => found.documents.push(content),
                    // A bot may take it for a field.
                    Part::File(name) if content.is_empty() => found.add(name, content),
                    Part::File(_) => brings_a_file = true,
                }
            }
        }
        Ok(())
    });
    (split.is_ok() && splitter.finish().is_ok() && !brings_a_file).then_some(found)
}

impl Part {
    fn of(head: &Head<'_>) -> Self {
        match (head.is_file(), head.is_json()) {
            (true, _) => Self::File(head.name.to_owned()),
            (false, true) => Self::Document,
            (false, false) => Self::Field(head.name.to_owned()),
        }
    }
}

impl Fields<'_> {
    fn add(&mut self, name: String, content: Vec<u8>) {
        self.fields.push((Cow::Owned(name.into_bytes()), Cow::Owned(content)));
    }
}
