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
    /// Fields of an `application/x-www-form-urlencoded` body.
    Form,
    /// Named segments of the route's path.
    Path,
}

impl FieldKind {
    const ALL: [Self; 5] = [Self::Header, Self::Cookie, Self::Query, Self::Form, Self::Path];

    /// The word before the colon.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Query => "query",
            Self::Form => "form",
            Self::Path => "path",
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
            return match kind {
                "file" => fault(0, "`file:` selectors are not supported yet"),
                other => fault(
                    0,
                    format!(
                        "unknown kind of field `{other}`; use `header:`, `cookie:`, `query:`, `form:` or `path:`"
                    ),
                ),
            };
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
        Ok(Self { text: text.to_owned(), kind, name, prefix, ignore_case })
    }
}
