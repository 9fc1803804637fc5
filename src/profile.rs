//! The profile: what the messages of one chatbot protocol look like. Policies speak of data, profiles of shapes.
//!
//! The rule: a profile that loads can be followed to the letter, in one pass over a body; and it is wide: it names what is *not* a
//! text (roles, ids, binary data), and everything else that is a string is one, so that a field that nobody has heard of yet
//! is searched like any other. What would defeat it is a shape that is narrower than what bots send: the pieces of a text
//! that are taken for texts of their own hide what was cut in two.

mod key;
mod places;
mod read;
mod shape;
mod turn;
mod way;

use std::{path::Path, sync::Arc};

use crate::{
    complaint::{Source, Unusable},
    selector::{BodySelector, Selector},
};
pub use key::{Ending, TextKey};
pub use shape::{Delta, Reading, StreamShape};
pub use turn::{Answer, Said, Turn};

/// What the messages of one protocol look like.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name: what configurations call it.
    pub name: Arc<str>,
    /// What it is, for people.
    pub title: String,
    /// Where its author learned what it says.
    pub learned_from: String,
    /// Whether each request brings the conversation so far, and its answer comes in the same exchange.
    pub history: bool,
    /// How messages are put into the frames of a WebSocket.
    pub socket: Socket,
    /// Places in a request that may name the subject. The protocol proves none of them.
    pub claimed_subject: Vec<BodySelector>,
    /// What a person wrote last, and what an answer looks like, where that is said.
    pub turn: Option<Turn>,
    /// Messages to the bot.
    pub to_bot: Side,
    /// Messages to the person: whole replies, and the events of streams.
    pub to_person: Side,
    /// What a stream of events to the person looks like.
    pub stream: StreamShape,
    /// The file.
    pub source: Source,
}

/// What the messages of one direction look like. No selector into a body looks ahead.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// Where people, bots or tools wrote something.
    pub texts: Vec<TextPlace>,
    /// Where the protocol itself has personal data.
    pub personal: Vec<Selector>,
    /// What the protocol needs to work: roles, types, ids, settings. It is never text, and what contains it survives
    /// `undeclared: drop`.
    pub needs: Vec<BodySelector>,
    /// Strings that nobody reads and no text rule may touch: binary data, signatures. The protocol works without them.
    pub opaque: Vec<BodySelector>,
    /// Places that spell texts once more in a way that no text rule understands, such as tokens with their bytes. Where a text
    /// rule binds they become `null`, whatever they hold.
    pub echoes: Vec<BodySelector>,
}

/// Texts: every string at a place and below it, unless it is needed, opaque or an echo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPlace {
    /// The place.
    pub at: BodySelector,
    /// Everything below it; none where the place itself is one string.
    pub below: Option<BodySelector>,
    /// What the strings hold.
    pub inside: Inside,
}

/// What a string holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Inside {
    /// Text as people read it.
    Plain,
    /// A JSON document, so that the text inside it is escaped once more.
    Json,
}

/// How messages are put into the frames of a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Socket {
    /// Each is a message of the WebSocket.
    Plain,
    /// Engine.IO and Socket.IO: a digit or two before each.
    EngineIo,
    /// `SignalR`: several in one, each ended by a record separator (0x1e).
    SignalR,
}

/// The profiles that come with the program.
const SHIPPED: [(&str, &str); 4] = [
    ("json-chat", include_str!("../policies/profiles/json-chat.yaml")),
    ("openai-chat", include_str!("../policies/profiles/openai-chat.yaml")),
    ("openai-responses", include_str!("../policies/profiles/openai-responses.yaml")),
    ("anthropic-messages", include_str!("../policies/profiles/anthropic-messages.yaml")),
];

impl Profile {
    /// A profile that comes with the program; none where it has none of this name.
    pub fn builtin(name: &str) -> Option<Self> {
        let (name, text) = SHIPPED.iter().find(|(shipped, _)| *shipped == name)?;
        Self::parse(Source::new(*name, *text)).ok()
    }

    /// The names of those that come with the program.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// Reads and checks the file at `path`.
    ///
    /// # Errors
    /// When the file can't be read; its text, with what is wrong with it, when it can't be used.
    pub fn load(path: &Path) -> Result<Self, Unusable> {
        let shown = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(Source::new(shown, text)),
            Err(error) => {
                Err(Unusable::Unreadable { what: "profile", path: shown, error: error.to_string() })
            }
        }
    }

    /// Reads and checks a profile.
    ///
    /// # Errors
    /// The text with what is wrong with it.
    pub fn parse(source: Source) -> Result<Self, Unusable> {
        read::profile(&source).map_err(|complaints| Unusable::Wrong { source, complaints })
    }

    /// Whether a file is meant to be a profile: `profile` is its first key.
    pub fn is_meant_by(text: &str) -> bool {
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        let first = lines.find(|line| !line.trim().is_empty() && !line.starts_with(['#', '-', '%']));
        first.is_some_and(|line| line.split(':').next().is_some_and(|key| key.trim() == "profile"))
    }
}

impl TextPlace {
    /// What finds its strings; other values that they find are none.
    pub fn selectors(&self) -> impl Iterator<Item = &BodySelector> {
        std::iter::once(&self.at).chain(&self.below)
    }
}

#[cfg(test)]
mod tests;
