//! Tokens that stand for a value and that only Assentry can turn back.
//!
//! The rule: a bot gets the token, the person gets the value back, and nobody else does. A [`Style::Stable`] token holds its
//! value, encrypted (`stable.rs`); a [`Style::Brief`] one is a number that means something in one exchange only (`brief.rs`).
//! Tokens are turned back for the proven subject they were made for; for a claimed one, or nobody, only those that this very
//! exchange made ([`Reach`]). What is forged, garbled or somebody else's is left as it stands.
//!
//! What would defeat it: restoring where a reader sends things elsewhere (`place.rs`), deciding about a token before all of it is
//! there (`shape.rs`), or taking for ours what a client typed ([`Lookalikes`]).
//!
//! What a token tells those who have no key: its kind, its length class (`padding.rs`), and which tokens stand for
//! equal values. A stable one has at most 186 characters: an e-mail address of 14 to 23 bytes makes 75, a telephone number of 9
//! to 13 makes 59. Values of more than 88 bytes become several tokens in a row.

mod brief;
mod hosts;
mod kind;
mod lookalikes;
mod padding;
mod place;
mod restorer;
mod shape;
mod stable;

use std::{
    collections::HashSet,
    fmt,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub use self::{hosts::Hosts, kind::Kind, lookalikes::Lookalikes, restorer::Restorer};

use self::{
    brief::Numbered,
    shape::{Body, Token},
    stable::Seal,
};
use crate::{consent::SubjectKey, subject::Standing};

/// The longest value that tokens are made for, in bytes.
pub const LONGEST_VALUE: usize = 4096;

/// How a token looks, and how long it means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// `psn-email-…`: the same token for the same subject, policy, kind and value, always and everywhere.
    Stable,
    /// `[email-1]`, numbered within the exchange.
    Brief,
}

/// Which stable tokens are turned back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Any that was ever made for the subject: who is asking is proven.
    Subject,
    /// Those made in this exchange.
    Exchange,
}

/// The value is longer than [`LONGEST_VALUE`]; redact it instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value is too long for a pseudonym")]
pub struct TooLong;

/// The system has no random numbers; refuse the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no random numbers")]
pub struct NoRandom;

/// The pseudonyms of one exchange; clones share them, so that a reply is restored by what its request made.
#[derive(Clone)]
pub struct Pseudonyms(Arc<Rooms>);

struct Rooms {
    key: SubjectKey,
    seal: Seal,
    reach: Reach,
    made: Mutex<Made>,
}

/// What this exchange has made.
#[derive(Default)]
struct Made {
    brief: Numbered,
    stable: HashSet<String>,
}

impl Reach {
    /// Of whoever's id can be trusted so far.
    pub fn of(standing: Standing) -> Self {
        match standing {
            Standing::Proven => Self::Subject,
            Standing::Claimed => Self::Exchange,
        }
    }
}

impl Pseudonyms {
    /// For a subject under a policy, with the subject's key.
    pub fn new(policy: &str, key: SubjectKey, reach: Reach) -> Self {
        Self(Arc::new(Rooms {
            key: key.clone(),
            seal: Seal::new(policy, key),
            reach,
            made: Mutex::default(),
        }))
    }

    /// Whether they are made with this key.
    pub fn is_of(&self, key: &SubjectKey) -> bool {
        self.0.key == *key
    }

    /// For nobody who was identified, or where all tokens are brief: the key ends with the exchange, and so do the tokens.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn of_nobody(policy: &str) -> Result<Self, NoRandom> {
        let key = SubjectKey::random().map_err(|_| NoRandom)?;
        Ok(Self::new(policy, key, Reach::Exchange))
    }

    /// The token of a value; a number or the like as it is written.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn token(&self, style: Style, kind: &Kind, value: &str) -> Result<String, TooLong> {
        if value.len() > LONGEST_VALUE {
            return Err(TooLong);
        }
        match style {
            Style::Brief => Ok(self.made().brief.token(kind, value)),
            Style::Stable => {
                let tokens = self.0.seal.token(kind, value)?;
                if self.0.reach == Reach::Exchange {
                    self.made().stable.extend(each(&tokens));
                }
                Ok(tokens)
            }
        }
    }

    /// Turns tokens in a text to the person back into values. In links it does so only to these hosts.
    pub fn restorer(&self, hosts: Arc<Hosts>) -> Restorer {
        Restorer::new(self.clone(), hosts, false)
    }

    /// The same in a text that is itself JSON, such as the arguments of a tool call: values are escaped as in a string, and
    /// each string is a text of its own.
    pub fn restorer_in_json(&self, hosts: Arc<Hosts>) -> Restorer {
        Restorer::new(self.clone(), hosts, true)
    }

    /// Finds what a client typed that looks like a brief token of one of these kinds, or of one that stands for something
    /// typed, and gives the brief token to write in its stead.
    pub fn lookalikes(&self, kinds: impl IntoIterator<Item = Kind>) -> Lookalikes {
        Lookalikes::new(self.clone(), kinds)
    }

    /// What a token stands for, as far as it is to be turned back.
    fn value(&self, token: &Token) -> Option<String> {
        match &token.body {
            Body::Brief(number) => self.made().brief.value(&token.kind, *number),
            Body::Stable(_, body)
                if self.0.reach == Reach::Exchange && !self.made().stable.contains(body) =>
            {
                None
            }
            Body::Stable(class, body) => self.0.seal.open(&token.kind, *class, body),
        }
    }

    /// A text with this in the place of each stable token that this exchange has made for somebody who is not proven; several in a
    /// row are one. For showing a text without what differs from run to run.
    pub fn shown(&self, text: &str, instead: &str) -> String {
        let (mut shown, mut rest, mut goes_on) = (String::with_capacity(text.len()), text, false);
        while let Some(first) = rest.chars().next() {
            let length = self.made_here(rest);
            if length.is_none() {
                shown.push(first);
            } else if !goes_on {
                shown.push_str(instead);
            }
            goes_on = length.is_some();
            rest = rest.get(length.unwrap_or(first.len_utf8())..).unwrap_or_default();
        }
        shown
    }

    /// How long the token is that stands here, if it is one.
    fn made_here(&self, text: &str) -> Option<usize> {
        match shape::read(text) {
            shape::Shape::Token(Token { length, body: Body::Stable(_, body), .. }) => {
                self.made().stable.contains(&body).then_some(length)
            }
            shape::Shape::Token(_) | shape::Shape::Cut | shape::Shape::None => None,
        }
    }

    /// Where tokens stand that would be turned back here, in order.
    pub fn tokens_in(&self, text: &str) -> Vec<Range<usize>> {
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(begun) = text.get(from..).and_then(|rest| rest.find(['p', 'P', '[', '%'])) {
            let at = from + begun;
            from = at + 1;
            if let shape::Shape::Token(token) = shape::read(text.get(at..).unwrap_or_default())
                && self.value(&token).is_some()
            {
                from = at + token.length;
                found.push(at..from);
            }
        }
        found
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.0.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bodies of tokens that stand in a row.
fn each(tokens: &str) -> Vec<String> {
    let mut bodies = Vec::new();
    let mut rest = tokens;
    while let shape::Shape::Token(Token { length, body: Body::Stable(_, body), .. }) = shape::read(rest) {
        bodies.push(body);
        rest = rest.get(length..).unwrap_or_default();
    }
    bodies
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pseudonyms").field("reach", &self.0.reach).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
