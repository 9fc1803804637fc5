//! Other systems that are asked over HTTP: consent services, webhooks, detectors.
//!
//! The rule: TLS always, except to this very machine; an answer has its time limit and its size, and an error never repeats what came.
//! What would defeat it is a second client with rules of its own; the door to bots ([`crate::upstream`]) is another thing, since what
//! goes through there has been cleared.

mod client;
mod place;

pub use client::{Client, NoAnswer, Reply};
pub use place::{Place, shown};
