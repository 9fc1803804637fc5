#![allow(clippy::string_slice)]

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::{
    detect::{Detector, Kind, Kinds},
    text::{Found, HELD_BACK},
};

/// Finds `{name}` and says `<NAME>`; a brace that stays open for four letters opens nothing.
#[derive(Clone, Debug)]
struct Restorer;

impl Scanner for Restorer {
    type What = String;

    fn scan(&mut self, text: &str, edge: Edge, found: &mut Vec<Found<String>>) -> usize {
        let mut from = 0;
        while let Some(open) = text[from..].find('{').map(|at| at + from) {
            let name = &text[open + 1..];
            let length = name.bytes().take(4).take_while(u8::is_ascii_lowercase).count();
            match name.as_bytes().get(length) {
                None if edge == Edge::Open && length < 4 => return open,
                Some(b'}') => {
                    let at = open..open + length + 2;
                    found
                        .push(Found { at: at.clone(), what: format!("<{}>", name[..length].to_uppercase()) });
                    from = at.end;
                }
                _ => from = open + 1,
            }
        }
        text.len()
    }
}

fn named(what: Kinds, _: &str) -> String {
    format!("[{what}]")
}

fn applied(text: &str, edits: &[Edit]) -> String {
    for pair in edits.windows(2) {
        assert!(pair[0].at.end <= pair[1].at.start, "{edits:?}");
    }
    edit::apply(text, edits)
}

static ALL: LazyLock<Detector> = LazyLock::new(|| Detector::new(Kinds::all()));

fn whole(text: &str, replace: fn(Kinds, &str) -> String) -> String {
    applied(text, &edits(text, ALL.scanner(Kinds::all()), replace, Restorer))
}

fn flowing(pieces: &[&str], replace: fn(Kinds, &str) -> String) -> String {
    let mut flow = Flow::new(ALL.scanner(Kinds::all()), Restorer);
    let mut made = String::new();
    for piece in pieces {
        made.push_str(&flow.push(piece, replace));
        for held_back in [flow.first.held_back(), flow.second.held_back()] {
            assert!(held_back.chars().count() <= HELD_BACK);
        }
    }
    made.push_str(&flow.finish(replace));
    assert!(!flow.holds_back());
    made
}

#[test]
fn what_is_found_is_replaced_and_the_rest_is_not_named() {
    let text = "Write to ada@example.com, {bob}.";
    let made = edits(text, ALL.scanner(Kinds::all()), named, Restorer);
    let expected =
        [Edit { at: 9..24, new: "[email]".to_owned() }, Edit { at: 26..31, new: "<BOB>".to_owned() }];
    assert_eq!(made, expected);
    assert_eq!(applied(text, &made), "Write to [email], <BOB>.");
}

#[test]
fn a_stage_that_is_not_wanted_changes_nothing() {
    let text = "ada@example.com {bob}";
    let only_detector = edits(text, ALL.scanner(Kinds::all()), named, None::<Restorer>);
    assert_eq!(applied(text, &only_detector), "[email] {bob}");
    let only_restorer = edits(text, None::<crate::detect::Scan<&Detector>>, named, Restorer);
    assert_eq!(applied(text, &only_restorer), "ada@example.com <BOB>");
    let neither = Flow::new(None::<Restorer>, None::<Restorer>).push(text, |what, _| what);
    assert_eq!(neither, text);
}

#[test]
fn what_is_put_back_as_it_was_is_no_change() {
    let keep = |_: Kinds, text: &str| text.to_owned();
    assert_eq!(edits("to ada@example.com", ALL.scanner(Kinds::all()), keep, Restorer), []);
    assert_eq!(edits("nothing here", ALL.scanner(Kinds::all()), named, Restorer), []);
}

#[test]
fn the_second_stage_sees_the_text_as_the_first_left_it() {
    let brace: fn(Kinds, &str) -> String = |_, _| "{ab".to_owned();
    assert_eq!(whole("x ada@example.com}y", brace), "x <AB>y");
    let inner: fn(Kinds, &str) -> String = |_, _| "1{ab}2{cd}3".to_owned();
    assert_eq!(whole("x ada@example.com 212-555-0143!", inner), "x 1<AB>2<CD>3 1<AB>2<CD>3!");
    let tail: fn(Kinds, &str) -> String = |_, _| "cd}z".to_owned();
    assert_eq!(whole("x{(212) 555-0143y", tail), "x<CD>zy");
}

/// Texts of which every cut into two and three pieces is tried.
const CUT: [&str; 7] = [
    "to ada@example.com, {bob}.",
    "{ab} 914-27-6083{cd}",
    "{ada@example.com}{x",
    "{{a}{abcd}{abcde} a%40b.cd",
    "{(212) 555-0143}",
    "é{é}{e}谢ada@b.co谢",
    "AKIAIOSFODNN7EXAMPLE}",
];

const ANSWERS: [fn(Kinds, &str) -> String; 5] = [
    named,
    |_, _| String::new(),
    |_, _| "{ab".to_owned(),
    |_, _| "b}{".to_owned(),
    |_, text| text.to_owned(),
];

#[test]
fn a_flowing_text_becomes_what_the_whole_becomes_wherever_it_is_cut() {
    for (text, answer) in CUT.iter().flat_map(|text| ANSWERS.iter().map(move |answer| (*text, *answer))) {
        let expected = whole(text, answer);
        let places: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        for (n, one) in places.iter().enumerate() {
            for two in places.iter().skip(n) {
                let pieces = [&text[..*one], &text[*one..*two], &text[*two..]];
                assert_eq!(flowing(&pieces, answer), expected, "{pieces:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn pieces_of_any_text_become_what_the_whole_becomes(
        scraps in prop::collection::vec(
            prop::sample::select(vec![
                "{", "}", "a", "bc", " ", "ada@example.com", "@", "212-", "555-0143", "é", "%40", "4111 1111 ", "x.yz",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b.c",
            ]),
            0..30,
        ),
        cuts in prop::collection::vec(any::<bool>(), 30),
        answer in prop::sample::select(ANSWERS.to_vec()),
    ) {
        let text = scraps.concat();
        let mut pieces = vec![String::new()];
        for (scrap, cut) in scraps.iter().zip(cuts) {
            match pieces.last_mut() {
                Some(last) if !cut => last.push_str(scrap),
                _ => pieces.push((*scrap).to_owned()),
            }
        }
        let expected = whole(&text, answer);
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        prop_assert_eq!(flowing(&pieces, answer), expected.clone());
        let letters: Vec<&str> = text.split_inclusive(|_| true).collect();
        prop_assert_eq!(flowing(&letters, answer), expected);
    }

    #[test]
    fn two_rounds_of_edits_come_to_one(text in "[a-zé{} @.0-9-]{0,60}", answer in prop::sample::select(ANSWERS.to_vec())) {
        let between = edit::apply(&text, &edits(&text, ALL.scanner(Kind::Phone.into()), answer, None::<Restorer>));
        let expected = edit::apply(&between, &edits(&between, None::<Restorer>, |what, _| what, Restorer));
        let at_once = edits(&text, ALL.scanner(Kind::Phone.into()), answer, Restorer);
        prop_assert_eq!(applied(&text, &at_once), expected);
    }
}
