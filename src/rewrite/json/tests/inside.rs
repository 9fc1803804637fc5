//! Documents inside documents.

use super::*;

/// A policy of these data entries, all of them withheld.
fn policy(undeclared: &str, data: &str) -> Plan {
    let text = format!(
        "policy: p\nversion: 1\nundeclared: {undeclared}\npurposes: {{no: {{title: N, basis: consent}}}}\ndata:\n{data}"
    );
    Plan::new(
        Policy::parse(Source::new("p.yaml", text)).unwrap_or_else(|wrong| panic!("{}", wrong.show(false))),
    )
}

const TOOLS: &str = r#"
  mail: {at: {at: "$..arguments", inside: json, select: "$..email"}, for: no}
  card: {at: {at: "$..arguments", inside: json, select: $.card}, for: no, otherwise: {mask: {keep_last: 4}}}
  form: {at: {at: $.form, inside: form, select: "form:email"}, for: no}
  deep:
    at: {at: $.form, inside: form, select: {at: "form:payload", inside: json, select: {at: $.blob, inside: base64, select: $.email}}}
    for: no
"#;

#[test]
fn what_is_withheld_in_a_document_in_a_text_is_withheld_there_and_every_level_stays_valid() {
    let plan = policy("forward", TOOLS);
    let table = [
        (
            r#"{"calls": [{"arguments": "{\"q\": \"caf\u00e9\", \"to\": {\"email\": \"a@b\"}}"}]}"#,
            r#"{"calls": [{"arguments": "{\"q\": \"café\", \"to\": {}}"}]}"#,
        ),
        (r#"{"arguments":"{\"card\":\"4111111111111111\"}"}"#, r#"{"arguments":"{\"card\":\"****1111\"}"}"#),
        (r#"{"arguments":"{\"caf\u00e9\":1.10 }"}"#, r#"{"arguments":"{\"caf\u00e9\":1.10 }"}"#),
        (r#"{"arguments":"not JSON","x":1}"#, r#"{"arguments":"[withheld]","x":1}"#),
        (r#"{"arguments":{"email":"a@b"},"x":1}"#, r#"{"arguments":null,"x":1}"#),
        (r#"{"arguments":7}"#, r#"{"arguments":7}"#),
        (r#"{"form":"a=1&em%61il=x&b=2"}"#, r#"{"form":"a=1&b=2"}"#),
        (
            // {"email":"a@b","n":1}
            r#"{"form":"payload=%7B%22blob%22%3A%22eyJlbWFpbCI6ImFAYiIsIm4iOjF9%22%7D"}"#,
            // {"n":1}
            r#"{"form":"payload=%7B%22blob%22%3A%22eyJuIjoxfQ%22%7D"}"#,
        ),
        (
            r#"{"form":"payload=%7B%22blob%22%3A%22%21%22%7D"}"#,
            r#"{"form":"payload=%7B%22blob%22%3A%22%5Bwithheld%5D%22%7D"}"#,
        ),
    ];
    for (before, after) in table {
        assert_eq!(whole(&plan, before), after, "{before}");
    }
}

#[test]
fn the_account_says_in_which_document_something_was_done() {
    let plan = policy("forward", TOOLS);
    let body = r#"{"calls":[{"arguments":"{\"to\":{\"email\":\"a@b\"}}"}],"form":"email=1"}"#;
    let (_, _, lines) = rewrite(&plan, &[body.as_bytes()]);
    assert_eq!(lines, ["form form:email drop 1", "mail $.*[*].arguments|json.*.email drop 1"]);
}

#[test]
fn an_allow_list_reaches_into_documents() {
    let plan = policy(
        "drop",
        "  ok: {at: {at: $.arguments, inside: json, select: $.city}, for: no, otherwise: keep}\n",
    );
    for (before, after) in [
        (r#"{"arguments":"{\"city\":\"X\",\"email\":\"a\"}","b":1}"#, r#"{"arguments":"{\"city\":\"X\"}"}"#),
        (r#"{"arguments":{"city":"X","email":"a"}}"#, "null"),
        (r#"{"arguments":"free text"}"#, r#"{"arguments":"[withheld]"}"#),
        (r#"{"arguments":1}"#, "null"),
    ] {
        assert_eq!(whole(&plan, before), after, "{before}");
    }
}

#[test]
fn a_refusal_is_found_in_documents_also_where_they_are_withheld() {
    let plan = policy(
        "forward",
        "  bad: {at: {at: \"$..arguments\", inside: json, select: $.secret}, for: no, otherwise: refuse}\n  gone: {at: [$.gone, $.hashed], for: no}\n  hashed: {at: $.hashed, for: no, otherwise: hash}\n",
    );
    for body in [
        r#"{"arguments":"{\"secret\":1}"}"#,
        r#"{"gone":{"arguments":"{\"secret\":1}"}}"#,
        r#"{"hashed":{"arguments":"{\"secret\":1}"}}"#,
    ] {
        let refused = |pieces: &[&[u8]]| rewrite(&plan, pieces).1 == Some(Objection::Entry(0));
        assert!(refused(&[body.as_bytes()]), "{body}");
        assert!(refused(&[&body.as_bytes()[..9], &body.as_bytes()[9..]]), "{body}");
    }
    assert_eq!(rewrite(&plan, &[br#"{"gone":{"arguments":"{\"open\":1}"}}"#]).1, None);
}

proptest! {
    #[test]
    fn a_document_in_a_text_becomes_what_it_would_become_alone(document in documents(), cut in 0usize..200) {
        let inner = policy("forward", "  e: {at: \"$..a\", for: no}\n");
        let outer = policy("forward", "  e: {at: {at: $.t, inside: json, select: \"$..a\"}, for: no}\n");
        let document = document.to_string();
        let body = json!({"t": document}).to_string();
        let made = whole(&outer, &body);
        let text = serde_json::from_str::<Value>(&made).unwrap()["t"].as_str().unwrap().to_owned();
        prop_assert_eq!(&text, &whole(&inner, &document));
        let cut = cut.min(body.len());
        let (cut_made, _, _) = rewrite(&outer, &[&body.as_bytes()[..cut], &body.as_bytes()[cut..]]);
        prop_assert_eq!(String::from_utf8(cut_made).unwrap(), made);
    }
}
