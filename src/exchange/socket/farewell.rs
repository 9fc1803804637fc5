//! How a socket is closed: the code and reason of a close frame (RFC 6455, section 7), and who is told what.
//!
//! The rule: each side hears why as far as it may know. The person always gets the name of the problem; the bot only where
//! its own message was at fault, else it learns that the person is going away. No reason of ours holds a value.

use bytes::Bytes;
use http::StatusCode;

use super::end::Lost;
use crate::{
    message::Direction,
    receipts::{
        messages::{Closed, Side},
        receipt::Ended,
    },
    refusal::{Refusal, TYPE_BASE},
};

const GOING_AWAY: u16 = 1001;
const PROTOCOL_ERROR: u16 = 1002;
const UNSUPPORTED: u16 = 1003;
const INVALID: u16 = 1007;
const POLICY: u16 = 1008;
const TOO_BIG: u16 = 1009;
const INTERNAL: u16 = 1011;
const RESTART: u16 = 1012;
const TRY_AGAIN: u16 = 1013;

/// Bytes of the longest reason (section 5.5).
const LONGEST_REASON: usize = 123;

/// What a close frame says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Farewell {
    /// The code; none where none is given.
    pub(super) code: Option<u16>,
    /// The reason: UTF-8, and empty without a code.
    pub(super) reason: Bytes,
}

/// How a conversation ends, and who is told what.
#[derive(Debug)]
pub(super) struct Parting {
    pub(super) closed: Option<Closed>,
    pub(super) ended: Ended,
    /// None where the person closed, or is gone.
    pub(super) to_person: Option<Farewell>,
    /// None where the bot closed, or is gone.
    pub(super) to_bot: Option<Farewell>,
}

impl Farewell {
    /// The same code for another reason; one that is too long is left out.
    pub(super) fn because(&self, reason: Bytes) -> Self {
        let fits = reason.len() <= LONGEST_REASON && std::str::from_utf8(&reason).is_ok();
        Self { code: self.code, reason: if fits { reason } else { Bytes::new() } }
    }

    /// A code of ours, without a reason.
    pub(super) fn code(code: u16) -> Self {
        Self { code: Some(code), reason: Bytes::new() }
    }

    fn refusal(refusal: &Refusal) -> Self {
        let reason = format!("{TYPE_BASE}{}", refusal.slug());
        Self::code(close_code(refusal)).because(reason.into())
    }
}

impl Parting {
    /// One side closed the socket, and the other is told so.
    pub(super) fn closed(by: Side, farewell: &Farewell, passed_on: Farewell) -> Self {
        let (to_person, to_bot) = match by {
            Side::Person => (None, Some(passed_on)),
            Side::Bot | Side::Assentry => (Some(passed_on), None),
        };
        let closed = Some(Closed { by, code: farewell.code });
        Self { closed, ended: Ended::Complete, to_person, to_bot }
    }

    /// A message may not be sent on.
    pub(super) fn refused(direction: Direction, refusal: &Refusal) -> Self {
        let told = Farewell::refusal(refusal);
        let to_bot = match direction {
            Direction::ToBot => Farewell::code(GOING_AWAY),
            Direction::ToPerson => told.clone(),
        };
        Self { to_bot: Some(to_bot), ..Self::ours(told, Ended::Complete) }
    }

    /// One side is gone, or breaks the protocol.
    pub(super) fn lost(side: Side, lost: Lost) -> Self {
        let code = match lost {
            Lost::Gone => None,
            Lost::Silent => Some(GOING_AWAY),
            Lost::Protocol => Some(PROTOCOL_ERROR),
            Lost::NotText => Some(INVALID),
            Lost::TooLarge => Some(TOO_BIG),
        };
        let to_it = code.map(Farewell::code);
        let closed = code.map(|code| Closed { by: Side::Assentry, code: Some(code) });
        match side {
            Side::Person => {
                let to_bot = Some(Farewell::code(GOING_AWAY));
                Self { closed, ended: Ended::ClientGone, to_person: to_it, to_bot }
            }
            Side::Bot | Side::Assentry => {
                let to_person = Some(Farewell::refusal(&Refusal::BotBroken));
                Self { closed, ended: Ended::BotGone, to_person, to_bot: to_it }
            }
        }
    }

    /// Assentry is stopping.
    pub(super) fn stopping() -> Self {
        Self::ours(Farewell::code(GOING_AWAY), Ended::Complete)
    }

    fn ours(told: Farewell, ended: Ended) -> Self {
        let closed = Some(Closed { by: Side::Assentry, code: told.code });
        Self { closed, ended, to_person: Some(told.clone()), to_bot: Some(told) }
    }
}

/// The code for a refusal (section 7.4.1, and the registry there).
fn close_code(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::MediaType(_) => UNSUPPORTED,
        Refusal::Unreadable { .. } | Refusal::BodyBroken => INVALID,
        Refusal::BodyTooLarge => TOO_BIG,
        Refusal::NoRoute | Refusal::Misdirected | Refusal::Method(_) => RESTART,
        other if other.status() == StatusCode::SERVICE_UNAVAILABLE => TRY_AGAIN,
        other if other.status().is_server_error() => INTERNAL,
        _ => POLICY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_code_and_a_reason_that_fits() {
        let each = Refusal::EACH;
        let told = each.iter().map(|refusal| {
            let Farewell { code, reason } = Farewell::refusal(refusal);
            assert!(reason.len() > TYPE_BASE.len(), "{refusal:?}");
            format!("{} {}", code.unwrap(), String::from_utf8(reason.to_vec()).unwrap())
        });
        insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn a_reason_that_became_too_long_is_left_out() {
        let farewell = Farewell::code(1000);
        assert_eq!(farewell.because(Bytes::from(vec![b'x'; 123])).reason.len(), 123);
        assert_eq!(farewell.because(Bytes::from(vec![b'x'; 124])).reason.len(), 0);
        assert_eq!(farewell.because(Bytes::from_static(b"\xff")), farewell);
    }

    #[test]
    fn the_bot_hears_of_a_problem_only_where_its_own_message_was_at_fault() {
        let refusal = Refusal::Undeclared;
        let parting = Parting::refused(Direction::ToBot, &refusal);
        assert_eq!(parting.to_bot, Some(Farewell::code(GOING_AWAY)));
        assert_eq!(parting.to_person, Some(Farewell::refusal(&refusal)));
        let parting = Parting::refused(Direction::ToPerson, &refusal);
        assert_eq!(parting.to_bot, parting.to_person);
    }
}
