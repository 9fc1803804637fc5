//! A receipt in words: one JSON document, in one line.
//!
//! The rule: it is what the receipt's `Serialize` says, to the byte; but nearly every text in a receipt is a name that needs
//! no escapes, and those are copied as they are. What would defeat it is a member that is added to a receipt and forgotten here:
//! the patterns have no `..`, so that the compiler asks for it.

use serde::Serialize;

use super::receipt::{Act, PolicyName, PurposeState, Receipt, SubjectName};

/// Writes a receipt behind what is there.
///
/// # Errors
/// When a member can't be put into words; then a part of it may have been written.
pub(super) fn write(receipt: &Receipt, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let Receipt {
        time,
        exchange,
        route,
        mode,
        policy,
        subject,
        signals,
        purposes,
        to_bot,
        messages,
        to_person,
        shadow,
        outcome,
        ended,
    } = receipt;
    push(out, r#"{"time":"#);
    value(out, time)?;
    push(out, r#","exchange":"#);
    text(out, exchange)?;
    push(out, r#","route":"#);
    option(out, route.as_deref(), text)?;
    push(out, r#","mode":"#);
    value(out, mode)?;
    push(out, r#","policy":"#);
    option(out, policy.as_ref(), write_policy)?;
    push(out, r#","subject":"#);
    option(out, subject.as_ref(), write_subject)?;
    if !signals.is_empty() {
        push(out, r#","signals":"#);
        value(out, signals)?;
    }
    push(out, r#","purposes":"#);
    list(out, purposes, write_purpose)?;
    push(out, r#","to_bot":"#);
    list(out, to_bot, write_act)?;
    if let Some(messages) = messages {
        push(out, r#","messages":"#);
        value(out, messages)?;
    }
    if !to_person.is_empty() {
        push(out, r#","to_person":"#);
        list(out, to_person, write_act)?;
    }
    if let Some(shadow) = shadow {
        push(out, r#","shadow":"#);
        value(out, shadow)?;
    }
    push(out, r#","outcome":"#);
    value(out, outcome)?;
    push(out, r#","ended":"#);
    value(out, ended)?;
    push(out, "}");
    Ok(())
}

fn write_policy(out: &mut Vec<u8>, policy: &PolicyName) -> serde_json::Result<()> {
    let PolicyName { name, version, digest } = policy;
    push(out, r#"{"name":"#);
    text(out, name)?;
    push(out, r#","version":"#);
    value(out, version)?;
    push(out, r#","digest":"#);
    text(out, digest)?;
    push(out, "}");
    Ok(())
}

fn write_subject(out: &mut Vec<u8>, subject: &SubjectName) -> serde_json::Result<()> {
    let SubjectName { reference, namespace, standing } = subject;
    push(out, r#"{"reference":"#);
    option(out, reference.as_deref(), text)?;
    push(out, r#","namespace":"#);
    text(out, namespace)?;
    push(out, r#","standing":"#);
    value(out, standing)?;
    push(out, "}");
    Ok(())
}

fn write_purpose(out: &mut Vec<u8>, state: &PurposeState) -> serde_json::Result<()> {
    let PurposeState { purpose, allowed, because } = state;
    push(out, r#"{"purpose":"#);
    text(out, purpose)?;
    push(out, if *allowed { r#","allowed":true,"because":"# } else { r#","allowed":false,"because":"# });
    text(out, because)?;
    push(out, "}");
    Ok(())
}

fn write_act(out: &mut Vec<u8>, act: &Act) -> serde_json::Result<()> {
    let Act { data, place, action, count } = act;
    push(out, r#"{"data":"#);
    text(out, data)?;
    push(out, r#","place":"#);
    text(out, place)?;
    push(out, r#","action":"#);
    text(out, action)?;
    push(out, r#","count":"#);
    value(out, count)?;
    push(out, "}");
    Ok(())
}

fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn value(out: &mut Vec<u8>, value: &impl Serialize) -> serde_json::Result<()> {
    serde_json::to_writer(out, value)
}

/// Looks at every byte without stopping at the first that needs an escape (RFC 8259, section 7): many at a time.
fn text(out: &mut Vec<u8>, text: &str) -> serde_json::Result<()> {
    let special = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\');
    if text.bytes().fold(false, |found, byte| found | special(byte)) {
        return value(out, &text);
    }
    out.push(b'"');
    push(out, text);
    out.push(b'"');
    Ok(())
}

fn option<T>(
    out: &mut Vec<u8>,
    value: Option<T>,
    write: impl Fn(&mut Vec<u8>, T) -> serde_json::Result<()>,
) -> serde_json::Result<()> {
    match value {
        Some(value) => write(out, value),
        None => {
            push(out, "null");
            Ok(())
        }
    }
}

fn list<T>(
    out: &mut Vec<u8>,
    values: &[T],
    write: impl Fn(&mut Vec<u8>, &T) -> serde_json::Result<()>,
) -> serde_json::Result<()> {
    push(out, "[");
    for (number, value) in values.iter().enumerate() {
        if number > 0 {
            push(out, ",");
        }
        write(out, value)?;
    }
    push(out, "]");
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        policy::Heard,
        receipts::{
            messages::Messages,
            receipt::{Cast, Ended, Mode, Outcome, Shadow},
        },
        subject::Standing,
    };

    /// Every text that can need an escape, where one can stand.
    fn receipts() -> [Receipt; 3] {
        let odd = "a \"name\" \\ with\nwhat\u{1}needs\u{7f}escapes, ünd €";
        let act =
            |place: &str, count| Act { data: odd.into(), place: place.into(), action: "drop".into(), count };
        let state = |allowed| PurposeState { purpose: odd.into(), allowed, because: "withdrawn" };
        let policy = |name: &str| PolicyName { name: name.into(), version: u64::MAX, digest: "00ff".into() };
        let full = Receipt {
            time: Timestamp::UNIX_EPOCH,
            exchange: "01a20028-933a-7094-aaf6-ed5c7eb9ff6f".to_owned(),
            route: Some(odd.into()),
            mode: Mode::Report,
            policy: Some(policy(odd)),
            subject: Some(SubjectName {
                reference: Some(odd.to_owned()),
                namespace: odd.to_owned(),
                standing: Standing::Claimed,
            }),
            signals: vec![
                Heard { signal: "gpc", said: "objects" },
                Heard { signal: "tcf", said: "malformed" },
            ],
            purposes: vec![state(true), state(false)],
            to_bot: vec![act("$['a \"b\"']", 1), act("$..*", 20)],
            messages: Some(Messages::default()),
            to_person: vec![act("$.*", 3)],
            shadow: Some(Shadow { policy: policy("candidate"), cast: Cast::Undecided("no \"reason\"") }),
            outcome: Outcome::Forwarded { status: Some(200) },
            ended: Ended::BotGone,
        };
        let bare = Receipt {
            route: None,
            policy: None,
            subject: None,
            signals: Vec::new(),
            purposes: Vec::new(),
            to_bot: Vec::new(),
            messages: None,
            shadow: None,
            outcome: Outcome::Refused { problem: "no-route", status: 404 },
            ..full.clone()
        };
        let nobody = SubjectName { reference: None, namespace: String::new(), standing: Standing::Proven };
        let nameless = Receipt { subject: Some(nobody), outcome: Outcome::Undecided, ..full.clone() };
        [full, bare, nameless]
    }

    #[test]
    fn a_receipt_in_words_is_what_its_serialize_says() {
        for receipt in receipts() {
            let mut words = b"before".to_vec();
            write(&receipt, &mut words).unwrap();
            let expected = format!("before{}", serde_json::to_string(&receipt).unwrap());
            assert_eq!(String::from_utf8(words).unwrap(), expected);
        }
    }
}
