//! Texts that were made to be much work: what is asked for grows with them and no faster.

use super::{ALL, in_pieces, steps};
use crate::detect::Kinds;

/// Each is repeated: runs of each sign, what is nearly something, and what opens without an end.
const UNKIND: [&str; 36] = [
    "@",
    "a@",
    "aaaa@aaaa@",
    "a.b@c.",
    "@.",
    "1",
    "1 ",
    "1-",
    "1.1.",
    "12/",
    "(",
    "((1",
    "+",
    "+1",
    "+1 (",
    "%",
    "%2",
    "%40",
    "&",
    "&#",
    "&#64;",
    "&amp",
    "\u{200b}",
    "a\u{200b}",
    "１",
    "passport ",
    "call me ",
    "AA 1 ",
    "DE89 ",
    "4111-",
    "::",
    "f:1:",
    "http://",
    "password: ",
    "TWFyZ2FyZXQ",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@ ",
];

/// Those that are too long to be held back, again and again.
fn unkind() -> impl Iterator<Item = String> {
    let long = ["x@", "http://", "ghp_", "%40", "1"].map(|sign| format!("{sign}{} ", "a".repeat(300)));
    UNKIND.into_iter().map(str::to_owned).chain(long)
}

/// The shortest text that is measured, and by how much the others are longer.
const SHORTEST: usize = 1_000;
const TIMES: [usize; 2] = [32, 64];

/// The steps that somebody takes, for each byte of a text of some length.
fn steps_per_byte(unkind: &str, length: usize, take: impl Fn(&str)) -> f64 {
    let text = unkind.repeat(length / unkind.len() + 1);
    let before = steps::taken();
    take(&text);
    (steps::taken() - before) as f64 / text.len() as f64
}

#[test]
fn no_text_takes_more_for_each_byte_because_it_is_longer() {
    let find = |text: &str| drop(ALL.find(text, Kinds::all()));
    for unkind in unkind() {
        // What is gone through at once has to come about first.
        let once = steps_per_byte(&unkind, SHORTEST, find).max(steps_per_byte(&unkind, SHORTEST * 8, find));
        for times in TIMES {
            let more = steps_per_byte(&unkind, SHORTEST * times, find);
            assert!(
                more <= once * 1.25 + 1.0,
                "{unkind:?}: {once} for each byte, and {more} of {times} times as much"
            );
        }
    }
}

/// A text that comes letter by letter is gone through again with each, as far as it is held back.
#[test]
fn no_text_takes_more_for_each_letter_because_more_came_before() {
    let find =
        |text: &str| drop(in_pieces(&text.split_inclusive(|_| true).collect::<Vec<_>>(), Kinds::all()));
    for unkind in unkind() {
        let once = steps_per_byte(&unkind, SHORTEST / 2, find);
        let more = steps_per_byte(&unkind, SHORTEST * 2, find);
        // What is held back has to come about first.
        assert!(
            more <= once * 2.0 + 1.0,
            "{unkind:?}: {once} for each byte, and {more} of four times as much"
        );
    }
}
