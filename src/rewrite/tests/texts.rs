//! Texts in which kinds are sought: overlaps, kinds of a policy's own, values that only some entries take for texts.

use super::{super::*, Sent, noted, rewritten};
use crate::{complaint::Source, policy::Policy, profile::Profile};

fn plan_of(data: &str, undeclared: &str, shaped: bool) -> Plan {
    let text = format!(
        "policy: p
version: 1
undeclared: {undeclared}
purposes:
  yes: {{title: Y, basis: contract}}
  no: {{title: N, basis: consent}}
data:
{data}
detection:
  at_least: {{phone: 65}}
  ignore: [support@example.com, {{pattern: 'B-x{{3}}'}}]
  kinds:
    badge: {{pattern: 'B-[a-z]{{3}}'}}
    staff-number: {{pattern: '\\bS\\d{{4}}\\b'}}
"
    );
    let policy =
        Policy::parse(Source::new("p.yaml", text)).unwrap_or_else(|wrong| panic!("{}", wrong.show(false)));
    let shape = "profile: s\ntitle: S\nsource: S\nto_bot: {texts: $.said}\nto_person: {texts: $}\n";
    let profile = shaped.then(|| Profile::parse(Source::new("s.yaml", shape)).unwrap());
    Plan::to_bot(&std::sync::Arc::new(policy), profile.as_ref(), &[])
}

/// What becomes of a text in a body under these entries.
fn said(data: &str, text: &str) -> String {
    let body = serde_json::json!({ "t": text }).to_string();
    let made = rewritten(&plan_of(data, "forward", false), &Sent { target: "/", headers: &[], body: &body })
        .unwrap();
    let made = made.trim_start_matches("/\n");
    let made = if made.is_empty() { &body } else { made };
    serde_json::from_str::<serde_json::Value>(made).unwrap()["t"].as_str().unwrap().to_owned()
}

#[test]
fn what_overlaps_is_one_finding_on_which_the_strictest_acts_and_what_passes_makes_none_larger() {
    let entries = |email: &str, badge: &str| {
        format!("  e: {{in_text: email, {email}}}\n  b: {{in_text: badge, {badge}}}")
    };
    let text = "to B-ada@example.com, B-eve";
    let (redact, drop, pass) = ("for: no, otherwise: redact", "for: no, otherwise: drop", "for: yes");
    assert_eq!(said(&entries(redact, redact), text), "to [email+badge], [badge]");
    assert_eq!(said(&entries(redact, drop), text), "to , ");
    assert_eq!(said(&entries(drop, redact), text), "to , [badge]");
    assert_eq!(said(&entries(redact, pass), text), "to [email], B-eve");
    assert_eq!(said(&entries(pass, redact), text), "to [badge]@example.com, [badge]");
    assert_eq!(said(&entries(pass, pass), text), text);
}

#[test]
fn what_is_nobodys_or_not_sure_enough_passes() {
    let data = "  a: {in_text: [email, badge, phone, staff-number], otherwise: redact}";
    assert_eq!(said(data, "Support@Example.com, ada@example.com"), "Support@Example.com, [email]");
    assert_eq!(said(data, "B-xxx B-xxy S1234 S12345"), "B-xxx [badge] [staff-number] S12345");
    assert_eq!(said(data, "call 4711 0816, fax 4711 0815"), "call [phone], fax [phone]");
    assert_eq!(said(data, "0221-123-4567"), "0221-123-4567", "no word says what it is");
}

#[test]
fn a_token_is_named_after_a_kind_of_ones_own() {
    let made =
        said("  a: {in_text: staff-number, otherwise: {pseudonymise: brief}}", "S1234 and S4321, S1234");
    // Nobody has a key here, so there is no token; with one it would be `[staffnumber-1]`.
    assert_eq!(made, "[staff-number] and [staff-number], [staff-number]");
}

#[test]
fn values_that_are_named_are_searched_and_nothing_else_of_them_changes() {
    let data = "  a: {in_text: {kinds: [email, badge], at: ['header:x-note', 'query:q', 'form:c', 'cookie:c', 'path:other', $.meta.note]}, otherwise: redact}";
    let plan = plan_of(data, "forward", true);
    let headers =
        [("x-note", "from ada@example.com"), ("x-other", "ada@example.com"), ("cookie", "c=B-ada; d=B-ada")];
    let mut account = Account::default();
    let sent = Sent { target: "/a/b/c/B-ada?q=a%40b.org+now&r=a%40b.org", headers: &headers, body: "" };
    let made = noted(Version::HTTP_11, &plan, &sent, &mut account).unwrap();
    assert_eq!(
        made,
        "/a/b/c/%5Bbadge%5D?q=%5Bemail%5D%20now&r=a%40b.org\nx-note: from [email]\nx-other: ada@example.com\ncookie: c=[badge]; d=B-ada\n"
    );
    let lines: Vec<String> = account
        .lines(&plan)
        .iter()
        .map(|line| format!("{} {} {}", line.data, line.place, line.deed))
        .collect();
    assert_eq!(
        lines,
        ["a cookie:c redact", "a header:x-note redact", "a path:other redact", "a query:q redact"]
    );
    let body = |body: &str| {
        let made = rewritten(&plan, &Sent { target: "/", headers: &[], body }).unwrap();
        made.trim_start_matches("/\n").to_owned()
    };
    assert_eq!(body("c=a%40b.org&d=a%40b.org"), "c=%5Bemail%5D&d=a%40b.org");
    assert_eq!(
        body(r#"{"model": "a@b.org", "meta": {"note": "a@b.org", "mote": "a@b.org"}}"#),
        r#"{"model": "a@b.org", "meta": {"note": "[email]", "mote": "a@b.org"}}"#
    );
    // What holds texts where one is expected can't be searched as one.
    assert_eq!(body(r#"{"meta": {"note": ["a@b.org"], "x": 1}}"#), r#"{"meta": {"note": null, "x": 1}}"#);
}

#[test]
fn values_are_texts_to_those_who_name_them_only() {
    let data = "  a: {in_text: {kinds: email, at: $.meta.note}, otherwise: redact}
  b: {in_text: badge, otherwise: redact}
  c: {in_text: {kinds: badge, at: $.meta.*}, for: yes}";
    let plan = plan_of(data, "forward", true);
    let body = r#"{"meta": {"note": "a@b.org B-ada"}, "said": "a@b.org B-ada"}"#;
    let made = rewritten(&plan, &Sent { target: "/", headers: &[], body }).unwrap();
    assert_eq!(made, "/\n{\"meta\": {\"note\": \"[email] B-ada\"}, \"said\": \"[email] [badge]\"}");
}

#[test]
fn documents_in_values_are_opened_first() {
    let data = "  a: {in_text: {kinds: email, at: {at: 'query:d', inside: json, select: {at: $.f, inside: form, select: 'form:c'}}}, otherwise: redact}";
    let plan = plan_of(data, "forward", true);
    let sent = Sent { target: "/?d=%7B%22f%22%3A%22c%3Da%2540b.org%26d%3D1%22%7D", headers: &[], body: "" };
    let made = rewritten(&plan, &sent).unwrap();
    let query = made.trim().trim_start_matches("/?d=");
    let text = percent_encoding::percent_decode_str(query).decode_utf8().unwrap();
    assert_eq!(text, r#"{"f":"c=%5Bemail%5D&d=1"}"#);
    // One that can't be opened does not go on.
    let made = rewritten(&plan, &Sent { target: "/?d=a%40b.org", headers: &[], body: "" }).unwrap();
    assert_eq!(made.trim(), "/?d=%5Bwithheld%5D");
}

#[test]
fn a_text_declares_nothing() {
    let data = "  a: {in_text: {kinds: email, at: ['header:x-note', 'header:content-language', 'query:q', $.meta.note]}, otherwise: redact}
  b: {at: ['query:q', 'header:x-said'], for: yes}
  c: {at: 'header:cookie', for: yes}
  d: {in_text: {kinds: email, at: 'cookie:c'}, otherwise: redact}
  e: {at: $.model, for: yes}";
    let plan = plan_of(data, "drop", true);
    let headers = [
        ("x-note", "hi"),
        ("x-said", "a@b.org"),
        ("content-language", "a@b.org"),
        ("cookie", "c=a@b.org; d=1"),
    ];
    let sent = Sent {
        target: "/?q=a%40b.org&r=1",
        headers: &headers,
        body: r#"{"model": "m", "meta": {"note": "hi"}}"#,
    };
    let made = rewritten(&plan, &sent).unwrap();
    assert_eq!(
        made,
        "/?q=%5Bemail%5D\nx-said: a@b.org\ncontent-language: [email]\ncookie: c=[email]; d=1\n{\"model\": \"m\"}"
    );
}

#[test]
fn what_is_found_where_it_must_not_be_is_refused() {
    let data = "  a: {in_text: {kinds: email, at: ['header:x-note', $.meta.note]}, otherwise: refuse}";
    let plan = plan_of(data, "forward", true);
    let refused = |headers: &[(&str, &str)], body: &str| {
        rewritten(&plan, &Sent { target: "/", headers, body }).is_err()
    };
    assert!(refused(&[("x-note", "a@b.org")], "") && !refused(&[("x-note", "hi")], ""));
    assert!(
        refused(&[], r#"{"meta": {"note": "a@b.org"}}"#) && !refused(&[], r#"{"meta": {"mote": "a@b.org"}}"#)
    );
}
