//! The bytes themselves: what the places don't tell.
//!
//! The rule: a part whose bytes differ has a difference. Fields that are a function of the body go without a word in the
//! account, so they are looked for by name; and where nothing else says why a part differs, that is said.

use http::{HeaderMap, header::HeaderName};

use super::{Change, Difference, Fate};
use crate::rewrite::{DISCLOSING, Rewritten, SIGNATURES};

/// A part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Target,
    Fields,
    Body,
}

/// In which parts two requests differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Apart {
    target: bool,
    fields: bool,
    body: bool,
}

impl Part {
    const ALL: [Self; 3] = [Self::Target, Self::Fields, Self::Body];

    /// In which part a place lies.
    pub(super) fn of(path: &[String]) -> Self {
        Self::of_place(path.first().map_or("", String::as_str))
    }

    fn of_place(place: &str) -> Self {
        match place.split_once(':').map(|(kind, _)| kind) {
            Some("query" | "path") => Self::Target,
            Some("header" | "cookie") => Self::Fields,
            Some(_) | None => Self::Body,
        }
    }

    /// How the whole part is called.
    fn place(self) -> &'static str {
        match self {
            Self::Target => "query:*",
            Self::Fields => "header:*",
            Self::Body => "$",
        }
    }
}

impl Apart {
    pub(super) fn of(old: &Rewritten, new: &Rewritten) -> Self {
        let ((uri, headers, body), (other_uri, other_headers, other_body)) = (old.parts(), new.parts());
        // In their order too: the bot can see it.
        let trailers = |one: &Rewritten| one.trailers().map(|fields| Vec::from_iter(fields.clone()));
        Self {
            target: uri != other_uri,
            fields: !headers.iter().eq(other_headers) || trailers(old) != trailers(new),
            body: body != other_body,
        }
    }

    pub(super) fn has(self, part: Part) -> bool {
        match part {
            Part::Target => self.target,
            Part::Fields => self.fields,
            Part::Body => self.body,
        }
    }
}

/// Adds what the places don't tell.
pub(super) fn complete(found: &mut Vec<Difference>, apart: Apart, old: &Rewritten, new: &Rewritten) {
    if apart.fields {
        let (ours, theirs) = (old.parts().1, new.parts().1);
        let names = DISCLOSING.iter().chain(&SIGNATURES);
        let gone: Vec<_> = names.filter_map(|name| derived(name, ours, theirs)).collect();
        let is_new = |one: &Difference| found.iter().all(|other| other.place != one.place);
        let gone: Vec<_> = gone.into_iter().filter(is_new).collect();
        found.extend(gone);
    }
    for part in Part::ALL.into_iter().filter(|part| apart.has(*part)) {
        if !found.iter().any(|difference| Part::of_place(&difference.place) == part) {
            let fate = || Fate { action: "other bytes".to_owned(), data: Vec::new(), within: None };
            let place = part.place().to_owned();
            found.push(Difference { place, change: Change::Otherwise, count: 1, old: fate(), new: fate() });
        }
    }
}

/// A field that is a function of the message and leaves under one of the policies only.
fn derived(name: &'static str, old: &HeaderMap, new: &HeaderMap) -> Option<Difference> {
    let has = |fields: &HeaderMap| fields.contains_key(HeaderName::from_static(name));
    let change = match (has(old), has(new)) {
        (true, false) => Change::WithholdsMore,
        (false, true) => Change::RevealsMore,
        (true, true) | (false, false) => return None,
    };
    let fate = |stays: bool| {
        let action = if stays { "passed" } else { "drop" };
        Fate { action: action.to_owned(), data: Vec::new(), within: None }
    };
    let place = format!("header:{name}");
    Some(Difference { place, change, count: 1, old: fate(has(old)), new: fate(has(new)) })
}
