//! Which detectors there are: at the start, and after a reload.

use super::{POLICY, analyst, questions, written};
use crate::{bot::Bot, client::chat, program::Program, reload::Running, stop::connect, written::Written};

#[tokio::test]
async fn a_detector_that_nobody_knows_is_an_error_at_its_line() {
    let nobody = "127.0.0.1:9".parse().unwrap();
    for (more, advice) in [
        ("", "the configuration names none"),
        ("detectors: {nmes: {url: 'http://127.0.0.1:9'}}", "did you mean `nmes`?"),
    ] {
        let folder = Written::policy(POLICY).more(more).write(nobody);
        let (code, said) = Program::fails(&folder).await;
        assert_eq!(code, Some(1), "{said}");
        for words in ["no detector of the configuration is called `names`", "policy.yaml:7:", advice] {
            assert!(said.contains(words), "`{words}` is not in: {said}");
        }
    }
}

#[tokio::test]
async fn a_detector_that_can_not_be_used_is_named_with_what_to_do() {
    let folder =
        written(&Bot::absent().await, ", token_file: missing", POLICY).write("127.0.0.1:9".parse().unwrap());
    let (code, said) = Program::fails(&folder).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("`detectors`: `names`") && said.contains("missing"), "{said}");
}

#[tokio::test]
async fn a_reload_asks_another_analyzer() {
    let (one, other) = (analyst().await, analyst().await);
    let running = Running::before(Bot::open().await, written(&one, "", POLICY)).await;
    for (analyst, text) in [(&one, "one"), (&other, "two")] {
        let mut connection = connect(&running.program, &running.folder).await;
        let answer = connection.ask(chat(&format!("[\"{text} umbrella\"]"))).await;
        assert!(answer.text().ends_with(&format!("[\"{text} [person-name]\"]")), "{}", answer.text());
        assert_eq!(questions(analyst), [[format!("{text} umbrella")]]);
        if text == "one" {
            running.rewrite(&one.address.to_string(), &other.address.to_string());
            let (code, said) = running.reload(&[]).await;
            assert_eq!(code, Some(0), "{said}");
        }
    }
}
