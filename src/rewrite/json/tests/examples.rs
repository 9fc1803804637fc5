//! Bodies and what becomes of them, one by one.

use super::*;
use crate::json::HELD_MAX;

pub(super) fn one(at: &str, action: Action) -> Plan {
    plan(&[Rule { at: at.to_owned(), action, passes: false }], Undeclared::Forward)
}

#[test]
fn removing_reads_as_if_it_had_never_been_there() {
    let table = [
        ("$.b", r#"{"b":2,"a":1}"#, r#"{"a":1}"#),
        ("$.b", r#"{"b": 2, "a": 1}"#, r#"{"a": 1}"#),
        ("$.b", r#"{"a": 1, "b": 2}"#, r#"{"a": 1}"#),
        ("$.b", r#"{"a": 1, "b": 2, "c": 3}"#, r#"{"a": 1, "c": 3}"#),
        ("$.b", "{\n  \"b\": 2,\n  \"a\": 1\n}", "{\n  \"a\": 1\n}"),
        ("$.b", "{\n  \"a\": 1,\n  \"b\": 2\n}", "{\n  \"a\": 1\n}"),
        ("$.b", "{\n  \"b\": 2\n}", "{}"),
        ("$.b", "{ }", "{ }"),
        ("$[0]", "[1 , 2 , 3]", "[2 , 3]"),
        ("$[0:2]", "[1, 2, 3]", "[3]"),
        ("$[1]", "[1 , 2 , 3]", "[1 , 3]"),
        ("$[*]", " [ 1 , 2 ] ", " [] "),
        ("$", r#" {"a":1} "#, " null "),
        ("$.a.b", r#"{"a":{"b":1},"c":[{}]}"#, r#"{"a":{},"c":[{}]}"#),
        ("$.email", r#"{"em\u0061il":"x","Email":"y"}"#, r#"{"Email":"y"}"#),
        ("$.n", r#"{"a":1.10,"n":0,"b":1E400,"c":"\u00e9\/"}"#, r#"{"a":1.10,"b":1E400,"c":"\u00e9\/"}"#),
    ];
    for (at, before, after) in table {
        assert_eq!(whole(&one(at, Action::Drop), before), after, "{before} without {at}");
    }
}

#[test]
fn containers_survive_an_allow_list_only_for_what_they_hold() {
    let rules = [Rule { at: "$..keep".into(), action: Action::Keep, passes: true }];
    let plan = plan(&rules, Undeclared::Drop);
    let table = [
        (r#"{"a": {"b": 1, "keep": 2}, "c": 3}"#, r#"{"a": {"keep": 2}}"#),
        (r#"{"c": 3, "a": {"b": 1, "keep": 2}}"#, r#"{"a": {"keep": 2}}"#),
        (r#"{"a": {"b": {"c": {}}}, "keep": [1, {"x": 2}]}"#, r#"{"keep": [1, {"x": 2}]}"#),
        (r#"[1, [2, [3]], {"keep": 4}, 5]"#, r#"[{"keep": 4}]"#),
        (r#"{"a": {}}"#, "null"),
        ("7", "null"),
        (
            "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": 2,\n    \"keep\": 3\n  }\n}",
            "{\n  \"b\": {\n    \"keep\": 3\n  }\n}",
        ),
    ];
    for (before, after) in table {
        assert_eq!(whole(&plan, before), after, "{before}");
    }
}

#[test]
fn a_refusal_is_found_also_inside_what_is_withheld() {
    let rules = [
        Rule { at: "$.a".into(), action: Action::Drop, passes: false },
        Rule { at: "$..secret".into(), action: Action::Refuse, passes: false },
    ];
    let refusing = plan(&rules, Undeclared::Forward);
    assert_eq!(rewrite(&refusing, &[br#"{"a":{"b":[{"secret":1}]}}"#]).1, Some(Objection::Entry(1)));
    assert_eq!(rewrite(&refusing, &[br#"{"a":{"b":[{"secre":1}]}}"#]).1, None);
    let nothing = plan(&[], Undeclared::Refuse);
    assert_eq!(rewrite(&nothing, &[br#"{"a":{}}"#]).1, Some(Objection::Undeclared));
}

#[test]
fn the_account_says_what_was_done_and_spells_no_name_that_the_policy_does_not() {
    let rules = [
        Rule { at: "$..email".into(), action: Action::Redact(None), passes: false },
        Rule { at: "$.items[*].sku".into(), action: Action::Drop, passes: true },
        Rule { at: "$.geo".into(), action: Action::Generalise(Grain::Decimals(0)), passes: false },
    ];
    let plan = plan(&rules, Undeclared::Forward);
    let body = br#"{"ada@example.com":{"email":1},"items":[{"sku":1},{"sku":2,"email":"x"}],"geo":{"lat":1.5,"name":"x"}}"#;
    insta::assert_snapshot!(rewrite(&plan, &[body]).2.join("\n"), @r"
    d0 $.*.email redact 1
    d0 $.items[*].email redact 1
    d1 $.items[*].sku passed 2
    d2 $.geo.* generalise 1
    d2 $.geo.* redact 1
    ");
}

#[test]
fn a_value_too_long_to_be_held_is_redacted_however_it_is_cut() {
    let plan = one("$.a", Action::Mask { keep_last: 4 });
    let body = format!(r#"{{"a":"{}","b":1}}"#, "x".repeat(HELD_MAX + 10));
    let pieces: Vec<&[u8]> = body.as_bytes().chunks(1000).collect();
    assert_eq!(whole(&plan, &body), r#"{"a":"[withheld]","b":1}"#);
    assert_eq!(rewrite(&plan, &pieces), rewrite(&plan, &[body.as_bytes()]));
}

#[test]
fn an_entry_that_finds_a_place_in_two_ways_is_noted_once() {
    let rules = [Rule { at: "$..email".into(), action: Action::Drop, passes: true }];
    let mut policy = (*plan(&rules, Undeclared::Forward).policy).clone();
    let more = Policy::clone(
        &plan(&[Rule { at: "$.user.email".into(), ..rules[0].clone() }], Undeclared::Forward).policy,
    );
    policy.data[0].at.extend(more.data[0].at.clone());
    let (_, _, lines) = rewrite(&Plan::new(policy), &[br#"{"user":{"email":1},"email":2}"#]);
    assert_eq!(lines, ["d0 $.email passed 1", "d0 $.user.email passed 1"]);
}

#[test]
fn what_a_filter_finds_is_withheld_and_accounted_for_like_anything_else() {
    let rules = [
        Rule { at: "$.fields[?@.kind == 'personal'].value".into(), action: Action::Drop, passes: false },
        Rule { at: "$.turns[-1].text".into(), action: Action::Redact(None), passes: false },
        Rule { at: "$.turns[?@.by == 'bot']".into(), action: Action::Keep, passes: true },
        Rule { at: "$.fields".into(), action: Action::Keep, passes: true },
    ];
    let plan = plan(&rules, Undeclared::Drop);
    let body = r#"{ "fields": [{"kind": "personal", "value": {"a": [1]}, "x": 1}, {"kind": "none", "value": 2}],
      "turns": [{"by": "bot", "text": "hi"}, {"by": "ada", "text": "me"}], "other": 1 }"#;
    let (out, objection, lines) = rewrite(&plan, &[body.as_bytes()]);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{ "fields": [{"kind": "personal", "x": 1}, {"kind": "none", "value": 2}],
      "turns": [{"by": "bot", "text": "hi"}, {"text": "[withheld]"}] }"#
    );
    assert_eq!(objection, None);
    insta::assert_snapshot!(lines.join("\n"), @r"
    d0 $.fields[*].value drop 1
    d1 $.turns[*].text redact 1
    d2 $.turns[*] passed 1
    d3 $.fields passed 1
    undeclared $.* drop 1
    undeclared $.turns[*].* drop 1
    ");
    let whole = rewrite(&plan, &[body.as_bytes()]);
    let pieces: Vec<&[u8]> = body.as_bytes().chunks(7).collect();
    assert_eq!(rewrite(&plan, &pieces), whole);
}

#[test]
fn a_refusal_found_by_a_filter_counts_also_inside_what_is_withheld() {
    let rules = [
        Rule { at: "$.a".into(), action: Action::Drop, passes: false },
        Rule { at: "$..b[?@.level > 3]".into(), action: Action::Refuse, passes: false },
    ];
    let plan = plan(&rules, Undeclared::Forward);
    assert_eq!(rewrite(&plan, &[br#"{"a":{"b":[{"level":1},{"level":4}]}}"#]).1, Some(Objection::Entry(1)));
    assert_eq!(rewrite(&plan, &[br#"{"a":{"b":[{"level":1},{"level":3}]}}"#]).1, None);
}
