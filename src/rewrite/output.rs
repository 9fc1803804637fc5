//! What is sent on: spans of the original, copied as they are, with gaps and replacements between them.
//!
//! The rule: a byte of the original leaves in its order, or is skipped because somebody said so; nothing is written twice.
//! While nothing was skipped or replaced, nothing is copied at all.

use crate::json::Piece;

/// The output of one body.
#[derive(Debug, Default)]
pub(super) struct Output {
    out: Vec<u8>,
    /// Everything before this position is settled: in `out`, or skipped.
    settled: usize,
    /// What is not settled of pieces that are gone.
    spill: Vec<u8>,
    touched: bool,
}

impl Output {
    /// Copies everything up to a position.
    pub(super) fn copy_to(&mut self, piece: Piece<'_>, upto: usize) {
        self.take_spill(upto, true);
        if upto > self.settled {
            self.out.extend_from_slice(piece.between(self.settled, upto));
            self.settled = upto;
        }
    }

    /// Leaves out everything up to a position.
    pub(super) fn skip_to(&mut self, upto: usize) {
        self.touched = true;
        self.take_spill(upto, false);
        self.settled = self.settled.max(upto);
    }

    /// Writes something that was not in the original.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        self.touched = true;
        self.out.extend_from_slice(bytes);
    }

    /// What the original holds between two positions that are not settled.
    pub(super) fn original(&self, piece: Piece<'_>, from: usize, to: usize) -> Vec<u8> {
        let spilled = piece.base.saturating_sub(from).min(self.spill.len());
        let mut bytes = self.spill.get(self.spill.len() - spilled..).unwrap_or_default().to_vec();
        bytes.truncate(to.saturating_sub(from));
        bytes.extend_from_slice(piece.between(from.max(piece.base), to));
        bytes
    }

    /// The piece goes away: what is decided is copied, what is undecided from `from` on is kept aside.
    pub(super) fn spill(&mut self, piece: Piece<'_>, from: usize) {
        let end = piece.base + piece.bytes.len();
        self.copy_to(piece, from.min(end));
        self.spill.extend_from_slice(piece.between(self.settled.max(piece.base), end));
    }

    /// Whether anything was skipped or replaced.
    pub(super) fn touched(&self) -> bool {
        self.touched
    }

    /// Hands out what can be sent by now.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    fn take_spill(&mut self, upto: usize, keep: bool) {
        if self.spill.is_empty() {
            return;
        }
        let count = upto.saturating_sub(self.settled).min(self.spill.len());
        if keep {
            self.out.extend_from_slice(self.spill.get(..count).unwrap_or_default());
        }
        self.spill.drain(..count);
        self.settled += count;
    }
}
