mod reference;
mod released;

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use reference::{Seen, seen};

const LIMIT: usize = 1 << 20;

/// What a framer makes of a body that comes in these pieces.
fn framed<'a>(framing: Framing, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Item> {
    let mut framer = Framer::new(framing, LIMIT);
    let mut items = Vec::new();
    for piece in pieces {
        items.extend(framer.push(piece).map(Result::unwrap));
    }
    items.extend(framer.finish().map(Result::unwrap));
    items
}

fn whole(framing: Framing, text: &str) -> Vec<Item> {
    framed(framing, [text.as_bytes()])
}

fn forwarded(items: &[Item]) -> Vec<u8> {
    items.iter().flat_map(|item| item.raw().to_vec()).collect()
}

fn only_event(framing: Framing, text: &str) -> Event {
    let events: Vec<Event> = whole(framing, text).into_iter().filter_map(event).collect();
    assert_eq!(events.len(), 1, "{text:?}");
    events[0].clone()
}

fn event(item: Item) -> Option<Event> {
    match item {
        Item::Event(event) => Some(event),
        Item::Aside(_) => None,
    }
}

/// What stands in a body, briefly.
fn told(items: &[Item]) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let one = |item: &Item| match item {
        Item::Event(event) => {
            format!("{}={}", text(event.name().unwrap_or_default()), text(&event.data()))
        }
        Item::Aside(aside) => format!("{:?} {}", aside.kind, text(&aside.raw)),
    };
    items.iter().map(one).collect()
}

#[test]
fn an_event_stream_is_read_as_the_standard_says() {
    for (body, expected) in [
        ("data: a\n\n", vec!["=a"]),
        ("data:a\ndata\ndata:  b\n\n", vec!["=a\n\n b"]),
        ("event: x\nid: 1\ndata: a\n\n", vec!["x=a"]),
        ("event: x\nevent\ndata: a\n\n", vec!["=a"]),
        ("data: a\r\rdata: b\r\n\r\ndata: c\n\r", vec!["=a", "=b", "Blank \n", "=c"]),
        (": hi\n\n", vec!["Comment : hi\n", "Blank \n"]),
        ("retry: 10\n\ndata: a\n\n", vec!["Fields retry: 10\n\n", "=a"]),
        (
            "\u{feff}data: a\n\n\u{feff}data: b\n\n",
            vec!["Blank \u{feff}", "=a", "Fields \u{feff}data: b\n\n"],
        ),
        ("Data: a\n data: b\ndata : c\n\n", vec!["Fields Data: a\n data: b\ndata : c\n\n"]),
        ("data: a\n: ping\nfoo: b\n\n", vec!["=a"]),
        ("data\n\n", vec!["="]),
        ("data: [DONE]", vec!["=[DONE]"]),
        ("data: a\n", vec!["=a"]),
        (": unfinished", vec!["Comment : unfinished"]),
        ("id: 1", vec!["Fields id: 1"]),
        ("\u{feff}", vec!["Blank \u{feff}"]),
    ] {
        assert_eq!(told(&whole(Framing::Stream, body)), expected, "{body:?}");
    }
}

#[test]
fn records_are_read_line_by_line_or_after_their_separators() {
    for (framing, body, expected) in [
        (Framing::Lines, "{\"a\":1}\r\n\n 2 \n[3]", vec!["={\"a\":1}", "Blank \n", "=2", "=[3]"]),
        (Framing::Lines, "1\r2\n", vec!["=1\r2"]),
        (Framing::Sequence, "\x1e{\"a\":\n\"\\\"}\n\"}\n\x1e2\n", vec!["={\"a\":\n\"\\\"}\n\"}", "=2"]),
        (Framing::Sequence, "\x1e\n [1]\n\n", vec!["=[1]", "Blank \n"]),
        (Framing::Sequence, "\x1e{\"a\x1e{}\n", vec!["={\"a", "={}"]),
        (Framing::Sequence, "\x1e\x1e1\nx\n", vec!["Blank \u{1e}", "=1", "=x"]),
    ] {
        assert_eq!(told(&whole(framing, body)), expected, "{body:?}");
    }
}

#[test]
fn an_event_leaves_when_its_end_has_come() {
    for (framing, body) in [
        (Framing::Stream, "data: a\n\n"),
        (Framing::Stream, "data: a\r\n\r"),
        (Framing::Stream, "data: a\r\r"),
        (Framing::Stream, "\u{feff}event: x\ndata: a\n\n"),
        (Framing::Lines, "{}\n"),
        (Framing::Sequence, "\x1e{\"a\":[\n]}\n"),
        (Framing::Sequence, "\x1etrue\n"),
    ] {
        let mut framer = Framer::new(framing, LIMIT);
        let (last, before) = body.as_bytes().split_last().unwrap();
        assert!(framer.push(before).all(|item| event(item.unwrap()).is_none()), "{body:?}");
        let items: Vec<Item> = framer.push(&[*last]).map(Result::unwrap).collect();
        assert!(matches!(items.as_slice(), [Item::Event(_)]), "{body:?}: {items:?}");
    }
}

#[test]
fn what_changed_is_written_in_the_style_of_the_original() {
    for (body, data, expected) in [
        ("data: a\n\n", "b", "data: b\n\n"),
        ("event:x\r\nid:1\r\ndata:a\r\n\r\n", "b", "event:x\r\nid:1\r\ndata:b\r\n\r"),
        ("data: a\r\r", "b\nc", "data: b\rdata: c\r\r"),
        ("data:a\n\n", " b", "data:  b\n\n"),
        ("data\n\n", "b", "data:b\n\n"),
        ("data: {\nid: 1\ndata:}\n\n", "{}", "data: {}\nid: 1\n\n"),
        ("data: {\nid: 1\ndata:}\n\n", "1\n2\r\n3", "data: 1\nid: 1\ndata:2\ndata:\ndata:3\n\n"),
        ("data: a\rdata: b\n\n", "c", "data: c\r\n\n"),
        ("data: a", "b\nc", "data: b\ndata: c"),
        ("id: 1\r\ndata: a", "b\nc", "id: 1\r\ndata: b\r\ndata: c"),
        (": x\ndata: a\n: ping\nfoo: y\n\n", "b", "data: b\n: ping\nfoo: y\n\n"),
    ] {
        assert_eq!(only_event(Framing::Stream, body).with_data(data.as_bytes()), expected, "{body:?}");
    }
    for (framing, body, data, expected) in [
        (Framing::Lines, " {}\r\n", "[]", " []\r\n"),
        (Framing::Lines, "{}", "[\n]", "[ ]"),
        (Framing::Sequence, "\x1e{\n} \n", "[\n]", "\x1e[ ] \n"),
    ] {
        assert_eq!(only_event(framing, body).with_data(data.as_bytes()), expected, "{body:?}");
    }
}

#[test]
fn one_more_event_is_of_the_same_kind_and_has_no_id() {
    for (framing, body, expected) in [
        (Framing::Stream, "id: 7\nevent: x\nretry: 1\n: c\ndata: a\n\n", "event: x\ndata: b\n\n"),
        (Framing::Stream, "event:x\r\ndata:a\r\n\r\n", "event:x\r\ndata:b\r\n\r\n"),
        (Framing::Stream, "data: a\r\r", "data: b\r\r"),
        (Framing::Stream, "data: a", "data: b\n\n"),
        (Framing::Lines, "a", "b\n"),
        (Framing::Lines, "a\r\n", "b\r\n"),
        (Framing::Sequence, "\x1ea\n", "\x1eb\n"),
    ] {
        assert_eq!(only_event(framing, body).another(b"b"), expected, "{body:?}");
    }
}

#[test]
fn what_clients_ignore_can_be_left_out() {
    let event = only_event(Framing::Stream, "id: 1\r: secret\rdata: a\rfoo: secret\n\n");
    let bare = without_asides(event);
    assert_eq!(bare.raw(), "id: 1\rdata: a\r\n\n");
    assert_eq!(
        (bare.data().as_ref(), bare.with_data(b"b").as_ref()),
        (&b"a"[..], &b"id: 1\rdata: b\r\n\n"[..])
    );
}

#[test]
fn the_closing_event_is_one_in_each_framing() {
    let problem = br#"{"type":"about:blank"}"#;
    for (framing, begun) in
        [(Framing::Stream, "data: a\n\n"), (Framing::Lines, "1\n"), (Framing::Sequence, "\x1e1\n")]
    {
        let mut body = begun.as_bytes().to_vec();
        body.extend_from_slice(&framing.closing(problem));
        let items = framed(framing, [&*body]);
        let Some(Item::Event(last)) = items.last() else { panic!("{items:?}") };
        assert_eq!((items.len(), last.data().as_ref()), (2, &problem[..]));
        assert_eq!(last.name(), (framing == Framing::Stream).then_some(&b"error"[..]));
    }
}

#[test]
fn an_event_that_is_too_large_is_a_fault_however_it_comes() {
    let body = b"data: 1\n\ndata: 123456\n\ndata: 2\n\n";
    for size in 1..=body.len() {
        let mut framer = Framer::new(Framing::Stream, 13);
        let outcomes: Vec<_> =
            body.chunks(size).flat_map(|piece| framer.push(piece).collect::<Vec<_>>()).collect();
        assert_eq!(outcomes.len(), 2, "{size}: {outcomes:?}");
        assert_eq!(outcomes[0].as_ref().unwrap().raw(), "data: 1\n\n");
        assert_eq!(outcomes[1], Err(EventFault::TooLarge { limit: 13 }));
        assert!(framer.finish().next().is_none());
    }
    let mut framer = Framer::new(Framing::Stream, 14);
    assert_eq!(framer.push(body).filter(Result::is_ok).count(), 3);
}

#[test]
fn media_types_say_which_framing() {
    for (value, expected) in [
        ("text/event-stream", Some(Framing::Stream)),
        ("Text/Event-Stream; charset=utf-8", Some(Framing::Stream)),
        ("application/x-ndjson", Some(Framing::Lines)),
        ("application/jsonl;charset=utf-8", Some(Framing::Lines)),
        ("application/stream+json", Some(Framing::Lines)),
        ("application/json-seq", Some(Framing::Sequence)),
        ("application/geo+json-seq", Some(Framing::Sequence)),
        ("application/json", None),
        ("text/plain; x=text/event-stream", None),
        ("", None),
    ] {
        assert_eq!(Framing::of(value), expected, "{value}");
    }
}

/// Pieces that bodies are put together from, such as meet each other badly.
fn bodies(framing: Framing, pieces: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    const STREAM: [&str; 24] = [
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "\r\n\r\n",
        "data",
        "data:",
        "data: ",
        "event: x",
        "id: 1",
        "retry: 5",
        ":",
        ": c",
        "foo: y",
        " ",
        "a",
        "{\"a\": 1}",
        "ä€🙂",
        "\u{feff}",
        "[DONE]",
        "event",
        "data: {\"b\":2}\n\n",
        "\0",
        "dat",
    ];
    const RECORDS: [&str; 14] =
        ["\n", "\r\n", "\x1e", "{", "}", "[", "]", "\"", "\\", "a", " ", "{\"a\": \"\\\"\"}\n", "€", "1\n"];
    let alphabet = match framing {
        Framing::Stream => STREAM.to_vec(),
        Framing::Lines | Framing::Sequence => RECORDS.to_vec(),
    };
    let broken = Just(&b"\xff"[..]);
    let piece = prop_oneof![40 => prop::sample::select(alphabet).prop_map(str::as_bytes), 1 => broken];
    prop::collection::vec(piece, pieces).prop_map(|pieces| pieces.concat())
}

fn framings() -> impl Strategy<Value = Framing> {
    prop::sample::select(vec![Framing::Stream, Framing::Lines, Framing::Sequence])
}

fn a_body(pieces: std::ops::Range<usize>) -> impl Strategy<Value = (Framing, Vec<u8>)> {
    framings().prop_flat_map(move |framing| (Just(framing), bodies(framing, pieces.clone())))
}

/// The body as the standard sees it after each event has been given other data and the framer's help with that.
fn rewritten(items: &[Item], data: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let one = |item: &Item| match item {
        Item::Event(event) => event.with_data(&data(&event.data())).to_vec(),
        Item::Aside(aside) => aside.raw.to_vec(),
    };
    items.iter().flat_map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_cut_of_a_short_body_gives_the_same_items((framing, body) in a_body(0..8)) {
        let expected = framed(framing, [&*body]);
        prop_assert_eq!(&forwarded(&expected), &body, "unchanged, it is the same");
        for first in 0..=body.len() {
            for second in first..=body.len() {
                let pieces = [&body[..first], &body[first..second], &body[second..]];
                prop_assert_eq!(&framed(framing, pieces), &expected, "cut at {} and {}", first, second);
            }
        }
    }

    #[test]
    fn cuts_of_a_long_body_give_the_same_items(
        (framing, body) in a_body(20..200),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let expected = framed(framing, [&*body]);
        prop_assert_eq!(&forwarded(&expected), &body);
        prop_assert_eq!(&framed(framing, body.chunks(1)), &expected);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).chain([0, body.len()]).collect();
        cuts.sort_unstable();
        prop_assert_eq!(&framed(framing, cuts.windows(2).map(|cut| &body[cut[0]..cut[1]])), &expected);
    }

    #[test]
    fn a_reader_by_the_standard_sees_the_same_events(body in bodies(Framing::Stream, 0..60)) {
        let items = framed(Framing::Stream, [&*body]);
        let finished = seen(&body);
        let ours: Vec<Seen> = items.iter().cloned().filter_map(event).map(|event| Seen::of(&event)).collect();
        // What is not finished is an event to us, so that it is judged, and none to the standard.
        prop_assert!(ours.len() - finished.len() <= 1);
        for (theirs, ours) in finished.iter().zip(&ours) {
            prop_assert_eq!((&theirs.name, &theirs.data), (&ours.name, &ours.data));
        }
    }

    #[test]
    fn only_the_data_differs_for_a_reader_by_the_standard(body in bodies(Framing::Stream, 0..60), lines in 1usize..4) {
        let items = framed(Framing::Stream, [&*body]);
        let other = |data: &[u8]| {
            let mut other = data.to_ascii_uppercase();
            other.extend_from_slice("\n new".repeat(lines - 1).as_bytes());
            other
        };
        let (before, after) = (seen(&body), seen(&rewritten(&items, other)));
        prop_assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            prop_assert_eq!((&before.name, &before.id), (&after.name, &after.id));
            prop_assert_eq!(&after.data, &String::from_utf8(other(before.data.as_bytes())).unwrap());
        }
        let fewer = seen(&rewritten(&items, |_| b"x".to_vec()));
        prop_assert!(fewer.len() == before.len() && fewer.iter().all(|event| event.data == "x"));
    }

    #[test]
    fn an_event_more_is_seen_once_and_nothing_else_changes(body in bodies(Framing::Stream, 0..40)) {
        let items = framed(Framing::Stream, [&*body]);
        let mut written = Vec::new();
        for item in &items {
            if let Item::Event(event) = item {
                written.extend_from_slice(&event.another(b"more"));
            }
            written.extend_from_slice(item.raw());
        }
        let events = items.iter().cloned().filter_map(event).count();
        let (before, after) = (seen(&body), seen(&written));
        prop_assert_eq!(after.iter().filter(|event| event.data == "more").count(), events);
        let rest: Vec<&Seen> = after.iter().filter(|event| event.data != "more").collect();
        prop_assert_eq!(rest, before.iter().collect::<Vec<_>>());
    }

    #[test]
    fn nothing_that_clients_ignore_is_left_when_it_is_to_go(body in bodies(Framing::Stream, 0..60)) {
        let events = framed(Framing::Stream, [&*body]).into_iter().filter_map(event);
        for event in events {
            let bare = without_asides(event.clone());
            let fields: HashSet<&[u8]> = bare
                .raw()
                .split(|byte| matches!(byte, b'\n' | b'\r'))
                .filter_map(|line| line.split(|byte| *byte == b':').next())
                .collect();
            let known: HashSet<&[u8]> = [&b"data"[..], b"event", b"id", b"retry", b""].into();
            prop_assert!(fields.is_subset(&known), "{:?}", bare);
            let own = |event: &Event| Framer::new(Framing::Stream, LIMIT).push(event.raw()).count();
            prop_assert_eq!(Seen::of(&bare), Seen::of(&event));
            prop_assert!(own(&bare) <= own(&event) + 1);
        }
    }
}

fn without_asides(found: Event) -> Event {
    event(Item::Event(found).without_asides()).unwrap()
}

#[test]
fn of_an_item_its_data_alone_can_be_kept() {
    let body = "id: 7\r: note\revent: ada\rdata: 1\rdata: 2\r\rretry: 1\nid: ada\n\n: ada\n\ndata: 3\n\n";
    let items = framed(Framing::Stream, [body.as_bytes()]);
    let kept: Vec<u8> = items.iter().flat_map(|item| item.clone().only_data().raw().to_vec()).collect();
    assert_eq!(String::from_utf8(kept).unwrap(), "data: 1\rdata: 2\r\r\n:\n\ndata: 3\n\n");
    for (framing, body) in [(Framing::Lines, "{}\n\n{}"), (Framing::Sequence, "\u{1e}{}\n\u{1e}1\n")] {
        for item in framed(framing, [body.as_bytes()]) {
            assert_eq!(item.clone().only_data(), item);
        }
    }
}

#[test]
fn what_clients_ignore_is_left_out_between_events() {
    for (before, after) in [
        (": secret\n", ":\n"),
        (": secret\r\n", ":\r\n"),
        ("retry: 10\nid: 7\n\n", "retry: 10\nid: 7\n\n"),
        ("note: secret\nretry: 10\n\n", "retry: 10\n\n"),
        ("\n", "\n"),
    ] {
        let mut framer = Framer::new(Framing::Stream, 100);
        let mut made = Vec::new();
        let mut note = |items: Items<'_>| {
            for item in items {
                let Ok(item @ Item::Aside(_)) = item else { panic!("{item:?}") };
                made.extend_from_slice(item.without_asides().raw());
            }
        };
        note(framer.push(before.as_bytes()));
        note(framer.finish());
        assert_eq!(String::from_utf8(made).unwrap(), after);
    }
}
