//! Profiles as files: those that come with the program, and those that are wrong.

use std::path::Path;

use super::*;
use crate::complaint::Unusable;

#[test]
fn every_profile_shipped_can_be_used_and_says_who_it_is() {
    for (name, text) in SHIPPED {
        match Profile::parse(Source::new(name, text)) {
            Ok(profile) => {
                assert_eq!(&*profile.name, name);
                assert!(Profile::is_meant_by(text), "{name}");
                assert!(profile.to_bot.texts.iter().any(|text| text.at.text == "$"), "{name} is wide");
                assert!(profile.to_person.texts.iter().any(|text| text.at.text == "$"), "{name} is wide");
                assert!(!profile.claimed_subject.is_empty(), "{name}");
            }
            Err(no) => panic!("{}", no.show(false)),
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/profiles");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), SHIPPED.len(), "all of them are built in");
    assert!(Profile::builtin("nobody").is_none());
}

#[test]
fn the_profile_in_the_readme_can_be_used() {
    let readme = include_str!("../../../README.md");
    let shown = readme.split("```yaml\n").find(|block| block.starts_with("profile:")).unwrap();
    let text = shown.split("```").next().unwrap();
    if let Err(no) = Profile::parse(Source::new("README.md", text)) {
        panic!("{}", no.show(false));
    }
}

#[test]
fn a_place_of_texts_is_the_place_and_everything_below_it() {
    let profile = shipped("openai-chat");
    let written: Vec<Vec<&str>> = profile
        .to_bot
        .texts
        .iter()
        .map(|place| place.selectors().map(|selector| selector.text.as_str()).collect())
        .collect();
    assert_eq!(
        written,
        [
            vec!["$", "$..*"],
            vec!["$.messages[*].tool_calls[*].function.arguments"],
            vec!["$.messages[*].function_call.arguments"]
        ]
    );
}

#[test]
fn a_profile_is_told_from_a_policy_by_its_first_key() {
    for text in ["profile: x\n", "# A comment\n\n---\nprofile: x\n", "\u{feff}profile : x", "profile:\n"] {
        assert!(Profile::is_meant_by(text), "{text:?}");
    }
    for text in ["", "policy: x\nprofile: y\n", "# profile: x\npolicy: x\n", "profiles: x", " - profile\n"] {
        assert!(!Profile::is_meant_by(text), "{text:?}");
    }
}

/// What is said about a profile that can't be used.
fn said(text: &str) -> String {
    match Profile::parse(Source::new("p.yaml", text)) {
        Err(no @ Unusable::Wrong { .. }) => no.show(false),
        other => panic!("{other:?}\n{text}"),
    }
}

fn report(texts: impl IntoIterator<Item = String>) -> String {
    texts.into_iter().map(|text| said(&text)).collect::<Vec<_>>().join("\n\n---\n\n")
}

fn profile(rest: &str) -> String {
    format!("profile: p\ntitle: P\nsource: S\n{rest}\n")
}

fn streaming(rest: &str) -> String {
    profile(&format!("to_bot: {{texts: $}}\nto_person: {{texts: $}}\nstream:\n  {rest}"))
}

#[test]
fn a_file_that_is_no_profile_is_shown_where_it_breaks() {
    let texts = [
        "".to_owned(),
        "- profile\n".to_owned(),
        "profile: p\n".to_owned(),
        profile("to_bot: {texts: $\n"),
        profile("to_bot: $\nto_person: {text: $}"),
        profile("to_bot: {texts: $}\nto_person: {texts: $}\nhistory: maybe\nsocket: signal-r\nsteam: {}"),
        profile("subject: {proven: $.user}\nto_bot: {texts: $}\nto_person: {texts: $}")
            .replace(": p\n", ": p q\n"),
    ];
    insta::assert_snapshot!(report(texts));
}

#[test]
fn a_place_that_can_not_be_followed_is_pointed_at() {
    let sides = [
        "{texts: []}",
        "{texts: messages}",
        "{texts: [$, {at: $.a, inside: xml}]}",
        "{texts: [{at: $.a}]}",
        "{texts: $, needs: ['$.a[?@.b == 1]', '$.a[-1]', '$.a.']}",
        "{texts: $, needs: ['header:x']}",
        "{texts: $, needs: $.user, personal: [$.user, 'heder:x']}",
    ];
    insta::assert_snapshot!(report(
        sides.map(|side| profile(&format!("to_bot: {side}\nto_person: {{texts: $}}")))
    ));
}

#[test]
fn a_stream_that_can_not_be_followed_is_pointed_at() {
    let streams = [
        "deltas: [{at: $..text}]",
        "deltas: [{at: '$.a[0]', key: ['$.a[*].b', $.c]}]",
        "deltas: [{key: $.a}]",
        "deltas: [{at: $.a, whole: true, inside: json}]",
        "deltas: [{at: $.a, when: {type: x}}]",
        "deltas: [{at: $.a, when: {}}]",
        "deltas: [{at: $.a, when: {$.type: []}}]",
        "deltas: [{at: $.a, wen: {$.type: x}}]",
        "ends: [{key: $.a}]",
        "repeats: [{when: {$.type: x}}]",
        "sequence: '$.a[*]'",
    ];
    insta::assert_snapshot!(report(streams.map(streaming)));
}
