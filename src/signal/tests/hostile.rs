//! Strings made to break the reader: they never do, and never let more through than no string.

use proptest::prelude::*;

use super::*;

/// Letters of the strings, and what stands between them.
const LETTERS: &str = "[A-Za-z0-9_.~-]{0,400}";

fn everything_objects(signals: &Signals) -> bool {
    let tcf = (1..=TCF_PURPOSES).all(|n| signals.objects(ObjectionSignal::Tcf(n), false));
    tcf && Field::ALL.into_iter().all(|field| signals.objects(ObjectionSignal::Gpp(field), false))
}

/// Every string has one of two ends: it is read, or it objects to all that asks for it.
fn hear(text: &[u8]) {
    let (mut one, mut other) = (Signals::default(), Signals::default());
    one.hear_tcf(text);
    other.hear_gpp(text);
    for signals in [&one, &other] {
        assert_eq!(signals.token(), None, "no string is a yes");
    }
    let objects = |n| one.objects(ObjectionSignal::Tcf(n), true);
    assert!(!one.is_malformed(Kind::Tcf) || (1..=TCF_PURPOSES).all(objects));
    assert!(!other.is_malformed(Kind::Gpp) || everything_objects(&other));
    for n in 1..=TCF_PURPOSES {
        let (strict, mild) = (ObjectionSignal::Tcf(n), ObjectionSignal::Tcf(n));
        assert!(one.objects(strict, true) || !one.objects(mild, false), "an interest narrows nothing");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_object(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        hear(&bytes);
    }

    #[test]
    fn any_letters_are_read_or_object(text in LETTERS) {
        hear(text.as_bytes());
        for prefix in ["C", "DBABM~C", "DBACNY~", "DBABLA~B", "DBA"] {
            hear(format!("{prefix}{text}").as_bytes());
        }
    }

    #[test]
    fn a_string_with_flipped_bits_is_read_or_objects(
        consents in prop::collection::vec(1u32..=24, 0..6),
        flips in prop::collection::vec(any::<prop::sample::Index>(), 1..8),
    ) {
        let mut written = core(&consents, &[2, 7]);
        for flip in &flips {
            let at = flip.index(written.0.len());
            written.0[at] = !written.0[at];
        }
        hear(written.text().as_bytes());
        hear(format!("DBABM~{}", written.text()).as_bytes());
    }

    #[test]
    fn hearing_more_never_objects_to_less(one in LETTERS, other in LETTERS, good in any::<u32>()) {
        let core = core(&[good % 12], &[good / 12 % 12]).text();
        for (first, second) in [(&one, &core), (&core, &one), (&one, &other)] {
            let mut signals = Signals::default();
            signals.hear_tcf(first.as_bytes());
            signals.hear_gpp(second.as_bytes());
            let before = signals.clone();
            signals.hear_tcf(second.as_bytes());
            signals.hear_gpp(first.as_bytes());
            for n in 1..=TCF_PURPOSES {
                let signal = ObjectionSignal::Tcf(n);
                prop_assert!(signals.objects(signal, false) || !before.objects(signal, false));
            }
            for field in Field::ALL {
                let signal = ObjectionSignal::Gpp(field);
                prop_assert!(signals.objects(signal, false) || !before.objects(signal, false));
            }
        }
    }
}

#[test]
fn a_string_that_names_hundreds_of_millions_of_vendors_costs_no_more_than_its_letters() {
    let head = Written::default().number(2, 6).zeros(146).purposes(&[3]).purposes(&[]).zeros(13);
    let many = |mut written: Written, count: u32| {
        written = written.number(0xffff, 16).number(1, 1).number(count, 12);
        (0..count).fold(written, |written, _| written.number(1, 1).number(1, 16).number(0xffff, 16))
    };
    let whole = many(many(head, 1_400), 1_400).zeros(12).text();
    assert!(whole.len() < LONGEST && !tcf(&whole, 3, true), "all of it is read");
    let cut: String = whole.chars().take(whole.len() - 9).collect();
    assert!(tcf(&cut, 3, true), "to its end");
}

#[test]
fn a_string_that_is_too_long_is_not_looked_at() {
    let padded = |length: usize| {
        let text = core(&[3], &[]).text();
        let zeros = "A".repeat(length - text.len());
        text + &zeros
    };
    assert!(!tcf(&padded(LONGEST), 3, true));
    assert!(tcf(&padded(LONGEST + 1), 3, true));
}

#[test]
fn a_header_with_more_sections_than_there_are_is_malformed() {
    let group = |first, rest| {
        Written::default()
            .number(3, 6)
            .number(1, 6)
            .number(1, 12)
            .number(1, 1)
            .fibonacci(first)
            .fibonacci(rest)
    };
    assert_eq!(noes(&format!("{}{}", group(1, 60_000).text(), "~".repeat(500))), ["malformed"]);
    assert_eq!(noes(&group(60_000, 60_000).text()), ["malformed"]);
}
