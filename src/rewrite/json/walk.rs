//! The walk through a body: what happens at each token.

use super::{
    Child, ScalarState, Walk,
    frame::{Frame, Quiet},
};
use crate::{
    json::{Container, Key, Piece, Scalar, Visitor},
    policy::Undeclared,
    rewrite::account::PlaceStep,
    selector::Mark,
};

impl Visitor for Walk<'_> {
    #[inline]
    fn key(&mut self, _: Piece<'_>, key: Key<'_>) {
        if self.quiet.is_some() {
            return;
        }
        let Some(frame) = self.frames.last() else { return };
        let active = self.matching.mark();
        let symbol = self.plan.body.member(&mut self.matching, frame.set, key.name, key.hash);
        let symbol = match self.speller {
            None => symbol,
            Some(speller) => speller.body.symbol_of(key.name, key.hash),
        };
        let step = symbol.map_or(PlaceStep::Other, PlaceStep::Named);
        self.child = Child { active, step: Some(step), at: key.at };
    }

    #[inline]
    fn scalar(&mut self, piece: Piece<'_>, scalar: Scalar, at: usize) {
        if self.quiet.is_some() {
            return;
        }
        self.begin_child(at);
        if self.calm_parent().is_some() && !(scalar == Scalar::Text && self.listens()) {
            self.keep_child();
            self.scalar = ScalarState::Keep;
        } else if self.is_skipped() {
            self.search();
            self.search_inside(scalar, at);
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
        if self.plan.refuses_inside {
            self.search_written(piece, at);
        }
        match &self.scalar {
            ScalarState::Between => return,
            ScalarState::Keep => self.scalar = ScalarState::Between,
            ScalarState::Skip
            | ScalarState::Hold { .. }
            | ScalarState::Written { .. }
            | ScalarState::Speech { .. } => self.end_withheld(piece, at),
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
        let frame = Frame::new(container, self.matching.set(self.child.active), self.child.step);
        match self.calm_parent() {
            Some(parent) if self.leads_on(&frame) => {
                let frame = Frame { calm: true, declared: parent.declared, ..frame };
                self.keep_child();
                self.gap_from = at + 1;
                self.frames.push(frame);
            }
            _ if self.is_skipped() => {
                self.search();
                self.frames.push(Frame { skipped: true, ..frame });
            }
            _ => self.begin_container(piece, frame, at),
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
        let Some(frame) = self.frames.pop() else { return };
        self.matching.truncate(frame.set.from());
        if frame.calm && !frame.lost {
            self.gap_from = at + 1;
        } else {
            self.end_container(piece, frame, at);
        }
    }
}

impl Walk<'_> {
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
            ScalarState::Hold { start, .. }
            | ScalarState::Written { start, .. }
            | ScalarState::Speech { start, .. } => *start,
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
        self.foreseen.reach(at);
        match self.frames.last_mut() {
            Some(frame) if frame.is_array => {
                let active = self.matching.mark();
                let index = frame.index;
                frame.index += 1;
                self.plan.body.element(&mut self.matching, frame.set, index);
                self.child = Child { active, step: Some(PlaceStep::Element), at };
            }
            Some(frame) => frame.index += 1,
            None => self.child = Child { active: Mark::default(), step: None, at },
        }
    }

    #[inline(never)]
    fn begin_scalar(&mut self, piece: Piece<'_>, scalar: Scalar, at: usize) {
        let meeting = self.meet();
        // Documents that are looked into say themselves what in them is declared.
        let looked_into = scalar == Scalar::Text && !meeting.documents.is_empty();
        if !meeting.declared && !looked_into && self.undeclared != Undeclared::Forward {
            self.note_undeclared(self.child.step);
            self.drop_child(piece);
            self.scalar = ScalarState::Skip;
            return;
        }
        if looked_into && meeting.acting.is_some() && self.plan.refuses_inside {
            self.searched = Some((at, meeting.documents.clone()));
        }
        self.scalar = match meeting.acting {
            None if looked_into => {
                self.keep_child();
                ScalarState::Written { start: at, documents: meeting.documents }
            }
            None => {
                self.keep_child();
                match scalar {
                    Scalar::Text => self.listen(&meeting, at),
                    Scalar::Number | Scalar::Bool | Scalar::Null => ScalarState::Keep,
                }
            }
            Some(acting) if acting.action(self.plan).is_for_leaves() => {
                self.keep_child();
                ScalarState::Hold { start: at, scalar, acting }
            }
            Some(acting) => {
                self.withhold(piece, &acting, scalar == Scalar::Text, at);
                ScalarState::Skip
            }
        };
    }

    #[inline(never)]
    fn begin_container(&mut self, piece: Piece<'_>, mut frame: Frame, at: usize) {
        let mut meeting = self.meet();
        meeting.acting = meeting.acting.take().or_else(|| self.acting_on_no_text(&meeting));
        frame.declared = meeting.declared;
        let open = meeting.declared || self.undeclared == Undeclared::Forward;
        match meeting.acting {
            None if !open => self.open_undecided(piece, at, &mut frame),
            None => {
                self.keep_child();
                if !self.leads_on(&frame) {
                    self.quiet = Some(Quiet { depth: 1, skip: false });
                    return;
                }
                frame.calm = true;
            }
            Some(acting) if acting.action(self.plan).is_for_leaves() => {
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

    fn end_withheld(&mut self, piece: Piece<'_>, end: usize) {
        match std::mem::replace(&mut self.scalar, ScalarState::Between) {
            ScalarState::Between | ScalarState::Keep => {}
            ScalarState::Skip => self.output.skip_to(end),
            ScalarState::Hold { start, scalar, acting } => self.release(piece, start..end, scalar, &acting),
            ScalarState::Written { start, documents } => self.release_written(piece, start..end, &documents),
            ScalarState::Speech { start, listeners } => self.release_speech(piece, start..end, &listeners),
        }
    }

    fn end_quiet(&mut self, end: usize) {
        if self.quiet.take().is_some_and(|quiet| quiet.skip) {
            self.output.skip_to(end);
        }
        self.gap_from = end;
    }

    #[inline(never)]
    fn end_container(&mut self, piece: Piece<'_>, frame: Frame, at: usize) {
        if frame.skipped {
            if !self.is_skipped() {
                self.output.skip_to(at + 1);
                self.gap_from = at + 1;
            }
            return;
        }
        if let Some(undecided) = frame.undecided {
            if frame.index == 0 {
                self.note_undeclared(frame.step);
            }
            self.drop_undecided(*undecided);
            self.output.skip_to(at + 1);
        } else if frame.lost && !frame.wrote {
            self.output.copy_to(piece, self.gap_from);
            self.output.skip_to(at);
        }
        self.gap_from = at + 1;
    }

    /// Whether anything below the container that begins can be found.
    #[inline]
    fn leads_on(&self, frame: &Frame) -> bool {
        !frame.set.is_empty() || self.foreseen.leads_on() || self.listens()
    }

    /// The innermost open container, where the child at hand is simply kept.
    #[inline]
    fn calm_parent(&self) -> Option<&Frame> {
        if self.is_found() { None } else { self.frames.last().filter(|parent| parent.calm) }
    }

    #[inline]
    fn is_skipped(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.skipped)
    }
}
