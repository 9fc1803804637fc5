//! What chatbot protocols write around the JSON in a message: the packets of Engine.IO and Socket.IO, the records of SignalR.
//!
//! The rule: only what the protocol's grammar knows passes as framing; a packet that is not as the grammar says is a text.
//! What would defeat it is a number or a name of the sender's choice that passes as framing, so these are short, and
//! stand only before JSON.

use bytes::Bytes;

use super::end::Kind;
use crate::{profile::Socket, rewrite::message::Part};

/// The end of a SignalR record.
const RECORD_END: u8 = 0x1E;
/// Digits of the longest number of a packet.
const LONGEST_NUMBER: usize = 9;
/// Bytes of the longest namespace.
const LONGEST_NAMESPACE: usize = 64;

/// A message in its parts, as the profile of its protocol says.
pub(super) fn parts(framing: Socket, message: Bytes, kind: Kind) -> Vec<Part> {
    match (kind, framing) {
        (Kind::Binary, _) => vec![Part::Binary(message)],
        (Kind::Text, Socket::Plain) => vec![Part::Text(message)],
        (Kind::Text, Socket::EngineIo) => engine_io(message),
        (Kind::Text, Socket::SignalR) => signalr(&message),
    }
}

/// Whether what follows these parts is a message of the person's, and not the protocol's own.
pub(super) fn says(framing: Socket, before: Option<&Part>) -> bool {
    match (framing, before) {
        (Socket::Plain | Socket::SignalR, _) => true,
        (Socket::EngineIo, Some(Part::Frame(prefix))) => prefix.starts_with(b"42") || **prefix == *b"4",
        (Socket::EngineIo, _) => false,
    }
}

/// An answer of ours to what came behind these parts. It acknowledges no packet: that is the bot's to do.
pub(super) fn answer(framing: Socket, before: Option<&Part>, answer: &str) -> Bytes {
    let prefix = match before {
        Some(Part::Frame(prefix)) if framing == Socket::EngineIo => to_same(prefix),
        _ => &[],
    };
    let end: &[u8] = if framing == Socket::SignalR { &[RECORD_END] } else { &[] };
    [prefix, answer.as_bytes(), end].concat().into()
}

/// The prefix of a packet to the same namespace: that of the one that came, without its number.
fn to_same(prefix: &[u8]) -> &[u8] {
    let digits = prefix.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let number = if prefix.ends_with(b",") { 0 } else { digits.min(prefix.len().saturating_sub(2)) };
    prefix.get(..prefix.len() - number).unwrap_or(prefix)
}

/// A packet: its type, and for a message (4) the packet in it. Over a WebSocket there is one in each message.
fn engine_io(packet: Bytes) -> Vec<Part> {
    match &*packet {
        b"1" | b"2" | b"3" | b"5" | b"6" | b"2probe" | b"3probe" => vec![Part::Frame(packet)],
        [b'0', ..] => around_json(&packet, 1),
        [b'4', rest @ ..] => match socket_io(rest) {
            Some(prefix) => around_json(&packet, 1 + prefix),
            None => vec![Part::Frame(packet.slice(..1)), Part::Text(packet.slice(1..))],
        },
        _ => vec![Part::Text(packet)],
    }
}

/// How long what stands before the JSON of a Socket.IO packet is; none where it is no such packet.
///
/// `TYPE [ATTACHMENTS -] [/NAMESPACE ,] [ID] [JSON]`
fn socket_io(packet: &[u8]) -> Option<usize> {
    let (kind, mut rest) = packet.split_first()?;
    if matches!(kind, b'5' | b'6') {
        let digits = number(rest)?;
        rest = rest.get(digits..)?.strip_prefix(b"-")?;
    }
    if rest.first() == Some(&b'/') {
        let end = rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len());
        let (namespace, after) = rest.split_at_checked(end)?;
        if namespace.len() > LONGEST_NAMESPACE || !namespace.iter().all(is_of_a_name) {
            return None;
        }
        rest = after.strip_prefix(b",").unwrap_or(after);
    }
    let must_be = match kind {
        b'2' | b'3' | b'5' | b'6' => {
            rest = rest.get(number(rest).unwrap_or(0)..)?;
            rest.first() == Some(&b'[')
        }
        b'0' | b'4' => rest.is_empty() || rest.first() == Some(&b'{'),
        b'1' => rest.is_empty(),
        _ => false,
    };
    must_be.then(|| packet.len() - rest.len())
}

/// How many digits the number has that stands first, if it is short enough for one.
fn number(text: &[u8]) -> Option<usize> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=LONGEST_NUMBER).contains(&digits).then_some(digits)
}

fn is_of_a_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-_.".contains(byte)
}

fn around_json(packet: &Bytes, prefix: usize) -> Vec<Part> {
    let json = packet.slice(prefix..);
    let mut parts = vec![Part::Frame(packet.slice(..prefix))];
    if !json.is_empty() {
        parts.push(Part::Json(json));
    }
    parts
}

/// Records, each a document and its end; what stands behind the last end is one, too.
fn signalr(message: &Bytes) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    for piece in message.split_inclusive(|byte| *byte == RECORD_END) {
        let ends = piece.last() == Some(&RECORD_END);
        let json = at..at + piece.len() - usize::from(ends);
        at += piece.len();
        if !json.is_empty() {
            parts.push(Part::Json(message.slice(json.clone())));
        }
        if ends {
            parts.push(Part::Frame(message.slice(json.end..at)));
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(framing: Socket, message: &'static str) -> String {
        let parts = parts(framing, Bytes::from_static(message.as_bytes()), Kind::Text);
        let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
        let shown = parts.iter().map(|part| match part {
            Part::Frame(bytes) => text(bytes),
            Part::Json(bytes) => format!("«{}»", text(bytes)),
            Part::Text(bytes) => format!("?{}?", text(bytes)),
            Part::Binary(_) => panic!("a text is no binary"),
        });
        shown.collect()
    }

    #[test]
    fn packets_of_engine_io_and_socket_io_are_taken_apart() {
        for (message, expected) in [
            ("0{\"sid\":\"x\"}", "0«{\"sid\":\"x\"}»"),
            ("2", "2"),
            ("2probe", "2probe"),
            ("3probe", "3probe"),
            ("6", "6"),
            ("40", "40"),
            ("40{\"token\":1}", "40«{\"token\":1}»"),
            ("40/admin,{\"token\":1}", "40/admin,«{\"token\":1}»"),
            ("41/admin,", "41/admin,"),
            ("42[\"say\",{}]", "42«[\"say\",{}]»"),
            ("4212[\"say\"]", "4212«[\"say\"]»"),
            ("42/chat,7[\"say\"]", "42/chat,7«[\"say\"]»"),
            ("431[{}]", "431«[{}]»"),
            ("44{\"message\":\"no\"}", "44«{\"message\":\"no\"}»"),
            (
                "451-[\"file\",{\"_placeholder\":true,\"num\":0}]",
                "451-«[\"file\",{\"_placeholder\":true,\"num\":0}]»",
            ),
            ("461-/a,3[{}]", "461-/a,3«[{}]»"),
            ("4{\"text\":1}", "4?{\"text\":1}?"),
            ("4hello", "4?hello?"),
        ] {
            assert_eq!(shown(Socket::EngineIo, message), expected, "{message}");
        }
    }

    #[test]
    fn what_the_sender_may_choose_does_not_pass_as_framing() {
        for (message, expected) in [
            ("4215550123456", "4?215550123456?"),
            ("4215550123456789[]", "4?215550123456789[]?"),
            ("40/ada@example.com,", "4?0/ada@example.com,?"),
            ("41ada", "4?1ada?"),
            ("45[\"file\"]", "4?5[\"file\"]?"),
            ("47", "4?7?"),
            ("2ada", "?2ada?"),
            ("ada", "?ada?"),
            ("", "??"),
            ("0", "0"),
            ("0ada", "0«ada»"),
        ] {
            assert_eq!(shown(Socket::EngineIo, message), expected, "{message}");
        }
    }

    #[test]
    fn an_answer_goes_to_the_namespace_that_asked_and_acknowledges_nothing() {
        for (prefix, expected) in [
            ("42", "42[]"),
            ("4212", "42[]"),
            ("42/chat,", "42/chat,[]"),
            ("42/chat,7", "42/chat,[]"),
            ("4", "4[]"),
        ] {
            let before = Part::Frame(Bytes::from_static(prefix.as_bytes()));
            assert!(says(Socket::EngineIo, Some(&before)), "{prefix}");
            assert_eq!(answer(Socket::EngineIo, Some(&before), "[]"), expected);
        }
        for prefix in ["40", "0", "43", "2"] {
            let before = Part::Frame(Bytes::from_static(prefix.as_bytes()));
            assert!(!says(Socket::EngineIo, Some(&before)), "{prefix}");
        }
        assert_eq!(answer(Socket::SignalR, None, "{}"), "{}\u{1e}");
        assert_eq!(answer(Socket::Plain, None, "{}"), "{}");
    }

    #[test]
    fn every_record_of_signalr_is_a_document() {
        for (message, expected) in [
            ("{\"protocol\":\"json\",\"version\":1}\u{1e}", "«{\"protocol\":\"json\",\"version\":1}»\u{1e}"),
            ("{\"a\":1}\u{1e}{\"type\":6}\u{1e}", "«{\"a\":1}»\u{1e}«{\"type\":6}»\u{1e}"),
            ("{\"a\":1}\u{1e}rest", "«{\"a\":1}»\u{1e}«rest»"),
            ("\u{1e}\u{1e}", "\u{1e}\u{1e}"),
            ("", ""),
        ] {
            assert_eq!(shown(Socket::SignalR, message), expected, "{message:?}");
        }
    }
}
