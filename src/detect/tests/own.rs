//! Kinds of a policy's own, thresholds, values that are nobody's.

use super::*;

/// A detector of these patterns, by their names, and of all built-in kinds.
fn detector(patterns: &[(&str, Pattern)]) -> Detector {
    let mut own = Own::default();
    for (number, (_, pattern)) in patterns.iter().enumerate() {
        own.add(Kinds::own(number).unwrap(), pattern.clone());
    }
    let kinds = Kinds::all().union(own.kinds());
    let names = Names::with_own(patterns.iter().map(|(name, _)| (*name).into()));
    Detector::tuned(kinds, Arc::new(Tuning { names, own, ..Tuning::default() }))
}

fn pattern(text: &str) -> Pattern {
    Pattern::new(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"))
}

/// What patterns of their own find, marked `«…»`; nothing else is sought.
fn marked(detector: &Detector, text: &str) -> String {
    let mut out = text.to_owned();
    for found in detector.find(text, Kinds::all().complement()).into_iter().rev() {
        out.insert_str(found.at.end, "»");
        out.insert_str(found.at.start, "«");
    }
    out
}

fn check_own(pattern: Pattern, text: &str) {
    let plain: String = text.chars().filter(|c| !matches!(c, '«' | '»')).collect();
    assert_eq!(marked(&detector(&[("own", pattern)]), &plain), text);
}

/// What is found when a text comes in these pieces; also that no more is held back than may be.
fn pieces(detector: &Detector, pieces: &[&str], kinds: Kinds) -> Vec<Found<Kinds>> {
    let mut scan = detector.scanner(kinds);
    let (mut all, mut base, mut pending) = (Vec::new(), 0, String::new());
    for (n, piece) in pieces.iter().enumerate() {
        pending.push_str(piece);
        let edge = if n + 1 == pieces.len() { Edge::End } else { Edge::Open };
        let mut found = Vec::new();
        let decided = scan.scan(&pending, edge, &mut found);
        all.extend(
            found.into_iter().map(|found| Found { at: found.at.start + base..found.at.end + base, ..found }),
        );
        pending.drain(..decided);
        base += decided;
        assert!(pending.chars().count() <= HELD_BACK, "{pending:?}");
    }
    all
}

#[test]
fn a_pattern_finds_what_it_matches_the_longest_from_the_left() {
    check_own(pattern(r"E-\d{6}"), "my number is «E-123456», not E-12345 or e-123456; «E-654321»7");
    check_own(
        pattern(r"\bE-\d{6}\b"),
        "«E-123456» THE-123456 E-1234567 éE-123456 E-123456é («E-123456») _E-123456",
    );
    check_own(pattern(r"\bE-\d\b"), "a\\n«E-1» «E-2»");
    check_own(pattern("ab|abcd|bcde"), "x«abcd»e «ab»c «bcde»");
    check_own(pattern("(?i)badge [a-z]{1,3}"), "«Badge xyz»z «BADGE a»");
    check_own(pattern("[äöü]{2}"), "«äö»x «üü»");
    check_own(pattern(r"\d{3}"), "«123»«456»7");
    check_own(pattern(r"谢\d"), "谢谢«谢1»");
}

#[test]
fn however_it_is_written_it_reads_as_what_it_means() {
    let own = pattern(r"\bE-\d{6}\b");
    for text in [
        "«Ｅ-１２３４５６»",
        "«E%2D123456» «%45-123456»",
        "«E&#45;123456», «&#69;-123456»",
        "«E-12\u{200b}34\u{feff}56»",
        "«E-١٢٣٤٥٦» x",
        "%4E-123456 100%«E-123456»",
    ] {
        check_own(own.clone(), text);
    }
}

#[test]
fn check_digits_must_fit_and_words_beside_it_make_it_surer() {
    let own = || pattern(r"\bE?\d{4,11}\b");
    check_own(own().checked(Check::Luhn), "«79927398713» 79927398710 «E79927398713»");
    check_own(pattern(r"\d{4,5}").checked(Check::Verhoeff), "«2363»9 23649");
    let sure = |pattern: Pattern, text: &str| {
        let found = detector(&[("own", pattern)]).look(text, Kinds::own(0).unwrap());
        found.iter().map(|found| found.what.certainty).collect::<Vec<_>>()
    };
    let words = || own().announced_by(["Employee", "Zahl"]);
    assert_eq!(sure(own(), "employee 12345"), [Certainty::PATTERN]);
    assert_eq!(sure(words(), "number 12345"), [Certainty::PATTERN]);
    assert_eq!(sure(words(), "EMPLOYEE no. 12345"), [Certainty::CONTEXT]);
    assert_eq!(sure(words(), "12345 (employee)"), [Certainty::CONTEXT]);
    assert_eq!(sure(words(), "an employee. Or 12345"), [Certainty::PATTERN]);
    assert_eq!(sure(words(), "employee 12345, 54321"), [Certainty::CONTEXT, Certainty::PATTERN]);
    let checked = || words().checked(Check::Luhn);
    assert_eq!(sure(checked(), "zahl: 79927398713"), [Certainty::ANNOUNCED]);
    assert_eq!(sure(checked(), "79927398713"), [Certainty::CHECKSUM]);
}

#[test]
fn kinds_that_overlap_are_one_finding_whoever_they_are_of() {
    let detector = detector(&[("badge", pattern("B-[a-z]{3}")), ("code", pattern("[a-z]{3}@[a-z]{2}"))]);
    let named = |text: &str, kinds: Kinds| -> Vec<String> {
        let found = detector.find(text, kinds);
        found
            .iter()
            .map(|found| format!("{}:{}", detector.names().joined(found.what), &text[found.at.clone()]))
            .collect()
    };
    let every = Kinds::EVERY;
    assert_eq!(named("to B-ada@example.com now", every), ["email+badge+code:B-ada@example.com"]);
    assert_eq!(named("to B-ada@example.com now", Kinds::own(0).unwrap()), ["badge:B-ada"]);
    assert_eq!(named("to B-ada@example.com now", Kinds::own(1).unwrap()), ["code:ada@ex"]);
    assert_eq!(named("B-ada, b@c.de, B-eve", every), ["badge:B-ada", "email:b@c.de", "badge:B-eve"]);
}

#[test]
fn what_is_longer_than_can_be_held_back_is_found() {
    let detector = detector(&[("run", pattern("[a-z@.]{1,90}!"))]);
    // An address as long as can be, and what its end begins.
    let text = format!("x@{} {}! and on", "a.".repeat(110), "b".repeat(80));
    let whole = detector.find(&text, Kinds::EVERY);
    let letters: Vec<&str> = text.split_inclusive(|_| true).collect();
    assert_eq!(pieces(&detector, &letters, Kinds::EVERY), whole);
    let covered: usize = whole.iter().map(|found| found.at.len()).sum();
    assert!(covered > 300, "{whole:?}");
}

static OWN: LazyLock<Detector> = LazyLock::new(|| {
    detector(&[
        ("employee", pattern(r"\bE-\d{6}\b").announced_by(["staff", "ssn"])),
        ("digits", pattern(r"\d{4,20}").checked(Check::Luhn)),
        ("run", pattern(r"[a-z@.%-]{2,40}!")),
        ("spread", pattern(r"(\d ){1,40}x|call me [a-z]{1,8} maybe")),
    ])
});

fn scraps() -> impl Strategy<Value = String> {
    let own = prop::sample::select(vec![
        "E-123456",
        "E-",
        "Ｅ-１２",
        "1234",
        "staff ",
        "!",
        "x",
        "call me ",
        "maybe",
        "7992",
        "7398713",
        "%2D",
        "\u{200b}",
        "2 ",
        "&#69;",
    ]);
    let all = prop::sample::select(SCRAPS.to_vec());
    prop::collection::vec(prop_oneof![own.prop_map(str::to_owned), all.prop_map(str::to_owned)], 0..14)
        .prop_map(|scraps| scraps.concat())
}

proptest! {
    #[test]
    fn pieces_are_as_the_whole_with_kinds_of_ones_own(
        text in scraps(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6), patterns in any::<bool>()
    ) {
        let kinds = if patterns { super::patterns().union(OWN.tuning().own.kinds()) } else { Kinds::EVERY };
        let chars: Vec<&str> = text.split_inclusive(|_| true).collect();
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(chars.len() + 1)).collect();
        at.push(0);
        at.push(chars.len());
        at.sort_unstable();
        let cut: Vec<String> = at.windows(2).map(|pair| chars[pair[0]..pair[1]].concat()).collect();
        let cut: Vec<&str> = cut.iter().map(String::as_str).collect();
        prop_assert_eq!(pieces(&OWN, &cut, kinds), OWN.find(&text, kinds), "{:?}", cut);
        prop_assert_eq!(pieces(&OWN, &chars, kinds), OWN.find(&text, kinds));
    }

    #[test]
    fn the_work_of_own_patterns_grows_with_the_text(scrap in prop::sample::select(vec![
        "E-12345", "1", "1 ", "a", "call me ", "staff ", "%31", "&#49;", "\u{200b}", "call me call me a", "１", "12 34 ",
    ])) {
        let steps = |times: usize| {
            let text = scrap.repeat(times);
            STEPS.set(0);
            OWN.find(&text, OWN.tuning().own.kinds());
            STEPS.get() + text.len() as u64
        };
        let (some, more) = (steps(400), steps(6_400));
        prop_assert!(more <= some * 16 * 5 / 4, "{some} {more}");
    }
}
