//! Whatever is of a kind is found wherever it stands, however the text is cut, and however it is written.

use proptest::prelude::*;

use super::{
    ALL, cut_at, in_pieces,
    sample::{Sample, sample},
    seed::Seed,
};
use crate::{detect::Kind, text::Found};

/// What may stand around: other numbers, other scripts, and the escapes of what a text stands in.
const AROUND: [(&str, &str); 12] = [
    ("", ""),
    ("Hello, ", ", thanks."),
    ("I have 20417 here.\n", "\n12 more"),
    ("谢谢。 ", "。再见"),
    ("Вот, ", " — верно?"),
    ("مرحبا ", " شكرا"),
    ("{\"a\": \"", "\", \"n\": 3}"),
    ("{\\\"a\\\": \\\"", "\\\", \\\"n\\\": 3}"),
    ("one\\n", "\\ntwo"),
    ("<p>", "</p>"),
    ("(", ")"),
    ("ada (order 17), then\n\n", "\n\nBye 2"),
];

/// The same with some characters written otherwise.
fn disguised(text: &str, sign: usize, seed: &mut Seed) -> String {
    let mut out = text[..sign].to_owned();
    for (n, c) in text[sign..].chars().enumerate() {
        if n > 0 && seed.below(24) == 0 {
            out.push(seed.of(&['\u{200b}', '\u{2060}', '\u{ad}', '\u{feff}']));
        }
        match seed.below(30) {
            0 if c.is_ascii_digit() => {
                let zero = seed.of(&['０', '٠', '०', '𝟎']);
                out.push(char::from_u32(zero as u32 + c as u32 - '0' as u32).unwrap());
            }
            1 if c.is_ascii_graphic() => out.push(char::from_u32(c as u32 + 0xfee0).unwrap()),
            2 if c.is_ascii() => out.push_str(&format!("%{:02X}", c as u32)),
            3 if c.is_ascii() => out.push_str(&format!("&#{};", c as u32)),
            4 if c.is_ascii() => out.push_str(&format!("&#x{:x};", c as u32)),
            _ => out.push(c),
        }
    }
    out
}

/// Checks that it is found where it stands, and alike when it comes in pieces.
fn check(kind: Kind, of: &Sample, around: (&str, &str), cuts: &[usize]) -> Result<(), TestCaseError> {
    let start = around.0.len() + of.before.len();
    let text = format!("{}{}{}{}{}", around.0, of.before, of.text, of.after, around.1);
    let at = start..start + of.text.len();
    let found = ALL.find(&text, kind.into());
    let is_it = |found: &Found<_>| {
        if of.loose { found.at.start <= at.start && at.end <= found.at.end } else { found.at == at }
    };
    prop_assert!(found.iter().any(is_it), "{kind} at {at:?} of {text:?}: {found:?}");
    let cuts = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
    prop_assert_eq!(in_pieces(&cut_at(&text, cuts), kind.into()), found, "{} in {:?}", kind, text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_kind_is_found_wherever_it_stands(seed in any::<u64>(), around in 0..AROUND.len(), cuts in prop::collection::vec(0..1_000_usize, 0..6)) {
        let mut seed = Seed(seed);
        for kind in Kind::ALL {
            check(kind, &sample(kind, &mut seed), AROUND[around], &cuts)?;
        }
    }

    #[test]
    fn every_kind_is_found_however_its_characters_are_written(seed in any::<u64>(), around in 0..AROUND.len(), cuts in prop::collection::vec(0..1_000_usize, 0..6)) {
        let mut seed = Seed(seed);
        for kind in Kind::ALL {
            let plain = sample(kind, &mut seed);
            // What is written in many times as many characters is longer than can be held back.
            let is_short = plain.text.chars().count() <= 64;
            if let Some(sign) = plain.sign.filter(|_| is_short) {
                let text = disguised(&plain.text, sign, &mut seed);
                check(kind, &Sample { text, ..plain }, AROUND[around], &cuts)?;
            }
        }
    }
}
