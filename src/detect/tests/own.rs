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
        out.insert(found.at.end, '»');
        out.insert(found.at.start, '«');
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
    check_own(pattern(r"\bа[\w-]{2,20}\b"), "«аббат» «а-я-1» baббат");
    check_own(pattern(r"id .{1,8};"), "«id ä ж 谢;», id 123456789;");
    check_own(pattern(r"([a-z]{1,15}_){3}\w{1,20}"), "«staff_of_berlin_mitte»-1");
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

/// What a detector for some kinds finds, tuned so.
fn tuned(kinds: Kinds, tune: impl FnOnce(&mut Tuning), text: &str) -> Vec<String> {
    let mut tuning = Tuning::default();
    tune(&mut tuning);
    let detector = Detector::tuned(kinds, Arc::new(tuning));
    let found = detector.find(text, kinds);
    found
        .iter()
        .map(|found| format!("{}:{}", detector.names().joined(found.what), &text[found.at.clone()]))
        .collect()
}

#[test]
fn what_is_not_sure_enough_is_none_and_makes_nothing_else_larger() {
    let text = "DE89 3704 0044 0532 0130 00 or ada@example.com, my name is Ada Lovelace";
    let all = [Kind::Iban, Kind::Phone, Kind::Email, Kind::PersonName].into_iter().collect();
    let found = tuned(all, |_| {}, text);
    assert_eq!(found[..2], ["iban:DE89 3704 0044 0532 0130 00", "email:ada@example.com"]);
    assert!(found[2].starts_with("person-name:"), "{found:?}");
    let found = tuned(all, |tuning| tuning.least.set(Kind::Phone.into(), 61), text);
    assert_eq!(found[0], "iban:DE89 3704 0044 0532 0130 00");
    let found = tuned(all, |tuning| tuning.least.set(Kinds::EVERY, 86), text);
    assert_eq!(found[0], "iban:DE89 3704 0044 0532 0130 00");
    assert!(!found.iter().any(|found| found.starts_with("email")), "{found:?}");
    let found = tuned(all, |tuning| tuning.least.set(Kind::PersonName.into(), 100), text);
    assert!(!found.iter().any(|found| found.starts_with("person-name")), "{found:?}");
}

#[test]
fn a_value_that_is_nobodys_is_not_found_and_nor_is_a_part_of_it() {
    let ignore = |tuning: &mut Tuning| {
        tuning.ignored.add_value("support@example.com");
        tuning.ignored.add_value("DE89 3704 0044 0532 0130 00");
        tuning.ignored.add_value("Ada Lovelace");
    };
    let text = "Support@Example.com, support@example.org, DE89 3704 0044 0532 0130 00, write to Ada Lovelace";
    let all: Kinds = [Kind::Iban, Kind::Phone, Kind::Email, Kind::PersonName].into_iter().collect();
    assert_eq!(tuned(all, ignore, text), ["email:support@example.org"]);
    let patterns = all.without(Kind::PersonName);
    assert_eq!(tuned(patterns, ignore, text), ["email:support@example.org"]);
}

#[test]
fn at_home_numbers_need_no_word_beside_them() {
    let regions = |regions: &'static [&'static str]| {
        move |tuning: &mut Tuning| regions.iter().for_each(|region| assert!(tuning.regions.add(region)))
    };
    let phones = Kind::Phone.into();
    for (text, at_home, home) in [
        ("03012345678 if you like", "03012345678", &["DE"]),
        ("so 612345678 then", "612345678", &["ES"]),
        ("then 20 12 34 56 it is", "20 12 34 56", &["DK"]),
    ] {
        assert_eq!(tuned(phones, |_| {}, text), [""; 0], "{text}");
        assert_eq!(tuned(phones, regions(home), text), [format!("phone:{at_home}")], "{text}");
        assert_eq!(tuned(phones, regions(&["JP"]), text), [""; 0], "{text}");
    }
    let none = "order 03012345678, 22.11.2024, 1234567.89, 12345678";
    assert_eq!(tuned(phones, regions(&["DE"]), none), [""; 0]);
    let ids = [Kind::NlBsn, Kind::ItVat].into_iter().collect();
    let text = "111222333 and 12345678903";
    assert_eq!(tuned(ids, |_| {}, text), [""; 0]);
    assert_eq!(tuned(ids, regions(&["NL"]), text), ["nl-bsn:111222333"]);
    assert_eq!(tuned(ids, regions(&["IT"]), text), ["it-vat:12345678903"]);
}

#[test]
fn only_the_words_of_the_languages_that_are_spoken_count() {
    let spoken = |languages: &'static [&'static str]| {
        move |tuning: &mut Tuning| {
            languages.iter().for_each(|language| assert!(tuning.languages.add(language)))
        }
    };
    let found = |languages, text| tuned(Kind::Phone.into(), spoken(languages), text).len();
    let (german, english, both) = ("Handynummer 1234567", "call 1234567", "tel 1234567");
    assert_eq!([german, english, both].map(|text| found(&[], text)), [1, 1, 1]);
    assert_eq!([german, english, both].map(|text| found(&["de"], text)), [1, 0, 1]);
    assert_eq!([german, english, both].map(|text| found(&["en", "fr"], text)), [0, 1, 1]);
    assert_eq!(found(&["zh"], "我的手机号码1234567") + found(&["de"], "我的手机号码1234567"), 1);
}

static OWN: LazyLock<Detector> = LazyLock::new(|| {
    detector(&[
        ("employee", pattern(r"\bE-\d{6}\b").announced_by(["staff", "ssn"])),
        ("digits", pattern(r"\d{4,20}").checked(Check::Luhn)),
        ("run", pattern(r"[a-z@.%-]{2,40}!")),
        ("spread", pattern(r"(\d ){1,40}x|call me \w{1,8} maybe")),
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
}

/// What is much work for patterns.
const UNKIND: [&str; 14] = [
    "E-12345",
    "1",
    "1 ",
    "a",
    "call me ",
    "staff ",
    "%31",
    "%61%",
    "&#49;",
    "\u{200b}1",
    "é",
    "call me call me a",
    "１",
    "12 34 ",
];

/// What each pattern may add for a byte: it is read from every place as far as a match can go, and each character is looked at before
/// it is stepped over. The worst that was come upon takes 193, and 880 by letter.
const STEPS: u64 = 4 * Pattern::LONGEST as u64;
const STEPS_BY_LETTER: u64 = 20 * Pattern::LONGEST as u64;

/// A detector of one pattern that is read far, in vain, everywhere.
fn far(text: &str) -> Detector {
    detector(&[("far", pattern(text).announced_by(["staff"]))])
}

#[test]
fn the_work_of_own_patterns_grows_with_the_text_and_is_bounded_for_each() {
    let of_all = (&*OWN, 4);
    let (words, anything) = (far(r"\w{1,95}!"), far(r"(?s).{90}\bqqqqx"));
    for (detector, patterns) in [of_all, (&words, 1), (&anything, 1)] {
        let own = detector.tuning().own.kinds();
        for scrap in UNKIND {
            let steps = |text: &str| {
                let before = steps::taken();
                detector.find(text, own);
                steps::taken() - before
            };
            let text = scrap.repeat(1_500 / scrap.len());
            let (some, more) = (steps(&text), steps(&text.repeat(4)));
            assert!(more <= some * 5 + 4_000, "{scrap:?}: {some} steps, and {more} for four times as much");
            assert!(more <= patterns * STEPS * 4 * text.len() as u64 + 4_000, "{scrap:?}: {more} steps");
            let letters = scrap.repeat(600 / scrap.len());
            let before = steps::taken();
            pieces(detector, &letters.split_inclusive(|_| true).collect::<Vec<_>>(), own);
            let taken = steps::taken() - before;
            assert!(
                taken <= patterns * STEPS_BY_LETTER * letters.len() as u64 + 4_000,
                "{scrap:?}: {taken} steps"
            );
        }
    }
}
