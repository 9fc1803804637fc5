//! The decision at each place, while the tokeniser walks the body.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::{
    Child, Objection, ScalarState, Walk,
    frame::{Acting, Frame, Quiet},
};
use crate::{
    json::{Container, HELD_MAX, Key, Piece, Scalar, Visitor, escape_into, unescape},
    policy::{Effect, Undeclared, action::Action},
    rewrite::{
        account::{Actor, Deed, Place, PlaceStep, ROOT},
        leaf::{self, Leaf, Outcome, WITHHELD},
    },
};

/// What the entries say about one place.
#[derive(Debug, Default)]
struct Meeting<'p> {
    acting: Option<Acting<'p>>,
    declared: bool,
}

/// The entries that match one place.
type Matched = SmallVec<[u32; 4]>;

impl Visitor for Walk<'_> {
    #[inline]
    fn key(&mut self, _: Piece<'_>, key: Key<'_>) {
        if self.quiet.is_some() {
            return;
        }
        let Some(frame) = self.frames.last() else { return };
        let active = self.matching.len();
        let symbol =
            self.plan.body.member(&mut self.matching, frame.active, frame.children, key.name, key.hash);
        let step = symbol.map_or(PlaceStep::Other, PlaceStep::Named);
        self.child = Child { active, step: Some(step), at: key.at };
    }

    #[inline]
    fn scalar(&mut self, piece: Piece<'_>, scalar: Scalar, at: usize) {
        if self.quiet.is_some() {
            return;
        }
        self.begin_child(at);
        if self.is_skipped() {
            self.search();
        } else {
            self.begin_scalar(piece, scalar, at);
        }
    }

    #[inline]
    fn scalar_end(&mut self, piece: Piece<'_>, at: usize) {
        if self.quiet.is_some() {
            return;
        }
        self.matching.truncate(self.child.active);
        match std::mem::replace(&mut self.scalar, ScalarState::Between) {
            ScalarState::Between => return,
            ScalarState::Keep => {}
            ScalarState::Skip => self.output.skip_to(at),
            ScalarState::Hold { start, scalar, acting } => self.release(piece, start..at, scalar, &acting),
        }
        self.gap_from = at;
    }

    #[inline]
    fn open(&mut self, piece: Piece<'_>, container: Container, at: usize) {
        if let Some(quiet) = &mut self.quiet {
            quiet.depth += 1;
            return;
        }
        self.begin_child(at);
        let frame = Frame::new(container, self.child.active, self.matching.len(), self.child.step);
        if self.is_skipped() {
            self.search();
            self.frames.push(Frame { skipped: true, ..frame });
        } else {
            self.begin_container(piece, frame, at);
        }
    }

    #[inline]
    fn close(&mut self, piece: Piece<'_>, at: usize) {
        if let Some(quiet) = &mut self.quiet {
            quiet.depth -= 1;
            if quiet.depth == 0 {
                self.end_quiet(at + 1);
            }
            return;
        }
        if let Some(frame) = self.frames.pop() {
            self.matching.truncate(frame.active);
            self.end_container(piece, frame, at);
        }
    }
}

impl<'p> Walk<'p> {
    /// The piece goes away: what is decided is written, the rest is kept.
    pub(super) fn settle(&mut self, piece: Piece<'_>) {
        let end = piece.base + piece.bytes.len();
        self.redact_what_grows_too_long(piece, end);
        let skips = self.quiet.is_some_and(|quiet| quiet.skip) || self.is_skipped();
        let undecided_from = match &self.scalar {
            _ if skips => {
                self.output.skip_to(end);
                end
            }
            ScalarState::Skip => {
                self.output.skip_to(end);
                end
            }
            ScalarState::Hold { start, .. } => *start,
            ScalarState::Keep => end,
            ScalarState::Between if self.quiet.is_some() => end,
            ScalarState::Between => self.gap_from,
        };
        self.output.spill(piece, undecided_from);
    }

    /// A number that is the whole document ends only when the text does, and then the piece is gone.
    pub(super) fn hold_last_number(&mut self, piece: Piece<'_>) {
        if matches!(self.scalar, ScalarState::Hold { .. }) {
            self.settle(piece);
        }
    }

    #[inline]
    fn begin_child(&mut self, at: usize) {
        match self.frames.last_mut() {
            Some(frame) if frame.is_array => {
                let active = self.matching.len();
                let index = frame.index;
                frame.index += 1;
                self.plan.body.element(&mut self.matching, frame.active, frame.children, index);
                self.child = Child { active, step: Some(PlaceStep::Element), at };
            }
            Some(frame) => frame.index += 1,
            None => self.child = Child { active: 0, step: None, at },
        }
    }

    #[inline]
    fn begin_scalar(&mut self, piece: Piece<'_>, scalar: Scalar, at: usize) {
        let meeting = self.meet();
        if !meeting.declared && self.plan.policy.undeclared != Undeclared::Forward {
            self.note_undeclared(self.child.step);
            self.drop_child(piece);
            self.scalar = ScalarState::Skip;
            return;
        }
        self.scalar = match meeting.acting {
            None => {
                self.keep_child();
                ScalarState::Keep
            }
            Some(acting) if acting.action.is_for_leaves() => {
                self.keep_child();
                ScalarState::Hold { start: at, scalar, acting }
            }
            Some(acting) => {
                self.withhold(piece, &acting, scalar == Scalar::Text, at);
                ScalarState::Skip
            }
        };
    }

    #[inline]
    fn begin_container(&mut self, piece: Piece<'_>, mut frame: Frame<'p>, at: usize) {
        let meeting = self.meet();
        frame.declared = meeting.declared;
        let open = meeting.declared || self.plan.policy.undeclared == Undeclared::Forward;
        match meeting.acting {
            None if !open => self.open_undecided(piece, at, &mut frame),
            None => {
                self.keep_child();
                if frame.active == frame.children {
                    self.quiet = Some(Quiet { depth: 1, skip: false });
                    return;
                }
            }
            Some(acting) if acting.action.is_for_leaves() => {
                self.keep_child();
                frame.inherited = Some(acting);
            }
            Some(acting) => {
                self.withhold(piece, &acting, false, at);
                if !self.plan.refuses_in_body {
                    self.matching.truncate(self.child.active);
                    self.quiet = Some(Quiet { depth: 1, skip: true });
                    return;
                }
                frame.skipped = true;
            }
        }
        self.gap_from = at + 1;
        self.frames.push(frame);
    }

    fn end_quiet(&mut self, end: usize) {
        if self.quiet.take().is_some_and(|quiet| quiet.skip) {
            self.output.skip_to(end);
        }
        self.gap_from = end;
    }

    #[inline]
    fn end_container(&mut self, piece: Piece<'_>, frame: Frame<'p>, at: usize) {
        if frame.skipped {
            if !self.is_skipped() {
                self.output.skip_to(at + 1);
                self.gap_from = at + 1;
            }
            return;
        }
        if let Some(start) = frame.undecided {
            if frame.index == 0 {
                self.note_undeclared(frame.step);
            }
            self.drop_undecided(start, frame.gap_before);
            self.output.skip_to(at + 1);
        } else if frame.lost && !frame.wrote {
            self.output.copy_to(piece, self.gap_from);
            self.output.skip_to(at);
        }
        self.gap_from = at + 1;
    }

    /// What the entries that match here, and what acts from above, come to.
    #[inline]
    fn meet(&mut self) -> Meeting<'p> {
        let (inherited, declared) = match self.frames.last() {
            Some(parent) => (parent.inherited.clone(), parent.declared),
            None => (None, false),
        };
        let matched: Matched = self.plan.body.accepted(&self.matching, self.child.active).collect();
        if matched.is_empty() {
            return Meeting { acting: inherited, declared };
        }
        let declared = declared || matched.iter().any(|number| self.plan.entry(*number).is_some());
        Meeting { acting: self.meet_matched(inherited, &matched), declared }
    }

    fn meet_matched(&mut self, inherited: Option<Acting<'p>>, matched: &Matched) -> Option<Acting<'p>> {
        let (plan, verdict) = (self.plan, self.verdict);
        let mut acting = inherited;
        let mut deeds: SmallVec<[(u32, Deed); 4]> = SmallVec::new();
        for number in matched {
            let Some(entry) = plan.entry(*number) else {
                if self.credential == Some(*number) {
                    acting = Some(Acting { entry: *number, action: Cow::Owned(Action::Drop) });
                }
                continue;
            };
            match verdict.effect(entry) {
                Effect::Pass => deeds.push((*number, Deed::Passed)),
                Effect::WouldAct(action) => deeds.push((*number, Deed::Would(action.name()))),
                Effect::Act(Action::Keep) => deeds.push((*number, Deed::Acted("keep"))),
                Effect::Act(Action::Refuse) => self.object(Objection::Entry(*number)),
                Effect::Act(action) => {
                    let ours = Acting { entry: *number, action: Cow::Borrowed(action) };
                    acting = Some(match acting {
                        Some(other) => other.and(ours, plan),
                        None => ours,
                    });
                }
            }
        }
        if acting.is_none() {
            let place = self.place(self.child.step);
            deeds.iter().for_each(|(number, deed)| self.account.note(Actor::Entry(*number), place, *deed));
        }
        acting
    }

    /// In a withheld place, only what must be refused is looked for.
    fn search(&mut self) {
        let matched: Matched = self.plan.body.accepted(&self.matching, self.child.active).collect();
        for number in matched {
            let effect = self.plan.entry(number).map(|entry| self.verdict.effect(entry));
            if effect == Some(Effect::Act(&Action::Refuse)) {
                self.object(Objection::Entry(number));
            }
        }
    }

    /// Leaves a place out, or writes what stands for it; the caller skips to its end.
    fn withhold(&mut self, piece: Piece<'_>, acting: &Acting<'p>, is_text: bool, at: usize) {
        self.note_acted(acting, acting.action.name());
        match &*acting.action {
            Action::Redact(value) => {
                self.keep_child();
                self.output.copy_to(piece, at);
                self.output.write(&replacement(value.as_ref(), is_text));
            }
            _ => self.drop_child(piece),
        }
    }

    /// A held value is complete: the action makes something of it.
    fn release(
        &mut self,
        piece: Piece<'_>,
        place: std::ops::Range<usize>,
        scalar: Scalar,
        acting: &Acting<'p>,
    ) {
        let raw = self.output.original(piece, place.start, place.end);
        let made = if raw.len() > HELD_MAX { None } else { made_of(&acting.action, scalar, &raw, self.key) };
        let name = if made.is_some() { acting.action.name() } else { "redact" };
        self.note_acted(acting, name);
        let made = made.unwrap_or_else(|| replacement(None, scalar == Scalar::Text));
        if made != raw {
            self.output.copy_to(piece, place.start);
            self.output.write(&made);
            self.output.skip_to(place.end);
        }
    }

    /// What is too long to be held is redacted, whatever the action would have made of it.
    fn redact_what_grows_too_long(&mut self, piece: Piece<'_>, end: usize) {
        let ScalarState::Hold { start, scalar, acting } = &self.scalar else { return };
        if end - start > HELD_MAX {
            let (start, is_text, acting) = (*start, *scalar == Scalar::Text, acting.clone());
            self.note_acted(&acting, "redact");
            self.output.copy_to(piece, start);
            self.output.write(&replacement(None, is_text));
            self.scalar = ScalarState::Skip;
        }
    }

    fn note_acted(&mut self, acting: &Acting<'p>, name: &'static str) {
        let place = self.place(self.child.step);
        let is_entry = self.plan.entry(acting.entry).is_some();
        let actor = if is_entry { Actor::Entry(acting.entry) } else { Actor::Credential };
        self.account.note(actor, place, Deed::Acted(name));
    }

    fn note_undeclared(&mut self, step: Option<PlaceStep>) {
        let place = self.place(step);
        let deed = match self.plan.policy.undeclared {
            Undeclared::Refuse => {
                self.object(Objection::Undeclared);
                "refuse"
            }
            Undeclared::Drop | Undeclared::Forward => "drop",
        };
        self.account.note(Actor::Undeclared, place, Deed::Acted(deed));
    }

    /// The first objection counts; where several entries object at one place, the name that comes first.
    fn object(&mut self, objection: Objection) {
        if self.objection.is_none() {
            self.objection = Some(objection);
        }
    }

    /// The place that is `step` below the innermost open container.
    fn place(&mut self, step: Option<PlaceStep>) -> Place {
        let mut id = ROOT;
        for frame in &mut self.frames {
            id = match (frame.place, frame.step) {
                (Some(known), _) => known,
                (None, Some(step)) => self.account.below(id, step),
                (None, None) => ROOT,
            };
            frame.place = Some(id);
        }
        Place::Body(step.map_or(id, |step| self.account.below(id, step)))
    }

    #[inline]
    fn is_skipped(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.skipped)
    }
}

/// What a value action makes of a scalar, in JSON; none where it does not fit.
fn made_of(action: &Action, scalar: Scalar, raw: &[u8], key: &leaf::HashKey) -> Option<Vec<u8>> {
    let text = match scalar {
        Scalar::Text => unescape(raw)?,
        Scalar::Number => String::from_utf8(raw.to_vec()).ok()?,
        Scalar::Bool | Scalar::Null => String::new(),
    };
    let leaf = match scalar {
        Scalar::Text => Leaf::Text(&text),
        Scalar::Number => Leaf::Number(&text),
        Scalar::Bool | Scalar::Null => Leaf::Other,
    };
    match leaf::act(action, leaf, key) {
        Outcome::Text(text) => {
            let mut quoted = Vec::with_capacity(text.len() + 2);
            escape_into(&text, &mut quoted);
            Some(quoted)
        }
        Outcome::Number(number) => Some(number.into_bytes()),
        Outcome::Unfit => None,
    }
}

/// What stands for a redacted value.
fn replacement(value: Option<&serde_json::Value>, is_text: bool) -> Vec<u8> {
    match value {
        Some(value) => value.to_string().into_bytes(),
        None if is_text => format!("\"{WITHHELD}\"").into_bytes(),
        None => b"null".to_vec(),
    }
}
