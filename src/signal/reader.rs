//! Where a route looks for signals, and finding them there.
//!
//! The rule: a place that is looked at is also a place whose content stays here, unless the route says `forward`. What
//! would defeat it is a name that no request can carry: nothing would ever be found there, and nobody would notice; so such
//! names are errors at load.

use std::sync::Arc;

use http::{HeaderName, header::COOKIE, request::Parts};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Kind, ObjectionSignal, Signals};
use crate::{cookie, query};

/// Which signals a route hears. `Sec-GPC` is heard always.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SignalSettings {
    /// Global Privacy Control.
    pub gpc: GpcSettings,
    /// Strings of the IAB's Transparency and Consent Framework, version 2: `{cookie: euconsent-v2}`.
    pub tcf: Option<SignalPlace>,
    /// Strings of the IAB's Global Privacy Platform: `{query: gpp}`.
    pub gpp: Option<SignalPlace>,
    /// Whose objections are also written down, once, for subjects that are proven; default `[gpc]`.
    pub record: Record,
}

/// What becomes of Global Privacy Control.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GpcSettings {
    /// Whether the bot gets `Sec-GPC` too.
    pub forward: bool,
}

/// Where a signal is: one or more of `header`, `cookie` and `query`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SignalPlace {
    /// The name of a header field.
    pub header: Option<String>,
    /// The name of a cookie.
    pub cookie: Option<String>,
    /// The name of a query parameter, decoded.
    pub query: Option<String>,
    /// Whether the bot gets it too.
    pub forward: bool,
}

/// Kinds of signals whose objections are written down.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Record(pub Vec<RecordedKind>);

/// A kind of signal that can be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RecordedKind {
    /// Global Privacy Control.
    Gpc,
    /// The Transparency and Consent Framework.
    Tcf,
    /// The Global Privacy Platform.
    Gpp,
}

/// What is wrong with a place for signals.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignalFault {
    /// No place at all.
    #[error("`signals: {kind}` names no place; write `header`, `cookie` or `query` with a name")]
    Nowhere {
        /// The signal's key.
        kind: &'static str,
    },
    /// A name that can't be found in a request.
    #[error("`signals: {kind}`: `{name}` is not the name of a {place}; {advice}")]
    Name {
        /// The signal's key.
        kind: &'static str,
        /// Which place.
        place: &'static str,
        /// The name as written.
        name: String,
        /// What to write.
        advice: &'static str,
    },
    /// A header that has another job.
    #[error("`signals: {kind}`: `{name}` can't carry a signal; choose a header that says nothing else")]
    Taken {
        /// The signal's key.
        kind: &'static str,
        /// The name as written.
        name: String,
    },
}

/// Headers that frame a message, or say several things at once.
const TAKEN: [&str; 11] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "sec-gpc",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Finds signals in requests.
#[derive(Clone, Debug, Default)]
pub struct SignalReader {
    forwards_gpc: bool,
    places: Vec<Place>,
    record: Record,
}

#[derive(Clone, Debug)]
struct Place {
    kind: Kind,
    at: At,
    forward: bool,
}

/// Where a signal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// Every line of this header.
    Header(HeaderName),
    /// Every cookie of this name.
    Cookie(Arc<str>),
    /// Every parameter of this name.
    Query(Arc<str>),
}

impl SignalReader {
    /// Checks the names.
    ///
    /// # Errors
    /// The first that no request can carry.
    pub fn new(settings: &SignalSettings) -> Result<Self, SignalFault> {
        let SignalSettings { gpc, tcf, gpp, record } = settings;
        let mut places = Vec::new();
        for (kind, place) in [(Kind::Tcf, tcf), (Kind::Gpp, gpp)] {
            if let Some(place) = place {
                let at = place.all(kind.as_str())?.into_iter();
                places.extend(at.map(|at| Place { kind, at, forward: place.forward }));
            }
        }
        Ok(Self { forwards_gpc: gpc.forward, places, record: record.clone() })
    }

    /// Whether the bot gets `Sec-GPC` too.
    pub fn forwards_gpc(&self) -> bool {
        self.forwards_gpc
    }

    /// The places whose content the bot must not get.
    pub fn consumed(&self) -> impl Iterator<Item = &At> {
        self.places.iter().filter(|place| !place.forward).map(|place| &place.at)
    }

    /// Whether a signal that a policy asks for is looked for at all. A European string may come in one of either kind.
    pub fn hears(&self, signal: ObjectionSignal) -> bool {
        let has = |kind| self.places.iter().any(|place| place.kind == kind);
        match signal {
            ObjectionSignal::Gpc => true,
            ObjectionSignal::Tcf(_) => has(Kind::Tcf) || has(Kind::Gpp),
            ObjectionSignal::Gpp(_) => has(Kind::Gpp),
        }
    }

    /// Whether objections of this kind of signal are written down.
    pub fn records(&self, kind: Kind) -> bool {
        self.record.0.iter().any(|recorded| recorded.kind() == kind)
    }

    /// The signals of a request.
    pub fn read(&self, head: &Parts) -> Signals {
        let mut signals = Signals::read(&head.headers);
        for Place { kind, at, .. } in &self.places {
            at.each(head, |value| match kind {
                Kind::Tcf => signals.hear_tcf(value),
                Kind::Gpp => signals.hear_gpp(value),
                Kind::Gpc | Kind::Token => {}
            });
        }
        signals
    }
}

impl At {
    /// Every value there. A parameter that can't be decoded has one that is no signal.
    fn each(&self, head: &Parts, mut hear: impl FnMut(&[u8])) {
        match self {
            Self::Header(name) => {
                head.headers.get_all(name).iter().for_each(|value| hear(value.as_bytes().trim_ascii()));
            }
            Self::Cookie(name) => {
                let lines = head.headers.get_all(COOKIE).iter();
                let pairs = lines.flat_map(|line| cookie::pairs(line.as_bytes()));
                pairs.filter(|pair| pair.name == name.as_bytes()).for_each(|pair| hear(pair.value));
            }
            Self::Query(name) => {
                let query = head.uri.query().unwrap_or_default();
                for pair in query::pairs(query.as_bytes()) {
                    if query::decode(pair.raw_name).is_ok_and(|decoded| *decoded == *name.as_bytes()) {
                        hear(&query::decode(pair.raw_value).unwrap_or_default());
                    }
                }
            }
        }
    }
}

impl SignalPlace {
    fn all(&self, kind: &'static str) -> Result<Vec<At>, SignalFault> {
        let Self { header, cookie, query, forward: _ } = self;
        let wrong =
            |place, name: &str, advice| SignalFault::Name { kind, place, name: name.to_owned(), advice };
        let mut all = Vec::new();
        if let Some(name) = header {
            let parsed = HeaderName::try_from(name).ok().filter(|parsed| !parsed.as_str().contains('_'));
            let parsed = parsed.ok_or_else(|| wrong("header", name, "use letters, digits and `-`"))?;
            if TAKEN.contains(&parsed.as_str()) {
                return Err(SignalFault::Taken { kind, name: name.clone() });
            }
            all.push(At::Header(parsed));
        }
        if let Some(name) = cookie {
            // RFC 6265, section 4.1.1: a token, as the name of a method is.
            if http::Method::from_bytes(name.as_bytes()).is_err() {
                return Err(wrong("cookie", name, "use letters, digits, `-` and `_`"));
            }
            all.push(At::Cookie(name.as_str().into()));
        }
        if let Some(name) = query {
            if name.is_empty() {
                return Err(wrong("query parameter", name, "fill it in"));
            }
            all.push(At::Query(name.as_str().into()));
        }
        if all.is_empty() { Err(SignalFault::Nowhere { kind }) } else { Ok(all) }
    }
}

impl RecordedKind {
    fn kind(self) -> Kind {
        match self {
            Self::Gpc => Kind::Gpc,
            Self::Tcf => Kind::Tcf,
            Self::Gpp => Kind::Gpp,
        }
    }
}

impl Default for Record {
    fn default() -> Self {
        Self(vec![RecordedKind::Gpc])
    }
}
