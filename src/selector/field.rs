//! A named field beside the body, or of a form.

use super::{SelectorFault, fault, folded};

/// Named fields of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldSelector {
    /// The selector as it was written.
    pub text: String,
    /// Which fields.
    pub kind: FieldKind,
    /// The name, or its beginning.
    pub name: String,
    /// Whether any name that begins so is meant (a trailing `*`).
    pub prefix: bool,
    /// Whether names match in any case. Header names always do.
    pub ignore_case: bool,
    /// Of files, only those of these media types.
    pub media: Option<MediaRange>,
}

/// Media types: one, or all of a kind, as `Accept` writes them (RFC 9110, section 12.5.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaRange {
    kind: String,
    /// None for all of the kind.
    subtype: Option<String>,
}

/// The kinds of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FieldKind {
    /// Header and trailer fields (RFC 9110, section 6.3).
    Header,
    /// Cookies (RFC 6265).
    Cookie,
    /// Parameters of the query.
    Query,
    /// Fields of an `application/x-www-form-urlencoded` or `multipart/form-data` body.
    Form,
    /// Named segments of the route's path.
    Path,
    /// Files in a `multipart/form-data` body, by the names of their parts (RFC 7578).
    File,
    /// The names that these files had where they came from, by the names of their parts (RFC 7578, section 4.2).
    FileName,
}

impl FieldKind {
    const ALL: [Self; 7] =
        [Self::Header, Self::Cookie, Self::Query, Self::Form, Self::Path, Self::File, Self::FileName];

    /// Whether such fields are in the body.
    pub fn is_in_a_body(self) -> bool {
        match self {
            Self::Form | Self::File | Self::FileName => true,
            Self::Header | Self::Cookie | Self::Query | Self::Path => false,
        }
    }

    /// The word before the colon.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Query => "query",
            Self::Form => "form",
            Self::Path => "path",
            Self::File => "file",
            Self::FileName => "filename",
        }
    }
}

impl FieldSelector {
    pub(super) fn parse(
        text: &str,
        kind: &str,
        name: &str,
        ignore_case: bool,
    ) -> Result<Self, SelectorFault> {
        let Some(kind) = FieldKind::ALL.into_iter().find(|known| known.as_str() == kind) else {
            return fault(
                0,
                format!(
                    "unknown kind of field `{kind}`; use `header:`, `cookie:`, `query:`, `form:`, `path:`, `file:` or `filename:`"
                ),
            );
        };
        let name_at = kind.as_str().len() + 1;
        let (name, prefix) = name.strip_suffix('*').map_or((name, false), |start| (start, true));
        if let Some(star) = name.find('*') {
            return fault(name_at + star, "`*` may only stand at the end of a name");
        }
        if name.is_empty() && !prefix || name.trim() != name {
            return fault(name_at, "a name is missing, or has space around it");
        }
        if kind == FieldKind::Header && !name.is_empty() && http::HeaderName::try_from(name).is_err() {
            return fault(name_at, "not the name of a header field");
        }
        if kind == FieldKind::Header && name.contains('_') {
            return fault(name_at, "header names with `_` are always dropped, so no entry can find one");
        }
        let ignore_case = ignore_case || kind == FieldKind::Header;
        let name = if ignore_case { folded(name) } else { name.to_owned() };
        Ok(Self { text: text.to_owned(), kind, name, prefix, ignore_case, media: None })
    }
}

impl MediaRange {
    /// Reads a range such as `image/*` or `application/pdf`; none where it is none, or would be all there are.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, subtype) = text.split_once('/')?;
        let is_token = |part: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
            !part.is_empty() && part.bytes().all(fits)
        };
        let subtype = (subtype != "*").then(|| subtype.to_ascii_lowercase());
        let fits = is_token(kind) && subtype.as_deref().is_none_or(is_token);
        fits.then(|| Self { kind: kind.to_ascii_lowercase(), subtype })
    }

    /// Whether a media type (without its parameters) is one of them.
    pub fn holds(&self, essence: &str) -> bool {
        essence.split_once('/').is_some_and(|(kind, subtype)| {
            kind.eq_ignore_ascii_case(&self.kind)
                && self.subtype.as_deref().is_none_or(|ours| ours.eq_ignore_ascii_case(subtype))
        })
    }

    /// Whether every type of the other range is one of these.
    pub fn covers(&self, other: &Self) -> bool {
        self.kind == other.kind && (self.subtype.is_none() || self.subtype == other.subtype)
    }
}
