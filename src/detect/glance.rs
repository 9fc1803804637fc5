//! A first look at a number, by which most rules know that it is none of theirs.
//!
//! The rule: a rule is passed by only where its reader would find nothing, however the text goes on. Where something is not
//! written plainly, has not come yet, or may be too far away, nothing is passed by. What would defeat it: a reader that learns another way of writing
//! while what it needs is not told of it; hence a test that finds the same without any look.

use crate::text::Edge;

use super::site::Site;

/// How far a look goes to each side, in bytes. What goes on behind that is taken for long enough.
const FAR: usize = 48;

/// How many letters before the first digit are looked at.
const LEAD: usize = 36;

/// How much text a look goes through at most.
pub(super) const WIDEST: usize = LEAD + FAR + 1;

/// What may stand between two groups of digits, and how much of it.
const BETWEEN: usize = 5;

/// What is seen of a number from its sign on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glance {
    /// The byte before the sign, and the one before that.
    before: [u8; 2],
    /// How many digits there are, in groups with marks or spaces between.
    digits: usize,
    /// How many of them come before anything else.
    first: usize,
    /// What comes behind these.
    behind: u8,
    /// How many letters and digits the word has that the sign is in.
    word: usize,
    /// How many the word has with the groups that follow as those of an identity do.
    joined: usize,
    /// What comes behind the hexadecimal digits that begin at the sign.
    behind_hex: u8,
}

/// Where a look ends: at what is neither read nor passed by.
enum Stop {
    At(usize),
    /// As far as anybody looks.
    Far,
    /// Where the text is not written plainly, or has not come.
    Unknown,
}

impl Glance {
    /// Looks at what stands at a sign; nothing where that can't be told at a glance.
    pub fn at(site: &Site<'_>, at: usize) -> Option<Self> {
        let (before, ahead) = site.text.as_bytes().split_at_checked(at)?;
        let [nearer, farther] = near(before, site)?;
        if !ahead.first()?.is_ascii() {
            return None;
        }
        let ahead = Ahead { bytes: ahead, ended: site.edge == Edge::End };
        let first = ahead.run(0, |byte| byte.is_ascii_digit())?;
        let word = ahead.run(0, |byte| byte.is_ascii_alphanumeric())?;
        let hex = ahead.run(0, |byte| byte.is_ascii_hexdigit())?;
        let lead = lead(before)?;
        Some(Self {
            before: [nearer, farther],
            digits: ahead.digits()?,
            first,
            behind: ahead.byte(first),
            word: lead + word,
            joined: lead + ahead.joined(word)?,
            behind_hex: ahead.byte(hex),
        })
    }

    /// Whether there are so many digits.
    fn has(&self, digits: usize) -> bool {
        self.digits >= digits
    }

    pub fn may_be_phone(&self) -> bool {
        self.has(5)
    }

    pub fn may_be_ssn(&self) -> bool {
        self.has(9)
    }

    pub fn may_be_north_american(&self) -> bool {
        self.has(10)
    }

    pub fn may_be_card(&self) -> bool {
        self.has(12)
    }

    /// A country's letters stand just before.
    pub fn may_be_iban(&self) -> bool {
        self.is_led()
    }

    pub fn may_be_id(&self) -> bool {
        self.joined >= 4
    }

    /// Groups of capitals stand before the word.
    pub fn may_be_id_behind_capitals(&self) -> bool {
        self.is_led() || self.before[1].is_ascii_uppercase()
    }

    pub fn may_be_ip_four(&self) -> bool {
        self.has(4) && self.behind == b'.'
    }

    pub fn may_be_ip_six(&self) -> bool {
        self.is_hexadecimal() || self.behind_hex == b':'
    }

    pub fn may_be_mac(&self) -> bool {
        self.is_hexadecimal() || matches!(self.behind_hex, b':' | b'-' | b'.')
    }

    pub fn may_be_age(&self) -> bool {
        (1..=3).contains(&self.first)
    }

    pub fn may_be_bot_token(&self) -> bool {
        (8..=10).contains(&self.first) && self.behind == b':'
    }

    pub fn may_be_coordinates(&self) -> bool {
        self.behind == b'.'
    }

    pub fn may_be_wallet(&self) -> bool {
        self.word >= 17
    }

    /// Whether the word begins before the sign.
    fn is_led(&self) -> bool {
        self.before[0].is_ascii_alphanumeric()
    }

    /// Whether hexadecimal letters, colons or dashes stand just before.
    fn is_hexadecimal(&self) -> bool {
        self.before[0].is_ascii_hexdigit() || matches!(self.before[0], b':' | b'-')
    }
}

/// The two bytes before a sign, the nearer first, if they are written plainly.
fn near(before: &[u8], site: &Site<'_>) -> Option<[u8; 2]> {
    let near = match before {
        [.., _, _, farther, nearer] => [*nearer, *farther],
        _ if !site.tail.is_empty() => return None,
        [.., farther, nearer] => [*nearer, *farther],
        [nearer] => [*nearer, b'\n'],
        [] => [b'\n'; 2],
    };
    // One before the sign, or the one before that, may be the end of an escape.
    let is_escaped = before.iter().rev().take(4).any(|byte| *byte == b'%');
    let is_plain = near.iter().all(u8::is_ascii) && near[0] != b';' && near[1] != b';' && !is_escaped;
    is_plain.then_some(near)
}

/// How many letters and digits stand just before, if what stands before these is written plainly.
fn lead(before: &[u8]) -> Option<usize> {
    let mut run = before.iter().rev().take(LEAD);
    let lead = run.by_ref().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let stop = before.len().checked_sub(lead + 1).and_then(|at| before.get(at));
    stop.is_none_or(|byte| byte.is_ascii() && !matches!(byte, b'%' | b';')).then_some(lead)
}

/// What comes from a sign on.
struct Ahead<'t> {
    bytes: &'t [u8],
    ended: bool,
}

impl Ahead<'_> {
    fn stop(&self, at: usize) -> Stop {
        match self.bytes.get(at) {
            _ if at >= FAR => Stop::Far,
            Some(b'%' | b'&') => Stop::Unknown,
            Some(byte) if byte.is_ascii() => Stop::At(at),
            Some(_) => Stop::Unknown,
            None if self.ended => Stop::At(at),
            None => Stop::Unknown,
        }
    }

    /// The byte at a place; a line end where the text has ended.
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    /// Up to where all are of these from a place on.
    fn run(&self, from: usize, is_one: impl Fn(u8) -> bool) -> Option<usize> {
        let rest = self.bytes.get(from..).unwrap_or_default();
        let length = rest.iter().take(FAR.saturating_sub(from)).take_while(|byte| is_one(**byte)).count();
        match self.stop(from + length) {
            Stop::At(at) => Some(at),
            Stop::Far => Some(FAR),
            Stop::Unknown => None,
        }
    }

    /// How many digits there are in groups.
    fn digits(&self) -> Option<usize> {
        let (mut digits, mut between, mut at) = (0, 0, 0);
        loop {
            match self.stop(at) {
                Stop::Unknown => return None,
                Stop::Far => return Some(FAR),
                Stop::At(_) => {}
            }
            match self.byte(at) {
                b'0'..=b'9' => (digits, between) = (digits + 1, 0),
                b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'+' if between < BETWEEN => between += 1,
                _ => return Some(digits),
            }
            at += 1;
        }
    }

    /// How many letters and digits there are in groups that go on as those of an identity do.
    fn joined(&self, word: usize) -> Option<usize> {
        let (mut joined, mut at) = (word, word);
        loop {
            match (self.stop(at), self.stop(at + 1)) {
                (Stop::Unknown, _) | (_, Stop::Unknown) => return None,
                (Stop::Far, _) | (_, Stop::Far) => return Some(FAR),
                (Stop::At(_), Stop::At(_)) => {}
            }
            let next = self.byte(at + 1);
            let goes_on = match self.byte(at) {
                b' ' => next.is_ascii_digit() || next.is_ascii_uppercase(),
                b'-' | b'.' | b'/' | b'+' => next.is_ascii_alphanumeric(),
                _ => false,
            };
            if !goes_on {
                return Some(joined);
            }
            let end = self.run(at + 1, |byte| byte.is_ascii_alphanumeric())?;
            joined += end - at - 1;
            at = end;
        }
    }
}
