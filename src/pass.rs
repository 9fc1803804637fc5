//! Passes: what says, sealed, who somebody is at the desk, for a short while.
//!
//! The rule: nobody but the holder of the ledger's key can make a pass or read one, so an address that stands in a log or a
//! history names nobody; and a pass of one kind never opens the door of another, because the kind is sealed in with it. It names the
//! ledger's reference for the person, too: whoever is erased gets another one, and every pass of before is void.
//!
//! What would defeat it: telling people why a pass does not hold. A forged one, an expired one and a used one are all
//! [`None`] to whoever asks.

use aws_lc_rs::rand;
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    seal::Seal,
    subject::{Standing, Subject},
};

/// What the key of passes is made under.
pub const LABEL: &str = "desk pass";

/// No pass is longer: ids are at most 512 bytes.
const LONGEST: usize = 4096;

/// What a pass opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// It makes one session, once.
    Link,
    /// It is a session.
    Session,
}

/// Where a link leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Room {
    /// The desk itself.
    #[default]
    #[serde(rename = "/")]
    Desk,
    /// The panel, which stands in other people's pages.
    #[serde(rename = "/panel")]
    Panel,
}

/// Whom a pass is for, and until when.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// Its own random id.
    pub id: [u8; 16],
    /// The second from which on it is void.
    until: i64,
    /// The ledger's reference for the person.
    pub reference: Option<String>,
    namespace: String,
    person: String,
}

/// Makes and reads passes.
pub struct Passes(Seal);

impl Pass {
    /// One for this person.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new(subject: &Subject, reference: Option<String>, until: Timestamp) -> Result<Self, NoPass> {
        let mut id = [0; 16];
        rand::fill(&mut id).map_err(|_| NoPass)?;
        let (namespace, person) = (subject.namespace().to_owned(), subject.id().to_owned());
        Ok(Self { id, until: until.as_second(), reference, namespace, person })
    }

    /// The person, who was proven when it was made.
    pub fn subject(&self) -> Subject {
        Subject::new(&*self.namespace, &*self.person, Standing::Proven)
    }

    /// When it is void.
    pub fn until(&self) -> Timestamp {
        Timestamp::from_second(self.until).unwrap_or(Timestamp::MIN)
    }
}

/// A pass could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no pass can be made: no random numbers")]
pub struct NoPass;

impl Passes {
    /// Those made with this key; none for a key that is none.
    pub fn new(key: &[u8; 32]) -> Option<Self> {
        Seal::new(key).map(Self)
    }

    /// The pass as it is handed out: characters that may stand in an address and in a cookie.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn seal(&self, door: Door, pass: &Pass) -> Result<String, NoPass> {
        let pass = serde_json::to_vec(pass).map_err(|_| NoPass)?;
        let sealed = self.0.seal(door.label(), &pass).ok_or(NoPass)?;
        Ok(BASE64URL_NOPAD.encode(&sealed))
    }

    /// The pass, if it is one of ours for this door and not void yet.
    pub fn open(&self, door: Door, text: &[u8], now: Timestamp) -> Option<Pass> {
        let sealed = BASE64URL_NOPAD.decode(text.get(..text.len().min(LONGEST))?).ok()?;
        let pass: Pass = serde_json::from_slice(&self.0.open(door.label(), &sealed)?).ok()?;
        (now < pass.until()).then_some(pass)
    }
}

impl Door {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Link => b"assentry desk link 1",
            Self::Session => b"assentry desk session 1",
        }
    }
}

impl std::fmt::Debug for Pass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pass({}:<withheld>)", self.namespace)
    }
}

impl std::fmt::Debug for Passes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passes")
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;

    fn passes(byte: u8) -> Passes {
        Passes::new(&[byte; 32]).unwrap()
    }

    fn adas(until: Timestamp) -> Pass {
        let ada = Subject::new("login", "ada@example.com", Standing::Proven);
        Pass::new(&ada, Some("r1".to_owned()), until).unwrap()
    }

    #[test]
    fn a_pass_opens_its_own_door_until_it_is_void_and_says_who_it_is_for() {
        let now = Timestamp::now();
        let pass = adas(now + 10.minutes());
        let text = passes(1).seal(Door::Link, &pass).unwrap();
        let opened = passes(1).open(Door::Link, text.as_bytes(), now).unwrap();
        assert_eq!(
            (opened.subject().id(), opened.subject().standing()),
            ("ada@example.com", Standing::Proven)
        );
        assert_eq!(opened, pass);
        assert_eq!(passes(1).open(Door::Session, text.as_bytes(), now), None, "another door");
        assert_eq!(passes(2).open(Door::Link, text.as_bytes(), now), None, "another key");
        assert_eq!(passes(1).open(Door::Link, text.as_bytes(), pass.until()), None, "too late");
    }

    #[test]
    fn nobody_can_read_a_pass_or_change_it_and_two_are_never_alike() {
        let now = Timestamp::now();
        let pass = adas(now + 10.minutes());
        let text = passes(1).seal(Door::Session, &pass).unwrap();
        assert_ne!(text, passes(1).seal(Door::Session, &pass).unwrap());
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        assert!(!bytes.windows(3).any(|three| three == b"ada"));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let changed = BASE64URL_NOPAD.encode(&changed);
            assert_eq!(passes(1).open(Door::Session, changed.as_bytes(), now), None, "byte {at}");
        }
        for text in [&b""[..], b"AAAA", b"not base64!", &[b'A'; 10_000]] {
            assert_eq!(passes(1).open(Door::Session, text, now), None);
        }
        assert_eq!(format!("{pass:?}"), "Pass(login:<withheld>)");
    }
}
