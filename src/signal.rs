//! What the request itself says about consent.
//!
//! The rule: a signal only narrows. What would defeat it is reading a malformed signal as no signal, so one that is present
//! and not understood counts as an objection to whatever asks for its kind; and hearing only the first of two, so every one
//! is heard, and any objection counts. The one that may say yes is a verified consent token ([`ConsentToken`]).

mod bits;
mod gpp;
mod reader;
mod tcf;
mod token;
mod us;

use std::sync::Arc;

use http::{HeaderMap, HeaderName};

use self::gpp::Gpp;
pub use self::{
    reader::{At, Record, SignalFault, SignalReader, SignalSettings},
    tcf::{PURPOSES as TCF_PURPOSES, Tcf},
    token::ConsentToken,
    us::{Field, Fields},
};

/// Global Privacy Control's field.
pub const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");

/// No string of the IAB that says something is longer; a usual one has some hundred letters.
const LONGEST: usize = 16 << 10;

/// What a policy can count as an objection to a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectionSignal {
    /// Global Privacy Control: the header `Sec-GPC: 1`.
    Gpc,
    /// A string of the Transparency and Consent Framework without a ground for its purpose of this number.
    Tcf(u8),
    /// A string of the Global Privacy Platform that says no in this field.
    Gpp(Field),
}

/// The signals found in one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    gpc: Heard<bool>,
    tcf: Heard<Tcf>,
    gpp: Heard<Fields>,
    token: Option<Arc<ConsentToken>>,
}

/// A kind of signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Global Privacy Control.
    Gpc,
    /// The Transparency and Consent Framework.
    Tcf,
    /// The Global Privacy Platform.
    Gpp,
    /// A consent token.
    Token,
}

/// What was heard of one kind of signal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Heard<T> {
    #[default]
    Nothing,
    Said(T),
    Malformed,
}

impl Signals {
    /// Reads what every request may say: Global Privacy Control.
    pub fn read(headers: &HeaderMap) -> Self {
        let mut signals = Self::default();
        for value in headers.get_all(SEC_GPC) {
            signals.hear_gpc(value.as_bytes());
        }
        signals
    }

    /// Hears a value of `Sec-GPC`.
    pub fn hear_gpc(&mut self, value: &[u8]) {
        let said = match value {
            b"0" => Some(false),
            b"1" => Some(true),
            _ => None,
        };
        self.gpc = self.gpc.and(said, |one, other| one || other);
    }

    /// Hears a string of the Transparency and Consent Framework.
    pub fn hear_tcf(&mut self, value: &[u8]) {
        self.tcf = self.tcf.and(text(value).and_then(Tcf::read), Tcf::and);
    }

    /// Hears a string of the Global Privacy Platform, and the European section in it.
    pub fn hear_gpp(&mut self, value: &[u8]) {
        let said = text(value).and_then(Gpp::read);
        self.gpp = self.gpp.and(said.map(|gpp| gpp.objects), Fields::and);
        if let Some(tcf) = said.and_then(|gpp| gpp.tcf) {
            self.tcf = self.tcf.and(Some(tcf), Tcf::and);
        }
    }

    /// The same signals with a verified consent token.
    pub fn with_token(self, token: Option<ConsentToken>) -> Self {
        Self { token: token.map(Arc::new), ..self }
    }

    /// What these and earlier ones of the same exchange come to: every objection counts, and a yes only if it is still there.
    pub fn after(&self, earlier: &Self) -> Self {
        Self {
            gpc: self.gpc.with(earlier.gpc, |one, other| one || other),
            tcf: self.tcf.with(earlier.tcf, Tcf::and),
            gpp: self.gpp.with(earlier.gpp, Fields::and),
            token: self.token.clone().or_else(|| {
                let earlier = earlier.token.as_deref()?.clone();
                Some(Arc::new(earlier.without_grants()))
            }),
        }
    }

    /// The verified consent token.
    pub fn token(&self) -> Option<&ConsentToken> {
        self.token.as_deref()
    }

    /// Whether the request objects to what asks for this signal. `takes_consent`: nothing but a consent is ground enough.
    pub fn objects(&self, signal: ObjectionSignal, takes_consent: bool) -> bool {
        match signal {
            ObjectionSignal::Gpc => self.gpc.is(|says| says),
            ObjectionSignal::Tcf(n) => {
                // A string that can't be read may have held a European section.
                self.tcf.is(|tcf| tcf.objects(n, takes_consent)) || self.gpp == Heard::Malformed
            }
            ObjectionSignal::Gpp(field) => self.gpp.is(|fields| fields.has(field)),
        }
    }

    /// Whether a signal of this kind was found.
    pub fn has(&self, kind: Kind) -> bool {
        match kind {
            Kind::Gpc => self.gpc != Heard::Nothing,
            Kind::Tcf => self.tcf != Heard::Nothing,
            Kind::Gpp => self.gpp != Heard::Nothing,
            Kind::Token => self.token.is_some(),
        }
    }

    /// Whether a signal of this kind was found, and everything that could be one was read.
    pub fn is_plain(&self, kind: Kind) -> bool {
        let may_be_elsewhere = kind == Kind::Tcf && self.is_malformed(Kind::Gpp);
        self.has(kind) && !self.is_malformed(kind) && !may_be_elsewhere
    }

    /// Whether a signal of this kind was found that can't be read. (A token that can't be is a refusal.)
    pub fn is_malformed(&self, kind: Kind) -> bool {
        match kind {
            Kind::Gpc => self.gpc == Heard::Malformed,
            Kind::Tcf => self.tcf == Heard::Malformed,
            Kind::Gpp => self.gpp == Heard::Malformed,
            Kind::Token => false,
        }
    }
}

impl ObjectionSignal {
    /// Which kind of signal it asks for.
    pub fn kind(self) -> Kind {
        match self {
            Self::Gpc => Kind::Gpc,
            Self::Tcf(_) => Kind::Tcf,
            Self::Gpp(_) => Kind::Gpp,
        }
    }
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Gpc, Self::Tcf, Self::Gpp, Self::Token];

    /// The word in policies, configurations and receipts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gpc => "gpc",
            Self::Tcf => "tcf",
            Self::Gpp => "gpp",
            Self::Token => "consent-token",
        }
    }
}

impl<T: Copy> Heard<T> {
    /// What was heard so far, and one more; none for one that is malformed.
    fn and(self, said: Option<T>, both: impl Fn(T, T) -> T) -> Self {
        self.with(said.map_or(Self::Malformed, Self::Said), both)
    }

    fn with(self, other: Self, both: impl Fn(T, T) -> T) -> Self {
        match (self, other) {
            (Self::Malformed, _) | (_, Self::Malformed) => Self::Malformed,
            (Self::Said(one), Self::Said(other)) => Self::Said(both(one, other)),
            (Self::Said(said), Self::Nothing) | (Self::Nothing, Self::Said(said)) => Self::Said(said),
            (Self::Nothing, Self::Nothing) => Self::Nothing,
        }
    }

    /// Whether it says so, or can't be read.
    fn is(self, says: impl Fn(T) -> bool) -> bool {
        match self {
            Self::Nothing => false,
            Self::Said(said) => says(said),
            Self::Malformed => true,
        }
    }
}

fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok().filter(|text| text.len() <= LONGEST)
}

#[cfg(test)]
mod tests;
