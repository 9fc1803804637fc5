//! The memory of a rewriter that is done, for the next one on the same thread.
//!
//! The rule: whoever takes it finds it empty, and it is little: one body full of names must not cost every thread its
//! memory for good.

use std::cell::Cell;

use super::frame::Frame;
use crate::{
    json::{NameHasher, Tokeniser},
    selector::Matching,
};

/// More open containers than this leave no room behind.
const MOST_FRAMES: usize = 256;

/// What a rewriter needs room for.
#[derive(Debug)]
pub(super) struct Scratch {
    pub(super) tokeniser: Box<Tokeniser>,
    pub(super) matching: Matching,
    pub(super) frames: Vec<Frame>,
}

thread_local! {
    static KEPT: Cell<Option<Scratch>> = const { Cell::new(None) };
}

impl Scratch {
    /// Room for one body.
    pub(super) fn take(hasher: &NameHasher, max_depth: usize) -> Self {
        match KEPT.take() {
            Some(mut kept) => {
                kept.tokeniser.reset(hasher.clone(), max_depth);
                kept
            }
            None => Self {
                tokeniser: Box::new(Tokeniser::new(hasher.clone(), max_depth)),
                matching: Matching::default(),
                frames: Vec::with_capacity(16),
            },
        }
    }

    /// Keeps the room, unless there is too much of it.
    pub(super) fn keep(mut self) {
        if self.tokeniser.is_small() && self.frames.capacity() <= MOST_FRAMES {
            self.frames.clear();
            KEPT.set(Some(self));
        }
    }
}
