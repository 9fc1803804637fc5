//! What a form brings, taken apart: for whoever looks for one of its fields before it is rewritten.
//!
//! The rule: a form that can be read in two ways brings nothing, and neither does one with a file that holds something, for it is
//! more than its fields. What would defeat it is a second field of a name, of which one bot takes the first and another
//! the last, so a name is looked for among all of them.

use std::borrow::Cow;

use super::{
    media::BodyKind,
    multipart::{self, Boundary},
};
use crate::{profile::Form, query};

/// A name and a value.
pub(super) type Field<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// The fields of a form, and the JSON documents among its parts.
#[derive(Debug, Default)]
pub struct Fields<'a> {
    pub(super) fields: Vec<Field<'a>>,
    pub(super) documents: Vec<Vec<u8>>,
}

impl<'a> Fields<'a> {
    /// The fields of a body that is read as `kind`; none where it is no form, can't be read in one way only, or brings a file.
    pub fn of(kind: BodyKind, boundary: Option<&Boundary>, body: &'a [u8]) -> Option<Self> {
        match kind {
            BodyKind::Form => Self::of_pairs(body),
            BodyKind::Multipart => multipart::fields(boundary?, body),
            BodyKind::None | BodyKind::Json | BodyKind::Events(_) | BodyKind::Text | BodyKind::Unread => None,
        }
    }

    /// The only JSON document among the parts.
    pub fn document(&self) -> Option<&[u8]> {
        match self.documents.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    fn of_pairs(body: &'a [u8]) -> Option<Self> {
        let pair = |pair: query::Pair<'a>| {
            Some((query::decode(pair.raw_name).ok()?, query::decode(pair.raw_value).ok()?))
        };
        let fields = query::pairs(body).map(pair).collect::<Option<_>>()?;
        Some(Self { fields, documents: Vec::new() })
    }
}

impl Form for Fields<'_> {
    fn only(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut found = self.fields.iter().filter(|(known, _)| known.as_ref() == name.as_bytes());
        let (Some((_, value)), None) = (found.next(), found.next()) else { return None };
        std::str::from_utf8(value).ok().map(Cow::Borrowed)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, header::CONTENT_TYPE};

    use super::*;

    fn boundary() -> Boundary {
        let headers = [(CONTENT_TYPE, "multipart/form-data; boundary=x".parse().unwrap())];
        Boundary::read(&HeaderMap::from_iter(headers)).unwrap()
    }

    fn parts(parts: &[(&str, &str)]) -> String {
        let part = |(head, content): &(&str, &str)| {
            format!("--x\r\nContent-Disposition: {head}\r\n\r\n{content}\r\n")
        };
        parts.iter().map(part).collect::<String>() + "--x--\r\n"
    }

    #[test]
    fn a_field_counts_where_there_is_one_of_its_name() {
        let read = |body: &str| {
            let fields = Fields::of(BodyKind::Form, None, body.as_bytes())?;
            fields.only("text").map(Cow::into_owned)
        };
        assert_eq!(read("a=1&t%65xt=stop+all").as_deref(), Some("stop all"));
        for none in ["text=STOP&text=go+on", "text=STOP&t%65xt=", "text=%ff", "text=STOP&a=%", "a=1", ""] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn a_form_of_parts_with_a_file_is_more_than_its_fields() {
        let read = |form: &[(&str, &str)]| {
            let body = parts(form);
            let boundary = boundary();
            let fields = Fields::of(BodyKind::Multipart, Some(&boundary), body.as_bytes())?;
            fields.only("text").map(Cow::into_owned)
        };
        let text = ("form-data; name=\"text\"", "STOP");
        let file = "form-data; name=\"photo\"; filename=\"\"";
        assert_eq!(read(&[text]).as_deref(), Some("STOP"));
        assert_eq!(read(&[text, (file, "")]).as_deref(), Some("STOP"), "a browser's empty file is none");
        assert_eq!(read(&[text, (file, "x")]), None);
        assert_eq!(read(&[text, text]), None);
        assert_eq!(read(&[text, ("form-data; name=\"text\"; filename=\"a\"", "")]).as_deref(), None);
        assert!(Fields::of(BodyKind::Multipart, Some(&boundary()), b"--x\r\n").is_none(), "it is cut short");
    }
}
