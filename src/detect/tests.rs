#![allow(clippy::string_slice)]

mod evasion;
mod every;
mod growth;
mod kinds;
mod own;
mod sample;
mod scraps;
mod seed;
mod spared;
mod unkind;
mod valid;

use std::{cell::Cell, sync::LazyLock};

use proptest::prelude::*;

use super::*;
use crate::text::HELD_BACK;
use scraps::SCRAPS;

static ALL: LazyLock<Detector> = LazyLock::new(|| Detector::new(Kinds::all()));

thread_local! {
    static GLANCES: Cell<bool> = const { Cell::new(true) };
}

/// Whether numbers may be judged at a glance.
pub(super) fn may_glance() -> bool {
    GLANCES.get()
}

fn whole(text: &str, kinds: Kinds) -> Vec<(String, String)> {
    let found = Detector::new(kinds).find(text, kinds);
    found.into_iter().map(|found| (found.what.to_string(), text[found.at].to_owned())).collect()
}

/// What is found in a text that is shown piece by piece; also checks that no more is held back than may be.
pub(super) fn in_pieces(pieces: &[&str], kinds: Kinds) -> Vec<Found<Kinds>> {
    let mut scan = ALL.scanner(kinds);
    let (mut all, mut base, mut pending) = (Vec::new(), 0, String::new());
    for (n, piece) in pieces.iter().enumerate() {
        pending.push_str(piece);
        let edge = if n + 1 == pieces.len() { Edge::End } else { Edge::Open };
        let mut found = Vec::new();
        let decided = scan.scan(&pending, edge, &mut found);
        let mut last = 0;
        for found in found {
            assert!(last <= found.at.start && found.at.start < found.at.end && found.at.end <= decided);
            last = found.at.end;
            all.push(Found { at: found.at.start + base..found.at.end + base, ..found });
        }
        pending.drain(..decided);
        base += decided;
        assert!(pending.chars().count() <= HELD_BACK, "{pending:?}");
        assert!(edge == Edge::Open || pending.is_empty());
    }
    all
}

/// The kinds that have a pattern.
fn patterns() -> Kinds {
    Kind::ALL.into_iter().take_while(|kind| *kind != Kind::PersonName).collect()
}

/// What is still undecided of the beginning of a text.
fn held_back(text: &str) -> String {
    let decided = ALL.scanner(patterns()).scan(text, Edge::Open, &mut Vec::new());
    text[decided..].to_owned()
}

/// `«…»` marks what is to be found.
fn check(kind: Kind, marked: &str) {
    let text: String = marked.chars().filter(|c| !matches!(c, '«' | '»')).collect();
    let expected: Vec<_> = marked
        .split('«')
        .skip(1)
        .map(|part| (kind.to_string(), part.split('»').next().unwrap().to_owned()))
        .collect();
    assert_eq!(whole(&text, kind.into()), expected, "{text}");
}

#[test]
fn addresses_are_found_as_people_write_them() {
    for text in [
        "Write to «ada@example.com».",
        "«ada.lovelace+news@mail.example.co.uk», please",
        "<«ada@example.com»> (mailto:«ada@example.com»)",
        "«o'brien@example.com» and '«ada@example.com»'",
        "email=«ada@example.com»&next",
        "«ada%40example.com»",
        "to%3A«ada%2Btag%40example%2Ecom»%20now",
        "«%61da@example.com»",
        "«jörg@exämple.de», «почта@пример.рф»",
        "请写信给«ada@example.com»谢谢",
        "ada@example.comへ返信".replace("ada@example.com", "«ada@example.com»").as_str(),
        "«用户@例子.广告»。",
        "\\n«ada@example.com»\\n",
        "«ada@example.com»-that's me, «ada@xn--bcher-kva.xn--p1ai»",
        "«ada@example.com»...",
        "**«ada@example.com»**",
        "nobody@ home, @ada, ada@, a@b, a@b.c, ada@localhost, user@1.2.3.4, @@",
        "ada@example.c0m, ada@-example.com, ada@.example.com",
    ] {
        check(Kind::Email, text);
    }
    let long = "a".repeat(70);
    check(Kind::Email, &format!("aaaaaa«{}@example.com»", &long[6..]));
    check(Kind::Email, &format!("x@{}.com ", "a".repeat(64)));
    check(Kind::Email, &format!("«x@{}.com» ", "a".repeat(63)));
}

#[test]
fn telephone_numbers_of_north_america_are_found_in_every_usual_form() {
    for text in [
        "call «212-555-0143»!",
        "«(212) 555-0143», «(212)555-0143», («212-555-0143»)",
        "«+1 212 555 0143» «+12125550143» «1-212-555-0143» «+1 (212) 555-0143»",
        "«212.555.0143» «212/555-0143» «212 - 555 - 0143»",
        "«2125550143»;«12125550143»",
        "«212\u{2011}555\u{2011}0143»",
        "«212-555-0143x515» and «212-555-0143»x",
        "«tel:+1-212-555-0143»",
        "«%2B1%20%28212%29%20555-0143», «212%2D555%2D0143»",
        "112-555-0143, 212-055-0143, 2125550143a, 212-555-01431, 12-212-555-0143, 212555-0143",
        "9115550143, 1700000000, 0.2125550143, 2024-11-22",
    ] {
        check(Kind::Phone, text);
    }
}

#[test]
fn social_security_numbers_are_those_that_can_be() {
    for text in [
        "SSN «536-90-4399».",
        "«536 90 4399», «914-27-6083», «536%2D90%2D4399»",
        "000-12-3456 666-12-3456 536-00-4399 536-90-0000",
        "078-05-1120 219-09-9999 987-65-4321",
        "536904399 1536-90-4399 536-90-43991 536-90 4399 12-536-90-4399 536-90-4399-1",
        "\\n«536-90-4399»,«212-55-0143»",
    ] {
        check(Kind::UsSsn, text);
    }
}

#[test]
fn cards_are_those_of_a_brand_with_a_check_digit() {
    for text in [
        "«4111111111111111», «4111-1111-1111-1111», «4111 1111 1111 1111»",
        "«378282246310005» «3782 822463 10005» «30569309025904» «6304000000000000»",
        "«5555-5555-5555-4444» «2223003122003222» «4222222222222»",
        "«4111%2D1111%2D1111%2D1111» «4111%201111%201111%201111»",
        "«4111 1111 1111 1111» 12/29 123",
        "4111111111111112, 1234567812345670, 4111-1111 1111-1111, 0.4111111111111111",
        "a4111111111111111 4111111111111111f 41111111111111111",
    ] {
        check(Kind::PaymentCard, text);
    }
}

#[test]
fn keys_are_found_by_how_they_begin() {
    for text in [
        "key «AKIAIOSFODNN7EXAMPLE», «ASIAIOSFODNN7EXAMPLE»",
        "AKIAIOSFODNN7EXAMPL AKIAIOSFODNN7EXAMPLEX XAKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key = «wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»",
        "\"SecretAccessKey\": \"«wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»\"",
        "the secret key is «wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY».",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY, the secret to success",
    ] {
        check(Kind::AwsKey, text);
    }
    for text in [
        "«ghp_EXAMPLENOTAREALGITHUBTOKEN0000000000», github",
        "«github_pat_11EXAMPLE0EXAMPLE0EXAMPLE_EXAMPLE»",
        "ghs_ghp_short laughs_EXAMPLENOTAREALGITHUBTOKEN0000000000",
        "«ghs_123456_EXAMPLENOTAREALGITHUBTOKEN000000.EXAMPLE.EX-AMPLE».",
    ] {
        check(Kind::GithubKey, text);
    }
    for text in [
        "«xoxb-00000-00000-EXAMPLENOTAREALTOKEN», «xapp-1-A0EXAMPLE-0-abc»",
        "«xoxe.xoxp-1-EXAMPLEEXAMPLE», «xoxb%2D00000-00000-EXAMPLE»-",
        "https://«hooks.slack.com/services/T000/B000/EXAMPLE» xoxb-no xoxb-",
        "«hooks.slack.com%2Fservices%2FT000%2FB000%2FEXAMPLE»",
    ] {
        check(Kind::SlackKey, text);
    }
}

#[test]
fn what_overlaps_is_one_finding_of_both_kinds() {
    let all = Kinds::all();
    assert_eq!(
        whole("at +1 (212) 555-0143@example.com now", all),
        [("email+phone".to_owned(), "+1 (212) 555-0143@example.com".to_owned())]
    );
    assert_eq!(whole("ada.212-555-0143@example.com", all)[0].0, "email+phone");
    let found = whole("ada@example.com, 914-27-6083, 4111-1111-1111-1111, 212-555-0143", all);
    let kinds: Vec<_> = found.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["email", "us-ssn", "payment-card", "phone"]);
}

#[test]
fn a_text_in_base64_is_found_as_a_whole_where_something_is_found_in_what_it_says() {
    for (text, kinds) in [
        ("YWRhQGV4YW1wbGUuY29t", "email"),
        ("Q2FyZCA0MTExIDExMTEgMTExMSAxMTExLCBhZGFAZXhhbXBsZS5jb20", "email+payment-card"),
        ("TXkgbmFtZSBpcyBNYXJnYXJldCBPc2Jvcm5lLg==", "person-name"),
    ] {
        let expected = [(kinds.to_owned(), text.to_owned())];
        assert_eq!(whole(text, Kinds::all()), expected);
        let letters: Vec<&str> = text.split_inclusive(|_| true).collect();
        assert_eq!(in_pieces(&letters, Kinds::all()), ALL.find(text, Kinds::all()));
    }
    for text in ["SGVsbG8gdGhlcmUsIG15IGZyaWVuZHM=", "internationalisation", "YWRhQGV4YW1wbGUuY29t is it"] {
        assert_eq!(whole(text, Kinds::all()), []);
    }
    assert_eq!(whole("YWRhQGV4YW1wbGUuY29tada@example.com", Kind::Email.into()).len(), 1);
}

#[test]
fn a_word_that_announces_is_no_name() {
    let found = whole("IBAN: DE89 3704 0044 0532 0130 00, PIN of Margaret Osborne", Kinds::all());
    let kinds: Vec<_> = found.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["iban", "person-name"]);
}

#[test]
fn a_kind_that_nobody_asked_for_does_not_exist() {
    let detector = Detector::new(Kinds::all());
    let text = "ada@example.com 212-555-0143 AKIAIOSFODNN7EXAMPLE";
    assert_eq!(detector.find(text, Kind::Phone.into()).len(), 1);
    assert_eq!(detector.find(text, Kinds::NONE), []);
    let narrow = Detector::new(Kind::Email.into());
    assert_eq!(narrow.find(text, Kinds::all()).len(), 1);
    let mut phones = detector.scanner(Kind::Phone.into());
    assert_eq!(phones.scan("write to ada@exa", Edge::Open, &mut Vec::new()), 16);
}

#[test]
fn only_what_could_still_become_something_is_held_back() {
    for (text, held) in [
        ("", ""),
        ("Hello there ", "there "),
        ("Hello, there.", "there."),
        ("Hello", "Hello"),
        ("mail ada@", "ada@"),
        ("mail ada@example.com", "ada@example.com"),
        ("mail ada@example.com ", "ada@example.com "),
        ("mail ada@ ", " "),
        ("in 12 ", "12 "),
        ("in 2024 ", "2024 "),
        ("in 2024, ", " "),
        ("call 212 ", "212 "),
        ("call (", "call ("),
        ("100%", "100%"),
        ("so, ", " "),
        ("the secret ", "secret "),
        ("the secret to, ", " "),
    ] {
        assert_eq!(held_back(text), held, "{text:?}");
    }
    let word = "a".repeat(1_000);
    assert_eq!(held_back(&word).len(), 64);
    let detector = Detector::new(Kind::AwsKey.into());
    let decided = |text: &str| detector.scanner(Kinds::all()).scan(text, Edge::Open, &mut Vec::new());
    assert_eq!([decided("so AKI"), decided("so AK"), decided(".soAK"), decided(".hello")], [3, 3, 5, 6]);
}

#[test]
fn what_is_longer_than_can_be_held_back_is_found() {
    for text in [
        format!("x@{}", "a".repeat(300)),
        format!("x@{}", "a.".repeat(150)),
        format!("ghp_{}", "a".repeat(600)),
        format!("xoxb-1{}", "a".repeat(300)),
    ] {
        let padded = format!("see {text} now");
        let found = ALL.find(&padded, patterns());
        let covered: String = found.iter().map(|found| &padded[found.at.clone()]).collect();
        assert_eq!(covered.trim_end_matches('.'), text.trim_end_matches('.'));
        assert!(found.len() > 1);
        let letters: Vec<&str> = padded.split_inclusive(|_| true).collect();
        assert_eq!(in_pieces(&letters, patterns()), found);
        assert_eq!(in_pieces(&letters, Kinds::all()), ALL.find(&padded, Kinds::all()));
    }
}

/// Texts of which every cut into two and three pieces is tried.
const CUT: [&str; 41] = [
    "YWRhQGV4YW1wbGUuY29t",
    "Record: ada@example.com.",
    "r jrmccalx%40example.com, ",
    "SSN 914-27-6083 ok",
    "914%2D27%2D6083",
    "4111-1111-1111-1111",
    "a 4111%201111%201111%201111 b",
    "212-555-0143",
    "+1 (212) 555-0143@example.com!",
    "ada.212-555-0143@x.org x",
    "AKIAIOSFODNN7EXAMPLE.",
    "ghp_EXAMPLENOTAREALGITHUBTOKEN0000000000",
    "xoxb-00000-00000-EXAMPLENOTAREALTOKEN,",
    "secret_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "hooks.slack.com%2Fservices/T0/B0/EXAMPLE",
    "\\nada@b.co\\n谢谢ada谢@例.广告 x",
    "secret_key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY@a",
    "\\n'@com.example",
    "100%ada%4@b.de 100%20b@c.de %%40 %4",
    "ada (at) example (dot) com or ada at b dot de",
    "ada  at - dot example",
    "a&#100;a&commat;b.co &#6 &am",
    "2\u{200b}12-555\u{2060}-01４3",
    "call (07) 5317 8843 or 462 5324, fax",
    "+44 (0)20 7946 0958 ext. 12",
    "769 5523 office",
    "IBAN DE89 3704 0044 0532 0130 00.",
    "NI QQ 12 34 56 C, AB 12 34 56 C",
    "passport no. 123456789 (UK)",
    "see http://u:p@ex.co/a?email=b.",
    "2001:db8::1, 10.0.0.1, 00:1A:2b:3c:4d:5e",
    "She is 34. A 34-year-old",
    "40.7128, -74.0060; 40°42'46\"N 74°0'22\"W",
    "password: hunter2, pwd=x1",
    "postgres://u:p@db.example/x sk-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1",
    "BIC: DEUTDEFF500, CPF 123.456.789-09",
    "1.608360836083",
    "\u{200b}1 years oldaa",
    "passport \u{200b}\u{200b}212914a",
    "a\u{200b}%40b.co \u{200b}&#64",
    "sk-040.7128, -74.040.7128, -74.",
];

#[test]
fn it_does_not_matter_where_a_text_is_cut() {
    for text in CUT {
        let expected = ALL.find(text, Kinds::all());
        let places: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        for (n, one) in places.iter().enumerate() {
            for two in places.iter().skip(n) {
                let pieces = [&text[..*one], &text[*one..*two], &text[*two..]];
                assert_eq!(in_pieces(&pieces, Kinds::all()), expected, "{pieces:?}");
            }
        }
    }
}

#[test]
fn it_does_not_matter_where_a_text_is_cut_of_which_only_some_kinds_are_sought() {
    let coordinates = [Kind::Phone, Kind::Coordinates].into_iter().collect();
    for kinds in [coordinates, Kind::Coordinates.into(), Kind::Age.into(), Kind::Passport.into()] {
        for text in CUT {
            let letters: Vec<&str> = text.split_inclusive(|_| true).collect();
            assert_eq!(in_pieces(&letters, kinds), ALL.find(text, kinds), "{kinds} in {text:?}");
        }
    }
}

/// Of several candidates that are too long, the one counts that is so first as the text comes, whichever begins or is read first.
#[test]
fn it_does_not_matter_where_several_are_cut_that_are_too_long() {
    for text in [
        format!("%C3%A9www.com&#64;{}", "914".repeat(45)),
        format!("1+www.%2&#64;{}", "com".repeat(45)),
        format!("password: {}comhttp://1RSSMRA85T10A562S111111111111", "ghp_".repeat(25)),
        format!("password: ghp_{}http://{}", "ID".repeat(17), "212".repeat(31)),
        format!("secret{} see", "_key".repeat(63)),
        format!("www.a.b.c{}@{}%20www.x.yz{}", "d.e".repeat(9), "f.g".repeat(90), "h".repeat(300)),
    ] {
        let letters: Vec<&str> = text.split_inclusive(|_| true).collect();
        for kinds in [Kinds::all(), patterns(), Kinds::of(&[Kind::Url, Kind::Email]), Kind::Password.into()] {
            let found = ALL.find(&text, kinds);
            assert_eq!(in_pieces(&letters, kinds), found, "{kinds} in {text}");
            assert_eq!(Detector::new(kinds).find(&text, kinds), found, "{kinds} in {text}");
        }
    }
}

/// Pieces of what could be something.
fn scrap() -> impl Strategy<Value = String> + Clone {
    prop::sample::select(SCRAPS.to_vec()).prop_map(str::to_owned)
}

/// The same, now and then many times over.
fn run_of_scraps() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => scrap(),
        1 => (scrap(), 2..120_usize).prop_map(|(scrap, times)| scrap.repeat(times)),
    ]
}

fn cut_at(text: &str, mut places: Vec<usize>) -> Vec<&str> {
    places.retain(|at| *at <= text.len() && text.is_char_boundary(*at));
    places.sort_unstable();
    places.push(text.len());
    let mut last = 0;
    places.into_iter().map(|at| &text[std::mem::replace(&mut last, at)..at]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn pieces_of_any_text_are_as_the_whole(
        scraps in prop::collection::vec(run_of_scraps(), 0..40),
        places in prop::collection::vec(0..1_000_usize, 0..12),
        kinds in prop::collection::vec(prop::sample::select(Kind::ALL.to_vec()), 0..7),
    ) {
        let text = scraps.concat();
        let kinds = if kinds.is_empty() { Kinds::all() } else { kinds.into_iter().collect() };
        let expected = ALL.find(&text, kinds);
        prop_assert_eq!(&in_pieces(&cut_at(&text, places), kinds), &expected);
        let letters: Vec<&str> = text.split_inclusive(|_| true).collect();
        prop_assert_eq!(&in_pieces(&letters, kinds), &expected);
        prop_assert_eq!(Detector::new(kinds).find(&text, kinds), expected.clone());
        GLANCES.set(false);
        let read = ALL.find(&text, kinds);
        GLANCES.set(true);
        prop_assert_eq!(read, expected);
    }
}
