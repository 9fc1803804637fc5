//! Removing members and elements so that the rest is valid, and reads as if they had never been there.
//!
//! The rule: a removed child takes along the gap before it (comma and white space, since the child before). Where
//! nothing is left before it, its own gap stays for the child that will come first, whose comma goes instead. Where nothing is left at
//! all, no white space is left either.

use super::{
    Walk,
    frame::{Frame, Undecided},
};
use crate::json::Piece;

impl Walk<'_> {
    /// The child at hand is written: whatever was undecided around it stays.
    #[inline]
    pub(super) fn keep_child(&mut self) {
        let Some(parent) = self.frames.last_mut() else { return };
        if parent.undecided.is_none() && (parent.wrote || !parent.lost) {
            parent.wrote = true;
        } else {
            self.keep_first_child();
        }
    }

    fn keep_first_child(&mut self) {
        self.keep_undecided();
        if let Some(parent) = self.frames.last_mut() {
            if parent.lost && !parent.wrote {
                self.output.write(&std::mem::take(&mut parent.lead));
                self.output.skip_to(self.child.at);
            }
            parent.wrote = true;
        }
    }

    /// The child at hand is left out; the caller skips to its end.
    pub(super) fn drop_child(&mut self, piece: Piece<'_>) {
        let Some(parent) = self.frames.last_mut() else {
            self.output.copy_to(piece, self.child.at);
            self.output.write(b"null");
            return;
        };
        if !parent.wrote && !parent.lost {
            parent.lead = self.output.original(piece, self.gap_from, self.child.at).into_boxed_slice();
        }
        parent.lost = true;
        self.output.copy_to(piece, self.gap_from);
    }

    /// The container at hand stays only if it turns out to hold something declared: its opening is put aside.
    pub(super) fn open_undecided(&mut self, piece: Piece<'_>, at: usize, frame: &mut Frame) {
        self.output.copy_to(piece, self.gap_from);
        let start = self.undecided.len();
        let mut gap_before = Vec::new();
        match self.frames.last() {
            Some(parent) if parent.lost && !parent.wrote => {
                self.undecided.extend_from_slice(&parent.lead);
                self.undecided.extend(self.output.original(piece, self.child.at, at + 1));
            }
            Some(_) | None => {
                gap_before = self.output.original(piece, self.gap_from, self.child.at);
                self.undecided.extend(self.output.original(piece, self.gap_from, at + 1));
            }
        }
        frame.undecided = Some(Box::new(Undecided { start, gap_before: gap_before.into_boxed_slice() }));
        self.output.skip_to(at + 1);
    }

    /// A container ends that turned out to hold nothing declared.
    pub(super) fn drop_undecided(&mut self, opening: Undecided) {
        self.undecided.truncate(opening.start);
        match self.frames.last_mut() {
            None => self.output.write(b"null"),
            Some(parent) => {
                if !parent.wrote && !parent.lost {
                    parent.lead = opening.gap_before;
                }
                parent.lost = true;
            }
        }
    }

    /// Everything undecided stays: each of these containers is now a written child of the one around it.
    fn keep_undecided(&mut self) {
        if self.undecided.is_empty() {
            return;
        }
        self.output.write(&std::mem::take(&mut self.undecided));
        let innermost = self.frames.len() - 1;
        for (n, frame) in self.frames.iter_mut().enumerate().rev() {
            let was_undecided = frame.undecided.take().is_some();
            frame.wrote |= n < innermost;
            if !was_undecided {
                break;
            }
        }
    }
}
