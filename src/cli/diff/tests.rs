use std::fs;

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: DiffArgs,
}

const OLD: &str = "policy: p
version: 1
undeclared: forward
purposes:
  letters: {title: Letters, basis: consent, notice: one}
data:
  contact: {at: [$..email, 'query:email'], for: letters, otherwise: redact}
  bought: {at: $.bought, for: letters}
  session: {at: 'path:session'}
  password: {at: $..password}
  card: {at: $.card, otherwise: {mask: {keep_last: 4}}}
  customer: {at: $.customer, otherwise: hash}
";

const TRAFFIC: &str = r#"{"text":"hi"}
{"email":"ada@example.com","bought":["A1","B2"]}
{"friends":[{"email":"eve@example.com"},{"email":"bob@example.com"}],"bought":[]}

{"password":"hunter2","email":"ada@example.com"}
{"card":"4111111111111111"}
"#;

fn new() -> String {
    OLD.replace("otherwise: redact", "otherwise: drop")
        .replace("$.bought, for: letters", "$.bought, for: letters, otherwise: keep")
        .replace("$..password", "$..password, otherwise: refuse")
        .replace("keep_last: 4", "keep_last: 2")
}

/// Exit code, standard output and standard error.
fn diff(old: &str, new: &str, traffic: &str, more: &[&str]) -> (u8, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (old, new) = (file("old.yaml", old), file("new.yaml", new));
    let traffic = file("traffic.ndjson", traffic);
    let line = ["diff", &old, &new, "--traffic", &traffic].into_iter().chain(more.iter().copied());
    let args = Line::try_parse_from(line).unwrap_or_else(|error| panic!("{error}")).args;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = run(&args, io::empty(), &mut out, &mut err);
    let (code, words) =
        exit.map_or_else(|(words, exit)| (exit.code(), words), |exit| (exit.code(), String::new()));
    let said = |bytes: Vec<u8>| {
        String::from_utf8(bytes).unwrap().replace(&format!("{}/", folder.path().display()), "")
    };
    (code, said(out), said(err) + &words)
}

#[test]
fn what_a_change_would_do_is_told_request_by_request_and_in_sum() {
    let (code, said, wrong) = diff(OLD, &new(), TRAFFIC, &[]);
    assert_eq!((code, wrong.as_str()), (3, ""));
    insta::assert_snapshot!(said);
    for value in ["ada", "eve@", "bob", "hunter2", "A1", "1111"] {
        assert!(!said.contains(value), "{said}");
    }
}

#[test]
fn the_same_for_machines() {
    let (code, said, _) = diff(OLD, &new(), TRAFFIC, &["--json"]);
    assert_eq!(code, 3);
    insta::assert_snapshot!(said);
}

#[test]
fn a_policy_beside_itself_differs_nowhere() {
    let (code, said, wrong) = diff(OLD, OLD, TRAFFIC, &["--subject", "ada"]);
    assert_eq!((code, said.as_str(), wrong.as_str()), (0, "5 requests: 5 the same\n", ""));
}

#[test]
fn consents_can_be_named_or_looked_at_both_ways() {
    let traffic = r#"{"email":"ada@example.com"}"#;
    let of = |more: &[&str]| diff(OLD, &new(), traffic, more).1;
    assert_eq!(of(&["--grant", "letters"]), "1 request: 1 the same\n");
    insta::assert_snapshot!(of(&["--each-consent"]));
    let (code, _, wrong) = diff(OLD, &new(), traffic, &["--grant", "leters"]);
    assert_eq!(code, 2);
    insta::assert_snapshot!(wrong);
}

#[test]
fn a_yes_was_given_under_the_notice_of_the_policy_in_force() {
    let new = OLD.replace("notice: one", "notice: two");
    let said = diff(OLD, &new, r#"{"bought":1}"#, &["--grant", "letters"]).1;
    assert!(said.contains("withholds more       $.bought  passed → drop (bought)"), "{said}");
}

#[test]
fn a_line_that_can_not_be_used_is_told_by_its_number_and_the_rest_is_compared() {
    let traffic =
        "{\"email\":\"ada@example.com\"}\n{\"ada\": nope}\n{\"ada\":1,\"ada\":2}\n{\"email\":\"eve\"}\n";
    let (code, said, wrong) = diff(OLD, &new(), traffic, &[]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(format!("{said}---\n{wrong}"));
    let (_, said, wrong) = diff(OLD, &new(), traffic, &["--json"]);
    assert!(said.contains(r#"{"line":2,"unusable":"#) && wrong.is_empty(), "{said}");
}

#[test]
fn whole_requests_are_compared_with_their_targets_and_headers() {
    let requests = r#"{"target":"/chat/7?email=ada","body":{}}
{"target":"/elsewhere","body":{"email":"ada"}}
"#;
    let (code, said, wrong) =
        diff(OLD, &new(), requests, &["--format", "requests", "--route", "/chat/{session}"]);
    assert_eq!((code, wrong.as_str()), (3, ""));
    insta::assert_snapshot!(said);
}

#[test]
fn an_archive_is_compared_entry_by_entry() {
    let archive = r#"{"log":{"entries":[
        {"request":{"method":"POST","url":"https://h/","headers":[],"postData":{"mimeType":"application/json","text":"{\"email\":\"ada\"}"}}},
        {"request":{}}]}}"#;
    let (code, said, wrong) = diff(OLD, &new(), archive, &[]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(format!("{said}---\n{wrong}"));
}

#[test]
fn what_can_not_run_says_why() {
    let (code, _, wrong) = diff("policy: p\n", OLD, TRAFFIC, &[]);
    assert_eq!(code, 3);
    assert!(wrong.contains("old.yaml:1"), "{wrong}");
    let line = ["diff", "policies/retail.yaml", "policies/retail.yaml", "--traffic", "missing.ndjson"];
    let (words, exit) =
        run(&Line::try_parse_from(line).unwrap().args, io::empty(), &mut Vec::new(), &mut Vec::new())
            .unwrap_err();
    assert_eq!(exit.code(), 1);
    assert!(words.contains("can't read `missing.ndjson`"), "{words}");
}
