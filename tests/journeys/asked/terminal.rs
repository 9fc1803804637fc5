//! Verbs that ask outside detectors which somebody names on the command line.

use std::fs;

use super::{POLICY, analyst, questions, saying};
use crate::{
    bot::{Bot, said},
    program::Program,
};

const EXAMPLE: &str = "examples:
  - name: an umbrella is somebody
    to_bot: {body: {text: my umbrella}}
    becomes: {body: {text: 'my [person-name]'}}
";

/// A policy file, and the argument that says where its detector is.
fn written(analyst: &Bot) -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.yaml");
    fs::write(&file, format!("{POLICY}{EXAMPLE}")).unwrap();
    let file = file.to_str().unwrap().to_owned();
    (folder, file, format!("--detector=names=http://{}", analyst.address))
}

/// What a verb says under this policy: its exit code, and both channels.
async fn run(arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let output = Program::run_with(arguments, input).await;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn a_message_becomes_what_the_bot_would_get() {
    let analyst = analyst().await;
    let (_folder, file, there) = written(&analyst);
    let body = r#"{"a": "é umbrella\u0021", "b": "B-77-x of x@mail.example", "n": 1.50}"#;
    let (code, out, err) = run(&["rewrite", "--policy", &file, &there], body).await;
    assert_eq!((code, &*err), (Some(0), ""), "{out}");
    let (before, rest) = out.split_once("psn-badge-").unwrap();
    assert_eq!(before, r#"{"a": "é [person-name]\u0021", "b": ""#);
    assert!(rest.ends_with(r#" of ", "n": 1.50}"#), "{out}");
    let mut asked = questions(&analyst).concat();
    asked.sort();
    assert_eq!(asked, ["B-77-x of x@mail.example", "é umbrella!"]);
    let (_, out, err) = run(&["rewrite", "--policy", &file], body).await;
    assert!(out.contains("é umbrella"), "nobody asks where nobody was named: {out}");
    assert!(err.contains("nobody is asked here; `--detector NAME=URL` has it asked"), "{err}");
    assert_eq!(questions(&analyst).len(), 2);
}

#[tokio::test]
async fn nobody_is_asked_about_what_passes_or_is_refused_anyway() {
    let analyst = analyst().await;
    let (_folder, file, there) = written(&analyst);
    let passing = ["rewrite", "--policy", &file, &there, "--grant", "service"];
    let (code, out, _) = run(&passing, r#"["umbrella"]"#).await;
    assert_eq!((code, &*out), (Some(0), r#"["umbrella"]"#));
    let (code, _, err) = run(&passing[..4], r#"["umbrella""#).await;
    assert!(code == Some(3) && err.contains("urn:assentry:problem:unreadable"), "{err}");
    analyst.assert_untouched();
}

#[tokio::test]
async fn an_explanation_shows_what_was_found_outside_how_sure_that_is_and_no_value() {
    let analyst = analyst().await;
    let (_folder, file, there) = written(&analyst);
    let body = r#"["my umbrella, x@mail.example"]"#;
    let (code, out, err) = run(&["explain", "--policy", &file, &there], body).await;
    assert_eq!((code, &*err), (Some(0), ""));
    insta::assert_snapshot!(out.replace(&file, "policy.yaml"));
    let (_, out, _) = run(&["explain", "--policy", &file, &there, "--show-values"], body).await;
    assert!(out.contains("umbrella") && !out.contains("not asked about"), "{out}");
}

#[tokio::test]
async fn texts_are_looked_through_with_what_is_found_outside() {
    let analyst = analyst().await;
    let (_folder, file, there) = written(&analyst);
    let lines = "{\"id\":1,\"text\":\"é umbrella 🙂 B-77-x\"}\n{\"id\":2,\"text\":\" \"}\n";
    let (code, out, err) = run(&["find", "--jsonl", "--policy", &file, &there], lines).await;
    assert_eq!((code, &*err), (Some(0), ""));
    let answers = [
        r#"{"id":1,"spans":[{"start":2,"end":10,"label":"PERSON","kind":"person-name","confidence":85,"reason":"model"},{"start":13,"end":19,"label":"BADGE","kind":"badge","confidence":85,"reason":"model"}]}"#,
        r#"{"id":2,"spans":[]}"#,
    ];
    assert_eq!(out.lines().collect::<Vec<_>>(), answers);
    assert_eq!(questions(&analyst), [["é umbrella 🙂 B-77-x"]]);
    let only = ["find", "--policy", &file, &there, "--only", "badge"];
    let (_, out, _) = run(&only, "umbrella B-77-x").await;
    assert_eq!(out, "   1:10  badge                 85 % (model)     B-77-x\n");
    let (code, _, err) = run(&[&only[..3], &only[4..]].concat(), "B-77-x").await;
    assert_eq!(code, Some(2));
    insta::assert_snapshot!(err);
    let (code, _, err) = run(&["find", &there], "").await;
    assert!(code == Some(2) && err.contains("`--detector` needs `--policy FILE`"), "{err}");
}

#[tokio::test]
async fn examples_hold_with_what_is_found_outside() {
    let analyst = analyst().await;
    let (_folder, file, there) = written(&analyst);
    let (code, out, _) = run(&["test", &file, &there], "").await;
    assert_eq!((code, out.contains("nobody is asked")), (Some(0), false), "{out}");
    assert_eq!(questions(&analyst), [["my umbrella"]]);
    let (code, out, _) = run(&["test", &file], "").await;
    assert_eq!(code, Some(3), "{out}");
    assert!(out.contains("nobody is asked here; `--detector NAME=URL` has it asked"), "{out}");
}

#[tokio::test]
async fn without_an_answer_nothing_is_shown_and_it_is_said_who_was_asked_for_what() {
    let absent = Bot::absent().await;
    let wrong = saying(|| said(r#"[{"start": 0, "end": 99, "entity_type": "PERSON", "score": 1}]"#)).await;
    for (analyst, why) in [(absent, "no connection"), (wrong, "a finding lies outside its text")] {
        let (_folder, file, there) = written(&analyst);
        for verb in [
            &["rewrite", "--policy", &file][..],
            &["explain", "--policy", &file],
            &["find", "--policy", &file],
            &["find", "--jsonl", "--policy", &file],
            &["test", &file],
        ] {
            let input = if verb.contains(&"--jsonl") {
                r#"{"id": 1, "text": "Ada Byron"}"#
            } else {
                r#"["Ada Byron"]"#
            };
            let (code, out, err) = run(&[verb, &[there.as_str()]].concat(), input).await;
            assert_eq!((code, &*out), (Some(1), ""), "{verb:?}: {err}");
            let words = format!(
                "error: the outside detector `names` was asked about one text at `http://{}`",
                analyst.address
            );
            assert!(
                err.starts_with(&words) && err.contains(why) && err.contains("leave `--detector` out"),
                "{err}"
            );
            assert!(!err.contains("Byron") && !err.contains("umbrella"), "{err}");
        }
    }
}
