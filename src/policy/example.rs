//! Examples in the policy file: what goes in, what must come out.

use std::ops::Range;

use jiff::Timestamp;
use serde_json::Value;

use crate::{consent::DecisionKind, signal::Signals};

/// One example.
#[derive(Clone, Debug)]
pub struct Example {
    /// What it shows, in a sentence.
    pub name: String,
    /// What the person had decided, by the purpose's name.
    pub consents: Vec<(String, DecisionKind)>,
    /// Whether the person had asked for restriction (GDPR Art. 18).
    pub restricted: bool,
    /// What the request says about consent, beside its header.
    pub signals: Signals,
    /// How long ago the decisions were made.
    pub decided_ago: jiff::SignedDuration,
    /// The moment it plays at, where that matters.
    pub now: Option<Timestamp>,
    /// What the client sends.
    pub to_bot: Parts,
    /// What must become of it.
    pub expected: Expected,
    /// Where its name stands in the file.
    pub place: Range<usize>,
}

/// What must become of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// The bot gets this, and nothing else of what was sent.
    Becomes(Parts),
    /// The request is refused.
    Refused,
}

/// The parts of a request that an example speaks of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// Cookies.
    pub cookies: Vec<(String, String)>,
    /// Parameters of the query.
    pub query: Vec<(String, String)>,
    /// Named segments of the path.
    pub path: Vec<(String, String)>,
    /// Fields of a form; not together with a body.
    pub form: Option<Vec<(String, String)>>,
    /// A JSON body.
    pub body: Option<Value>,
}
