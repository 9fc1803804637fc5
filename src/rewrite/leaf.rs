//! What a value action makes of one value.
//!
//! The rule: the outcome depends on the value's residue alone. `mask` shows a fixed fill and the last characters, never
//! more than half of them; `generalise` shows the bucket in one canonical spelling, so that `52`, `52.0` and `5.2e1` look the
//! same; `hash` shows equality. A value that an action does not fit is not guessed at: the caller redacts it.

mod decimal;

use std::{fmt, net::IpAddr, sync::Arc};

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    policy::action::{Action, Grain},
    pseudonym::{Hosts, Kind, Pseudonyms, Restorer, Style},
};
use decimal::Decimal;

/// What stands where a character was covered.
const FILL: &str = "****";

/// The text that replaces a redacted text.
pub const WITHHELD: &str = "[withheld]";

/// What the values of one subject under one policy are hashed and pseudonymised with.
#[derive(Clone)]
pub struct Keys {
    hash: [u8; 32],
    pseudonyms: Option<(Pseudonyms, Arc<Hosts>)>,
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf<'a> {
    /// A text.
    Text(&'a str),
    /// A number, as it was written.
    Number(&'a str),
    /// `true`, `false` or `null`.
    Other,
}

/// What becomes of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A text.
    Text(String),
    /// A number in JSON's spelling.
    Number(String),
    /// The action does not fit the value.
    Unfit,
}

impl Keys {
    /// The key of the `hash` action, from 32 secret bytes. Nothing is pseudonymised with it alone.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self { hash: *secret, pseudonyms: None }
    }

    /// The same, with the pseudonyms of an exchange, which are turned back in links to these hosts only.
    pub fn with_pseudonyms(self, pseudonyms: Pseudonyms, hosts: &Arc<Hosts>) -> Self {
        Self { pseudonyms: Some((pseudonyms, Arc::clone(hosts))), ..self }
    }

    /// The same, with the pseudonyms that go with other keys.
    pub fn with_pseudonyms_of(self, other: &Self) -> Self {
        Self { pseudonyms: other.pseudonyms.clone(), ..self }
    }

    /// What turns tokens in a text back; `json` says whether the text is itself JSON.
    pub fn restorer(&self, json: bool) -> Option<Restorer> {
        let (pseudonyms, hosts) = self.pseudonyms.as_ref()?;
        Some(match json {
            true => pseudonyms.restorer_in_json(Arc::clone(hosts)),
            false => pseudonyms.restorer(Arc::clone(hosts)),
        })
    }

    /// Whether equal values become equal hashes under both.
    pub fn hashes_like(&self, other: &Self) -> bool {
        self.hash == other.hash
    }

    /// The pseudonyms of the exchange.
    pub fn pseudonyms(&self) -> Option<&Pseudonyms> {
        self.pseudonyms.as_ref().map(|(pseudonyms, _)| pseudonyms)
    }

    /// The token of a value; none where there are no pseudonyms, or it is too long for one.
    fn token(&self, style: Style, name: &str, value: &str) -> Option<String> {
        self.pseudonyms()?.token(style, &Kind::of(name), value).ok()
    }

    /// A key of the `hash` action that nobody knows and that is never used again: for an exchange without a subject.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn random() -> Result<Self, aws_lc_rs::error::Unspecified> {
        let mut secret = [0; 32];
        aws_lc_rs::rand::fill(&mut secret)?;
        Ok(Self::new(&secret))
    }

    /// 128 bits of HMAC-SHA256 (RFC 2104), in URL-safe base64 (RFC 4648): 22 characters whatever the value.
    fn hash(&self, kind: &[u8], value: &str) -> String {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.hash));
        context.update(kind);
        context.update(value.as_bytes());
        let tag = context.sign();
        URL_SAFE_NO_PAD.encode(tag.as_ref().get(..16).unwrap_or_default())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(<secret>)")
    }
}

/// Applies a value action; `name` says what the value is: the data entry's name, or a kind of personal data.
pub fn act(action: &Action, leaf: Leaf<'_>, key: &Keys, name: &str) -> Outcome {
    match (action, leaf) {
        (Action::Pseudonymise(style), Leaf::Text(value) | Leaf::Number(value)) => {
            key.token(*style, name, value).map_or(Outcome::Unfit, Outcome::Text)
        }
        (Action::Hash, Leaf::Text(text)) => Outcome::Text(key.hash(b"text\0", text)),
        (Action::Hash, Leaf::Number(number)) => Outcome::Text(key.hash(b"number\0", number)),
        (Action::Mask { keep_last }, Leaf::Text(text)) => Outcome::Text(mask(text, *keep_last)),
        (Action::Generalise(grain), leaf) => generalise(*grain, leaf),
        (Action::Hash | Action::Mask { .. } | Action::Pseudonymise(_), _)
        | (Action::Keep | Action::Redact(_) | Action::Drop | Action::Refuse, _) => Outcome::Unfit,
    }
}

fn mask(text: &str, keep_last: u32) -> String {
    let length = text.chars().count();
    let shown = (keep_last as usize).min(length / 2);
    let mut masked = FILL.to_owned();
    masked.extend(text.chars().skip(length - shown));
    masked
}

fn generalise(grain: Grain, leaf: Leaf<'_>) -> Outcome {
    let outcome = match (grain, leaf) {
        (Grain::Decimals(places), leaf) => number(leaf, |decimal| Some(decimal.cut(places as usize))),
        (Grain::Bucket(size), leaf) => number(leaf, |decimal| decimal.bucket(size)),
        (Grain::Month, Leaf::Text(text)) => date(text, 7).map(Outcome::Text),
        (Grain::Year, Leaf::Text(text)) => date(text, 4).map(Outcome::Text),
        (Grain::Ip, Leaf::Text(text)) => text.parse().ok().map(|address| Outcome::Text(network(address))),
        (Grain::KeepFirst(first), Leaf::Text(text)) => {
            let shown = (first as usize).min(text.chars().count() / 2);
            Some(Outcome::Text(text.chars().take(shown).collect()))
        }
        (Grain::Month | Grain::Year | Grain::Ip | Grain::KeepFirst(_), Leaf::Number(_) | Leaf::Other)
        | (Grain::Between(_) | Grain::Nothing, _) => None,
    };
    outcome.unwrap_or(Outcome::Unfit)
}

/// Numbers stay numbers, and texts that spell a number stay texts.
fn number(leaf: Leaf<'_>, coarsen: impl Fn(&Decimal) -> Option<String>) -> Option<Outcome> {
    match leaf {
        Leaf::Number(raw) => coarsen(&Decimal::parse(raw)?).map(Outcome::Number),
        Leaf::Text(raw) => coarsen(&Decimal::parse(raw)?).map(Outcome::Text),
        Leaf::Other => None,
    }
}

/// The beginning of an ISO 8601 date: `YYYY-MM-DD`, also with a time behind it, or `YYYY-MM`.
fn date(text: &str, length: usize) -> Option<String> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let is_month = digits(0..4) && bytes.get(4) == Some(&b'-') && digits(5..7);
    let is_day = bytes.get(7) == Some(&b'-')
        && digits(8..10)
        && bytes.get(10).is_none_or(|byte| matches!(byte, b'T' | b't' | b' '));
    let month: u8 = text.get(5..7)?.parse().ok()?;
    let fits = is_month && (1..=12).contains(&month) && (bytes.len() == 7 || is_day);
    fits.then(|| text.get(..length).map(str::to_owned))?
}

fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_shows_its_residue_and_no_more() {
        use Action::{Generalise, Mask};
        let text = |text: &str| Outcome::Text(text.to_owned());
        let number = |text: &str| Outcome::Number(text.to_owned());
        let table = [
            (Mask { keep_last: 4 }, Leaf::Text("4111111111111111"), text("****1111")),
            (Mask { keep_last: 4 }, Leaf::Text("12345"), text("****45")),
            (Mask { keep_last: 4 }, Leaf::Text("1"), text("****")),
            (Mask { keep_last: 4 }, Leaf::Text(""), text("****")),
            (Mask { keep_last: 2 }, Leaf::Text("aé€😀"), text("****€😀")),
            (Mask { keep_last: 2 }, Leaf::Number("1234"), Outcome::Unfit),
            (Mask { keep_last: 2 }, Leaf::Other, Outcome::Unfit),
            (Generalise(Grain::Decimals(1)), Leaf::Number("52.5243"), number("52.5")),
            (Generalise(Grain::Decimals(1)), Leaf::Number("52.04"), number("52")),
            (Generalise(Grain::Decimals(1)), Leaf::Number("5.2e1"), number("52")),
            (Generalise(Grain::Decimals(0)), Leaf::Number("-0.9"), number("0")),
            (Generalise(Grain::Decimals(1)), Leaf::Text("13.4049"), text("13.4")),
            (Generalise(Grain::Decimals(1)), Leaf::Text("Berlin"), Outcome::Unfit),
            (Generalise(Grain::Bucket(10)), Leaf::Number("37"), number("30")),
            (Generalise(Grain::Bucket(10)), Leaf::Number("-0.5"), number("-10")),
            (Generalise(Grain::Bucket(10)), Leaf::Number("-10"), number("-10")),
            (Generalise(Grain::Month), Leaf::Text("1980-05-17"), text("1980-05")),
            (Generalise(Grain::Year), Leaf::Text("1980-05-17T08:00:00Z"), text("1980")),
            (Generalise(Grain::Year), Leaf::Text("1980-13-17"), Outcome::Unfit),
            (Generalise(Grain::Year), Leaf::Text("17.5.1980"), Outcome::Unfit),
            (Generalise(Grain::Year), Leaf::Text("1980-05-17x"), Outcome::Unfit),
            (Generalise(Grain::Ip), Leaf::Text("192.0.2.77"), text("192.0.2.0")),
            (Generalise(Grain::Ip), Leaf::Text("::ffff:192.0.2.77"), text("192.0.2.0")),
            (Generalise(Grain::Ip), Leaf::Text("2001:db8:1:2::7"), text("2001:db8:1::")),
            (Generalise(Grain::KeepFirst(2)), Leaf::Text("10115"), text("10")),
            (Generalise(Grain::KeepFirst(4)), Leaf::Text("10115"), text("10")),
            (Generalise(Grain::Nothing), Leaf::Text("x"), Outcome::Unfit),
            (Action::Hash, Leaf::Other, Outcome::Unfit),
        ];
        let key = Keys::new(&[7; 32]);
        for (action, leaf, expected) in table {
            assert_eq!(act(&action, leaf, &key, ""), expected, "{action:?} of {leaf:?}");
        }
    }

    #[test]
    fn a_hash_tells_equal_values_of_one_subject_and_nothing_else() {
        let (ours, theirs) = (Keys::new(&[1; 32]), Keys::new(&[2; 32]));
        let hash = |key, leaf| act(&Action::Hash, leaf, key, "");
        assert_eq!(hash(&ours, Leaf::Text("a")), hash(&ours, Leaf::Text("a")));
        assert_ne!(hash(&ours, Leaf::Text("a")), hash(&theirs, Leaf::Text("a")));
        assert_ne!(hash(&ours, Leaf::Text("1")), hash(&ours, Leaf::Number("1")));
        let Outcome::Text(text) = hash(&ours, Leaf::Text("a")) else { panic!() };
        assert_eq!(text.len(), 22);
    }
}
