//! A row of events that is all there: what each would have become on its way to the bot.
//!
//! The rule: as on the way, every event is decided by itself, and of what stands between them only what says nothing stays.
//! What would defeat it is a second opinion about events; [`super::events`] has the only one.

use super::{
    Rules,
    account::Account,
    events::{Event, EventFault, Framer, Framing, Item},
    message::{self, Part},
};
use crate::{profile::StreamShape, refusal::Refusal};

/// The row as it may be sent on.
pub(super) fn whole(
    framing: Framing,
    body: &[u8],
    rules: &Rules<'_>,
    account: &mut Account,
) -> Result<Vec<u8>, Refusal> {
    let mut framer = Framer::new(framing, usize::MAX);
    let mut items: Vec<Result<Item, EventFault>> = framer.push(body).collect();
    items.extend(framer.finish());
    let mut made = Vec::with_capacity(body.len());
    for item in items {
        match item.map_err(|_| Refusal::BodyTooLarge)? {
            Item::Aside(aside) => made.extend_from_slice(&aside.bare()),
            Item::Event(event) => event_made(&event.without_asides(), rules, account, &mut made)?,
        }
    }
    Ok(made)
}

fn event_made(
    event: &Event,
    rules: &Rules<'_>,
    account: &mut Account,
    made: &mut Vec<u8>,
) -> Result<(), Refusal> {
    let data = event.data();
    if StreamShape::unknown().is_sentinel(&data) {
        made.extend_from_slice(event.raw());
        return Ok(());
    }
    let data = message::message(&[Part::Text(data)], rules, &[], account)?.into_bytes();
    made.extend_from_slice(&event.with_data(&data));
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        complaint::Source,
        consent::Consent,
        policy::{Plan, Policy},
        rewrite::leaf::Keys,
        signal::Signals,
    };

    fn rewritten(framing: Framing, body: &str) -> Result<String, Refusal> {
        let text =
            "policy: p\nversion: 1\nundeclared: forward\ndata:\n  mail: {at: $..email, otherwise: drop}\n";
        let plan = Plan::new(Policy::parse(Source::new("p.yaml", text)).unwrap());
        let verdict = plan.verdict(&Consent::default(), &Signals::default(), Timestamp::UNIX_EPOCH, false);
        let rules = Rules { plan: &plan, verdict: &verdict, key: &Keys::new(&[0; 32]), max_depth: 128 };
        let made = whole(framing, body.as_bytes(), &rules, &mut Account::default())?;
        Ok(String::from_utf8(made).unwrap())
    }

    #[test]
    fn every_event_is_rewritten_and_what_stands_between_them_says_nothing() {
        for (framing, body, expected) in [
            (Framing::Lines, "{\"email\":1,\"a\":2}\n\n{\"a\":3}", "{\"a\":2}\n\n{\"a\":3}"),
            (Framing::Sequence, "\u{1e}{\"email\":1}\n\u{1e}[4]\n", "\u{1e}{}\n\u{1e}[4]\n"),
            (
                Framing::Stream,
                ": ada\r\nevent: e\r\ndata: {\"email\":1}\r\nx: ada\r\n\r\ndata: [DONE]\n\n",
                ":\r\nevent: e\r\ndata: {}\r\n\r\ndata: [DONE]\n\n",
            ),
        ] {
            assert_eq!(rewritten(framing, body).as_deref(), Ok(expected), "{framing:?}");
        }
    }

    #[test]
    fn a_row_with_one_event_that_can_not_be_read_is_no_row() {
        for body in ["{\"a\":1}\n{\"email\":", "{\"a\":1}\nhello\n"] {
            assert!(rewritten(Framing::Lines, body).is_err(), "{body}");
        }
    }
}
