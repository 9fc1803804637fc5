//! Links that stand in a text as they are.
//!
//! The rule: a link goes on up to ASCII white space, since some link finder takes in everything else, and only
//! `http://HOST/` and `https://HOST/` with a listed host, spelt plainly, is one in which anything is restored. Everything that
//! a link finder could take for another link is one: `//host`, `host.name/`, `mailto:`, backslashes, and a `//` inside.

use super::Hosts;

/// Schemes that take what follows them somewhere, or run it, without `//`.
const OPAQUE: [&str; 26] = [
    "blob",
    "callto",
    "cid",
    "data",
    "facetime",
    "file",
    "ftp",
    "ftps",
    "intent",
    "javascript",
    "mailto",
    "mms",
    "sip",
    "sips",
    "skype",
    "sms",
    "smsto",
    "tel",
    "tg",
    "vbscript",
    "view-source",
    "whatsapp",
    "ws",
    "wss",
    "xmpp",
    "x-apple-data-detectors",
];

/// The longest scheme among those, and the longest name of a character.
const LONGEST_WORD: usize = 24;

/// The longest host and port.
const LONGEST_AUTHORITY: usize = 260;

/// Where we are in a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// In none so far.
    Outside(Word),
    /// Behind `http:` or `https:`, with this many slashes.
    Slashes(u8),
    /// Where the host stands; what was read of it.
    Authority(String),
    /// Behind a listed host. What was read last, as far as it matters.
    Listed(Tail),
    /// In a link of which nothing is known but that it leads elsewhere.
    Foreign,
}

/// The end of a listed link so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tail {
    /// Nothing special.
    #[default]
    Plain,
    /// `/`
    Slash,
    /// `%`
    Percent,
    /// `%2` or `%5`
    Half(char),
}

/// The word before us: what could still turn out to be a host or a scheme.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// Its end, of letters, digits, `+`, `-` and `.`, in lower case; empty when it is longer than any scheme.
    name: String,
    long: bool,
    dot: Dot,
    slash: bool,
    /// Whether the name is one of a character, behind `&`.
    entity: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Dot {
    #[default]
    None,
    /// `word.`
    Last,
    /// `word.word`
    Between,
}

impl Default for Link {
    fn default() -> Self {
        Self::Outside(Word::default())
    }
}

impl Link {
    pub(super) fn read(&mut self, c: char, hosts: &Hosts) {
        if c.is_ascii_whitespace() {
            *self = Self::default();
            return;
        }
        let next = match self {
            Self::Outside(word) => word.read(c),
            Self::Slashes(slashes) => Some(match (c, *slashes) {
                ('/', 0) => Self::Slashes(1),
                ('/', 1) => Self::Authority(String::new()),
                _ => Self::Foreign,
            }),
            Self::Authority(authority) => authority_goes_on(authority, c, hosts),
            Self::Listed(tail) => Some(tail.read(c).map_or(Self::Foreign, Self::Listed)),
            Self::Foreign => None,
        };
        if let Some(next) = next {
            *self = next;
        }
    }
}

/// What becomes of a link whose host is being read; none when it goes on.
fn authority_goes_on(authority: &mut String, c: char, hosts: &Hosts) -> Option<Link> {
    match c {
        '/' | '?' | '#' if hosts.list(authority) => {
            Some(Link::Listed(if c == '/' { Tail::Slash } else { Tail::Plain }))
        }
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | ':' if authority.len() < LONGEST_AUTHORITY => {
            authority.push(c);
            None
        }
        _ => Some(Link::Foreign),
    }
}

impl Tail {
    /// None where another link could begin, or this one end for some reader.
    fn read(self, c: char) -> Option<Self> {
        match (self, c) {
            (Self::Slash, '/') => None,
            (Self::Half('2'), 'f' | 'F') | (Self::Half('5'), 'c' | 'C') => None,
            (Self::Percent, '2' | '5') => Some(Self::Half(c)),
            (_, '/') => Some(Self::Slash),
            (_, '%') => Some(Self::Percent),
            (_, c) if c.is_ascii_alphanumeric() || "-._~?#:@!$&+,;=".contains(c) => Some(Self::Plain),
            _ => None,
        }
    }
}

impl Word {
    /// Whether a host could be going on here.
    pub(super) fn could_be_host(&self) -> bool {
        self.dot != Dot::None
    }

    /// What begins with this character; none when nothing does.
    fn read(&mut self, c: char) -> Option<Link> {
        match c {
            ':' => self.colon(),
            '/' | '\\' if self.slash || self.dot == Dot::Between => Some(Link::Foreign),
            '?' | '#' if self.dot == Dot::Between => Some(Link::Foreign),
            ';' if self.entity && self.is_punctuation() => Some(Link::Foreign),
            '#' if self.entity => {
                self.push(c);
                None
            }
            '.' => {
                self.dot = if self.name.is_empty() && !self.long { Dot::None } else { Dot::Last };
                self.push(c);
                None
            }
            '+' | '-' | '_' | '%' | '@' => {
                self.push(c);
                None
            }
            c if c.is_alphanumeric() => {
                self.dot = if self.dot == Dot::None { Dot::None } else { Dot::Between };
                self.push(c);
                None
            }
            _ => {
                *self = Self { slash: matches!(c, '/' | '\\'), entity: c == '&', ..Self::default() };
                None
            }
        }
    }

    fn colon(&mut self) -> Option<Link> {
        let scheme = std::mem::take(&mut self.name);
        match &*scheme {
            "http" | "https" if !self.long => Some(Link::Slashes(0)),
            other if OPAQUE.contains(&other) => Some(Link::Foreign),
            _ => {
                *self = Self { dot: self.dot, ..Self::default() }; // `host.name:80/`
                None
            }
        }
    }

    /// Whether this names a character that links are made of, so that decoding it would make one.
    fn is_punctuation(&self) -> bool {
        match &*self.name {
            "colon" | "sol" | "bsol" | "period" => true,
            "#34" | "#39" | "#x22" | "#x27" => false,
            other => other.starts_with('#'),
        }
    }

    fn push(&mut self, c: char) {
        (self.slash, self.long) = (false, self.long || self.name.len() >= LONGEST_WORD);
        match c {
            _ if self.long => self.name.clear(),
            'a'..='z' | '0'..='9' | '+' | '-' | '.' | '#' => self.name.push(c),
            'A'..='Z' => self.name.push(c.to_ascii_lowercase()),
            _ => self.name.clear(),
        }
    }
}
