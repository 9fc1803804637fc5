use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::text::{Edge, Found, HELD_BACK, Scanner};

const EMAIL: &str = "alice@example.com";

fn pseudonyms(key: u8, reach: Reach) -> Pseudonyms {
    Pseudonyms::new("shop", SubjectKey::from_bytes(&[key; 64]).unwrap(), reach)
}

fn token(pseudonyms: &Pseudonyms, kind: &str, value: &str) -> String {
    pseudonyms.token(Style::Stable, &Kind::of(kind), value).unwrap()
}

fn hosts() -> Arc<Hosts> {
    Arc::new(["shop.test"].into_iter().collect())
}

/// What becomes of a text that comes in these pieces.
fn replaced(mut scanner: impl Scanner<What = String>, pieces: &[&str]) -> String {
    let (mut shown, mut held) = (String::new(), String::new());
    for (n, piece) in pieces.iter().enumerate() {
        held += piece;
        let edge = if n + 1 == pieces.len() { Edge::End } else { Edge::Open };
        let mut found: Vec<Found<String>> = Vec::new();
        let decided = scanner.scan(&held, edge, &mut found);
        assert!(edge == Edge::Open || decided == held.len());
        assert!(held[decided..].chars().count() <= HELD_BACK);
        let mut from = 0;
        for Found { at, what } in found {
            assert!(from <= at.start && at.end <= decided);
            shown += &held[from..at.start];
            shown += &what;
            from = at.end;
        }
        shown += &held[from..decided];
        held.drain(..decided);
    }
    shown
}

fn restored(pseudonyms: &Pseudonyms, text: &str) -> String {
    replaced(pseudonyms.restorer(hosts()), &[text])
}

#[test]
fn a_proven_subject_gets_every_value_back_and_a_claimed_one_what_this_exchange_hid() {
    let made = token(&pseudonyms(1, Reach::Subject), "email", EMAIL);
    assert_eq!(restored(&pseudonyms(1, Reach::Subject), &made), EMAIL);
    let claimed = pseudonyms(1, Reach::Exchange);
    assert_eq!(restored(&claimed, &made), made);
    assert_eq!(token(&claimed, "email", EMAIL), made);
    assert_eq!(restored(&claimed, &made), EMAIL);
    assert_eq!(restored(&claimed.clone(), &made), EMAIL, "a clone is the same exchange");
    let nobody = Pseudonyms::of_nobody("shop").unwrap();
    assert_ne!(token(&nobody, "email", EMAIL), made);
    assert_eq!(restored(&nobody, &token(&nobody, "email", EMAIL)), EMAIL);
    assert_eq!(restored(&Pseudonyms::of_nobody("shop").unwrap(), &token(&nobody, "email", EMAIL)).len(), 75);
}

#[test]
fn a_token_of_another_person_policy_or_nobody_stays_as_it_is() {
    let ada = pseudonyms(1, Reach::Subject);
    let bobs = token(&pseudonyms(2, Reach::Subject), "email", EMAIL);
    let banks = Pseudonyms::new("bank", SubjectKey::from_bytes(&[1; 64]).unwrap(), Reach::Subject);
    let mine = token(&ada, "email", EMAIL);
    for foreign in [
        bobs,
        token(&banks, "email", EMAIL),
        mine.replace("email", "phone"),
        mine.replace("psn-email-c", "psn-email-b"),
        mine[..mine.len() - 1].to_owned(),
        format!("psn-email-c{}", "a".repeat(64)),
        "[email-1]".to_owned(),
    ] {
        assert_eq!(restored(&ada, &foreign), foreign);
    }
}

#[test]
fn a_token_is_restored_however_it_is_written_and_whatever_is_glued_to_it() {
    let ada = pseudonyms(1, Reach::Subject);
    let mine = token(&ada, "email", EMAIL);
    let brief = ada.token(Style::Brief, &Kind::of("email"), EMAIL).unwrap();
    for written in [
        mine.clone(),
        mine.to_uppercase(),
        mine.replace('-', "%2D"),
        mine.to_uppercase().replace('-', "%2d"),
        brief,
        "%5Bemail-1%5D".to_owned(),
        "[EMAIL-1]".to_owned(),
    ] {
        for (before, behind) in [
            ("", ""),
            ("to ", "."),
            ("x", "x"),
            ("psn-", "psn-email-c"),
            ("[", "]"),
            ("**", "**"),
            ("<p>", "</p>"),
            ("<a href=\"https://evil.test\">", "</a>"),
            ("Alice <", ">"),
            ("{\"email\":\"", "\"}"),
            ("\u{1f600}", "\u{1f600}"),
        ] {
            let text = format!("{before}{written}{behind}");
            assert_eq!(restored(&ada, &text), format!("{before}{EMAIL}{behind}"), "{text}");
        }
    }
}

#[test]
fn a_value_never_becomes_part_of_a_link_to_somewhere_else() {
    let ada = pseudonyms(1, Reach::Subject);
    let mine = token(&ada, "name", "Alice");
    for (before, behind) in [
        ("![](https://evil.test/?", ")"),
        ("<img src=\"https://evil.test/?", "\">"),
        ("<img alt=\"", "\">"),
        ("https://evil.test/", ""),
        ("https://", ".evil.test/"),
        ("", ".evil.test/"),
        ("", "-x.evil.test"),
        ("", "@evil.test"),
        ("www.", ".test"),
        ("Alice <", " href=x>"),
        ("<", "@evil.test>"),
    ] {
        let text = format!("{before}{mine}{behind}");
        assert_eq!(restored(&ada, &text), text);
    }
    let encoded = format!("https://shop.test/?a={mine}&b={}", token(&ada, "note", "a/b c?"));
    assert_eq!(restored(&ada, &encoded), "https://shop.test/?a=Alice&b=a%2Fb%20c%3F");
}

#[test]
fn a_restored_value_can_itself_be_the_beginning_of_a_link() {
    let ada = pseudonyms(1, Reach::Subject);
    let (site, name) = (token(&ada, "site", "https://evil.test/?"), token(&ada, "name", "Alice"));
    assert_eq!(restored(&ada, &format!("{site}{name} {name}")), format!("https://evil.test/?{name} Alice"));
    let tag = token(&ada, "note", "<img src=");
    assert_eq!(restored(&ada, &format!("{tag}{name}> {name}")), format!("<img src={name}> Alice"));
}

#[test]
fn in_json_values_are_escaped_and_each_string_is_a_text_of_its_own() {
    let ada = pseudonyms(1, Reach::Subject);
    let mine = token(&ada, "note", "a \"b\"\n\\");
    let text =
        format!(r#"{{"u":"https://evil.test/\"{mine}","n":"{mine}","v":"x https:\/\/evil.test\n{mine}"}}"#);
    let expected = format!(
        r#"{{"u":"https://evil.test/\"{mine}","n":"a \"b\"\u000a\\","v":"x https:\/\/evil.test\na \"b\"\u000a\\"}}"#
    );
    let shown = replaced(ada.restorer_in_json(hosts()), &[&text]);
    assert_eq!(shown, expected);
    assert!(serde_json::from_str::<serde_json::Value>(&shown).is_ok());
}

#[test]
fn a_long_value_comes_back_from_its_tokens() {
    let ada = pseudonyms(1, Reach::Exchange);
    let value = "Straße ".repeat(100);
    let tokens = token(&ada, "note", &value);
    assert_eq!(restored(&ada, &format!("({tokens})")), format!("({value})"));
    assert_eq!(ada.token(Style::Brief, &Kind::of("note"), &"x".repeat(LONGEST_VALUE + 1)), Err(TooLong));
}

#[test]
fn nothing_prints_a_value_or_a_key() {
    let ada = pseudonyms(0x61, Reach::Exchange);
    let made = token(&ada, "email", EMAIL);
    ada.token(Style::Brief, &Kind::of("email"), EMAIL).unwrap();
    let mut restorer = ada.restorer(hosts());
    restorer.scan(&made, Edge::Open, &mut Vec::new());
    let printed = format!("{ada:?} {restorer:?} {:?}", ada.lookalikes([]));
    for secret in ["alice", "aaaa", "97"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

/// A text made of what matters here, with tokens that are ours and some that are not.
fn text() -> impl Strategy<Value = String> {
    let ada = pseudonyms(1, Reach::Subject);
    let mine = token(&ada, "email", EMAIL);
    let name = token(&ada, "n", "A.b/c");
    let foreign = token(&pseudonyms(2, Reach::Subject), "n", "Bob");
    let pieces: Vec<String> = [
        mine.as_str(),
        &mine.to_uppercase(),
        &mine.replace('-', "%2D"),
        &name,
        &foreign,
        &name[..20],
        "[n-1]",
        "[n-2]",
        "[n-",
        "%5Bn-1%5D",
        "psn-",
        "p",
        "https://",
        "evil.test",
        "shop.test",
        "/",
        "?",
        ":",
        ".",
        "x",
        " ",
        "\n",
        "\"",
        "\\",
        "<a ",
        "<",
        ">",
        "=",
        "](",
        ")",
        "(",
        "&",
        "#",
        ";",
        "%2",
        "é",
    ]
    .map(str::to_owned)
    .into();
    prop::collection::vec(prop::sample::select(pieces), 0..12).prop_map(|pieces| pieces.concat())
}

fn with_brief() -> Pseudonyms {
    let ada = pseudonyms(1, Reach::Subject);
    ada.token(Style::Brief, &Kind::of("n"), "Eve").unwrap();
    ada
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_restored_does_not_depend_on_the_cut(
        text in text(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        json: bool,
    ) {
        let ada = with_brief();
        let restorer = || if json { ada.restorer_in_json(hosts()) } else { ada.restorer(hosts()) };
        let whole = replaced(restorer(), &[&text]);
        let mut ends: Vec<usize> =
            cuts.iter().map(|cut| text.floor_char_boundary(cut.index(text.len() + 1))).collect();
        ends.extend([0, text.len()]);
        ends.sort_unstable();
        let pieces: Vec<&str> = ends.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
        prop_assert_eq!(&replaced(restorer(), &pieces), &whole);
        let letters: Vec<&str> = text.split_inclusive(|_: char| true).collect();
        if !letters.is_empty() {
            prop_assert_eq!(&replaced(restorer(), &letters), &whole);
        }
        for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            prop_assert_eq!(&replaced(restorer(), &[&text[..cut], &text[cut..]]), &whole);
        }
    }

    #[test]
    fn what_a_client_typed_comes_back_as_it_was(
        typed in "(\\[|\\]|email|EMAIL|-|text|1|2|%5[bBdD]|%2d|x| ){0,12}",
        values in prop::collection::vec("[a-z]{1,3}", 0..4),
    ) {
        let ada = pseudonyms(1, Reach::Exchange);
        let email = Kind::of("email");
        let mut sent = replaced(ada.lookalikes([email.clone()]), &[&typed]);
        let mut said = typed.clone();
        for value in &values {
            sent += &ada.token(Style::Brief, &email, value).unwrap();
            said += value;
        }
        prop_assert_eq!(restored(&ada, &sent), said);
    }
}

#[test]
fn a_lookalike_of_another_kind_is_left_alone() {
    let ada = pseudonyms(1, Reach::Exchange);
    let shown = replaced(ada.lookalikes([Kind::of("email")]), &["[fig-1] [Email-1] [text-1] [email-1"]);
    assert_eq!(shown, "[fig-1] [text-1] [text-2] [email-1");
}

#[test]
fn hostile_texts_are_passed_in_bounded_steps() {
    let ada = pseudonyms(1, Reach::Subject);
    for hostile in ["psn-", "[", "%5", "<", "](", "psn-aaaaaaaaaaaa-f", "//", "a.", "&#", "%2d", "p"] {
        let text = hostile.repeat(20_000);
        assert_eq!(restored(&ada, &text), text);
    }
    let forged = format!("psn-email-c{} ", "a".repeat(64)).repeat(2_000);
    assert_eq!(restored(&ada, &forged), forged);
}
