//! Rewrites a body that flows: what is decided leaves, and only what is not is kept.
//!
//! The rule: memory stays within bounds of its own, however long the body is. What would defeat it: something that grows with
//! the body. The names of an object do, since equal ones must be found; so an object may have only so many.

use super::{
    Rules,
    account::Account,
    json::JsonRewriter,
    media::BodyKind,
    multipart::{Boundary, MultipartRewriter},
};
use crate::{json::Fault, refusal::Refusal};

/// The most names of members in all objects that are open at one time.
const MOST_NAMES: usize = 100_000;

/// How a body that flows is read.
#[derive(Clone, Debug)]
pub enum Shape {
    /// As JSON.
    Json,
    /// As a form of parts, with this between them.
    Parts(Boundary),
}

/// Rewrites one body that flows.
#[derive(Debug)]
pub struct Flowing<'p> {
    rewriter: Rewriter<'p>,
    rules: Rules<'p>,
}

#[derive(Debug)]
enum Rewriter<'p> {
    Json(JsonRewriter<'p>),
    Parts(MultipartRewriter<'p>),
}

impl Shape {
    /// The shape of a body of this kind, if such a body can flow while it is read.
    pub fn of(kind: BodyKind, headers: &http::HeaderMap) -> Option<Self> {
        match kind {
            BodyKind::Json => Some(Self::Json),
            BodyKind::Multipart => Boundary::read(headers).map(Self::Parts),
            BodyKind::None | BodyKind::Form | BodyKind::Events(_) | BodyKind::Text | BodyKind::Unread => None,
        }
    }
}

impl<'p> Flowing<'p> {
    /// A rewriter for one body; what it does is noted in `account`. One field of a form is held up to `most_held` bytes.
    pub fn new(shape: &Shape, rules: &Rules<'p>, most_held: usize, account: &'p mut Account) -> Self {
        let rewriter = match shape {
            Shape::Json => Rewriter::Json(JsonRewriter::new(rules, None, account)),
            Shape::Parts(boundary) => {
                Rewriter::Parts(MultipartRewriter::new(boundary, rules, most_held, account))
            }
        };
        Self { rewriter, rules: *rules }
    }

    /// Reads the next piece and gives what can be sent on by now.
    ///
    /// # Errors
    /// When the body can't be read, or must not be sent on.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<u8>, Refusal> {
        match &mut self.rewriter {
            Rewriter::Parts(rewriter) => rewriter.push(piece),
            Rewriter::Json(rewriter) => {
                let made = rewriter.push(piece).map_err(unreadable)?;
                if rewriter.names_kept() > MOST_NAMES { Err(Refusal::BodyTooLarge) } else { Ok(made) }
            }
        }
    }

    /// What was done so far.
    pub fn account(&self) -> &Account {
        match &self.rewriter {
            Rewriter::Json(rewriter) => rewriter.account(),
            Rewriter::Parts(rewriter) => rewriter.account(),
        }
    }

    /// The body is over: gives what is left of it.
    ///
    /// # Errors
    /// As [`Self::push`], and when the body can't end here.
    pub fn finish(self) -> Result<Vec<u8>, Refusal> {
        match self.rewriter {
            Rewriter::Parts(rewriter) => rewriter.finish(),
            Rewriter::Json(rewriter) => match rewriter.finish().map_err(unreadable)? {
                (made, None) => Ok(made),
                (_, Some(objection)) => Err(self.rules.objected(objection)),
            },
        }
    }
}

fn unreadable(fault: Fault) -> Refusal {
    Refusal::Unreadable { what: fault.what, at: fault.at as u64 }
}
