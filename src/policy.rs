//! The policy: what the security team writes. Two nouns, purposes and data.
//!
//! The rule: a policy that loads can be enforced to the letter. Whatever can't be (a selector we can't honour, a purpose
//! nobody defined, special data without the consent it needs) is an error with a line and a caret when the file is
//! read, never something that is skipped when a request comes.

pub mod action;
pub mod check;
pub mod detection;
pub mod example;
mod plan;
mod read;
mod verdict;

use std::{ops::Range, path::Path, sync::Arc};

use crate::{complaint::Source, detect::Kinds, message::Direction, quantity::Span, selector::Selector};
pub use crate::{complaint::Unusable, signal::ObjectionSignal};
use action::Action;
use detection::Detection;
use example::Example;
pub use plan::{Entity, Entry, Inquiry, Plan, Shape, Texts, Written};
pub use verdict::{Effect, Heard, State, Verdict, Why};

/// The most purposes one policy can have: a verdict is a set of this many bits.
pub const MOST_PURPOSES: usize = 128;

/// A policy as its author wrote it.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name.
    pub name: Arc<str>,
    /// The version its author gave it; in every receipt.
    pub version: u64,
    /// Who is responsible for the processing (GDPR Art. 4(7)).
    pub controller: Option<String>,
    /// Policies of one group share their consents.
    pub group: Arc<str>,
    /// What happens to everything that no data entry names.
    pub undeclared: Undeclared,
    /// Why the bot would use data.
    pub purposes: Vec<Purpose>,
    /// The kinds of personal data.
    pub data: Vec<Data>,
    /// How personal data is found in texts.
    pub detection: Detection,
    /// What the author says must come out.
    pub examples: Vec<Example>,
    /// The file.
    pub source: Source,
    /// SHA-256 of the file.
    pub digest: [u8; 32],
}

/// What happens to everything that no data entry names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undeclared {
    /// It is forwarded as it came.
    Forward,
    /// It is removed: the policy is a list of what may pass.
    Drop,
    /// The request is refused.
    Refuse,
}

/// Why the bot would use data.
#[derive(Clone, Debug)]
pub struct Purpose {
    /// Its name in the file.
    pub name: Arc<str>,
    /// What people are told it is called.
    pub title: String,
    /// What people are told about it.
    pub description: Option<String>,
    /// Who else gets the data, as people are told (GDPR Art. 13(1)(e)).
    pub recipients: Vec<String>,
    /// On what legal ground.
    pub basis: Basis,
    /// The edition of the text under which a yes counts.
    pub notice: Option<String>,
    /// How long a yes counts.
    pub expires: Option<Span>,
    /// Signals in the request that count as an objection.
    pub objections: Vec<ObjectionSignal>,
    /// Where its name stands in the file.
    pub place: Range<usize>,
}

/// The legal grounds of GDPR Art. 6(1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// (a) the person said yes
    Consent,
    /// (b) a contract with the person
    Contract,
    /// (c) a law demands it
    LegalObligation,
    /// (d) somebody's life depends on it
    VitalInterests,
    /// (e) a task in the public interest
    PublicTask,
    /// (f) legitimate interests, unless the person objects
    LegitimateInterests,
}

/// A named kind of personal data.
#[derive(Clone, Debug)]
pub struct Data {
    /// Its name in the file.
    pub name: Arc<str>,
    /// What people are told it is called.
    pub title: Option<String>,
    /// Where it is found on its way to the bot.
    pub at: Vec<At>,
    /// Where it is found on its way to the person.
    pub to_person: Vec<At>,
    /// What of it is sought in texts to the bot.
    pub in_text: Kinds,
    /// What of it is sought in texts to the person.
    pub in_replies: Kinds,
    /// Values to the bot that are texts to it, whatever the profile says.
    pub text_at: Vec<At>,
    /// The same for values to the person.
    pub reply_text_at: Vec<At>,
    /// Which purposes it serves.
    pub serves: Serves,
    /// Where its purposes stand in the file; its name where it has none.
    pub for_place: Range<usize>,
    /// What happens when none of them is allowed.
    pub otherwise: Action,
    /// Where its name stands in the file.
    pub place: Range<usize>,
}

/// One selector and where it stands in the file.
#[derive(Clone, Debug)]
pub struct At {
    /// The selector.
    pub selector: Selector,
    /// Where in the document that the found text holds.
    pub inside: Option<Inside>,
    /// Its bytes in the file.
    pub place: Range<usize>,
}

/// A place in a document that is written in a text.
#[derive(Clone, Debug)]
pub struct Inside {
    /// How the document is written.
    pub writing: Writing,
    /// The place in it.
    pub select: Box<At>,
}

/// How a document is written in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Writing {
    /// JSON (RFC 8259).
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// Base64 (RFC 4648), standard or URL-safe, of a document in JSON.
    Base64,
}

/// Which purposes must be allowed for data to pass, as bits by the purposes' numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serves {
    /// None is named: the data never passes.
    Nothing,
    /// Any of them is enough.
    Any(u128),
    /// Every one of them is needed.
    All(u128),
}

impl Policy {
    /// Reads and checks the file at `path`.
    ///
    /// # Errors
    /// When the file can't be read; its text, with what is wrong with it, when it can't be used.
    pub fn load(path: &Path) -> Result<Self, Unusable> {
        let shown = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(Source::new(shown, text)),
            Err(error) => Err(Unusable::Unreadable { what: "policy", path: shown, error: error.to_string() }),
        }
    }

    /// Reads and checks a policy.
    ///
    /// # Errors
    /// The text with what is wrong with it.
    pub fn parse(source: Source) -> Result<Self, Unusable> {
        read::policy(&source).map_err(|complaints| Unusable::Wrong { source, complaints })
    }

    /// The number of a purpose.
    pub fn purpose(&self, name: &str) -> Option<usize> {
        self.purposes.iter().position(|purpose| &*purpose.name == name)
    }

    /// The digest in hexadecimal.
    pub fn digest_hex(&self) -> String {
        hex(&self.digest)
    }
}

impl Basis {
    /// The word in policy files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Contract => "contract",
            Self::LegalObligation => "legal-obligation",
            Self::VitalInterests => "vital-interests",
            Self::PublicTask => "public-task",
            Self::LegitimateInterests => "legitimate-interests",
        }
    }
}

impl Writing {
    /// The word in policy files and receipts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Form => "form",
            Self::Base64 => "base64",
        }
    }
}

impl Data {
    /// Where it is found on its way there.
    pub fn places(&self, direction: Direction) -> &[At] {
        match direction {
            Direction::ToBot => &self.at,
            Direction::ToPerson => &self.to_person,
        }
    }

    /// Which values are texts to it on their way there, whatever the profile says.
    pub fn text_places(&self, direction: Direction) -> &[At] {
        match direction {
            Direction::ToBot => &self.text_at,
            Direction::ToPerson => &self.reply_text_at,
        }
    }

    /// What of it is sought in texts on their way there.
    pub fn kinds(&self, direction: Direction) -> Kinds {
        match direction {
            Direction::ToBot => self.in_text,
            Direction::ToPerson => self.in_replies,
        }
    }

    /// Whether it may be found in a body, of whatever kind.
    pub fn is_in_a_body(&self, direction: Direction) -> bool {
        let in_text = !self.kinds(direction).is_empty();
        in_text
            || self.places(direction).iter().any(|at| match &at.selector {
                Selector::Body(_) => true,
                Selector::Field(field) => field.kind.is_in_a_body(),
            })
    }
}

impl Purpose {
    /// SHA-256, in hexadecimal, of the text that people are shown when they are asked: title, line break and description; and each
    /// recipient after a zero byte.
    pub fn text_digest(&self) -> String {
        let mut text = format!("{}\n{}", self.title, self.description.as_deref().unwrap_or_default());
        for recipient in &self.recipients {
            text.push('\0');
            text.push_str(recipient);
        }
        hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()).as_ref())
    }
}

impl Serves {
    /// The purposes' numbers.
    pub fn purposes(self) -> impl Iterator<Item = usize> {
        let bits = self.bits();
        (0..MOST_PURPOSES).filter(move |n| bits >> n & 1 == 1)
    }

    /// The purposes as bits by their numbers.
    pub fn bits(self) -> u128 {
        match self {
            Self::Nothing => 0,
            Self::Any(bits) | Self::All(bits) => bits,
        }
    }

    /// Whether data passes when these purposes are allowed.
    #[inline]
    pub fn satisfied_by(self, allowed: u128) -> bool {
        match self {
            Self::Nothing => false,
            Self::Any(bits) => bits & allowed != 0,
            Self::All(bits) => bits & allowed == bits,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
