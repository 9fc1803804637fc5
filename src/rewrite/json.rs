//! Rewrites a JSON body while it is read: one pass, untouched bytes copied as they are.
//!
//! The rule: what is decided at a place depends on the selectors that match it and on the verdict, never on what the
//! place holds or on how the body was cut. A removed member takes the gap before it along, the first of an object the gap
//! behind it, so that the rest reads as if it had never been there. What would defeat the rule: bytes that leave before
//! the decision about them is made. So everything since the last decided value is held back, and no more than that.

mod acting;
mod frame;
mod inner;
mod meeting;
mod removal;
mod scratch;
mod spoken;
mod walk;
mod withhold;

use super::{
    Rules,
    account::{Account, PlaceId, PlaceStep, ROOT},
    output::Output,
    speech::{Listeners, Speech},
    written::Within,
};
use crate::{
    json::{Fault, Piece, Scalar, Tokeniser},
    policy::{Plan, Undeclared, Verdict},
    refusal::Refusal,
    selector::{Document, Foreseen, Mark, Matching},
};
use acting::Acting;
use frame::{Frame, Quiet};
use inner::Documents;
use scratch::Scratch;

/// Rewrites one JSON body under one verdict.
#[derive(Debug)]
pub struct JsonRewriter<'p> {
    tokeniser: Box<Tokeniser>,
    walk: Walk<'p>,
    read: usize,
    max_depth: usize,
    /// The body so far, where it must be looked through first.
    held: Vec<u8>,
}

/// Why a body may not be sent on at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// An entry whose action is `refuse` found something.
    Entry(u32),
    /// There is something that no entry names.
    Undeclared,
    /// Something in a document that is written in a text.
    Within(Box<Refusal>),
}

/// The state between two tokens.
#[derive(Debug)]
struct Walk<'p> {
    plan: &'p Plan,
    verdict: &'p Verdict,
    rules: Rules<'p>,
    /// In a document that is written in a text, the plan that spells places.
    speller: Option<&'p Plan>,
    /// The place of the document.
    root: PlaceId,
    undeclared: Undeclared,
    /// The number under which the automaton knows the credential to remove.
    credential: Option<u32>,
    matching: Matching,
    /// What selectors that look ahead found.
    foreseen: Foreseen,
    frames: Vec<Frame>,
    quiet: Option<Quiet>,
    /// The place that comes next, or is being read.
    child: Child,
    scalar: ScalarState,
    /// The text being read is withheld, and what must be refused in it is looked for when it is complete.
    searched: Option<(usize, Documents)>,
    /// Where the last decided value, or the opening bracket, ended.
    gap_from: usize,
    output: Output,
    /// What is done in texts.
    speech: Option<Speech<'p>>,
    /// Where strings begin that are pieces of texts, and not looked at here. In order.
    pieces: &'p [usize],
    /// Containers of which it is undecided whether they hold anything declared, as they would be written.
    undecided: Vec<u8>,
    account: &'p mut Account,
    /// The first objection counts.
    objection: Option<Objection>,
}

#[derive(Clone, Copy, Debug)]
struct Child {
    /// Where its active set begins.
    active: Mark,
    /// Its step from its parent.
    step: Option<PlaceStep>,
    /// Where its name, or itself, begins.
    at: usize,
}

#[derive(Debug)]
enum ScalarState {
    /// None is being read.
    Between,
    /// It is copied.
    Keep,
    /// It is left out; what stands for it is written already.
    Skip,
    /// It is held until it is complete.
    Hold { start: usize, scalar: Scalar, acting: Acting },
    /// Documents are written in it: held, too.
    Written { start: usize, documents: Documents },
    /// Somebody wrote it, and it is looked through: for these entries, or for all.
    Speech { start: usize, listeners: Listeners },
}

impl<'p> JsonRewriter<'p> {
    /// A rewriter for one body, what it does is noted in `account`.
    ///
    /// `credential` is the number of the body field that identified the subject and is not for the bot.
    pub fn new(rules: &Rules<'p>, credential: Option<usize>, account: &'p mut Account) -> Self {
        let Rules { plan, verdict, max_depth, .. } = *rules;
        let Scratch { tokeniser, mut matching, frames } = Scratch::take(&plan.hasher, max_depth);
        plan.body.root(&mut matching);
        let walk = Walk {
            plan,
            verdict,
            rules: *rules,
            speller: None,
            root: ROOT,
            undeclared: plan.undeclared,
            credential: credential.and_then(|n| u32::try_from(plan.entries.len() + n).ok()),
            matching,
            foreseen: Foreseen::default(),
            frames,
            quiet: None,
            child: Child { active: Mark::default(), step: None, at: 0 },
            scalar: ScalarState::Between,
            searched: None,
            gap_from: 0,
            output: Output::default(),
            speech: Speech::of(rules),
            pieces: &[],
            undecided: Vec::new(),
            account,
            objection: None,
        };
        Self { tokeniser, walk, read: 0, max_depth, held: Vec::new() }
    }

    /// The same, but strings that begin at these places, in order, are pieces of texts that come in several bodies: texts in
    /// them are not looked at.
    pub(super) fn without_pieces(mut self, pieces: &'p [usize]) -> Self {
        self.walk.pieces = pieces;
        self
    }

    /// A rewriter for a document that is written in a text.
    pub(super) fn within(rules: &Rules<'p>, within: Within<'p>, account: &'p mut Account) -> Self {
        let mut rewriter = Self::new(rules, None, account);
        rewriter.walk.speller = Some(within.speller);
        rewriter.walk.root = within.place;
        rewriter
    }

    /// What was done so far.
    pub fn account(&self) -> &Account {
        self.walk.account
    }

    /// How many names of members are kept by now, to find equal ones.
    pub fn names_kept(&self) -> usize {
        self.tokeniser.names_kept()
    }

    /// Reads the next piece and gives what can be sent on by now.
    ///
    /// # Errors
    /// When the body is not JSON as the tokeniser demands it.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        if self.looks_ahead() {
            self.held.extend_from_slice(bytes);
            return Ok(Vec::new());
        }
        self.tokeniser.push(bytes, &mut self.walk)?;
        self.walk.settle(Piece { base: self.read, bytes });
        self.read += bytes.len();
        Ok(self.walk.output.take())
    }

    /// The body is over: gives what is left of it.
    ///
    /// # Errors
    /// When the body can't end here.
    pub fn finish(mut self) -> Result<(Vec<u8>, Option<Objection>), Fault> {
        if self.looks_ahead() {
            let held = std::mem::take(&mut self.held);
            let (made, objection) = self.whole(&held)?;
            return Ok((made.unwrap_or(held), objection));
        }
        self.tokeniser.finish(&mut self.walk)?;
        let nothing = Piece { base: self.read, bytes: &[] };
        self.walk.output.copy_to(nothing, nothing.base);
        let rest = self.walk.output.take();
        Ok((rest, self.end()))
    }

    /// Rewrites a body that is all there; none where nothing changed.
    ///
    /// # Errors
    /// When the body is not JSON as the tokeniser demands it.
    pub fn whole(mut self, body: &[u8]) -> Result<(Option<Vec<u8>>, Option<Objection>), Fault> {
        if !self.walk.plan.ahead.is_empty() {
            let document = Document::read(body, &mut self.tokeniser)?;
            self.walk.foreseen = self.walk.plan.ahead.find(&document);
            self.tokeniser.reset(self.walk.plan.hasher.clone(), self.max_depth);
        }
        let piece = Piece { base: 0, bytes: body };
        self.tokeniser.push(body, &mut self.walk)?;
        self.walk.hold_last_number(piece);
        self.tokeniser.finish(&mut self.walk)?;
        if !self.walk.output.touched() {
            return Ok((None, self.end()));
        }
        self.walk.output.copy_to(piece, body.len());
        let rewritten = self.walk.output.take();
        Ok(((rewritten != body).then_some(rewritten), self.end()))
    }

    /// Whether the body must be there as a whole before anything of it can be sent on.
    fn looks_ahead(&self) -> bool {
        !self.walk.plan.ahead.is_empty() || self.walk.plan.refuses_inside
    }

    fn end(self) -> Option<Objection> {
        let Walk { matching, frames, objection, .. } = self.walk;
        Scratch { tokeniser: self.tokeniser, matching, frames }.keep();
        objection
    }
}

#[cfg(test)]
mod tests;
