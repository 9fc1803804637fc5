#![allow(clippy::string_slice)]
//! Every form of every number, as it is, among other text, and cut anywhere.

use proptest::prelude::*;

use super::{
    super::{Detector, context_words::WORDS, tests::in_pieces},
    *,
};

/// What stands around a number.
const AROUND: [(&str, &str); 6] = [
    ("", ""),
    ("Hello, ", ", thanks."),
    ("Here is what you asked for: \"", "\" and 3 more"),
    ("I have 20417 here.\n", "\n12 more"),
    ("(", ")"),
    ("谢谢 ", "。"),
];

fn forms() -> Vec<&'static Form> {
    europe::FORMS.iter().chain(americas::FORMS).chain(east::FORMS).collect()
}

/// A number that fits a form, from a seed.
fn valid(form: &Form, mut seed: u64) -> Vec<u8> {
    let mut next = |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % most
    };
    for _ in 0..4_000_000 {
        let id: Vec<u8> = form
            .shape
            .bytes()
            .map(|byte| match byte {
                b'd' => b'0' + next(10) as u8,
                b'L' => b'A' + next(26) as u8,
                b'x' => {
                    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        [if next(2) == 0 { next(10) } else { next(36) } as usize]
                }
                other => other,
            })
            .collect();
        if form.fits(&id) {
            return id;
        }
    }
    panic!("nothing fits {form:?}");
}

/// A number as a pattern writes it.
fn written(pattern: &str, id: &[u8]) -> String {
    let mut rest = id.iter();
    let is_one = |byte: u8| matches!(byte, b'd' | b'L' | b'x') || byte.is_ascii_alphanumeric();
    pattern
        .bytes()
        .map(|byte| if is_one(byte) { char::from(*rest.next().unwrap()) } else { char::from(byte) })
        .collect()
}

/// A word that announces a kind.
fn word(kind: Kind) -> &'static str {
    let words = WORDS
        .iter()
        .find(|(kinds, _)| kinds.contains(&kind))
        .map(|(_, words)| words.split(' ').next().unwrap());
    words.unwrap_or("")
}

/// The ways in which a number of a form is written that need no more, or a word.
fn ways(form: &Form, id: &[u8]) -> Vec<(String, bool)> {
    let plain = String::from_utf8(id.to_vec()).unwrap();
    let mut ways = vec![(plain, form.alone == Alone::Always)];
    ways.extend(form.written.iter().map(|pattern| (written(pattern, id), form.alone != Alone::Never)));
    ways
}

/// A number of a kind in one of the ways in which it is written, and what has to stand before it.
pub fn made(kind: Kind, seed: u64) -> (String, String) {
    let forms: Vec<_> = forms().into_iter().filter(|form| form.kind == kind).collect();
    let form = forms[(seed % forms.len() as u64) as usize];
    let ways = ways(form, &valid(form, seed));
    let (number, alone) = ways[(seed / 7 % ways.len() as u64) as usize].clone();
    (if alone { String::new() } else { format!("{}: ", word(kind)) }, number)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_number_is_found_wherever_the_text_is_cut(seed in any::<u64>(), around in 0..AROUND.len(), cuts in prop::collection::vec(0..1_000_usize, 0..4)) {
        let detector = Detector::new(Kinds::all());
        for form in forms() {
            let id = valid(form, seed ^ form.kind as u64);
            for (number, alone) in ways(form, &id) {
                let label = if alone { String::new() } else { format!("{}: ", word(form.kind)) };
                let (before, after) = AROUND[around];
                let start = before.len() + label.len();
                let text = format!("{before}{label}{number}{after}");
                let found = detector.find(&text, form.kind.into());
                let at = start..start + number.len();
                prop_assert!(found.iter().any(|found| found.at == at), "{form:?} in {text:?}: {found:?}");
                let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % text.len()).filter(|cut| text.is_char_boundary(*cut)).collect();
                cuts.sort_unstable();
                cuts.push(text.len());
                let mut last = 0;
                let pieces: Vec<&str> = cuts.into_iter().map(|cut| &text[std::mem::replace(&mut last, cut)..cut]).collect();
                prop_assert_eq!(in_pieces(&pieces, form.kind.into()), found);
            }
        }
    }
}

#[test]
fn a_number_that_needs_a_word_is_none_without_it() {
    let detector = Detector::new(Kinds::all());
    for form in forms().into_iter().filter(|form| form.alone == Alone::Never) {
        let id = String::from_utf8(valid(form, 7)).unwrap();
        let text = format!("It says {id} there.");
        assert_eq!(detector.find(&text, form.kind.into()), [], "{form:?}");
    }
}

#[test]
fn a_number_with_one_digit_wrong_is_none() {
    let detector = Detector::new(Kinds::all());
    for form in forms().into_iter().filter(|form| form.is_checked && form.alone == Alone::Always) {
        let id = valid(form, 11);
        let mut wrong = 0;
        for place in (0..id.len()).filter(|place| id[*place].is_ascii_digit()) {
            let mut changed = id.clone();
            changed[place] = b'0' + (changed[place] - b'0' + 1) % 10;
            wrong += usize::from(
                detector
                    .find(&format!("It is {}.", String::from_utf8(changed).unwrap()), form.kind.into())
                    .is_empty(),
            );
        }
        assert!(
            wrong * 10 >= id.iter().filter(|byte| byte.is_ascii_digit()).count() * 8,
            "{form:?}: {wrong}"
        );
    }
}

#[test]
fn capitals_before_a_number_in_groups_hide_nothing() {
    for (kind, text, number) in [
        (Kind::UkNino, "SEND QQ 12 34 56 C NOW", ""),
        (Kind::UkNino, "MY NINO IS AB 12 34 56 C", "AB 12 34 56 C"),
        (Kind::ItFiscalCode, "SJL ZWD MPCPN U469W", "SJL ZWD MPCPN U469W"),
        (Kind::ItFiscalCode, "CF SJL ZWD MPCPN U469W", "SJL ZWD MPCPN U469W"),
    ] {
        let found = Detector::new(Kinds::all()).find(text, kind.into());
        let found: Vec<&str> = found.iter().map(|found| &text[found.at.clone()]).collect();
        assert_eq!(found.concat(), number, "{text}");
    }
}
