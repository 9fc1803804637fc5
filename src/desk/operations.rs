//! Every operation of the desk's API: one table, from which both the router and the OpenAPI document are made.
//!
//! The rule: what is not in the table is not there, and what is in the table is described. What would defeat it is a handler that
//! takes more than its line says; so queries are read by the names that stand here, and bodies by the types that stand here.

use http::{Method, StatusCode};
use schemars::{Schema, SchemaGenerator};

use super::{
    api::{Entered, Entering},
    decisions::{Deciding, History, Made},
    exchanges::Exchanges,
    overview::Overview,
    rights::{Asked, Erasing, Requests, Restriction, Words},
};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Overview,
    Decide,
    History,
    Exchanges,
    Restrict,
    Lift,
    Download,
    Erase,
    Tell,
    Requests,
    Receipt,
    Enter,
    Leave,
    KeySet,
    Description,
}

/// How a value is described.
type Described = fn(&mut SchemaGenerator) -> Schema;

/// One operation.
pub(super) struct Operation {
    pub(super) deed: Deed,
    pub(super) method: Method,
    /// With at most one segment in braces.
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    /// Whether somebody must have entered.
    pub(super) entered: bool,
    /// Beside `lang`, which each takes.
    pub(super) query: &'static [Parameter],
    pub(super) body: Option<Described>,
    pub(super) answer: (StatusCode, &'static str, Option<Described>),
    /// The problems of its own, beside those of all.
    pub(super) problems: &'static [(u16, &'static str)],
}

/// A parameter of a query.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) shape: Shape,
}

/// What a parameter can be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// A number between these.
    Number(u64, u64),
    /// A moment (RFC 3339).
    Moment,
    /// A text of at most so many characters.
    Text(usize),
    /// The id of an exchange.
    Id,
    /// One of these.
    Word(&'static [&'static str]),
}

/// Exchanges and decisions of one page, at most.
pub(super) const MOST: u64 = 100;
/// Those of one page where nothing is said.
pub(super) const USUAL: usize = 20;

pub(super) const JSON: &str = "application/json";
const ANYTHING: u64 = 9_007_199_254_740_991; // what JSON can tell exactly (RFC 8259, section 6)

const LIMIT: Parameter = Parameter {
    name: "limit",
    about: "how many at most; 20 where nothing is said",
    shape: Shape::Number(1, MOST),
};

/// The parameter that every operation takes.
pub(super) const LANG: Parameter = Parameter {
    name: "lang",
    about: "the language of texts, before `Accept-Language`",
    shape: Shape::Text(16),
};

fn schema<T: schemars::JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

const UNREADABLE: (u16, &str) = (400, "the body or a parameter can't be read");
const TOO_LARGE: (u16, &str) = (413, "the body is too large");
const OTHER_TYPE: (u16, &str) = (415, "the body is of another type");
const UNKNOWN: (u16, &str) = (404, "nobody here asks for that");

/// All of them.
pub(super) static OPERATIONS: [Operation; 15] = [
    Operation {
        deed: Deed::Overview,
        method: Method::GET,
        path: "/api/overview",
        summary: "What asks for your data, and what you said to it",
        entered: true,
        query: &[],
        body: None,
        answer: (StatusCode::OK, JSON, Some(schema::<Overview>)),
        problems: &[UNREADABLE],
    },
    Operation {
        deed: Deed::Decide,
        method: Method::POST,
        path: "/api/decisions",
        summary: "Decide on one purpose",
        entered: true,
        query: &[],
        body: Some(schema::<Deciding>),
        answer: (StatusCode::CREATED, JSON, Some(schema::<Made>)),
        problems: &[
            UNREADABLE,
            UNKNOWN,
            (409, "the text has changed since it was shown"),
            TOO_LARGE,
            OTHER_TYPE,
            (422, "the purpose does not depend on a decision"),
        ],
    },
    Operation {
        deed: Deed::History,
        method: Method::GET,
        path: "/api/decisions",
        summary: "What you decided, newest first",
        entered: true,
        query: &[
            Parameter {
                name: "before",
                about: "the number of the last decision of the page before",
                shape: Shape::Number(0, ANYTHING),
            },
            LIMIT,
        ],
        body: None,
        answer: (StatusCode::OK, JSON, Some(schema::<History>)),
        problems: &[UNREADABLE],
    },
    Operation {
        deed: Deed::Exchanges,
        method: Method::GET,
        path: "/api/exchanges",
        summary: "What was passed on and what was withheld in your conversations, newest first",
        entered: true,
        query: &[
            Parameter { name: "before", about: "`next` of the page before", shape: Shape::Id },
            LIMIT,
            Parameter { name: "from", about: "those that began then or later", shape: Shape::Moment },
            Parameter { name: "to", about: "those that began before then", shape: Shape::Moment },
            Parameter {
                name: "only",
                about: "only those in which something was withheld",
                shape: Shape::Word(&["withheld"]),
            },
            Parameter {
                name: "purpose",
                about: "only those with data for this purpose",
                shape: Shape::Text(256),
            },
        ],
        body: None,
        answer: (StatusCode::OK, JSON, Some(schema::<Exchanges>)),
        problems: &[UNREADABLE],
    },
    Operation {
        deed: Deed::Restrict,
        method: Method::POST,
        path: "/api/restriction",
        summary: "Stop everything but what the law or life demands (GDPR Art. 18)",
        entered: true,
        query: &[],
        body: None,
        answer: (StatusCode::OK, JSON, Some(schema::<Restriction>)),
        problems: &[UNREADABLE],
    },
    Operation {
        deed: Deed::Lift,
        method: Method::DELETE,
        path: "/api/restriction",
        summary: "End the restriction",
        entered: true,
        query: &[],
        body: None,
        answer: (StatusCode::OK, JSON, Some(schema::<Restriction>)),
        problems: &[UNREADABLE],
    },
    Operation {
        deed: Deed::Download,
        method: Method::GET,
        path: "/api/download",
        summary: "Everything that is known about you here, for you to keep (GDPR Art. 15 and 20)",
        entered: true,
        query: &[],
        body: None,
        answer: (StatusCode::OK, JSON, None),
        problems: &[UNREADABLE],
    },
    Operation {
        deed: Deed::Erase,
        method: Method::POST,
        path: "/api/erasure",
        summary: "Erase everything that is known about you here (GDPR Art. 17); what you said no to stays obeyed",
        entered: true,
        query: &[],
        body: Some(schema::<Erasing>),
        answer: (StatusCode::OK, JSON, None),
        problems: &[UNREADABLE, TOO_LARGE, OTHER_TYPE, (501, "decisions are kept in an outside service")],
    },
    Operation {
        deed: Deed::Tell,
        method: Method::POST,
        path: "/api/words",
        summary: "A word to the operator, who must answer within a month",
        entered: true,
        query: &[],
        body: Some(schema::<Words>),
        answer: (StatusCode::CREATED, JSON, Some(schema::<Asked>)),
        problems: &[UNREADABLE, TOO_LARGE, OTHER_TYPE],
    },
    Operation {
        deed: Deed::Requests,
        method: Method::GET,
        path: "/api/requests",
        summary: "What you asked for, and by when it must be answered",
        entered: true,
        query: &[],
        body: None,
        answer: (StatusCode::OK, JSON, Some(schema::<Requests>)),
        problems: &[UNREADABLE],
    },
    Operation {
        deed: Deed::Receipt,
        method: Method::GET,
        path: "/api/receipts/{consents}",
        summary: "A consent receipt (ISO/IEC TS 27560:2023), signed with a key of `/.well-known/jwks.json`",
        entered: true,
        query: &[Parameter {
            name: "form",
            about: "`json` for the document without signature (JSON-LD)",
            shape: Shape::Word(&["json", "jws"]),
        }],
        body: None,
        answer: (StatusCode::OK, "application/jose", None),
        problems: &[UNREADABLE, UNKNOWN],
    },
    Operation {
        deed: Deed::Enter,
        method: Method::POST,
        path: "/api/session",
        summary: "Make a session of a single-use link's token",
        entered: false,
        query: &[],
        body: Some(schema::<Entering>),
        answer: (StatusCode::CREATED, JSON, Some(schema::<Entered>)),
        problems: &[UNREADABLE, (403, "the link does not open the desk"), TOO_LARGE, OTHER_TYPE],
    },
    Operation {
        deed: Deed::Leave,
        method: Method::DELETE,
        path: "/api/session",
        summary: "Leave: the session's cookie ends",
        entered: true,
        query: &[],
        body: None,
        answer: (StatusCode::NO_CONTENT, JSON, None),
        problems: &[UNREADABLE],
    },
    Operation {
        deed: Deed::KeySet,
        method: Method::GET,
        path: "/.well-known/jwks.json",
        summary: "The keys that consent receipts are signed with, now and earlier (RFC 7517)",
        entered: false,
        query: &[],
        body: None,
        answer: (StatusCode::OK, "application/jwk-set+json", None),
        problems: &[UNREADABLE],
    },
    Operation {
        deed: Deed::Description,
        method: Method::GET,
        path: "/openapi.json",
        summary: "This document",
        entered: false,
        query: &[],
        body: None,
        answer: (StatusCode::OK, JSON, None),
        problems: &[UNREADABLE],
    },
];

/// What there is at a path.
pub(super) enum Found {
    /// This operation, with the segment that its path names in braces.
    Operation(&'static Operation, Option<String>),
    /// Others, which take these methods.
    Methods(&'static str),
    /// Nothing.
    Nothing,
}

/// Finds an operation. `HEAD` is asked as `GET` is.
pub(super) fn find(method: &Method, path: &str) -> Found {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let mut here =
        OPERATIONS.iter().filter_map(|operation| Some((operation, segment(operation.path, path)?)));
    if let Some((operation, segment)) = here.clone().find(|(operation, _)| operation.method == *method) {
        return Found::Operation(operation, segment);
    }
    let methods: Vec<&Method> = here.by_ref().map(|(operation, _)| &operation.method).collect();
    match methods.as_slice() {
        [] => Found::Nothing,
        all if all.contains(&&Method::GET) && all.contains(&&Method::POST) => {
            Found::Methods("GET, HEAD, POST")
        }
        all if all.contains(&&Method::DELETE) => Found::Methods("POST, DELETE"),
        all if all.contains(&&Method::POST) => Found::Methods("POST"),
        _ => Found::Methods("GET, HEAD"),
    }
}

/// Whether a path is this template's: then with the segment in braces, decoded.
fn segment(template: &str, path: &str) -> Option<Option<String>> {
    let Some((before, _)) = template.split_once('{') else { return (template == path).then_some(None) };
    let raw = path.strip_prefix(before).filter(|rest| !rest.is_empty() && !rest.contains('/'))?;
    let decoded = percent_encoding::percent_decode_str(raw).decode_utf8().ok()?;
    Some(Some(decoded.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_found_by_method_and_path_and_by_nothing_else() {
        let found = |method: Method, path: &str| match find(&method, path) {
            Found::Operation(operation, segment) => format!("{:?} {segment:?}", operation.deed),
            Found::Methods(methods) => methods.to_owned(),
            Found::Nothing => "nothing".to_owned(),
        };
        assert_eq!(found(Method::GET, "/api/decisions"), "History None");
        assert_eq!(found(Method::HEAD, "/api/overview"), "Overview None");
        assert_eq!(found(Method::GET, "/api/receipts/my%20shop"), "Receipt Some(\"my shop\")");
        assert_eq!(found(Method::PUT, "/api/decisions"), "GET, HEAD, POST");
        assert_eq!(found(Method::GET, "/api/restriction"), "POST, DELETE");
        assert_eq!(found(Method::GET, "/api/words"), "POST");
        for path in [
            "/api",
            "/api/receipts/",
            "/api/receipts/a/b",
            "/api/overview/",
            "/API/overview",
            "/api/receipts/%ff",
        ] {
            assert_eq!(found(Method::GET, path), "nothing", "{path}");
        }
    }

    #[test]
    fn no_two_operations_are_the_same_and_none_names_a_person() {
        for (n, one) in OPERATIONS.iter().enumerate() {
            let twice = |other: &&Operation| other.path == one.path && other.method == one.method;
            assert_eq!(OPERATIONS.iter().position(|other| twice(&other)), Some(n));
            assert!(
                one.query.iter().all(|parameter| !["id", "subject", "namespace"].contains(&parameter.name))
            );
        }
    }
}
