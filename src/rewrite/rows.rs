//! What stands around the data of events, and a row of events that is all there: what each would have become on its way to the bot.
//!
//! The rule: every event is decided by itself, and of what stands around its data only what clients know stays: what it is called, and
//! from where to resume. No data entry can declare these, so where only what is declared may pass, they don't. What would
//! defeat it is a second opinion about events; [`super::events`] has the only one.

use super::{
    Rules,
    account::Account,
    events::{Event, EventFault, Framer, Framing, Item},
    message::{self, Part},
};
use crate::{policy::Undeclared, profile::StreamShape, refusal::Refusal};

/// What of an item may be sent on, as far as its data is not concerned.
///
/// # Errors
/// [`Refusal::Undeclared`] where it says more and nothing undeclared may be present.
pub fn around(item: Item, undeclared: Undeclared) -> Result<Item, Refusal> {
    let item = item.without_asides();
    match undeclared {
        Undeclared::Forward => Ok(item),
        Undeclared::Drop => Ok(item.only_data()),
        Undeclared::Refuse => match item.clone().only_data() == item {
            true => Ok(item),
            false => Err(Refusal::Undeclared),
        },
    }
}

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
        let item = item.map_err(|_| Refusal::BodyTooLarge)?;
        match around(item, rules.plan.undeclared)? {
            Item::Aside(aside) => made.extend_from_slice(&aside.raw),
            Item::Event(event) => event_made(&event, rules, account, &mut made)?,
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
        rewrite::{Outside, leaf::Keys},
        signal::Signals,
    };

    fn rewritten(framing: Framing, body: &str) -> Result<String, Refusal> {
        rewritten_where("forward", framing, body)
    }

    fn rewritten_where(undeclared: &str, framing: Framing, body: &str) -> Result<String, Refusal> {
        let text = format!(
            "policy: p\nversion: 1\nundeclared: {undeclared}\ndata:\n  mail: {{at: $..email, otherwise: drop}}\n"
        );
        let plan = Plan::new(Policy::parse(Source::new("p.yaml", text)).unwrap());
        let verdict = plan.verdict(&Consent::default(), &Signals::default(), Timestamp::UNIX_EPOCH, false);
        let rules = Rules {
            plan: &plan,
            verdict: &verdict,
            key: &Keys::new(&[0; 32]),
            max_depth: 128,
            outside: Outside::NOBODY,
        };
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

    #[test]
    fn what_no_entry_can_declare_stays_here_where_only_what_is_declared_may_pass() {
        for around in ["event: ada\n", "id: ada\n", "retry: 7\n"] {
            for (data, left) in [("{\"email\":1}", "null"), ("[DONE]", "[DONE]")] {
                let body = format!("{around}data: {data}\n\n{around}\n");
                let made = |undeclared| rewritten_where(undeclared, Framing::Stream, &body);
                assert_eq!(made("forward"), Ok(body.replace("{\"email\":1}", "{}")));
                assert_eq!(made("drop"), Ok(format!("data: {left}\n\n\n")));
                assert_eq!(made("refuse"), Err(Refusal::Undeclared));
            }
        }
        assert!(rewritten_where("refuse", Framing::Stream, ": ada\ndata: {\"email\":1}\n\n").is_ok());
    }
}
