//! Those who watch a body pass: a lease that ends with the reply, a receipt that says how it ended.
//!
//! The rule: each witness hears of the end exactly once, also when the body breaks or is dropped half-way. What would
//! defeat it is a body that is forgotten rather than dropped.

use std::fmt;

use bytes::Bytes;
use http_body::Frame;
use smallvec::SmallVec;

use super::BodyError;

/// How a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its last byte, and its trailers if any, were handed on.
    Complete,
    /// It broke off or stalled.
    Broken,
    /// Whoever was reading it went away before the end.
    Dropped,
}

/// Sees a body pass.
pub trait Witness: Send {
    /// A frame is about to be handed on.
    fn passed(&mut self, _frame: &Frame<Bytes>) {}

    /// The body is over; called exactly once.
    fn over(&mut self, end: End);
}

/// All the witnesses of one body; nearly always none or one.
#[derive(Default)]
pub(super) struct Witnesses {
    all: SmallVec<[Box<dyn Witness>; 1]>,
    end: Option<End>,
}

impl Witnesses {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn add(&mut self, witness: Box<dyn Witness>, over: bool) {
        self.all.push(witness);
        if over {
            self.ended(End::Complete);
        }
    }

    /// Notes how the body ended; the first word counts.
    pub(super) fn ended(&mut self, end: End) {
        self.end.get_or_insert(end);
    }

    /// Shows one polled frame to every witness; `over` says whether nothing follows it.
    pub(super) fn see(&mut self, polled: &Option<Result<Frame<Bytes>, BodyError>>, over: bool) {
        match polled {
            Some(Ok(frame)) => {
                self.all.iter_mut().for_each(|witness| witness.passed(frame));
                // Nothing may follow trailers (RFC 9110, section 6.5), and some readers don't ask again after them.
                if over || frame.is_trailers() {
                    self.ended(End::Complete);
                }
            }
            Some(Err(_)) => self.ended(End::Broken),
            None => self.ended(End::Complete),
        }
    }
}

impl Drop for Witnesses {
    fn drop(&mut self) {
        let end = self.end.unwrap_or(End::Dropped);
        self.all.iter_mut().for_each(|witness| witness.over(end));
    }
}

impl fmt::Debug for Witnesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witnesses").field("count", &self.all.len()).field("end", &self.end).finish()
    }
}
